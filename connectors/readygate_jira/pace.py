"""Keeps to Jira's limits on writes to one issue: 20 in 2 seconds and 100 in 30 (August 2026)."""

from __future__ import annotations

from collections import deque

from readygate.ports import Clock

LIMITS = ((20, 2.0), (100, 30.0))


class IssuePace:
    """Waits until writes to an issue may go. Opening subtasks counts as writing to their parent,
    which Jira does not say: the careful reading costs nothing with ordinary checklists.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._writes: dict[str, deque[float]] = {}

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
        while recent and recent[0] <= now - LIMITS[-1][1]:
            recent.popleft()
        self._forget(now)

    def _forget(self, now: float) -> None:
        if len(self._writes) > 1000:
            stale = now - LIMITS[-1][1]
            self._writes = {ref: at for ref, at in self._writes.items() if at and at[-1] > stale}
