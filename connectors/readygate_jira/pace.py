"""Keeps to Jira's limits on writes to one issue: 20 in 2 seconds and 100 in 30 (August 2026)."""

from __future__ import annotations

from collections import OrderedDict, deque

from readygate.ports import Clock

LIMITS = ((20, 2.0), (100, 30.0))


class IssuePace:
    """Waits until writes to an issue may go. Opening subtasks counts as writing to their parent,
    which Jira does not say: the careful reading costs nothing with ordinary checklists.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._writes: OrderedDict[str, deque[float]] = OrderedDict()  # last written to, last

    def take(self, issue: str, count: int = 1) -> None:
        """Wait until `count` more writes to the issue are within its limits."""
        recent = self._writes.setdefault(issue, deque())
        for most, seconds in LIMITS:
            over = len(recent) + count - most
            if over > 0 and recent:
                # The write that must have left the window; with a batch over the limit, all of it.
                oldest = recent[min(over, len(recent)) - 1]
                wait = oldest + seconds - self._clock.monotonic()
                if wait > 0:
                    self._clock.sleep(wait)
        now = self._clock.monotonic()
        recent.extend([now] * count)
        stale = now - LIMITS[-1][1]
        while recent and recent[0] <= stale:
            recent.popleft()
        self._writes.move_to_end(issue)
        self._forget(stale)

    def _forget(self, stale: float) -> None:
        while self._writes:
            issue, written = next(iter(self._writes.items()))
            if written and written[-1] > stale:
                return
            del self._writes[issue]
