"""Words what a name that is not there could have meant: the hint is the same for every tracker."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def suggestion(name: str, offered: Iterable[str], *, most: int = 12) -> str:
    """Word what could have been meant, then what there is."""
    names = list(dict.fromkeys(offered))
    if not names:
        return "There is none."
    near = nearest(name, names)
    guess = f"Did you mean {near!r}? " if near else ""
    shown = ", ".join(repr(known) for known in names[:most])
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{guess}There are: {shown}{rest}."


def nearest(name: str, offered: Iterable[str]) -> str:
    """What was most likely meant by a name that is not there; "" for nothing like it."""
    folded = {known.casefold(): known for known in reversed(list(offered))}
    near = get_close_matches(name.casefold(), list(folded), n=1)
    return folded[near[0]] if near else ""
