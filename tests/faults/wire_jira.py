"""Jira's part of the matrix: its stage, and situations in which each of its requests is sent."""

from __future__ import annotations

import pickle  # only of what this module has packed itself
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from conformance.jira import BOT, RIGHTS, TOKEN, JiraPlayground, seed
from conformance.served import TwoClocks
from faults.wire import Fault
from faults.wire_story import Situation, World, plain
from readygate.guarding import Wish
from readygate.pipeline import Guard
from readygate.testing.conformance.story import FIELDS, PEOPLE
from readygate_sandbox import running_sandbox
from readygate_sandbox.faults import read_fault
from readygate_sandbox.jira_cloud import state
from readygate_sandbox.jira_cloud.adf import to_text
from readygate_sandbox.jira_cloud.model import Status


class JiraStage:
    """See `Stage`."""

    def __init__(self, play: JiraPlayground) -> None:
        self.play = play
        self._control = play._control
        self._control.clock.freeze()
        self._clock: TwoClocks = play.clock

    @property
    def faults(self) -> Any:
        return self._control.faults

    @property
    def account(self) -> str:
        return self._control.user(BOT).account_id

    def save(self) -> Any:
        with self._control.store.lock:
            told = pickle.dumps(state.dump(self._control.store))
        return told, self._control.clock.now_ms(), dict(vars(self._clock))

    def restore(self, saved: Any) -> None:
        told, now, clock = saved
        store = self._control.store
        with store.lock:
            state.restore(store, pickle.loads(told))  # noqa: S301
            self._control.site.index.reset()
            self._control.clock.set(now)
        vars(self._clock).update(clock)
        self.play.close()
        self.play._opened.clear()

    def expire(self) -> None:
        self._control.set_user(BOT, expired=True)

    def mend(self) -> None:
        self._control.set_user(BOT, token=TOKEN)

    def truth(self) -> list[dict[str, Any]]:
        store, ours = self._control.store, self.account
        names = {f"[~accountid:{ref}]": user.name for ref, user in store.users.items()}
        with store.lock:
            deals = [issue for issue in store.issues.values() if not issue.parent]
            return [
                {
                    "title": deal.summary,
                    "stage": store.statuses[deal.status].name,
                    "comments": [plain(to_text(one.body), names) for one in deal.comments],
                    "moves": sum(
                        entry.author == ours and change.field == "status"
                        for entry in deal.history
                        for change in entry.items
                    ),
                    "items": sorted(self._item(store.issues[ref]) for ref in deal.subtasks),
                }
                for deal in deals
            ]

    def _item(self, item: Any) -> tuple[Any, ...]:
        known = item.properties.get("readygate.item", {})
        status = self._control.store.statuses[item.status].name
        kept = (known.get("retired"), known.get("stored") if known.get("retired") else None)
        text = to_text(item.description)
        return (item.summary, status, text, item.assignee or "", item.due or "", repr(kept))


@contextmanager
def jira_stage() -> Iterator[JiraStage]:
    """A site on loopback whose clock stands still."""
    with running_sandbox(seed()) as sandbox:
        play = JiraPlayground(sandbox)
        try:
            yield JiraStage(play)
        finally:
            play.close()


# -- what people do ----------------------------------------------------------------------------


def _misses_the_comment(world: World) -> None:
    """A deal is sent back, and the answer to the explanation is lost."""
    world.tale.hurries()
    fault = Fault("lost", {"do": "drop", "stored": True})
    world.run(world.line(kind="comment", fault=fault))


def _in_two_steps(world: World) -> None:
    """The workflow no longer leads from Work to Lead, and another deal stands on the way."""
    store = world.play._control.store
    names = {status.name: status.id for status in store.statuses.values()}
    workflow = next(one for one in store.workflows.values() if one.name == "deals")
    with store.lock:
        workflow.transitions = [
            one
            for one in workflow.transitions
            if (one.to, one.sources) != (names["Lead"], (names["Work"],))
        ]
        store.schema_changed()
    deal = world.play.create("Another deal", "Lead")
    world.run()
    world.play.tick(world.tale.item("checklist", deal))
    world.play.move(deal, "Talks")
    world.run()
    world.tale.hurries()


def _in_two_steps_as_admin(world: World) -> None:
    rights = [*RIGHTS, "administer"]
    world.play._control.set_user(BOT, rights=rights)
    _in_two_steps(world)


