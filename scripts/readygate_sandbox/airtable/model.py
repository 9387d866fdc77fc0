"""What an Airtable workspace holds: users with tokens, bases, tables, fields, records, comments."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, get_args

Level = Literal["none", "read", "comment", "edit", "create"]
"""What a user may do in a base; each level includes the ones before it."""

LEVELS: tuple[Level, ...] = get_args(Level)
Scope = str
SCOPES: tuple[Scope, ...] = (
    "data.records:read",
    "data.records:write",
    "data.recordComments:read",
    "data.recordComments:write",
    "schema.bases:read",
    "schema.bases:write",
    "user.email:read",
)
Cell = Any
"""A stored value: text, number, True, a list of ids or names, or a dict for rare types. Links are
lists of record ids, people are user ids, selects are choice ids, moments are as they were sent."""

CREATABLE = (
    "singleLineText", "multilineText", "richText", "email", "url", "phoneNumber", "number",
    "percent", "currency", "duration", "rating", "barcode", "date", "dateTime", "checkbox",
    "singleSelect", "multipleSelects", "singleCollaborator", "multipleCollaborators",
    "multipleAttachments", "multipleRecordLinks",
)  # fmt: skip
COMPUTED = (
    "autoNumber", "createdTime", "createdBy", "lastModifiedTime", "lastModifiedBy", "button",
    "count", "multipleLookupValues", "rollup", "aiText", "formula", "externalSyncSource",
)  # fmt: skip
TEXTS = frozenset({"singleLineText", "multilineText", "richText", "email", "url", "phoneNumber"})
NUMBERS = frozenset({"number", "percent", "currency", "duration", "rating"})
SELECTS = frozenset({"singleSelect", "multipleSelects"})


@dataclass(slots=True)
class Token:
    """A personal access token. `bases` None is every base; an expired one is nobody's."""

    value: str
    scopes: frozenset[Scope] = frozenset(SCOPES)
    bases: frozenset[str] | None = None
    expired: bool = False


@dataclass(slots=True)
class User:
    """A person or a service account."""

    id: str
    name: str
    email: str
    tokens: list[Token] = field(default_factory=list)
    active: bool = True

    def shape(self) -> dict[str, str]:
        """As collaborator cells and comments show people."""
        return {"id": self.id, "email": self.email, "name": self.name}


@dataclass(slots=True)
class Choice:
    """One option of a select field."""

    id: str
    name: str
    color: str = "blueLight2"


EditableBy = Literal["everyone", "nobody", "creators", "users"]


@dataclass(slots=True)
class Field:
    """One field. `editable_by` is its editing permission, `editors` the users of `users`."""

    id: str
    name: str
    type: str
    options: dict[str, Any] = field(default_factory=dict)
    choices: list[Choice] = field(default_factory=list)
    description: str | None = None
    editable_by: EditableBy = "everyone"
    editors: tuple[str, ...] = ()

    @property
    def computed(self) -> bool:
        """Whether nobody can write it."""
        return self.type in COMPUTED

    @property
    def linked_table(self) -> str:
        """Where a link field points."""
        return str(self.options.get("linkedTableId", ""))

    @property
    def inverse(self) -> str:
        """The field at the other end of a link."""
        return str(self.options.get("inverseLinkFieldId", ""))

    def choice(self, ref: str) -> Choice | None:
        """A choice by id or exact name."""
        return next((c for c in self.choices if ref in {c.id, c.name}), None)


@dataclass(slots=True)
class View:
    """One grid view: its filter is a formula, `hidden` are field ids."""

    id: str
    name: str
    type: str = "grid"
    filter: str | None = None
    hidden: tuple[str, ...] = ()


@dataclass(slots=True)
class Comment:
    """A comment; times are ms. `mentioned` maps ids to what was rewritten."""

    id: str
    author: str
    text: str
    created: int
    updated: int | None = None
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """A change of a single select, for the board."""

    at: int
    by: str
    field: str
    old: str | None
    new: str | None


@dataclass(slots=True)
class Record:
    """One record. `modified` tells per field when a person or token last changed it (ms); fields
    that were only ever set at creation are not in it."""

    id: str
    number: int
    created: int
    creator: str
    cells: dict[str, Cell] = field(default_factory=dict)
    modified: dict[str, int] = field(default_factory=dict)
    modifier: str | None = None
    comments: tuple[Comment, ...] = ()
    moves: tuple[Move, ...] = ()


@dataclass(slots=True)
class Base:
    """A base: `levels` says what each user may do."""

    id: str
    name: str
    created: int
    levels: dict[str, Level] = field(default_factory=dict)
    workspace: str = "wspSandbox0000000"
    tables: dict[str, "Table"] = field(default_factory=dict)

    def level_of(self, user: User) -> Level:
        """What a user may do in it."""
        return self.levels.get(user.id, "none")

    def table(self, ref: str) -> "Table | None":
        """A table by id or exact name."""
        found = self.tables.get(ref)
        return found or next((t for t in self.tables.values() if t.name == ref), None)


@dataclass(slots=True)
class Table:
    """A table: the first field is the primary one."""

    id: str
    name: str
    description: str | None = None
    fields: dict[str, Field] = field(default_factory=dict)
    views: list[View] = field(default_factory=list)
    records: dict[str, Record] = field(default_factory=dict)
    next_number: int = 1

    @property
    def primary(self) -> Field:
        """The field that names a record."""
        return next(iter(self.fields.values()))

    def field(self, ref: str) -> Field | None:
        """A field by id or exact name."""
        found = self.fields.get(ref)
        return found or next((f for f in self.fields.values() if f.name == ref), None)


def reaches(level: Level, need: Level) -> bool:
    """Whether a level includes what is needed."""
    return LEVELS.index(level) >= LEVELS.index(need)


def iso(at_ms: int) -> str:
    """`2026-08-24T11:11:52.944Z`, as every time of this API is told."""
    at = datetime.fromtimestamp(at_ms // 1000, tz=UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at_ms % 1000:03d}Z"


def parse_moment(text: str) -> int | None:
    """Milliseconds of an ISO date or time; times without a zone are UTC. None if it is none."""
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=UTC)
    return int(at.timestamp() * 1000 + 0.5)
