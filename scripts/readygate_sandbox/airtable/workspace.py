"""One Airtable workspace being served: its store, its open lists, and one call upon it."""

from dataclasses import dataclass, field
from typing import Any

from readygate_sandbox.airtable.errors import invalid_request, no_such_model, refusal
from readygate_sandbox.airtable.listing import Listings
from readygate_sandbox.airtable.model import Base, Level, Record, Scope, Table, Token, User
from readygate_sandbox.airtable.records import Writer, need_level
from readygate_sandbox.airtable.store import Store
from readygate_sandbox.web import Answer, Json, Refusal, Request


@dataclass
class Workspace:
    """What is served; `address` is where it listens."""

    store: Store
    address: str = "http://127.0.0.1"
    listings: Listings = field(init=False)

    def __post_init__(self) -> None:
        self.listings = Listings(self.store)


@dataclass
class Call:
    """One call: who asks, and what. Handlers hold the store's lock."""

    workspace: Workspace
    request: Request
    user: User
    token: Token

    @property
    def store(self) -> Store:
        """The workspace's store."""
        return self.workspace.store

    # -- rights ----------------------------------------------------------------------------

    def need_scope(self, scope: Scope) -> None:
        """Refuse tokens without a scope; the answer does not tell it from a wrong id."""
        if scope not in self.token.scopes:
            raise no_such_model()

    def level(self, base: Base) -> Level:
        """What the caller may do in a base, within the token's access."""
        if self.token.bases is not None and base.id not in self.token.bases:
            return "none"
        return base.level_of(self.user)

    def base(self, ref: str, *, need: Level = "read") -> Base:
        """A base by id that the caller may use so. Raises 403."""
        base = self.store.bases.get(ref)
        if base is None:
            raise no_such_model()
        need_level(self.level(base), need)
        return base

    def table(self, base: Base, ref: str) -> Table:
        """A table by id or name. Raises 403."""
        table = base.table(ref)
        if table is None:
            raise no_such_model()
        return table

    def record(self, table: Table, ref: str) -> Record:
        """One record; what a missing one is answered with is a quirk. Raises 404 or 403."""
        record = table.records.get(ref)
        if record is not None:
            return record
        match self.store.quirks.missing_record:
            case "text":
                raise Refusal(Answer(404, {"error": "NOT_FOUND"}))
            case "object":
                raise refusal(404, "NOT_FOUND")
            case "forbidden":
                raise no_such_model()
            case _:
                raise refusal(404, "MODEL_ID_NOT_FOUND", "Record not found")

    def writer(self, base: Base, table: Table) -> Writer:
        """The caller as somebody who writes into a table."""
        return Writer(self.store, base, table, self.user, self.level(base))

    # -- what was sent ---------------------------------------------------------------------

    def body(self) -> dict[str, Any]:
        """The JSON object of the body. Raises 400 and 422."""
        try:
            value: Json = self.request.json()
        except ValueError:
            raise refusal(400, "INVALID_REQUEST_BODY", "Could not parse request body") from None
        if not isinstance(value, dict):
            raise invalid_request()
        return value