def _through_an_unknown_status(world: World) -> None:
    """An item has been in a status that is newer than what we know of the workflow."""
    store = world.play._control.store
    item = world.tale.item("checklist")
    with store.lock:
        workflow = next(one for one in store.workflows.values() if one.name == "items")
        store.statuses["20001"] = Status("20001", "Parked", "indeterminate")
        workflow.statuses.append("20001")
        way = next(one for one in workflow.transitions if one.kind == "GLOBAL")
        workflow.transitions.append(replace(way, id="901", name="Park", to="20001"))
        store.schema_changed()
    world.play._act("transition", issue=item, to="Parked")
    world.play.untick(item)
    world.tale.hurries()


class _Journal:
    """Nobody reads what this installation would want to remember."""

    def note(self, text: str, data: Mapping[str, Any]) -> None:
        """See `Journal`."""


def _guarded(world: World, guard: Guard) -> None:
    """An admin installs a guard, and a deal comes in."""
    world.play._control.set_user(BOT, rights=[*RIGHTS, "administer", "delete"])
    path = world.play.pipeline = replace(world.play.pipeline, guard=guard)
    tracker = world.play.connect()
    tracker.identify()
    binding = tracker.resolve((path,), PEOPLE, FIELDS, None)
    tracker.use(binding)
    bound = path.bind(binding.stages["deals"])
    gates = bound.gates(world.tale.book)
    list(tracker.install_guard(bound, gates, Wish(), _Journal()))
    world.tale.begins()


def _by_field(world: World) -> None:
    _guarded(world, Guard.BY_FIELD)


def _locked(world: World) -> None:
    _guarded(world, Guard.LOCKED)


def _asks(world: World) -> None:
    """Somebody asks for a stage, and it is too early."""
    store = world.play._control.store
    (field,) = [one.name for one in store.fields.values() if "Requested" in one.name]
    world.play._act("edit", issue=world.tale.deal, fields={field: "Work"})


def _of_another_name(world: World) -> None:
    world.tale.begins()
    path = world.play.pipeline
    world.play.pipeline = replace(path, place={**path.place, "project": "DEAX"})


def _elsewhere(world: World) -> None:
    gone = {"do": "refuse", "path": "/myself$", "status": 404, "body": {}}
    world.standing.append(read_fault(gone))
    world.stage.faults.set(world.standing)


NAMES = ("identity", "project", "fields", "rights", "project statuses", "resolutions",
         "create screen", "user search")  # fmt: skip
RETURN = ("history", "transitions", "move", "open", "comment")
ANSWERED = "a premature move"

SITUATIONS = (
    Situation("the first run", lambda w: w.tale.begins(), (*NAMES, "search", "look", "open")),
    Situation(
        ANSWERED,
        lambda w: w.tale.hurries(),
        ("identity", "search", "look", *RETURN),
        after="the first run",
    ),
    Situation(
        "the same move again",
        lambda w: w.tale.hurries(),
        ("identity", "search", "look", "history", "transitions", "move", "edit comment"),
        after=ANSWERED,
    ),
    Situation(
        "a gate is passed",
        lambda w: w.tale.passes(),
        ("identity", "search", "look"),
        after=ANSWERED,
    ),
    Situation(
        "another contract",
        lambda w: w.tale.needs_less(),
        (*NAMES, "search", "look", "mark item", "transitions", "move", "amend"),
        after="a gate is passed",
    ),
    Situation(
        "asked for again",
        lambda w: w.tale.needs_it_again(),
        ("identity", "search", "look", "transitions", "move", "mark item"),
        after="another contract",
    ),
    Situation(
        "an explanation whose answer was lost",
        _misses_the_comment,
        ("identity", "look", "comments", "search"),
        after="the first run",
    ),
    Situation(
        "a way back in two steps",
        _in_two_steps,
        ("identity", "search", "look", "history", "transitions", "workflow", "ways", "move",
         "open", "comment"),
        after="the first run",
    ),
    Situation(
        "a way back in two steps, for an admin",
        _in_two_steps_as_admin,
        ("identity", "search", "look", "history", "transitions", "workflow", "move", "open",
         "comment"),
        after="the first run",
    ),
    Situation(
        "an item that was in an unknown status",
        _through_an_unknown_status,
        ("identity", "search", "look", "history", "statuses", "transitions", "move", "open",
         "comment"),
        after="the first run",
    ),
    Situation("a guard by field", _by_field, (*NAMES, "search", "look", "open")),
    Situation("a gate opens", lambda w: w.tale.tick("checklist"), ("identity", "search", "declare"),
              after="a guard by field"),
    Situation("a locked transition", _locked, (*NAMES, "search", "look", "open")),
    Situation("a request", _asks,
              ("identity", "search", "look", "history", "clear request", "open", "comment"),
              after="a locked transition"),
    Situation("another name in the config", _of_another_name, ("identity", "project", "projects"),
              code=3),
    Situation("no Jira there", _elsewhere, ("identity", "server info"), code=5),
)  # fmt: skip
