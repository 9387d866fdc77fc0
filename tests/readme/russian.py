"""Holds README.ru.md in step with README.md: what is the same in every language is copied.

`python tests/readme/russian.py` copies what a program printed and what was measured; words are
translated by people, and the tests say where that is due.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
ENGLISH, RUSSIAN = ROOT / "README.md", ROOT / "README.ru.md"

_FENCE = re.compile(r"(?ms)^```(\w*)\n(.*?)^```$")
_TABLE = re.compile(r"(?m)(?:^\|.*\n)+")
_SPACE = "\u00a0"  # between the thousands of a Russian number
_UNITS = {"s": "с", "min": "мин", "MB": "МБ", "KB": "КБ", "µs": "мкс", "ms": "мс"}


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: its kind and its lines."""

    kind: str
    lines: tuple[str, ...]

    @property
    def commands(self) -> list[str]:
        """The lines without comments: the same in every language."""
        return [re.sub(r"\s+# .*", "", line) for line in self.lines if not line.startswith("#")]


def blocks(text: str) -> list[Block]:
    """Every fenced block."""
    return [Block(one[1], tuple(one[2].splitlines())) for one in _FENCE.finditer(text)]


def prose(text: str) -> str:
    """A text without its fenced blocks."""
    return _FENCE.sub("", text)


def headings(text: str) -> list[str]:
    """Every heading, as `##` and its words."""
    return re.findall(r"(?m)^#+ .*", prose(text))


def tables(text: str) -> list[list[list[str]]]:
    """Every table: rows of cells."""
    return [
        [[cell.strip() for cell in row.strip("|\n ").split("|")] for row in one[0].splitlines()]
        for one in _TABLE.finditer(prose(text))
    ]


def links(text: str) -> set[str]:
    """Where a text leads."""
    return set(re.findall(r"\]\(([^)]+)\)", prose(text)))


def spans(text: str) -> set[str]:
    """Everything that is marked as code in a line."""
    return set(re.findall(r"`([^`\n]+)`", prose(text)))


def refreshed(russian: str, english: str) -> str:
    """The Russian text with the output of programs and the measured figures of the English one."""
    sources = iter(blocks(english))

    def block(found: re.Match[str]) -> str:
        own = Block(found[1], tuple(found[2].splitlines()))
        source = next(sources, own)
        if own.kind != "console" or source.kind != "console":
            return found[0]
        return "\n".join([f"```{own.kind}", *_with_comments_of(own, source), "```"])

    text = _FENCE.sub(block, russian)
    figures = iter(_TABLE.findall(english))
    return _TABLE.sub(lambda found: _figures(found[0], next(figures, found[0])), text)


def _with_comments_of(own: Block, source: Block) -> Iterator[str]:
    """The lines of the source; its comments in the words of the translation, where they match."""
    known = [line for line in own.lines if line.startswith("#")]
    wanted = [line for line in source.lines if line.startswith("#")]
    words = iter(known if len(known) == len(wanted) else wanted)
    for line in source.lines:
        yield next(words) if line.startswith("#") else line


def _figures(own: str, source: str) -> str:
    """A table of figures (a number in every cell but the first of each row) in Russian notation."""
    rows = source.splitlines(keepends=True)
    mine = own.splitlines(keepends=True)
    if len(rows) != len(mine) or not all(_measured(row) for row in rows[2:]):
        return own
    changed = [
        f"|{old.split('|')[1]}|{'|'.join(_number(cell) for cell in new.split('|')[2:])}"
        for old, new in zip(mine[2:], rows[2:], strict=True)
    ]
    return "".join([*mine[:2], *changed])


def _measured(row: str) -> bool:
    cells = row.strip("|\n ").split("|")[1:]
    return bool(cells) and all(re.match(r"\s*[\d–-]", cell) for cell in cells)


def _number(cell: str) -> str:
    text = re.sub(r"(?<=\d),(?=\d{3})", _SPACE, cell)
    text = re.sub(r"(?<=\d)\.(?=\d)", ",", text)
    return re.sub(r"(?<=\d )([A-Za-zµ]+)", lambda found: _UNITS.get(found[1], found[1]), text)


def plain_numbers(cell: str) -> str:
    """A Russian cell in English notation, for comparing."""
    back: dict[str, str] = {russian: english for english, russian in _UNITS.items()}
    text = re.sub(r"(?<=\d),(?=\d)", ".", cell).replace(_SPACE, ",")
    unit: Callable[[re.Match[str]], str] = lambda found: back.get(found[1], found[1])  # noqa: E731
    return re.sub(r"(?<=\d )([А-Яа-я]+)", unit, text)


if __name__ == "__main__":
    RUSSIAN.write_text(
        refreshed(RUSSIAN.read_text("utf-8"), ENGLISH.read_text("utf-8")), encoding="utf-8"
    )
