"""A clock for tests: it moves when told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class FakeClock:
    """A clock that moves when told; sleeping moves it."""

    def __init__(self, start: datetime = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)) -> None:
        self._now = start
        self._ticks = 0.0
        self.slept: list[float] = []

    def now(self) -> datetime:
        """The time it was set to."""
        return self._now

    def monotonic(self) -> float:
        """Seconds advanced so far."""
        return self._ticks

    def sleep(self, seconds: float) -> None:
        """Advance without waiting."""
        self.slept.append(seconds)
        self.advance(timedelta(seconds=seconds))

    def advance(self, by: timedelta) -> None:
        """Let time pass."""
        self._now += by
        self._ticks += by.total_seconds()
