"""The handle of the Airtable side: what tests, the control API and the board do to it."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from readygate_sandbox.airtable import acting, crowd, state
from readygate_sandbox.airtable.limits import Limits
from readygate_sandbox.airtable.model import LEVELS, SCOPES, Base, Record, Table, Token, User
from readygate_sandbox.airtable.seed import QUIRKS
from readygate_sandbox.airtable.store import Store
from readygate_sandbox.airtable.workspace import Workspace
from readygate_sandbox.clock import Clock
from readygate_sandbox.faults import Faults
from readygate_sandbox.requestlog import RequestLog
from readygate_sandbox.web import BadRequest


@dataclass
class AirtableControl:
    """Store, clock, faults, limits and log of the Airtable side."""

    workspace: Workspace
    reseed: Callable[[Store], None]
    save: Callable[[], Path | None] = lambda: None
    """Writes the state file, where there is one, and tells which."""
    log: RequestLog = field(default_factory=RequestLog)
    faults: Faults = field(default_factory=Faults)
    limits: Limits = field(init=False)

    def __post_init__(self) -> None:
        self.limits = Limits(self.clock)

    @property
    def store(self) -> Store:
        """Everything the workspace holds; take `store.lock` to read more than one thing."""
        return self.workspace.store

    @property
    def clock(self) -> Clock:
        """The tracker's clock."""
        return self.workspace.store.clock

    # -- finding ---------------------------------------------------------------------------

    def user(self, ref: str) -> User:
        """A user by id, e-mail or name. Raises ValueError."""
        found = self.store.find_user(ref)
        if found is None:
            raise ValueError(f"there is no user {ref}")
        return found

    def base(self, ref: str = "") -> Base:
        """A base by id or name; the first one without. Raises ValueError."""
        found = self.store.find_base(ref)
        if found is None:
            raise ValueError(f"there is no base {ref}")
        return found

    def table(self, ref: str, base: str = "") -> Table:
        """A table by id or name, of the first base unless said otherwise. Raises ValueError."""
        found = self.base(base).table(ref)
        if found is None:
            raise ValueError(f"there is no table {ref}")
        return found

    def record(self, ref: str) -> Record:
        """A record by id, wherever it is. Raises ValueError."""
        found = acting.find_record(self.store, ref)
        if found is None:
            raise ValueError(f"there is no record {ref}")
        return found.record

    def cells(self, ref: str) -> dict[str, Any]:
        """A record's fields by name, as the API shows them. Raises ValueError."""
        return acting.cells(self.store, ref)

    # -- people ----------------------------------------------------------------------------

    def act(self, as_: str, do: str, **told: Any) -> dict[str, Any]:
        """A person does something as if in the browser. Raises web.Refusal with Airtable's answer,
        or ValueError for what cannot be read. Returns `{"id"}` of the record concerned."""
        with self.store.lock:
            return acting.act(self.store, self.user(as_), do, told)

    def set_user(self, ref: str, **told: Any) -> User:
        """Change `active`, `token`, `expired`, `scopes` or `bases` (of the first token), or
        `level` (in every base, or in `base`). Raises ValueError."""
        with self.store.lock:
            user = self.user(ref)
            base = told.pop("base", None)
            for name, value in told.items():
                self._set(user, name, value, base)
            self.store.schema_changed()
            return user

    def _set(self, user: User, name: str, value: Any, base: str | None) -> None:
        if not user.tokens:
            user.tokens.append(Token(f"pat{random.getrandbits(64):x}"))
        token = user.tokens[0]
        match name:
            case "active":
                user.active = bool(value)
            case "token":
                token.value = str(value)
            case "expired":
                token.expired = bool(value)
            case "scopes":
                if unknown := sorted(set(value) - set(SCOPES)):
                    raise BadRequest(f"scopes: there is no {', '.join(unknown)}")
                token.scopes = frozenset(value)
            case "bases":
                token.bases = None if value is None else frozenset(value)
            case "level":
                if value not in LEVELS:
                    raise BadRequest(f"level: expected one of {', '.join(LEVELS)}")
                for one in [self.base(base)] if base else self.store.bases.values():
                    one.levels[user.id] = value
            case _:
                raise BadRequest(f"users have no {name}")

    def permit(self, table: str, field_: str, by: Any, base: str = "") -> None:
        """Set a field's editing permission: `everyone`, `nobody`, `creators`, or a list of users.
        Raises ValueError."""
        with self.store.lock:
            found = self.table(table, base).field(field_)
            if found is None:
                raise BadRequest(f"there is no field {field_}")
            if isinstance(by, list | tuple):
                found.editable_by, found.editors = "users", tuple(self.user(u).id for u in by)
            elif by in ("everyone", "nobody", "creators"):
                found.editable_by, found.editors = by, ()
            else:
                raise BadRequest("by: expected everyone, nobody, creators or a list of users")
            self.store.schema_changed()

    def set_quirks(self, **told: str) -> None:
        """Change how undocumented questions are answered. Raises BadRequest."""
        for name, value in told.items():
            if value not in QUIRKS.get(name, ()):
                allowed = ", ".join(QUIRKS.get(name, ("nothing",)))
                raise BadRequest(f"{name}: expected one of {allowed}")
        for name, value in told.items():
            setattr(self.store.quirks, name, value)

    def expire_offsets(self) -> int:
        """Let every list that is being paged through be gone; returns how many there were."""
        with self.store.lock:
            return self.workspace.listings.expire()

    # -- everything ------------------------------------------------------------------------

    def populate(self, **told: Any) -> list[str]:
        """Many records at once; the keywords are those of `crowd.Crowd`. Raises ValueError."""
        with self.store.lock:
            return crowd.populate(self.store, crowd.Crowd(**told))

    def dump(self) -> dict[str, Any]:
        """Everything the workspace holds."""
        with self.store.lock:
            return state.dump(self.store)

    def reset(self) -> None:
        """Back to the seed: no faults, no limits, the machine's clock, an empty log."""
        with self.store.lock:
            self.faults.clear()
            self.limits.reset()
            self.clock.reset()
            self.workspace.listings.expire()
            self.reseed(self.store)
            self.log.clear()
