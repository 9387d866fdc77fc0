"""A base's schema as the meta API tells it: tables, fields, choices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from readygate_airtable.base import Base, Json
from readygate_http.shapes import ident, objects, optional, text

COMPUTED = frozenset({
    "aiText", "autoNumber", "button", "count", "createdBy", "createdTime", "externalSyncSource",
    "formula", "lastModifiedBy", "lastModifiedTime", "lookup", "multipleLookupValues", "rollup",
})  # fmt: skip
"""Types whose cells Airtable fills itself: no change of theirs moves a last-modified time."""

SELECT = "singleSelect"


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `choices`: id -> name of a select; `linked` and `inverse` are ids of a link."""

    ref: str
    name: str
    type: str
    choices: Mapping[str, str] = field(default_factory=dict)
    linked: str = ""
    inverse: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """One table."""

    ref: str
    name: str
    primary: str
    fields: tuple[Field, ...]

    def field(self, ref: str) -> Field | None:
        """The field with this id."""
        return next((one for one in self.fields if one.ref == ref), None)


def read_schema(base: Base) -> tuple[Table, ...]:
    """Ask for every table of the base with its fields: one request."""
    doing = "reading the tables and fields"
    answer = base.ask("GET", f"/meta/bases/{base.ref}/tables", name="schema", doing=doing)
    with base.understanding(doing):
        return tuple(_table(one) for one in objects(answer.body["tables"]))


def _table(told: Json) -> Table:
    fields = tuple(_field(one) for one in objects(told["fields"]))
    return Table(ident(told["id"]), text(told["name"]), ident(told["primaryFieldId"]), fields)


def _field(told: Json) -> Field:
    options = told.get("options") or {}
    return Field(
        ident(told["id"]),
        text(told["name"]),
        text(told["type"]),
        {ident(one["id"]): text(one["name"]) for one in objects(options.get("choices") or [])},
        optional(options.get("linkedTableId")),
        optional(options.get("inverseLinkFieldId")),
    )
