"""Writing records: a request is checked whole before any of it is stored."""

from dataclasses import dataclass, field
from typing import Any

from readygate_sandbox.airtable.cells import Place, computed, read_cell, settle
from readygate_sandbox.airtable.errors import (
    invalid,
    invalid_request,
    missing_row,
    no_such_model,
    not_permitted,
    unknown_field,
)
from readygate_sandbox.airtable.links import set_links, unlink
from readygate_sandbox.airtable.model import Base, Cell, Field, Level, Record, Table, User, reaches
from readygate_sandbox.airtable.store import Store, indexable
from readygate_sandbox.web import Refusal

MOST = 10
MERGEABLE = frozenset(
    {"number", "singleLineText", "multilineText", "singleSelect", "multipleSelects", "date"}
)


def need_level(level: Level, need: Level) -> None:
    """Refuse who may do less in a base; where one may do nothing, the base is not there. Raises
    403."""
    if level == "none":
        raise no_such_model()
    if not reaches(level, need):
        raise not_permitted()


@dataclass(frozen=True, slots=True)
class Writer:
    """Who writes, and where."""

    store: Store
    base: Base
    table: Table
    user: User
    level: Level

    def may_edit(self, field_: Field) -> bool:
        """The field's editing permission; it holds for people and tokens alike."""
        match field_.editable_by:
            case "everyone":
                return True
            case "nobody":
                return False
            case "creators":
                return reaches(self.level, "create")
            case "users":
                return self.user.id in field_.editors


@dataclass(slots=True)
class Draft:
    """One record as it will be: `record` None is a new one."""

    record: Record | None
    cells: dict[str, Cell | None] = field(default_factory=dict)


# -- reading -----------------------------------------------------------------------------------


def read_fields(writer: Writer, raw: Any, *, typecast: bool) -> dict[str, Cell | None]:
    """The cells of a `fields` object, by field id. Raises a refusal."""
    if not isinstance(raw, dict):
        raise invalid_request()
    cells: dict[str, Cell | None] = {}
    for name, value in raw.items():
        found = writer.table.field(name)
        if found is None:
            raise unknown_field(name)
        if found.computed:
            raise computed(found)
        if not writer.may_edit(found):
            raise locked(found)
        place = Place(writer.store, writer.base, writer.table, found, typecast)
        cells[found.id] = read_cell(place, value)
    return cells


def cleared(
    writer: Writer, record: Record, cells: dict[str, Cell | None]
) -> dict[str, Cell | None]:
    """What PUT makes of the fields that were not sent: empty. Raises 403 where one may not be."""
    rest: dict[str, Cell | None] = {}
    for one in writer.table.fields.values():
        if one.computed or one.id in cells or one.id not in record.cells:
            continue
        if not writer.may_edit(one):
            raise locked(one)
        rest[one.id] = None
    return {**rest, **cells}


def locked(field_: Field) -> Refusal:
    """403 for a field whose editing permission leaves the writer out."""
    return not_permitted(f'You are not permitted to write cell values in field "{field_.name}"')


def check_count(records: Any, verb: str) -> list[Any]:
    """The list of a batch: at most ten."""
    if not isinstance(records, list) or not records:
        raise invalid_request()
    if len(records) > MOST:
        raise invalid(
            "INVALID_RECORDS",
            f"A maximum of {MOST} records can be {verb} per request but you have provided "
            f"{len(records)}.",
        )
    return records


# -- storing -----------------------------------------------------------------------------------


def store_drafts(writer: Writer, drafts: list[Draft], *, typecast: bool) -> list[Record]:
    """Carry out a request that was found good."""
    return [_store(writer, draft, typecast=typecast) for draft in drafts]


def _store(writer: Writer, draft: Draft, *, typecast: bool) -> Record:
    store, table, by = writer.store, writer.table, writer.user.id
    cells = {}
    for field_id, cell in draft.cells.items():
        place = Place(store, writer.base, table, table.fields[field_id], typecast)
        cells[field_id] = settle(place, cell, by)
    record = draft.record
    if record is None:
        record = store.new_record(table, by)
        links = {f: c for f, c in cells.items() if table.fields[f].type == "multipleRecordLinks"}
        record.cells = {f: c for f, c in cells.items() if c is not None and f not in links}
        store.add(table, record)
        for field_id, ids in links.items():
            set_links(
                store, writer.base, table, record, table.fields[field_id], ids=ids or [], by=by
            )
            record.modified.pop(field_id, None)  # set at creation, never edited
        return record
    for field_id, cell in cells.items():
        found = table.fields[field_id]
        if found.type == "multipleRecordLinks":
            set_links(store, writer.base, table, record, found, ids=cell or [], by=by)
        else:
            store.put(table, record, found, cell, by)
    return record


def delete(writer: Writer, refs: list[str]) -> None:
    """Delete records that are all there; links to them lose them."""
    for ref in dict.fromkeys(refs):
        record = writer.table.records[ref]
        unlink(writer.store, writer.base, writer.table, record, writer.user.id)
        writer.store.remove(writer.table, record)


def need_records(writer: Writer, refs: list[Any]) -> list[Record]:
    """The records of a batch; the whole batch fails when one is missing."""
    found = []
    for ref in refs:
        record = writer.table.records.get(ref) if isinstance(ref, str) else None
        if record is None:
            raise missing_row(ref)
        found.append(record)
    return found


# -- upsert ------------------------------------------------------------------------------------


def merge_fields(writer: Writer, raw: Any) -> list[Field]:
    """The one to three fields that an upsert matches by. Raises a refusal."""
    names = raw.get("fieldsToMergeOn") if isinstance(raw, dict) else None
    if not isinstance(names, list) or not 1 <= len(names) <= 3:
        raise invalid_request()
    found = []
    for name in names:
        one = writer.table.field(name) if isinstance(name, str) else None
        if one is None:
            raise unknown_field(name)
        if one.type not in MERGEABLE:
            raise invalid_request(
                f'Field "{one.name}" of type {one.type} cannot be used to merge records on'
            )
        found.append(one)
    return found


def matching(writer: Writer, on: list[Field], cells: dict[str, Cell | None]) -> Record | None:
    """The record whose merge fields hold these values; more than one fails the request, with the
    general text: no source tells another."""
    if any(f.id not in cells for f in on):
        raise invalid_request()
    candidates: set[str] | None = None
    for one in on:
        value = cells[one.id]
        if isinstance(value, str) and indexable(one):
            found = writer.store.with_text(writer.table, one, value)
            candidates = found if candidates is None else candidates & found
    records = writer.table.records
    pool = records.values() if candidates is None else [records[r] for r in sorted(candidates)]
    same = [r for r in pool if all(r.cells.get(f.id) == cells[f.id] for f in on)]
    if len(same) > 1:
        raise invalid_request()
    return same[0] if same else None
