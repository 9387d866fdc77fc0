"""What both sides of the sandbox have in common as playgrounds: faults, clocks and counting."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from readygate.testing import FakeClock
from readygate.testing.conformance import Requests, Sent, Trouble
from readygate_sandbox.faults import Fault, Faults
from readygate_sandbox.requestlog import RequestLog
from readygate_sandbox.web import Request

Writes = Callable[[str, str], bool]
"""Tells by method and path whether a request changes something."""


class TwoClocks(FakeClock):
    """Our clock and the tracker's; when one passes, so does the other."""

    def __init__(self, pass_on: Callable[[float], Any]) -> None:
        super().__init__()
        self._pass_on = pass_on

    def advance(self, by: timedelta) -> None:
        """Let time pass on both sides."""
        super().advance(by)
        self._pass_on(by.total_seconds())


@dataclass(slots=True)
class Strike(Fault):
    """A fault that tells reads from writes; one that denies makes our token worthless."""

    on: Requests = Requests.READS
    writes: Writes = lambda _method, _path: False
    deny: Callable[[], Any] | None = None

    def strikes(self, request: Request) -> bool:
        """Whether this request is hit; counts it."""
        kind = Requests.WRITES if self.writes(request.method, request.path) else Requests.READS
        # Fault is a slotted dataclass, so that super() would not find its way here.
        if kind is not self.on or not Fault.strikes(self, request):
            return False
        if self.deny:
            self.deny()
            return False
        return True


class Served:
    """Troubles and counts of one side of a running sandbox."""

    def __init__(self, faults: Faults, log: RequestLog, writes: Writes) -> None:
        self._faults = faults
        self._log = log
        self._writes = writes

    def trouble(
        self,
        kind: Trouble,
        on: Requests,
        *,
        after: int,
        count: int | None,
        unavailable: dict[str, Any],
        deny: Callable[[], Any],
    ) -> None:
        """Add a rule for this kind of trouble."""
        told: dict[str, Any] = {"after": after, "count": count, "on": on, "writes": self._writes}
        match kind:
            case Trouble.LOST:
                rule = Strike("drop", stored=True, **told)
            case Trouble.DROPPED:
                rule = Strike("drop", **told)
            case Trouble.UNAVAILABLE:
                rule = Strike("refuse", **unavailable, **told)
            case Trouble.DENIED:
                rule = Strike("delay", deny=deny, **told)
        self._faults.set([*self._faults.rules(), rule])

    def calm(self) -> None:
        """Behave well again."""
        self._faults.clear()

    def sent(self) -> Sent:
        """What was sent since this was last asked."""
        entries = self._log.entries()
        self._log.clear()
        writes = sum(self._writes(entry.method, entry.path) for entry in entries)
        return Sent(len(entries) - writes, writes)
