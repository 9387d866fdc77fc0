"""Where a deal stands, told from memory: the same verdict as a run, for people."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from readygate.deal import Mark
from readygate.gate import Verdict, Why
from readygate.memory import ANYBODY, DealMemory, Standing
from readygate.pipeline import Guard
from readygate.status import DealStatus, Waiver, Whereabouts, gap_of, status_of
from unit.core.story import World


def status(world: World, deal: str, **changes: object) -> DealStatus:
    """The status of a deal after the last run, `changes` made to what is remembered of it."""
    memory = replace(world.ledger.memories("deals", [deal])[deal], **changes)  # type: ignore[arg-type]
    remembered = world.ledger.binding("main")
    assert remembered is not None
    binding = remembered[0]
    pipeline = world.pipeline.bind(binding.stages["deals"])
    return status_of(world.book, pipeline, memory, binding.people, world.clock.now())


@pytest.fixture
def world() -> World:
    """A world with one run behind it."""
    world = World()
    world.run()
    return world


def test_a_new_deal_owes_the_next_gate(world: World) -> None:
    deal = world.tracker.create("Website", "Lead", Service="Site")
    world.run()
    world.wait(hours=5)

    seen = status(world, deal)

    assert (seen.stage, seen.accepted, seen.gate, seen.gate_stage) == (
        "Lead",
        "Lead",
        "sales",
        "Talks",
    )
    assert seen.verdict is Verdict.CLOSED
    assert [(r.item, r.owes, r.why) for r in seen.missing] == [
        ("checklist", "Anna", Why.NOT_TICKED)
    ]
    assert seen.stood is not None
    assert timedelta(hours=5) < seen.stood < timedelta(hours=6)
    assert seen.is_open


def test_a_complete_gate_is_open(world: World) -> None:
    deal = world.tracker.create("Website", "Lead")
    world.run()
    world.tick(deal, "checklist")
    world.run()

    seen = status(world, deal)

    assert seen.verdict is Verdict.OPEN
    assert seen.missing == ()
    assert [reason.why for reason in seen.reasons] == [Why.TICKED]


def test_after_acceptance_the_following_gate_is_next(world: World) -> None:
    deal = world.tracker.create("Website", "Lead", Service="Site")
    world.run()
    world.tick(deal, "checklist")
    world.tracker.move(deal, "Talks")
    world.run()

    seen = status(world, deal)

    assert (seen.gate, seen.gate_title, seen.gate_stage) == ("delivery", "Delivery", "Work")
    assert [reason.item for reason in seen.missing] == ["contract", "brand"]
    assert [reason.item for reason in seen.reasons] == ["contract", "brand", "informal"]


def test_a_passed_gate_is_never_next(world: World) -> None:
    deal = world.tracker.create("Website", "Lead")
    world.run()

    seen = status(world, deal, passed={"sales": ("checklist",)})

    assert seen.gate == "delivery"


def test_the_gate_of_the_accepted_stage_itself_lies_behind(world: World) -> None:
    deal = world.tracker.create("Website", "Lead")
    world.run()
    stages = world.ledger.binding("main")[0].stages["deals"]  # type: ignore[index]

    seen = status(world, deal, accepted=stages["Talks"], passed={})

    assert seen.gate == "delivery"


def test_what_a_deal_is_spared_is_not_missing(world: World) -> None:
    deal = world.tracker.create("Website", "Lead")
    world.run()

    seen = status(world, deal, spared=("checklist",))

    assert (seen.verdict, seen.reasons) == (Verdict.OPEN, ())


def test_an_accepted_stage_that_the_config_forgot_is_judged_from_the_last_passed_gate(
    world: World,
) -> None:
    deal = world.tracker.create("Website", "Lead")
    world.run()

    seen = status(world, deal, accepted="77", passed={"sales": ("checklist",)})

    assert (seen.accepted, seen.gate) == ("77", "delivery")


def test_a_deal_that_no_run_has_placed_has_no_verdict(world: World) -> None:
    deal = world.tracker.create("Website", "Lead")
    world.run()

    seen = status(world, deal, standing=Standing.NEW, accepted="")

    assert (seen.gate, seen.verdict, seen.whereabouts) == ("", None, Whereabouts.PATH)


def test_waivers_are_shown_with_who_made_them(world: World) -> None:
    deal = world.tracker.create("Website", "Lead", Service="Site")
    world.run()
    world.tick(deal, "checklist")
    world.tracker.move(deal, "Talks")
    world.run()
    vera = world.ledger.binding("main")[0].people["vera"]  # type: ignore[index]
    world.tracker.mark(world.tracker.item_of(deal, "brand").ref, Mark.WAIVED, by=vera)
    world.tracker.mark(world.tracker.item_of(deal, "contract").ref, Mark.WAIVED, by="stranger")
    world.run()

    seen = status(world, deal)

    assert set(seen.waivers) == {
        Waiver("brand", "Brand kit", "Vera", counts=True),
        Waiver("contract", "Signed contract", "stranger", counts=False),
    }
    assert [(r.item, r.why) for r in seen.missing] == [("contract", Why.WAIVED_BY_OTHER)]


@pytest.mark.parametrize(
    ("author", "by", "counts"),
    [(ANYBODY, "somebody (this tracker cannot say who)", True), (None, "", False)],
)
def test_a_waiver_without_a_known_author(
    world: World, author: str | None, by: str, counts: bool
) -> None:
    deal = world.tracker.create("Website", "Lead")
    world.run()
    memory = world.ledger.memories("deals", [deal])[deal]
    item = replace(memory.items["checklist"], mark=Mark.WAIVED, waived_by=author)

    seen = status(world, deal, items={"checklist": item})

    assert seen.waivers == (Waiver("checklist", "Lead checklist", by, counts),)
    assert bool(seen.unclear) is not counts


@pytest.mark.parametrize(
    ("stage", "whereabouts", "is_open"),
    [
        ("Lost", Whereabouts.EXIT, False),
        ("Odd", Whereabouts.UNNAMED, True),
        ("Care", Whereabouts.FINISHED, False),
        ("Work", Whereabouts.PATH, True),
    ],
)
def test_whereabouts(stage: str, whereabouts: Whereabouts, is_open: bool) -> None:
    world = World()
    deal = world.tracker.create("Website", stage)
    world.run()

    seen = status(world, deal)

    assert (seen.whereabouts, seen.is_open) == (whereabouts, is_open)


def test_a_held_deal_has_not_arrived(world: World) -> None:
    deal = world.tracker.create("Website", "Lead")
    world.run()
    stages = world.ledger.binding("main")[0].stages["deals"]  # type: ignore[index]

    seen = status(
        world, deal, stage=stages["Care"], accepted=stages["Care"], standing=Standing.HELD
    )

    assert seen.whereabouts is Whereabouts.PATH


def test_a_deal_that_is_gone(world: World) -> None:
    deal = world.tracker.create("Website", "Lead")
    world.run()

    seen = status(world, deal, standing=Standing.GONE)

    assert (seen.whereabouts, seen.verdict, seen.is_open) == (Whereabouts.GONE, None, False)


def test_a_memory_without_label_is_called_by_its_ref(world: World) -> None:
    seen = status_of(world.book, world.pipeline, DealMemory("10001"), {}, world.clock.now())

    assert (seen.label, seen.since, seen.stood) == ("10001", None, None)


def test_somebody_who_has_left_the_config_since_the_last_run_is_no_error(world: World) -> None:
    deal = world.tracker.create("Website", "Lead", Service="Site")
    world.run()
    memory = world.ledger.memories("deals", [deal])[deal]
    accounts = {"somebody-gone": "account-gone", "nobody": ""}

    seen = status_of(world.book, world.pipeline, memory, accounts, world.clock.now())

    assert seen.label == memory.label


def test_every_guard_names_its_gap() -> None:
    assert {guard: gap_of(guard) for guard in Guard} == {
        Guard.RETURN: (
            "a deal that moves on too early stands there until the next run moves it back"
        ),
        Guard.ADVISE: (
            "nothing is held back: a deal that moves on too early gets a comment and stays"
        ),
        Guard.LOCKED: (
            "people ask for a stage and our account alone moves the deal, as long as it alone may;"
            " whoever may lift that in the tracker can move a deal by hand, and then it stands"
            " there until the next run moves it back"
        ),
        Guard.BY_SUBTASKS: (
            "once installed, the tracker hides the move while any subtask of the deal is open,"
            " ours or not, required or not; a deal whose items no run has opened yet, or whose"
            " items were waived by the wrong person, can pass, and the next run moves it back"
        ),
        Guard.BY_FIELD: (
            "once installed, the tracker refuses the move until a run has written into the deal"
            " that its items are complete; one un-ticked since then can still pass, and the next"
            " run moves the deal back"
        ),
    }
