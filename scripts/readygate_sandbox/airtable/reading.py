"""Fields as formulas see them, computed ones included: the scope that formulas run in."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

from readygate_sandbox.airtable.formula.compiled import Run, compile_formula
from readygate_sandbox.airtable.formula.parse import Malformed, parse
from readygate_sandbox.airtable.formula.values import FormulaError, Moment, Value, text
from readygate_sandbox.airtable.model import (
    NUMBERS,
    TEXTS,
    Base,
    Cell,
    Field,
    Record,
    Table,
    parse_moment,
)
from readygate_sandbox.airtable.store import Store, indexable

_DEEPEST = 20


class Reader:
    """Reads the records of one table; made per request. Satisfies `narrow.Indexed`."""

    def __init__(self, store: Store, base: Base, table: Table, depth: int = 0) -> None:
        self._store = store
        self._base = base
        self._table = table
        self._depth = depth
        self._getters: dict[str, Run] = {}
        self._fields = {f.name: f for f in table.fields.values()} | table.fields
        self.now_ms = store.clock.now_ms()

    # -- what formulas ask -----------------------------------------------------------------

    def find_field(self, name: str) -> Field | None:
        """The field of a name or id."""
        return self._fields.get(name)

    def getter(self, field: Field) -> Run:
        """Reads one field."""
        found = self._getters.get(field.id)
        if found is None:
            found = self._getters[field.id] = self._make(field)
        return found

    def modified(self, record: Record, fields: tuple[Field, ...]) -> Moment | None:
        """The last change by a person or token. Never-edited fields have none, unless the quirk
        `unedited` says that they have the time of creation."""
        ids = [f.id for f in fields if not f.computed] if fields else list(record.modified)
        times = [at for f in ids if (at := record.modified.get(f)) is not None]
        if times:
            return Moment(max(times))
        return Moment(record.created) if self._store.quirks.unedited == "created" else None

    def since(self, at: int) -> set[str]:
        """Records created or changed at or after a time."""
        return self._store.index(self._table).since(at)

    def with_text(self, field: Field, value: str, size: int) -> set[str] | None:
        """Records by the text of a field; None where there is no index."""
        if not indexable(field):
            return None
        if field.type == "singleSelect":
            if size:
                return None
            choice = next((c for c in field.choices if c.name == value), None)
            return self._store.with_text(self._table, field, choice.id) if choice else set()
        return self._store.with_text(self._table, field, value, size)

    # -- what the API asks -----------------------------------------------------------------

    def computed(self, record: Record, field: Field) -> Value:
        """A computed field's value; an error is shown as Airtable shows it."""
        try:
            return self.getter(field)(record)
        except FormulaError:
            return {"error": "#ERROR!"}

    def text(self, record: Record, field: Field) -> str:
        """A cell as `cellFormat=string` shows it."""
        try:
            value = self.getter(field)(record)
        except FormulaError:
            return "#ERROR!"
        if isinstance(value, bool):
            return "checked" if value else ""
        return text(value)

    def title(self, record: Record) -> str:
        """The text of the primary field, by which links show a record."""
        return self.text(record, self._table.primary)

    # -- one getter per type ---------------------------------------------------------------

    def _make(self, field: Field) -> Run:
        if self._depth > _DEEPEST:
            return _failing
        key = field.id
        if field.type in TEXTS or field.type in NUMBERS:
            return lambda r: r.cells.get(key)
        if field.type in _BY_CELL:
            read = _BY_CELL[field.type](self._store, field)
            return lambda r: None if (cell := r.cells.get(key)) is None else read(cell)
        make = self._special.get(field.type)
        return make(field) if make is not None else lambda r: r.cells.get(key)

    @cached_property
    def _special(self) -> dict[str, Callable[[Field], Run]]:
        return {
            "checkbox": lambda f: lambda r: r.cells.get(f.id, False),
            "multipleRecordLinks": self._links,
            "formula": self._formula,
            "multipleLookupValues": self._lookup,
            "count": self._count,
            "createdTime": lambda _: lambda r: Moment(r.created),
            "lastModifiedTime": self._modified,
            "createdBy": lambda _: lambda r: self._person(r.creator),
            "lastModifiedBy": lambda _: lambda r: self._person(r.modifier),
            "autoNumber": lambda _: lambda r: r.number,
        }

    def _person(self, ref: str | None) -> str | None:
        return self._store.users[ref].name if ref in self._store.users else ref

    def _modified(self, field: Field) -> Run:
        ids = field.options.get("referencedFieldIds") or ()
        fields = tuple(f for i in ids if (f := self._table.fields.get(i)) is not None)
        return lambda r: self.modified(r, fields)

    def _other(self, field: Field) -> tuple[Table, "Reader"]:
        other = self._base.tables[field.linked_table]
        return other, Reader(self._store, self._base, other, self._depth + 1)

    def _links(self, field: Field) -> Run:
        """Links show the linked records' primary text, not their ids."""
        other, reader = self._other(field)
        key, records = field.id, other.records

        def run(record: Record) -> Value:
            return [reader.title(records[i]) for i in record.cells.get(key, ()) if i in records]

        return run

    def _lookup(self, field: Field) -> Run:
        link = self._table.fields.get(str(field.options.get("recordLinkFieldId")))
        if link is None:
            return lambda r: r.cells.get(field.id)
        other, reader = self._other(link)
        wanted = other.fields.get(str(field.options.get("fieldIdInLinkedTable")))
        if wanted is None:
            return lambda r: r.cells.get(field.id)
        key, records, read = link.id, other.records, reader.getter(wanted)

        def run(record: Record) -> Value:
            found = (read(records[i]) for i in record.cells.get(key, ()) if i in records)
            return [v for v in found if v is not None]

        return run

    def _count(self, field: Field) -> Run:
        link = self._table.fields.get(str(field.options.get("recordLinkFieldId")))
        if link is None:
            return lambda r: r.cells.get(field.id)
        key = link.id
        return lambda r: len(r.cells.get(key, ()))

    def _formula(self, field: Field) -> Run:
        """The formula itself, or the value that the seed gave where there is none."""
        formula = field.options.get("formula")
        if not formula:
            return lambda r: r.cells.get(field.id)
        inner = Reader(self._store, self._base, self._table, self._depth + 1)
        try:
            return compile_formula(parse(str(formula)), inner)
        except Malformed:
            return _failing


