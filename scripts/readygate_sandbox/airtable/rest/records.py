"""Listing, reading and writing records."""

from typing import Any

from readygate_sandbox.airtable import listing
from readygate_sandbox.airtable import records as writing
from readygate_sandbox.airtable.errors import invalid, invalid_request
from readygate_sandbox.airtable.listing import Place, matching
from readygate_sandbox.airtable.model import Base, Record, Table
from readygate_sandbox.airtable.params import (
    Asked,
    cell_format,
    flag,
    from_query,
    read_list,
)
from readygate_sandbox.airtable.records import Draft, Writer
from readygate_sandbox.airtable.render import RecordShaper
from readygate_sandbox.airtable.workspace import Call
from readygate_sandbox.web import Answer, Json, Routes

ROUTES = Routes()
READ, WRITE = "data.records:read", "data.records:write"


# -- reading -----------------------------------------------------------------------------------


@ROUTES.get("/<base>/<table>")
def list_records(call: Call, base: str, table: str) -> Answer:
    """One page of records."""
    call.need_scope(READ)
    where = call.base(base)
    return _list(call, where, call.table(where, table), from_query(call.request))


@ROUTES.post("/<base>/<table>/listRecords")
def list_records_by_post(call: Call, base: str, table: str) -> Answer:
    """The same with the parameters in the body, but for time zone and locale."""
    call.need_scope(READ)
    where = call.base(base)
    told = call.body()
    if "timeZone" in told or "userLocale" in told:
        raise invalid_request()
    query = from_query(call.request)
    told |= {k: query[k] for k in ("timeZone", "userLocale") if k in query}
    return _list(call, where, call.table(where, table), told)


def _list(call: Call, base: Base, table: Table, told: dict[str, Any]) -> Answer:
    asked = read_list(table, told)
    listings, query = call.workspace.listings, asked.query
    if asked.offset is None:
        place = Place(matching(call.store, base, table, query))
    else:
        place = listings.resume(table, asked.offset)
    found, offset = listing.page(listings, table, place, query.page_size)
    shaper = _shaper(call, base, table, asked)
    body: dict[str, Json] = {"records": [shaper.shape(r) for r in found]}
    if offset is not None:
        body["offset"] = offset
    return Answer(200, body)


def _shaper(call: Call, base: Base, table: Table, asked: Asked) -> RecordShaper:
    return RecordShaper(
        call.store, base, table, only=asked.only, by_id=asked.by_id, as_text=asked.as_text,
        comment_count=asked.comment_count,
    )  # fmt: skip


@ROUTES.get("/<base>/<table>/<record>")
def get_record(call: Call, base: str, table: str, record: str) -> Answer:
    """One record; `fields` is refused here."""
    call.need_scope(READ)
    where = call.base(base)
    found = call.table(where, table)
    told = from_query(call.request)
    if set(told) - {"cellFormat", "timeZone", "userLocale", "returnFieldsByFieldId"}:
        raise invalid_request()
    shaper = RecordShaper(
        call.store, where, found,
        by_id=flag(told, "returnFieldsByFieldId"), as_text=cell_format(told),
    )  # fmt: skip
    return Answer(200, shaper.shape(call.record(found, record)))


# -- writing -----------------------------------------------------------------------------------


def _writer(call: Call, base: str, table: str) -> Writer:
    call.need_scope(WRITE)
    where = call.base(base, need="edit")
    return call.writer(where, call.table(where, table))


def _shown(call: Call, writer: Writer, told: dict[str, Any], records: list[Record]) -> list[Json]:
    by_id = flag(told, "returnFieldsByFieldId")
    shaper = RecordShaper(call.store, writer.base, writer.table, by_id=by_id)
    return [shaper.shape(r) for r in records]


def _told(call: Call) -> dict[str, Any]:
    """The body, with the few parameters that may stand in the query too."""
    query = from_query(call.request)
    return {k: query[k] for k in ("returnFieldsByFieldId", "typecast") if k in query} | call.body()


def _check_keys(told: dict[str, Any], *known: str) -> None:
    if set(told) - {"typecast", "returnFieldsByFieldId", *known}:
        raise invalid_request()


def _fields_of(raw: Any) -> Any:
    if not isinstance(raw, dict):
        raise invalid_request()
    if "fields" not in raw:
        raise invalid(
            "INVALID_REQUEST_MISSING_FIELDS", 'Could not find field "fields" in the request body'
        )
    return raw["fields"]


