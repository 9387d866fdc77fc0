"""What one run tells: the plan, the outcomes and errors per pipeline, and the exit code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from readygate.action import Action, Outcome, Status
from readygate.errors import (
    ConfigError,
    Finding,
    LedgerError,
    LockHeld,
    ReadygateError,
    Refusal,
    TrackerDenied,
    TrackerUnavailable,
)

DONE, SOME_FAILED, USAGE, INVALID, REFUSED, UNAVAILABLE, LOCKED, NO_LEDGER = range(8)
PENDING, OUR_BUG, INTERRUPTED = 10, 70, 130
_GRAVITY = (OUR_BUG, NO_LEDGER, UNAVAILABLE, REFUSED, INVALID, SOME_FAILED, DONE)


@dataclass(frozen=True, slots=True)
class PipelineReport:
    """One pipeline in one run. `actions` is the plan in the order it is carried out.

    `mode` is "full", "changes" or "" when nothing was read. `outcomes` is empty for a plan that was
    only shown. `stage_names` gives the names of stage refs for display.
    """

    pipeline: str
    tracker: str
    mode: str = ""
    deals_read: int = 0
    items_read: int = 0
    actions: tuple[Action, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    findings: tuple[Finding, ...] = ()
    error: ReadygateError | None = None
    stage_names: Mapping[str, str] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        """The code this pipeline alone would end with."""
        codes = [exit_code_of(self.error)] if self.error else [DONE]
        if self.refusals:
            codes.append(REFUSED)
        statuses = {outcome.status for outcome in self.outcomes}
        if any(outcome.stops for outcome in self.outcomes):
            codes.append(UNAVAILABLE)
        if statuses & {Status.FAILED, Status.UNKNOWN, Status.SKIPPED}:
            codes.append(SOME_FAILED)
        return gravest(codes)


@dataclass(frozen=True, slots=True)
class TrackerReport:
    """One tracker in one run. With `error` nothing was done there. `requests`: how many it took,
    where the connector counts them."""

    tracker: str
    pipelines: tuple[PipelineReport, ...] = ()
    account: str = ""
    error: ReadygateError | None = None
    requests: int = 0

    @property
    def exit_code(self) -> int:
        """The gravest code of this tracker."""
        own = [exit_code_of(self.error)] if self.error else []
        return gravest([*own, *(report.exit_code for report in self.pipelines)])


@dataclass(frozen=True, slots=True)
class RunReport:
    """One run. `dry` means it was planned and not applied."""

    run: str
    started: datetime
    ended: datetime
    dry: bool
    trackers: tuple[TrackerReport, ...] = ()

    @property
    def pipelines(self) -> tuple[PipelineReport, ...]:
        """All pipelines of all trackers, in the order of the config."""
        return tuple(report for tracker in self.trackers for report in tracker.pipelines)

    @property
    def changes(self) -> int:
        """How many actions were planned."""
        return sum(len(report.actions) for report in self.pipelines)

    @property
    def exit_code(self) -> int:
        """The code the process ends with: with several trackers the gravest wins."""
        return gravest([report.exit_code for report in self.trackers])


def gravest(codes: list[int]) -> int:
    """The code that matters most; DONE for none."""
    return next((code for code in _GRAVITY if code in codes), DONE)


def exit_code_of(error: BaseException) -> int:
    """Map an exception to the exit code of the design, section 7."""
    match error:
        case LockHeld():
            return LOCKED
        case ConfigError():
            return INVALID
        case TrackerUnavailable() | TrackerDenied():
            return UNAVAILABLE
        case LedgerError():
            return NO_LEDGER
        case ReadygateError():
            return SOME_FAILED
        case KeyboardInterrupt():
            return INTERRUPTED
        case _:
            return OUR_BUG
