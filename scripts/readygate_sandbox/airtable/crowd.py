"""Many records at once, for benchmarks: straight into the store, past the rules."""

from dataclasses import dataclass, field
from typing import Any

from readygate_sandbox.airtable.cells import Place, Wanted, read_cell
from readygate_sandbox.airtable.model import Base, Cell, Record, Table
from readygate_sandbox.airtable.store import Store
from readygate_sandbox.web import BadRequest, Refusal


@dataclass(frozen=True, slots=True)
class Crowd:
    """What to make: `deals` records of `table` with `fields`, and `rows` of `rows_table` for each
    (`fields` of their own; a link to the deal goes into `link`). `{n}` and `{deal_id}` inside texts
    are filled in. Times are spread evenly over `spread_seconds` of the past."""

    deals: int
    base: str = ""
    table: str = "Deals"
    fields: dict[str, Any] = field(default_factory=dict)
    rows: list[dict[str, Any]] = field(default_factory=list)
    rows_table: str = "Checklist"
    link: str = "Deal"
    spread_seconds: float = 0.0
    ending_seconds_ago: float = 0.0


def populate(store: Store, crowd: Crowd) -> list[str]:
    """Make the records and return the ids of the deals. Raises ValueError for unknown names."""
    base = store.find_base(crowd.base)
    if base is None:
        raise ValueError(f"there is no base {crowd.base!r}")
    table = _table(base, crowd.table)
    rows_table = _table(base, crowd.rows_table) if crowd.rows else None
    by = next(iter(base.levels), "")
    end = store.clock.now_ms() - int(crowd.ending_seconds_ago * 1000)
    made = []
    for number in range(crowd.deals):
        at = end - int(crowd.spread_seconds * 1000 * (1 - (number + 1) / crowd.deals))
        deal = _record(store, table, at, by)
        words = {"n": str(number + 1), "deal_id": deal.id}
        deal.cells = _cells(store, base, table, crowd.fields, words)
        store.add(table, deal)
        made.append(deal.id)
        for told in crowd.rows:
            assert rows_table is not None  # noqa: S101 - found above when there are rows
            _row(store, base, rows_table, deal, told=told, link=crowd.link, words=words)
    return made


def _row(
    store: Store,
    base: Base,
    table: Table,
    deal: Record,
    *,
    told: dict[str, Any],
    link: str,
    words: dict[str, str],
) -> None:  # fmt: skip
    row = _record(store, table, deal.created, deal.creator)
    row.cells = _cells(store, base, table, told, words)
    found = table.field(link)
    if found is not None and found.type == "multipleRecordLinks":
        row.cells[found.id] = [deal.id]
        deal.cells.setdefault(found.inverse, []).append(row.id)
    store.add(table, row)


def _table(base: Base, name: str) -> Table:
    found = base.table(name)
    if found is None:
        raise ValueError(f"base {base.name} has no table {name!r}")
    return found


def _record(store: Store, table: Table, at: int, by: str) -> Record:
    record = store.new_record(table, by)
    record.created = at
    return record


def _cells(
    store: Store, base: Base, table: Table, told: dict[str, Any], words: dict[str, str]
) -> dict[str, Cell]:
    cells: dict[str, Cell] = {}
    for name, value in told.items():
        found = table.field(name)
        if found is None:
            raise ValueError(f"table {table.name} has no field {name!r}")
        if isinstance(value, str):
            for word, text in words.items():
                value = value.replace("{" + word + "}", text)  # noqa: PLW2901 - filled in
        try:
            cell = read_cell(Place(store, base, table, found, typecast=True), value)
        except Refusal as no:
            raise BadRequest(f"{name}: {no.answer.body!r}") from None
        if isinstance(cell, Wanted):
            raise BadRequest(f"{name}: there is no {cell.name!r}")
        if cell is not None:
            cells[found.id] = cell
    return cells
