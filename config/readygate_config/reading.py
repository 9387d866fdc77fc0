"""Reads one YAML file into a tree with places. Secrets are hidden before the YAML is looked at.

The parser's events are composed here, not by the library: that keeps the place of every key, finds
all duplicate keys at once, and bounds what aliases can multiply.
"""

from __future__ import annotations

import codecs
import errno
import unicodedata
from collections.abc import Iterator
from pathlib import Path as File
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import FileMark, MarkedYAMLError
from ruamel.yaml.reader import Reader

from readygate.errors import Place, Problem
from readygate_config.compose import FORBIDDEN, Composer, Refused
from readygate_config.nodes import Table
from readygate_config.secret_scan import (
    hide_tokens,
    secret_problem,
    secret_problems,
    variable_of,
)
from readygate_config.syntax import syntax_problem

MAX_BYTES = 4_000_000
"""Size of one file; 200 processes with 2,000 items take 0.3 MB, and a larger one is a mistake."""

_MOST = 10
"""Control characters told of one file; a binary file has thousands."""


def read_file(path: File, name: str) -> tuple[Table | None, list[Problem]]:
    """Read a file that messages call `name`. Gives its top-level table, and what is wrong.

    No table means that nothing of the file can be used.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        return None, [_unreadable(name, error)]
    if len(data) > MAX_BYTES:
        text = f"the file is larger than {MAX_BYTES // 1_000_000} MB"
        hint = "Is this the right file? A config can be split into several files in one folder."
        return None, [Problem((), text, hint, place=Place(name, 1, 1))]
    text, problems = _decoded(data, name)
    if problems:
        return None, problems
    text, hidden = hide_tokens(text)
    table, problems = _composed(text, name)
    secrets = secret_problems(table) if table else []
    known = {problem.place.line for problem in secrets if problem.place}
    stray = [
        place for place in (_place(name, text, at) for at in hidden) if place.line not in known
    ]
    secrets += [secret_problem((), place, variable_of(table)) for place in stray]
    return table, sorted([*problems, *secrets], key=lambda one: one.place or Place(name, 1, 1))


def _unreadable(name: str, error: OSError) -> Problem:
    hint = "Give the config with --config FILE or READYGATE_CONFIG."
    match error.errno:
        case errno.ENOENT:
            return Problem((), f"{name}: there is no such file", hint)
        case errno.EACCES:
            return Problem((), f"{name}: we may not read this file", "Change its permissions.")
        case _:
            return Problem((), f"{name}: the file cannot be read: {error.strerror}", hint)


def _decoded(data: bytes, name: str) -> tuple[str, list[Problem]]:
    save = "Save the file as UTF-8."
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = "the file is UTF-16 (some editors call it “Unicode”), not UTF-8"
        return "", [Problem((), text, save, place=Place(name, 1, 1))]
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8")
        message = f"the file is not UTF-8: the byte 0x{data[error.start]:02X} cannot be read"
        return "", [Problem((), message, save, place=_place(name, before, len(before)))]
    problems = [
        Problem(
            (),
            f"the character U+{ord(match.group()):04X} is not allowed in a config",
            "It cannot be seen: delete it.",
            place=_place(name, text, match.start()),
        )
        for _, match in zip(range(_MOST), FORBIDDEN.finditer(text), strict=False)
    ]
    return unicodedata.normalize("NFC", text), problems  # some systems take letters apart


def _composed(text: str, name: str) -> tuple[Table | None, list[Problem]]:
    composer = Composer(name)
    try:
        composer.run(_events(text))
    except MarkedYAMLError as error:
        return None, [*composer.problems, syntax_problem(name, text, error)]
    except Refused as refused:
        return None, [*composer.problems, refused.problem]
    root = composer.root
    if root is None:
        hint = "Begin with `version: 1`; the folder config/examples holds complete configs."
        return None, [Problem((), "the file is empty", hint, place=Place(name, 1, 1))]
    if not isinstance(root, Table):
        hint = "Begin with `version: 1`, then trackers, people, items, processes and pipelines."
        text = "a config consists of keys and values, but this is something else"
        return None, [*composer.problems, Problem((), text, hint, place=root.place)]
    return root, composer.problems


class _QuickReader(Reader):
    """The library's reader without its loop over single characters: a sixth less time.

    Marks carry no copy of the text.
    """

    def forward(self, length: int = 1) -> None:
        """Move on; the slow way where lines end."""
        part = self.buffer[self.pointer : self.pointer + length]
        if "\n" in part or "\r" in part or "\ufeff" in part:
            super().forward(length)
        else:
            self.pointer += length
            self.index += length
            self.column += length

    def get_mark(self) -> FileMark:
        """Where we are."""
        return FileMark(None, self.index, self.line, self.column)


def _events(text: str) -> Iterator[Any]:
    yaml = YAML(typ="safe", pure=True)
    yaml.Reader = _QuickReader
    return iter(yaml.parse(text))


def _place(name: str, text: str, offset: int) -> Place:
    before = text[:offset].replace("\r\n", "\n").replace("\r", "\n")
    line = before.count("\n")
    return Place(name, line + 1, len(before) - before.rfind("\n"))
