"""Links between records: both ends say the same, whichever was written."""

from readygate_sandbox.airtable.ids import new_id
from readygate_sandbox.airtable.model import Base, Field, Record, Table
from readygate_sandbox.airtable.store import Store


def free_name(table: Table, wanted: str) -> str:
    """A field name that the table does not have yet: `Deals`, `Deals 2`, …"""
    taken = {f.name.casefold() for f in table.fields.values()}
    name, number = wanted, 2
    while name.casefold() in taken:
        name, number = f"{wanted} {number}", number + 1
    return name


def add_inverse(base: Base, table: Table, field: Field, *, name: str | None = None) -> Field:
    """Make the field at the other end of a new link field."""
    other = base.tables[field.linked_table]
    inverse = Field(
        new_id("fld"),
        name or free_name(other, table.name),
        "multipleRecordLinks",
        {
            "linkedTableId": table.id,
            "isReversed": False,
            "prefersSingleRecordLink": False,
            "inverseLinkFieldId": field.id,
        },
    )
    other.fields[inverse.id] = inverse
    field.options |= {
        "isReversed": False,
        "prefersSingleRecordLink": bool(field.options.get("prefersSingleRecordLink", False)),
        "inverseLinkFieldId": inverse.id,
    }
    return inverse


def set_links(
    store: Store, base: Base, table: Table, record: Record, field: Field, *, ids: list[str], by: str
) -> bool:
    """Point a link field at these records and tell the other ends. Returns whether it changed."""
    before = record.cells.get(field.id) or []
    changed = store.put(table, record, field, ids or None, by)
    if not changed:
        return False
    other = base.tables[field.linked_table]
    inverse = other.fields.get(field.inverse)
    if inverse is None:
        return True
    for gone in set(before) - set(ids):
        if (end := other.records.get(gone)) is not None:
            kept = [r for r in end.cells.get(inverse.id, []) if r != record.id]
            store.put(other, end, inverse, kept or None, by)
    for new in ids:
        if new not in before:
            end = other.records[new]
            held = end.cells.get(inverse.id, [])
            if record.id not in held:
                store.put(other, end, inverse, [*held, record.id], by)
    return True


def unlink(store: Store, base: Base, table: Table, record: Record, by: str) -> None:
    """Take a record that goes away out of every link that points at it."""
    for field in table.fields.values():
        if field.type == "multipleRecordLinks" and record.cells.get(field.id):
            set_links(store, base, table, record, field, ids=[], by=by)
