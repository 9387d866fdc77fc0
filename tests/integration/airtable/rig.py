"""A small base on loopback with people, deals and checklists, and a handle to all of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from readygate.action import Open, Outcome, Return, TrackerAction
from readygate.contract import Person
from readygate.deal import ChecklistItem, Deal, Look, Mark
from readygate.pipeline import Pipeline, Stage
from readygate.ports import Binding
from readygate.testing import FakeClock
from readygate_airtable.connector import AirtableTracker, connect
from readygate_sandbox import Sandbox
from readygate_sandbox.airtable.control import AirtableControl

TOKEN = "patBOT.0123456789abcdef"
BASE = "appREADYGATE00001"
BOT, ANNA, BORIS = "bot@example.com", "anna@example.com", "boris@example.com"
PEOPLE = (Person("anna", "Анна Котова", ANNA), Person("boris", "Борис Лыков", BORIS))
STAGES = (
    Stage("New lead", "marketing"),
    Stage("Negotiation", "sales"),
    Stage("In production", "delivery"),
    Stage("Lost", exit=True),
)
NAMES = [stage.name for stage in STAGES]
PLACE = {
    "table": "Deals",
    "stage_field": "Stage",
    "checklist.table": "Checklist",
    "checklist.deal": "Deal",
    "checklist.key": "Key",
    "checklist.title": "Item",
    "checklist.done": "Done",
    "checklist.owner": "Owner",
    "checklist.due": "Due",
    "checklist.waived": "Waived because",
    "checklist.retired": "Retired",
}
LOCKED = {**PLACE, "requested_field": "Requested stage", "missing_field": "What is missing"}


def seed(**changes: Any) -> dict[str, Any]:
    """The base of these tests; keywords replace sections of the base."""
    base: dict[str, Any] = {
        "id": BASE,
        "name": "Sales",
        "collaborators": {BOT: "create", ANNA: "edit", BORIS: "edit"},
        "tables": [
            {
                "name": "Deals",
                "fields": [
                    {"name": "Name", "type": "singleLineText"},
                    {"name": "Stage", "type": "singleSelect", "choices": NAMES},
                    {"name": "Service", "type": "singleSelect", "choices": ["Site", "Design"]},
                    {"name": "VIP", "type": "checkbox"},
                    {"name": "Requested stage", "type": "singleSelect", "choices": NAMES},
                    {"name": "What is missing", "type": "multilineText"},
                    {"name": "Open items", "type": "rollup"},
                ],
                "records": [
                    {"fields": {"Name": f"Deal {n}", "Stage": "New lead", "Service": "Site"}}
                    for n in (1, 2, 3)
                ],
            }
        ],
        "checklist": "Deals",
    }
    users = [
        {"name": "Readygate", "email": BOT, "token": TOKEN},
        {"name": "Анна Котова", "email": ANNA},
        {"name": "Борис Лыков", "email": BORIS},
    ]
    return {"airtable": {"users": users, "bases": [base | changes]}}


def pipeline(**changes: Any) -> Pipeline:
    """The pipeline of these tests."""
    options: dict[str, Any] = {"key": "deals", "tracker": "base", "stages": STAGES, "place": PLACE}
    return Pipeline(**(options | changes))


class SharedClock(FakeClock):
    """Our clock; when we wait, time passes in the base as well."""

    pass_on: Callable[[float], Any] | None = None

    def sleep(self, seconds: float) -> None:
        """Advance both clocks without waiting."""
        super().sleep(seconds)
        if self.pass_on:
            self.pass_on(seconds)


@dataclass
class Rig:
    """One base, one connector, one pipeline; deals are named by their names."""

    sandbox: Sandbox
    clock: SharedClock
    tracker: AirtableTracker
    pipeline: Pipeline
    seen: list[Any] = field(default_factory=list)
    binding: Binding | None = None

    @property
    def control(self) -> AirtableControl:
        return self.sandbox.airtable

    def resolve(self, **options: Any) -> Binding:
        """Identify, resolve and use."""
        self.tracker.identify()
        fields = options.get("fields", {"deals": ["Service"]})
        binding = self.tracker.resolve(
            options.get("pipelines", (self.pipeline,)),
            options.get("people", PEOPLE),
            fields,
            options.get("previous"),
        )
        self.tracker.use(binding)
        self.binding = binding
        self.pipeline = self.pipeline.bind(binding.stages["deals"])
        self.control.log.clear()
        return binding

    def again(self) -> AirtableTracker:
        """A new connector with the same binding, as the next run has it."""
        options = {"base": BASE, "url": self.sandbox.airtable_url}
        tracker = connect("base", options, {"token": TOKEN}, self.clock, self.seen.append)
        tracker.identify()
        assert self.binding
        tracker.use(self.binding)
        self.control.log.clear()
        return tracker

    def records(self, table: str) -> dict[str, dict[str, Any]]:
        """Ref -> fields by name, of a table."""
        found = self.control.table(table).records
        return {ref: self.control.cells(ref) for ref in found}

    def ref(self, name: str) -> str:
        (ref,) = [r for r, c in self.records("Deals").items() if c.get("Name") == name]
        return ref

    def cells(self, name: str) -> dict[str, Any]:
        return self.control.cells(self.ref(name))

    def stage(self, name: str) -> str:
        assert self.binding
        return self.binding.stages["deals"][name]

    def move(self, name: str, stage: str) -> None:
        self.edit(self.ref(name), Stage=stage)

    def edit(self, record: str, **fields: Any) -> None:
        told = {key.replace("_", " "): value for key, value in fields.items()}
        self.control.act(ANNA, "edit", record=record, fields=told)

    def row(self, name: str, item: str) -> str:
        """The only row of a deal with this item key."""
        key = f"{self.ref(name)}/{item}"
        (ref,) = [r for r, c in self.records("Checklist").items() if c.get("Key") == key]
        return ref

    def deals(self, since: Any = None) -> list[Deal]:
        return [deal for page in self.tracker.read(self.pipeline, since) for deal in page.deals]

    def items(self, since: Any = None) -> list[ChecklistItem]:
        return [item for page in self.tracker.read(self.pipeline, since) for item in page.items]

    def look(self, *names: str) -> Look:
        return self.tracker.look(self.pipeline, [self.ref(name) for name in names])

    def marks(self, name: str) -> dict[str, Mark]:
        return {item.key.partition("/")[2]: item.mark for item in self.look(name).items}

    def apply(self, *actions: TrackerAction) -> list[Outcome]:
        return list(self.tracker.apply(self.pipeline, actions))

    def opening(self, name: str, item: str, **more: Any) -> Open:
        title = more.pop("title", f"Item {item}")
        return Open(self.ref(name), name, item, title, more.pop("text", ""), "because", **more)

    def open(self, name: str, *items: str, **more: Any) -> list[Outcome]:
        """Open items on a deal."""
        return self.apply(*(self.opening(name, item, **more) for item in items))

    def returning(self, name: str, before: str, stage: str, **more: Any) -> Return:
        ref = self.ref(name)
        return Return(ref, name, self.stage(before), self.stage(stage), "a1", "why", **more)

    def pretend(self, status: int, body: Any, **more: Any) -> None:
        """Let the base answer this from now on."""
        self.control.faults.add("refuse", status=status, body=body, **more)

    def counts(self) -> dict[str, int]:
        """Requests since the last question."""
        counts = self.control.log.counts()
        self.control.log.clear()
        return counts
