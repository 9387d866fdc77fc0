"""Says in plain words what is wrong with the YAML of a file, and what to do about it."""

from __future__ import annotations

import re

from ruamel.yaml.error import MarkedYAMLError

from readygate.errors import Place, Problem
from readygate.render.plain import clean

_TAB = re.compile(r"^ *\t[ \t]*(?=[^\s#])", re.MULTILINE)
_KEY = re.compile(r"\s*[\w-]+:")
_INDENT = "Lines that belong together begin in the same column; use spaces, two per level."
_QUOTE = "If it belongs to a text, put the whole text in quotes."
_CLOSE = "Close it, and separate its entries by commas."

_COLON = (
    'If it belongs to a text, put the text in quotes: title: "Brand kit: logo". Otherwise check the'
    " indentation."
)

_TEXTS = (
    (
        "mapping values are not allowed",
        "a colon is not expected here",
        _COLON,
    ),
    ("sequence entries are not allowed", "a list entry (`- `) is not expected here", _INDENT),
    ("mapping keys are not allowed", "a key (`? `) is not expected here", _INDENT),
    ("expected <block end>", "this line does not fit into what is above it", _INDENT),
    ("expected ',' or ']'", "the list that was opened with `[` is not closed", _CLOSE),
    ("expected ',' or '}'", "the table that was opened with `{` is not closed", _CLOSE),
    (
        "could not find expected ':'",
        "this is neither a key nor a value",
        "A key is followed by a colon and a space: `title: Brand kit`. " + _INDENT,
    ),
    ("found unexpected end of stream", "the quote is never closed", "Close it on the same line."),
    (
        "found unexpected document separator",
        "the quote is not closed before the next document",
        "Close it on the same line.",
    ),
    (
        "found unknown escape character",
        "a backslash in double quotes begins an escape that YAML does not know",
        "Use single quotes, or write two backslashes.",
    ),
    (
        "expected escape sequence",
        "a backslash in double quotes begins an escape that is not complete",
        "Use single quotes, or write two backslashes.",
    ),
    (
        "expected the node content",
        "a value is missing here",
        "Write it; close a bracket that is open; quote a text that holds , [ ] { or }.",
    ),
    ("found undefined tag handle", "tags (`!…`) are not used in this file", _QUOTE),
)
_AT_OPENING = ("expected ',' or", "found unexpected end of stream", "found unexpected document")
"""Errors that are noticed far from their cause: the opening bracket or quote is shown instead."""


def syntax_problem(file: str, text: str, error: MarkedYAMLError) -> Problem:
    """Translate what the parser says. `text` is the file, with its secrets hidden."""
    said = str(error.problem or "")
    mark = error.problem_mark or error.context_mark
    if said.startswith(_AT_OPENING) and error.context_mark:
        mark = error.context_mark
    line, column = (mark.line, mark.column) if mark else (0, 0)
    met = str(said.split("found character ")[1:2] or "")
    tab = _TAB.search(text)
    if tab and text.count("\n", 0, tab.start()) <= line + 1:
        line = text.count("\n", 0, tab.start())
        column = tab.group().index("\t")
        message = "a tab cannot indent YAML"
        hint = "Replace the tabs at the beginning of lines by spaces, two per level."
    elif said.startswith("mapping values") and (before := _key_without_colon(text, line)):
        line, column = before
        message = "this is neither a key nor a value"
        hint = "A key is followed by a colon and a space: `title: Brand kit`."
    elif "\\t" in met:
        message, hint = "a tab is not allowed here", "Replace it by a space."
    elif met:
        message = f"a value cannot begin with {_at(text, line, column)}"
        hint = "Put the value in quotes."
    else:
        known = (known for known in _TEXTS if known[0] in said)
        _, message, hint = next(known, ("", f"this is not valid YAML: {clean(said)}", _INDENT))
    return Problem((), message, hint, place=Place(file, line + 1, column + 1))


def _key_without_colon(text: str, line: int) -> tuple[int, int] | None:
    """The line before a key, if it is the end of a text that was taken for a part of that key."""
    lines = text.split("\n")
    if line >= len(lines) or not _KEY.match(lines[line]):
        return None
    for before in range(line - 1, -1, -1):
        found = lines[before].strip()
        if found and not found.startswith("#"):
            if ":" in found or found.startswith(("-", "%", "?")):
                return None
            return before, lines[before].index(found[0])
    return None


def _at(text: str, line: int, column: int) -> str:
    lines = text.split("\n")
    char = lines[line][column : column + 1] if line < len(lines) else ""
    return f"`{clean(char)}`"
