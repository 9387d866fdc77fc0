"""Cell values on their way in: what each field takes, and what `typecast` makes of texts."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from readygate_sandbox.airtable.errors import invalid, invalid_request
from readygate_sandbox.airtable.ids import is_id, new_id
from readygate_sandbox.airtable.model import (
    NUMBERS,
    TEXTS,
    Base,
    Cell,
    Choice,
    Field,
    Record,
    Table,
    iso,
    parse_moment,
)
from readygate_sandbox.airtable.store import Store
from readygate_sandbox.web import Refusal

_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?")
_TRUE_WORDS = frozenset({"true", "1", "yes", "checked", "x", "✓"})


@dataclass(frozen=True, slots=True)
class Wanted:
    """A choice or a linked record that `typecast` will make when the whole request is good."""

    name: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value is going. `typecast` lets texts be converted."""

    store: Store
    base: Base
    table: Table
    field: Field
    typecast: bool = False


def cannot_accept(field: Field) -> Refusal:
    """422 for a value that a field does not take."""
    return invalid(
        "INVALID_VALUE_FOR_COLUMN", f'Field "{field.name}" cannot accept the provided value'
    )


def computed(field: Field) -> Refusal:
    """422 for writing what is computed."""
    return invalid(
        "INVALID_VALUE_FOR_COLUMN",
        f'Field "{field.name}" cannot accept a value because the field is computed',
    )


def read_cell(place: Place, value: Any) -> Cell | None:
    """The stored form of a value; None empties the cell. May hold `Wanted`. Raises a refusal."""
    field = place.field
    if field.computed:
        raise computed(field)
    if value is None or value in ("", []):
        return None
    if field.type in TEXTS:
        return _text(place, value)
    if field.type in NUMBERS:
        return _number(place, value)
    return _READERS[field.type](place, value)


# -- kinds -------------------------------------------------------------------------------------


def _text(place: Place, value: Any) -> Cell | None:
    if isinstance(value, str):
        return value
    if place.typecast and isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:g}" if isinstance(value, float) else str(value)
    raise cannot_accept(place.field)


def _number(place: Place, value: Any) -> Cell | None:
    if isinstance(value, bool):
        raise cannot_accept(place.field)
    if isinstance(value, str) and place.typecast:
        found = _NUMBER.search(value.replace(",", "").replace(" ", ""))
        if found is None:
            return None
        value = float(found[0]) if "." in found[0] else int(found[0])
    if not isinstance(value, int | float) or value != value:  # noqa: PLR0124 - not a number
        raise cannot_accept(place.field)
    if place.field.type == "rating":
        most = int(place.field.options.get("max", 5))
        if value != int(value) or not 0 <= value <= most:
            raise cannot_accept(place.field)
        return int(value) or None
    return value


def _checkbox(place: Place, value: Any) -> Cell | None:
    if isinstance(value, bool):
        return value or None
    if place.typecast and isinstance(value, str | int):
        return str(value).strip().lower() in _TRUE_WORDS or None
    raise cannot_accept(place.field)


def _date(place: Place, value: Any) -> Cell | None:
    at = parse_moment(value) if isinstance(value, str) else None
    if at is None:
        if place.typecast and isinstance(value, str):
            return None
        raise cannot_accept(place.field)
    return value[:10] if _is_day(value[:10]) else iso(at)[:10]


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _moment(place: Place, value: Any) -> Cell | None:
    at = parse_moment(value) if isinstance(value, str) else None
    if at is None:
        if place.typecast and isinstance(value, str):
            return None
        raise cannot_accept(place.field)
    return iso(at)


def _barcode(place: Place, value: Any) -> Cell | None:
    if isinstance(value, dict) and isinstance(value.get("text"), str):
        return {k: value[k] for k in ("text", "type") if value.get(k)}
    raise cannot_accept(place.field)


def _attachments(place: Place, value: Any) -> Cell | None:
    kept = []
    if not isinstance(value, list):
        raise invalid(
            "INVALID_ATTACHMENT_OBJECT", f"Invalid attachments for field {place.field.name}"
        )
    for one in value:
        if not isinstance(one, dict) or not (one.get("url") or one.get("id")):
            raise invalid(
                "INVALID_ATTACHMENT_OBJECT",
                f"Invalid attachment object for field {place.field.name}",
            )
        url = str(one.get("url", ""))
        kept.append(
            {
                "id": str(one.get("id") or new_id("att")),
                "url": url,
                "filename": str(one.get("filename") or url.rsplit("/", 1)[-1]),
            }
        )
    return kept


# -- choices -----------------------------------------------------------------------------------


