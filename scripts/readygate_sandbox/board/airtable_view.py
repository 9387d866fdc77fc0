"""Shows the Airtable side in the board's own shapes: what one person may see, and may do.

Any table with a single select is a pipeline; tables that it links to and that have a checkbox are
its checklists. Reads only; every function expects the caller to hold the store's lock.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from readygate_sandbox.airtable.model import (
    Base,
    Comment,
    Field,
    Level,
    Record,
    Table,
    User,
    reaches,
)
from readygate_sandbox.airtable.reading import Reader
from readygate_sandbox.airtable.records import Writer
from readygate_sandbox.airtable.store import Store

Shape = dict[str, Any]
MOST_COMMENTS = 50
MOST_MOVES = 50
NO_STAGE = "none"
_STAGES = frozenset({"stage", "status", "стадия", "этап", "статус"})
_DONE = frozenset({"done", "готово", "сделано"})
_MENTION = re.compile(r"@\[(usr\w+)\]")


@dataclass(frozen=True)
class Board:
    """One table seen as a pipeline by one person; made per request."""

    store: Store
    base: Base
    table: Table
    stage: Field
    viewer: User

    @property
    def writer(self) -> Writer:
        """The person as somebody who writes here."""
        return Writer(self.store, self.base, self.table, self.viewer, self.level)

    @property
    def level(self) -> Level:
        """What the person may do in the base."""
        return self.base.level_of(self.viewer)

    def may(self, level: Level) -> bool:
        """Whether the person may do that much."""
        return reaches(self.level, level)

    @property
    def reader(self) -> Reader:
        """Reads the deals' fields."""
        return Reader(self.store, self.base, self.table)

    @cached_property
    def checklists(self) -> list[tuple["Checklist", Reader]]:
        """The checklists of its deals, each with what reads its items."""
        found = checklists(self.base, self.table)
        return [(one, Reader(self.store, self.base, one.table)) for one in found]


def stage_of(table: Table) -> Field | None:
    """The field whose choices are the columns: the one that is called so, or the first select."""
    selects = [f for f in table.fields.values() if f.type == "singleSelect"]
    return next(
        (f for f in selects if f.name.casefold() in _STAGES), selects[0] if selects else None
    )


def people(store: Store) -> list[Shape]:
    """Everybody with an account."""
    return [{"id": u.id, "name": u.name, "active": u.active} for u in store.users.values()]


def trackers(store: Store, viewer: User | None) -> list[Shape]:
    """Every base that a person may see, with its pipelines."""
    return [
        {
            "id": base.id,
            "kind": "airtable",
            "name": base.name,
            "host": None,
            "pipelines": [
                {"id": t.id, "name": t.name} for t in base.tables.values() if stage_of(t)
            ],
        }
        for base in store.bases.values()
        if viewer is not None and base.level_of(viewer) != "none"
    ]


def find_board(store: Store, viewer: User, ref: str) -> Board | None:
    """The pipeline of a table's id, or the first one without an id, if the person may see it."""
    for base in store.bases.values():
        if base.level_of(viewer) == "none":
            continue
        for table in base.tables.values():
            stage = stage_of(table)
            if stage is not None and ref in {"", table.id}:
                return Board(store, base, table, stage, viewer)
    return None


# -- columns -----------------------------------------------------------------------------------


def pipeline(board: Board, *, find: str, shown: Mapping[str, int], usual: int) -> Shape:
    """One table: a column per choice of its stage, newest arrivals first, each cut after
    `shown[column]` or `usual` deals. Records without a stage have a column where there are any."""
    lanes: dict[str, list[tuple[int, int, Record]]] = {c.id: [] for c in board.stage.choices}
    needle, reader = find.casefold().strip(), board.reader
    for record in board.table.records.values():
        if not needle or needle in _haystack(board, reader, record):
            lane = lanes.setdefault(record.cells.get(board.stage.id, NO_STAGE), [])
            lane.append((-_arrived(board, record), -record.number, record))
    names = {c.id: c.name for c in board.stage.choices}
    columns = []
    for column, lane in lanes.items():
        lane.sort(key=lambda one: one[:2])
        kept = lane[: shown.get(column, usual)]
        columns.append(
            {
                "id": column,
                "name": names.get(column, "–"),
                "category": _category(column, list(names)),
                "total": len(lane),
                "deals": [_deal(board, reader, record) for _, _, record in kept],
            }
        )
    return {
        "id": board.table.id,
        "name": board.table.name,
        "mayCreate": board.may("edit"),
        "fields": _choices(board),
        "columns": columns,
    }


