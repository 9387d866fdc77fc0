"""Requests go out at the pace that the tracker allows, not in bursts that it punishes."""

from __future__ import annotations

from collections import deque
from threading import Lock

from readygate.ports import Clock
from readygate_http.settings import HttpSettings


class Pace:
    """A token bucket: holds requests back so that they keep to a rate. For one thread."""

    def __init__(self, clock: Clock, settings: HttpSettings) -> None:
        self._clock = clock
        self._settings = settings
        self._tokens = float(settings.burst)
        self._at = clock.monotonic()
        self._strained_until = float("-inf")

    def strain(self, seconds: float) -> None:
        """Go slowly for a while: the tracker warned us."""
        self._strained_until = max(self._strained_until, self._clock.monotonic() + seconds)
        self._tokens = min(self._tokens, 1.0)

    def take(self) -> None:
        """Wait until one more request may go."""
        now = self._clock.monotonic()
        strained = now < self._strained_until
        rate = self._settings.strained_rate if strained else self._settings.rate
        self._tokens = min(float(self._settings.burst), self._tokens + (now - self._at) * rate)
        self._at = now
        if self._tokens < 1.0:
            wait = (1.0 - self._tokens) / rate
            self._clock.sleep(wait)
            self._tokens, self._at = 1.0, self._clock.monotonic()
        self._tokens -= 1.0


class AccountPace:
    """Holds the requests of one account to `most` in any second, whichever threads send them."""

    def __init__(self, clock: Clock, most: int) -> None:
        self._clock = clock
        self._sent: deque[float] = deque(maxlen=most)
        self._turn = Lock()

    def take(self) -> None:
        """Wait until one more request may go."""
        with self._turn:
            now = self._clock.monotonic()
            full = len(self._sent) == self._sent.maxlen
            at = max(now, self._sent[0] + 1.0) if full else now
            self._sent.append(at)
        if at > now:
            self._clock.sleep(at - now)
