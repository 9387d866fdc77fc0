"""From an empty folder to the first gate in four commands, with nobody to ask."""

from __future__ import annotations

import json

import pytest

from cli.beginner import OWNERS, Beginner
from readygate_sandbox.web import Refusal
from support.waiting import at_once

BORIS = "boris@example.com"
CAFE = "Advertising for the café “North Wind”"


def test_airtable_in_four_commands(beginner: Beginner, monkeypatch: pytest.MonkeyPatch) -> None:
    control = beginner.sandbox.airtable
    at_once(monkeypatch, control.clock.advance)
    init = beginner.init(*beginner.airtable, "--example", "--guard", "return", *OWNERS)
    setup = beginner.run("setup", "--yes")
    doctor = beginner.run("doctor")
    sync = beginner.run("sync")
    assert [one.code for one in (init, setup, doctor, sync)] == [0, 0, 0, 0]
    assert doctor.out.splitlines()[-1].startswith("Nothing stands in the way: ")
    assert "5 deals adopted" in sync.out

    deals = control.table("Deals").records
    deal = next(ref for ref in deals if control.cells(ref)["Name"] == CAFE)
    control.clock.advance(60)
    control.act(BORIS, "edit", record=deal, fields={"Stage": "In production"})
    assert beginner.run("sync").code == 0
    assert control.cells(deal)["Stage"] == "Negotiation"
    (comment,) = [one.text for one in control.record(deal).comments if "handover" in one.text]
    assert "Scan of the signed contract" in comment
    for row in control.table("Checklist").records:
        if deal in control.cells(row)["Deal"]:
            control.act(BORIS, "edit", record=row, fields={"Done": True})
    control.clock.advance(60)
    control.act(BORIS, "edit", record=deal, fields={"Stage": "In production"})
    assert beginner.run("sync").code == 0
    assert control.cells(deal)["Stage"] == "In production"


def stage(beginner: Beginner, deal: str) -> str:
    control = beginner.sandbox.control
    return control.store.statuses[control.issue(deal).status].name


def offered(beginner: Beginner, deal: str) -> set[str]:
    """The stages that the board offers to Boris."""
    found = beginner.ask(BORIS, f"/rest/api/3/issue/{deal}/transitions")
    return {option["to"]["name"] for option in found["transitions"]}


def comments(beginner: Beginner, deal: str) -> str:
    return json.dumps(beginner.ask(BORIS, f"/rest/api/3/issue/{deal}/comment"), ensure_ascii=False)


def four_commands(beginner: Beginner, *guard: str) -> None:
    init = beginner.init(*beginner.jira, "--example", "--guard", "native", *guard, *OWNERS)
    doctor = beginner.run("doctor")
    install = beginner.run("guard", "install", "--yes")
    sync = beginner.run("sync")
    assert [one.code for one in (init, doctor, install, sync)] == [0, 0, 0, 0]
    assert "  readygate guard install  has the tracker itself refuse a move" in init.out
    assert doctor.out.splitlines()[-1].startswith("Nothing stands in the way: ")


def open_items(beginner: Beginner, deal: str) -> list[str]:
    told = beginner.ask(BORIS, f"/rest/api/3/issue/{deal}?fields=subtasks")
    return [one["key"] for one in told["fields"]["subtasks"]]


def test_jira_in_four_commands_refuses_the_move_until_the_last_item_is_ticked(
    beginner: Beginner,
) -> None:
    four_commands(beginner)
    control = beginner.sandbox.control
    assert "In production" not in offered(beginner, "DEAL-3")
    with pytest.raises(Refusal) as refused:
        control.act(BORIS, "transition", issue="DEAL-3", to="In production")
    assert "cannot go from 'Negotiation' to 'In production'" in str(refused.value.answer.body)
    assert stage(beginner, "DEAL-3") == "Negotiation"
    assert "“In production” is not offered yet: the handover has not happened." in comments(
        beginner, "DEAL-3"
    )
    *others, last = open_items(beginner, "DEAL-3")
    for item in others:
        control.act(BORIS, "tick", issue=item)
    assert "In production" not in offered(beginner, "DEAL-3")
    control.act(BORIS, "tick", issue=last)
    control.act(BORIS, "transition", issue="DEAL-3", to="In production")
    assert beginner.run("sync").code == 0
    assert stage(beginner, "DEAL-3") == "In production"


def test_by_field_the_board_says_why_and_the_next_run_opens_the_way(beginner: Beginner) -> None:
    four_commands(beginner, "--by", "field")
    control = beginner.sandbox.control
    reason = "Inputs of “In production” are still open: see the checklist."

    def refused() -> str:
        with pytest.raises(Refusal) as said:
            control.act(BORIS, "transition", issue="DEAL-3", to="In production")
        return str(said.value.answer.body)

    assert reason in refused()
    for item in open_items(beginner, "DEAL-3"):
        control.act(BORIS, "tick", issue=item)
    assert reason in refused()
    assert beginner.run("sync").code == 0
    control.act(BORIS, "transition", issue="DEAL-3", to="In production")
    assert beginner.run("sync").code == 0
    assert stage(beginner, "DEAL-3") == "In production"


def test_the_default_is_a_first_period_in_which_nothing_is_moved(beginner: Beginner) -> None:
    beginner.init(*beginner.jira, "--example", *OWNERS)
    assert beginner.run("sync").code == 0
    beginner.sandbox.control.act(BORIS, "transition", issue="DEAL-3", to="In production")
    assert "1 comment written" in beginner.run("sync").out
    assert stage(beginner, "DEAL-3") == "In production"
    # As the comment in the config says: write `return`, look at the plan, and leave it at that.
    text = beginner.config.read_text("utf-8")
    beginner.config.write_text(text.replace("guard: advise\n", "guard: return\n"), "utf-8")
    assert "1 deal to return" in beginner.run("plan").out
    assert "1 deal returned" in beginner.run("sync").out
