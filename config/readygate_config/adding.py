"""Adds to a config that a person wrote, by inserting text: everything else keeps every byte.

A round trip through a YAML library keeps comments, but sets brackets, blanks and long lines anew.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from readygate.errors import ConfigError, Problem
from readygate_config.drafting import Entry, block, flow, scalar


@dataclass(frozen=True, slots=True)
class _Insert:
    """Text that goes in before this offset."""

    at: int
    text: str


def add(
    text: str, sections: Mapping[str, Sequence[Entry]], outputs: Mapping[str, Sequence[str]]
) -> str:
    """The config `text` with these entries at the end of its sections.

    `outputs` are items that processes of the config hand on from now on. Raises ConfigError where
    the text cannot be added to; then it has to be done by hand.
    """
    root = _composed(text)
    inserts: list[_Insert] = []
    missing: list[Entry] = []
    for name, entries in sections.items():
        if not entries:
            continue
        section = _child(root, name)
        if section is None:
            missing.append(Entry(name, tuple(entries)))
        else:
            inserts.append(_into(text, root, name, section, entries))
    for process, items in outputs.items():
        inserts.append(_outputs(text, root, process, items))
    for insert in sorted(inserts, key=lambda one: one.at, reverse=True):
        text = text[: insert.at] + insert.text + text[insert.at :]
    for entry in missing:
        text = f"{_ended(text)}\n{block([entry])}"
    return text


def _composed(text: str) -> MappingNode:
    try:
        root = YAML(typ="rt", pure=True).compose(io.StringIO(text))
    except YAMLError as error:
        raise _refused("it is not valid YAML") from error
    if not isinstance(root, MappingNode) or root.flow_style:
        raise _refused("its top is not a table with a key on each line")
    if "\r" in text or text.startswith("\ufeff"):
        # The parser counts characters of its own reading of these.
        raise _refused("its lines end as on Windows, or it begins with a byte order mark")
    return root


def _into(
    text: str, root: MappingNode, name: str, section: Node, entries: Sequence[Entry]
) -> _Insert:
    match section:
        case MappingNode() if section.flow_style:
            written = ", ".join(flow(entry) for entry in entries)
            if section.value:
                return _Insert(_end(section.value[-1][1]), f", {written}")
            return _Insert(section.start_mark.index + 1, f" {written} ")
        case MappingNode():
            return _after(text, section, block(entries, section.start_mark.column))
        case ScalarNode() if section.value == "" and not section.style:
            key = next(key for key, _ in root.value if key.value == name)
            at = _line_end(text, key.end_mark.index)
            return _Insert(at, f"{_newline(text, at)}{block(entries, 2)}")
        case _:
            raise _refused(f"`{name}` is not a table")


def _outputs(text: str, root: MappingNode, process: str, items: Sequence[str]) -> _Insert:
    where = _child(_child(root, "processes"), process)
    if not isinstance(where, MappingNode):
        raise _refused(f"the process {process!r} is not written out in it")
    known = _child(where, "outputs")
    match known:
        case None:
            entry = Entry("outputs", list(items))
            if where.flow_style:
                return _Insert(_end(where.value[-1][1]), f", {flow(entry)}")
            return _after(text, where, block([entry], where.start_mark.column))
        case SequenceNode() if not known.value:
            written = ", ".join(scalar(item) for item in items)
            return _Insert(known.start_mark.index + 1, written)
        case SequenceNode() if known.flow_style:
            written = "".join(f", {scalar(item)}" for item in items)
            return _Insert(_end(known.value[-1]), written)
        case SequenceNode():
            indent = " " * known.start_mark.column
            lines = "".join(f"{indent}- {scalar(item)}\n" for item in items)
            return _after(text, known, lines)
        case _:
            raise _refused(f"the outputs of {process!r} are not a list")


def _after(text: str, node: Node, lines: str) -> _Insert:
    """After the last line of a block; comments that stand further left belong to what follows."""
    column = node.start_mark.column
    lines_before = text[: node.end_mark.index].splitlines(keepends=True)
    while lines_before and _follows(lines_before[-1], column):
        lines_before.pop()
    at = sum(len(line) for line in lines_before)
    return _Insert(at, f"{_newline(text, at)}{lines}")


def _follows(line: str, column: int) -> bool:
    """Whether a blank line or a comment belongs to what comes after a block in this column."""
    bare = line.strip()
    return not bare or (bare.startswith("#") and len(line) - len(line.lstrip()) < column)


def _newline(text: str, at: int) -> str:
    return "" if at == 0 or text[at - 1] == "\n" else "\n"


def _line_end(text: str, at: int) -> int:
    found = text.find("\n", at)
    return len(text) if found < 0 else found + 1


def _end(node: Node) -> int:
    """Where a value inside of brackets ends."""
    found: int = node.end_mark.index
    return found


def _ended(text: str) -> str:
    return text if text.endswith("\n") else f"{text}\n"


def _child(node: Any, name: str) -> Node | None:
    if not isinstance(node, MappingNode):
        return None
    pairs: Iterable[tuple[Node, Node]] = node.value
    return next((value for key, value in pairs if key.value == name), None)


def _refused(why: str) -> ConfigError:
    hint = "Add the pipeline by hand: docs/config.md tells how, and `readygate check` helps."
    return ConfigError([Problem((), f"nothing can be added to this config: {why}", hint)])
