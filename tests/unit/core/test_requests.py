"""Guard `locked`: people ask for a stage; it is granted when all is ticked, else refused."""

from __future__ import annotations

from datetime import UTC

import pytest

from readygate.action import Grant, Return, Tell
from readygate.deal import Mark
from readygate.pipeline import Guard, Limits
from readygate.render import Names, run_document
from readygate.render.text import deal_lines
from readygate.render.words import what
from readygate.status import status_of
from readygate.testing import Fault
from unit.core.story import STAGES, World, book, brief, kinds


@pytest.fixture
def world() -> World:
    return World(guard=Guard.LOCKED)


def asked(world: World, deal: str, stage: str) -> None:
    world.tracker.request(deal, stage)


def test_a_complete_request_is_granted_and_the_next_checklist_opened(world: World) -> None:
    deal = world.deal("Lead", "checklist")
    asked(world, deal, "Talks")
    report = world.run()
    assert brief(report.actions)[0] == "grant s:Lead s:Talks"
    assert (world.stage(deal), world.tracker.deals[deal].requested) == ("Talks", "")
    assert world.accepted(deal) == "Talks"
    assert set(world.tracker.items_of(deal)) == {"checklist", "contract", "informal"}
    assert world.comments(deal) == []
    assert world.run().actions == ()


def test_an_incomplete_request_is_refused_and_explained(world: World) -> None:
    deal = world.deal("Lead")
    asked(world, deal, "Talks")
    report = world.run()
    assert kinds(report) == ["return", "explain"]
    assert (world.stage(deal), world.tracker.deals[deal].requested) == ("Lead", "")
    assert world.comments(deal) == [
        (
            "“Talks” was requested, but the handover has not happened yet: the deal stays in"
            " “Lead”.\n"
            "Lead checklist — owed by @Anna\n"
            "Complete the items above, then request the stage again."
        )
    ]
    assert world.tracker.deals[deal].moves == []
    assert world.run().actions == ()


def test_asking_again_edits_the_same_comment(world: World) -> None:
    deal = world.deal("Lead")
    for _ in range(3):
        asked(world, deal, "Talks")
        world.run()
    (comment,) = world.comments(deal)
    assert "Requested with the same items missing so far: 3 times." in comment


def test_a_request_over_several_gates_needs_all_of_them(world: World) -> None:
    deal = world.deal("Lead", "checklist")
    asked(world, deal, "Work")
    world.run()
    assert world.stage(deal) == "Lead"
    assert "Signed contract" in world.comments(deal)[0]
    assert "contract" in world.tracker.items_of(deal)


def test_a_backward_request_is_granted_and_closes_the_gates_again(world: World) -> None:
    deal = world.deal("Lead", "checklist")
    asked(world, deal, "Talks")
    world.run()
    asked(world, deal, "Lead")
    world.run()
    assert (world.stage(deal), world.accepted(deal)) == ("Lead", "Lead")
    assert world.memory(deal).passed == {}
    assert world.run().actions == ()


def test_an_exit_is_granted_and_the_way_out_of_it_too(world: World) -> None:
    deal = world.deal("Lead")
    asked(world, deal, "Lost")
    world.run()
    assert (world.stage(deal), world.accepted(deal)) == ("Lost", "Lead")
    asked(world, deal, "Lead")
    world.run()
    assert (world.stage(deal), world.tracker.deals[deal].requested) == ("Lead", "")
    assert world.run().actions == ()


def test_asking_for_the_stage_it_stands_in_only_clears_the_request(world: World) -> None:
    deal = world.deal("Lead")
    asked(world, deal, "Lead")
    world.run()
    assert (world.stage(deal), world.tracker.deals[deal].requested) == ("Lead", "")


def test_a_stage_that_the_config_does_not_name_is_left_and_told(world: World) -> None:
    deal = world.deal("Lead")
    asked(world, deal, "Odd")
    report = world.run()
    assert report.actions == ()
    assert f"D-{deal}: asks for 'Odd', which the config does not name" in [
        finding.text for finding in report.findings
    ]
    assert world.tracker.deals[deal].requested == "s:Odd"


def test_a_deal_without_a_stage_gets_the_one_it_asks_for(world: World) -> None:
    world.deal("Lead")
    deal = world.tracker.create("New", "")
    report = world.run()
    assert report.actions == ()
    assert f"D-{deal}: has no stage; ask for one" in [one.text for one in report.findings]
    asked(world, deal, "Lead")
    report = world.run()
    assert kinds(report) == ["adopt", "grant", "open"]
    assert (world.stage(deal), world.tracker.deals[deal].requested) == ("Lead", "")
    assert set(world.tracker.items_of(deal)) == {"checklist"}
    assert world.accepted(deal) == "Lead"
    assert world.run().actions == ()


def test_a_deal_without_a_stage_does_not_get_past_a_gate(world: World) -> None:
    world.deal("Lead")
    deal = world.tracker.create("New", "")
    asked(world, deal, "Talks")
    world.run()
    assert (world.tracker.deals[deal].stage, world.tracker.deals[deal].requested) == ("", "")
    (comment,) = world.comments(deal)
    assert comment.startswith("“Talks” was requested, but the handover has not happened yet")
    assert set(world.tracker.items_of(deal)) == {"checklist"}
    world.tick(deal, "checklist")
    asked(world, deal, "Talks")
    world.run()
    assert world.stage(deal) == "Talks"
    assert world.run().actions == ()


def test_a_new_deal_that_asks_at_once_is_placed_and_judged_in_one_run(world: World) -> None:
    world.deal("Lead")
    world.wait(minutes=1)
    deal = world.tracker.create("New", "Lead")
    asked(world, deal, "Talks")
    world.run()
    assert (world.stage(deal), world.tracker.deals[deal].requested) == ("Lead", "")
    assert len(world.comments(deal)) == 1
    assert world.run().actions == ()


