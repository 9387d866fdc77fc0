"""The Airtable side of the sandbox as a playground, over HTTP."""

from __future__ import annotations

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
from readygate_airtable.connector import AirtableTracker, connect
from readygate_sandbox import Sandbox, running_sandbox

TOKEN = "patBOT.0123456789abcdef"
BOT = "bot@example.com"
BASE = "appREADYGATE00001"
COLUMNS = {
    "deal": "Deal",
    "key": "Key",
    "title": "Item",
    "done": "Done",
    "owner": "Owner",
    "due": "Due",
    "waived": "Waived because",
    "retired": "Retired",
    "notes": "Notes",
}
PLACE = {
    "table": "Deals",
    "stage_field": "Stage",
    "checklist.table": "Checklist",
    **{f"checklist.{role}": name for role, name in COLUMNS.items()},
}
EXHAUSTED = {
    "status": 429,
    "body": {"errors": [{"error": "PUBLIC_API_BILLING_LIMIT_EXCEEDED", "message": "Used up."}]},
}


def seed() -> dict[str, Any]:
    """A base with names and nobody's deals."""
    users = [{"name": "Readygate", "email": BOT, "token": TOKEN}]
    users += [{"name": person.name, "email": person.email} for person in PEOPLE]
    stages = [*(stage.name for stage in STAGES), UNNAMED]
    deals = {
        "name": "Deals",
        "fields": [
            {"name": "Name", "type": "singleLineText"},
            {"name": "Stage", "type": "singleSelect", "choices": stages},
            {"name": FIELD, "type": "singleSelect", "choices": ["Site", "Design"]},
        ],
    }
    checklist = {
        "name": "Checklist",
        "fields": [
            {"name": "Item", "type": "singleLineText"},
            {"name": "Key", "type": "singleLineText"},
            {"name": "Deal", "type": "multipleRecordLinks", "link": "Deals"},
            {"name": "Owner", "type": "singleCollaborator"},
            {"name": "Due", "type": "date"},
            {"name": "Done", "type": "checkbox"},
            {"name": "Waived because", "type": "multilineText"},
            {"name": "Retired", "type": "checkbox"},
            {"name": "Notes", "type": "multilineText"},
        ],
    }
    base = {
        "id": BASE,
        "name": "Sales",
        "collaborators": {BOT: "create", **{person.email: "create" for person in PEOPLE}},
        "tables": [deals, checklist],
    }
    return {"airtable": {"users": users, "bases": [base]}}


def _writes(method: str, path: str) -> bool:
    return method != "GET" and not path.endswith("/listRecords")


class AirtablePlayground:
    """See `Playground`. Lists are never behind here, so there is nothing to lag or to forget."""

    page = 100
    opens_at_once = 10
    secrets = (TOKEN,)
    pipeline = pipeline(PLACE)

    def __init__(self, sandbox: Sandbox) -> None:
        self._url = sandbox.airtable_url
        self._control = sandbox.airtable
        self.clock = TwoClocks(sandbox.airtable.clock.advance)
        self._served = Served(sandbox.airtable.faults, sandbox.airtable.log, _writes)
        self._opened: list[AirtableTracker] = []

    def connect(self, after_each: Callable[[], None] | None = None) -> AirtableTracker:
        options = {"base": BASE, "url": self._url}
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
        fields = {"Name": title, "Stage": stage, **({FIELD: service} if service else {})}
        return self._act("create", table="Deals", fields=fields)

    def move(self, deal: str, stage: str, by: str = "boris") -> None:
        self._edit(deal, by, Stage=stage)

    def retitle(self, deal: str, title: str) -> None:
        self._edit(deal, Name=title)

    def set_service(self, deal: str, service: str) -> None:
        self._edit(deal, Service=service or None)

    def tick(self, item: str, by: str = "boris") -> None:
        self._edit(item, by, Done=True)

    def untick(self, item: str, by: str = "boris") -> None:
        self._edit(item, by, Done=False)

    def waive(self, item: str, by: str = "vera") -> None:
        self._edit(item, by, **{COLUMNS["waived"]: "This client has none."})

    def rename(self, item: str, title: str) -> None:
        self._edit(item, Item=title)

    def rewrite(self, item: str, text: str) -> None:
        self._edit(item, Notes=text)

    def jot(self, deal: str, title: str) -> str:
        fields = {"Item": title, "Deal": [deal]}
        return self._act("create", table="Checklist", fields=fields)

    def duplicate(self, item: str) -> str:
        return self._act("duplicate", record=item)

    def clone(self, deal: str) -> str:
        """As with the template that people copy: the rows are copied and linked to the new deal."""
        cells = self._control.cells(deal)
        kept = {name: cells[name] for name in ("Name", "Stage", FIELD) if name in cells}
        twin = self._act("create", table="Deals", fields=kept)
        for row in self._rows(deal):
            self._edit(self._act("duplicate", record=row), Deal=[twin])
        return twin

    def delete_item(self, item: str) -> None:
        self._act("delete", record=item)

    def delete_deal(self, deal: str) -> None:
        self._act("delete", record=deal)

    def comment(self, deal: str, text: str, by: str = "boris") -> None:
        self._act("comment", by, record=deal, text=text)

    def delete_comment(self, deal: str, comment: str) -> None:
        with self._control.store.lock:
            record = self._control.record(deal)
            record.comments = tuple(one for one in record.comments if one.id != comment)

    def rename_stage(self, stage: str, name: str) -> None:
        told = {"table": "Deals", "field": "Stage", "choice": stage, "to": name}
        self._control.act(PEOPLE[0].email, "rename_choice", **told)

    def delete_stage(self, stage: str) -> None:
        with self._control.store.lock:
            found = self._control.table("Deals").field("Stage")
            assert found
            found.choices[:] = [choice for choice in found.choices if choice.name != stage]
            self._control.store.schema_changed()

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
        self._control.set_user(BOT, expired=False)

    def lag(self) -> None:
        """Lists are never behind."""

    def forget(self, refs: Sequence[str]) -> None:
        """Lists forget nothing."""

    def stage_of(self, deal: str) -> str:
        return str(self._control.cells(deal).get("Stage", ""))

    def items(self, deal: str) -> tuple[Kept, ...]:
        return tuple(self._kept(row) for row in self._rows(deal))

    def comments(self, deal: str) -> tuple[str, ...]:
        return tuple(comment.text for comment in self._control.record(deal).comments)

    def sent(self) -> Sent:
        return self._served.sent()

    def _rows(self, deal: str) -> list[str]:
        rows = list(self._control.table("Checklist").records)
        return [row for row in rows if deal in self._control.cells(row).get("Deal", ())]

    def _kept(self, row: str) -> Kept:
        cells = self._control.cells(row)
        return Kept(
            row,
            cells.get("Item", ""),
            cells.get("Notes", ""),
            any(cells.get(name) for name in ("Done", "Retired", "Waived because")),
            cells["Owner"]["email"].partition("@")[0] if "Owner" in cells else "",
            date.fromisoformat(cells["Due"]) if "Due" in cells else None,
        )

    def _edit(self, record: str, by: str = "boris", **cells: Any) -> None:
        self._act("edit", by, record=record, fields=cells)

    def _act(self, do: str, by: str = "boris", **told: Any) -> str:
        return str(self._control.act(f"{by}@example.com", do, **told)["id"])


@contextmanager
def airtable_playground() -> Iterator[AirtablePlayground]:
    """A fresh base on loopback."""
    with running_sandbox(seed()) as sandbox:
        play = AirtablePlayground(sandbox)
        try:
            yield play
        finally:
            play.close()
