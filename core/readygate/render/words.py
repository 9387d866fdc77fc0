"""One action, outcome or number in words: what every form of output says the same way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import assert_never

from readygate.action import (
    Accept,
    Action,
    Adopt,
    Amend,
    Announce,
    Declare,
    Explain,
    Grant,
    Open,
    Outcome,
    Restore,
    Retire,
    Return,
    Status,
    Tell,
    kind_of,
)
from readygate.gate import Reason, Verdict, Why
from readygate.render.plain import clean, plural
from readygate.report import PipelineReport, RunReport


@dataclass(frozen=True, slots=True)
class Names:
    """What keys are called: stage ref -> name, item key -> title, process key -> title."""

    stages: Mapping[str, str] = field(default_factory=dict)
    items: Mapping[str, str] = field(default_factory=dict)
    processes: Mapping[str, str] = field(default_factory=dict)

    def stage(self, ref: str) -> str:
        """A stage in quotes."""
        return f"“{clean(self.stages.get(ref, ref))}”"

    def item(self, key: str) -> str:
        """An item in quotes."""
        return f"“{clean(self.items.get(key, key))}”"

    def process(self, key: str) -> str:
        """A process in quotes."""
        return f"“{clean(self.processes.get(key, key))}”"


_VERBS = {
    "adopt": ("deal", "to adopt", "adopted"),
    "accept": ("deal", "to accept", "accepted"),
    "open": ("item", "to open", "opened"),
    "grant": ("request", "to grant", "granted"),
    "return": ("deal", "to return", "returned"),
    "explain": ("comment", "to write", "written"),
    "retire": ("item", "to retire", "retired"),
    "restore": ("item", "to restore", "restored"),
    "amend": ("item", "to update", "updated"),
    "tell": ("note", "to write", "written"),
    "declare": ("verdict", "to write", "written"),
    "announce": ("announcement", "to write", "written"),
}
_ORDER = tuple(_VERBS)


def what(action: Action, names: Names) -> str:
    """Say what an action does, without its reason."""
    match action:
        case Adopt() | Accept() | Grant() | Return():
            return _movement(action, names)
        case Open():
            text = f"“{clean(action.title)}”"
            if action.assignee_name:
                text += f" for {clean(action.assignee_name)}"
            return f"{text}, due {action.due}" if action.due else text
        case Explain():
            missing = _joined(names.item(key) for key in action.missing)
            text = "edit our comment" if action.edit else "comment on the deal"
            return f"{text}: {missing}" if missing else text
        case Tell():
            return "what is missing, into the deal" if action.text else "that nothing is missing"
        case Announce():
            return f"that the move to the gate of {action.gate!r} is not offered yet"
        case Declare():
            verdicts = (
                f"{gate!r} is {'open' if is_open else 'closed'}"
                for gate, is_open in action.verdicts.items()
            )
            return f"into the deal's own fields: {_joined(verdicts)}"
        case Retire() | Restore():
            return names.item(action.item)
        case Amend():
            changes = {"title": action.title, "description": action.text, "key": action.key}
            parts = [part for part, value in changes.items() if value is not None]
            return f"{names.item(action.item)}: new {_joined(parts)}"
        case _:
            assert_never(action)


def _movement(action: Adopt | Accept | Grant | Return, names: Names) -> str:
    match action:
        case Adopt():
            held = ", and hold it there" if action.held else ""
            return f"in {names.stage(action.stage)}{held}"
        case Accept() | Grant():
            asked = ", as it was asked for" if isinstance(action, Grant) else ""
            text = f"in {names.stage(action.stage)}{asked}"
            if action.gates:
                text += f"; handed over to {_joined(names.process(key) for key in action.gates)}"
            if action.reopened:
                shut = _joined(names.process(key) for key in action.reopened)
                text += f"; to be handed over again to {shut}"
            return text
        case Return(request=True):
            return f"the request for {names.stage(action.before)}"
        case Return():
            return f"from {names.stage(action.before)} back to {names.stage(action.stage)}"
        case _:
            assert_never(action)


def by_deal(actions: Iterable[Action]) -> list[tuple[str, list[Action]]]:
    """Actions grouped by deal, in the order the deals first appear; each with the deal's label."""
    found: dict[str, list[Action]] = {}
    for action in actions:
        found.setdefault(action.deal, []).append(action)
    return [(group[0].label or deal, group) for deal, group in found.items()]


