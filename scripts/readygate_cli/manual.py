"""Reads the help topics and fits them to a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from importlib.resources import files

TOPICS: Mapping[str, str] = {
    "gate": "What opens a gate, and what happens at a closed one.",
    "guard": "How strongly a gate holds, and what gets past.",
    "stages": "Stages, the order of deals, what is left alone.",
    "cron": "How to let it run by itself.",
    "costs": "Requests, plans, and which period suits which.",
}
"""The topics in the order in which they are listed."""

LANGUAGES = ("en", "ru")
NARROWEST, WIDEST = 40, 88
_HEADING = "== "


def topic(name: str, language: str, width: int) -> str:
    """One of TOPICS in one of LANGUAGES, wrapped to so many columns within reason."""
    source = files("readygate_cli.topics") / f"{name}.{language}.txt"
    return _laid_out(source.read_text(encoding="utf-8"), max(NARROWEST, min(width, WIDEST)))


def own_language(environ: Mapping[str, str]) -> str:
    """The language of the locale, where it is one of ours."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if environ.get(name):
            return "ru" if environ[name].casefold().startswith("ru") else "en"
    return "en"


def _laid_out(text: str, width: int) -> str:
    lines = [part for line in text.splitlines() for part in _lines(line, width)]
    return "\n".join(lines) + "\n"


def _lines(line: str, width: int) -> Iterator[str]:
    """A line of the source is a heading, a paragraph, a point of a list, or shown as it is."""
    if line.startswith(_HEADING):
        yield line.removeprefix(_HEADING).upper()
    elif not line or line.startswith("    "):
        yield line
    else:
        hang = "    " if line.startswith("* ") else "  "
        first = f"  {line}" if line.startswith("* ") else line
        yield from textwrap.wrap(
            first,
            width,
            initial_indent="" if line.startswith("* ") else "  ",
            subsequent_indent=hang,
            break_on_hyphens=False,
            break_long_words=False,
        )
