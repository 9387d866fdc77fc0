"""What was asked of the tracker: the sandbox's own evidence for tests and benchmarks."""

import threading
from collections import Counter, deque
from dataclasses import asdict, dataclass
from typing import Any

KEPT = 200_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One request. `at` is the tracker's clock in ms, `ms` how long the answer took; `status` 0 is
    a dropped connection; `fault` names what was done to it."""

    id: int
    at: int
    method: str
    path: str
    query: str
    kind: str
    status: int
    user: str | None
    ms: float
    fault: str | None = None


class RequestLog:
    """The last requests, with counts by kind (`POST /issue/bulk`) and the time that
    all answers took, which are never cut."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: deque[Entry] = deque(maxlen=KEPT)
        self._next = 1
        self._kinds: Counter[str] = Counter()
        self._statuses: Counter[str] = Counter()
        self._ms = 0.0

    def add(self, **told: Any) -> None:
        """Record one request; the keywords are those of `Entry` without `id`."""
        with self._lock:
            entry = Entry(id=self._next, **told)
            self._next += 1
            self._entries.append(entry)
            self._kinds[f"{entry.method} {entry.kind}"] += 1
            self._statuses[str(entry.status)] += 1
            self._ms += entry.ms

    def entries(self, since: int = 0) -> list[Entry]:
        """Entries with an id above `since`, oldest first."""
        with self._lock:
            return [e for e in self._entries if e.id > since]

    def counts(self) -> dict[str, int]:
        """How many requests of each kind since the last clearing."""
        with self._lock:
            return dict(sorted(self._kinds.items()))

    def total(self) -> int:
        """How many requests since the last clearing."""
        with self._lock:
            return sum(self._kinds.values())

    def clear(self) -> None:
        """Forget everything; ids go on."""
        with self._lock:
            self._entries.clear()
            self._kinds.clear()
            self._statuses.clear()
            self._ms = 0.0

    def describe(self, *, since: int = 0, limit: int | None = None) -> dict[str, Any]:
        """What the control API shows: the newest `limit` entries after `since`."""
        entries = self.entries(since)
        if limit is not None:
            entries = entries[-limit:] if limit else []
        with self._lock:
            return {
                "total": sum(self._kinds.values()),
                "counts": dict(sorted(self._kinds.items())),
                "statuses": dict(sorted(self._statuses.items())),
                "ms": round(self._ms, 1),
                "entries": [asdict(e) for e in entries],
            }
