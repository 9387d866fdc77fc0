"""Planting a workspace: the section `airtable` of a seed (docs/sandbox.md)."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from readygate_sandbox.airtable.cells import Place, Wanted, read_cell
from readygate_sandbox.airtable.commenting import rewritten
from readygate_sandbox.airtable.ids import stable_id
from readygate_sandbox.airtable.links import add_inverse
from readygate_sandbox.airtable.model import (
    COMPUTED,
    CREATABLE,
    LEVELS,
    SCOPES,
    SELECTS,
    Base,
    Choice,
    Comment,
    Field,
    Record,
    Table,
    Token,
    User,
    View,
)
from readygate_sandbox.airtable.store import Quirks, Store
from readygate_sandbox.jira_cloud.seed_reading import SeedProblem, Told, read_moment
from readygate_sandbox.web import Refusal

QUIRKS = {
    "missing_record": ("model", "text", "object", "forbidden"),
    "not_found": ("text", "object"),
    "unedited": ("absent", "created"),
    "formula_fields": ("refused", "created"),
}
DEFAULT_OPTIONS: dict[str, dict[str, Any]] = {
    "number": {"precision": 0},
    "percent": {"precision": 0},
    "currency": {"precision": 2, "symbol": "₽"},
    "duration": {"durationFormat": "h:mm"},
    "rating": {"icon": "star", "max": 5, "color": "yellowBright"},
    "date": {"dateFormat": {"name": "iso", "format": "YYYY-MM-DD"}},
    "dateTime": {
        "timeZone": "client",
        "dateFormat": {"name": "iso", "format": "YYYY-MM-DD"},
        "timeFormat": {"name": "24hour", "format": "HH:mm"},
    },
    "checkbox": {"icon": "check", "color": "greenBright"},
    "multipleAttachments": {"isReversed": False},
}


def checklist_table(deals: str) -> dict[str, Any]:
    """The table that `checklist: Deals` stands for."""
    return {
        "name": "Checklist",
        "fields": [
            {"name": "Item", "type": "singleLineText"},
            {"name": "Key", "type": "singleLineText"},
            {"name": "Deal", "type": "multipleRecordLinks", "link": deals},
            {"name": "Owner", "type": "singleCollaborator"},
            {"name": "Due", "type": "date"},
            {"name": "Done", "type": "checkbox"},
            {"name": "Waived because", "type": "multilineText"},
            {"name": "Retired", "type": "checkbox"},
        ],
    }


def plant(store: Store, told: Any, people: list[dict[str, Any]]) -> list[str]:
    """Replace what the workspace holds by what a seed describes. `people` are the site's users,
    taken where the section has none. Returns every problem; with any the store is left empty."""
    clear(store)
    planter = _Planter(store)
    with planter.catching():
        planter.run(Told({} if told is None else told, "airtable"), people)
    if planter.problems:
        clear(store)
    store.rebuild()
    return planter.problems


def clear(store: Store) -> None:
    """An empty workspace."""
    store.users.clear()
    store.bases.clear()
    store.quirks = Quirks()
    store.rebuild()


@dataclass
class _Planter:
    store: Store
    problems: list[str] = field(default_factory=list)
    admins: set[str] = field(default_factory=set)

    @contextmanager
    def catching(self) -> Iterator[None]:
        try:
            yield
        except SeedProblem as problem:
            self.problems.append(str(problem))

    def run(self, told: Told, people: list[dict[str, Any]]) -> None:
        with self.catching():
            quirks = Told(told.mapping("quirks"), "airtable.quirks")
            for name, allowed in QUIRKS.items():
                setattr(self.store.quirks, name, quirks.choice(name, allowed, allowed[0]))
            quirks.finish()
        users = told.items("users")
        if not users:
            users = [{k: p.get(k) for k in ("name", "email", "token", "admin")} for p in people]
        for number, raw in enumerate(users):
            with self.catching():
                self.user(Told(raw, f"airtable.users[{number}]"))
        for number, raw in enumerate(told.items("bases")):
            with self.catching():
                self.base(Told(raw, f"airtable.bases[{number}]"))
        told.finish()

    # -- people ----------------------------------------------------------------------------

    def user(self, told: Told) -> None:
        email = told.text("email")
        if self.store.find_user(email):
            raise told.problem("email", f"{email} is there twice")
        user = User(
            told.text("id", stable_id("usr", email)), told.text("name"), email,
            active=not told.flag("inactive"),
        )  # fmt: skip
        if token := told.text("token", ""):
            user.tokens.append(Token(token))
        for number, raw in enumerate(told.items("tokens")):
            user.tokens.append(self.token(Told(raw, told.path_of(f"tokens[{number}]"))))
        if told.flag("admin"):
            self.admins.add(user.id)
        told.finish()
        self.store.users[user.id] = user

    def token(self, told: Told) -> Token:
        scopes = [str(s) for s in told.items("scopes")] or list(SCOPES)
        for scope in scopes:
            if scope not in SCOPES:
                raise told.problem("scopes", f"there is no scope '{scope}'")
        bases = [str(b) for b in told.items("bases")]
        token = Token(
            told.text("token"), frozenset(scopes), frozenset(bases) if bases else None,
            expired=told.flag("expired"),
        )  # fmt: skip
        told.finish()
        return token

    def person(self, told: Told, key: str, ref: str) -> User:
        found = self.store.find_user(ref)
        if found is None:
            raise told.problem(key, f"there is no user '{ref}'")
        return found

    # -- bases -----------------------------------------------------------------------------

    def base(self, told: Told) -> None:
        name = told.text("name")
        base = Base(
            told.text("id", stable_id("app", name)), name,
            read_moment(told, "created", self.store.clock.now_ms()),
        )  # fmt: skip
        levels = told.mapping("collaborators")
        for ref, level in levels.items():
            if level not in LEVELS:
                raise told.problem(f"collaborators.{ref}", f"expected {', '.join(LEVELS)}")
            base.levels[self.person(told, "collaborators", str(ref)).id] = level
        if not levels:
            for user in self.store.users:
                base.levels[user] = "create" if user in self.admins else "edit"
        self.store.bases[base.id] = base
        tables = told.items("tables")
        if deals := told.text("checklist", ""):
            tables.append(checklist_table(deals))
        read = [Told(raw, told.path_of(f"tables[{n}]")) for n, raw in enumerate(tables)]
        made = [self.table(one, base) for one in read]
        for one, table in zip(read, made, strict=True):
            with self.catching():
                self.fields(one, base, table)
        rows = [
            row
            for one, table in zip(read, made, strict=True)
            if table.fields  # without, it was refused above
            for row in self.rows(one, base, table)
        ]
        for row, table, record in rows:
            with self.catching():
                self.cells(row, base, table, record)
        told.finish()

    def table(self, told: Told, base: Base) -> Table:
        name = told.text("name")
        if base.table(name):
            raise told.problem("name", f"{name} is there twice")
        table = Table(
            told.text("id", stable_id("tbl", base.id, name)), name,
            told.text("description", "") or None,
        )  # fmt: skip
        base.tables[table.id] = table
        return table

    def fields(self, told: Told, base: Base, table: Table) -> None:
        for number, raw in enumerate(told.items("fields")):
            with self.catching():
                one = Told(raw, told.path_of(f"fields[{number}]"))
                self.field(one, base, table)
                one.finish()
        if not table.fields:
            raise told.problem("fields", "at least one is needed")
        views = told.items("views") or [{"name": "Grid view"}]
        for number, raw in enumerate(views):
            one = Told(raw, told.path_of(f"views[{number}]"))
            name = one.text("name")
            hidden = tuple(self.named(one, "hidden", table, str(f)).id for f in one.items("hidden"))
            view_id = one.text("id", stable_id("viw", table.id, name))
            table.views.append(View(view_id, name, "grid", one.text("filter", "") or None, hidden))
            one.finish()

    def named(self, told: Told, key: str, table: Table, ref: str) -> Field:
        found = table.field(ref)
        if found is None:
            raise told.problem(key, f"there is no field '{ref}'")
        return found

    def field(self, told: Told, base: Base, table: Table) -> None:
        name = told.text("name")
        kind = told.choice("type", (*CREATABLE, *COMPUTED))
        known = table.field(name)
        if known is not None:
            raise told.problem("name", f"{name} is there twice")
        made = Field(told.text("id", stable_id("fld", table.id, name)), name, kind)
        made.description = told.text("description", "") or None
        made.options = {**DEFAULT_OPTIONS.get(kind, {}), **told.mapping("options")}
        choices = [str(c) for c in told.items("choices")]
        if choices and kind not in SELECTS:
            raise told.problem("choices", f"a {kind} field has none")
        made.choices = [Choice(stable_id("sel", made.id, c), c) for c in choices]
        self.permission(told, made)
        if kind == "multipleRecordLinks":
            target = base.table(told.text("link"))
            if target is None:
                raise told.problem("link", f"there is no table '{told.raw.get('link')}'")
            made.options = {
                "linkedTableId": target.id, "isReversed": False,
                "prefersSingleRecordLink": False,
            }  # fmt: skip
            table.fields[made.id] = made
            inverse = told.text("inverse", "") or None
            if target is not table:
                if not target.fields:
                    raise told.problem("link", f"table '{target.name}' must come before this one")
                add_inverse(base, table, made, name=inverse)
        table.fields[made.id] = made

    def permission(self, told: Told, made: Field) -> None:
        value = told.raw_value("editable_by")
        if value in (None, "everyone", "nobody", "creators"):
            made.editable_by = value or "everyone"
            return
        people = value if isinstance(value, list) else [value]
        made.editable_by = "users"
        made.editors = tuple(self.person(told, "editable_by", str(p)).id for p in people)

    # -- records ---------------------------------------------------------------------------

    def rows(self, told: Told, base: Base, table: Table) -> list[tuple[Told, Table, Record]]:
        rows = []
        for number, raw in enumerate(told.items("records")):
            with self.catching():
                row = Told(raw, told.path_of(f"records[{number}]"))
                by = row.text("by", "") or self.store.users[next(iter(base.levels))].email
                record = Record(
                    row.text("id", stable_id("rec", table.id, str(number))), table.next_number,
                    read_moment(row, "created", self.store.clock.now_ms()),
                    self.person(row, "by", by).id,
                )  # fmt: skip
                table.next_number += 1
                table.records[record.id] = record
                rows.append((row, table, record))
        with self.catching():
            told.finish()
        self.store.rebuild()
        for row, _, record in rows:  # names first, so that links can be told by them
            with self.catching():
                value = row.mapping("fields").get(table.primary.name)
                if isinstance(value, str):
                    record.cells[table.primary.id] = value
        return rows

    def cells(self, row: Told, base: Base, table: Table, record: Record) -> None:
        for name, value in row.mapping("fields").items():
            found = self.named(row, f"fields.{name}", table, str(name))
            if found.computed:
                record.cells[found.id] = value
                continue
            sent = str(value) if found.type in {"date", "dateTime"} else value
            try:
                cell = read_cell(Place(self.store, base, table, found, typecast=True), sent)
            except Refusal as no:
                raise row.problem(f"fields.{name}", str(no.answer.body)) from None
            if isinstance(cell, Wanted) or (
                isinstance(cell, list) and any(isinstance(c, Wanted) for c in cell)
            ):
                raise row.problem(f"fields.{name}", f"there is no '{value}'")
            if cell is None:
                continue
            record.cells[found.id] = cell
            if found.type == "multipleRecordLinks":
                other = base.tables[found.linked_table]
                for end in cell:
                    other.records[end].cells.setdefault(found.inverse, []).append(record.id)
        for number, raw in enumerate(row.items("comments")):
            one = Told(raw, row.path_of(f"comments[{number}]"))
            author = self.person(one, "author", one.text("author"))
            text = rewritten(self.store, base, one.text("text"))
            one.finish()
            at = record.created + 60_000 * (number + 1)
            made = Comment(stable_id("com", record.id, str(number)), author.id, text, at)
            record.comments = (*record.comments, made)
        row.finish()
