"""The steps of a run: settle, read, limits, look, apply, record. One test per promise."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from readygate.action import (
    Accept,
    Explain,
    Open,
    Outcome,
    Retire,
    Return,
    Status,
    TrackerAction,
)
from readygate.deal import Look, Mark
from readygate.errors import (
    ConfigError,
    LedgerError,
    LockHeld,
    TrackerDenied,
    TrackerError,
    TrackerUnavailable,
)
from readygate.memory import Standing
from readygate.pipeline import Guard, Limits, Pipeline
from readygate.report import PipelineReport, exit_code_of
from readygate.run import Setup, run_once
from readygate.testing import Fault, MemoryTracker
from unit.core.story import World, book


def kinds(report: PipelineReport) -> list[str]:
    """The kinds of what was done, in order."""
    return [type(outcome.action).__name__ for outcome in report.outcomes]


# Settle.


@pytest.mark.parametrize("fault", [Fault.LOST, Fault.DROPPED])
@pytest.mark.parametrize("kind", ["open", "return", "explain", "retire", "restore", "amend"])
def test_a_lost_answer_is_looked_up_and_nothing_is_doubled_or_missing(
    kind: str, fault: Fault
) -> None:
    calm, troubled = World(), World()
    for world in (calm, troubled):
        deal = _through_everything(world, kind, fault if world is troubled else None)
        assert not world.ledger.unsettled("deals")
    assert troubled.tracker.items_of(deal) == calm.tracker.items_of(deal)
    assert troubled.stage(deal) == calm.stage(deal)
    comments = len(troubled.tracker.deals[deal].comments)
    assert comments == len(calm.tracker.deals[deal].comments) == 1
    titles = [[item.title for item in world.tracker.items.values()] for world in (calm, troubled)]
    assert titles[0] == titles[1]


def _through_everything(world: World, kind: str, fault: Fault | None) -> str:
    """A deal is opened, returned, explained; an item is retired, restored and amended."""
    if fault:
        world.tracker.faults = {f"{kind}:1": fault}
    world.run()
    deal = world.tracker.create("A deal", "Lead")
    for _ in range(3):
        world.run()
    world.tracker.move(deal, "Talks")
    for _ in range(3):
        world.run()
    world.tick(deal, "checklist")
    world.tracker.move(deal, "Talks")
    world.tracker.set_field(deal, "Service", "Site")
    for value in ("Site", None, "Site"):
        world.tracker.set_field(deal, "Service", value)
        for _ in range(3):
            world.run()
    contract = world.book.items["contract"]
    world.change(book(replace(contract, title="Contract, signed")))
    for _ in range(3):
        world.run()
    return deal


# Read.


@pytest.mark.parametrize("page", [1, 2])
def test_a_partial_read_writes_nothing_moves_no_cursor_and_ends_with_5(page: int) -> None:
    world = World()
    world.tracker.page_size = 2
    world.run()
    for number in range(4):
        deal = world.tracker.create(f"Deal {number}", "Talks")
    cursor = world.ledger.state("deals").cursor
    world.tracker.calls.clear()
    world.tracker.faults = {f"read:{page}": Fault.UNAVAILABLE}
    report = world.run()
    assert report.exit_code == 5
    assert str(report.error) == "read is unavailable"
    assert world.tracker.writes == []
    assert world.ledger.state("deals").cursor == cursor
    world.tracker.faults = {}
    world.run()
    assert world.stage(deal) == "Lead"


def test_an_idle_run_asks_who_we_are_and_reads_once() -> None:
    world = World()
    world.deal("Lead")
    world.run()
    world.wait(minutes=20)
    world.tracker.calls.clear()
    assert world.run().outcomes == ()
    assert dict(world.tracker.calls) == {"identify": 1, "read": 1}


def test_a_full_read_happens_daily_with_full_and_after_a_change_of_the_config() -> None:
    world = World()
    assert world.run().mode == "full"
    assert world.run().mode == "changes"
    assert world.run(full=True).mode == "full"
    world.wait(hours=24)
    assert world.run().mode == "full"
    assert world.run().mode == "changes"
    world.change(guard=Guard.ADVISE)
    assert world.run().mode == "full"


def test_a_full_read_is_weekly_where_a_daily_one_would_eat_the_budget() -> None:
    world = World()
    world.budgets = {"main": 50}
    world.tracker.create("A deal", "Lead")
    assert world.run().mode == "full"
    world.wait(hours=24)
    assert world.run().mode == "changes"
    world.wait(days=6)
    assert world.run().mode == "full"
    world.budgets = {"main": 5000}
    world.wait(hours=24)
    assert world.run().mode == "full"


# Limits.


def test_over_the_limit_of_returns_none_is_returned_and_the_rest_proceeds() -> None:
    world = World(limits=Limits(returns=1))
    deals = [world.deal("Lead") for _ in range(2)]
    fine = world.deal("Lead", "checklist")
    for deal in (*deals, fine):
        world.tracker.move(deal, "Talks")
    report = world.run()
    assert report.exit_code == 4
    (refusal,) = report.refusals
    assert str(refusal) == (
        "deals: returns: 2 planned, the limit is 1\n"
        "    Look at `readygate plan --pipeline deals`; if it is right, consent to this run:"
        " `readygate sync --pipeline deals --force`\n"
        "    Or raise pipelines.deals.limits.returns in the config"
    )
    assert [world.stage(deal) for deal in deals] == ["Talks", "Talks"]
    assert world.accepted(fine) == "Talks"
    forced = world.run(force=True)
    assert forced.exit_code == 0
    assert [world.stage(deal) for deal in deals] == ["Lead", "Lead"]


def test_over_the_limit_of_opens_nothing_is_opened_until_somebody_consents() -> None:
    world = World(limits=Limits(opens=3))
    deals = [world.tracker.create(f"Deal {number}", "Lead") for number in range(4)]
    report = world.run()
    assert report.exit_code == 4
    assert [(one.kind, one.count, one.limit) for one in report.refusals] == [("opens", 4, 3)]
    assert world.tracker.items == {}
    assert world.accepted(deals[0]) == "Lead"
    assert world.run().exit_code == 4
    assert world.run(force=True).exit_code == 0
    assert [world.tracker.items_of(deal) for deal in deals] == [{"checklist": Mark.OPEN}] * 4


def test_the_ways_past_the_limit_of_opens_are_those_that_would_help() -> None:
    def advice(world: World) -> list[str]:
        (refusal,) = world.run().refusals
        return [way.removeprefix("Or ") for way in refusal.ways[1:]]

    raising = "raise pipelines.deals.limits.opens in the config"
    narrow = "whose checklists are opened at once, in the config: pipelines.deals.adopt"
    world = World(limits=Limits(opens=3))
    for number in range(4):
        world.tracker.create(f"Deal {number}", "Lead")
    assert advice(world) == [f"narrow {narrow}: {{updated_within: 30d}}"]
    assert advice(world) == [f"narrow {narrow}: {{updated_within: 30d}}"]
    for within, text in (
        (timedelta(days=30), "30d"),
        (timedelta(hours=36), "36h"),
        (timedelta(minutes=90), "90m"),
    ):
        world.change(adopt_within=within)
        assert advice(world) == [f"narrow further {narrow}.updated_within is {text}", raising]

    world = World(limits=Limits(opens=3))
    for deal in [world.deal("Lead", "checklist") for _ in range(3)]:
        world.tracker.move(deal, "Talks")
    assert advice(world) == [raising]


# Look again.


class SlowTracker(MemoryTracker):
    """A tracker whose every look and move takes its time."""

    def __init__(self, world: World, seconds: float) -> None:
        super().__init__([*world.tracker.stages.values()], world.clock.now())
        self._world = world
        self._seconds = seconds
        self.looks: list[int] = []

    def look(self, pipeline: Pipeline, deals: Sequence[str]) -> Look:
        self.looks.append(len(deals))
        return super().look(pipeline, deals)

    def apply(self, pipeline: Pipeline, actions: Sequence[TrackerAction]) -> Iterator[Outcome]:
        if isinstance(actions[0], Return):
            self._world.clock.sleep(self._seconds)
        return super().apply(pipeline, actions)


def test_nothing_is_moved_on_a_look_older_than_five_seconds() -> None:
    world = World()
    world.tracker = slow = SlowTracker(world, 2.0)
    deals = [world.deal("Lead") for _ in range(5)]
    for deal in deals:
        world.tracker.move(deal, "Talks")
    slow.looks.clear()
    report = world.run()
    assert [world.stage(deal) for deal in deals] == ["Lead"] * 5
    assert slow.looks == [5, 2]
    assert kinds(report).count("Return") == 5
    assert kinds(report).count("Explain") == 5
    assert world.run().outcomes == ()


def test_one_slow_look_is_tried_again() -> None:
    world = World()
    world.tracker = slow = SlowTracker(world, 0.0)
    deal = world.deal("Lead")
    world.tracker.move(deal, "Talks")
    look, looks = slow.look, iter([6.0, 0.0])

    def held_up(pipeline: Pipeline, deals: Sequence[str]) -> Look:
        world.clock.sleep(next(looks, 0.0))
        return look(pipeline, deals)

    slow.look = held_up  # type: ignore[method-assign]
    report = world.run()
    assert world.stage(deal) == "Lead"
    assert {outcome.status for outcome in report.outcomes} == {Status.DONE}


def test_what_is_done_of_a_deal_that_is_late_is_told_once_and_explained() -> None:
    world = World()
    world.tracker = SlowTracker(world, 6.0)
    deal = world.deal("Talks", Service="Site")
    world.tracker.set_field(deal, "Service", "Other")
    world.tracker.move(deal, "Work")
    report = world.run()
    told = [
        (type(outcome.action).__name__, outcome.status.value)
        for outcome in report.outcomes
        if isinstance(outcome.action, Return | Retire | Explain)
    ]
    assert told.count(("Return", "done")) == 1
    assert ("Return", "stale") not in told
    assert told.count(("Explain", "done")) == 1
    assert kinds(report).count("Return") == 1
    assert (world.stage(deal), len(world.comments(deal))) == ("Talks", 1)
    assert world.tracker.items_of(deal)["brand"] is Mark.RETIRED


def test_a_deal_that_was_late_and_is_deleted_meanwhile_stays_gone() -> None:
    world = World()
    world.tracker = slow = SlowTracker(world, 6.0)
    early = [world.deal("Lead"), world.deal("Lead")]
    for deal in early:
        world.tracker.move(deal, "Talks")
    look, looks = slow.look, iter([False, True])

    def deleted(pipeline: Pipeline, deals: Sequence[str]) -> Look:
        if next(looks, False):
            world.tracker.delete_deal(early[1])
        return look(pipeline, deals)

    slow.look = deleted  # type: ignore[method-assign]
    world.run()
    assert world.memory(early[1]).standing is Standing.GONE
    assert [finding.code for finding in world.run(full=True).findings] == []


def with_many_deals() -> tuple[World, SlowTracker, list[str]]:
    """A hundred and twenty deals that wait for their first gate, 80 ms a move."""
    world = World()
    world.tracker = slow = SlowTracker(world, 0.08)
    deals = [world.tracker.create("A deal", "Lead") for _ in range(120)]
    world.run()
    return world, slow, deals


def test_what_moves_one_at_a_time_is_looked_at_fifty_deals_at_a_time() -> None:
    world, slow, deals = with_many_deals()
    for deal in deals:
        world.tracker.move(deal, "Talks")
    slow.looks.clear()
    world.run(dry=True, force=True)
    assert slow.looks == [100, 20]
    slow.looks.clear()
    report = world.run(force=True)
    assert kinds(report).count("Return") == 120
    assert slow.looks == [50, 50, 20]


def test_what_only_passes_is_looked_at_a_hundred_deals_at_a_time() -> None:
    world, slow, deals = with_many_deals()
    for deal in deals:
        world.tick(deal, "checklist")
        world.tracker.move(deal, "Talks")
    slow.looks.clear()
    report = world.run(force=True)
    assert kinds(report).count("Accept") == 120
    assert slow.looks == [100, 20]


def test_a_tracker_too_slow_to_move_safely_moves_nobody() -> None:
    world = World()
    world.tracker = slow = SlowTracker(world, 0.0)
    deal = world.deal("Lead")
    world.tracker.move(deal, "Talks")
    look = slow.look

    def crawl(pipeline: Pipeline, deals: Sequence[str]) -> Look:
        world.clock.sleep(6)
        return look(pipeline, deals)

    slow.look = crawl  # type: ignore[method-assign]
    report = world.run()
    assert world.stage(deal) == "Talks"
    assert {outcome.status for outcome in report.outcomes} == {Status.STALE}
    slow.look = look  # type: ignore[method-assign]
    world.run()
    assert world.stage(deal) == "Lead"


def test_what_changed_since_the_plan_is_seen_by_the_look() -> None:
    world = World()
    deal = world.deal("Lead")
    world.tracker.move(deal, "Talks")
    world.tracker.freeze()
    world.tick(deal, "checklist")
    assert kinds(world.run())[0] == "Accept"
    assert world.stage(deal) == "Talks"


# Apply and record.


def test_moves_come_before_comments() -> None:
    world = World()
    for deal in [world.deal("Lead") for _ in range(3)]:
        world.tracker.move(deal, "Talks")
    done = kinds(world.run())
    assert done == ["Return"] * 3 + ["Explain"] * 3


def test_items_of_a_premature_move_that_could_not_be_opened_are_opened_after_the_return() -> None:
    world = World()
    deal = world.deal()
    world.tracker.move(deal, "Work")
    world.tracker.faults = {"open": Fault.FAILED}
    world.run()
    assert world.stage(deal) == "Lead"
    assert set(world.memory(deal).items) == {"checklist"}
    world.tracker.faults = {}
    world.run()
    assert set(world.memory(deal).items) == {"checklist", "contract", "informal"}
    assert kinds(world.run()) == []


def test_one_failure_does_not_stop_the_others() -> None:
    world = World()
    deals = [world.deal("Lead") for _ in range(3)]
    for deal in deals:
        world.tracker.move(deal, "Talks")
    world.tracker.faults = {"return:2": Fault.FAILED}
    report = world.run()
    assert report.exit_code == 1
    assert sorted(world.stage(deal) for deal in deals) == ["Lead", "Lead", "Talks"]
    world.run()
    assert [world.stage(deal) for deal in deals] == ["Lead"] * 3


@pytest.mark.parametrize("fault", [Fault.DENIED, Fault.UNAVAILABLE])
def test_denied_and_unavailable_stop_the_tracker_and_skip_the_rest(fault: Fault) -> None:
    world = World()
    deals = [world.deal("Lead") for _ in range(3)]
    for deal in deals:
        world.tracker.move(deal, "Talks")
    world.tracker.faults = {"return:2": fault}
    report = world.run()
    assert report.exit_code == 5
    statuses = [one.status for one in report.outcomes if isinstance(one.action, Return)]
    assert statuses == [Status.DONE, Status.FAILED, Status.SKIPPED]
    notes = [one.status for one in report.outcomes if isinstance(one.action, Explain)]
    assert set(notes) == {Status.SKIPPED}
    world.tracker.faults = {}
    world.run()
    world.run()
    assert [world.stage(deal) for deal in deals] == ["Lead"] * 3
    assert [len(world.tracker.deals[deal].comments) for deal in deals] == [1, 1, 1]


def test_a_stopped_tracker_leaves_its_other_pipelines_for_the_next_run() -> None:
    world = World()
    deal = world.deal("Lead")
    world.tracker.move(deal, "Talks")
    other = replace(world.pipeline, key="others")
    world.tracker.faults = {"return": Fault.UNAVAILABLE}
    setup = Setup(world.book, (world.pipeline, other), {"en": str}, "2")
    world.wait(minutes=1)
    report = run_once(setup, {"main": lambda: world.tracker}, world.ledger, world.clock, run="r9")
    assert report.exit_code == 5
    assert [str(one.error or "") for one in report.pipelines] == [
        "",
        "others: not tried, because 'main' stopped answering",
    ]


def test_one_tracker_down_does_not_hold_up_the_other() -> None:
    world, second = World(), World()
    deal = second.tracker.create("A deal", "Lead")
    elsewhere = replace(world.pipeline, key="others", tracker="second")

    def down() -> MemoryTracker:
        raise TrackerUnavailable("no connection")

    report = run_once(
        Setup(world.book, (world.pipeline, elsewhere), {"en": str}, "1"),
        {"main": down, "second": lambda: second.tracker},
        world.ledger,
        world.clock,
        run="r1",
    )
    assert [str(one.error or "") for one in report.trackers] == ["no connection", ""]
    assert report.exit_code == 5
    assert second.tracker.items_of(deal) == {"checklist": Mark.OPEN}


def test_the_ledger_tells_what_was_seen_when_a_deal_was_returned() -> None:
    world = World()
    deal = world.deal("Lead")
    world.tracker.move(deal, "Talks")
    world.run()
    (event,) = [one for one in world.ledger.history(deal=deal) if one.kind == "return"]
    assert event.text == "return: done: moved to 'Talks' without: Lead checklist (Anna)"
    (item,) = event.data["seen"]
    assert (item["item"], item["why"], item["owes"]) == ("checklist", "not ticked", "Anna")
    assert event.run == "r2"
    assert event.at == world.clock.now()


def test_a_run_is_recorded_with_its_exit_code_and_counts() -> None:
    world = World()
    world.deal("Lead")
    (run,) = world.ledger.runs()
    assert (run.id, run.exit_code, dict(run.counts)) == ("r1", 0, {"done": 2})
    assert run.ended is not None
    assert run.ended - run.started < timedelta(minutes=1)


# Dry runs and properties.


def _busy() -> World:
    """A world in which every kind of thing is about to happen."""
    world = World()
    early, ready, changing = (world.deal("Lead", Service="Site") for _ in range(3))
    world.tick(ready, "checklist")
    world.tick(changing, "checklist")
    world.tracker.move(changing, "Talks")
    world.run()
    world.tracker.set_field(changing, "Service", None)
    world.tracker.move(early, "Terms")
    world.tracker.move(ready, "Talks")
    world.tracker.create("New", "Work", Service="Site")
    return world


def test_a_dry_run_changes_neither_tracker_nor_ledger_and_sync_does_exactly_that() -> None:
    world = _busy()
    tracker, ledger = deepcopy(world.tracker), deepcopy(world.ledger)
    plan = world.run(dry=True)
    assert plan.outcomes == ()
    assert (tracker.deals, tracker.items) == (world.tracker.deals, world.tracker.items)
    assert vars(ledger) == vars(world.ledger)
    world.clock.advance(timedelta(minutes=-1))
    done = world.run()
    assert [_brief(one) for one in done.actions] == [_brief(one) for one in plan.actions]
    assert {type(one).__name__ for one in done.actions} >= {"Accept", "Adopt", "Open", "Retire"}
    assert {one.status for one in done.outcomes} == {Status.DONE}
    assert world.run(dry=True).actions == ()


def _brief(action: object) -> tuple[str, str, str]:
    item = getattr(action, "item", "")
    return (type(action).__name__, getattr(action, "deal", ""), item)


class ShuffledTracker(MemoryTracker):
    """Shows the same rows in the opposite order, one to a page."""

    def read(self, pipeline: Pipeline, since: object) -> Iterator[object]:  # type: ignore[override]
        yield from reversed(list(super().read(pipeline, since)))  # type: ignore[arg-type]

    def look(self, pipeline: Pipeline, deals: Sequence[str]) -> Look:
        seen = super().look(pipeline, deals)
        return Look(seen.deals[::-1], seen.items[::-1], seen.absent[::-1])


def test_the_order_of_rows_does_not_matter() -> None:
    straight, shuffled = _busy(), _busy()
    other = ShuffledTracker([], shuffled.clock.now(), page_size=1)
    vars(other).update({**vars(shuffled.tracker), "page_size": 1})
    shuffled.tracker = other
    assert straight.run(dry=True).actions == shuffled.run(dry=True).actions


PRINT_A_PLAN = """
from unit.core.test_run_steps import _busy
print(*_busy().run(dry=True).actions, sep="\\n")
"""


def test_the_hash_seed_does_not_matter() -> None:
    tests = Path(__file__).parents[2]
    plans = {
        subprocess.run(
            [sys.executable, "-c", PRINT_A_PLAN],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(tests)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "2")
    }
    (plan,) = plans
    assert plan.count("\n") > 5


def test_an_accepted_deal_is_accepted_once() -> None:
    world = World()
    deal = world.deal("Lead", "checklist")
    world.tracker.move(deal, "Talks")
    report = world.run()
    assert [type(one).__name__ for one in report.actions] == ["Accept", "Open", "Open"]
    assert isinstance(report.actions[0], Accept)
    assert all(isinstance(one, Open) for one in report.actions[1:])
    assert world.run().actions == ()


def test_outcomes_are_settled_as_they_come_so_that_a_crash_leaves_few_to_look_up() -> None:
    world = World()
    deals = [world.tracker.create(f"Deal {number}", "Lead") for number in range(120)]
    opened: list[int] = []
    apply = world.tracker.apply

    def crash(pipeline: Pipeline, actions: Sequence[TrackerAction]) -> Iterator[Outcome]:
        for number, outcome in enumerate(apply(pipeline, actions)):
            opened.append(number)
            if number == 110:
                raise KeyboardInterrupt
            yield outcome

    world.tracker.apply = crash  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        world.run()
    assert len(world.ledger.unsettled("deals")) == 20
    world.tracker.apply = apply  # type: ignore[method-assign]
    assert world.run().exit_code == 0
    assert [world.tracker.items_of(deal) for deal in deals] == [{"checklist": Mark.OPEN}] * 120
    assert world.run().actions == ()


def test_a_stopped_tracker_skips_deals_that_were_not_looked_at_yet() -> None:
    world = World(limits=Limits(returns=1000, opens=1000))
    deals = [world.tracker.create(f"Deal {number}", "Lead") for number in range(150)]
    world.run()
    for deal in deals:
        world.tracker.move(deal, "Talks")
    world.tracker.faults = {"return:1": Fault.UNAVAILABLE}
    report = world.run()
    skipped = [one for one in report.outcomes if one.status is Status.SKIPPED]
    assert len({one.action.deal for one in skipped}) == 150
    assert len({one.deal for one in report.actions}) == 150
    world.tracker.faults = {}
    world.run()
    assert {world.stage(deal) for deal in deals} == {"Lead"}


def test_items_of_deals_outside_the_pipeline_are_forgotten() -> None:
    world = World()
    deal = world.deal("Lead")
    (item,) = world.tracker.items.values()
    world.tracker.items["999"] = replace(item, ref="999", deal="998", key="998/checklist")
    world.run(full=True)
    assert [memory.deal for memory in world.ledger.scan("deals")] == [deal]


def test_an_intent_for_a_deal_that_is_gone_is_closed() -> None:
    world = World()
    world.tracker.faults = {"open:1": Fault.LOST}
    deal = world.tracker.create("A deal", "Lead")
    world.run()
    assert len(world.ledger.unsettled("deals")) == 1
    world.tracker.delete_deal(deal)
    assert world.run().exit_code == 0
    assert world.ledger.unsettled("deals") == ()
    (event,) = [one for one in world.ledger.history(deal=deal) if one.kind == "settled"]
    assert event.text == "open of an earlier run: the deal is gone"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (LockHeld("held"), 6),
        (ConfigError([]), 3),
        (TrackerUnavailable("down"), 5),
        (TrackerDenied("no"), 5),
        (TrackerError("odd"), 1),
        (LedgerError("broken"), 7),
        (KeyboardInterrupt(), 130),
        (ValueError("bug"), 70),
    ],
)
def test_every_error_has_its_exit_code(error: BaseException, code: int) -> None:
    assert exit_code_of(error) == code
