"""The Jira side of the sandbox as a playground, over HTTP."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

from conformance.served import Served, TwoClocks
from readygate.testing.conformance import (
    FIELD,
    PEOPLE,
    STAGES,
    UNNAMED,
    Kept,
    Requests,
    Sent,
    Trouble,
    pipeline,
)
from readygate_jira.connector import JiraTracker, connect
from readygate_sandbox import Sandbox, running_sandbox
from readygate_sandbox.jira_cloud.adf import to_text

TOKEN = "bot-token-123456"
BOT = "bot@example.com"
STATUSES = [*(stage.name for stage in STAGES), UNNAMED]
RIGHTS = ["browse", "create", "edit", "transition", "comment", "edit_own_comments", "assign",
          "assignable", "browse_users"]  # fmt: skip
_WRITES = re.compile(r"/issue(/bulk|/\w+|/\w+/(transitions|comment.*|properties/.*))?$")
EXHAUSTED = {"status": 429, "headers": {"Retry-After": "3600"}, "body": {}}


def seed() -> dict[str, Any]:
    """A site with names and nobody's deals."""
    people = [
        {"name": person.name, "email": person.email, "token": f"{person.key}-token", "admin": True}
        for person in PEOPLE
    ]
    statuses = [{"name": name, "category": "indeterminate"} for name in STATUSES]
    items = [("To Do", "new"), ("Done", "done"), ("Won't do", "done")]
    return {
        "users": [{"name": "Bot", "email": BOT, "token": TOKEN, "rights": RIGHTS}, *people],
        "fields": [{"name": FIELD, "type": "select", "options": ["Site", "Design"]}],
        "issue_types": [{"name": "Deal"}, {"name": "Sub-task", "subtask": True}],
        "statuses": [*statuses, *({"name": n, "category": c} for n, c in items)],
        "workflows": [
            {"name": "deals", "statuses": STATUSES, "moves": "all"},
            {"name": "items", "statuses": [name for name, _ in items], "moves": "global"},
        ],
        "projects": [
            {
                "key": "DEAL",
                "issue_types": ["Deal", "Sub-task"],
                "workflows": {"Deal": "deals", "Sub-task": "items"},
            }
        ],
    }


def _writes(method: str, path: str) -> bool:
    if method == "GET" or "bulkfetch" in path:
        return False
    return bool(_WRITES.search(path))


