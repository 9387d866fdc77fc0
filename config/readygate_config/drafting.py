"""Writes a config as a person would: short tables on one line, long ones spread out, comments."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from readygate.render.plain import dangerous

Plain: TypeAlias = "str | int | bool | Sequence[Plain] | Mapping[str, Plain]"
"""Data as YAML holds it; written on one line where it fits."""

WIDTH = 100
"""Columns; longer tables are spread over lines."""

_STEP = "  "
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
_PLAIN = re.compile(r"[1-9][0-9]*[dhmw]|[^\W\d_](?:[^\x00-\x1f:#,\[\]{}\"\\]|:(?=[^\s,\[\]{}]))*")
_PLAIN_ON_ITS_LINE = re.compile(r"[^\W\d_](?:[^\x00-\x1f:#\"\\]|:(?=\S))*")


@dataclass(frozen=True, slots=True)
class Entry:
    """One key with its value. A tuple of entries is a table that is always spread over lines.

    `comment` stands above it, a `#` before each line; `beside` on its line.
    """

    key: str
    value: Plain | tuple[Entry, ...]
    comment: str = ""
    beside: str = ""


def block(entries: Sequence[Entry], indent: int = 0) -> str:
    """The entries as lines that begin in this column, each ended by a line break."""
    return "".join(f"{line}\n" for entry in entries for line in _lines(entry, " " * indent))


def flow(entry: Entry) -> str:
    """The entry on one line, as it stands between braces; its comments are left out."""
    return f"{scalar(entry.key)}: {_flow(_bare(entry.value))}"


def scalar(value: str | int | bool, *, in_brackets: bool = True) -> str:  # noqa: FBT001 - a value
    """One value: as it is where YAML 1.1 and 1.2 read it as the same text, else in quotes."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    plain = (
        (_PLAIN if in_brackets else _PLAIN_ON_ITS_LINE).fullmatch(value)
        and value == value.strip()
        and value.casefold() not in _WORDS
        and not any(dangerous(char) or not char.isprintable() for char in value)
    )
    return value if plain else f'"{"".join(_escaped(char) for char in value)}"'


def _escaped(char: str) -> str:
    if char in '"\\':
        return f"\\{char}"
    if char == "\n":
        return "\\n"
    if dangerous(char) or not char.isprintable():
        return f"\\U{ord(char):08x}"
    return char


def _lines(entry: Entry, indent: str) -> Iterator[str]:
    for line in entry.comment.splitlines():
        yield f"{indent}# {line}".rstrip()
    key = f"{indent}{scalar(entry.key)}:"
    match entry.value:
        case tuple() as entries if _are_entries(entries):
            yield _with(key, entry.beside)
            for one in entries:
                yield from _lines(one, indent + _STEP)
        case str() | int() as single:
            yield _with(f"{key} {scalar(single, in_brackets=False)}", entry.beside)
        case value:
            written = _flow(_bare(value))
            if len(key) + 1 + len(written) <= WIDTH:
                yield _with(f"{key} {written}", entry.beside)
            else:
                yield _with(key, entry.beside)
                yield from _spread(_bare(value), indent + _STEP)


def _spread(value: Plain, indent: str) -> Iterator[str]:
    match value:
        case Mapping():
            for key, one in value.items():
                yield from _lines(Entry(key, one), indent)
        case _ if isinstance(value, Sequence) and not isinstance(value, str):
            yield from (f"{indent}- {_flow(one)}" for one in value)


def _with(line: str, beside: str) -> str:
    return f"{line:<27}  # {beside}" if beside else line


def _flow(value: Plain) -> str:
    match value:
        case str() | int():
            return scalar(value)
        case Mapping():
            parts = ", ".join(f"{scalar(key)}: {_flow(one)}" for key, one in value.items())
            return f"{{ {parts} }}" if parts else "{}"
        case _:
            return f"[{', '.join(_flow(one) for one in value)}]"


def _are_entries(value: Sequence[object]) -> bool:
    return bool(value) and all(isinstance(one, Entry) for one in value)


def _bare(value: Plain | tuple[Entry, ...]) -> Plain:
    """The value without comments."""
    if isinstance(value, tuple):
        found: dict[str, Plain] = {}
        for one in value:
            if not isinstance(one, Entry):
                return [*value]  # then none of them is an entry
            found[one.key] = _bare(one.value)
        return found
    return value
