"""Rules of the gate: moves, returns, explanations. Each test names its rule."""

from __future__ import annotations

from dataclasses import replace

import pytest

from readygate.action import Status
from readygate.deal import Mark
from readygate.memory import Standing
from readygate.pipeline import Guard
from readygate.testing import Fault
from unit.core.story import World, brief, kinds


def test_accepted_deal_gets_the_items_of_its_next_gate_at_once() -> None:
    world = World()
    deal = world.deal("Talks")
    assert world.tracker.items_of(deal) == {"contract": Mark.OPEN, "informal": Mark.OPEN}


def test_premature_move_opens_what_is_missing_returns_and_explains() -> None:
    world = World()
    deal = world.deal("Lead")
    world.tracker.move(deal, "Work")
    report = world.run()
    assert world.stage(deal) == "Lead"
    assert world.tracker.items_of(deal) == dict.fromkeys(
        ("checklist", "contract", "informal"), Mark.OPEN
    )
    (comment,) = world.comments(deal)
    assert "from “Work” back to “Lead”" in comment
    assert "Lead checklist — owed by @Anna" in comment
    assert "Signed contract — owed by @Boris" in comment
    assert "Informal" not in comment
    assert report.exit_code == 0


def test_forward_move_satisfies_every_gate_after_the_accepted_stage() -> None:
    world = World()
    deal = world.deal("Lead", "checklist")
    world.tracker.move(deal, "Work")
    world.run()
    assert world.stage(deal) == "Lead"
    assert world.memory(deal).attempt is not None
    assert world.memory(deal).attempt.missing == ("contract",)  # type: ignore[union-attr]


def test_complete_move_is_accepted_and_the_next_items_are_opened() -> None:
    world = World()
    deal = world.deal("Talks", "contract")
    world.tracker.move(deal, "Work")
    world.run()
    assert (world.stage(deal), world.accepted(deal)) == ("Work", "Work")
    assert world.tracker.items_of(deal)["acceptance"] is Mark.OPEN
    assert world.memory(deal).passed["delivery"] == ("contract", "informal")


def test_stages_of_one_process_in_a_row_have_one_gate() -> None:
    world = World()
    deal = world.deal("Talks")
    world.tracker.move(deal, "Terms")
    assert kinds(world.run()) == ["accept"]
    world.tracker.move(deal, "Talks")
    assert kinds(world.run()) == ["accept"]


def test_one_tick_is_read_by_every_gate_that_asks_for_the_item() -> None:
    world = World()
    deal = world.deal("Talks", "contract")
    world.tracker.move(deal, "Work")
    world.run()
    world.tick(deal, "acceptance")
    world.tracker.move(deal, "Care")
    world.run()
    assert world.accepted(deal) == "Care"


@pytest.mark.parametrize("aside", ["Lost", "Odd"])
def test_exit_and_unnamed_stages_have_no_position(aside: str) -> None:
    world = World()
    deal = world.deal("Talks")
    before = world.tracker.items_of(deal)
    world.tracker.move(deal, aside)
    report = world.run()
    assert kinds(report) == []
    assert world.accepted(deal) == "Talks"
    assert world.tracker.items_of(deal) == before
    assert [f.code for f in report.findings] == ([] if aside == "Lost" else ["unnamed-stage"])
    world.tracker.move(deal, "Work")
    world.run()
    assert world.stage(deal) == "Talks"


@pytest.mark.parametrize("aside", ["Lost", "Odd"])
def test_leaving_an_exit_stage_is_judged_from_the_last_accepted_stage(aside: str) -> None:
    world = World()
    deal = world.deal("Talks", "contract")
    world.tracker.move(deal, aside)
    world.run()
    world.tracker.move(deal, "Work")
    world.run()
    assert world.accepted(deal) == "Work"


def test_moves_through_an_exit_stage_between_two_runs_are_judged_as_one() -> None:
    world = World()
    deal = world.deal("Talks")
    for stage in ("Lost", "Lead", "Lost", "Work"):
        world.tracker.move(deal, stage)
    world.run()
    assert world.stage(deal) == "Talks"


