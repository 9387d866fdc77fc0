"""People at work: what somebody does in the browser, under the permissions that the API obeys."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from readygate_sandbox.airtable import commenting, records
from readygate_sandbox.airtable.ids import new_id
from readygate_sandbox.airtable.model import Base, Choice, Field, Level, Record, Table, User
from readygate_sandbox.airtable.records import Draft, Writer, need_level
from readygate_sandbox.airtable.render import RecordShaper
from readygate_sandbox.airtable.store import Store
from readygate_sandbox.web import BadRequest

Told = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Found:
    """A record with where it is."""

    base: Base
    table: Table
    record: Record


def find_record(store: Store, ref: str) -> Found | None:
    """A record by id, in any table of any base."""
    for base in store.bases.values():
        for table in base.tables.values():
            if ref in table.records:
                return Found(base, table, table.records[ref])
    return None


def cells(store: Store, ref: str) -> dict[str, Any]:
    """A record's fields by name, as the API shows them. Raises ValueError."""
    with store.lock:
        found = find_record(store, ref)
        if found is None:
            raise ValueError(f"there is no record {ref}")
        shape: dict[str, Any] = RecordShaper(store, found.base, found.table).shape(found.record)
        fields: dict[str, Any] = shape["fields"]
        return fields


def act(store: Store, user: User, do: str, told: Told) -> dict[str, Any]:
    """Do one thing. Raises web.Refusal with Airtable's answer, web.BadRequest for what cannot be
    read. Returns `{"id"}` of the record concerned: the new one after `create` and `duplicate`."""
    if do == "create":
        return {"id": _create(store, user, told).id}
    if do in _SCHEMA:
        return _SCHEMA[do](store, user, told)
    if do not in _ACTS:
        known = ", ".join(sorted({*_ACTS, *_SCHEMA, "create"}))
        raise BadRequest(f"do: expected one of {known}; got {do!r}")
    ref = told.get("record")
    found = find_record(store, str(ref)) if ref is not None else None
    if found is None:
        raise BadRequest(f"{do}: there is no record {ref}")
    record = _ACTS[do](store, user, found, told)
    return {"id": (record or found.record).id}


# -- records -----------------------------------------------------------------------------------


def _writer(store: Store, user: User, base: Base, table: Table, need: Level) -> Writer:
    level = base.level_of(user)
    need_level(level, need)
    return Writer(store, base, table, user, level)


def _base(store: Store, told: Told) -> Base:
    ref = told.get("base")
    found = store.find_base(str(ref or ""))
    if found is None:
        raise BadRequest(f"there is no base {ref}")
    return found


def _table(store: Store, told: Told) -> tuple[Base, Table]:
    base = _base(store, told)
    found = base.table(str(told.get("table")))
    if found is None:
        raise BadRequest(f"there is no table {told.get('table')}")
    return base, found


def _create(store: Store, user: User, told: Told) -> Record:
    base, table = _table(store, told)
    writer = _writer(store, user, base, table, "edit")
    read = records.read_fields(writer, told.get("fields") or {}, typecast=False)
    return records.store_drafts(writer, [Draft(None, read)], typecast=False)[0]


def _edit(store: Store, user: User, found: Found, told: Told) -> None:
    writer = _writer(store, user, found.base, found.table, "edit")
    read = records.read_fields(writer, told.get("fields") or {}, typecast=False)
    records.store_drafts(writer, [Draft(found.record, read)], typecast=False)


def _delete(store: Store, user: User, found: Found, _: Told) -> None:
    writer = _writer(store, user, found.base, found.table, "edit")
    records.delete(writer, [found.record.id])


def _duplicate(store: Store, user: User, found: Found, _: Told) -> Record:
    """A row with the same cells: what a person gets who duplicates one, keys and ticks included."""
    writer = _writer(store, user, found.base, found.table, "edit")
    fields = found.table.fields
    same = {
        f: list(c) if isinstance(c, list) else c
        for f, c in found.record.cells.items()
        if not fields[f].computed
    }
    return records.store_drafts(writer, [Draft(None, dict(same))], typecast=False)[0]


def _comment(store: Store, user: User, found: Found, told: Told) -> None:
    _writer(store, user, found.base, found.table, "comment")
    commenting.add(store, found.base, found.record, user, text=told.get("text"))


_ACTS: dict[str, Callable[[Store, User, Found, Told], Record | None]] = {
    "edit": _edit,
    "delete": _delete,
    "duplicate": _duplicate,
    "comment": _comment,
}


# -- what only the browser can do to a schema ----------------------------------------------------


def _creator(store: Store, user: User, told: Told) -> tuple[Base, Table]:
    base, table = _table(store, told)
    _writer(store, user, base, table, "create")
    return base, table


def _field(table: Table, told: Told) -> Field:
    found = table.field(str(told.get("field")))
    if found is None:
        raise BadRequest(f"there is no field {told.get('field')}")
    return found


def _rename_field(store: Store, user: User, told: Told) -> Told:
    _, table = _creator(store, user, told)
    found = _field(table, told)
    found.name = str(told.get("to"))
    store.schema_changed()
    return {"id": found.id}


def _rename_table(store: Store, user: User, told: Told) -> Told:
    _, table = _creator(store, user, told)
    table.name = str(told.get("to"))
    store.schema_changed()
    return {"id": table.id}


def _rename_choice(store: Store, user: User, told: Told) -> Told:
    _, table = _creator(store, user, told)
    choice = _field(table, told).choice(str(told.get("choice")))
    if choice is None:
        raise BadRequest(f"there is no choice {told.get('choice')}")
    choice.name = str(told.get("to"))
    store.schema_changed()
    return {"id": choice.id}


def _add_choice(store: Store, user: User, told: Told) -> Told:
    _, table = _creator(store, user, told)
    made = Choice(new_id("sel"), str(told.get("to")))
    _field(table, told).choices.append(made)
    store.schema_changed()
    return {"id": made.id}


def _delete_field(store: Store, user: User, told: Told) -> Told:
    """A field goes with its cells, and the other end of a link with it."""
    base, table = _creator(store, user, told)
    found = _field(table, told)
    if found is table.primary:
        raise BadRequest("the primary field cannot be deleted")
    _drop(table, found)
    other = base.tables.get(found.linked_table)
    if other is not None and found.inverse in other.fields:
        _drop(other, other.fields[found.inverse])
    store.schema_changed()
    return {"id": found.id}


def _drop(table: Table, field: Field) -> None:
    del table.fields[field.id]
    for record in table.records.values():
        record.cells.pop(field.id, None)
        record.modified.pop(field.id, None)


def _delete_table(store: Store, user: User, told: Told) -> Told:
    base, table = _creator(store, user, told)
    for other in base.tables.values():
        for field in [f for f in other.fields.values() if f.linked_table == table.id]:
            _drop(other, field)
    del base.tables[table.id]
    store.schema_changed()
    return {"id": table.id}


_SCHEMA: dict[str, Callable[[Store, User, Told], Told]] = {
    "rename_field": _rename_field,
    "rename_table": _rename_table,
    "rename_choice": _rename_choice,
    "add_choice": _add_choice,
    "delete_field": _delete_field,
    "delete_table": _delete_table,
}
