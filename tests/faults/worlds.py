"""A tracker with people, a config and a ledger in a folder, which can be put back as it was."""

from __future__ import annotations

import json
import re
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol

from conformance import airtable, jira
from faults.runs import Launcher, Ran, launcher
from readygate.memory import DealMemory
from readygate.testing import FakeClock
from readygate_jira.place import ITEM_PROPERTY
from readygate_ledger import open_ledger
from readygate_ledger.codec import encode
from readygate_sandbox import Sandbox, running_sandbox
from readygate_sandbox.airtable import state as airtable_state
from readygate_sandbox.jira_cloud import state as jira_state
from readygate_sandbox.jira_cloud.adf import to_text

LAG = 20.0
"""Seconds by which the Jira search is behind: a run does not see what the last one wrote."""

SETTLED = 40.0
"""Seconds after which every search has caught up."""

CONTRACT = """\
people:
  anna: {{ name: Anna Kotova, email: anna@example.com }}
  boris: {{ name: Boris Lykov, email: boris@example.com }}
  vera: {{ name: Vera Ilyina, email: vera@example.com }}
items:
  checklist: {{ title: Lead checklist }}
  contract: {{ title: {contract}, help: {help} }}
  {asked}
  informal: {{ title: Informal agreements, required: false, help: {help} }}
processes:
  marketing: {{ title: Marketing, owner: anna, outputs: [checklist] }}
  sales: {{ title: Sales, owner: boris, inputs: [checklist], outputs: [contract, {key}, informal] }}
  delivery: {{ title: Delivery, owner: vera, inputs: [contract, {key}, informal] }}
pipelines:
  deals:
    tracker: main
    guard: {guard}
{place}
    stages:
      - {{ stage: Lead, process: marketing }}
      - {{ stage: Talks, process: sales }}
      - {{ stage: Work, process: delivery }}
      - {{ stage: Lost, exit: true }}
"""
FIRST = {
    "contract": "Signed contract",
    "help": "As agreed.",
    "asked": "brand: { title: Brand kit, when: { field: Service, in: [Site] } }",
    "key": "brand",
}
SECOND = {
    "contract": "Contract",
    "help": "With both signatures.",
    "asked": "invoice: { title: Issued invoice }",
    "key": "invoice",
}

JIRA = """\
    project: DEAL
    issue_type: Deal
    waived_as: ["Won't do"]"""
AIRTABLE = """\
    table: Deals
    stage_field: Stage
    checklist: { table: Checklist, deal: Deal, key: Key, title: Item, done: Done, owner: Owner,
                 due: Due, waived: Waived because, retired: Retired, notes: Notes }"""

Fact = tuple[str, ...]
"""What it is (item, comment, move, deal, memory), of which deal and which, and how it is."""

SETTING = re.compile(r"\d{4}-\d\d-\d\d[T ][\d:.]+(Z|\+00:?00)")
CODE = re.compile(r"\[readygate \w+\]")


class Side(Protocol):
    """What differs between the trackers."""

    connector: str
    play: Any
    place: str
    env: dict[str, str]
    setup: bool

    @property
    def control(self) -> Any: ...
    def tracker(self) -> str: ...
    def dump(self) -> str: ...
    def restore(self, dumped: str) -> None: ...
    def tables(self) -> dict[str, str]: ...
    def deals(self) -> dict[str, str]: ...
    def fields(self, deal: str) -> Fact: ...
    def items(self, deal: str) -> Iterator[tuple[str, str]]: ...
    def item(self, ref: str) -> Fact: ...
    def moves(self, deal: str) -> Iterator[Fact]: ...
    def comments(self, deal: str) -> Iterator[Fact]: ...


