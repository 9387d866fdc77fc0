"""Tells a request that was never sent from one whose answer was lost: only the first may repeat."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from enum import StrEnum

import requests
from urllib3.exceptions import (
    ConnectTimeoutError,
    NewConnectionError,
    ProxyError,
)


class Fate(StrEnum):
    """What is known about a request that brought no answer."""

    NEVER_SENT = "never sent"
    UNTRUSTED = "certificate not trusted, never sent"
    LOST = "answer lost"


def fate(error: Exception) -> Fate:
    """Sort a failure; whatever is not surely unsent counts as lost."""
    causes = tuple(_causes(error))
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return Fate.UNTRUSTED
    unsent = (ConnectTimeoutError, NewConnectionError, ProxyError)
    if isinstance(error, requests.ConnectTimeout) or any(isinstance(c, unsent) for c in causes):
        return Fate.NEVER_SENT
    return Fate.LOST


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Every exception wrapped in this one; requests and urllib3 nest them in four ways."""
    seen: set[int] = set()
    stack: list[BaseException] = [error]
    while stack:
        current = stack.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        inner = (
            *current.args,
            getattr(current, "reason", None),
            current.__cause__,
            current.__context__,
        )
        stack.extend(cause for cause in inner if isinstance(cause, BaseException))
