"""Finds the thing a config name means among what Jira offers, and words what it could mean."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from readygate_jira.translate import Json


@dataclass(frozen=True, slots=True)
class Named:
    """Something with an id and a name; `other` is its name before translation."""

    ref: str
    name: str
    other: str = ""


def named(thing: Json) -> Named:
    """Read id, name and untranslated name."""
    return Named(str(thing["id"]), str(thing["name"]), str(thing.get("untranslatedName") or ""))


def matches(name: str, offered: Sequence[Named]) -> list[Named]:
    """All things a name may mean: by exact name, else ignoring case, else untranslated, else id."""
    wanted = name.strip().casefold()
    if not wanted:
        return []
    for found in (
        [thing for thing in offered if thing.name == name],
        [thing for thing in offered if thing.name.casefold() == wanted],
        [thing for thing in offered if thing.other.casefold() == wanted],
        [thing for thing in offered if thing.ref == name],
    ):
        if found:
            return found
    return []


def suggestion(name: str, offered: Iterable[str], *, most: int = 12) -> str:
    """Word what could have been meant, then what there is."""
    names = list(dict.fromkeys(offered))
    if not names:
        return "There is none."
    folded = {known.casefold(): known for known in reversed(names)}
    near = get_close_matches(name.casefold(), list(folded), n=1)
    guess = f"Did you mean {folded[near[0]]!r}? " if near else ""
    shown = ", ".join(repr(known) for known in names[:most])
    rest = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{guess}There are: {shown}{rest}."