class JiraSide:
    """The Jira side."""

    connector = "jira"
    place = JIRA
    setup = False
    env: ClassVar[dict[str, str]] = {
        "READYGATE_TRACKERS__MAIN__EMAIL": jira.BOT,
        "READYGATE_TRACKERS__MAIN__TOKEN": jira.TOKEN,
    }

    def __init__(self, sandbox: Sandbox) -> None:
        self.play = jira.JiraPlayground(sandbox)
        self.control = sandbox.control
        self._url = sandbox.url

    def tracker(self) -> str:
        return f"kind: jira, url: {self._url}"

    def dump(self) -> str:
        return json.dumps(self.control.dump())

    def restore(self, dumped: str) -> None:
        with self.control.store.lock:
            self.control.site.index.reset()
            jira_state.restore(self.control.store, json.loads(dumped))
            self.control.lag(LAG)

    def tables(self) -> dict[str, str]:
        return {}

    def deals(self) -> dict[str, str]:
        found = self.control.store.issues.values()
        return {issue.summary: str(issue.id) for issue in found if issue.parent is None}

    def fields(self, deal: str) -> Fact:
        return (json.dumps(self.control.issue(deal).custom, sort_keys=True, default=str),)

    def items(self, deal: str) -> Iterator[tuple[str, str]]:
        for ref in self.control.issue(deal).subtasks:
            key = self.control.issue(ref).properties.get(ITEM_PROPERTY, {}).get("key", "")
            yield key.partition("/")[2], str(ref)

    def item(self, ref: str) -> Fact:
        issue = self.control.issue(ref)
        told = dict(issue.properties.get(ITEM_PROPERTY, {}))
        told.pop("key", None)
        status = self.control.store.statuses[issue.status].name
        text = to_text(issue.description)
        return (issue.summary, status, text, str(issue.assignee), str(issue.due), json.dumps(told))

    def moves(self, deal: str) -> Iterator[Fact]:
        for entry in self.control.issue(deal).history:
            for change in entry.items:
                if change.field == "status":
                    author = self.control.user(entry.author).email
                    yield author, str(change.old_text), str(change.new_text)

    def comments(self, deal: str) -> Iterator[Fact]:
        for comment in self.control.issue(deal).comments:
            yield self.control.user(comment.author).email, to_text(comment.body)


class AirtableSide:
    """The Airtable side."""

    connector = "airtable"
    place = AIRTABLE
    setup = True
    env: ClassVar[dict[str, str]] = {"READYGATE_TRACKERS__MAIN__TOKEN": airtable.TOKEN}

    def __init__(self, sandbox: Sandbox) -> None:
        self.play = airtable.AirtablePlayground(sandbox)
        self.control = sandbox.airtable
        self._url = sandbox.airtable_url

    def tracker(self) -> str:
        return f'kind: airtable, base: {airtable.BASE}, url: "{self._url}"'

    def dump(self) -> str:
        return json.dumps(self.control.dump())

    def restore(self, dumped: str) -> None:
        with self.control.store.lock:
            self.control.workspace.listings.expire()
            airtable_state.restore(self.control.store, json.loads(dumped))

    def tables(self) -> dict[str, str]:
        return {table.id: f"<{table.name}>" for table in self.control.base().tables.values()}

    def deals(self) -> dict[str, str]:
        refs = list(self.control.table("Deals").records)
        return {str(self.control.cells(ref)["Name"]): ref for ref in refs}

    def fields(self, deal: str) -> Fact:
        cells = self.control.cells(deal)
        return str(cells.get(ASKED, "")), str(cells.get(MISSING, ""))

    def items(self, deal: str) -> Iterator[tuple[str, str]]:
        for ref in list(self.control.table("Checklist").records):
            cells = self.control.cells(ref)
            if deal in cells.get("Deal", []):
                yield str(cells.get("Key", "")).partition("/")[2], ref

    def item(self, ref: str) -> Fact:
        cells = dict(self.control.cells(ref))
        cells.pop("Deal")
        cells.pop("Key", None)
        return (json.dumps(cells, sort_keys=True),)

    def moves(self, deal: str) -> Iterator[Fact]:
        stage = self.control.table("Deals").field("Stage")
        names = {choice.id: choice.name for choice in stage.choices}
        for move in self.control.record(deal).moves:
            if move.field == stage.id:
                who = self.control.user(move.by).email
                yield who, names.get(move.old, ""), names.get(move.new, "")

    def comments(self, deal: str) -> Iterator[Fact]:
        for comment in self.control.record(deal).comments:
            yield self.control.user(comment.author).email, CODE.sub("[readygate]", comment.text)


