"""Guards that live in the tracker: what runs announce and declare on deals, once and in time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from readygate.action import Announce, Declare
from readygate.deal import Mark
from readygate.pipeline import Guard, Limits
from readygate.render import Names
from readygate.render.document import run_document
from readygate.render.words import what
from readygate.status import gap_of
from readygate.testing import Fault
from unit.core.story import World, kinds

ANNOUNCED = (
    "“Talks” is not offered yet: the handover has not happened.\n"
    "Lead checklist — owed by @Anna\n"
    "The move is offered as soon as every subtask of this deal is closed."
)


@pytest.fixture
def hiding() -> World:
    return World(guard=Guard.BY_SUBTASKS)


@pytest.fixture
def refusing() -> World:
    return World(guard=Guard.BY_FIELD)


def declared(world: World, deal: str) -> tuple[str, ...]:
    return world.tracker.deals[deal].declared


# -- a hidden move -------------------------------------------------------------------------------


def test_a_hidden_move_is_announced_with_the_checklist(hiding: World) -> None:
    deal = hiding.tracker.create("A deal", "Lead")
    report = hiding.run()
    assert kinds(report) == ["adopt", "open", "announce"]
    assert hiding.comments(deal) == [ANNOUNCED]
    assert hiding.run().actions == ()


def test_once_per_gate(hiding: World) -> None:
    deal = hiding.deal("Lead", "checklist")
    hiding.tracker.move(deal, "Talks")
    hiding.run()
    hiding.tracker.move(deal, "Lead")
    hiding.run()
    hiding.untick(deal, "checklist")
    hiding.run()
    first = [text.split("\n")[0] for text in hiding.comments(deal)]
    assert first == [
        "“Talks” is not offered yet: the handover has not happened.",
        "“Work” is not offered yet: the handover has not happened.",
    ]


def test_nothing_is_announced_where_nothing_is_missing(hiding: World) -> None:
    hiding.tracker.create("A deal", "Care")
    assert "announce" not in kinds(hiding.run())


def test_who_was_told_why_it_came_back_needs_no_announcement(hiding: World) -> None:
    hiding.run()
    deal = hiding.tracker.create("A deal", "Lead")
    hiding.tracker.move(deal, "Talks")
    assert kinds(hiding.run()) == ["adopt", "return", "explain", "open"]
    assert len(hiding.comments(deal)) == 1
    assert hiding.run().actions == ()


def test_a_dormant_deal_is_left_in_peace(hiding: World) -> None:
    hiding.tracker.create("old", "Lead")
    hiding.wait(days=60)
    hiding.change(adopt_within=timedelta(days=30))
    assert kinds(hiding.run()) == ["adopt"]


@pytest.mark.parametrize("fault", [Fault.LOST, Fault.DROPPED])
def test_an_announcement_whose_answer_was_lost_stands_there_once(
    hiding: World, fault: Fault
) -> None:
    deal = hiding.tracker.create("A deal", "Lead")
    hiding.tracker.faults["announce"] = fault
    hiding.run()
    hiding.tracker.faults.clear()
    hiding.run()
    assert hiding.comments(deal) == [ANNOUNCED]
    assert hiding.run().actions == ()


@pytest.mark.parametrize("guard", [Guard.RETURN, Guard.ADVISE, Guard.LOCKED, Guard.BY_FIELD])
def test_other_guards_announce_nothing(guard: Guard) -> None:
    world = World(guard=guard)
    world.tracker.create("A deal", "Lead")
    assert "announce" not in kinds(world.run())


def test_announcements_count_against_the_limit_of_opens(hiding: World) -> None:
    hiding.change(limits=Limits(opens=3))
    for _ in range(2):
        hiding.tracker.create("A deal", "Lead")
    (refusal,) = hiding.run().refusals
    assert (refusal.kind, refusal.count, refusal.limit) == ("opens", 4, 3)
    assert hiding.run(force=True).refusals == ()


def test_what_the_tracker_does_not_keep_is_not_announced(hiding: World) -> None:
    hiding.tracker.guards = {"deals": ""}
    deal = hiding.tracker.create("A deal", "Lead")
    assert kinds(hiding.run()) == ["adopt", "open"]
    hiding.tracker.guards = {"deals": "native by subtasks"}
    assert kinds(hiding.run(full=True)) == ["announce"], "as soon as it is kept, for every deal"
    assert hiding.comments(deal) == [ANNOUNCED]


@pytest.mark.parametrize(
    ("guard", "then"),
    [
        (Guard.RETURN, "Complete the items above, then move the deal again."),
        (
            Guard.BY_SUBTASKS,
            "Complete the items above: the move is offered when every subtask is closed.",
        ),
        (Guard.BY_FIELD, "Complete the items above; after the next run the move is possible."),
        (Guard.LOCKED, "Complete the items above, then request the stage again."),
    ],
)
def test_an_explanation_says_what_comes_next_under_the_guard_in_force(
    guard: Guard, then: str
) -> None:
    world = World(guard=guard)
    deal = world.deal("Lead")
    world.tracker.move(deal, "Talks")
    world.run()
    assert world.comments(deal)[-1].split("\n")[-1] == then
    world.tracker.guards = {"deals": ""}
    world.run(full=True)
    other = world.deal("Lead")
    world.tracker.move(other, "Talks")
    world.run()
    last = "Complete the items above, then move the deal again."
    assert world.comments(other)[-1].split("\n")[-1] == last


# -- fields --------------------------------------------------------------------------------------


def test_a_closed_gate_needs_no_word(refusing: World) -> None:
    deal = refusing.tracker.create("A deal", "Lead")
    assert kinds(refusing.run()) == ["adopt", "open"]
    assert declared(refusing, deal) == ()


def test_an_open_gate_is_declared_and_closed_again(refusing: World) -> None:
    deal = refusing.deal("Lead", "checklist")
    report = refusing.run()
    assert kinds(report) == ["declare"]
    assert declared(refusing, deal) == ("sales",)
    assert refusing.run().actions == ()
    refusing.untick(deal, "checklist")
    assert kinds(refusing.run()) == ["declare"]
    assert declared(refusing, deal) == ()


def test_a_passed_gate_is_left_as_it_is_until_the_deal_moves_back(refusing: World) -> None:
    deal = refusing.deal("Lead", "checklist")
    refusing.run()
    refusing.tracker.move(deal, "Talks")
    refusing.run()
    refusing.untick(deal, "checklist")
    assert refusing.run().actions == ()
    refusing.tracker.move(deal, "Lead")
    assert kinds(refusing.run()) == ["accept", "declare"]
    assert declared(refusing, deal) == ()


def test_what_somebody_else_wrote_is_put_right(refusing: World) -> None:
    """A clone carries the fields of its original."""
    deal = refusing.deal("Lead")
    refusing.tracker.deals[deal].declared = ("sales", "delivery")
    refusing.tracker.retitle(deal, "A clone")
    refusing.run()
    assert declared(refusing, deal) == ()


def test_a_waiver_opens_it_only_when_it_is_known_to_count(refusing: World) -> None:
    deal = refusing.deal("Lead")
    ref = refusing.tracker.item_of(deal, "checklist").ref
    refusing.tracker.mark(ref, Mark.WAIVED, "anna")
    refusing.run()
    assert declared(refusing, deal) == ()
    refusing.tracker.mark(ref, Mark.OPEN)
    refusing.tracker.mark(ref, Mark.WAIVED, "boris")
    refusing.run()
    assert declared(refusing, deal) == ("sales",)


@pytest.mark.parametrize("fault", [Fault.LOST, Fault.DROPPED])
def test_a_declaration_whose_answer_was_lost(refusing: World, fault: Fault) -> None:
    deal = refusing.deal("Lead", "checklist")
    refusing.tracker.faults["declare"] = fault
    refusing.run()
    refusing.tracker.faults.clear()
    refusing.run()
    refusing.run()
    assert declared(refusing, deal) == ("sales",)
    assert refusing.run().actions == ()


# -- how it is told ------------------------------------------------------------------------------


def test_both_are_told_in_words_and_as_json(refusing: World) -> None:
    names = Names()
    announce = Announce("1", "D-1", "sales", "a1", (), "why")
    declare = Declare("1", "D-1", {"sales": True, "delivery": False}, "complete", "why")
    assert what(announce, names) == "that the move to the gate of 'sales' is not offered yet"
    assert what(declare, names) == (
        "into the deal's own fields: 'sales' is open, 'delivery' is closed"
    )
    refusing.deal("Lead", "checklist")
    report = refusing.report()
    told = run_document(report, new=())["trackers"][0]["pipelines"][0]["actions"]
    assert [one["verdicts"] for one in told] == [{"sales": True}]


def test_a_guard_that_is_not_installed_is_called_no_block() -> None:
    until = "NOT installed in the tracker: run `readygate guard install`; until then a deal that"
    for guard in (Guard.BY_SUBTASKS, Guard.BY_FIELD, Guard.LOCKED):
        assert gap_of(guard, installed=False).startswith(until)
    for guard in (Guard.RETURN, Guard.ADVISE):
        assert gap_of(guard, installed=False) == gap_of(guard)