def test_backward_move_is_free_and_reopens_the_gates_after_it() -> None:
    world = World()
    deal = world.deal("Talks", "contract")
    world.tracker.move(deal, "Work")
    world.run()
    world.tracker.move(deal, "Talks")
    world.run()
    assert (world.stage(deal), world.accepted(deal)) == ("Talks", "Talks")
    assert "delivery" not in world.memory(deal).passed
    assert world.tracker.items_of(deal)["contract"] is Mark.TICKED
    world.untick(deal, "contract")
    world.tracker.move(deal, "Work")
    world.run()
    assert world.stage(deal) == "Talks"


def test_untick_after_an_accepted_handover_is_reported_and_returns_nothing() -> None:
    world = World()
    deal = world.deal("Talks", "contract")
    world.tracker.move(deal, "Work")
    world.run()
    world.untick(deal, "contract")
    report = world.run()
    assert world.stage(deal) == "Work"
    assert [f.code for f in report.findings] == ["unticked-later"]
    (event,) = [e for e in world.ledger.history(deal=deal) if e.kind == "unticked"]
    assert event.text == ("item 'Signed contract': ticked → open, after the handover was accepted")


def test_optional_items_never_block() -> None:
    world = World()
    deal = world.deal("Talks", "contract")
    assert world.tracker.items_of(deal)["informal"] is Mark.OPEN
    world.tracker.move(deal, "Work")
    world.run()
    assert world.accepted(deal) == "Work"


def test_same_missing_list_within_a_day_edits_our_comment_and_mentions_nobody() -> None:
    world = World()
    deal = world.deal("Talks")
    for _ in range(3):
        world.tracker.move(deal, "Work")
        world.run()
    (comment,) = world.comments(deal)
    assert "Moved on with the same items missing so far: 3 times." in comment
    ((_, document),) = world.tracker.deals[deal].comments.values()
    assert all(
        getattr(span, "account", "") == ""
        for block in document
        for line in block.bullets
        for span in line
    )


def test_same_missing_list_after_a_day_is_a_new_comment() -> None:
    world = World()
    deal = world.deal("Talks")
    world.tracker.move(deal, "Work")
    world.run()
    world.wait(hours=25)
    world.tracker.move(deal, "Work")
    world.run()
    assert len(world.comments(deal)) == 2
    assert len({attempt for attempt, _ in world.tracker.deals[deal].comments.values()}) == 2


def test_another_missing_list_within_a_day_is_a_new_comment() -> None:
    world = World()
    deal = world.deal("Talks")
    world.tracker.move(deal, "Work")
    world.run()
    world.tick(deal, "contract")
    world.tracker.move(deal, "Care")
    world.run()
    assert len(world.comments(deal)) == 2


@pytest.mark.parametrize("between", ["Terms", "Lead"])
def test_free_moves_in_between_do_not_make_a_second_comment_within_a_day(between: str) -> None:
    world = World()
    deal = world.deal("Lead", "checklist")
    world.tracker.move(deal, "Talks")
    world.run()
    world.tracker.move(deal, "Work")
    world.run()
    world.tracker.move(deal, between)
    world.run()
    world.tracker.move(deal, "Talks")
    world.run()
    world.tracker.move(deal, "Work")
    world.run()
    assert world.stage(deal) == "Talks"
    assert len(world.comments(deal)) == 1


def test_explanation_names_the_person_to_whom_the_item_was_reassigned() -> None:
    world = World()
    deal = world.deal("Talks")
    world.tracker.item_of(deal, "contract").assignee = "anna"
    world.wait(minutes=30)
    world.tracker.rename(world.tracker.item_of(deal, "contract").ref, "The paper")
    world.tracker.move(deal, "Work")
    world.run()
    (comment,) = world.comments(deal)
    assert "The paper — owed by @" in comment
    spans = [
        span
        for _, document in world.tracker.deals[deal].comments.values()
        for block in document
        for line in block.bullets
        for span in line
    ]
    assert [span.account for span in spans if hasattr(span, "account")] == ["anna"]


def test_our_own_return_is_recognised_and_not_answered() -> None:
    world = World()
    deal = world.deal("Talks")
    world.tracker.move(deal, "Work")
    world.run()
    assert kinds(world.run()) == []
    assert kinds(world.run(full=True)) == []


