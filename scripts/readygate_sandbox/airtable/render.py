"""Records as the API shows them: empty cells are left out, names or ids as asked."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from readygate_sandbox.airtable.formula.values import shown
from readygate_sandbox.airtable.model import Base, Cell, Comment, Field, Record, Table, iso
from readygate_sandbox.airtable.reading import Reader
from readygate_sandbox.airtable.store import Store
from readygate_sandbox.web import Json

Shape = dict[str, Json]


@dataclass
class RecordShaper:
    """Shows records of one table. `only` are the fields asked for, None is all of them; `by_id`
    keys cells by field id; `as_text` is `cellFormat=string`."""

    store: Store
    base: Base
    table: Table
    only: tuple[str, ...] | None = None
    by_id: bool = False
    as_text: bool = False
    comment_count: bool = False

    @cached_property
    def _reader(self) -> Reader:
        return Reader(self.store, self.base, self.table)

    @cached_property
    def _fields(self) -> list[tuple[str, Field]]:
        fields: Iterable[Field] = self.table.fields.values()
        if self.only is not None:
            fields = (self.table.fields[f] for f in self.only)
        return [(f.id if self.by_id else f.name, f) for f in fields]

    def shape(self, record: Record) -> Shape:
        """`{"id", "createdTime", "fields"}` of one record."""
        cells: Shape = {}
        for key, field in self._fields:
            value = self._cell(record, field)
            if value is not None and value is not False and value not in ("", []):
                cells[key] = value
        told: Shape = {"id": record.id, "createdTime": iso(record.created), "fields": cells}
        if self.comment_count:
            told["commentCount"] = len(record.comments)
        return told

    def _cell(self, record: Record, field: Field) -> Json:
        if self.as_text:
            return self._reader.text(record, field)
        if field.computed:
            return shown(self._reader.computed(record, field), field.type)
        cell = record.cells.get(field.id)
        return None if cell is None else cell_shape(self.store, field, cell)


def cell_shape(store: Store, field: Field, cell: Cell) -> Json:
    """One stored value as JSON."""
    match field.type:
        case "singleSelect":
            found = field.choice(cell)
            return found.name if found else None
        case "multipleSelects":
            return [c.name for ref in cell if (c := field.choice(ref))]
        case "singleCollaborator":
            return store.users[cell].shape() if cell in store.users else None
        case "multipleCollaborators":
            return [store.users[ref].shape() for ref in cell if ref in store.users]
        case _:
            return cell


def comment_shape(store: Store, comment: Comment) -> Shape:
    """One comment, with what its mentions stand for."""
    mentioned: dict[str, Any] = {}
    for user in store.users.values():
        if f"@[{user.id}]" in comment.text:
            mentioned[user.id] = {
                "type": "user",
                "id": user.id,
                "displayName": user.name,
                "email": user.email,
            }
    author = store.users.get(comment.author)
    told: Shape = {
        "id": comment.id,
        "author": author.shape() if author else {"id": comment.author},
        "text": comment.text,
        "createdTime": iso(comment.created),
        "lastUpdatedTime": None if comment.updated is None else iso(comment.updated),
    }
    if mentioned:
        told["mentioned"] = mentioned
    if comment.parent is not None:
        told["parentCommentId"] = comment.parent
    return told
