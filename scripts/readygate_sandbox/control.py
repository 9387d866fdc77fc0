"""The handle of a running sandbox: what tests, the control API and the board do to it.

People act through `act`, under the same rules as through REST; the rest is stagehand's work.
"""

import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from readygate_sandbox.clock import Clock
from readygate_sandbox.faults import Faults
from readygate_sandbox.jira_cloud import acting, state
from readygate_sandbox.jira_cloud.model import Issue, User
from readygate_sandbox.jira_cloud.seed_reading import read_rights
from readygate_sandbox.jira_cloud.site import Site
from readygate_sandbox.jira_cloud.store import Store
from readygate_sandbox.limits import Limits
from readygate_sandbox.requestlog import RequestLog


@dataclass
class Control:
    """Store, clock, faults, limits and log of one sandbox."""

    site: Site
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
        """Everything the site holds; take `store.lock` to read more than one thing."""
        return self.site.store

    @property
    def clock(self) -> Clock:
        """The tracker's clock."""
        return self.site.store.clock

    # -- finding ---------------------------------------------------------------------------

    def issue(self, ref: str | int) -> Issue:
        """An issue by id or key. Raises ValueError."""
        found = self.store.issue(ref)
        if found is None:
            raise ValueError(f"there is no issue {ref}")
        return found

    def user(self, ref: str) -> User:
        """A user by account id, e-mail or name. Raises ValueError."""
        found = self.store.find_user(ref)
        if found is None:
            raise ValueError(f"there is no user {ref}")
        return found

    # -- people ----------------------------------------------------------------------------

    def act(self, as_: str, do: str, **told: Any) -> dict[str, Any]:
        """A person does something as if in the browser. Raises web.Refusal with Jira's answer, or
        ValueError for what cannot be read. Returns `{"id", "key"}` of the issue concerned."""
        with self.store.lock:
            return acting.act(self.store, self.user(as_), do, told)

    def set_user(self, ref: str, **told: Any) -> User:
        """Change `token`, `active`, `rights` or `project_rights` of a user; `expired: true` makes
        the token worthless. Raises ValueError."""
        with self.store.lock:
            user = self.user(ref)
            for name, value in told.items():
                match name:
                    case "token":
                        user.token = str(value)
                    case "active":
                        user.active = bool(value)
                    case "expired":
                        user.token = f"expired-{random.getrandbits(64):x}" if value else user.token
                    case "rights":
                        user.rights = read_rights(value, "rights")
                    case "project_rights":
                        user.project_rights = {
                            k: read_rights(v, f"project_rights.{k}") for k, v in value.items()
                        }
                    case _:
                        raise ValueError(f"users have no {name}")
            self.store.schema_changed()
            return user

    def hide(self, ref: str | int, *users: str) -> None:
        """Hide one issue from these users only, as issue security would."""
        with self.store.lock:
            issue = self.issue(ref)
            self.store.note(issue)
            issue.hidden_from = tuple(self.user(u).account_id for u in users)
            self.store.schema_changed()

    # -- the index -------------------------------------------------------------------------

    def lag(self, seconds: float, issues: dict[str, float] | None = None) -> None:
        """Let searches lag; `issues` gives single issues a lag of their own."""
        with self.store.lock:
            own = {self.issue(ref).id: int(s * 1000) for ref, s in (issues or {}).items()}
            self.site.index.set_lag(int(seconds * 1000), own)

    def forget(self, refs: Iterable[str | int], seconds: float | None = None) -> None:
        """Let searches not see these issues, for a time or until `remember`."""
        with self.store.lock:
            until = None if seconds is None else self.clock.now_ms() + int(seconds * 1000)
            for ref in refs:
                self.site.index.forgotten[self.issue(ref).id] = until

    def remember(self) -> None:
        """Let searches see everything again."""
        with self.store.lock:
            self.site.index.forgotten.clear()

    # -- everything ------------------------------------------------------------------------

    def dump(self) -> dict[str, Any]:
        """Everything the site holds, as JSON values."""
        with self.store.lock:
            return state.dump(self.store)

    def reset(self) -> None:
        """Back to the seed: no faults, no lag, no limits, the machine's clock, an empty log."""
        with self.store.lock:
            self.faults.clear()
            self.limits.reset()
            self.clock.reset()
            self.site.index.reset()
            self.reseed(self.store)
            self.log.clear()
