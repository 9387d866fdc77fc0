"""What Airtable's refusals mean, and what to do about each: its own words alone help nobody.

The types are those of its documentation and of clients that met them (errors page, August 2026).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from readygate.errors import TrackerRejected

_NAMES_AGAIN = "The next runs look at the names in the base again; `readygate doctor` does it now."
_OURS = (
    "That is not about your base: Airtable's API has changed, or Readygate has a bug. Please report"
    " it with this text."
)
ADVICE: Mapping[str, str] = {
    "UNKNOWN_FIELD_NAME": f"A field was deleted from the table. {_NAMES_AGAIN}",
    "INVALID_FILTER_BY_FORMULA": (
        f"A field that we ask for was deleted or has another type now. {_NAMES_AGAIN}"
    ),
    "INVALID_VALUE_FOR_COLUMN": (
        "The field does not take this: a person who is not in the base, or its type was changed."
        f" {_NAMES_AGAIN}"
    ),
    "INVALID_MULTIPLE_CHOICE_OPTIONS": (
        f"The field has no such choice any more, and none was added. {_NAMES_AGAIN}"
    ),
    "ROW_DOES_NOT_EXIST": "It was deleted in the meantime.",
    "FAILED_STATE_CHECK": (
        "Airtable says that the base is not in a state for it: perhaps it was being changed at that"
        " moment. The next run tries again."
    ),
    "UNSUPPORTED_FIELD_TYPE_FOR_CREATE": (
        "Make this field by hand (docs/airtable.md, “The checklist table”), then run"
        " `readygate setup` again."
    ),
    "DUPLICATE_TABLE_NAME": "Somebody has made it in the meantime: run `readygate setup` again.",
    "DUPLICATE_FIELD_NAME": "Somebody has made it in the meantime: run `readygate setup` again.",
    "INVALID_REQUEST_MISSING_FIELDS": _OURS,
    "INVALID_REQUEST_UNKNOWN": _OURS,
    "INVALID_RECORDS": _OURS,
}
"""Type of an error -> what it means and what to do."""


class Refused(TrackerRejected):
    """Airtable refused a request (4xx other than 401, 429): `kind` is the type of its error."""

    def __init__(self, message: str, *, kind: str, detail: str = "") -> None:
        super().__init__(message, detail=detail)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Needs:
    """What a change takes: a scope of the token, a role of its user, and what else may be amiss."""

    scope: str
    role: str
    besides: str = ""

    def __str__(self) -> str:
        text = f"It takes a token with the scope {self.scope} whose user is {self.role} of the base"
        return f"{text}{self.besides}."


RECORDS = Needs(
    "data.records:write", "an editor", ", and a field that this user may edit (field permissions)"
)
COMMENTS = Needs("data.recordComments:write", "a commenter or more")
SCHEMA = Needs("schema.bases:write", "a creator", " (afterwards an editor is enough)")


def error_kind(body: Any) -> str:
    """The type of an error body, in the three shapes Airtable uses; "" where it has none."""
    if not isinstance(body, Mapping):
        return ""
    error = body.get("error")
    if isinstance(error, Mapping):
        error = error.get("type")
    if error is None:
        several = body.get("errors")
        first = several[0] if isinstance(several, list) and several else {}
        error = first.get("error") if isinstance(first, Mapping) else None
    return str(error or "")