class JiraPlayground:
    """See `Playground`."""

    page = 100
    opens_at_once = 50
    secrets = (TOKEN,)
    pipeline = pipeline({"project": "DEAL", "issue_type": "Deal"}, waived_as=("Won't do",))

    def __init__(self, sandbox: Sandbox) -> None:
        self._url = sandbox.url
        self._control = sandbox.control
        self.clock = TwoClocks(sandbox.control.clock.advance)
        self._served = Served(sandbox.control.faults, sandbox.control.log, _writes)
        self._opened: list[JiraTracker] = []

    def connect(self, after_each: Callable[[], None] | None = None) -> JiraTracker:
        options = {"url": self._url, "email": BOT}
        observe = (lambda _told: after_each()) if after_each else None
        tracker = connect("main", options, {"token": TOKEN}, self.clock, observe)
        self._opened.append(tracker)
        return tracker

    def close(self) -> None:
        """Give all connections back."""
        for tracker in self._opened:
            tracker.close()

    def advance(self, seconds: float) -> None:
        self.clock.advance(timedelta(seconds=seconds))

    def create(self, title: str, stage: str, service: str = "") -> str:
        fields = {FIELD: service} if service else {}
        told: dict[str, Any] = {"project": "DEAL", "type": "Deal", "summary": title}
        if stage != STATUSES[0]:
            told["status"] = stage
        return self._act("create", **told, fields=fields)

    def move(self, deal: str, stage: str, by: str = "boris") -> None:
        self._act("transition", by, issue=deal, to=stage)

    def retitle(self, deal: str, title: str) -> None:
        self._act("edit", issue=deal, fields={"summary": title})

    def set_service(self, deal: str, service: str) -> None:
        self._act("edit", issue=deal, fields={FIELD: service or None})

    def tick(self, item: str, by: str = "boris") -> None:
        self._act("transition", by, issue=item, to="Done")

    def untick(self, item: str, by: str = "boris") -> None:
        self._act("transition", by, issue=item, to="To Do")

    def waive(self, item: str, by: str = "vera") -> None:
        self._act("transition", by, issue=item, to="Won't do")

    def rename(self, item: str, title: str) -> None:
        self._act("edit", issue=item, fields={"summary": title})

    def rewrite(self, item: str, text: str) -> None:
        self._act("edit", issue=item, fields={"description": text})

    def jot(self, deal: str, title: str) -> str:
        return self._act("create", parent=deal, summary=title)

    def duplicate(self, item: str) -> str:
        issue = self._control.issue(item)
        known = [{"key": key, "value": value} for key, value in issue.properties.items()]
        return self._act("create", parent=issue.parent, summary=issue.summary, properties=known)

    def clone(self, deal: str) -> str:
        return self._act("clone", issue=deal)

    def delete_item(self, item: str) -> None:
        self._act("delete", issue=item)

    def delete_deal(self, deal: str) -> None:
        self._act("delete", issue=deal)

    def comment(self, deal: str, text: str, by: str = "boris") -> None:
        self._act("comment", by, issue=deal, text=text)

    def delete_comment(self, deal: str, comment: str) -> None:
        with self._control.store.lock:
            issue = self._control.issue(deal)
            issue.comments = tuple(one for one in issue.comments if one.id != comment)

    def rename_stage(self, stage: str, name: str) -> None:
        store = self._control.store
        with store.lock:
            store.statuses[self._status(stage)].name = name
            store.schema_changed()

    def delete_stage(self, stage: str) -> None:
        store = self._control.store
        with store.lock:
            gone = self._status(stage)
            for workflow in store.workflows.values():
                workflow.statuses = [ref for ref in workflow.statuses if ref != gone]
                workflow.transitions = [one for one in workflow.transitions if one.to != gone]
            del store.statuses[gone]
            store.schema_changed()

    def trouble(
        self, kind: Trouble, on: Requests, *, after: int = 0, count: int | None = None
    ) -> None:
        self._served.trouble(
            kind,
            on,
            after=after,
            count=count,
            unavailable=EXHAUSTED,
            deny=lambda: self._control.set_user(BOT, expired=True),
        )

    def calm(self) -> None:
        self._served.calm()
        self._control.lag(0)
        self._control.remember()
        self._control.set_user(BOT, token=TOKEN)

    def lag(self) -> None:
        self._control.lag(365 * 86_400)

    def forget(self, refs: Sequence[str]) -> None:
        self._control.forget(refs)

    def stage_of(self, deal: str) -> str:
        return self._control.store.statuses[self._control.issue(deal).status].name

    def items(self, deal: str) -> tuple[Kept, ...]:
        return tuple(self._kept(ref) for ref in self._control.issue(deal).subtasks)

    def comments(self, deal: str) -> tuple[str, ...]:
        return tuple(to_text(one.body) for one in self._control.issue(deal).comments)

    def sent(self) -> Sent:
        return self._served.sent()

    def _kept(self, ref: int) -> Kept:
        issue = self._control.issue(ref)
        return Kept(
            str(ref),
            issue.summary,
            to_text(issue.description),
            self._control.store.statuses[issue.status].category == "done",
            self._control.user(issue.assignee).email.partition("@")[0] if issue.assignee else "",
            date.fromisoformat(issue.due) if issue.due else None,
        )

    def _status(self, name: str) -> str:
        return next(ref for ref, one in self._control.store.statuses.items() if one.name == name)

    def _act(self, do: str, by: str = "boris", **told: Any) -> str:
        return str(self._control.act(f"{by}@example.com", do, **told)["id"])


@contextmanager
def jira_playground() -> Iterator[JiraPlayground]:
    """A fresh site on loopback."""
    with running_sandbox(seed()) as sandbox:
        play = JiraPlayground(sandbox)
        try:
            yield play
        finally:
            play.close()
