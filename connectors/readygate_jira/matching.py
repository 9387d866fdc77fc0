"""Finds the thing a config name means among what Jira offers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
