"""Finer kinds of the core's tracker errors, for connectors that must tell them apart."""

from __future__ import annotations

from collections.abc import Mapping

from readygate.errors import Stale, TrackerDenied, TrackerRejected


class Unauthorized(TrackerDenied):
    """The tracker does not accept our credentials (401, a login page). Nothing else will work.

    `headers` of the answer may tell what kind of tracker it is.
    """

    def __init__(
        self, message: str, *, detail: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message, detail=detail)
        self.headers: Mapping[str, str] = headers or {}


class Forbidden(TrackerDenied):
    """We may not do this one thing (403). Others may still work."""


class Missing(TrackerRejected):
    """The thing is gone, or hidden from us (404, 410): trackers do not tell which."""


class Conflict(Stale):
    """The tracker saw another change at the same moment (409, 412)."""
