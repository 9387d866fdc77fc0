"""The kinds of value that occur in a config, each with its check and its own words for mistakes."""

from __future__ import annotations

import re
from datetime import timedelta
from ipaddress import ip_address
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from readygate.render.plain import dangerous
from readygate_config.shown import found, shown

UNREADABLE = "\x00"
"""Stands for a value that is wrong and was reported, so that the rest can still be checked."""

OURS = "readygate"
"""The error type that carries a finished message and hint of ours."""

LONGEST_TITLE = 255
"""Characters; Jira's limit for a summary."""

_LENGTH = re.compile(r"([1-9][0-9]{0,4})([mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_EMAIL = re.compile(r"[^\s@,;<>()\"']+@[^\s@,;<>()\"']+")
_PROJECT = re.compile(r"[A-Z][A-Z0-9_]*|[1-9][0-9]*")


def is_readable(text: str) -> bool:
    """Whether a value is what was written, not a stand-in for it."""
    return not text.startswith(UNREADABLE)


def wrong(message: str, hint: str = "") -> PydanticCustomError:
    """An error with a finished text, passed through pydantic unchanged."""
    return PydanticCustomError(OURS, "{message}", {"message": message, "hint": hint})


def _one_line(text: str) -> str:
    if not is_readable(text):
        return text
    if "\n" in text or "\r" in text:
        raise wrong("this must be a single line", "Remove the line breaks.")
    bad = next((char for char in text if dangerous(char)), None)
    if bad is not None:
        message = f"the character U+{ord(bad):04X} is not allowed here"
        raise wrong(message, "It cannot be seen: delete it.")
    return text


def _email(text: str) -> str:
    host = text.rpartition("@")[2]
    if not _EMAIL.fullmatch(text) or host.startswith(".") or host.endswith(".") or ".." in host:
        raise wrong(f"{shown(text)} is not an e-mail address", "Write it as anna@example.com.")
    return text


def _length(value: Any) -> timedelta:
    parts = _LENGTH.fullmatch(value) if isinstance(value, str) else None
    if not parts:
        message = f"{found(value)} is not a length of time"
        raise wrong(message, "Write a number and a unit (m, h, d, w): 30d is thirty days.")
    return timedelta(**{_UNITS[parts[2]]: int(parts[1])})


def _site(text: str) -> str:
    """Scheme, host and port, in lower case; everything else is refused by name."""
    example = "Write only the address of the site: https://example.atlassian.net"
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise wrong("this is not the address of a site", example) from None
    if parts.scheme not in {"http", "https"} or not host or re.search(r"[\s\\]", text):
        raise wrong(f"{shown(text)} is not the address of a site", example)
    clean = f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{f':{port}' if port else ''}"
    if parts.username is not None or parts.password is not None:
        raise wrong("the address must not hold a user or a password", f"Write {clean}")
    if parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise wrong("the address must end after the host", f"Write {clean}")
    if parts.scheme == "http" and not _is_loopback(host):
        message = f"plain http would show the token to everybody on the way to {host}"
        raise wrong(message, "Write https://; plain http is allowed only to 127.0.0.1, for tests.")
    return clean


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _project(text: str) -> str:
    if not _PROJECT.fullmatch(text):
        hint = "It stands before the number of every issue: DEAL of DEAL-12."
        if _PROJECT.fullmatch(text.upper()):
            hint = f"Write it in capitals: {text.upper()}."
        raise wrong(f"{shown(text)} is not the key of a Jira project", hint)
    return text


def _base(text: str) -> str:
    if not re.fullmatch(r"app[A-Za-z0-9]{14}", text):
        message = f"{shown(text)} is not the id of an Airtable base"
        raise wrong(message, "It begins with app and stands in the address of the base.")
    return text


def _owner(value: Any) -> Any:
    if isinstance(value, list):
        names = [name for name in value if isinstance(name, str)]
        hint = f"Name one of them: `owner: {names[0]}`." if names else "Name one: `owner: anna`."
        raise wrong(
            f"exactly one person answers for a process, but this is {_count(value)}",
            f"{hint} What everybody answers for, nobody does.",
        )
    if isinstance(value, str) and re.search(r",|;|&|\band\b|\s+и\s+", value):
        raise wrong(
            f"exactly one person answers for a process, but this is {shown(value)}",
            "Name one key of people. What everybody answers for, nobody does.",
        )
    return value


def _count(value: list[Any]) -> str:
    return f"a list of {len(value)}" if value else "an empty list"


def _guard(value: Any) -> Any:
    if value in ("native", "locked"):
        raise wrong(
            f"the guard {shown(value)} is one of Jira, or of Airtable",
            "Available here are: return (moves a deal back), advise (only comments).",
        )
    return value


def _airtable_guard(value: Any) -> Any:
    if value == "native":
        raise wrong(
            "Airtable has no guard of its own",
            "Available are: return (moves a deal back), advise (only comments), locked (people ask"
            " for a stage, our account moves the deal).",
        )
    return value


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _version(value: Any) -> int:
    if value != 1 or isinstance(value, bool | float):
        raise wrong(
            f"this is the version of the format, and only 1 is known; found {found(value)}",
            "Write `version: 1`.",
        )
    return 1


Text = Annotated[str, Field(min_length=1), AfterValidator(_one_line)]
Title = Annotated[str, Field(min_length=1, max_length=LONGEST_TITLE), AfterValidator(_one_line)]
Name = Annotated[str, Field(description="a key defined elsewhere in the config")]
Owner = Annotated[Name, BeforeValidator(_owner)]
Email = Annotated[str, AfterValidator(_email)]
Length = Annotated[
    timedelta,
    PlainValidator(_length),
    WithJsonSchema({"type": "string", "pattern": "^[1-9][0-9]{0,4}[mhdw]$"}),
]
Site = Annotated[
    str,
    AfterValidator(_site),
    WithJsonSchema({"type": "string", "pattern": "^https?://[^/@\\s]+/?$"}),
]
Project = Annotated[
    str,
    AfterValidator(_project),
    WithJsonSchema({"type": "string", "pattern": "^([A-Z][A-Z0-9_]*|[1-9][0-9]*)$"}),
]
Base = Annotated[
    str,
    AfterValidator(_base),
    WithJsonSchema({"type": "string", "pattern": "^app[A-Za-z0-9]{14}$"}),
]
GuardName = BeforeValidator(_guard)
AirtableGuardName = BeforeValidator(_airtable_guard)
OneOrMore = BeforeValidator(_as_list)
Version = Annotated[int, PlainValidator(_version), WithJsonSchema({"const": 1})]
