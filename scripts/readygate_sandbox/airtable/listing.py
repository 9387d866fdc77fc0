"""Lists of records: what is asked, which records answer it, and pages that expire."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cmp_to_key
from typing import Any

from readygate_sandbox.airtable.errors import invalid, refusal
from readygate_sandbox.airtable.formula.compiled import compile_formula
from readygate_sandbox.airtable.formula.narrow import narrow
from readygate_sandbox.airtable.formula.parse import INVALID, Malformed, parse
from readygate_sandbox.airtable.formula.values import FormulaError, Moment, Value, truthy
from readygate_sandbox.airtable.ids import new_id
from readygate_sandbox.airtable.model import Base, Field, Record, Table, View
from readygate_sandbox.airtable.reading import Reader
from readygate_sandbox.airtable.store import Store

KEPT = 500


@dataclass(frozen=True, slots=True)
class Query:
    """One list request, read. `sort` is (field, descending)."""

    page_size: int = 100
    max_records: int | None = None
    formula: str = ""
    sort: tuple[tuple[Field, bool], ...] = ()
    view: View | None = None


def matching(store: Store, base: Base, table: Table, query: Query) -> list[str]:
    """The ids of every record that answers a query, in order. Without sort and view the order is
    arbitrary. Raises the 422 of a formula that cannot be read."""
    if not (query.formula.strip() or query.view or query.sort):
        return store.index(table).ids[: query.max_records]
    reader = Reader(store, base, table)
    found: Iterable[Record] = _filtered(store, table, reader, query.formula)
    if query.view is not None:
        if query.view.filter:
            passing = {r.id for r in _filtered(store, table, reader, query.view.filter)}
            found = (r for r in found if r.id in passing)
        found = sorted(found, key=lambda r: r.number)
    if query.sort:
        found = _sorted(list(found), reader, query.sort)
    ids = [r.id for r in found]
    return ids if query.max_records is None else ids[: query.max_records]


def _filtered(store: Store, table: Table, reader: Reader, formula: str) -> Iterable[Record]:
    records = table.records
    if not formula.strip():
        return [records[i] for i in store.index(table).ids]
    try:
        tree = parse(formula)
        run = compile_formula(tree, reader)
    except (Malformed, RecursionError) as error:
        why = error if isinstance(error, Malformed) else INVALID
        raise invalid(
            "INVALID_FILTER_BY_FORMULA", f"The formula for filtering records is invalid: {why}"
        ) from None
    candidates = narrow(tree, reader)
    ids = store.index(table).ids if candidates is None else sorted(candidates)
    passed = []
    for one in ids:
        record = records.get(one)
        if record is None:
            continue
        try:
            if truthy(run(record)):
                passed.append(record)
        except (FormulaError, RecursionError):
            continue
    return passed


def _sorted(
    records: list[Record], reader: Reader, sort: tuple[tuple[Field, bool], ...]
) -> list[Record]:
    """By several fields; blanks are first, selects go by the order of their choices."""
    for field_, descending in reversed(sort):
        read = reader.getter(field_)
        places = {c.name: n for n, c in enumerate(field_.choices)}

        def key(record: Record, read: Any = read, places: dict[str, int] = places) -> Value:
            try:
                value = read(record)
            except FormulaError:
                return None
            return places.get(value, -1) if places and isinstance(value, str) else value

        keyed = [(key(r), r) for r in records]
        keyed.sort(key=cmp_to_key(_compare), reverse=descending)
        records = [r for _, r in keyed]
    return records


def _compare(left: tuple[Value, Record], right: tuple[Value, Record]) -> int:
    a, b = _plain(left[0]), _plain(right[0])
    return (a > b) - (a < b)


def _plain(value: Value) -> tuple[int, Any]:
    match value:
        case None | "" | []:
            return (0, 0)
        case bool() | int() | float():
            return (1, value)
        case Moment():
            return (1, value.ms)
        case list():
            return (2, ", ".join(str(v) for v in value).casefold())
        case _:
            return (2, str(value).casefold())


# -- pages -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page begins in a list; `name` is None before the first page."""

    ids: list[str]
    start: int = 0
    name: str | None = None


@dataclass(slots=True)
class _Listing:
    table: str
    ids: list[str]
    used: int
    starts: dict[str, int] = field(default_factory=dict)


@dataclass
class Listings:
    """Lists that are being paged through. One that nobody asks for longer than `lives_ms` (by the
    tracker's clock) is gone, and so is the oldest when there are too many."""

    store: Store
    lives_ms: int = 300_000
    _open: dict[str, _Listing] = field(default_factory=dict)

    def start(self, table: Table, ids: list[str]) -> str:
        """Remember a list; its name is the first part of every offset."""
        while len(self._open) >= KEPT:
            del self._open[next(iter(self._open))]
        name = new_id("itr")
        self._open[name] = _Listing(table.id, ids, self.store.clock.now_ms())
        return name

    def resume(self, table: Table, offset: str) -> Place:
        """Where an offset goes on. Raises the 422 when the list is gone."""
        name, _, last = offset.partition("/")
        listing = self._open.get(name)
        now = self.store.clock.now_ms()
        if (
            listing is None
            or listing.table != table.id
            or abs(now - listing.used) > self.lives_ms
            or last not in listing.starts
        ):
            self._open.pop(name, None)
            raise refusal(422, "LIST_RECORDS_ITERATOR_NOT_AVAILABLE")
        listing.used = now
        return Place(listing.ids, listing.starts[last], name)

    def offset(self, name: str, end: int) -> str:
        """The offset that goes on at a place of a list."""
        listing = self._open[name]
        listing.starts[listing.ids[end]] = end
        return f"{name}/{listing.ids[end]}"

    def expire(self) -> int:
        """Let every offset expire now; returns how many lists there were."""
        count = len(self._open)
        self._open.clear()
        return count


def page(
    listings: Listings, table: Table, place: Place, size: int
) -> tuple[list[Record], str | None]:
    """One page of records that still exist, and the offset of the next one."""
    end = place.start + size
    found = (table.records.get(i) for i in place.ids[place.start : end])
    records = [r for r in found if r is not None]
    if end >= len(place.ids):
        return records, None
    return records, listings.offset(place.name or listings.start(table, place.ids), end)
