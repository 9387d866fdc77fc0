"""Rules of beginnings and of changes: adoption, lost and old ledgers, contracts that change."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from datetime import timedelta

import pytest

from readygate.contract import Item
from readygate.deal import Mark
from readygate.memory import Standing
from readygate.pipeline import Guard, Midway, Stage
from readygate.testing import Fault, MemoryLedger
from unit.core.story import STAGES, World, book, brief, kinds


def passed_delivery(world: World) -> str:
    """A deal that went from Talks to Work by the rules."""
    deal = world.deal("Talks", "contract")
    world.tracker.move(deal, "Work")
    world.run()
    assert world.accepted(deal) == "Work"
    return deal


# Adoption.


@pytest.mark.parametrize("stage", ["Lead", "Talks", "Terms", "Work", "Care"])
def test_backlog_is_adopted_where_it_stands(stage: str) -> None:
    world = World()
    deal = world.tracker.create("Old", stage)
    report = world.run()
    assert (world.stage(deal), world.accepted(deal)) == (stage, stage)
    assert kinds(report)[0] == "adopt"
    assert world.comments(deal) == []


@pytest.mark.parametrize("aside", ["Lost", "Odd"])
def test_backlog_in_a_stage_without_position_is_adopted_when_it_leaves_it(aside: str) -> None:
    world = World()
    deal = world.tracker.create("Old", aside)
    assert kinds(world.run()) == []
    world.tracker.move(deal, "Work")
    world.run()
    assert world.accepted(deal) == "Work"


def test_adopt_updated_within_narrows_whose_checklists_are_opened_at_once() -> None:
    world = World(adopt_within=timedelta(days=30))
    old = world.tracker.create("Old", "Talks")
    world.wait(days=40)
    fresh = world.tracker.create("Fresh", "Talks")
    world.run()
    assert world.tracker.items_of(old) == {}
    assert world.tracker.items_of(fresh) != {}
    assert kinds(world.run(full=True)) == []
    world.tracker.set_field(old, "Note", "alive")
    world.run()
    assert world.tracker.items_of(old) == {"contract": Mark.OPEN, "informal": Mark.OPEN}


def test_sleeping_deal_that_moves_on_too_early_is_returned() -> None:
    world = World(adopt_within=timedelta(days=30))
    old = world.tracker.create("Old", "Talks")
    world.wait(days=40)
    world.run()
    world.tracker.move(old, "Work")
    world.run()
    assert world.stage(old) == "Talks"
    assert world.tracker.items_of(old)["contract"] is Mark.OPEN


def test_created_midway_first_starts_at_the_first_stage_and_is_announced() -> None:
    world = World()
    world.run()
    deal = world.tracker.create("New", "Work")
    report = world.run()
    assert world.stage(deal) == "Lead"
    (finding,) = [f for f in report.findings if f.code == "created-midway"]
    assert finding.text == (
        f"D-{deal}: was created in 'Work'; new deals start in 'Lead'"
        " (`created_midway: adopt` would take them where they are created)"
    )


def test_created_midway_adopt_takes_it_where_it_was_created() -> None:
    world = World(created_midway=Midway.ADOPT)
    world.run()
    deal = world.tracker.create("New", "Work")
    world.run()
    assert (world.stage(deal), world.accepted(deal)) == ("Work", "Work")


def test_deals_created_while_the_first_runs_failed_are_adopted() -> None:
    world = World()
    world.tracker.faults["read"] = Fault.UNAVAILABLE
    assert world.run().exit_code == 5
    deal = world.tracker.create("Backlog", "Work")
    world.tracker.faults.clear()
    world.run()
    assert (world.stage(deal), world.accepted(deal)) == ("Work", "Work")


def test_new_deal_in_the_first_stage_gets_its_checklist() -> None:
    world = World()
    world.run()
    deal = world.tracker.create("New", "Lead")
    assert brief(world.run().actions) == ["adopt s:Lead", "open checklist Lead checklist"]
    assert world.stage(deal) == "Lead"


def test_empty_stage_is_unknown_and_never_first() -> None:
    world = World()
    world.tracker.stages[""] = ""
    deal = world.deal("Talks")
    world.tracker._move(deal, "", "somebody", ours=False)
    report = world.run()
    assert kinds(report) == []
    assert [f.text for f in report.findings] == [f"D-{deal}: has no stage"]
    assert kinds(world.run(full=True)) == []
    world.tracker.move(deal, "Work")
    world.run()
    assert world.stage(deal) == "Talks"


# Lost ledger.


def test_lost_ledger_adopts_deals_where_they_stand_and_doubles_no_item() -> None:
    world = World(created_midway=Midway.ADOPT)
    deal = passed_delivery(world)
    waiting = world.deal("Talks")
    before = (world.tracker.items_of(deal), world.tracker.items_of(waiting))
    world.lose_ledger()
    world.run()
    assert (world.accepted(deal), world.accepted(waiting)) == ("Work", "Talks")
    assert (world.tracker.items_of(deal), world.tracker.items_of(waiting)) == before
    assert kinds(world.run()) == []


def test_lost_ledger_with_a_forgetful_index_doubles_no_item() -> None:
    world = World(created_midway=Midway.ADOPT)
    deal = world.deal("Talks")
    other = world.deal("Talks")
    world.lose_ledger()
    world.tracker.forgotten = {
        item.ref for item in world.tracker.items.values() if item.deal == deal
    }
    world.run()
    world.tracker.thaw()
    world.run()
    assert len(world.tracker.items) == 4
    assert (world.accepted(deal), world.accepted(other)) == ("Talks", "Talks")


def both_asked_for(world: World) -> None:
    """Have sales ask for the brand kit too, which only some deals need."""
    inputs = {"marketing": ("outputs",), "sales": ("inputs",)}
    wanted = ("checklist", "brand")
    processes = {
        key: replace(world.book.processes[key], **dict.fromkeys(names, wanted))
        for key, names in inputs.items()
    }
    world.change(replace(world.book, processes={**world.book.processes, **processes}))


@pytest.mark.parametrize("restored", [False, True])
def test_after_a_lost_ledger_an_item_that_is_hidden_and_not_due_is_opened_no_second_time(
    *, restored: bool
) -> None:
    world = World(created_midway=Midway.ADOPT)
    both_asked_for(world)
    world.run()
    backup = deepcopy(world.ledger)
    world.wait(minutes=30)
    deal = world.tracker.create("A deal", "Lead", Service="Site")
    world.run()
    world.tick(deal, "brand")
    world.tracker.set_field(deal, "Service", "Other")
    world.run()
    world.wait(minutes=30)
    world.ledger = backup if restored else MemoryLedger()
    world.tracker.forgotten = {world.tracker.item_of(deal, "brand").ref}
    world.run()
    world.tracker.forgotten = set()
    world.wait(minutes=30)
    world.tracker.set_field(deal, "Service", "Site")
    world.run()
    assert world.tracker.items_of(deal)["brand"] is Mark.TICKED
    assert len(world.tracker.items) == 2
    world.tick(deal, "checklist")
    world.tracker.move(deal, "Talks")
    world.run()
    assert (world.stage(deal), world.accepted(deal)) == ("Talks", "Talks")


def test_deal_that_leaves_an_exit_stage_after_a_lost_ledger_is_looked_at_before_it_is_placed() -> (
    None
):
    world = World()
    deal = world.deal("Lead")
    world.tracker.move(deal, "Lost")
    world.run()
    world.lose_ledger()
    world.tracker.forgotten = {world.tracker.item_of(deal, "checklist").ref}
    world.run()
    world.tracker.move(deal, "Care")
    world.run()
    assert world.memory(deal).standing is Standing.HELD


def held(world: World) -> str:
    """A deal past a gate with items of ours open, after the ledger was lost."""
    deal = world.deal("Talks")
    world.tracker.move(deal, "Work")
    world.lose_ledger()
    world.run()
    assert world.memory(deal).standing is Standing.HELD
    return deal


def test_after_a_lost_ledger_a_deal_past_a_gate_with_open_items_is_held() -> None:
    world = World()
    deal = held(world)
    assert (world.stage(deal), world.comments(deal)) == ("Work", [])
    assert kinds(world.run()) == []
    report = world.run(full=True)
    assert kinds(report) == []
    assert [f.text for f in report.findings] == [
        f"D-{deal}: is held in 'Work': complete these items or move it: Signed contract"
    ]


def test_held_deal_is_accepted_when_it_is_complete() -> None:
    world = World()
    deal = held(world)
    world.tick(deal, "contract")
    world.run()
    assert world.memory(deal).standing is Standing.PLACED
    assert world.accepted(deal) == "Work"
    assert world.tracker.items_of(deal)["acceptance"] is Mark.OPEN


def test_held_deal_that_moves_back_is_taken_where_it_stands() -> None:
    world = World()
    deal = held(world)
    world.tracker.move(deal, "Talks")
    world.run()
    assert world.memory(deal).standing is Standing.PLACED
    assert world.accepted(deal) == "Talks"
    world.tracker.move(deal, "Work")
    world.run()
    assert world.stage(deal) == "Talks"


def test_held_deal_that_moves_back_but_not_before_its_gate_is_held_there() -> None:
    world = World(created_midway=Midway.ADOPT)
    deal = world.deal("Talks")
    world.tracker.move(deal, "Care")
    world.lose_ledger()
    world.run()
    world.tracker.move(deal, "Work")
    report = world.run()
    assert [one.code for one in report.findings] == ["held"]
    assert (world.memory(deal).standing, world.accepted(deal)) == (Standing.HELD, "Work")
    assert world.stage(deal) == "Work"


def test_held_deal_that_moves_on_too_early_is_returned_to_where_it_was_held() -> None:
    world = World()
    deal = held(world)
    world.tracker.move(deal, "Care")
    world.run()
    assert world.stage(deal) == "Work"
    assert world.memory(deal).standing is Standing.HELD


def test_held_deal_that_was_entitled_to_move_on_is_not_returned() -> None:
    world = World(book(Item("informal", "Informal agreements")))
    deal = world.deal("Talks", "contract")
    world.tracker.move(deal, "Work")
    world.lose_ledger()
    world.change(created_midway=Midway.ADOPT)
    world.run()
    assert world.memory(deal).standing is Standing.HELD
    # The next gate's only required items are "contract" (ticked) and "acceptance".
    world.tracker.items[world.tracker._ref()] = replace(
        world.tracker.item_of(deal, "contract"),
        ref=world.tracker._ref(),
        key=f"{deal}/acceptance",
        title="Signed acceptance",
        mark=Mark.OPEN,
        history=[],
        updated=world.tracker.now,
    )
    (ref,) = [ref for ref, item in world.tracker.items.items() if item.title == "Signed acceptance"]
    world.tracker.items[ref].ref = ref
    world.tracker.mark(ref, Mark.TICKED)
    world.tracker.move(deal, "Care")
    world.tracker.mark(ref, Mark.OPEN)
    world.run()
    assert world.stage(deal) == "Care"


def test_held_deal_that_disappears_and_comes_back_is_still_held() -> None:
    world = World()
    deal = held(world)
    stored = world.tracker.deals.pop(deal)
    world.run(full=True)
    world.tracker.deals[deal] = stored
    world.tracker.set_field(deal, "Note", "back")
    world.run()
    assert world.memory(deal).standing is Standing.HELD


# An old backup.


def test_old_backup_gives_no_second_items_and_returns_nobody_entitled() -> None:
    world = World()
    deal = world.deal("Talks", "contract")
    backup = deepcopy(world.ledger)
    world.tracker.move(deal, "Work")
    world.run()
    world.untick(deal, "contract")
    world.run()
    count = len(world.tracker.items)
    world.ledger = backup
    world.run(full=True)
    assert (world.stage(deal), world.accepted(deal)) == ("Work", "Work")
    assert len(world.tracker.items) == count
    assert kinds(world.run()) == []


def test_old_backup_knows_deals_that_it_has_not_seen_by_their_items() -> None:
    world = World()
    world.run()
    backup = deepcopy(world.ledger)
    deal = world.deal("Lead")
    world.wait(hours=1)
    world.run()
    world.ledger = backup
    world.run(full=True)
    assert world.tracker.items_of(deal) == {"checklist": Mark.OPEN}
    assert len(world.tracker.items) == 1


def test_an_old_backup_looks_before_it_adopts_a_deal_past_a_gate() -> None:
    world = World(created_midway=Midway.ADOPT)
    world.run()
    deal = world.tracker.create("New", "Work")
    world.tracker.freeze()  # from now on searches do not show what we open
    backup = deepcopy(world.ledger)
    world.run()
    assert world.tracker.items_of(deal) == {"acceptance": Mark.OPEN, "contract": Mark.OPEN}
    world.ledger = backup
    world.run()
    assert world.memory(deal).standing is Standing.HELD, "the contract is owed to delivery as well"
    owed = {"acceptance": Mark.OPEN, "contract": Mark.OPEN, "informal": Mark.OPEN}
    assert world.tracker.items_of(deal) == owed
    assert len(world.tracker.items) == 3, "none of them was opened twice"


@pytest.mark.parametrize("lost", [True, False])
def test_what_was_announced_on_a_deal_is_looked_up_by_a_ledger_that_does_not_know(
    *, lost: bool
) -> None:
    world = World(guard=Guard.BY_SUBTASKS)
    world.run()
    backup = deepcopy(world.ledger)
    deal = world.deal("Lead")
    assert len(world.tracker.deals[deal].comments) == 1
    world.ledger = MemoryLedger() if lost else backup
    world.run()
    assert len(world.tracker.deals[deal].comments) == 1
    assert world.run().actions == ()


# Contracts that change.


def test_new_item_appears_on_gates_not_yet_passed_only() -> None:
    world = World(created_midway=Midway.ADOPT)
    waiting = world.deal("Talks")
    past = passed_delivery(world)
    world.change(
        book(
            Item("accesses", "Accesses", external=True),
            delivery=("contract", "brand", "informal", "accesses"),
        )
    )
    world.run()
    assert "accesses" in world.tracker.items_of(waiting)
    assert "accesses" not in world.tracker.items_of(past)
    assert world.accepted(past) == "Work"


def test_item_added_in_the_same_run_as_a_move_does_not_judge_that_move() -> None:
    world = World()
    deal = world.deal("Talks", "contract")
    world.tracker.move(deal, "Work")
    world.change(
        book(
            Item("accesses", "Accesses", external=True),
            delivery=("contract", "brand", "informal", "accesses"),
        )
    )
    world.run()
    assert (world.stage(deal), world.accepted(deal)) == ("Work", "Work")


def test_spared_item_stays_spared_if_that_run_fails() -> None:
    world = World()
    deal = world.deal("Talks", "contract")
    world.tracker.move(deal, "Work")
    world.change(
        book(
            Item("accesses", "Accesses", external=True),
            delivery=("contract", "brand", "informal", "accesses"),
        )
    )
    world.tracker.faults["look"] = Fault.UNAVAILABLE
    assert world.run().exit_code == 5
    world.tracker.faults.clear()
    world.run()
    assert (world.stage(deal), world.accepted(deal)) == ("Work", "Work")


def test_spared_item_judges_a_move_after_the_deal_went_back_by_itself() -> None:
    world = World(guard=Guard.ADVISE)
    deal = world.deal("Talks")
    world.tracker.move(deal, "Work")
    world.change(
        book(
            Item("accesses", "Accesses", external=True),
            delivery=("contract", "brand", "informal", "accesses"),
        )
    )
    world.run()
    assert world.memory(deal).spared == ("accesses",)
    world.tracker.move(deal, "Talks")
    world.run()
    assert world.memory(deal).spared == ()
    world.tick(deal, "contract")
    world.tracker.move(deal, "Work")
    world.run()
    assert world.accepted(deal) == "Talks"


def test_spared_item_judges_the_next_move() -> None:
    world = World()
    deal = world.deal("Talks")
    world.tracker.move(deal, "Work")
    world.change(
        book(
            Item("accesses", "Accesses", external=True),
            delivery=("contract", "brand", "informal", "accesses"),
        )
    )
    world.run()
    assert world.stage(deal) == "Talks"
    assert world.tracker.items_of(deal)["accesses"] is Mark.OPEN
    world.tick(deal, "contract")
    world.tracker.move(deal, "Work")
    world.run()
    assert world.stage(deal) == "Talks"


def inserted(behind: str) -> tuple[Stage, ...]:
    """The stages with a stage of process "check" put after one of them."""
    found: list[Stage] = []
    for stage in STAGES:
        found.append(stage)
        if stage.name == behind:
            found.append(Stage("Odd", "review"))
    return tuple(found)


def with_review() -> object:
    """The contract with a process "review" that needs an item of its own."""
    from readygate.contract import Process  # noqa: PLC0415

    the_book = book(Item("minutes", "Minutes", external=True))
    review = Process("review", "Review", "vera", ("minutes",), ())
    return replace(the_book, processes={**the_book.processes, "review": review})


def test_gate_inserted_behind_a_deal_has_been_passed() -> None:
    world = World()
    deal = world.deal("Work")
    world.change(with_review(), stages=inserted("Terms"))  # type: ignore[arg-type]
    world.run()
    assert world.accepted(deal) == "Work"
    assert "minutes" not in world.tracker.items_of(deal)


def test_gate_inserted_before_a_deal_holds() -> None:
    world = World()
    deal = world.deal("Talks", "contract")
    world.change(with_review(), stages=inserted("Terms"))  # type: ignore[arg-type]
    world.run()
    assert world.tracker.items_of(deal)["minutes"] is Mark.OPEN
    world.tracker.move(deal, "Work")
    world.run()
    assert world.stage(deal) == "Talks"


def test_gate_inserted_in_the_run_that_sees_the_move_lets_it_pass() -> None:
    world = World()
    deal = world.deal("Talks", "contract")
    world.tracker.move(deal, "Work")
    world.change(with_review(), stages=inserted("Terms"))  # type: ignore[arg-type]
    world.run()
    assert world.accepted(deal) == "Work"


def test_accepted_stage_removed_from_the_config_moves_nobody() -> None:
    world = World()
    deal = world.deal("Terms")
    world.change(stages=tuple(one for one in STAGES if one.name != "Terms"))
    report = world.run()
    assert {f.code for f in report.findings} == {"unnamed-stage"}
    world.tracker.move(deal, "Talks")
    world.run()
    assert world.accepted(deal) == "Talks"


def test_deal_whose_accepted_stage_is_gone_is_returned_to_the_last_gate_it_passed() -> None:
    world = World()
    deal = world.deal("Terms")
    world.change(stages=tuple(one for one in STAGES if one.name != "Terms"))
    world.tracker.move(deal, "Work")
    world.run()
    assert world.stage(deal) == "Talks"


def test_stage_renamed_in_the_tracker_is_followed_and_reported() -> None:
    world = World()
    deal = world.deal("Talks", "contract")
    world.tracker.stages["s:Work"] = "Production"
    world.wait(hours=25)
    report = world.run()
    assert "stage-renamed" in {f.code for f in report.findings}
    world.tracker.move(deal, "Work")
    world.run()
    assert world.accepted(deal) == "Production"


def test_stage_renamed_on_both_sides_is_the_same_stage() -> None:
    world = World()
    deal = world.deal("Talks", "contract")
    world.tracker.stages["s:Work"] = "Production"
    world.change(
        stages=tuple(replace(s, name="Production") if s.name == "Work" else s for s in STAGES)
    )
    world.tracker.move(deal, "Work")
    world.run()
    assert world.accepted(deal) == "Production"


def test_names_are_looked_up_again_when_an_unknown_stage_is_seen() -> None:
    world = World()
    deal = world.deal("Talks")
    world.tracker.stages["s:New"] = "Brand new"
    world.tracker.move(deal, "New")
    world.run()
    before = world.tracker.calls["resolve"]
    world.run()
    assert world.tracker.calls["resolve"] == before + 1
    world.run()
    assert world.tracker.calls["resolve"] == before + 1


def test_an_explanation_owed_by_a_restored_ledger_is_looked_up_before_it_is_written() -> None:
    world = World()
    world.run()
    deal = world.tracker.create("New", "Talks")
    world.tracker.faults = {"explain": Fault.UNAVAILABLE}
    world.run()
    assert world.stage(deal) == "Lead"
    backup = deepcopy(world.ledger)
    world.tracker.faults = {}
    world.run()
    assert len(world.tracker.deals[deal].comments) == 1
    world.ledger = backup
    world.run()
    assert len(world.tracker.deals[deal].comments) == 1
    world.run()
    assert world.run().actions == ()


def test_a_second_move_after_a_restored_ledger_finds_the_explanation_of_the_first() -> None:
    world = World()
    world.run()
    deal = world.tracker.create("New", "Talks")
    world.tracker.faults = {"explain": Fault.UNAVAILABLE}
    world.run()
    backup = deepcopy(world.ledger)
    world.tracker.faults = {}
    world.run()
    world.ledger = backup
    world.tracker.move(deal, "Talks")
    world.run()
    assert world.stage(deal) == "Lead"
    assert len(world.tracker.deals[deal].comments) == 1
    assert world.run().actions == ()


def test_a_lost_ledger_is_said_to_be_lost() -> None:
    world = World()
    deals = [world.deal("Lead") for _ in range(2)]
    world.lose_ledger()
    report = world.run()
    assert [one.text for one in report.findings] == [
        (
            "2 deals carry items of ours that the ledger did not know: it is new, or was lost or"
            " restored. The items are kept, the deals are adopted where they stand"
        )
    ]
    assert {one.reason for one in report.actions} == {
        "it carries items of ours that this ledger did not know"
    }
    assert [world.accepted(deal) for deal in deals] == ["Lead", "Lead"]
    assert world.run().findings == ()


@pytest.mark.parametrize("fault", [Fault.FAILED, Fault.DENIED])
def test_after_a_refusal_names_and_rights_are_looked_up_again(fault: Fault) -> None:
    world = World()
    deal = world.deal("Lead")
    world.wait(minutes=15)
    world.tracker.move(deal, "Talks")
    world.tracker.faults = {"return": fault}
    world.run()
    assert world.tracker.calls["resolve"] == 1
    world.run()
    assert world.tracker.calls["resolve"] == 2
    world.run()
    assert world.tracker.calls["resolve"] == 2  # a refusal minutes later changes nothing
