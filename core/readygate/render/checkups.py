"""Shows what was examined: every check with its state, and for findings the reason and the fix."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from readygate.checkup import Checkup, State, code_of
from readygate.render.document import Document
from readygate.render.markdown import escape
from readygate.render.plain import clean, plural

_SIGNS: Mapping[State, str] = {
    State.OK: "ok",
    State.UNKNOWN: "unknown",
    State.WARNING: "WARNING",
    State.FAILURE: "FAILURE",
}


def checkups_text(groups: Mapping[str, Sequence[Checkup]]) -> str:
    """One block per heading, one line per check; below it why it matters and what to do."""
    lines: list[str] = []
    for heading, checkups in groups.items():
        lines += [clean(heading)]
        for one in checkups:
            lines += _lines(one)
        lines.append("")
    return "\n".join([*lines, checkups_line(groups)]) + "\n"


def checkups_line(groups: Mapping[str, Sequence[Checkup]]) -> str:
    """What it comes to, in one sentence."""
    counts = _counts(groups)
    found = [
        plural(counts[state], name)
        for state, name in ((State.FAILURE, "failure"), (State.WARNING, "warning"))
        if counts[state]
    ]
    rest = f"{plural(counts[State.OK], 'check')} passed"
    if counts[State.UNKNOWN]:
        rest = f"{rest}, {counts[State.UNKNOWN]} cannot be known from here"
    if not found:
        return f"Nothing stands in the way: {rest}."
    if counts[State.FAILURE]:
        return f"{' and '.join(found)}; {rest}."
    return f"Nothing stands in the way: {rest}; look at {found[0]}."


def checkups_document(groups: Mapping[str, Sequence[Checkup]]) -> Document:
    """As JSON: ok, exit_code, counts by state, checks[] with where, pipeline, area, state, what,
    why, fix."""
    every = [one for checkups in groups.values() for one in checkups]
    counts = _counts(groups)
    return {
        "ok": not counts[State.FAILURE],
        "exit_code": code_of(every),
        "counts": {state.value: counts[state] for state in State},
        "checks": [
            {
                "where": heading,
                "pipeline": one.pipeline or None,
                "area": one.area.value,
                "state": one.state.value,
                "what": one.what,
                "why": one.why or None,
                "fix": one.fix or None,
            }
            for heading, checkups in groups.items()
            for one in checkups
        ],
    }


def checkups_markdown(groups: Mapping[str, Sequence[Checkup]]) -> str:
    """A heading per group and a bullet per finding; what passed is counted."""
    lines: list[str] = []
    for heading, checkups in groups.items():
        lines += [f"### {escape(heading)}", ""]
        shown = [one for one in checkups if one.state is not State.OK]
        for one in shown:
            lines.append(f"- **{one.state}** {escape(_about(one))}")
            lines += [f"  - {name}: {escape(text)}" for name, text in _reasons(one)]
        if not shown:
            lines.append(f"- {plural(len(checkups), 'check')} passed")
        lines.append("")
    return "\n".join([*lines, escape(checkups_line(groups))]) + "\n"


def _lines(one: Checkup) -> list[str]:
    lines = [f"  {_SIGNS[one.state]:<8} {clean(_about(one))}"]
    return lines + [f"           {name}: {clean(text)}" for name, text in _reasons(one)]


def _about(one: Checkup) -> str:
    where = f"{one.pipeline}: " if one.pipeline and not one.what.startswith("pipelines.") else ""
    return f"{one.area}: {where}{one.what}"


def _reasons(one: Checkup) -> Iterable[tuple[str, str]]:
    return [(name, text) for name, text in (("why", one.why), ("fix", one.fix)) if text]


def _counts(groups: Mapping[str, Sequence[Checkup]]) -> Counter[State]:
    return Counter(one.state for checkups in groups.values() for one in checkups)