def _failing(_: Record) -> Value:
    raise FormulaError


def _day(cell: Cell) -> Value:
    at = parse_moment(str(cell))
    return None if at is None else Moment(at, day=True)


def _moment(cell: Cell) -> Value:
    at = parse_moment(str(cell))
    return None if at is None else Moment(at)


def _name(store: Store, ref: Any) -> Value:
    return store.users[ref].name if ref in store.users else None


Reading = Callable[[Cell], Value]


def _choice(field: Field) -> Reading:
    names = {c.id: c.name for c in field.choices}
    return names.get


def _choices(field: Field) -> Reading:
    name = _choice(field)
    return lambda cell: [n for ref in cell if (n := name(ref))]


_BY_CELL: dict[str, Callable[[Store, Field], Reading]] = {
    "singleSelect": lambda _, f: _choice(f),
    "multipleSelects": lambda _, f: _choices(f),
    "singleCollaborator": lambda s, _: lambda cell: _name(s, cell),
    "multipleCollaborators": lambda s, _: lambda cell: [_name(s, ref) for ref in cell],
    "date": lambda _s, _f: _day,
    "dateTime": lambda _s, _f: _moment,
    "barcode": lambda _s, _f: lambda cell: cell.get("text"),
    "multipleAttachments": lambda _s, _f: lambda cell: [a.get("filename") for a in cell],
}