def _category(column: str, order: list[str]) -> str:
    """Airtable knows no categories: the first choice is new, the last one done."""
    if column in order[:1]:
        return "new"
    return "done" if column in order[-1:] else "indeterminate"


def _haystack(board: Board, reader: Reader, record: Record) -> str:
    owner = _name(board.store, _owner(board.table, record)) or ""
    return f"{record.id}\n{reader.title(record)}\n{owner}".casefold()


def _arrived(board: Board, record: Record) -> int:
    moves = [m.at for m in record.moves if m.field == board.stage.id]
    return moves[-1] if moves else record.created


def _owner(table: Table, record: Record) -> str | None:
    kept = (f for f in table.fields.values() if f.type == "singleCollaborator")
    return next((record.cells[f.id] for f in kept if f.id in record.cells), None)


def _name(store: Store, ref: str | None) -> str | None:
    return store.users[ref].name if ref in store.users else ref


# -- deals and items ---------------------------------------------------------------------------


def _deal(board: Board, reader: Reader, record: Record) -> Shape:
    here = record.cells.get(board.stage.id)
    may = board.may("edit") and board.writer.may_edit(board.stage)
    return {
        "ref": record.id,
        "label": record.id,
        "title": reader.title(record) or record.id,
        "owner": _owner(board.table, record),
        "arrived": _arrived(board, record),
        "back": _came_back(board, record),
        "comments": len(record.comments),
        "items": _items(board, record),
        "moves": [
            {"id": c.id, "name": c.name, "to": c.id}
            for c in board.stage.choices
            if may and c.id != here
        ],
    }


def _came_back(board: Board, record: Record) -> Shape | None:
    """Who moved the deal backwards, if its last move went that way."""
    moves = [m for m in record.moves if m.field == board.stage.id]
    if not moves:
        return None
    places = {c.id: n for n, c in enumerate(board.stage.choices)}
    last = moves[-1]
    if places.get(last.new or "", 0) >= places.get(last.old or "", -1):
        return None
    return {
        "from": _choice(board.stage, last.old),
        "by": _name(board.store, last.by),
        "at": last.at,
    }


def _choice(field: Field, ref: str | None) -> str | None:
    found = field.choice(ref) if ref else None
    return found.name if found else None


@dataclass(frozen=True, slots=True)
class Checklist:
    """A linked table with a checkbox, and the fields that say what became of an item."""

    table: Table
    link: Field
    done: Field
    waived: Field | None
    retired: Field | None


def checklists(base: Base, table: Table) -> list[Checklist]:
    """The checklists of a table of deals."""
    found = []
    for link in table.fields.values():
        other = base.tables.get(link.linked_table) if link.type == "multipleRecordLinks" else None
        made = _checklist(other, link) if other and other is not table else None
        if made is not None:
            found.append(made)
    return found


def _checklist(table: Table, link: Field) -> Checklist | None:
    boxes = [f for f in table.fields.values() if f.type == "checkbox"]
    if not boxes:
        return None
    done = next((f for f in boxes if f.name.casefold() in _DONE), boxes[0])
    named = {f.name.casefold(): f for f in table.fields.values()}
    waived = next((f for n, f in named.items() if n.startswith(("waived", "не нужно"))), None)
    retired = next((f for f in boxes if f.name.casefold().startswith(("retired", "снят"))), None)
    return Checklist(table, link, done, waived, retired)


def _items(board: Board, record: Record) -> list[Shape]:
    shapes: list[Shape] = []
    for checklist, reader in board.checklists:
        found = (checklist.table.records.get(i) for i in record.cells.get(checklist.link.id, ()))
        shapes += [_item(board, checklist, reader, item) for item in found if item is not None]
    return shapes


