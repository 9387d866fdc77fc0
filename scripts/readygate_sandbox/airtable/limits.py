"""Airtable's rate limits and its monthly one; all off until somebody switches them on."""

import threading
from collections import defaultdict, deque
from dataclasses import asdict, dataclass, field
from typing import Any

from readygate_sandbox.clock import Clock
from readygate_sandbox.fitting import COUNT, FLAG, NOTHING, NUMBER, TEXT, Kinds, fit
from readygate_sandbox.web import Answer, BadRequest

PER_BASE, PER_USER = 5, 50
WINDOW_MS, PENALTY_MS = 1000, 30_000
RATE = "Rate limit exceeded. Please try again later"
BILLING = (
    "API billing plan limit exceeded. You've reached the maximum number of requests allowed for "
    "this month"
)


_KINDS: Kinds = {
    "rate": FLAG,
    "scale": NUMBER,
    "penalty_seconds": NUMBER,
    "monthly": (*COUNT, *NOTHING),
    "blocked": FLAG,
    "shape": TEXT,
    "retry_after": FLAG,
    "peak": COUNT,
}


@dataclass(slots=True)
class LimitSettings:
    """What is switched on. `rate`: five requests a second per base and fifty per user, times
    `scale`; `penalty_seconds` is how long everything is refused after that. `monthly` is the
    workspace's pool of calls, `blocked` acts as if it were empty."""

    rate: bool = False
    scale: float = 1.0
    penalty_seconds: float = PENALTY_MS / 1000
    monthly: int | None = None
    blocked: bool = False
    shape: str = "object"
    """`object`, or `list`: both shapes of 429 were seen."""
    retry_after: bool = False
    """No 429 is documented to have Retry-After."""


@dataclass
class Limits:
    """Counts requests by the tracker's clock and refuses what is over a limit."""

    clock: Clock
    settings: LimitSettings = field(default_factory=LimitSettings)
    refused: int = 0
    spent: int = 0
    peak: int = 0
    """The most requests that one base got within a second, refused ones included."""
    _seen: dict[str, deque[int]] = field(default_factory=lambda: defaultdict(deque))
    _until: dict[str, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def configure(self, told: dict[str, Any]) -> None:
        """Set what is given, leave the rest; `peak: 0` measures it anew. Raises BadRequest."""
        fit(told, _KINDS)
        if told.get("shape", "object") not in {"object", "list"}:
            raise BadRequest("shape: expected object or list")
        if told.get("scale", 1) <= 0 or told.get("penalty_seconds", 1) < 0:
            raise BadRequest("scale must be above 0, penalty_seconds not below")
        with self._lock:
            self.peak = told.get("peak", self.peak)
            for name, value in told.items():
                if name != "peak":
                    setattr(self.settings, name, value)
            self._seen.clear()
            self._until.clear()

    def describe(self) -> dict[str, Any]:
        """What is on, how many requests were refused and counted, and the peak."""
        told = {"refused": self.refused, "spent": self.spent, "peak": self.peak}
        return {**asdict(self.settings), **told}

    def reset(self) -> None:
        """Everything off and forgotten."""
        with self._lock:
            self.settings = LimitSettings()
            self._seen.clear()
            self._until.clear()
            self.refused = self.spent = self.peak = 0

    def check(self, base: str | None, user: str, *, meta: bool) -> Answer | None:
        """A 429, or None when the request may go on. `base` None: a request about no base. The
        monthly limit leaves the meta API alone."""
        now = self.clock.now_ms()
        with self._lock:
            counted = self._count(now, base, user)
            refusal = self._check_rate(now, counted) or self._check_month(meta=meta)
            if refusal is not None:
                self.refused += 1
            return refusal

    def _count(self, now: int, base: str | None, user: str) -> list[tuple[str, int, int]]:
        """(key, requests within the last second, documented rate) of what a request counts for."""
        counted = []
        keys = [(f"user {user}", PER_USER)]
        if base is not None:
            keys.append((f"base {base}", PER_BASE))
        for key, rate in keys:
            seen = self._seen[key]
            while seen and not now - WINDOW_MS < seen[0] <= now:
                seen.popleft()
            seen.append(now)
            counted.append((key, len(seen), rate))
            if rate == PER_BASE:
                self.peak = max(self.peak, len(seen))
        return counted

    def _check_rate(self, now: int, counted: list[tuple[str, int, int]]) -> Answer | None:
        if not self.settings.rate:
            return None
        for key, count, rate in counted:
            if count > max(1, int(rate * self.settings.scale)) and key not in self._until:
                self._until[key] = now + int(self.settings.penalty_seconds * 1000)
            if now < self._until.get(key, 0):
                return self._refuse("RATE_LIMIT_REACHED", RATE, self._until[key] - now)
            self._until.pop(key, None)
        return None

    def _check_month(self, *, meta: bool) -> Answer | None:
        self.spent += 1
        settings = self.settings
        over = settings.monthly is not None and self.spent > settings.monthly
        if meta or not (settings.blocked or over):
            return None
        return self._refuse("PUBLIC_API_BILLING_LIMIT_EXCEEDED", BILLING, None)

    def _refuse(self, type_: str, message: str, wait_ms: int | None) -> Answer:
        headers: tuple[tuple[str, str], ...] = ()
        if self.settings.retry_after and wait_ms is not None:
            headers = (("Retry-After", str(-(-wait_ms // 1000))),)
        if self.settings.shape == "list":
            return Answer(429, {"errors": [{"error": type_, "message": message}]}, headers)
        return Answer(429, {"error": {"type": type_, "message": message}}, headers)