def became(outcome: Outcome) -> str:
    """Say what became of an action: `done (DEAL-40)`, `failed: the deal is gone`."""
    text = str(outcome.status)
    match outcome.status:
        case Status.DONE:
            return f"{text} ({clean(outcome.ref_label)})" if outcome.ref_label else text
        case Status.STALE:
            text = "left for the next run"
        case Status.UNKNOWN:
            text = "the answer was lost; the next run looks it up"
        case Status.SKIPPED:
            return clean(outcome.message) or "not tried"
        case Status.REFUSED:
            text = "refused by a limit"
        case Status.FAILED:
            pass
        case _:
            assert_never(outcome.status)
    return f"{text}: {clean(outcome.message)}" if outcome.message else text


def planned(actions: Iterable[Action]) -> list[str]:
    """Counts of what is to be done, by kind: `3 items to open`."""
    counts = Counter(kind_of(action) for action in actions)
    return [_count(kind, counts[kind], 1) for kind in _ORDER if counts[kind]]


def performed(outcomes: Iterable[Outcome]) -> list[str]:
    """Counts of what was done, then of what was not, by status."""
    outcomes = list(outcomes)
    done = Counter(kind_of(o.action) for o in outcomes if o.status is Status.DONE)
    rest = Counter(str(outcome.status) for outcome in outcomes)
    parts = [_count(kind, done[kind], 2) for kind in _ORDER if done[kind]]
    wording = {
        Status.FAILED: "failed",
        Status.STALE: "left for the next run",
        Status.UNKNOWN: "with a lost answer",
        Status.SKIPPED: "not tried",
        Status.REFUSED: "refused by a limit",
    }
    for status, text in wording.items():
        if rest[str(status)]:
            parts.append(f"{rest[str(status)]} {text}")
    return parts


def verdict_word(verdict: Verdict | None) -> str:
    """A verdict for people."""
    match verdict:
        case Verdict.OPEN:
            return "ready"
        case Verdict.CLOSED:
            return "waiting"
        case Verdict.UNKNOWN:
            return "unclear"
        case None:
            return "no gate ahead"
        case _:
            assert_never(verdict)


def reason_note(reason: Reason) -> str:
    """What to add about an item beyond its title; empty when it is simply not ticked."""
    return "" if reason.why in {Why.NOT_TICKED, Why.TICKED} else str(reason.why)


def how_read(report: PipelineReport) -> str:
    """What was read of a pipeline, in a phrase."""
    if not report.mode:
        return "not read"
    extent = "everything" if report.mode == "full" else "what has changed"
    read = f"{plural(report.deals_read, 'deal')} and {plural(report.items_read, 'item')}"
    return f"read {extent}: {read}"


def errors_of(report: RunReport) -> list[tuple[str, str]]:
    """Every error of a run with where it happened: a tracker or a pipeline."""
    found = []
    for tracker in report.trackers:
        if tracker.error:
            found.append((f"tracker {tracker.tracker}", str(tracker.error)))
        found += [
            (f"pipeline {pipeline.pipeline}", str(pipeline.error))
            for pipeline in tracker.pipelines
            if pipeline.error and pipeline.error is not tracker.error
        ]
    return found


def _count(kind: str, count: int, form: int) -> str:
    noun, *forms = _VERBS[kind]
    return f"{plural(count, noun)} {forms[form - 1]}"


def _joined(parts: Iterable[str]) -> str:
    return ", ".join(parts)
