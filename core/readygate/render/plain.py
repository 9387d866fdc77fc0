"""Makes text safe and even for a terminal: foreign titles may hold escapes and wide characters."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, tzinfo

_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_HIDDEN = frozenset(
    "\u00ad\u180e\u200b\u2028\u2029\u2060\u2061\u2062\u2063\u2064\ufeff\ufff9\ufffa\ufffb"
)
_TAGS = range(0xE0000, 0xE0080)


def dangerous(char: str) -> bool:
    """Whether a character can move the cursor, turn the line round, hide, or break the output."""
    if char in _BIDI or char in _HIDDEN or ord(char) in _TAGS:
        return True
    return unicodedata.category(char) in {"Cc", "Cs"}


def clean(text: str) -> str:
    """Give the text on one line with everything dangerous written out (`\\x1b`, `\\u202e`)."""
    if text.isprintable() and text.isascii():
        return text
    return "".join(_shown(char) for char in text)


def width(text: str) -> int:
    """How many columns a cleaned text takes in a terminal."""
    if text.isascii():
        return len(text)
    return sum(_columns(char) for char in text)


def pad(text: str, columns: int) -> str:
    """Fill up to a width with blanks; a longer text stays as it is."""
    return text + " " * max(0, columns - width(text))


def table(rows: Sequence[Sequence[str]], *, gap: str = "  ") -> list[str]:
    """Lines with every column as wide as its widest cell; no blanks at the end of a line."""
    if not rows:
        return []
    widths = [max(width(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        gap.join(pad(cell, columns) for cell, columns in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def plural(count: int, one: str, many: str = "") -> str:
    """`1 deal`, `2 deals`; `many` where adding an s is not enough."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def listed(parts: Iterable[str]) -> str:
    """`a, b and c`."""
    names = list(parts)
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def span(length: timedelta) -> str:
    """A length of time as people say it, in its largest unit."""
    minutes = max(0, int(length.total_seconds() // 60))
    if minutes < 1:
        return "less than a minute"
    if minutes < 120:
        return plural(minutes, "minute")
    if minutes < 48 * 60:
        return plural(minutes // 60, "hour")
    return plural(minutes // (24 * 60), "day")


def moment(at: datetime, zone: tzinfo) -> str:
    """A date and time in a zone, to the minute, with the zone's name."""
    return f"{at.astimezone(zone):%Y-%m-%d %H:%M %Z}".rstrip()


def _shown(char: str) -> str:
    if not dangerous(char):
        return char
    if char in "\t\n\r":
        return " "
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _columns(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in {"W", "F"} else 1