def _choice(place: Place, value: Any) -> str | Wanted:
    if not isinstance(value, str):
        raise cannot_accept(place.field)
    found = next((c for c in place.field.choices if c.name == value), None)
    if found is None and place.typecast:
        wanted = value.strip()
        found = next(
            (c for c in place.field.choices if c.name.casefold() == wanted.casefold()), None
        )
        if found is None:
            return Wanted(wanted)
    if found is None:
        raise invalid(
            "INVALID_MULTIPLE_CHOICE_OPTIONS",
            f'Insufficient permissions to create new select option ""{value}""',
        )
    return found.id


def _choices(place: Place, value: Any) -> Cell | None:
    if isinstance(value, str) and place.typecast:
        value = [part.strip() for part in value.split(",") if part.strip()]
    if not isinstance(value, list):
        raise cannot_accept(place.field)
    return list(dict.fromkeys(_choice(place, one) for one in value)) or None


# -- people ------------------------------------------------------------------------------------


def _person(place: Place, value: Any) -> str:
    """`{"id"}` or `{"email"}` of somebody who may use the base; a bare text with typecast."""
    ref = value
    if isinstance(value, dict):
        ref = value.get("id") or value.get("email")
    elif not (place.typecast and isinstance(value, str)):
        raise cannot_accept(place.field)
    if not isinstance(ref, str):
        raise cannot_accept(place.field)
    found = place.store.find_user(ref)
    named = isinstance(value, dict) and found is not None and ref == found.name
    if found is None or named or place.base.level_of(found) == "none":
        raise cannot_accept(place.field)
    return found.id


def _people(place: Place, value: Any) -> Cell | None:
    if not isinstance(value, list):
        raise cannot_accept(place.field)
    found = [_person(place, {"id": one} if is_id(one, "usr") else one) for one in value]
    return list(dict.fromkeys(found)) or None


# -- links -------------------------------------------------------------------------------------


def _links(place: Place, value: Any) -> Cell | None:
    other = place.store.table_of(place.base, place.field)
    if isinstance(value, str) and place.typecast:
        value = [part.strip() for part in value.split(",") if part.strip()]
    if not isinstance(value, list):
        raise cannot_accept(place.field)
    kept: list[str | Wanted] = []
    for one in value:
        if isinstance(one, str) and one in other.records:
            kept.append(one)
        elif isinstance(one, str) and is_id(one, "rec"):
            raise invalid("ROW_DOES_NOT_EXIST", f"Record ID {one} does not exist in this table")
        elif isinstance(one, str) and place.typecast:
            kept.append(_by_name(place.store, other, one) or Wanted(one))
        else:
            raise invalid("INVALID_RECORD_ID", f'Value "{one}" is not a valid record ID.')
    return list(dict.fromkeys(kept)) or None


def _by_name(store: Store, table: Table, name: str) -> str | None:
    primary = table.primary
    if primary.type in TEXTS:
        return min(store.with_text(table, primary, name), default=None)
    return None


_READERS: dict[str, Callable[[Place, Any], Cell | None]] = {
    "checkbox": _checkbox,
    "date": _date,
    "dateTime": _moment,
    "barcode": _barcode,
    "multipleAttachments": _attachments,
    "singleSelect": _choice,
    "multipleSelects": _choices,
    "singleCollaborator": _person,
    "multipleCollaborators": _people,
    "multipleRecordLinks": _links,
}


# -- what typecast makes -----------------------------------------------------------------------


def settle(place: Place, cell: Cell | None, by: str) -> Cell | None:
    """Make the choices and linked records that a cell still wants."""
    if isinstance(cell, Wanted):
        return _made(place, cell, by)
    if isinstance(cell, list) and any(isinstance(c, Wanted) for c in cell):
        made = [_made(place, c, by) if isinstance(c, Wanted) else c for c in cell]
        return list(dict.fromkeys(made))
    return cell


def _made(place: Place, wanted: Wanted, by: str) -> str:
    store, field = place.store, place.field
    if field.type == "multipleRecordLinks":
        other = store.table_of(place.base, field)
        return _by_name(store, other, wanted.name) or _new_row(store, other, wanted.name, by).id
    known = next((c for c in field.choices if c.name == wanted.name), None)
    if known is None:
        known = Choice(new_id("sel"), wanted.name)
        field.choices.append(known)
        store.schema_changed()
    return known.id


def _new_row(store: Store, table: Table, name: str, by: str) -> Record:
    if table.primary.type not in TEXTS:
        raise invalid_request()
    record = store.new_record(table, by)
    record.cells[table.primary.id] = name
    store.add(table, record)
    return record
