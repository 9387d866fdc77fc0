"""Rate limits as Jira Cloud documents them; all off until somebody switches them on."""

import math
import re
import threading
from collections import defaultdict, deque
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from readygate_sandbox.clock import Clock, http_date
from readygate_sandbox.fitting import COUNT, FLAG, NOTHING, NUMBER, TEXT, Kinds, fit
from readygate_sandbox.web import Answer, BadRequest, Request

_BURST = {"GET": 100.0, "POST": 100.0, "PUT": 50.0, "DELETE": 50.0}
_BURST_OF = {"/issue/<key>": ("GET", 150.0), "/issue/<key>/changelog": ("GET", 200.0)}
_ISSUE_WINDOWS = ((2_000, 20), (30_000, 100))
_ISSUE_PATH = re.compile(r"/rest/api/[^/]+/issue/([^/]+)")
_NOT_ISSUES = frozenset({"bulk", "bulkfetch", "properties", "createmeta", "archive", "picker"})
_READING_POSTS = re.compile(r"(search/jql|bulkfetch|approximate-count|jql/\w+|/workflows|/list)$")
_QUOTA_HOUR_MS = 3_600_000
_KINDS: Kinds = {
    "burst": FLAG,
    "burst_scale": NUMBER,
    "per_issue": FLAG,
    "per_issue_scale": NUMBER,
    "points": (*COUNT, *NOTHING),
    "retry_after": TEXT,
}


@dataclass(slots=True)
class LimitSettings:
    """What is switched on. `scale` multiplies the documented rates; `points` is the hourly pool."""

    burst: bool = False
    burst_scale: float = 1.0
    per_issue: bool = False
    per_issue_scale: float = 1.0
    points: int | None = None
    retry_after: str = "seconds"
    """`seconds` or `date`: both forms of Retry-After are in use."""


@dataclass(slots=True)
class _Bucket:
    level: float
    at: int


@dataclass
class Limits:
    """Counts requests by the tracker's clock and refuses what is over a limit."""

    clock: Clock
    settings: LimitSettings = field(default_factory=LimitSettings)
    refused: int = 0
    _buckets: dict[tuple[str, str], _Bucket] = field(default_factory=dict)
    _writes: dict[str, deque[int]] = field(default_factory=lambda: defaultdict(deque))
    _hour: int = 0
    _spent: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def configure(self, told: dict[str, Any]) -> None:
        """Set what is given, leave the rest. Raises BadRequest."""
        fit(told, _KINDS)
        if told.get("retry_after", "seconds") not in {"seconds", "date"}:
            raise BadRequest("retry_after: expected seconds or date")
        for name in ("burst_scale", "per_issue_scale"):
            if told.get(name, 1) <= 0:
                raise BadRequest(f"{name}: must be above 0")
        with self._lock:
            for name, value in told.items():
                setattr(self.settings, name, value)
            self._buckets.clear()
            self._writes.clear()

    def describe(self) -> dict[str, Any]:
        """What is on, and how many requests were refused."""
        return {**asdict(self.settings), "refused": self.refused}

    def reset(self) -> None:
        """Everything off and forgotten."""
        with self._lock:
            self.settings = LimitSettings()
            self._buckets.clear()
            self._writes.clear()
            self._spent = self.refused = 0

    def check(self, request: Request, pattern: str) -> Answer | None:
        """A 429, or None when the request may go on."""
        settings = self.settings
        if not (settings.burst or settings.per_issue or settings.points is not None):
            return None
        now = self.clock.now_ms()
        with self._lock:
            refusal = (
                self._check_points(now)
                or self._check_burst(request.method, pattern, now)
                or self._check_issue(request, now)
            )
            if refusal is not None:
                self.refused += 1
            return refusal

    def spend(self, request: Request, answer: Answer) -> None:
        """Take the points of an answer: reads cost 1 and 1 per issue, writes 1 per issue."""
        if self.settings.points is None:
            return
        issues = answer.body.get("issues") if isinstance(answer.body, dict) else None
        count = len(issues) if isinstance(issues, list) else 0
        writes = request.method != "GET" and not _READING_POSTS.search(request.path)
        with self._lock:
            self._spent += max(1, count) if writes else 1 + count

    # -- the three kinds -------------------------------------------------------------------

    def _check_points(self, now: int) -> Answer | None:
        """The pool fills again at the full UTC hour."""
        quota = self.settings.points
        if quota is None:
            return None
        hour = now // _QUOTA_HOUR_MS
        if hour != self._hour:
            self._hour, self._spent = hour, 0
        if self._spent < quota:
            return None
        reset = (hour + 1) * _QUOTA_HOUR_MS
        return self._refuse("jira-quota-global-based", now, reset - now, limit=quota)

    def _check_burst(self, method: str, pattern: str, now: int) -> Answer | None:
        if not self.settings.burst:
            return None
        special = _BURST_OF.get(pattern)
        rate = special[1] if special and special[0] == method else _BURST.get(method, 100.0)
        rate *= self.settings.burst_scale
        bucket = self._buckets.setdefault((method, pattern), _Bucket(rate, now))
        bucket.level = min(rate, bucket.level + (now - bucket.at) / 1000 * rate)
        bucket.at = now
        if bucket.level >= 1:
            bucket.level -= 1
            return None
        return self._refuse(
            "jira-burst-based", now, math.ceil((1 - bucket.level) / rate * 1000), limit=int(rate)
        )

    def _check_issue(self, request: Request, now: int) -> Answer | None:
        if not self.settings.per_issue or request.method == "GET":
            return None
        found = _ISSUE_PATH.match(request.path)
        if found is None or found[1] in _NOT_ISSUES:
            return None
        writes = self._writes[found[1].upper()]
        while writes and writes[0] <= now - _ISSUE_WINDOWS[-1][0]:
            writes.popleft()
        for window, most in _ISSUE_WINDOWS:
            allowed = max(1, int(most * self.settings.per_issue_scale))
            recent = [at for at in writes if at > now - window]
            if len(recent) >= allowed:
                return self._refuse(
                    "jira-per-issue-on-write", now, recent[-allowed] + window - now, limit=allowed
                )
        writes.append(now)
        return None

    def _refuse(self, reason: str, now: int, wait_ms: int, *, limit: int) -> Answer:
        seconds = max(1, -(-wait_ms // 1000))
        until = math.ceil((now + wait_ms) / 1000) * 1000
        after = str(seconds) if self.settings.retry_after == "seconds" else http_date(until)
        reset = datetime.fromtimestamp(until / 1000, tz=UTC).strftime("%Y-%m-%dT%H:%MZ")
        headers = (
            ("Retry-After", after),
            ("RateLimit-Reason", reason),
            ("X-RateLimit-Limit", str(limit)),
            ("X-RateLimit-Remaining", "0"),
            ("X-RateLimit-Reset", reset),
            ("X-RateLimit-NearLimit", "true"),
        )
        return Answer(429, {"errorMessages": ["Rate limit exceeded."], "errors": {}}, headers)