@ROUTES.post("/<base>/<table>")
def create_records(call: Call, base: str, table: str) -> Answer:
    """One record (`fields`) or up to ten (`records`)."""
    writer = _writer(call, base, table)
    told = _told(call)
    _check_keys(told, "fields", "records")
    typecast = flag(told, "typecast")
    single = "records" not in told
    raws = [told] if single else writing.check_count(told["records"], "created")
    drafts = [
        Draft(None, writing.read_fields(writer, _fields_of(raw), typecast=typecast)) for raw in raws
    ]
    made = writing.store_drafts(writer, drafts, typecast=typecast)
    shapes = _shown(call, writer, told, made)
    return Answer(200, shapes[0] if single else {"records": shapes})


@ROUTES.on("PATCH", "/<base>/<table>")
def update_records(call: Call, base: str, table: str) -> Answer:
    """Up to ten records; fields that are not sent stay."""
    return _update_many(call, base, table, clear=False)


@ROUTES.put("/<base>/<table>")
def replace_records(call: Call, base: str, table: str) -> Answer:
    """Up to ten records; fields that are not sent are emptied."""
    return _update_many(call, base, table, clear=True)


def _update_many(call: Call, base: str, table: str, *, clear: bool) -> Answer:
    writer = _writer(call, base, table)
    told = _told(call)
    _check_keys(told, "records", "performUpsert")
    typecast = flag(told, "typecast")
    raws = writing.check_count(told.get("records"), "updated")
    on = []
    if "performUpsert" in told:
        on = writing.merge_fields(writer, told["performUpsert"])
    drafts = []
    for raw in raws:
        cells = writing.read_fields(writer, _fields_of(raw), typecast=typecast)
        if "id" in raw:
            record: Record | None = writing.need_records(writer, [raw["id"]])[0]
        elif on:
            record = writing.matching(writer, on, cells)
        else:
            raise invalid_request()
        if clear and record is not None:
            cells = writing.cleared(writer, record, cells)
        drafts.append(Draft(record, cells))
    stored = writing.store_drafts(writer, drafts, typecast=typecast)
    body: dict[str, Json] = {"records": _shown(call, writer, told, stored)}
    if on:
        created = [s.id for s, d in zip(stored, drafts, strict=True) if d.record is None]
        body["createdRecords"] = created
        body["updatedRecords"] = [s.id for s in stored if s.id not in created]
    return Answer(200, body)


@ROUTES.on("PATCH", "/<base>/<table>/<record>")
def update_record(call: Call, base: str, table: str, record: str) -> Answer:
    """One record; fields that are not sent stay."""
    return _update_one(call, base, table, record, clear=False)


@ROUTES.put("/<base>/<table>/<record>")
def replace_record(call: Call, base: str, table: str, record: str) -> Answer:
    """One record; fields that are not sent are emptied."""
    return _update_one(call, base, table, record, clear=True)


def _update_one(call: Call, base: str, table: str, record: str, *, clear: bool) -> Answer:
    writer = _writer(call, base, table)
    found = call.record(writer.table, record)
    told = _told(call)
    _check_keys(told, "fields")
    typecast = flag(told, "typecast")
    cells = writing.read_fields(writer, _fields_of(told), typecast=typecast)
    if clear:
        cells = writing.cleared(writer, found, cells)
    stored = writing.store_drafts(writer, [Draft(found, cells)], typecast=typecast)
    return Answer(200, _shown(call, writer, told, stored)[0])


@ROUTES.delete("/<base>/<table>")
def delete_records(call: Call, base: str, table: str) -> Answer:
    """Up to ten records, `records[]=rec…`."""
    writer = _writer(call, base, table)
    refs = writing.check_count(from_query(call.request).get("records"), "deleted")
    writing.need_records(writer, refs)
    writing.delete(writer, refs)
    return Answer(200, {"records": [{"id": ref, "deleted": True} for ref in refs]})


@ROUTES.delete("/<base>/<table>/<record>")
def delete_record(call: Call, base: str, table: str, record: str) -> Answer:
    """One record."""
    writer = _writer(call, base, table)
    found = call.record(writer.table, record)
    writing.delete(writer, [found.id])
    return Answer(200, {"id": found.id, "deleted": True})
