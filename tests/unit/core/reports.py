"""Hand-made reports for the tests of rendering: one of every action, outcome and trouble."""

from __future__ import annotations

from datetime import UTC, date, datetime

from readygate.action import (
    Accept,
    Action,
    Adopt,
    Amend,
    Explain,
    Open,
    Outcome,
    Restore,
    Retire,
    Return,
    Status,
)
from readygate.deal import Mark
from readygate.errors import Finding, ReadygateError, Refusal
from readygate.render import Names
from readygate.report import PipelineReport, RunReport, TrackerReport

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
STAGES = {"1": "Lead", "2": "Talks", "3": "Work"}
NAMES = Names(items={"scan": "Scan", "kit": "Brand kit"}, processes={"delivery": "Delivery"})

OPEN = Open(
    "10", "DEAL-1", "scan", "Scan", "", "'Delivery' needs it from Boris",
    assignee_name="Boris", due=date(2026, 11, 27),
)  # fmt: skip
RETURN = Return("10", "DEAL-1", "3", "2", "a1", "moved to 'Work' without: Scan (Boris)", ("scan",))
EXPLAIN = Explain(
    "10", "DEAL-1", "a1", (), "say what is missing and who owes it", missing=("scan",)
)
ACCEPT = Accept("11", "DEAL-2", "3", "2", "all complete", gates={"delivery": ("scan",)})
BACK = Accept("12", "DEAL-3", "2", "3", "moved back to 'Talks'", reopened=("delivery",))
ADOPT = Adopt("13", "DEAL-4", "2", {}, "it stood in 'Talks'")
HOLD = Adopt("14", "DEAL-5", "3", {}, "items of ours are still open", held=True)
RETIRE = Retire("10", "DEAL-1", "kit", "90", Mark.TICKED, close=False, reason="no longer asked for")
RESTORE = Restore("11", "DEAL-2", "kit", "91", Mark.TICKED, reopen=False, reason="asked for again")
AMEND = Amend("11", "DEAL-2", "scan", "92", "worded differently", title="Scan", text="…")
EDIT = Explain("11", "DEAL-2", "a2", (), "edit our comment about it", missing=("scan",), edit="77")

EVERY: tuple[Action, ...] = (
    OPEN, RETURN, EXPLAIN, ACCEPT, BACK, ADOPT, HOLD, RETIRE, RESTORE, AMEND, EDIT,
)  # fmt: skip

UNNAMED = Finding("unnamed-stage", "DEAL-9: stands in 'Odd'", "19", "DEAL-9", {"stage": "7"})
REFUSAL = Refusal("deals", "opens", 900, 500, ("Look at the plan", "Or narrow adopt"))


def plan(*actions: Action, **more: object) -> RunReport:
    """A dry run of one pipeline."""
    return report(dry=True, actions=actions, **more)


def applied(*outcomes: Outcome, **more: object) -> RunReport:
    """A run of one pipeline with these outcomes."""
    actions = tuple(outcome.action for outcome in outcomes)
    return report(dry=False, actions=actions, outcomes=outcomes, **more)


def report(*, dry: bool, **more: object) -> RunReport:
    """A run of the pipeline `deals` in the tracker `main`."""
    settings: dict[str, object] = {
        "mode": "changes", "deals_read": 3, "items_read": 1, "stage_names": STAGES, **more,
    }  # fmt: skip
    pipeline = PipelineReport("deals", "main", **settings)  # type: ignore[arg-type]
    return RunReport("r1", NOON, NOON, dry=dry, trackers=(TrackerReport("main", (pipeline,)),))


def failed(error: ReadygateError, *, dry: bool = True) -> RunReport:
    """A run whose tracker could not be used at all."""
    return RunReport("r1", NOON, NOON, dry=dry, trackers=(TrackerReport("main", error=error),))


def became(action: Action, status: Status, message: str = "", ref_label: str = "") -> Outcome:
    """An outcome."""
    return Outcome(action, status, message=message, ref_label=ref_label)
