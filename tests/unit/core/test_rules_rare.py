"""Rules that are seldom needed: what a look finds too late, twice, or not at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from readygate.action import Grant, Open, Outcome, Retire, Return, Status
from readygate.deal import Deal, Mark
from readygate.errors import LockHeld
from readygate.learn import learn
from readygate.memory import DealMemory, ItemMemory, Standing
from readygate.observe import Observer
from readygate.pipeline import Guard, Limits
from readygate.testing import Fault, MemoryLedger
from unit.core.story import World, book, kinds

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


def test_what_only_the_look_shows_to_be_over_a_limit_is_refused_and_reported() -> None:
    world = World(limits=Limits(returns=0))
    deal = world.deal("Talks", "contract")
    world.run()
    world.tracker.forgotten = {world.tracker.item_of(deal, "contract").ref}
    world.untick(deal, "contract")
    world.tracker.move(deal, "Work")
    report = world.run()
    assert world.stage(deal) == "Work"
    (outcome,) = [one for one in report.outcomes if isinstance(one.action, Return)]
    assert (outcome.status, outcome.message) == (Status.REFUSED, "over the limit of this run")
    assert [(one.kind, one.count, one.limit) for one in report.refusals] == [("returns", 1, 0)]


def test_a_dry_run_over_a_limit_refuses_and_has_no_outcomes() -> None:
    world = World(limits=Limits(opens=0))
    world.tracker.create("A deal", "Lead")
    report = world.run(dry=True)
    assert [one.kind for one in report.refusals] == ["opens"]
    assert report.outcomes == ()


def test_a_deal_that_is_gone_and_still_shown_by_the_index_is_told_once() -> None:
    world = World()
    deal = world.deal("Lead")
    world.tracker.move(deal, "Talks")
    world.tracker.freeze()
    world.tracker.delete_deal(deal)
    assert [one.code for one in world.run().findings] == ["deal-gone"]
    for _ in range(2):
        assert world.run(full=True).findings == ()
        assert world.memory(deal).standing is Standing.GONE


def test_a_deal_that_a_full_read_does_not_show_is_looked_at_and_not_taken_for_gone() -> None:
    world = World()
    deal = world.deal("Lead")
    world.tracker.forgotten = {deal, world.tracker.item_of(deal, "checklist").ref}
    assert world.run(full=True).findings == ()
    assert world.memory(deal).standing is Standing.PLACED
    assert set(world.memory(deal).items) == {"checklist"}


def test_a_way_back_that_ends_off_the_path_and_goes_no_further_is_tried_again() -> None:
    world = World()
    deal = world.deal("Lead", "checklist")
    world.tracker.move(deal, "Care")
    world.tracker.faults["return:1"] = Fault.DROPPED
    world.run()
    world.tracker._move(deal, "s:Odd", "bot", ours=True)
    world.tracker.no_way.add(("s:Odd", "s:Lead"))
    report = world.run()
    assert (world.stage(deal), world.comments(deal)) == ("Odd", [])
    assert Status.FAILED in {one.status for one in report.outcomes}
    world.tracker.no_way.clear()
    world.run()
    assert world.stage(deal) == "Lead"
    assert len(world.comments(deal)) == 1


def test_an_intent_about_a_deal_nobody_knows_is_settled_as_gone() -> None:
    world = World()
    world.run()
    action = Open("999", "D-999", "checklist", "Lead checklist", "text", "reason")
    world.ledger.intend("r0", "deals", [action], world.clock.now())
    world.run()
    assert world.ledger.unsettled("deals") == ()
    (event,) = [one for one in world.ledger.history() if one.kind == "settled"]
    assert event.text == "open of an earlier run: the deal is gone"


@pytest.mark.parametrize("fault", [Fault.LOST, Fault.DROPPED])
def test_an_announcement_whose_answer_was_lost_is_looked_up_and_written_once(fault: Fault) -> None:
    world = World(guard=Guard.BY_SUBTASKS)
    world.run()
    world.tracker.faults["announce:1"] = fault
    deal = world.deal("Lead")
    assert len(world.comments(deal)) == (1 if fault is Fault.LOST else 0)
    world.run()
    assert len(world.comments(deal)) == 1
    assert world.run().actions == ()


def test_a_deal_past_the_last_gate_says_that_nothing_is_missing() -> None:
    world = World(tells_missing=True)
    deal = world.tracker.create("A deal", "Care")
    assert kinds(world.run()) == ["adopt"]
    assert world.tracker.deals[deal].told == ""


def test_an_action_on_an_item_that_is_another_by_now_teaches_nothing() -> None:
    item = ItemMemory("12", Mark.OPEN, "Scan")
    memory = DealMemory("1", items={"scan": item})
    for known in (memory, DealMemory("1")):
        action = Retire("1", "D-1", "scan", "11", Mark.OPEN, close=True, reason="why")
        assert learn(known, action, Outcome(action, Status.DONE), NOW) is known


def test_a_tracker_without_times_is_believed_and_its_moves_have_none() -> None:
    observer = Observer("deals", book(), NOW)
    deal = Deal("1", "D-1", "A deal", "s:Talks", "Talks", NOW, None)
    known = observer.deal(None, deal, strong=False).memory
    moved = Deal("1", "D-1", "A deal", "s:Lead", "Lead", NOW, None)
    sighting = observer.deal(known, moved, strong=False)
    assert (sighting.memory.stage, sighting.memory.stage_since) == ("s:Lead", NOW)
    assert [dict(event.data) for event in sighting.events] == [
        {"before": "s:Talks", "after": "s:Lead"}
    ]


# The tracker and the ledger in memory, where real ones are as strict.


def test_a_tracker_in_memory_refuses_what_is_out_of_date() -> None:
    world = World(guard=Guard.LOCKED)
    deal = world.deal("Lead")
    ref = "s:Talks"
    stale = (
        Return(deal, "D", ref, "s:Lead", "a1", "why", (), request=True),
        Return(deal, "D", ref, "s:Lead", "a1", "why", ()),
        Grant(deal, "D", ref, "s:Lead", "why"),
    )
    for action in stale:
        (outcome,) = world.tracker.apply(world.pipeline, [action])
        assert outcome.status is Status.STALE


def test_a_tracker_in_memory_tells_what_struck() -> None:
    world = World()
    for fault, status in ((Fault.STALE, Status.STALE), (Fault.FAILED, Status.FAILED)):
        world.tracker.faults["open"] = fault
        action = Open("1", "D-1", "scan", "Scan", "text", "why")
        (outcome,) = world.tracker.apply(world.pipeline, [action])
        assert outcome.status is status


def test_a_ledger_in_memory_is_locked_once() -> None:
    ledger = MemoryLedger()
    with ledger.lock(), pytest.raises(LockHeld), ledger.lock():
        pass


def test_a_return_explained_after_everything_was_ticked_says_so() -> None:
    world = World()
    deal = world.deal("Lead")
    world.tracker.move(deal, "Talks")
    world.tracker.faults = {"explain": Fault.FAILED}
    world.run()
    assert (world.stage(deal), world.comments(deal)) == ("Lead", [])
    world.tracker.faults = {}
    world.tick(deal, "checklist")
    world.run()
    (comment,) = world.comments(deal)
    assert comment == (
        "The deal was moved from “Talks” back to “Lead” before the handover was complete.\n"
        "Everything has been handed over since: move the deal on again."
    )


def test_a_walk_back_that_an_older_version_began_is_ended() -> None:
    world = World()
    deal = world.deal("Lead", "checklist")
    world.tracker.move(deal, "Care")
    world.tracker.faults["return:1"] = Fault.DROPPED
    world.run()
    world.tracker._move(deal, "s:Odd", "bot", ours=True)
    world.ledger.save("deals", [replace(world.memory(deal), walk=None)])
    world.run()
    assert world.stage(deal) == "Lead"
    assert len(world.comments(deal)) == 1
