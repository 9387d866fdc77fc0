"""A guard on the bench: one connector, one site, and the power cut at any request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import requests

from integration.jira.rig import PEOPLE, TOKEN, Rig, SharedClock, pipeline, seed
from readygate.guarding import GuardReport, Wish
from readygate.pipeline import Gate, Guard
from readygate_jira.connector import connect
from readygate_sandbox import Sandbox
from readygate_sandbox.jira_cloud.workflow_json import workflow_shape

GATES = (
    Gate("sales", 1, "Negotiation", {"checklist": "sales"}),
    Gate("delivery", 2, "In production", {"scan": "delivery"}),
)


class Killed(BaseException):
    """The process dies here: nobody cleans up."""


def site(**changes: Any) -> dict[str, Any]:
    """The site of the connector's tests, with our account as its admin."""
    document = seed(**changes)
    document["users"][0] = {
        "name": "Bot", "email": "bot@example.com", "token": TOKEN, "admin": True
    }  # fmt: skip
    return document


class Bench:
    """One pipeline with a guard. `killed_at` cuts the power at the n-th request."""

    def __init__(self, sandbox: Sandbox, guard: Guard, **options: Any) -> None:
        self.sandbox = sandbox
        self.control = sandbox.control
        self.clock = SharedClock()
        self.clock.control = sandbox.control
        self.notes: list[tuple[str, Mapping[str, Any]]] = []
        self.sent = 0
        self._url = sandbox.url
        self._options = {"guard": guard, **options}
        self.wish = Wish()
        self.tracker = connect(
            "main", {"url": sandbox.url, "email": "bot@example.com"}, {"token": TOKEN}, self.clock
        )
        self.tracker.identify()
        path = pipeline(**self._options)
        binding = self.tracker.resolve((path,), PEOPLE, {}, None)
        self.tracker.use(binding)
        self.pipeline = path.bind(binding.stages["deals"])
        self.rig = Rig(self.control, sandbox.url, self.clock, self.tracker, self.pipeline)
        self.rig.binding = binding

    def close(self) -> None:
        self.tracker.close()

    def note(self, text: str, data: Mapping[str, Any]) -> None:
        """This bench is its own journal."""
        self.notes.append((text, data))

    def look(self) -> GuardReport:
        return self.tracker.inspect_guard(self.pipeline, GATES, self.wish)

    def install(self) -> list[str]:
        return list(self.tracker.install_guard(self.pipeline, GATES, self.wish, self))

    def remove(self) -> list[str]:
        return list(self.tracker.remove_guard(self.pipeline, GATES, self))

    @contextmanager
    def killed_at(self, number: int, *, after: bool) -> Iterator[None]:
        """Die before the n-th request is sent, or when it was answered and before that is read."""
        session = self.tracker.site._jira._session
        send, self.sent = session.send, 0

        def cut(request: requests.PreparedRequest, **more: Any) -> requests.Response:
            self.sent += 1
            if self.sent == number and not after:
                raise Killed
            answer: requests.Response = send(request, **more)
            if self.sent == number:
                raise Killed
            return answer

        session.send = cut
        try:
            yield
        except Killed:
            pass
        finally:
            session.send = send

    def state(self) -> Any:
        """All that an installation may touch, but for versions and ids of rules."""
        store = self.control.store
        workflows = [
            (w.name, workflow_shape(w)["statuses"], [_plain(t) for t in w.transitions])
            for w in store.workflows.values()
        ]
        projects = [(p.key, dict(p.properties)) for p in store.projects.values()]
        return workflows, projects, sorted(store.issues)


def _plain(transition: Any) -> Any:
    return (
        transition.id, transition.name, transition.kind, transition.to, transition.sources,
        rules(transition.conditions), [(r.key, r.parameters) for r in transition.validators],
        [(r.key, r.parameters) for r in transition.actions], transition.screen,
        transition.required, transition.description, transition.extras,
    )  # fmt: skip


def rules(group: Any) -> Any:
    """A group of conditions without ids."""
    inner = [rules(one) for one in group.groups]
    found = [(rule.key, rule.parameters) for rule in group.conditions]
    return (group.operation if found or inner else "ALL", found, inner)
