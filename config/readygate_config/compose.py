"""Composes a parser's events into a tree: keys, aliases, merge keys, and the values of YAML 1.2."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from readygate.errors import Place, Problem
from readygate_config.nodes import Listing, Node, Scalar, Table
from readygate_config.secret_scan import MASK
from readygate_config.shown import shown

MAX_DEPTH = 20
"""Levels of nesting. The format itself needs five."""

MAX_NODES = 300_000
"""Values of one file with every alias written out; 2,000 items with all they need take 30,000."""

FORBIDDEN = re.compile(
    "[^\t\n\r -~\u00a0-\u2027\u202a-\ud7ff\uf900-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
"""Control characters, invisible line breaks, byte order marks, private-use characters."""

_SURROGATE = re.compile("[\ud800-\udfff]")
_STANDARD = "tag:yaml.org,2002:"
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_NUMBER = re.compile(r"[-+]?[0-9]{1,18}")
_BASED = re.compile(r"0o[0-7]{1,18}|0x[0-9a-fA-F]{1,15}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,3})?|[-+]?\.(inf|Inf|INF)")


class Refused(Exception):
    """The file cannot be read on."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def value_of(source: str) -> str | int | float | bool | None:
    """What YAML 1.2 (core schema) makes of an unquoted value: `yes` and dates are text."""
    if source in _WORDS:
        return _WORDS[source]
    if source[0] not in "+-.0123456789":
        return source
    if _NUMBER.fullmatch(source):
        return int(source)
    if _BASED.fullmatch(source):
        return int(source, 0)
    if _FLOAT.fullmatch(source):
        return float(source)
    return source


@dataclass(slots=True)
class _Open:
    """A list or table that is being filled. `entries` holds keys and values in turn."""

    node: Listing | Table
    anchor: str | None
    size: int = 1
    entries: list[Node] = field(default_factory=list)


