"""The workspace in memory. Every change of a record goes through here, so that indexes hold."""

import threading
from dataclasses import dataclass, field

from readygate_sandbox.airtable.ids import new_id
from readygate_sandbox.airtable.index import TableIndex
from readygate_sandbox.airtable.model import (
    TEXTS,
    Base,
    Cell,
    Field,
    Move,
    Record,
    Table,
    Token,
    User,
)
from readygate_sandbox.clock import Clock


@dataclass(slots=True)
class Quirks:
    """Questions on which sources are silent or disagree (docs/sandbox.md)."""

    missing_record: str = "model"
    not_found: str = "text"
    unedited: str = "absent"
    formula_fields: str = "refused"


@dataclass
class Store:
    """Users and bases; take `lock` around everything that reads or writes more than one thing."""

    clock: Clock = field(default_factory=Clock)
    lock: threading.RLock = field(default_factory=threading.RLock)
    users: dict[str, User] = field(default_factory=dict)
    bases: dict[str, Base] = field(default_factory=dict)
    quirks: Quirks = field(default_factory=Quirks)
    version: int = 0
    schema_version: int = 0
    _indexes: dict[str, TableIndex] = field(default_factory=dict)
    _tokens: dict[str, tuple[User, Token]] = field(default_factory=dict)

    # -- finding ---------------------------------------------------------------------------

    def index(self, table: Table) -> TableIndex:
        """The index of one table."""
        found = self._indexes.get(table.id)
        if found is None:
            found = self._indexes[table.id] = TableIndex()
        return found

    def find_user(self, ref: str) -> User | None:
        """A user by id, e-mail or name."""
        if ref in self.users:
            return self.users[ref]
        wanted = ref.casefold()
        return next(
            (u for u in self.users.values() if wanted in {u.email.casefold(), u.name.casefold()}),
            None,
        )

    def by_token(self, value: str) -> tuple[User, Token] | None:
        """Whose token this is; None for unknown and expired ones and for inactive users."""
        found = self._tokens.get(value)
        if found is None or found[1].expired or not found[0].active:
            return None
        return found

    def find_base(self, ref: str = "") -> Base | None:
        """A base by id or name; the first one without."""
        if not ref:
            return next(iter(self.bases.values()), None)
        found = self.bases.get(ref)
        return found or next((b for b in self.bases.values() if b.name == ref), None)

    def table_of(self, base: Base, field_: Field) -> Table:
        """The table that a link field points at."""
        return base.tables[field_.linked_table]

    # -- changing --------------------------------------------------------------------------

    def schema_changed(self) -> None:
        """Users, tables or fields changed."""
        self.version += 1
        self.schema_version += 1
        self._tokens = {t.value: (u, t) for u in self.users.values() for t in u.tokens}
        for index in self._indexes.values():
            index.forget_texts()

    def add(self, table: Table, record: Record) -> None:
        """Put a new record in; its cells come with it."""
        table.records[record.id] = record
        index = self.index(table)
        index.added(record.id, record.created)
        for field_id in index.indexed:
            index.text_changed(record.id, field_id, None, self.text(table, record.id, field_id))
        self.version += 1

    def new_record(self, table: Table, by: str) -> Record:
        """An empty record, not yet put in."""
        record = Record(new_id("rec"), table.next_number, self.clock.now_ms(), by)
        table.next_number += 1
        return record

    def put(self, table: Table, record: Record, field_: Field, cell: Cell | None, by: str) -> bool:
        """Set one cell of a stored record, or empty it with None. Returns whether it changed; a
        change stamps the field and the record with the present time."""
        old = record.cells.get(field_.id)
        if old == cell and type(old) is type(cell):
            return False
        index = self.index(table)
        now = self.clock.now_ms()
        if field_.id in index.indexed:
            before, after = as_text(old), as_text(cell)
            index.text_changed(record.id, field_.id, before, after)
        if cell is None:
            record.cells.pop(field_.id, None)
        else:
            record.cells[field_.id] = cell
        record.modified[field_.id] = now
        record.modifier = by
        index.touched(record.id, now)
        if field_.type == "singleSelect":
            record.moves = (*record.moves, Move(now, by, field_.id, old, cell))
        self.version += 1
        return True

    def remove(self, table: Table, record: Record) -> None:
        """Take a record out; links to it are not followed here."""
        index = self.index(table)
        texts = {
            field_id: text
            for field_id in index.indexed
            if (text := as_text(record.cells.get(field_id))) is not None
        }
        index.removed(record.id, texts)
        del table.records[record.id]
        self.version += 1

    def rebuild(self) -> None:
        """Build every index anew: after planting and after reading a state."""
        self._indexes.clear()
        for base in self.bases.values():
            for table in base.tables.values():
                self.index(table).rebuild(
                    (r.id, max((r.created, *r.modified.values()))) for r in table.records.values()
                )
        self.schema_changed()

    # -- looking up ------------------------------------------------------------------------

    def text(self, table: Table, record: str, field_id: str) -> str | None:
        """The stored text of an indexable field: a text itself, or the id of a choice."""
        return as_text(table.records[record].cells.get(field_id))

    def with_text(self, table: Table, field_: Field, text: str, size: int = 0) -> set[str]:
        """Records whose field has a text (or begins with it, of that `size`). For a select the
        text is a choice's id."""
        return self.index(table).with_text(
            field_.id, size, text, lambda r: self.text(table, r, field_.id)
        )


def indexable(field_: Field) -> bool:
    """Whether `with_text` can answer for a field."""
    return field_.type in TEXTS or field_.type == "singleSelect"


def as_text(cell: Cell | None) -> str | None:
    """A stored text, or None for what is not one."""
    return cell if isinstance(cell, str) else None