def _item(board: Board, checklist: Checklist, reader: Reader, item: Record) -> Shape:
    cells, waived = item.cells, checklist.waived
    state, stage = "open", ""
    if checklist.retired is not None and cells.get(checklist.retired.id):
        state, stage = "waived", checklist.retired.name
    elif cells.get(checklist.done.id):
        state, stage = "ticked", checklist.done.name
    elif waived is not None and cells.get(waived.id):
        state, stage = "waived", waived.name
    due = next(
        (
            cells[f.id]
            for f in checklist.table.fields.values()
            if f.type == "date" and f.id in cells
        ),
        None,
    )
    note = None
    if waived is not None and cells.get(waived.id):
        note = {"name": waived.name, "body": _plain(str(cells[waived.id]))}
    ways = []
    if waived is not None and board.may("edit") and state == "open":
        ways.append({"id": waived.id, "name": waived.name})
    return {
        "ref": item.id,
        "label": item.id,
        "title": reader.title(item) or item.id,
        "state": state,
        "stage": stage,
        "owner": _owner(checklist.table, item),
        "due": due,
        "about": None,
        "waive": ways,
        "note": note,
    }


def _plain(text: str) -> Shape:
    return {"format": "text", "document": text}


# -- one deal ----------------------------------------------------------------------------------


def deal_page(store: Store, viewer: User, ref: str) -> Shape | None:
    """A deal with its checklist, moves and comments; the id of an item finds its deal. None for
    what the person may not see."""
    for base in store.bases.values():
        if base.level_of(viewer) == "none":
            continue
        for table in base.tables.values():
            record = table.records.get(ref)
            if record is None:
                continue
            return _page(store, base, table, record, viewer) or _page_of_item(
                store, base, table, record, viewer=viewer
            )
    return None


def _page_of_item(
    store: Store, base: Base, table: Table, item: Record, *, viewer: User
) -> Shape | None:
    for field in table.fields.values():
        if field.type == "multipleRecordLinks":
            other = base.tables[field.linked_table]
            for ref in item.cells.get(field.id, ()):
                return _page(store, base, other, other.records[ref], viewer)
    return None


def _page(store: Store, base: Base, table: Table, record: Record, viewer: User) -> Shape | None:
    stage = stage_of(table)
    if stage is None:
        return None
    board = Board(store, base, table, stage, viewer)
    here = record.cells.get(stage.id, NO_STAGE)
    return {
        **_deal(board, board.reader, record),
        "pipeline": table.id,
        "column": here,
        "stage": _choice(stage, here) or "–",
        "created": {"by": _name(store, record.creator), "at": record.created},
        "about": _about(board, record),
        "fields": [
            {**choice, "value": _choice(table.fields[choice["id"]], record.cells.get(choice["id"]))}
            for choice in _choices(board)
        ],
        "mayComment": board.may("comment"),
        "mayEdit": board.may("edit"),
        "earlier": max(len(record.comments) - MOST_COMMENTS, 0),
        "activity": _activity(board, record),
    }


def _about(board: Board, record: Record) -> Shape | None:
    """The long texts of a deal, each under its name where there are several."""
    texts = [
        (f.name, str(record.cells[f.id]))
        for f in board.table.fields.values()
        if f.type in {"multilineText", "richText"} and f.id in record.cells
    ]
    if not texts:
        return None
    if len(texts) == 1:
        return _plain(texts[0][1])
    return _plain("\n\n".join(f"{name}: {text}" for name, text in texts))


def _choices(board: Board) -> list[Shape]:
    return [
        {"id": f.id, "name": f.name, "options": [c.name for c in f.choices]}
        for f in board.table.fields.values()
        if f.type == "singleSelect" and f is not board.stage
    ]


def _comment(store: Store, comment: Comment) -> Shape:
    text = _MENTION.sub(lambda m: f"@{_name(store, m[1])}", comment.text)
    return {
        "kind": "comment",
        "ref": comment.id,
        "by": comment.author,
        "name": _name(store, comment.author),
        "at": comment.created,
        "edited": comment.updated,
        "body": _plain(text),
    }


def _activity(board: Board, record: Record) -> list[Shape]:
    """The newest comments and moves, newest first."""
    shapes = [_comment(board.store, c) for c in record.comments[-MOST_COMMENTS:]]
    moves = [m for m in record.moves if m.field == board.stage.id]
    shapes += [
        {
            "kind": "move",
            "ref": f"m{number}",
            "by": move.by,
            "name": _name(board.store, move.by),
            "at": move.at,
            "from": _choice(board.stage, move.old) or "–",
            "to": _choice(board.stage, move.new) or "–",
        }
        for number, move in enumerate(moves[-MOST_MOVES:])
    ]
    # A comment of the same millisecond explains the move: it is read first.
    return sorted(shapes, key=lambda s: (s["at"], s["kind"] == "comment"), reverse=True)