class Composer:
    """Fills `root` and `problems`; raises Refused where it cannot go on."""

    def __init__(self, file: str) -> None:
        self.root: Node | None = None
        self.problems: list[Problem] = []
        self._file = file
        self._stack: list[_Open] = []
        self._anchors: dict[str, tuple[Node, int]] = {}
        self._open_anchors: set[str] = set()
        self._documents = 0

    def run(self, events: Iterator[Any]) -> None:
        """Take in all events."""
        for event in events:
            if isinstance(event, ScalarEvent):
                self._add(self._scalar(event), event.anchor)
            elif isinstance(event, MappingStartEvent):
                self._begin(Table(*self._at(event)), event)
            elif isinstance(event, SequenceStartEvent):
                self._begin(Listing(*self._at(event)), event)
            elif isinstance(event, MappingEndEvent | SequenceEndEvent):
                self._end()
            elif isinstance(event, AliasEvent):
                self._alias(event)
            elif isinstance(event, DocumentStartEvent):
                self._document(event)

    def _at(self, event: Any) -> tuple[str, int, int]:
        return self._file, event.start_mark.line + 1, event.start_mark.column + 1

    def _problem(self, event: Any, message: str, hint: str) -> Problem:
        return Problem((), message, hint, place=Place(*self._at(event)))

    def _document(self, event: Any) -> None:
        self._documents += 1
        if self._documents > 1:
            text = "a second document begins here"
            hint = "One file holds one document: delete the line `---`, or make two files of it."
            raise Refused(self._problem(event, text, hint))
        if event.version and tuple(event.version) != (1, 2):
            text = f"this file asks for YAML {'.'.join(str(part) for part in event.version)}"
            hint = "Configs are read as YAML 1.2: delete the line that begins with %YAML."
            self.problems.append(self._problem(event, text, hint))

    def _scalar(self, event: Any) -> Scalar:
        tag, source = event.tag, event.value
        if event.style == '"':  # only there can be escapes
            source = self._unescaped(event)
        plain = not event.style and tag is None
        if tag not in (None, "!", f"{_STANDARD}str"):
            self._refuse_tag(event)
        return Scalar(*self._at(event), value_of(source) if plain else source, source)

    def _unescaped(self, event: Any) -> str:
        """The text of a quoted value, refusing what an escape can smuggle in."""
        text: str = event.value
        if MASK in text:  # a secret that was hidden: it is told elsewhere
            return text
        if _SURROGATE.search(text):  # JSON writes characters beyond U+FFFF as two escapes
            text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        bad = FORBIDDEN.search(text)
        if bad is None and "\ufffd" in text and "\ufffd" not in event.value:
            bad = _SURROGATE.search(event.value)
        if bad:
            said = (
                f"an escape stands for the character U+{ord(bad.group()):04X}, which no text holds"
            )
            self.problems.append(self._problem(event, said, "Remove the escape."))
            text = FORBIDDEN.sub("\ufffd", text)
        return unicodedata.normalize("NFC", text)

    def _refuse_tag(self, event: Any) -> None:
        tag = str(event.tag).replace(_STANDARD, "!!")
        text = f"the tag {shown(tag)} is not known here"
        self.problems.append(self._problem(event, text, "Delete it; quote a value that is text."))

    def _begin(self, node: Listing | Table, event: Any) -> None:
        if event.tag not in (None, "!", f"{_STANDARD}map", f"{_STANDARD}seq"):
            self._refuse_tag(event)
        if len(self._stack) == MAX_DEPTH:
            text = f"this is nested more than {MAX_DEPTH} levels deep"
            hint = "A config needs five levels: look for a bracket too many."
            raise Refused(self._problem(event, text, hint))
        if event.anchor:
            self._open_anchors.add(event.anchor)
        self._stack.append(_Open(node, event.anchor))

    def _end(self) -> None:
        done = self._stack.pop()
        node = done.node
        if isinstance(node, Listing):
            node.entries = done.entries
        else:
            self._fill(node, done.entries)
        self._add(node, done.anchor, done.size)

    def _alias(self, event: Any) -> None:
        if event.anchor in self._open_anchors:
            text = f"the alias *{event.anchor} stands inside of what it repeats"
            raise Refused(self._problem(event, text, "Write out what is meant here."))
        if event.anchor not in self._anchors:
            text = f"there is no anchor &{event.anchor} above this alias"
            hint = "An anchor stands above its aliases; a text that begins with * needs quotes."
            raise Refused(self._problem(event, text, hint))
        node, size = self._anchors[event.anchor]
        self._add(node, None, size, event)

    def _add(self, node: Node, anchor: str | None, size: int = 1, event: Any = None) -> None:
        if anchor:
            self._anchors[anchor] = node, size
            self._open_anchors.discard(anchor)
        if not self._stack:
            self.root = None if isinstance(node, Scalar) and node.value is None else node
            return
        parent = self._stack[-1]
        parent.entries.append(node)
        parent.size += size
        if parent.size > MAX_NODES:
            where = Place(*self._at(event)) if event else node.place
            text = (
                f"this file holds more than {MAX_NODES:,} values once its aliases are written out"
            )
            raise Refused(Problem((), text, "Use fewer aliases of aliases.", place=where))

    def _fill(self, table: Table, entries: list[Node]) -> None:
        merged: list[Table] = []
        for key, value in zip(entries[::2], entries[1::2], strict=True):
            if not isinstance(key, Scalar) or not isinstance(key.value, str):
                self._refuse_key(key)
            elif key.value == "<<":
                merged += self._sources(value)
            elif key.value in table.entries:
                self.problems.append(
                    Problem(
                        (),
                        f"the key {shown(key.value)} stands here twice",
                        "Keep one of the two: YAML would silently drop the other.",
                        place=key.place,
                        also=(table.keys[key.value].place,),
                    )
                )
            else:
                table.entries[key.value] = value
                table.keys[key.value] = key
        for source in merged:  # what is written out wins, then the first source
            for name, value in source.entries.items():
                table.entries.setdefault(name, value)
                table.keys.setdefault(name, source.keys[name])

    def _refuse_key(self, key: Node) -> None:
        text, hint = "a key must be a text", "Write a name, followed by a colon."
        if isinstance(key, Scalar) and key.value is not None:
            text = f"a key must be a text, but {key.source} is {_kind(key.value)}"
            hint = f'Put it in quotes: "{key.source}".'
        self.problems.append(Problem((), text, hint, place=key.place))

    def _sources(self, value: Node) -> list[Table]:
        found = value.entries if isinstance(value, Listing) else [value]
        tables = [source for source in found if isinstance(source, Table)]
        if len(tables) != len(found):
            text = "`<<` merges tables, but this is something else"
            hint = "Write `<<: *name`, where &name marks a table above."
            self.problems.append(Problem((), text, hint, place=value.place))
        return tables


def _kind(value: object) -> str:
    return "true or false" if isinstance(value, bool) else "a number"
