"""The same reports as JSON documents. Keys are stable: they are added to, never renamed.

Times are ISO 8601 with an offset, lengths of time are whole seconds, absent values are null.
A run:    run, dry, started, ended, exit_code, counts, trackers[]
tracker:  tracker, account, error, pipelines[]
pipeline: pipeline, tracker, read{mode, deals, items}, actions[], refusals[], findings[], error
action:   kind, deal, label, reason, then by kind: stage{ref, name}, before{ref, name}, held,
          passed[], reopened[], item, title, assignee, due, missing[], attempt, edit, mark,
          changes[]; once applied also outcome{status, ref, label, url, message}
budgets[] beside a plan and a status: see `budgets_document`
refusal:  kind, count, limit, ways[]      finding: code, deal, label, text, data, new
error:    kind, message, problems[] (of a config)
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias, assert_never

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
    Tell,
    kind_of,
)
from readygate.errors import ConfigError, Finding, Problem, ReadygateError
from readygate.gate import Reason
from readygate.ports import Event, RunSummary
from readygate.render.plain import dangerous
from readygate.report import PipelineReport, RunReport
from readygate.status import DealStatus, gap_of

Document: TypeAlias = dict[str, Any]


def dump(document: Document | Sequence[Document]) -> str:
    """A document as text that ends in a newline; what is dangerous in a terminal is escaped."""
    text = json.dumps(document, ensure_ascii=False, indent=2)
    return "".join(_escape(char) for char in text) + "\n"


def run_document(report: RunReport, *, new: Collection[Finding] = ()) -> Document:
    """A run, planned or applied; `new` holds the findings that no earlier run has told."""
    actions = [action for p in report.pipelines for action in p.actions]
    outcomes = [outcome for p in report.pipelines for outcome in p.outcomes]
    return {
        "run": report.run,
        "dry": report.dry,
        "started": _time(report.started),
        "ended": _time(report.ended),
        "exit_code": report.exit_code,
        "counts": {
            "planned": dict(Counter(kind_of(action) for action in actions)),
            "outcomes": dict(Counter(str(outcome.status) for outcome in outcomes)),
        },
        "trackers": [
            {
                "tracker": tracker.tracker,
                "account": tracker.account or None,
                "error": error_document(tracker.error),
                "pipelines": [_pipeline(p, dry=report.dry, new=new) for p in tracker.pipelines],
            }
            for tracker in report.trackers
        ],
    }


def status_document(
    statuses: Iterable[DealStatus], *, run: RunSummary | None, now: datetime
) -> Document:
    """Deals as they stand: as_of, run, now, deals[] (see `deal_document`)."""
    return {
        "as_of": _time(run.ended or run.started) if run else None,
        "run": run.id if run else None,
        "now": _time(now),
        "deals": [deal_document(status) for status in statuses],
    }


def deal_document(status: DealStatus) -> Document:
    """One deal: where it stands, the next gate with every item, waivers, guard and its gap."""
    return {
        "pipeline": status.pipeline,
        "deal": status.deal,
        "label": status.label,
        "title": status.title,
        "url": status.url or None,
        "stage": status.stage,
        "accepted": status.accepted or None,
        "standing": str(status.standing),
        "whereabouts": str(status.whereabouts),
        "since": _time(status.since),
        "stood_seconds": int(status.stood.total_seconds()) if status.stood is not None else None,
        "gate": {
            "process": status.gate,
            "title": status.gate_title,
            "stage": status.gate_stage,
            "verdict": str(status.verdict),
            "missing": [reason.item for reason in status.missing],
            "items": [_reason(reason) for reason in status.reasons],
        }
        if status.gate and status.verdict
        else None,
        "waivers": [
            {"item": w.item, "title": w.title, "by": w.by or None, "counts": w.counts}
            for w in status.waivers
        ],
        "returned": status.returned,
        "requested": status.requested or None,
        "guard": str(status.guard),
        "gap": gap_of(status.guard, installed=status.installed),
    }


def log_document(events: Iterable[Event]) -> Document:
    """History, oldest first: events[] of at, run, pipeline, deal, label, kind, text, data."""
    return {
        "events": [
            {
                "at": _time(event.at),
                "run": event.run or None,
                "pipeline": event.pipeline,
                "deal": event.deal,
                "label": event.label,
                "kind": event.kind,
                "text": event.text,
                "data": dict(event.data),
            }
            for event in events
        ]
    }


def problems_document(problems: Iterable[Problem]) -> list[Document]:
    """Problems of a config: severity, file, line, column, path, message, hint, also[]."""
    return [
        {
            "severity": str(problem.severity),
            "file": problem.place.file if problem.place else None,
            "line": problem.place.line if problem.place else None,
            "column": problem.place.column if problem.place else None,
            "path": problem.dotted,
            "message": problem.message,
            "hint": problem.hint or None,
            "also": [str(place) for place in problem.also],
        }
        for problem in problems
    ]


def error_document(error: ReadygateError | None) -> Document | None:
    """An expected error: its kind, the text for people, and the problems of a config."""
    if error is None:
        return None
    found: Document = {"kind": type(error).__name__, "message": str(error)}
    if isinstance(error, ConfigError):
        found["problems"] = problems_document(error.problems)
    return found


def _pipeline(report: PipelineReport, *, dry: bool, new: Collection[Finding]) -> Document:
    names = report.stage_names
    if dry:
        actions = [_action(action, names) for action in report.actions]
    else:
        actions = [_action(o.action, names) | {"outcome": _outcome(o)} for o in report.outcomes]
    return {
        "pipeline": report.pipeline,
        "tracker": report.tracker,
        "read": {
            "mode": report.mode or None,
            "deals": report.deals_read,
            "items": report.items_read,
        },
        "actions": actions,
        "refusals": [
            {"kind": r.kind, "count": r.count, "limit": r.limit, "ways": list(r.ways)}
            for r in report.refusals
        ],
        "findings": [
            {
                "code": finding.code,
                "deal": finding.deal or None,
                "label": finding.label or None,
                "text": finding.text,
                "data": dict(finding.data),
                "new": dry or finding in new,
            }
            for finding in report.findings
        ],
        "error": error_document(report.error),
    }


def _action(action: Action, names: Mapping[str, str]) -> Document:
    return {
        "kind": kind_of(action),
        "deal": action.deal,
        "label": action.label,
        "reason": action.reason,
        **_particulars(action, names),
    }


def _particulars(action: Action, names: Mapping[str, str]) -> Document:
    match action:
        case Adopt():
            return {
                "stage": _stage(action.stage, names),
                "passed": list(action.passed),
                "held": action.held,
            }
        case Accept() | Grant():
            return {
                "stage": _stage(action.stage, names),
                "before": _stage(action.before, names),
                "passed": list(action.gates),
                "reopened": list(action.reopened),
            }
        case Open():
            return {
                "item": action.item,
                "title": action.title,
                "assignee": action.assignee_name or None,
                "due": action.due.isoformat() if action.due else None,
            }
        case Return():
            return {
                "stage": _stage(action.stage, names),
                "before": _stage(action.before, names),
                "missing": list(action.missing),
                "attempt": action.attempt,
                "request": action.request,
            }
        case Explain():
            return {
                "missing": list(action.missing),
                "attempt": action.attempt,
                "edit": action.edit or None,
            }
        case Retire() | Restore():
            mark = action.stored if isinstance(action, Retire) else action.mark
            return {"item": action.item, "mark": str(mark)}
        case Amend():
            changes = {"title": action.title, "text": action.text, "key": action.key}
            return {
                "item": action.item,
                "changes": [name for name, value in changes.items() if value is not None],
            }
        case Tell() | Announce() | Declare():
            return _said(action)
        case _:
            assert_never(action)


def _said(action: Tell | Announce | Declare) -> Document:
    match action:
        case Tell():
            return {"text": action.text}
        case Announce():
            return {"gate": action.gate, "attempt": action.attempt}
        case Declare():
            return {"verdicts": dict(action.verdicts)}
        case _:
            assert_never(action)


def _outcome(outcome: Outcome) -> Document:
    return {
        "status": str(outcome.status),
        "ref": outcome.ref or None,
        "label": outcome.ref_label or None,
        "url": outcome.url or None,
        "message": outcome.message or None,
    }


def _reason(reason: Reason) -> Document:
    return {
        "item": reason.item,
        "title": reason.title,
        "required": reason.required,
        "satisfied": reason.satisfied,
        "why": str(reason.why),
        "owes": reason.owes,
        "label": reason.label or None,
        "url": reason.url or None,
        "since": _time(reason.since),
    }


def _stage(ref: str, names: Mapping[str, str]) -> Document:
    return {"ref": ref, "name": names.get(ref, ref)}


def _time(at: datetime | None) -> str | None:
    return at.isoformat(timespec="seconds") if at else None


def _escape(char: str) -> str:
    if char == "\n" or not dangerous(char):
        return char
    units = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))
