"""The same reports in Markdown, for pasting into a chat or a page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import tzinfo

from readygate.action import Action, kind_of
from readygate.render.plain import clean, listed, moment, span
from readygate.render.words import (
    Names,
    became,
    by_deal,
    errors_of,
    how_read,
    performed,
    planned,
    verdict_word,
    what,
)
from readygate.report import RunReport
from readygate.status import DealStatus

_SPECIAL = frozenset("\\`*_[]<>|~#&")
_LINK = re.compile(r"(?i)(?<=www)\.|:(?=//)")
_BLOCK = re.compile(r"^(\s*\d{1,9})([.)])|^(\s*)([-+=])")


def escape(text: str) -> str:
    """Give a foreign text on one line that Markdown shows as it is and that mentions nobody.

    Addresses in it do not become links, and it begins no list or heading.
    """
    shown = "".join(_escaped(char) for char in clean(text))
    shown = _LINK.sub(r"\\\g<0>", shown)
    return _BLOCK.sub(_no_block, shown)


def _no_block(found: re.Match[str]) -> str:
    number, point, blanks, sign = found.groups()
    return f"{number}\\{point}" if point else f"{blanks}\\{sign}"


def run_markdown(report: RunReport, names: Names) -> str:
    """A run: a heading per pipeline, a bullet per deal, its actions with reasons, the counts."""
    lines: list[str] = []
    for pipeline in report.pipelines:
        here = Names({**names.stages, **pipeline.stage_names}, names.items, names.processes)
        lines += [f"### {escape(pipeline.pipeline)}", "", f"_{escape(how_read(pipeline))}_", ""]
        outcomes = {id(outcome.action): outcome for outcome in pipeline.outcomes}
        shown: Sequence[Action] = pipeline.actions
        if not report.dry:
            shown = [outcome.action for outcome in pipeline.outcomes]
        for label, actions in by_deal(shown):
            lines.append(f"- **{escape(label)}**")
            for action in actions:
                text = f"  - {kind_of(action)} {escape(what(action, here))}"
                text += f": {escape(action.reason)}"
                outcome = outcomes.get(id(action))
                lines.append(f"{text} ({escape(became(outcome))})" if outcome else text)
        if not shown:
            lines.append("nothing to do")
        lines.append("")
        lines += [
            f"> refused: {escape(line)}" for r in pipeline.refusals for line in str(r).splitlines()
        ]
        lines += [f"> {escape(finding.text)}" for finding in pipeline.findings]
        if pipeline.refusals or pipeline.findings:
            lines.append("")
    for where, message in errors_of(report):
        lines.append(f"**{escape(where)}**: {escape(message)}")
    parts = (
        planned(action for p in report.pipelines for action in p.actions)
        if report.dry
        else performed(outcome for p in report.pipelines for outcome in p.outcomes)
    )
    lines.append(f"{'Planned' if report.dry else 'Done'}: {listed(parts) or 'nothing'}.")
    return "\n".join(lines) + "\n"


def status_markdown(statuses: Iterable[DealStatus], zone: tzinfo) -> str:
    """Deals as a table, and under it what each is missing."""
    lines = ["| deal | stage | for | next | missing |", "|---|---|---|---|---|"]
    for status in statuses:
        missing = "; ".join(
            f"{escape(reason.title)} ({escape(reason.owes)}"
            + (f", since {moment(reason.since, zone)})" if reason.since else ")")
            for reason in status.missing
        )
        stood = span(status.stood) if status.stood is not None else ""
        gate = escape(status.gate_stage)
        word = verdict_word(status.verdict)
        title = escape(status.title) if status.title != status.label else ""
        deal = f"{escape(status.label)} {title}".strip()
        cells = (deal, escape(status.stage), stood, f"{gate} {word}".strip(), missing)
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _escaped(char: str) -> str:
    if char == "@":
        return "@\u200b"  # an invisible gap, so that pasting mentions nobody
    return f"\\{char}" if char in _SPECIAL else char
