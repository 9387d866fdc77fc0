"""Shows values of a config in messages: short, on one line, and never a secret."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable

from readygate.render.plain import clean
from readygate_config.secret_scan import MASK

_LONGEST = 60
_MANY = 12


def shown(text: str) -> str:
    """A text in quotes, cut to sixty characters."""
    if MASK in text:
        return "(hidden)"
    cut = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
    quote = '"' if "'" in cut else "'"
    return f"{quote}{clean(cut)}{quote}"


def found(value: object) -> str:
    """What stands where something else was expected."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return f"the number {value}"
        case str():
            return f"the text {shown(value)}"
        case list():
            return "a list"
        case _:
            return "a table"


def one_of(names: Iterable[str]) -> str:
    """`a, b, c`; a long list is cut."""
    known = [clean(name) for name in names]
    if len(known) > _MANY:
        return f"{', '.join(known[:_MANY])} and {len(known) - _MANY} more"
    return ", ".join(known)


def guess(name: str, known: Collection[str]) -> str:
    """The known name that was probably meant, or ""."""
    folded = {other.casefold(): other for other in known}
    if name.casefold() in folded:
        return folded[name.casefold()]
    close = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=0.6)
    return folded[close[0]] if close else ""


def suggestion(name: str, known: Collection[str], *, none: str = "") -> str:
    """The hint after an unknown name: `Did you mean 'sales'? Known are: …`."""
    if not known:
        return none
    meant = guess(name, known)
    ask = f"Did you mean {shown(meant)}? " if meant else ""
    return f"{ask}Known are: {one_of(known)}."
