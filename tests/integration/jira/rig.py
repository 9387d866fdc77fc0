"""A small Jira site on loopback with people, deals and workflows, and a handle to all of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from readygate.action import Open, Outcome, Return, TrackerAction
from readygate.contract import Person
from readygate.deal import Deal, Look
from readygate.pipeline import Pipeline, Stage
from readygate.ports import Binding
from readygate.testing import FakeClock
from readygate_jira.connector import JiraTracker, connect
from readygate_sandbox import Control

TOKEN = "bot-token-123456"
PEOPLE = (
    Person("anna", "Анна Котова", "anna@example.com"),
    Person("boris", "Борис Лыков", "boris@example.com"),
)
STAGES = (
    Stage("New lead", "marketing"),
    Stage("Negotiation", "sales"),
    Stage("In production", "delivery"),
    Stage("Lost", exit=True),
)
MEMBER = ["browse", "create", "edit", "transition", "comment", "edit_own_comments", "assign",
          "assignable", "browse_users"]  # fmt: skip


def seed(**changes: Any) -> dict[str, Any]:
    """The site of these tests; keywords replace whole sections."""
    document: dict[str, Any] = {
        "users": [
            {"name": "Bot", "email": "bot@example.com", "token": TOKEN, "rights": MEMBER},
            {"name": "Анна Котова", "email": "anna@example.com", "token": "anna-token"},
            {"name": "Борис Лыков", "email": "boris@example.com", "token": "boris-token"},
        ],
        "fields": [{"name": "Услуга", "type": "select", "options": ["Сайт", "Дизайн"]}],
        "issue_types": [{"name": "Deal"}, {"name": "Sub-task", "subtask": True}],
        "statuses": [
            {"name": "New lead", "category": "new"},
            {"name": "Negotiation", "category": "indeterminate"},
            {"name": "In production", "category": "indeterminate"},
            {"name": "Lost", "category": "done"},
            {"name": "To Do", "category": "new"},
            {"name": "Done", "category": "done"},
            {"name": "Won't do", "category": "done"},
        ],
        "workflows": [
            {
                "name": "deals",
                "statuses": ["New lead", "Negotiation", "In production", "Lost"],
                "moves": "all",
            },
            {"name": "items", "statuses": ["To Do", "Done", "Won't do"], "moves": "global"},
        ],
        "projects": [
            {
                "key": "DEAL",
                "issue_types": ["Deal", "Sub-task"],
                "workflows": {"Deal": "deals", "Sub-task": "items"},
            }
        ],
        "issues": [
            {
                "project": "DEAL",
                "type": "Deal",
                "summary": f"Сделка {number}",
                "status": "New lead",
                "fields": {"Услуга": "Сайт"},
            }
            for number in (1, 2, 3)
        ],
    }
    return document | changes


def pipeline(**changes: Any) -> Pipeline:
    """The pipeline of these tests."""
    options: dict[str, Any] = {
        "key": "deals",
        "tracker": "main",
        "stages": STAGES,
        "waived_as": ("Won't do",),
        "place": {"project": "DEAL", "issue_type": "Deal"},
    }
    return Pipeline(**(options | changes))


class SharedClock(FakeClock):
    """Our clock; when we wait, time passes on the site as well."""

    control: Control | None = None

    def sleep(self, seconds: float) -> None:
        """Advance both clocks without waiting."""
        super().sleep(seconds)
        if self.control:
            self.control.clock.advance(seconds)


@dataclass
class Rig:
    """One site, one connector, one pipeline; deals are named by their keys."""

    control: Control
    url: str
    clock: FakeClock
    tracker: JiraTracker
    pipeline: Pipeline
    seen: list[Any] = field(default_factory=list)
    binding: Binding | None = None

    def resolve(self, **options: Any) -> Binding:
        """Identify, resolve and use."""
        self.tracker.identify()
        pipelines = options.get("pipelines", (self.pipeline,))
        fields = options.get("fields", {"deals": ["Услуга"]})
        people = options.get("people", PEOPLE)
        binding = self.tracker.resolve(pipelines, people, fields, options.get("previous"))
        self.tracker.use(binding)
        self.binding = binding
        self.pipeline = self.pipeline.bind(binding.stages["deals"])
        self.control.log.clear()
        return binding

    def again(self) -> JiraTracker:
        """A new connector with the same binding, as the next run has it."""
        tracker = connect(
            "main", {"url": self.url, "email": "bot@example.com"}, {"token": TOKEN}, self.clock
        )
        tracker.identify()
        assert self.binding
        tracker.use(self.binding)
        self.control.log.clear()
        return tracker

    def stage(self, name: str) -> str:
        assert self.binding
        return self.binding.stages["deals"][name]

    def ref(self, key: str) -> str:
        return str(self.control.issue(key).id)

    def status(self, key: str) -> str:
        issue = self.control.issue(key)
        return self.control.store.statuses[issue.status].name

    def deals(self) -> list[Deal]:
        return [deal for page in self.tracker.read(self.pipeline, None) for deal in page.deals]

    def look(self, *keys: str) -> Look:
        return self.tracker.look(self.pipeline, [self.ref(key) for key in keys])

    def apply(self, *actions: TrackerAction) -> list[Outcome]:
        return list(self.tracker.apply(self.pipeline, actions))

    def open(self, key: str, *items: str, **more: Any) -> list[Outcome]:
        """Open items on a deal."""
        return self.apply(*(self.opening(key, item, **more) for item in items))

    def opening(self, key: str, item: str, **more: Any) -> Open:
        title = more.pop("title", f"Item {item}")
        return Open(self.ref(key), key, item, title, more.pop("text", ""), "because", **more)

    def returning(self, key: str, before: str, stage: str, attempt: str = "a1") -> Return:
        return Return(
            self.ref(key), key, self.stage(before), self.stage(stage), attempt, "not complete"
        )

    def pretend(self, path: str, body: Any, status: int = 200, **more: Any) -> None:
        """Let the site answer this to us from now on."""
        headers = {"X-AAccountId": self.tracker.site.account}
        self.control.faults.add(
            "refuse", path=path, status=status, body=body, headers=headers, **more
        )

    def counts(self) -> dict[str, int]:
        """Requests since the last question."""
        counts = self.control.log.counts()
        self.control.log.clear()
        return counts
