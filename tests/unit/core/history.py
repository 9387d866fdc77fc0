"""One history: what people, trackers, ledgers and crashes do, and what must hold after every run.

Whoever tells the history (see `walk`) chooses the steps; an oracle written from the design, not
from the code, judges them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from readygate.action import TrackerAction
from readygate.deal import Mark
from readygate.memory import Standing
from readygate.pipeline import Guard, Limits, Midway
from readygate.report import RunReport
from readygate.run import Options, Setup, run_once
from readygate.testing import Fault, MemoryLedger
from unit.core.configs import contract, stages
from unit.core.diary import Diary, positions, shown
from unit.core.dying import Crash, Dying
from unit.core.oracle import (
    check_accepted,
    check_comments,
    check_items,
    check_rest,
    check_returned,
    untouchable,
)
from unit.core.story import World, brief

PLACES = ("Lead", "Talks", "Terms", "Work", "Care", "Lost", "Odd")
OPERATIONS = (
    *("identify", "resolve", "read", "look", "history", "find"),
    *("open", "return", "explain", "retire", "restore", "amend"),
)
PERSONS = ("anna", "boris", "vera", "somebody")
EITHER = (False, True)
ANY = range(10)


STEPS: dict[str, dict[str, Sequence[Any]]] = {
    "create": {"stage": PLACES, "service": ("Site", "Audit")},
    "move": {"deal": ANY, "stage": PLACES},
    "request": {"deal": ANY, "stage": (*PLACES, "")},
    "mark": {
        "deal": ANY,
        "pick": ANY,
        "mark": (Mark.TICKED, Mark.TICKED, Mark.OPEN, Mark.WAIVED),
        "by": PERSONS,
    },
    "tick_everything": {"deal": ANY},
    "delete_item": {"deal": ANY, "pick": ANY},
    "copy_item": {"deal": ANY, "pick": ANY},
    "rename_item": {"deal": ANY, "pick": ANY, "title": ("Ours", "Theirs")},
    "delete_deal": {"deal": ANY},
    "clone": {"deal": ANY},
    "set_field": {"deal": ANY, "service": ("Site", "Design", "Audit", None)},
    "change_contract": {
        "accesses": EITHER,
        "informal": EITHER,
        "paper": ("plain", "paper", "back"),
        "review": EITHER,
    },
    "change_stages": {"terms": EITHER},
    "change_settings": {"guard": tuple(Guard), "midway": tuple(Midway)},
    "lose_ledger": {},
    "back_up": {},
    "restore": {},
    "lag": {"index": ("freeze", "thaw", "thaw")},
    "forget": {"deal": ANY, "pick": ANY, "whole": EITHER},
    "fail": {"what": OPERATIONS, "fault": tuple(Fault)},
    "fail_once": {
        "what": ("open", "return", "explain", "retire", "restore", "read", "look"),
        "fault": tuple(Fault),
        "ahead": (1, 2, 3),
    },
    "mend": {},
    "light_a_fuse": {"calls": range(1, 61), "ledger": EITHER, "after": EITHER},
    "wait": {"hours": (1, 25)},
    "run": {"full": EITHER, "dry": EITHER},
    "run_again": {},
}
"""What can happen, and with what. A number stands for a deal or an item."""


@dataclass
class Backup:
    """A copy of the ledger, and what the oracle knew when it was made."""

    ledger: MemoryLedger
    configs: int
    unsure: dict[str, int]
    asked_since: dict[tuple[str, str], datetime]
    names: dict[str, str]
    base: dict[str, str]


class History:
    """People and machines do what they like; after every run the rules hold."""

    def __init__(self) -> None:
        self.deals: list[str] = []
        self.world = World(limits=Limits(1000, 1000))
        self.world.tracker.page_size = 2
        self.diary = Diary()
        self.backup: Backup | None = None
        self.base: dict[str, str] = {}
        self.exempt: set[str] = set()
        self.bare: set[str] = set()
        self.unsure: dict[str, int] = {}
        self.configs = 0
        self.new_config = False
        self.excused = False
        self.behind = False
        self.restored = False
        self.choice = {"accesses": False, "informal": True, "paper": "plain", "review": False}
        self.terms = True
        self.fuse: tuple[int, bool, bool] | None = None

    def begin(self, stage: str, run: bool) -> None:
        """The first deal, with or without a run that sees it."""
        self.deals.append(self.world.tracker.create("First", stage, Service="Site"))
        if run:
            self.run(full=False, dry=False)

    def step(self, name: str, arguments: Mapping[str, Any]) -> None:
        """Let one of STEPS happen."""
        given = dict(arguments)
        if "deal" in given:
            given["deal"] = self.deals[given["deal"] % len(self.deals)]
        getattr(self, name)(**given)

    # People.

    def create(self, stage: str, service: str) -> None:
        self.deals.append(self.world.tracker.create("Deal", stage, Service=service))

    def move(self, deal: str, stage: str) -> None:
        if deal not in self.world.tracker.deals:
            return
        self.world.tracker.move(deal, stage)
        where = positions(self.world)
        now = where.get(f"s:{stage}")
        for base in (self.base, self.backup.base if self.backup else {}):
            if now is not None and now < where.get(base.get(deal, ""), -1):
                base[deal] = f"s:{stage}"

    def request(self, deal: str, stage: str) -> None:
        if deal in self.world.tracker.deals:
            self.world.tracker.request(deal, stage)
            self.diary.asked_for.setdefault(deal, set()).add(f"s:{stage}")

    def mark(self, deal: str, pick: int, mark: Mark, by: str) -> None:
        ref = self._pick(deal, pick)
        if ref is None:
            return
        item = self.world.tracker.items[ref]
        if item.mark is mark or (item.retired and mark is not Mark.OPEN):
            return
        self.world.tracker.mark(ref, mark, by)
        self.diary.note(self.world, ref, mark, by)

    def tick_everything(self, deal: str) -> None:
        for ref, item in list(self.world.tracker.items.items()):
            if item.deal == deal and not item.retired and item.mark is Mark.OPEN:
                self.world.tracker.mark(ref, Mark.TICKED)
                self.diary.note(self.world, ref, Mark.TICKED, "somebody")

    def delete_item(self, deal: str, pick: int) -> None:
        ref = self._pick(deal, pick)
        if ref is not None:
            self.world.tracker.delete_item(ref)
            self._unsettle(deal)

    def copy_item(self, deal: str, pick: int) -> None:
        ref = self._pick(deal, pick)
        if ref is not None:
            self.diary.copied(self.world, self.world.tracker.duplicate_item(ref), ref)

    def rename_item(self, deal: str, pick: int, title: str) -> None:
        ref = self._pick(deal, pick)
        if ref is not None:
            self.world.tracker.rename(ref, title)

    def delete_deal(self, deal: str) -> None:
        if deal in self.world.tracker.deals and len(self.world.tracker.deals) > 1:
            self.world.tracker.delete_deal(deal)

    def clone(self, deal: str) -> None:
        if deal not in self.world.tracker.deals:
            return
        known = set(self.world.tracker.items)
        twin = self.world.tracker.clone(deal)
        for ref in set(self.world.tracker.items) - known:
            self.diary.marks[ref] = [
                (self.world.tracker.now, shown(self.world.tracker.items[ref]), "")
            ]
        self.deals.append(twin)

    def set_field(self, deal: str, service: str | None) -> None:
        if deal in self.world.tracker.deals:
            self.world.tracker.set_field(deal, "Service", service)
            self._unsettle(deal)

    # The admin.

    def change_contract(self, **choice: Any) -> None:
        self.choice = choice
        self._configure()

    def change_stages(self, terms: bool) -> None:
        self.terms = terms
        self._configure()

    def change_settings(self, guard: Guard, midway: Midway) -> None:
        self._configure(guard=guard, created_midway=midway)

    # Machines.

    def lose_ledger(self) -> None:
        self.world.lose_ledger()
        self.configs += 1  # a backup from before knows another beginning
        self.behind = self.restored = True
        self._excuse()

    def back_up(self) -> None:
        self.backup = Backup(
            deepcopy(self.world.ledger),
            self.configs,
            dict(self.unsure),
            dict(self.diary.asked_since),
            dict(self.diary.names),
            dict(self.base),
        )

    def restore(self) -> None:
        backup = self.backup
        if backup:
            self.world.ledger = deepcopy(backup.ledger)
            known = {memory.deal for memory in backup.ledger.scan("deals")}
            adopting = self.world.pipeline.created_midway is Midway.ADOPT
            self.exempt |= {
                deal
                for deal in self.world.tracker.deals
                if backup.configs != self.configs
                or backup.unsure.get(deal) != self.unsure.get(deal)
                or (adopting and deal not in known)  # it may be asked to start at the first stage
            }
            self.behind = self.restored = True
            self._excuse()
            self.diary.asked_since = dict(backup.asked_since)
            self.diary.names = dict(backup.names)
            self.base = dict(backup.base)
            self.new_config = False

    def lag(self, index: str) -> None:
        getattr(self.world.tracker, index)()
        self._excuse()

    def forget(self, deal: str, pick: int, whole: bool) -> None:
        ref = self._pick(deal, pick)
        self.world.tracker.forgotten |= {deal} if whole or ref is None else {ref}
        self._excuse()

    def fail(self, what: str, fault: Fault) -> None:
        self.world.tracker.faults[what] = fault

    def fail_once(self, what: str, fault: Fault, ahead: int) -> None:
        number = self.world.tracker.calls[what] + ahead
        self.world.tracker.faults[f"{what}:{number}"] = fault

    def mend(self) -> None:
        self.world.tracker.faults.clear()

    def light_a_fuse(self, calls: int, ledger: bool, after: bool) -> None:
        self.fuse = (calls, ledger, after)

    def wait(self, hours: int) -> None:
        self.world.wait(hours=hours)

    def run(self, full: bool, dry: bool) -> None:
        self._run(full=full, dry=dry)

    def run_again(self) -> None:
        self._run(full=False, dry=False)

    # What must be true.

    def _run(self, *, full: bool, dry: bool = False) -> RunReport | None:
        world = self.world
        world.wait(minutes=1)
        plan = self._dry_run(full=full) if dry and not world.tracker.faults else None
        before = {memory.deal: memory for memory in world.ledger.scan("deals")}
        moved = {ref: len(deal.moves) for ref, deal in world.tracker.deals.items()}
        theirs = untouchable(world.tracker)
        started = world.tracker.now
        existed = set(world.tracker.items)
        if not world.ledger.state("deals").cursor:
            items = world.tracker.items.values()
            marked = {one.deal for one in items if one.key and one.key.startswith(f"{one.deal}/")}
            self.bare |= set(world.tracker.deals) - marked
        if not world.ledger.state("deals").asks:
            self.diary.forget()
        report = self._once(full=full)
        self.diary.births(world)
        activated = world.ledger.state("deals").activated
        check_accepted(world, self.diary, before, activated, existed)
        check_returned(world, self.diary, moved, self.base, self.exempt, new_config=self.new_config)
        self.new_config = False
        check_items(world, self.diary, doubles_excused=self.excused, restored=self.restored)
        check_comments(world, self.bare)
        assert untouchable(world.tracker) == theirs
        self._rebase()
        if report is not None:
            self._check_report(report, before, plan)
            if full and report.exit_code == 0 and not self._hidden():
                self.behind = False
        if world.ledger.state("deals").stamp == world.stamp:
            self.diary.planned(world)  # also by a run that died after its plan
        assert started <= world.tracker.now
        return report

    def _once(self, *, full: bool, dry: bool = False) -> RunReport | None:
        world = self.world
        tracker: Any = world.tracker
        ledger: Any = world.ledger
        if self.fuse and not dry:
            calls, on_ledger, after = self.fuse
            fuse = [calls]
            if on_ledger:
                ledger = Dying(ledger, fuse, after=after)
            else:
                tracker = Dying(tracker, fuse, after=after)
        world._runs += 1
        try:
            return run_once(
                Setup(world.book, (world.pipeline,), {"en": str}, world.stamp),
                {"main": lambda: tracker},
                ledger,
                world.clock,
                run=f"r{world._runs}",
                options=Options(full=full, dry=dry),
            )
        except Crash:
            return None
        finally:
            if not dry:
                self.fuse = None

    def _dry_run(self, *, full: bool) -> RunReport | None:
        world = self.world
        before = (deepcopy(world.tracker.deals), deepcopy(world.tracker.items))
        kept = deepcopy(world.ledger).__dict__
        report = self._once(full=full, dry=True)
        assert (world.tracker.deals, world.tracker.items) == before
        assert world.ledger.__dict__ == kept
        return report

    def _check_report(
        self, report: RunReport, before: dict[str, Any], plan: RunReport | None
    ) -> None:
        (tracker,) = report.trackers
        if tracker.error:
            assert {m.deal: m for m in self.world.ledger.scan("deals")} == before
            return
        (pipeline,) = tracker.pipelines
        if pipeline.error is None:
            done = {id(outcome.action) for outcome in pipeline.outcomes}
            silent = [a for a in pipeline.actions if id(a) not in done]
            kinds = {type(action).__name__ for action in silent}
            assert kinds <= {"Explain"}, f"no outcome for {brief(tuple(silent))}"
        if plan is not None and pipeline.error is None and self.fuse is None:
            assert sorted(brief(plan.pipelines[0].actions)) == sorted(brief(pipeline.actions))

    def _rebase(self) -> None:
        where = positions(self.world)
        for memory in self.world.ledger.scan("deals"):
            deal = self.world.tracker.deals.get(memory.deal)
            if deal is None or memory.standing is not Standing.PLACED:
                continue
            here, accepted = where.get(deal.stage), where.get(memory.accepted)
            if accepted is None or (here is not None and here < accepted):
                continue
            self.base[memory.deal] = memory.accepted

    def end(self) -> None:
        """Nobody acts any more and all is well: soon a run writes nothing."""
        world = self.world
        world.tracker.faults.clear()
        world.tracker.thaw()
        self.fuse = None
        self._run(full=True)
        for _ in range(5):
            report = self._run(full=True)
            assert report is not None
            if not report.changes:
                break
        writes: list[TrackerAction] = list(world.tracker.writes)
        report = self._run(full=False, dry=True)
        assert report is not None
        assert brief(report.pipelines[0].actions) == []
        assert world.tracker.writes == writes
        assert report.exit_code == 0
        assert report.pipelines[0].error is None
        check_rest(world, self.diary)

    # Small things.

    def _pick(self, deal: str, pick: int) -> str | None:
        refs = sorted(ref for ref, item in self.world.tracker.items.items() if item.deal == deal)
        return refs[pick % len(refs)] if refs else None

    def _unsettle(self, deal: str) -> None:
        self.unsure[deal] = self.unsure.get(deal, 0) + 1

    def _excuse(self) -> None:
        """With a ledger that knows too little an index that lags can hide our items from us."""
        if self.behind and self._hidden():
            self.excused = True

    def _hidden(self) -> bool:
        return self.world.tracker._index is not None or bool(self.world.tracker.forgotten)

    def _configure(self, **more: Any) -> None:
        self.configs += 1
        self.new_config = self.world.tracker._index is None and not self.world.tracker.forgotten
        review = bool(self.choice["review"])
        self.world.change(
            contract(**self.choice),  # type: ignore[arg-type]
            stages=stages(review, self.terms),
            **more,
        )