def _without_checklist() -> dict[str, Any]:
    seed = airtable.seed()
    (base,) = seed["airtable"]["bases"]
    base["tables"] = [table for table in base["tables"] if table["name"] != "Checklist"]
    (deals,) = base["tables"]
    stages = next(one["choices"] for one in deals["fields"] if one["name"] == "Stage")
    deals["fields"] += [
        {"name": ASKED, "type": "singleSelect", "choices": stages},
        {"name": MISSING, "type": "multilineText"},
    ]
    return seed


def _jira() -> dict[str, Any]:
    """Our account is an admin: it may install guards."""
    seed = jira.seed()
    seed["users"][0] = {"name": "Bot", "email": jira.BOT, "token": jira.TOKEN, "admin": True}
    return seed


def _step_by_step() -> dict[str, Any]:
    """People may jump ahead; the way back leads over every stage."""
    seed = _jira()
    ways = [("Lead", "Talks"), ("Lead", "Work"), ("Talks", "Work"), ("Work", "Talks"),
            ("Talks", "Lead"), ("Lead", "Lost"), ("Lost", "Lead")]  # fmt: skip
    seed["workflows"][0] = {
        "name": "deals",
        "statuses": jira.STATUSES,
        "transitions": [{"from": [before], "to": after} for before, after in ways],
    }
    return seed


SIDES: dict[str, tuple[Callable[[Sandbox], Side], Callable[[], dict[str, Any]]]] = {
    "jira": (JiraSide, _jira),
    "airtable": (AirtableSide, _without_checklist),
}
STEP_BY_STEP = "return step by step"
ASKED = "Requested stage"
MISSING = "What is missing"


@dataclass(frozen=True, slots=True)
class Picture:
    """A moment of a world: the tracker, its time as an offset to ours, and our folder."""

    tracker: str
    shift: float
    files: dict[str, bytes]


