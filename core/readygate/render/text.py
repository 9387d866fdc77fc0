"""Plans, outcomes, deals and history as text for a terminal, for people who are not programmers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import tzinfo
from typing import assert_never

from readygate.action import Action, Outcome, Status, kind_of
from readygate.errors import Finding, Problem
from readygate.gate import Reason, Verdict
from readygate.memory import Standing
from readygate.pipeline import Guard
from readygate.ports import Event, RunSummary
from readygate.render.looks import look_lines
from readygate.render.plain import clean, listed, moment, pad, plural, span, table
from readygate.render.words import (
    Names,
    became,
    by_deal,
    errors_of,
    how_read,
    performed,
    planned,
    reason_note,
    verdict_word,
    what,
)
from readygate.report import PipelineReport, RunReport
from readygate.status import DealStatus, Waiver, Whereabouts, gap_of

_KIND_COLUMNS = 8
_NAMED = 5


def run_text(report: RunReport, names: Names) -> str:
    """The whole of a run: every action with its reason and, once applied, what became of it."""
    lines: list[str] = []
    for pipeline in report.pipelines:
        lines += _pipeline(pipeline, names, dry=report.dry)
        lines.append("")
    lines += [f"{where}: not done, because of an error" for where, _ in errors_of(report)]
    lines.append(_plan_counts(report) if report.dry else outcome_counts(report))
    return _text(lines)


def run_line(report: RunReport, zone: tzinfo) -> str:
    """A run in one line, for a log that cron writes: when, what was done, what to look at."""
    parts = [outcome_counts(report)]
    back = _labels(report, "return")
    if back:
        parts.append(f"Returned: {back}.")
    return f"{moment(report.ended, zone)}  {' '.join(parts)}\n"


def outcome_counts(report: RunReport) -> str:
    """What a run did, in one sentence."""
    parts = performed(outcome for p in report.pipelines for outcome in p.outcomes)
    if not parts:
        return "Nothing was done."
    return f"{listed(parts)}."


def findings_text(findings: Iterable[Finding]) -> str:
    """Findings as a list, one line each."""
    return _text([f"- {clean(finding.text)}" for finding in findings])


def problems_text(problems: Sequence[Problem]) -> str:
    """Problems of a config, each with its place and a hint on a line of its own."""
    return _text([clean(line) for problem in problems for line in _problem_lines(problem)])


def status_lines(statuses: Iterable[DealStatus], zone: tzinfo, *, every: bool) -> Iterator[str]:
    """Deals of one pipeline, one by one, with what each misses; then the counts.

    Deals that are finished, lost or gone are only counted, unless `every` is set.
    """
    counts: Counter[str] = Counter()
    owing: Counter[str] = Counter()
    for status in statuses:
        counts[_counted(status)] += 1
        if status.is_open:
            owing.update(reason.owes for reason in status.missing)
        if status.is_open or every:
            yield from deal_lines(status, zone)
            yield ""
    yield from _status_counts(counts, owing, every=every)


def deal_lines(status: DealStatus, zone: tzinfo) -> Iterator[str]:
    """One deal: where it stands, since when, and what the next gate waits for."""
    title = clean(status.title) if status.title != status.label else ""
    yield f"{clean(status.label)}  {title}".rstrip()
    stood = f", for {span(status.stood)}" if status.stood is not None else ""
    yield f"    stands in “{clean(status.stage)}”{stood}{_standing(status)}"
    if status.requested:
        yield f"    asks for “{clean(status.requested)}”"
    if status.gate and status.whereabouts is not Whereabouts.GONE:
        gate = f"“{clean(status.gate_stage)}” ({clean(status.gate_title)})"
        yield f"    next: {gate}: {_verdict(status)}"
        for reason in status.reasons:
            if not reason.satisfied:
                yield f"      - {_reason(reason, zone)}"
    for waiver in status.waivers:
        yield f"    waived: {_waiver(waiver)}"
    if status.returned:
        yield f"    moved on too early: {plural(status.returned, 'time')}"


def log_text(events: Sequence[Event], zone: tzinfo, names: Names) -> str:
    """History, oldest first, one event a line; under a look what was seen."""
    rows = []
    for event in events:
        at = moment(event.at, zone) if event.at else ""
        label = clean(event.label or event.deal)
        rows.append((at, clean(event.pipeline), label, clean(event.kind), _event(event, names)))
    lines = []
    for event, line in zip(events, table(rows), strict=True):
        lines.append(line)
        lines += look_lines(event, zone)
    return _text(lines)


def guard_line(guard: Guard, *, installed: bool = True) -> str:
    """The guard mode in force and its gap."""
    return f"guard: {guard} ({gap_of(guard, installed=installed)})"


def as_of(run: RunSummary, zone: tzinfo) -> str:
    """Which run the answer comes from."""
    at = moment(run.ended or run.started, zone)
    return f"As of {at}, run {run.id}" + ("" if run.ended else " (it has not finished)")


def _pipeline(report: PipelineReport, names: Names, *, dry: bool) -> list[str]:
    names = Names({**names.stages, **report.stage_names}, names.items, names.processes)
    lines = [f"{clean(report.pipeline)} (tracker {clean(report.tracker)}; {how_read(report)})"]
    outcomes = {id(outcome.action): outcome for outcome in report.outcomes}
    shown: Sequence[Action] = report.actions
    if not dry:
        shown = [outcome.action for outcome in report.outcomes]
    for label, actions in by_deal(shown):
        lines += ["", f"  {clean(label)}"]
        for action in actions:
            lines += _action(action, outcomes.get(id(action)), names)
    if not shown and report.error is None:
        lines.append("  nothing to do" if dry else "  nothing was done")
    if report.refusals:
        lines.append("")
        text = "\n".join(str(refusal) for refusal in report.refusals)
        lines += [
            f"  refused: {clean(line)}" if line == line.lstrip() else f"  {clean(line)}"
            for line in text.split("\n")
        ]
    if report.findings:
        lines += ["", "  worth knowing:"]
        lines += [f"  - {clean(finding.text)}" for finding in report.findings]
    return lines


def _action(action: Action, outcome: Outcome | None, names: Names) -> list[str]:
    first = f"    {pad(kind_of(action), _KIND_COLUMNS)}{what(action, names)}"
    if outcome:
        first += f"  [{became(outcome)}]"
    return [first, f"    {' ' * _KIND_COLUMNS}why: {clean(action.reason)}"]


def _plan_counts(report: RunReport) -> str:
    errors = bool(errors_of(report))
    parts = planned(action for p in report.pipelines for action in p.actions)
    if not parts:
        if not errors:
            return "Nothing to do."
        others = any(p.error is None for p in report.pipelines)
        elsewhere = "; nothing is to be done elsewhere" if others else ""
        return f"Nothing could be planned there{elsewhere}."
    deals = {(p.pipeline, action.deal) for p in report.pipelines for action in p.actions}
    text = f"Planned for {plural(len(deals), 'deal')}: {listed(parts)}."
    refused = any(p.refusals for p in report.pipelines)
    rest = ", except what is refused above" if refused else ""
    return f"{text} Nothing has been written: `readygate sync` does it{rest}."


def _labels(report: RunReport, kind: str) -> str:
    labels = [
        clean(outcome.action.label)
        for pipeline in report.pipelines
        for outcome in pipeline.outcomes
        if outcome.status is Status.DONE and kind_of(outcome.action) == kind
    ]
    if len(labels) > _NAMED:
        return ", ".join(labels[:_NAMED]) + f" and {len(labels) - _NAMED} more"
    return listed(labels)


def _problem_lines(problem: Problem) -> list[str]:
    lines = str(problem).split("\n")
    return [lines[0], *(f"    {line.strip()}" for line in lines[1:])]


def _standing(status: DealStatus) -> str:
    match status.whereabouts:
        case Whereabouts.GONE:
            return "; it is gone from the pipeline"
        case Whereabouts.EXIT:
            return "; it has left the path"
        case Whereabouts.UNNAMED:
            return "; the config does not name this stage"
        case Whereabouts.FINISHED:
            return "; it has arrived"
        case Whereabouts.PATH:
            return _placing(status)
        case _:
            assert_never(status.whereabouts)


def _placing(status: DealStatus) -> str:
    match status.standing:
        case Standing.NEW:
            return "; the next run places it"
        case Standing.HELD:
            return "; it is held: complete its items or move it"
        case Standing.PLACED | Standing.GONE:
            pass
        case _:
            assert_never(status.standing)
    if status.accepted != status.stage:
        return f"; accepted in “{clean(status.accepted)}”"
    return ""


def _verdict(status: DealStatus) -> str:
    word = verdict_word(status.verdict)
    asked = sum(reason.required for reason in status.reasons)
    if status.missing:
        word += f", {len(status.missing)} of {asked} missing"
    if status.unclear:
        word += f", {len(status.unclear)} unclear"
    return word


def _reason(reason: Reason, zone: tzinfo) -> str:
    text = f"{clean(reason.title)}: {clean(reason.owes)}"
    notes = [clean(reason.label)] if reason.label else []
    if not reason.required:
        notes.append("optional")
    note = reason_note(reason)
    if note:
        notes.append(note)
    if reason.since:
        notes.append(f"since {moment(reason.since, zone)}")
    return f"{text} ({', '.join(notes)})" if notes else text


def _waiver(waiver: Waiver) -> str:
    by = f", by {clean(waiver.by)}" if waiver.by else ", by whom is not known yet"
    counts = "" if waiver.counts else " (does not count: the owner of the receiving process must)"
    return f"{clean(waiver.title)}{by}{counts if waiver.by else ''}"


def _counted(status: DealStatus) -> str:
    if not status.is_open:
        return str(status.whereabouts)
    return verdict_word(status.verdict)


def _status_counts(counts: Counter[str], owing: Counter[str], *, every: bool) -> Iterator[str]:
    words = [verdict_word(verdict) for verdict in (Verdict.OPEN, Verdict.CLOSED, Verdict.UNKNOWN)]
    words.append(verdict_word(None))
    shown = [f"{counts[word]} {word}" for word in words if counts[word]]
    total = sum(counts[word] for word in words)
    yield f"{plural(total, 'open deal')}{': ' + ', '.join(shown) if shown else ''}."
    if owing:
        ranked = sorted(owing.items(), key=lambda pair: (-pair[1], pair[0]))
        names = ", ".join(f"{clean(name)} {count}" for name, count in ranked)
        yield f"Owed items: {names}."
    hidden = [
        f"{counts[str(place)]} {word}"
        for place, word in (
            (Whereabouts.FINISHED, "arrived"),
            (Whereabouts.EXIT, "left the path"),
            (Whereabouts.GONE, "gone"),
        )
        if counts[str(place)]
    ]
    if hidden:
        note = "" if every else " (not shown: `--all` shows them)"
        yield f"Besides: {', '.join(hidden)}{note}."


def _event(event: Event, names: Names) -> str:
    item = event.data.get("item")
    text = clean(event.text.removeprefix(f"{event.kind}: "))
    if isinstance(item, str) and item in names.items and clean(names.items[item]) not in text:
        return f"{text} {names.item(item)}"
    return text


def _text(lines: Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
