"""Turns what went wrong with one action into its outcome, and decides when to stop trying."""

from __future__ import annotations

from dataclasses import replace

from readygate.action import Outcome, Status, TrackerAction
from readygate.errors import (
    OutcomeUnknown,
    ReadygateError,
    Stale,
    TrackerDenied,
    TrackerUnavailable,
)
from readygate_http.errors import Forbidden, Missing

IN_A_ROW = 3
"""So many refusals, or lost answers, one after another are not about single issues any more."""


def failed(action: TrackerAction, error: ReadygateError) -> Outcome:
    """The outcome of an action that raised an error."""
    status, stops = _sort(error)
    return Outcome(action, status, message=str(error), detail=error.detail, stops=stops)


def _sort(error: ReadygateError) -> tuple[Status, str]:
    match error:
        case OutcomeUnknown():
            return Status.UNKNOWN, _stops(error.__cause__)
        case Stale() | Missing():
            return Status.STALE, ""
        case _:
            return Status.FAILED, _stops(error)


def _stops(error: BaseException | None) -> str:
    """Whether nothing more is to be expected of the tracker, and why; "" if it is."""
    match error:
        case Forbidden():
            return ""
        case TrackerDenied():
            return "denied"
        case TrackerUnavailable():
            return "unavailable"
        case _:
            return ""


class Watch:
    """Sees outcomes pass and tells when the rest is better skipped. `service` is for messages."""

    def __init__(self, service: str) -> None:
        self._service = service
        self.stops = ""
        self._forbidden = 0
        self._unknown = 0

    def failed(self, error: ReadygateError, *actions: TrackerAction) -> list[Outcome]:
        """The outcomes of actions that one request failed for; they may be what stops the rest."""
        self._forbidden = self._forbidden + 1 if isinstance(error, Forbidden) else 0
        self._unknown = self._unknown + 1 if isinstance(error, OutcomeUnknown) else 0
        outcomes = [failed(action, error) for action in actions]
        stops = outcomes[0].stops
        if not stops and self._forbidden >= IN_A_ROW:
            stops = "denied"
        if not stops and self._unknown >= IN_A_ROW:
            stops = "unavailable"
        self.stops = self.stops or stops
        return [replace(outcome, stops=stops) for outcome in outcomes]

    def done(self) -> None:
        """Something worked: earlier refusals were about single issues."""
        self._forbidden = self._unknown = 0

    def skipped(self, action: TrackerAction) -> Outcome:
        """The outcome of an action that was not tried."""
        why = "lets us in" if self.stops == "denied" else "answers"
        message = f"Not tried: {self._service} no longer {why}. The next run tries again."
        return Outcome(action, Status.SKIPPED, message=message)