class World:
    """One tracker, one folder, and a launcher for runs of the program in it."""

    def __init__(self, side: Side, folder: Path, launch: Launcher, guard: str) -> None:
        self.side = side
        self.play = side.play
        self.control = side.control
        self.folder = folder
        self.launch = launch
        self.guard = guard
        self.skew: Callable[[], float] = float
        """By how much our clock is ahead of the tracker's; asked before every run."""

    # -- time and runs ---------------------------------------------------------------------

    @property
    def shift(self) -> float:
        """How many seconds the tracker's clock is ahead of ours."""
        return float(self.control.clock.describe()["offsetSeconds"])

    def advance(self, seconds: float) -> None:
        self.control.clock.advance(seconds)

    def write(self, **contract: str) -> None:
        """Write the config."""
        more = f"\n    requested_field: {ASKED}\n    missing_field: {MISSING}"
        place = self.side.place + (more if self.side.setup and self.guard == "locked" else "")
        guard = "return" if self.guard == STEP_BY_STEP else self.guard
        guard = guard.replace(" by ", "\n    by: ")
        told = {**FIRST, **contract, "place": place, "guard": guard}
        text = f"version: 1\ntrackers:\n  main: {{ {self.side.tracker()} }}\n"
        path = self.folder / "readygate.yaml"
        path.write_text(text + CONTRACT.format(**told), encoding="utf-8")

    def run(self, *argv: str, **told: Any) -> Ran:
        """Run a command, our clock beside the tracker's."""
        told.setdefault("shift", self.shift + self.skew())
        return self.launch.run(argv or ("sync",), **told)

    def wrote(self) -> list[str]:
        """The changes asked for by anybody over HTTP since this was last asked."""
        entries = self.control.log.entries()
        self.control.log.clear()
        return [
            f"{entry.method} {entry.path}"
            for entry in entries
            if self.play._served._writes(entry.method, entry.path)
        ]

    # -- people ----------------------------------------------------------------------------

    def deal(self, name: str) -> str:
        return self.side.deals()[name]

    def item(self, name: str, key: str) -> str:
        return dict(self.side.items(self.deal(name)))[key]

    def create(self, name: str, stage: str = "Lead", service: str = "") -> None:
        self.play.create(name, stage, service)

    def move(self, name: str, stage: str, by: str = "boris") -> None:
        self.play.move(self.deal(name), stage, by)

    def tick(self, name: str, *keys: str) -> None:
        for key in keys:
            self.play.tick(self.item(name, key))

    def ask(self, name: str, stage: str) -> None:
        """Somebody asks for a stage (Airtable, guard locked)."""
        fields = {ASKED: stage}
        self.control.act("boris@example.com", "edit", record=self.deal(name), fields=fields)

    def untick(self, name: str, key: str) -> None:
        self.play.untick(self.item(name, key))

    def stage(self, name: str) -> str:
        return str(self.play.stage_of(self.deal(name)))

    # -- pictures --------------------------------------------------------------------------

    def picture(self) -> Picture:
        """Everything as it is now; no run is under way."""
        files = {path.name: path.read_bytes() for path in self.folder.iterdir()}
        return Picture(self.side.dump(), self.shift, files)

    def restore(self, picture: Picture) -> None:
        """Everything as it was then, the time too."""
        for path in self.folder.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        for name, content in picture.files.items():
            (self.folder / name).write_bytes(content)
        self.side.restore(picture.tracker)
        self.control.clock.set(int((time.time() + picture.shift) * 1000))
        self.control.log.clear()

    # -- what there is ---------------------------------------------------------------------

    def facts(self) -> Counter[Fact]:
        """All that matters, without what differs from run to run: ids, codes and times."""
        found: Counter[Fact] = Counter()
        names = self.side.tables()
        for name, deal in self.side.deals().items():
            names[deal] = f"<{name}>"
            stage = str(self.play.stage_of(deal))
            found["deal", name, "", stage, *self.side.fields(deal)] += 1
            for key, ref in self.side.items(deal) if self._has_items() else ():
                names[ref] = f"<{name}/{key}>"
                found["item", name, key, *self.side.item(ref)] += 1
            for move in self.side.moves(deal):
                found["move", name, *move] += 1
            for comment in self.side.comments(deal):
                found["comment", name, *comment] += 1
        found.update(self._memories(names))
        return found

    def _has_items(self) -> bool:
        return not self.side.setup or "<Checklist>" in self.side.tables().values()

    def _memories(self, names: dict[str, str]) -> Iterator[Fact]:
        path = self.folder / "readygate.db"
        if not path.exists():
            return
        ledger = open_ledger(path, clock=FakeClock())
        try:
            for memory in ledger.scan("deals"):
                yield "memory", names.get(memory.deal, memory.title), "", _plain(memory, names)
            for intent in ledger.unsettled("deals"):
                yield "intent", intent.action.label, type(intent.action).__name__
        finally:
            ledger.close()


def _plain(memory: DealMemory, names: dict[str, str]) -> str:
    """A memory without ids and times."""
    told = json.loads(encode(memory))
    attempt = told.get("attempt") or {}
    for name in ("id", "comment", "last_comment"):
        if attempt.get(name):
            attempt[name] = "…"
    text = SETTING.sub("…", json.dumps(told, sort_keys=True, ensure_ascii=False))
    gone = {item.ref: f"<{memory.title}/{key}>" for key, item in memory.items.items()}
    for ref, name in {memory.deal: f"<{memory.title}>", **gone, **names}.items():
        text = re.sub(rf"\b{ref}\b", name, text)
    return text


@contextmanager
def world(connector: str, folder: Path, guard: str = "return") -> Iterator[World]:
    """A fresh world with a guard: `return`, `locked`, `native by subtasks`, `native by field`, or
    `STEP_BY_STEP` in a workflow that allows no shorter way back."""
    side_of, seed = SIDES[connector]
    if guard == STEP_BY_STEP:
        seed = _step_by_step
    with running_sandbox(seed()) as sandbox:
        side = side_of(sandbox)
        with launcher(folder, side.env) as launch:
            one = World(side, folder, launch, guard)
            one.write()
            if connector == "jira":
                one.control.lag(LAG)
            yield one
