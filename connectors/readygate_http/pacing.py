"""Requests go out at the pace that the tracker allows, not in bursts that it punishes."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from readygate.ports import Clock

_SECOND = 1.0

_NOTHING = 1e-6
"""Seconds not worth a wait: what is left over when floats are added up."""


class Pace:
    """Holds requests to `most` in any second, whichever threads send them.

    A request counts from the moment it may be sent until a second after its answer. Somewhere in
    between it reached the tracker, so that the tracker never counts more than that, however the
    network delays and bunches up what was sent apart. Half of the shortest time that any took is
    left out: the way back of the one and the way there of the next lie between them as well, with
    whatever the tracker did after counting. The first `most` may have had to connect, which takes
    longer: nothing is learned from them. `spacing` is the least number of seconds between two: it
    keeps two runs that follow each other within the limit. Who waits first goes first.
    """

    def __init__(self, clock: Clock, most: int, spacing: float = 0.0) -> None:
        self._clock = clock
        self._most = most
        self._spacing = spacing
        self._strain = (float("-inf"), 0.0)
        self._sent = float("-inf")
        self._waiting: list[object] = []
        self._under_way: set[object] = set()
        self._answered: deque[float] = deque()
        self._answers = 0
        self._shortest = float("inf")
        self._turn = Lock()

    def strain(self, seconds: float, spacing: float) -> None:
        """Keep more room between requests for a while: the tracker warned us."""
        with self._turn:
            self._strain = (self._clock.monotonic() + seconds, spacing)

    def took(self, seconds: float) -> None:
        """Learn how long a request was under way, from sending it to its answer; told inside
        `request`."""
        with self._turn:
            if self._answers >= self._most:
                self._shortest = min(self._shortest, seconds)

    @contextmanager
    def request(self) -> Iterator[None]:
        """Wait until one more request may go; send it inside."""
        ticket = object()
        try:
            with self._turn:
                self._waiting.append(ticket)
            while (wait := self._wait(ticket)) > 0:
                self._clock.sleep(wait)
            yield
        finally:
            with self._turn:
                if ticket in self._waiting:
                    self._waiting.remove(ticket)
                if ticket in self._under_way:
                    self._under_way.remove(ticket)
                    self._answered.append(self._clock.monotonic())
                    self._answers += 1

    def _wait(self, ticket: object) -> float:
        """Seconds until it is worth asking again; 0 means that the request is under way."""
        with self._turn:
            now = self._clock.monotonic()
            counts_for = _SECOND - (self._shortest / 2 if self._shortest < _SECOND else 0.0)
            while self._answered and self._answered[0] + counts_for - now <= _NOTHING:
                self._answered.popleft()
            until, spacing = self._strain
            wait = self._sent + (spacing if now < until else self._spacing) - now
            earlier = self._waiting.index(ticket)
            over = len(self._under_way) + len(self._answered) + earlier - self._most
            if over >= 0:
                # With all of them under way nobody knows when the first will be answered.
                free = self._answered[over] + counts_for - now if over < len(self._answered) else 0
                wait = max(wait, free or self._spacing or _SECOND / self._most)
            if wait > _NOTHING:
                return wait
            self._sent = now
            self._under_way.add(ticket)
            self._waiting.remove(ticket)
            return 0.0