def test_entitled_by_the_changelog_although_somebody_unticked_since() -> None:
    world = World()
    deal = world.deal("Talks", "contract")
    world.tracker.move(deal, "Work")
    world.untick(deal, "contract")
    world.run()
    assert (world.stage(deal), world.accepted(deal)) == ("Work", "Work")


def test_entitled_if_it_was_unticked_or_ticked_in_the_instant_of_the_move() -> None:
    for first, then in (("contract", ""), ("", "contract")):
        world = World()
        deal = world.deal("Talks", *filter(None, [first]))
        world.tracker.move(deal, "Work")
        if then:
            world.tick(deal, "contract")
        world.untick(deal, "contract")
        instant = world.tracker.deals[deal].moves[-1].at
        history = world.tracker.item_of(deal, "contract").history
        history[-1 if first else -2] = replace(history[-1 if first else -2], at=instant)
        world.run()
        assert world.stage(deal) == "Work"


def test_not_entitled_if_it_was_ticked_and_unticked_before_or_after_the_move() -> None:
    world = World()
    deal = world.deal("Talks", "contract")
    world.untick(deal, "contract")
    world.tracker.move(deal, "Work")
    world.tick(deal, "contract")
    world.untick(deal, "contract")
    world.run()
    assert world.stage(deal) == "Talks"


def test_a_passage_is_undone_by_a_later_move_back_before_the_gate() -> None:
    world = World()
    deal = world.deal("Talks", "contract")
    world.tracker.move(deal, "Work")
    world.tracker.move(deal, "Terms")
    world.untick(deal, "contract")
    world.tracker.move(deal, "Work")
    world.run()
    assert world.stage(deal) == "Talks"


def test_an_exit_stage_on_the_way_does_not_undo_a_passage() -> None:
    world = World()
    deal = world.deal("Talks", "contract")
    for stage in ("Work", "Lost", "Work"):
        world.tracker.move(deal, stage)
    world.untick(deal, "contract")
    world.run()
    assert world.accepted(deal) == "Work"


def test_the_past_is_asked_for_both_of_two_equal_items() -> None:
    world = World()
    deal = world.deal("Talks")
    first = world.tracker.item_of(deal, "contract").ref
    second = world.tracker.duplicate_item(first)
    for ref in (first, second):
        world.tracker.mark(ref, Mark.TICKED)
    world.tracker.move(deal, "Work")
    for ref in (first, second):
        world.tracker.mark(ref, Mark.OPEN)
    world.run()
    assert world.accepted(deal) == "Work"


def test_a_waiver_at_the_moment_of_the_move_counts_only_from_an_owner() -> None:
    for by, stage in (("vera", "Work"), ("boris", "Talks")):
        world = World()
        deal = world.deal("Talks")
        ref = world.tracker.item_of(deal, "contract").ref
        world.tracker.mark(ref, Mark.WAIVED, by)
        world.tracker.move(deal, "Work")
        world.tracker.mark(ref, Mark.OPEN, by)
        world.run()
        assert world.stage(deal) == stage, by


def test_without_history_the_present_decides() -> None:
    world = World()
    world.tracker.knows_history = False
    deal = world.deal("Talks", "contract")
    world.tracker.move(deal, "Work")
    world.untick(deal, "contract")
    world.run()
    assert world.stage(deal) == "Talks"


def test_closing_an_item_of_ours_does_not_count_as_a_tick_in_the_past() -> None:
    world = World()
    deal = world.deal("Talks", "contract", Service="Site")
    world.tracker.set_field(deal, "Service", "Audit")
    world.run()
    assert world.tracker.items_of(deal)["brand"] is Mark.RETIRED
    world.tracker.set_field(deal, "Service", "Site")
    world.tracker.move(deal, "Work")
    world.run()
    assert world.stage(deal) == "Talks"
    assert world.tracker.items_of(deal)["brand"] is Mark.OPEN


def test_a_retired_item_that_is_asked_for_again_counts_with_its_stored_tick() -> None:
    world = World()
    deal = world.deal("Talks", "contract", "brand", Service="Site")
    world.tracker.set_field(deal, "Service", "Audit")
    world.run()
    assert world.tracker.items_of(deal)["brand"] is Mark.RETIRED
    world.tracker.set_field(deal, "Service", "Site")
    world.tracker.move(deal, "Work")
    world.run()
    assert (world.stage(deal), world.accepted(deal)) == ("Work", "Work")
    assert world.tracker.items_of(deal)["brand"] is Mark.TICKED


