"""The process map: who owns what, what comes in, what is handed on and to whom."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

from readygate.contract import ContractBook, Process
from readygate.pipeline import Pipeline
from readygate.render.plain import clean, plural, table, width

_CODES = str.maketrans(
    {"#": "#35;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "&": "#amp;", "`": "#96;", "%": "#37;"}
)
"""`%%{` would be an instruction to Mermaid wherever it stands, a backtick begins Markdown."""

_HEAD = ("PROCESS", "OWNER", "RECEIVES", "HANDS ON", "TO WHOM")


def chain_text(book: ContractBook, pipelines: Sequence[Pipeline]) -> str:
    """The map as a table, one item a line, and the stages of every pipeline under it."""
    rows: list[tuple[str, ...]] = [_HEAD]
    breaks = [1]
    for process in book.processes.values():
        rows += _rows(book, process)
        breaks.append(len(rows))
    lines = table(rows)
    rule = "-" * max(width(line) for line in lines)
    for place in reversed(breaks[:-1]):
        lines.insert(place, rule)
    for pipeline in pipelines:
        lines += ["", f"{clean(pipeline.key)} (tracker {clean(pipeline.tracker)})"]
        lines += [f"  {line}" for line in table(_stages(book, pipeline))]
    return "\n".join(lines) + "\n"


def chain_mermaid(book: ContractBook) -> str:
    """The map as a Mermaid flowchart: processes, and an arrow for whatever one hands another."""
    ids = {key: f"p{index}" for index, key in enumerate(book.processes)}
    lines = ["flowchart LR"]
    for process in book.processes.values():
        owner = book.people[process.owner].name
        lines.append(f'    {ids[process.key]}["{_quoted(process.title)}<br/>{_quoted(owner)}"]')
    outside = False
    arrows: dict[tuple[str, str], list[str]] = {}
    for item in book.items.values():
        sources = [ids[maker.key] for maker in book.producers.get(item.key, ())]
        if not sources:
            sources, outside = ["outside"], True
        for source in sources:
            for taker in book.receivers.get(item.key, ()):
                arrows.setdefault((source, ids[taker.key]), []).append(_mark(book, item.key))
    if outside:
        lines.append('    outside(["from outside"])')
    for (source, target), titles in arrows.items():
        label = "<br/>".join(_quoted(title) for title in titles)
        lines.append(f'    {source} -->|"{label}"| {target}')
    return "\n".join(lines) + "\n"


def chain_document(book: ContractBook, pipelines: Sequence[Pipeline]) -> dict[str, Any]:
    """The map as JSON: processes[] with owner, inputs[], outputs[]; pipelines[] with stages[]."""
    return {
        "processes": [
            {
                "process": process.key,
                "title": process.title,
                "owner": book.people[process.owner].name,
                "inputs": [
                    {**_item(book, item), "from": [p.key for p in book.producers.get(item, ())]}
                    for item in process.inputs
                ],
                "outputs": [
                    {**_item(book, item), "to": [p.key for p in book.receivers.get(item, ())]}
                    for item in process.outputs
                ],
            }
            for process in book.processes.values()
        ],
        "pipelines": [
            {
                "pipeline": pipeline.key,
                "tracker": pipeline.tracker,
                "guard": str(pipeline.guard),
                "stages": [
                    {"stage": stage.name, "process": stage.process or None, "exit": stage.exit}
                    for stage in pipeline.stages
                ],
                "gates": [
                    {"process": gate.key, "stage": gate.stage, "items": list(gate.items)}
                    for gate in pipeline.gates(book)
                ],
            }
            for pipeline in pipelines
        ],
    }


def _rows(book: ContractBook, process: Process) -> list[tuple[str, ...]]:
    head = (clean(process.title), clean(book.people[process.owner].name))
    inputs = [clean(_mark(book, item)) for item in process.inputs]
    outputs = [(clean(_mark(book, item)), _takers(book, item)) for item in process.outputs]
    rows: list[tuple[str, ...]] = []
    for got, given in zip_longest(inputs, outputs):
        title, owner = head if not rows else ("", "")
        item, takers = given or ("", "")
        rows.append((title, owner, got or "", item, takers))
    return rows or [(*head, "", "", "")]


def _takers(book: ContractBook, item: str) -> str:
    takers = book.receivers.get(item, ())
    return ", ".join(clean(process.title) for process in takers) or "(nobody)"


def _mark(book: ContractBook, key: str) -> str:
    """An item with what is special about it."""
    item = book.items[key]
    notes = []
    if not item.required:
        notes.append("optional")
    if item.external:
        notes.append("from outside")
    if item.when:
        notes.append(f"if {item.when.field} is {' or '.join(item.when.values)}")
    return f"{item.title} ({', '.join(notes)})" if notes else item.title


def _stages(book: ContractBook, pipeline: Pipeline) -> list[tuple[str, str, str]]:
    gates = {gate.stage: gate for gate in pipeline.gates(book)}
    rows = []
    for stage in pipeline.stages:
        gate = gates.get(stage.name)
        required = sum(book.items[item].required for item in gate.items) if gate else 0
        note = f"gate: {plural(len(gate.items), 'item')}, {required} required" if gate else ""
        process = clean(book.processes[stage.process].title) if stage.process else "(exit)"
        rows.append((clean(stage.name), process, note))
    return rows


def _item(book: ContractBook, key: str) -> dict[str, Any]:
    item = book.items[key]
    return {
        "item": key,
        "title": item.title,
        "required": item.required,
        "external": item.external,
        "when": {"field": item.when.field, "in": list(item.when.values)} if item.when else None,
    }


def _quoted(text: str) -> str:
    """A text inside a quoted Mermaid label: its entity codes stand for what would end the label."""
    return clean(text).translate(_CODES)
