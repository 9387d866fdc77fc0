"""Checks the names that a config gives to things, and that every name it uses exists."""

from __future__ import annotations

import re
import unicodedata

from readygate_config.checking import Checker
from readygate_config.fields import is_readable
from readygate_config.nodes import Path, Table, find, place_of_key
from readygate_config.shown import guess, shown, suggestion

LONGEST_KEY = 64
"""Characters; keys stand in properties, fields and environment variables of limited length."""

_KEY = re.compile(r"[^\W\d_][\w-]*")
_TRACKER = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_WORD = re.compile(r"[^\W\d_]+")
_ONE = {
    "trackers": "tracker",
    "people": "person",
    "items": "item",
    "processes": "process",
    "pipelines": "pipeline",
}


def check_keys(checker: Checker, section: str, table: Table) -> None:
    """Check how the things of a section are named."""
    seen: dict[str, str] = {}
    for key in table.entries:
        path = (section, key)
        if section == "trackers":
            _check_tracker(checker, path, key)
        else:
            _check_key(checker, path, key)
        other = seen.setdefault(key.casefold(), key)
        if other != key:
            where = place_of_key(checker.root, (section, other))
            text = f"{shown(key)} and {shown(other)} (line {where.line}) differ only in capitals"
            checker.tell(path, text, "Give one of them another name.", key=True)


def _check_key(checker: Checker, path: Path, key: str) -> None:
    if not _KEY.fullmatch(key):
        text = f"{shown(key)} cannot be a name here"
        hint = "A name begins with a letter; letters, digits, _ and - follow: contract_scan."
        checker.tell(path, text, hint, key=True)
    elif len(key) > LONGEST_KEY:
        text = f"this name is too long: {len(key)} characters"
        checker.tell(path, text, f"At most {LONGEST_KEY} are allowed.", key=True)
    else:
        mixed = next((word for word in _WORD.findall(key) if len(_alphabets(word)) > 1), None)
        if mixed:
            text = f"{shown(mixed)} mixes letters of different alphabets that look alike"
            hint = f"{', '.join(_spelled(mixed))}. Type the name anew with one keyboard layout."
            checker.tell(path, text, hint, key=True)


def _check_tracker(checker: Checker, path: Path, key: str) -> None:
    if not _TRACKER.fullmatch(key) or len(key) > LONGEST_KEY:
        checker.tell(
            path,
            f"{shown(key)} cannot be the name of a tracker",
            "It becomes a part of READYGATE_TRACKERS__<NAME>__TOKEN: begin with a small Latin"
            " letter; small Latin letters, digits and single _ follow.",
            key=True,
        )


def _alphabets(word: str) -> set[str]:
    return {unicodedata.name(char, "").split(" ")[0] for char in word}


def _spelled(word: str) -> list[str]:
    """The letters of the alphabet that is rarer in the word."""
    by_alphabet: dict[str, list[str]] = {}
    for char in word:
        by_alphabet.setdefault(unicodedata.name(char, "").split(" ")[0], []).append(char)
    rarest = min(by_alphabet, key=lambda name: (len(by_alphabet[name]), name))
    return [
        f"{shown(char)} is {rarest.capitalize()}" for char in dict.fromkeys(by_alphabet[rarest])
    ]


def resolve(checker: Checker, path: Path, name: str, section: str) -> str:
    """Give a name back if the section defines it. Tell it if not, and give what was probably meant,
    or "" where nobody can know.
    """
    table = find(checker.root, (section,))
    if not is_readable(name) or not isinstance(table, Table):
        return ""
    if name in table.entries:
        return name
    text = f"there is no {_ONE[section]} {shown(name)}"
    none = f"Define it under `{section}`."
    checker.tell(path, text, suggestion(name, table.entries.keys(), none=none))
    return guess(name, table.entries.keys())
