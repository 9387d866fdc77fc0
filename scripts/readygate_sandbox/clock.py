"""The tracker's own clock: tests move it, and nothing else in the sandbox may ask for the time."""

import threading
import time
from datetime import UTC, datetime
from email.utils import format_datetime


class Clock:
    """Wall time plus an offset, or a frozen instant; milliseconds since the epoch."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._offset_ms = 0
        self._frozen_ms: int | None = None

    def now_ms(self) -> int:
        """The tracker's present in milliseconds since the epoch."""
        with self._lock:
            if self._frozen_ms is not None:
                return self._frozen_ms
            return int(time.time() * 1000) + self._offset_ms

    def advance(self, seconds: float) -> None:
        """Move by so many seconds; negative moves back."""
        with self._lock:
            if self._frozen_ms is not None:
                self._frozen_ms += int(seconds * 1000)
            else:
                self._offset_ms += int(seconds * 1000)

    def set(self, at_ms: int) -> None:
        """Make it `at_ms` now; a running clock goes on from there, a frozen one stays."""
        with self._lock:
            if self._frozen_ms is not None:
                self._frozen_ms = at_ms
            else:
                self._offset_ms = at_ms - int(time.time() * 1000)

    def freeze(self) -> None:
        """Stop at the present instant until `thaw`."""
        now = self.now_ms()
        with self._lock:
            self._frozen_ms = now

    def thaw(self) -> None:
        """Let a frozen clock run on from where it stands."""
        with self._lock:
            if self._frozen_ms is not None:
                self._offset_ms = self._frozen_ms - int(time.time() * 1000)
                self._frozen_ms = None

    def reset(self) -> None:
        """Back to the machine's own time."""
        with self._lock:
            self._offset_ms, self._frozen_ms = 0, None

    def describe(self) -> dict[str, object]:
        """What the control API shows: now, offset in seconds, frozen or not."""
        now = self.now_ms()
        with self._lock:
            return {
                "now": now,
                "iso": jira_time(now),
                "offsetSeconds": self._offset_ms / 1000,
                "frozen": self._frozen_ms is not None,
            }


def jira_time(at_ms: int) -> str:
    """`2026-08-24T11:11:52.944+0000`: no colon in the offset, so not RFC 3339."""
    at = datetime.fromtimestamp(at_ms // 1000, tz=UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at_ms % 1000:03d}+0000"


def http_date(at_ms: int) -> str:
    """`Mon, 24 Aug 2026 11:11:52 GMT`, as in the Date header."""
    return format_datetime(datetime.fromtimestamp(at_ms // 1000, tz=UTC), usegmt=True)
