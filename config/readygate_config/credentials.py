"""Recognises credentials that cannot be right by their looks, before a tracker refuses them.

Every slip of the first hour looks alike to a tracker: it answers 401. Nothing of a value is shown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_QUOTES = "\"'`“”„«»"
_SCHEME = re.compile(r"(?i)(bearer|basic)[ :]")
_EMAIL = re.compile(r"[^\s@:]+@[^\s@:]+\.[^\s@:]+")
_ATLASSIAN = re.compile(r"AT[A-Z]TT[0-9A-Za-z_=-]{12,}")
_AIRTABLE = re.compile(r"pat[A-Za-z0-9]{14}\.[0-9a-f]{32,}")
_HALF_AIRTABLE = re.compile(r"pat[A-Za-z0-9]{14}")
_OLD_AIRTABLE = re.compile(r"key[A-Za-z0-9]{14}")
_JWT = re.compile(r"eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}")

_MAKE = {
    "jira": "Make an API token at https://id.atlassian.com/manage-profile/security/api-tokens.",
    "airtable": "Make a personal access token at https://airtable.com/create/tokens.",
}


@dataclass(frozen=True, slots=True)
class Oddity:
    """What is wrong with a credential, and what to do; both without the value."""

    text: str
    hint: str


def oddity(kind: str, setting: str, value: str) -> Oddity | None:
    """Tell why this `setting` (token, email) of a tracker of this kind cannot be right."""
    if len(value) > 1 and value[0] in _QUOTES and value[-1] in _QUOTES:
        return Oddity("has quotes around its value", "Write it without them.")
    if value.endswith(("\\n", "\\r")):
        return Oddity("ends in a line break written out", "Write it without the backslash.")
    if not value.isascii() or not value.isprintable():
        return Oddity(
            "holds characters that cannot be part of it",
            "Copy it anew: spaces, line breaks and letters outside of ASCII do not belong there.",
        )
    if setting == "email":
        return _email(value)
    return _token(kind, value) if setting == "token" else None


def _email(value: str) -> Oddity | None:
    if _ATLASSIAN.fullmatch(value):
        return Oddity("holds a token", "Write the e-mail address of the account there.")
    if not _EMAIL.fullmatch(value):
        hint = "Write the address with which our account signs in to Jira."
        return Oddity("is not an e-mail address", hint)
    return None


def _token(kind: str, value: str) -> Oddity | None:
    scheme = _SCHEME.match(value)
    if scheme:
        return Oddity(f"begins with {scheme[1]!r}", "Write the token alone.")
    if " " in value:
        return Oddity("has a space in it", "Copy the token anew, alone and whole.")
    if _EMAIL.fullmatch(value):
        return Oddity("holds an e-mail address", f"Write the token there. {_MAKE.get(kind, '')}")
    if _EMAIL.match(value) and ":" in value:
        hint = "Write the token alone; the address has a variable of its own."
        return Oddity("holds the e-mail address and the token", hint)
    make = _MAKE.get(kind, "")
    match kind:
        case "jira" if _AIRTABLE.fullmatch(value) or _HALF_AIRTABLE.fullmatch(value):
            return Oddity("holds a token of Airtable, but the tracker is a Jira site", make)
        case "jira" if _JWT.fullmatch(value):
            return Oddity("holds an OAuth access token, which lives for an hour", make)
        case "airtable" if _ATLASSIAN.fullmatch(value):
            return Oddity("holds a token of Atlassian, but the tracker is an Airtable base", make)
        case "airtable" if _HALF_AIRTABLE.fullmatch(value):
            return Oddity(
                "holds only the first half of the token, its id",
                "Copy all of it, with the dot and what follows. It is shown once; if it is gone,"
                " press “Regenerate token” at https://airtable.com/create/tokens.",
            )
        case "airtable" if _OLD_AIRTABLE.fullmatch(value):
            return Oddity("holds an API key, which Airtable no longer accepts", make)
        case _:
            return None