def test_a_retired_item_that_people_opened_again_does_not_count() -> None:
    world = World()
    deal = world.deal("Talks", "contract", "brand", Service="Site")
    world.tracker.set_field(deal, "Service", "Audit")
    world.run()
    world.untick(deal, "brand")
    world.tracker.set_field(deal, "Service", "Site")
    world.tracker.move(deal, "Work")
    world.run()
    assert world.stage(deal) == "Talks"
    assert world.tracker.items_of(deal)["brand"] is Mark.OPEN
    assert world.memory(deal).items["brand"].mark is Mark.OPEN
    assert kinds(world.run()) == []


# Advise.


def test_advise_comments_once_per_move_and_moves_nothing() -> None:
    world = World(guard=Guard.ADVISE)
    deal = world.deal("Talks")
    world.tracker.move(deal, "Work")
    assert kinds(world.run()) == ["explain"]
    assert world.stage(deal) == "Work"
    (comment,) = world.comments(deal)
    assert "For now this is only a reminder" in comment
    assert kinds(world.run()) == []
    assert kinds(world.run(full=True)) == []
    assert len(world.comments(deal)) == 1
    assert world.accepted(deal) == "Talks"


def test_advise_accepts_when_the_items_are_complete() -> None:
    world = World(guard=Guard.ADVISE)
    deal = world.deal("Talks")
    world.tracker.move(deal, "Work")
    world.run()
    world.tick(deal, "contract")
    world.run()
    assert world.accepted(deal) == "Work"


def test_advise_accepts_what_was_complete_at_the_moment_of_the_move() -> None:
    world = World(guard=Guard.ADVISE)
    deal = world.deal("Talks", "contract")
    world.tracker.move(deal, "Work")
    world.untick(deal, "contract")
    world.run()
    assert world.accepted(deal) == "Work"
    assert world.comments(deal) == []


def test_advise_edits_its_comment_about_the_same_items_within_a_day() -> None:
    world = World(guard=Guard.ADVISE)
    deal = world.deal("Talks")
    for stage in ("Work", "Talks", "Work"):
        world.tracker.move(deal, stage)
        world.run()
    assert len(world.comments(deal)) == 1


def test_from_advise_to_return_the_deal_is_returned_and_its_comment_edited() -> None:
    world = World(guard=Guard.ADVISE)
    deal = world.deal("Talks")
    world.tracker.move(deal, "Work")
    world.run()
    world.change(guard=Guard.RETURN)
    world.run()
    assert world.stage(deal) == "Talks"
    (comment,) = world.comments(deal)
    assert "was moved from “Work” back to “Talks”" in comment


# No way back.


def test_without_a_way_back_the_deal_is_told_once_and_tried_in_every_run() -> None:
    world = World()
    deal = world.deal("Talks")
    world.tracker.no_way.add(("s:Work", "s:Talks"))
    world.tracker.move(deal, "Work")
    for _ in range(3):
        report = world.run()
        assert report.exit_code == 1
        assert Status.FAILED in {outcome.status for outcome in report.outcomes}
    (comment,) = world.comments(deal)
    assert "It could not be moved back automatically." in comment
    world.tracker.no_way.clear()
    world.run()
    assert world.stage(deal) == "Talks"
    (comment,) = world.comments(deal)
    assert "was moved from “Work” back to “Talks”" in comment


def test_multi_step_return_that_was_interrupted_walks_on() -> None:
    world = World()
    deal = world.deal("Lead", "checklist")
    world.tracker.move(deal, "Care")
    world.tracker.faults["return:1"] = Fault.DROPPED
    world.run()
    world.tracker._move(deal, "s:Odd", "bot", ours=True)
    report = world.run()
    assert world.stage(deal) == "Lead"
    assert len(world.comments(deal)) == 1
    assert report.exit_code == 0
    assert world.memory(deal).walking == ""


