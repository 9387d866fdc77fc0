"""Finds what a foreign error body says, in the shapes that trackers use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import requests

_ENOUGH = 16_384
"""Bytes of a foreign text that are looked at: nobody reads more of a web page."""


def text_of(response: requests.Response) -> str:
    """The beginning of a body as text, whatever character set it claims to be in."""
    return response.content[:_ENOUGH].decode("utf-8", "replace")


def said(body: Any) -> tuple[str, dict[str, str]]:
    """Give the sentence an error body holds and its errors by field; "" and {} where it has none.

    Knows Jira's `errorMessages`/`errors`, problem details (RFC 9457), `{"error": …}` and
    `{"errors": [{"error": …, "message": …}]}`.
    """
    if not isinstance(body, Mapping):
        return "", {}
    errors = body.get("errors")
    fields = (
        {str(name): str(text) for name, text in errors.items()}
        if isinstance(errors, Mapping)
        else {}
    )
    parts = [*_sentences(body), *(f"{name}: {text}" for name, text in fields.items())]
    return "; ".join(dict.fromkeys(part for part in parts if part)), fields


def _sentences(body: Mapping[str, Any]) -> Iterator[str]:
    messages = body.get("errorMessages")
    if isinstance(messages, list):
        yield from (str(message) for message in messages)
    elif isinstance(messages, str):
        yield messages
    for name in ("errorMessage", "message", "detail", "title"):
        if isinstance(body.get(name), str):
            yield body[name]
    several = body.get("errors")
    for one in several if isinstance(several, list) else ():
        if isinstance(one, Mapping):
            yield str(one.get("message") or one.get("error") or "")
    match body.get("error"):
        case str(text):
            yield text
        case {"message": str(text)} | {"type": str(text)}:
            yield text
        case _:
            pass