def test_behind_the_lock_a_move_by_hand_is_returned(world: World) -> None:
    deal = world.deal("Lead")
    world.tracker.move(deal, "Talks")
    world.run()
    assert world.stage(deal) == "Lead"
    assert "moved from “Talks” back to “Lead”" in world.comments(deal)[0]


def test_a_request_means_nothing_to_the_other_guards() -> None:
    world = World(guard=Guard.RETURN)
    deal = world.deal("Lead", "checklist")
    asked(world, deal, "Talks")
    assert world.run().actions == ()
    assert world.stage(deal) == "Lead"


def test_a_refusal_counts_against_the_limit_of_returns(world: World) -> None:
    deals = [world.deal("Lead") for _ in range(11)]
    for deal in deals:
        asked(world, deal, "Talks")
    report = world.run()
    assert [refusal.kind for refusal in report.refusals] == ["returns"]
    assert all(world.tracker.deals[deal].requested for deal in deals)


@pytest.mark.parametrize("fault", [Fault.LOST, Fault.DROPPED])
def test_a_grant_whose_answer_was_lost_is_settled(world: World, fault: Fault) -> None:
    deal = world.deal("Lead", "checklist")
    asked(world, deal, "Talks")
    world.tracker.faults["grant"] = fault
    world.run()
    world.tracker.faults.clear()
    world.run()
    assert (world.stage(deal), world.accepted(deal)) == ("Talks", "Talks")
    assert world.run().actions == ()


@pytest.mark.parametrize("fault", [Fault.LOST, Fault.DROPPED])
def test_a_refusal_whose_answer_was_lost_is_settled(world: World, fault: Fault) -> None:
    deal = world.deal("Lead")
    asked(world, deal, "Talks")
    world.tracker.faults["return"] = fault
    world.run()
    world.tracker.faults.clear()
    world.run()
    world.run()
    assert (world.stage(deal), world.tracker.deals[deal].requested) == ("Lead", "")
    assert len(world.comments(deal)) == 1


# -- what is missing, on the deal ----------------------------------------------------------------


def test_the_deal_says_what_is_missing_and_keeps_it_current() -> None:
    world = World(book(), tells_missing=True)
    deal = world.deal("Lead")
    assert world.tracker.deals[deal].told == "Lead checklist — owed by Anna"
    assert world.run().actions == ()
    world.tick(deal, "checklist")
    world.run()
    assert world.tracker.deals[deal].told == ""
    world.tracker.mark(world.tracker.item_of(deal, "checklist").ref, Mark.OPEN)
    world.run()
    assert world.tracker.deals[deal].told == "Lead checklist — owed by Anna"
    world.tick(deal, "checklist")
    world.tracker.move(deal, "Talks")
    world.run()
    assert world.tracker.deals[deal].told == "Signed contract — owed by Boris"
    assert world.run().actions == ()


# -- how it is told ------------------------------------------------------------------------------

NAMES = Names(stages={"2": "Talks", "1": "Lead"}, processes={"sales": "Sales"})


def test_requests_and_notes_in_words() -> None:
    actions = (
        Grant("10", "D-1", "2", "1", "complete", gates={"sales": ("checklist",)}),
        Grant("10", "D-1", "1", "2", "why", reopened=("sales",)),
        Return("10", "D-1", "2", "1", "a1", "why", ("checklist",), request=True),
        Tell("10", "D-1", "Scan", "why"),
        Tell("10", "D-1", "", "why"),
    )
    assert [what(action, NAMES) for action in actions] == [
        "in “Talks”, as it was asked for; handed over to “Sales”",
        "in “Lead”, as it was asked for; to be handed over again to “Sales”",
        "the request for “Talks”",
        "what is missing, into the deal",
        "that nothing is missing",
    ]


def test_requests_and_notes_as_json(world: World) -> None:
    world.change(tells_missing=True)
    deal = world.deal("Lead", "checklist")
    asked(world, deal, "Talks")
    (pipeline,) = run_document(world.report(dry=True))["trackers"][0]["pipelines"]
    found = {action["kind"]: action for action in pipeline["actions"]}
    assert found["grant"]["stage"] == {"ref": "s:Talks", "name": "Talks"}
    assert found["grant"]["passed"] == ["sales"]
    assert found["tell"]["text"] == "Signed contract — owed by Boris"


def test_status_tells_what_a_deal_asks_for(world: World) -> None:
    deal = world.deal("Lead")
    asked(world, deal, "Talks")
    world.tracker.faults["look"] = Fault.UNAVAILABLE
    world.report()
    bound = world.pipeline.bind({stage.name: f"s:{stage.name}" for stage in STAGES})
    status = status_of(world.book, bound, world.memory(deal), {}, world.clock.now())
    assert status.requested == "Talks"
    assert "    asks for “Talks”" in list(deal_lines(status, UTC))


def test_a_refusal_explained_late_says_that_all_is_there(world: World) -> None:
    deal = world.deal("Lead")
    asked(world, deal, "Talks")
    world.tracker.faults["explain"] = Fault.FAILED
    world.run()
    world.tracker.faults.clear()
    world.tick(deal, "checklist")
    world.run()
    assert world.comments(deal)[-1].endswith(
        "Everything has been handed over since: request the stage again."
    )


def test_narrowing_is_advised_where_deals_tell_when_they_changed() -> None:
    world = World(limits=Limits(opens=1))
    for _ in range(2):
        world.tracker.create("A deal", "Lead")
    (refusal,) = world.run().refusals
    assert any("updated_within" in way for way in refusal.ways)
