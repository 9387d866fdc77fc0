"""Random histories of people, trackers, ledgers and crashes, against an oracle of the rules.

By default a few hundred histories are tried. READYGATE_HISTORIES=10000 tries that many, and
READYGATE_STEPS sets how long each may be.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, rule

from readygate.action import TrackerAction
from readygate.contract import ContractBook, Item, Process
from readygate.deal import Mark
from readygate.memory import Standing
from readygate.pipeline import Guard, Limits, Midway, Stage
from readygate.report import RunReport
from readygate.run import Options, Setup, run_once
from readygate.testing import Fault, MemoryLedger
from unit.core.oracle import (
    Diary,
    check_accepted,
    check_comments,
    check_items,
    check_rest,
    check_returned,
    positions,
    shown,
    untouchable,
)
from unit.core.story import STAGES, World, book, brief

HISTORIES = int(os.environ.get("READYGATE_HISTORIES", "150"))
STEPS = int(os.environ.get("READYGATE_STEPS", "40"))

ACCESSES = Item("accesses", "Accesses", external=True)
PLACES = ("Lead", "Talks", "Terms", "Work", "Care", "Lost", "Odd")
OPERATIONS = (
    *("identify", "resolve", "read", "look", "history", "find"),
    *("open", "return", "explain", "retire", "restore", "amend"),
)
PERSONS = ("anna", "boris", "vera", "somebody")


def contract(accesses: bool, informal: bool, paper: str, review: bool) -> ContractBook:
    """One of the contracts that the admin goes back and forth between."""
    inputs = ["contract", "brand"]
    inputs += ["informal"] if informal else []
    inputs += ["accesses"] if accesses else []
    made = book(ACCESSES, Item("minutes", "Minutes", external=True), delivery=tuple(inputs))
    processes = dict(made.processes)
    if review:
        processes["review"] = Process("review", "Review", "vera", ("minutes",), ())
    items = dict(made.items)
    if paper != "plain":
        old, new = ("contract", "paper") if paper == "paper" else ("paper", "contract")
        del items["contract"]
        items[new] = Item(new, "Signed contract", formerly=(old,))
        processes = {
            key: replace(
                process,
                inputs=tuple(new if one == "contract" else one for one in process.inputs),
                outputs=tuple(new if one == "contract" else one for one in process.outputs),
            )
            for key, process in processes.items()
        }
    if not informal:
        del items["informal"]
    return ContractBook(made.people, items, processes)


def stages(review: bool, terms: bool) -> tuple[Stage, ...]:
    """The stages with a gate of review put in, or without the second stage of sales."""
    found: list[Stage] = []
    for stage in STAGES:
        if stage.name == "Work" and review:
            found.append(Stage("Odd", "review"))
        if stage.name != "Terms" or terms:
            found.append(stage)
    return tuple(found)


class Crash(BaseException):
    """The process dies."""


class Dying:
    """Something whose methods kill the process at the n-th call, before or after their work."""

    def __init__(self, inner: Any, fuse: list[int], *, after: bool) -> None:
        self._inner = inner
        self._fuse = fuse
        self._after = after

    def _burn(self) -> None:
        self._fuse[0] -= 1
        if self._fuse[0] == 0:
            raise Crash

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if not callable(found) or name in {"lock", "rehearsal"}:
            return found
        if name in {"apply", "read", "scan"}:
            return self._streamed(found)

        def called(*args: Any, **kwargs: Any) -> Any:
            if not self._after:
                self._burn()
            answer = found(*args, **kwargs)
            if self._after:
                self._burn()
            return answer

        return called

    def _streamed(self, found: Callable[..., Iterator[Any]]) -> Callable[..., Iterator[Any]]:
        def streamed(*args: Any, **kwargs: Any) -> Iterator[Any]:
            for one in found(*args, **kwargs):
                self._burn()
                yield one

        return streamed


class Histories(RuleBasedStateMachine):
    """People and machines do what they like; after every run the rules hold."""

    deals = Bundle("deals")

    def __init__(self) -> None:
        super().__init__()
        self.world = World(limits=Limits(1000, 1000))
        self.world.tracker.page_size = 2
        self.diary = Diary()
        self.backups: list[tuple[MemoryLedger, int, dict[str, int]]] = []
        self.base: dict[str, str] = {}
        self.exempt: set[str] = set()
        self.unsure: dict[str, int] = {}
        self.configs = 0
        self.new_config = False
        self.excused = False
        self.behind = False
        self.choice = {"accesses": False, "informal": True, "paper": "plain", "review": False}
        self.terms = True
        self.fuse: tuple[int, bool, bool] | None = None

    @initialize(target=deals, stage=st.sampled_from(PLACES), run=st.booleans())
    def begin(self, stage: str, run: bool) -> str:
        deal = self.world.tracker.create("First", stage, Service="Site")
        if run:
            self.run(full=False, dry=False)
        return deal

    # People.

    @rule(target=deals, stage=st.sampled_from(PLACES), service=st.sampled_from(["Site", "Audit"]))
    def create(self, stage: str, service: str) -> str:
        return self.world.tracker.create("Deal", stage, Service=service)

    @rule(deal=deals, stage=st.sampled_from(PLACES))
    def move(self, deal: str, stage: str) -> None:
        if deal not in self.world.tracker.deals:
            return
        self.world.tracker.move(deal, stage)
        where = positions(self.world)
        now = where.get(f"s:{stage}")
        if now is not None and now < where.get(self.base.get(deal, ""), -1):
            self.base[deal] = f"s:{stage}"

    @rule(
        deal=deals,
        pick=st.integers(0, 9),
        mark=st.sampled_from([Mark.TICKED, Mark.TICKED, Mark.OPEN, Mark.WAIVED]),
        by=st.sampled_from(PERSONS),
    )
    def mark(self, deal: str, pick: int, mark: Mark, by: str) -> None:
        ref = self._pick(deal, pick)
        if ref is None:
            return
        item = self.world.tracker.items[ref]
        if item.mark is mark or (item.retired and mark is not Mark.OPEN):
            return
        self.world.tracker.mark(ref, mark, by)
        self.diary.note(self.world, ref, mark, by)

    @rule(deal=deals)
    def tick_everything(self, deal: str) -> None:
        for ref, item in list(self.world.tracker.items.items()):
            if item.deal == deal and not item.retired and item.mark is Mark.OPEN:
                self.world.tracker.mark(ref, Mark.TICKED)
                self.diary.note(self.world, ref, Mark.TICKED, "somebody")

    @rule(deal=deals, pick=st.integers(0, 9))
    def delete_item(self, deal: str, pick: int) -> None:
        ref = self._pick(deal, pick)
        if ref is not None:
            self.world.tracker.delete_item(ref)
            self._unsettle(deal)

    @rule(deal=deals, pick=st.integers(0, 9))
    def copy_item(self, deal: str, pick: int) -> None:
        ref = self._pick(deal, pick)
        if ref is not None:
            self.diary.copied(self.world, self.world.tracker.duplicate_item(ref), ref)

    @rule(deal=deals, pick=st.integers(0, 9), title=st.sampled_from(["Ours", "Theirs"]))
    def rename_item(self, deal: str, pick: int, title: str) -> None:
        ref = self._pick(deal, pick)
        if ref is not None:
            self.world.tracker.rename(ref, title)

    @rule(deal=deals)
    def delete_deal(self, deal: str) -> None:
        if deal in self.world.tracker.deals and len(self.world.tracker.deals) > 1:
            self.world.tracker.delete_deal(deal)

    @rule(target=deals, deal=deals)
    def clone(self, deal: str) -> str:
        if deal not in self.world.tracker.deals:
            return deal
        known = set(self.world.tracker.items)
        twin = self.world.tracker.clone(deal)
        for ref in set(self.world.tracker.items) - known:
            self.diary.marks[ref] = [
                (self.world.tracker.now, shown(self.world.tracker.items[ref]), "")
            ]
        return twin

    @rule(deal=deals, service=st.sampled_from(["Site", "Design", "Audit", None]))
    def set_field(self, deal: str, service: str | None) -> None:
        if deal in self.world.tracker.deals:
            self.world.tracker.set_field(deal, "Service", service)
            self._unsettle(deal)

    # The admin.

    @rule(
        accesses=st.booleans(),
        informal=st.booleans(),
        paper=st.sampled_from(["plain", "paper", "back"]),
        review=st.booleans(),
    )
    def change_contract(self, **choice: Any) -> None:
        self.choice = choice
        self._configure()

    @rule(terms=st.booleans())
    def change_stages(self, terms: bool) -> None:
        self.terms = terms
        self._configure()

    @rule(guard=st.sampled_from(Guard), midway=st.sampled_from(Midway))
    def change_settings(self, guard: Guard, midway: Midway) -> None:
        self._configure(guard=guard, created_midway=midway)

    # Machines.

    @rule()
    def lose_ledger(self) -> None:
        self.world.lose_ledger()
        self.configs += 1  # a backup from before knows another beginning
        self.behind = True
        self._excuse()

    @rule()
    def back_up(self) -> None:
        kept = (dict(self.unsure), dict(self.diary.asked_since))
        self.backups.append((deepcopy(self.world.ledger), self.configs, *kept))

    @rule()
    def restore(self) -> None:
        if self.backups:
            ledger, configs, unsure, asked_since = self.backups[-1]
            self.world.ledger = deepcopy(ledger)
            known = {memory.deal for memory in ledger.scan("deals")}
            adopting = self.world.pipeline.created_midway is Midway.ADOPT
            self.exempt |= {
                deal
                for deal in self.world.tracker.deals
                if configs != self.configs
                or unsure.get(deal) != self.unsure.get(deal)
                or (adopting and deal not in known)  # it may be asked to start at the first stage
            }
            self.behind = True
            self._excuse()
            self.diary.asked_since = dict(asked_since)
            self.new_config = False

    @rule(index=st.sampled_from(["freeze", "thaw", "thaw"]))
    def lag(self, index: str) -> None:
        getattr(self.world.tracker, index)()
        self._excuse()

    @rule(deal=deals, pick=st.integers(0, 9), whole=st.booleans())
    def forget(self, deal: str, pick: int, whole: bool) -> None:
        ref = self._pick(deal, pick)
        self.world.tracker.forgotten |= {deal} if whole or ref is None else {ref}
        self._excuse()

    @rule(
        what=st.sampled_from(OPERATIONS),
        fault=st.sampled_from(Fault),
    )
    def fail(self, what: str, fault: Fault) -> None:
        self.world.tracker.faults[what] = fault

    @rule(
        what=st.sampled_from(["open", "return", "explain", "retire", "restore", "read", "look"]),
        fault=st.sampled_from(Fault),
        ahead=st.integers(1, 3),
    )
    def fail_once(self, what: str, fault: Fault, ahead: int) -> None:
        number = self.world.tracker.calls[what] + ahead
        self.world.tracker.faults[f"{what}:{number}"] = fault

    @rule()
    def mend(self) -> None:
        self.world.tracker.faults.clear()

    @rule(calls=st.integers(1, 60), ledger=st.booleans(), after=st.booleans())
    def light_a_fuse(self, calls: int, ledger: bool, after: bool) -> None:
        self.fuse = (calls, ledger, after)

    @rule(hours=st.sampled_from([1, 25]))
    def wait(self, hours: int) -> None:
        self.world.wait(hours=hours)

    @rule(full=st.booleans(), dry=st.booleans())
    def run(self, full: bool, dry: bool) -> None:
        self._run(full=full, dry=dry)

    @rule()
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
        if not world.ledger.state("deals").asks:
            self.diary.asked_since.clear()
        report = self._once(full=full)
        self.diary.births(world)
        activated = world.ledger.state("deals").activated
        check_accepted(world, self.diary, before, activated, existed)
        check_returned(world, self.diary, moved, self.base, self.exempt, new_config=self.new_config)
        self.new_config = False
        check_items(world, self.diary, doubles_excused=self.excused)
        check_comments(world)
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
        kept = deepcopy(world.ledger.__dict__)
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

    def teardown(self) -> None:
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
        check_rest(world)

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


Histories.TestCase.settings = settings(
    max_examples=HISTORIES,
    stateful_step_count=STEPS,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)
TestHistories = Histories.TestCase
