"""Airtable's part of the matrix: its stage, and situations in which each request is sent."""

from __future__ import annotations

import pickle  # only of what this module has packed itself
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from conformance.airtable import BOT, PLACE, AirtablePlayground, seed
from conformance.served import TwoClocks
from faults.wire import Fault
from faults.wire_story import Situation, World, plain
from readygate.pipeline import Guard
from readygate_airtable import account
from readygate_sandbox import running_sandbox
from readygate_sandbox.airtable import state

LOCKED = {**PLACE, "requested_field": "Requested stage", "missing_field": "What is missing"}


class AirtableStage:
    """See `Stage`."""

    def __init__(self, play: AirtablePlayground) -> None:
        self.play = play
        self._control = play._control
        self._control.clock.freeze()
        self._clock: TwoClocks = play.clock

    @property
    def faults(self) -> Any:
        return self._control.faults

    def save(self) -> Any:
        with self._control.store.lock:
            told = pickle.dumps(state.dump(self._control.store))
        return told, self._control.clock.now_ms(), dict(vars(self._clock))

    def restore(self, saved: Any) -> None:
        told, now, clock = saved
        with self._control.store.lock:
            state.restore(self._control.store, pickle.loads(told))  # noqa: S301
            self._control.clock.set(now)
        vars(self._clock).update(clock)
        account._paces.clear()  # our clock has gone back, which none outside of tests does
        self.play.close()
        self.play._opened.clear()

    def expire(self) -> None:
        self._control.set_user(BOT, expired=True)

    def mend(self) -> None:
        self._control.set_user(BOT, expired=False)

    def truth(self) -> list[dict[str, Any]]:
        users = self._control.store.users
        names = {f"@[{ref}]": user.name for ref, user in users.items()}
        ours = self._control.user(BOT).id
        deals = self._control.table("Deals")
        stage = deals.field("Stage")
        assert stage
        return [
            {
                "title": self._control.cells(ref).get("Name"),
                "stage": self._control.cells(ref).get("Stage"),
                "asked": self._control.cells(ref).get("Requested stage"),
                "told": self._control.cells(ref).get("What is missing"),
                "comments": [plain(one.text, names) for one in record.comments],
                "moves": sum(one.by == ours and one.field == stage.id for one in record.moves),
                "items": sorted(self._item(row) for row in self.play._rows(ref)),
            }
            for ref, record in list(deals.records.items())
        ]

    def _item(self, row: str) -> tuple[str, ...]:
        cells = self._control.cells(row)
        key = str(cells.get("Key")).partition("/")[2]
        owner = cells.get("Owner", {}).get("email", "")
        rest = ("Item", "Done", "Retired", "Due", "Notes", "Waived because")
        return (key, owner, *(str(cells.get(name)) for name in rest))


def _seed() -> dict[str, Any]:
    """The base of the conformance suite, with the fields that a locked pipeline needs."""
    document = seed()
    deals = document["airtable"]["bases"][0]["tables"][0]
    stages = next(one for one in deals["fields"] if one["name"] == "Stage")["choices"]
    deals["fields"] += [
        {"name": "Requested stage", "type": "singleSelect", "choices": stages},
        {"name": "What is missing", "type": "multilineText"},
    ]
    return document


@contextmanager
def airtable_stage() -> Iterator[AirtableStage]:
    """A base on loopback whose clock stands still."""
    with running_sandbox(_seed()) as sandbox:
        play = AirtablePlayground(sandbox)
        try:
            yield AirtableStage(play)
        finally:
            play.close()


# -- what people do ----------------------------------------------------------------------------


def _misses_the_comment(world: World) -> None:
    """A deal is sent back, and the answer to the explanation is lost."""
    world.tale.hurries()
    fault = Fault("lost", {"do": "drop", "stored": True})
    world.run(world.line(kind="comment", fault=fault))


def _locks(world: World) -> None:
    """The stage is locked: people ask for a stage."""
    path = world.play.pipeline
    world.play.pipeline = replace(path, place=LOCKED, guard=Guard.LOCKED, tells_missing=True)
    world.tale.begins()
    world.tale.stamp += "'"


def _asks(world: World) -> None:
    world.play._edit(world.tale.deal, **{"Requested stage": "Work"})


def _asks_again(world: World) -> None:
    world.tale.tick("checklist")
    world.play._edit(world.tale.deal, **{"Requested stage": "Talks"})


NAMES = ("identity", "schema")
SITUATIONS = (
    Situation("the first run", lambda w: w.tale.begins(), (*NAMES, "list", "look", "open")),
    Situation(
        "a premature move",
        lambda w: w.tale.hurries(),
        ("list", "look", "move", "open", "comment"),
        after="the first run",
    ),
    Situation(
        "the same move again",
        lambda w: w.tale.hurries(),
        ("list", "look", "move", "edit comment"),
        after="a premature move",
    ),
    Situation(
        "a gate is passed",
        lambda w: w.tale.passes(),
        ("list", "look"),
        after="a premature move",
    ),
    Situation(
        "another contract",
        lambda w: w.tale.needs_less(),
        (*NAMES, "list", "look", "items"),
        after="a gate is passed",
    ),
    Situation(
        "asked for again",
        lambda w: w.tale.needs_it_again(),
        ("list", "look", "items"),
        after="another contract",
    ),
    Situation(
        "an explanation whose answer was lost",
        _misses_the_comment,
        ("look", "comments", "list"),
        after="the first run",
    ),
    Situation("a locked stage", _locks, (*NAMES, "list", "look", "open", "note")),
    Situation("a request", _asks, ("list", "look", "move", "open", "comment"),
              after="a locked stage"),
    Situation("a request that is granted", _asks_again, ("list", "look", "move", "note"),
              after="a request"),
)  # fmt: skip
