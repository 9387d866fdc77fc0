"""The scripted history: what people do before each run, and everything a run has to do about it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from conformance import airtable
from faults.worlds import SECOND, STEP_BY_STEP, World
from readygate_sandbox.web import Refusal


@dataclass(frozen=True, slots=True)
class Step:
    """What people do, and the command that is run then; whether that is killed too."""

    name: str
    act: Callable[[World], None]
    argv: tuple[str, ...] = ("sync",)
    killed: bool = True


def nothing(world: World) -> None:
    """Nobody does anything."""


def beginning(world: World) -> None:
    world.create("Old", "Talks")
    world.create("Early")


def new_deals(world: World) -> None:
    world.create("Alpha")
    world.create("Beta", service="Site")
    world.create("Midway", "Talks")


def premature_and_entitled(world: World) -> None:
    world.move("Alpha", "Talks")
    world.tick("Beta", "checklist")
    world.move("Beta", "Talks")


def again_and_unticked(world: World) -> None:
    world.move("Alpha", "Talks")
    world.untick("Beta", "checklist")


def waived(world: World) -> None:
    world.play.waive(world.item("Alpha", "checklist"), "boris")
    world.move("Alpha", "Talks")


def deleted_item(world: World) -> None:
    world.play.delete_item(world.item("Beta", "contract"))
    world.move("Beta", "Work")


def contract_changes(world: World) -> None:
    world.tick("Beta", "brand")
    world.write(**SECOND)


def contract_is_as_before(world: World) -> None:
    world.write()


def handover(world: World) -> None:
    world.tick("Beta", "contract")
    world.move("Beta", "Work")
    world.move("Old", "Work")


def backward(world: World) -> None:
    world.move("Beta", "Talks")
    world.play.delete_deal(world.deal("Midway"))
    world.move("Early", "Lost")


def forward_again(world: World) -> None:
    world.move("Beta", "Work")
    world.move("Early", "Lead")
    world.tick("Old", "contract")
    world.move("Old", "Work")


def new_guarded_deals(world: World) -> None:
    world.create("Alpha")
    world.create("Beta", service="Site")


def far_ahead(world: World) -> None:
    world.move("Alpha", "Work")
    world.tick("Beta", "checklist")
    world.move("Beta", "Work")


def ticked_and_hasty(world: World) -> None:
    world.tick("Beta", "checklist")
    world.create("Hasty")
    with suppress(Refusal):  # where no run has to see a deal first
        world.move("Hasty", "Talks")


def moved_on(world: World) -> None:
    with suppress(Refusal):  # where only our account moves deals, it has done so by now
        world.move("Beta", "Talks")
    world.untick("Beta", "checklist")
    world.tick("Early", "checklist")


def locked(world: World) -> None:
    world.control.permit("Deals", "Stage", [airtable.BOT])
    world.ask("Early", "Talks")


def asked_rightly(world: World) -> None:
    world.tick("Early", "checklist")
    world.ask("Early", "Talks")
    world.tick("Old", "contract")


def asked_back(world: World) -> None:
    world.ask("Early", "Lead")
    world.ask("Old", "Work")


SETUP = Step("what is missing is created", nothing, ("setup", "--yes"))
STEPS = (
    Step("deals are adopted", beginning),
    Step("new deals, one of them past a gate", new_deals),
    Step("a premature move and an accepted handover", premature_and_entitled),
    Step("the same premature move again, and an un-tick after a handover", again_and_unticked),
    Step("a waiver", waived),
    Step("a deleted item and a premature move", deleted_item),
    Step("the contract drops an item, asks for another and words one anew", contract_changes),
    Step("the contract is as before", contract_is_as_before),
    Step("an accepted handover and a premature one", handover),
    Step("a move back, a deleted deal and a lost one", backward),
    Step("forward again", forward_again),
)
GUARDED = (
    Step("the guard is installed", beginning, ("guard", "install", "--yes"), killed=False),
    Step("deals are adopted", nothing),
    Step("new deals under a guard", new_guarded_deals),
    Step("an item is ticked, and a deal moves before any run has seen it", ticked_and_hasty),
    Step("the complete deal moves on", moved_on),
)
STEPWISE = (
    STEPS[0],
    Step("new deals", new_guarded_deals),
    Step("deals jump over a stage", far_ahead),
    Step("and again", far_ahead),
)
ASKING = (
    SETUP,
    STEPS[0],
    Step("a stage is asked for too early", locked),
    Step("a stage is asked for and granted", asked_rightly),
    Step("stages are asked for, one of them back", asked_back),
)
HISTORIES = {
    ("jira", "return"): STEPS,
    ("airtable", "return"): (SETUP, *STEPS),
    ("airtable", "locked"): ASKING,
    ("jira", STEP_BY_STEP): STEPWISE,
    ("jira", "native by subtasks"): GUARDED,
    ("jira", "native by field"): GUARDED,
}
"""Connector and guard -> what happens."""
