"""A token bucket: requests go out at the pace the tracker allows, not in bursts it punishes."""

from __future__ import annotations

from readygate.ports import Clock
from readygate_http.settings import HttpSettings


class Pace:
    """Holds requests back so that they keep to a rate. For one host and one thread."""

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