def test_an_interrupted_return_that_goes_on_explains_the_move_that_began_it() -> None:
    world = World()
    deal = world.deal("Lead")
    world.tracker.move(deal, "Work")
    world.tracker.faults["return:1"] = Fault.DROPPED
    world.run()
    world.tracker._move(deal, "s:Talks", "bot", ours=True)
    world.tracker.faults = {}
    world.run()
    assert world.stage(deal) == "Lead"
    (comment,) = world.comments(deal)
    assert "was moved from “Work” back to “Lead”" in comment
    assert "Signed contract" in comment
    assert world.memory(deal).walk is None
    assert world.run().actions == ()


def test_an_interrupted_return_that_goes_on_opens_what_was_missing() -> None:
    world = World()
    deal = world.deal("Lead")
    world.tracker.move(deal, "Work")
    world.tracker.faults = {"return": Fault.DROPPED, "open": Fault.DROPPED}
    world.run()
    world.tracker._move(deal, "s:Talks", "bot", ours=True)
    world.tracker.faults = {}
    world.run()
    assert world.tracker.items_of(deal).keys() == {"checklist", "contract", "informal"}
    (comment,) = world.comments(deal)
    assert "not opened yet" not in comment
    assert world.run().actions == ()


def test_a_person_who_moves_an_interrupted_return_elsewhere_is_respected() -> None:
    world = World()
    deal = world.deal("Terms")
    world.tracker.move(deal, "Care")
    world.tracker.faults["return:1"] = Fault.DROPPED
    world.run()
    world.tracker.move(deal, "Lead")
    world.run()
    assert (world.stage(deal), world.accepted(deal)) == ("Lead", "Lead")
    world.tracker.move(deal, "Lost")
    world.run()
    assert world.stage(deal) == "Lost"


# Deals that go.


def test_deleted_deal_is_recorded_and_reported_once() -> None:
    world = World()
    deal = world.deal("Talks")
    world.tracker.delete_deal(deal)
    assert [f.code for f in world.run(full=True).findings] == ["deal-gone"]
    assert world.memory(deal).standing is Standing.GONE
    report = world.run(full=True)
    assert (report.findings, report.actions) == ((), ())


def test_deal_that_is_visible_again_is_known_again() -> None:
    world = World()
    deal = world.deal("Talks", "contract")
    stored = world.tracker.deals.pop(deal)
    world.run(full=True)
    assert world.memory(deal).standing is Standing.GONE
    world.tracker.deals[deal] = stored
    world.run(full=True)
    assert world.memory(deal).standing is Standing.PLACED
    assert world.accepted(deal) == "Talks"
    world.tracker.move(deal, "Work")
    world.run()
    assert world.accepted(deal) == "Work"


def test_search_that_still_shows_a_deleted_deal_is_not_believed() -> None:
    world = World()
    deal = world.deal("Talks")
    world.wait(minutes=1)
    world.tracker.set_field(deal, "Service", "Site")
    world.tracker.freeze()
    world.tracker.delete_deal(deal)
    world.ledger.save("deals", [world.memory(deal)])
    looked = world.run(full=True)
    assert world.memory(deal).standing is Standing.GONE
    assert looked.exit_code in {0, 1}
    for _ in range(2):
        report = world.run()
        assert kinds(report) == []
        assert report.exit_code == 0


def test_deal_that_is_deleted_before_its_items_are_opened_fails_once() -> None:
    world = World()
    world.run()
    deal = world.tracker.create("A deal", "Lead")
    world.tracker.freeze()
    world.tracker.delete_deal(deal)
    assert world.run().exit_code == 1
    report = world.run()
    assert (kinds(report), report.exit_code) == ([], 0)


def test_plan_reads_like_a_story() -> None:
    world = World()
    deal = world.deal("Talks")
    world.tracker.move(deal, "Care")
    assert brief(world.run(dry=True).actions) == [
        "return s:Care s:Talks",
        "explain s:Care",
        "open acceptance Signed acceptance",
    ]


def test_trying_again_to_return_the_same_move_does_not_count_as_another() -> None:
    world = World()
    deal = world.deal("Lead")
    world.tracker.faults = {"return": Fault.FAILED}
    world.tracker.move(deal, "Talks")
    for _ in range(3):
        world.run()
    world.tracker.faults = {}
    world.run()
    assert world.stage(deal) == "Lead"
    (comment,) = world.comments(deal)
    assert "times" not in comment
