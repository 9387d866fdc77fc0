"""From an empty folder to the first gate in four commands, with nobody to ask."""

from __future__ import annotations

import pytest

from cli.beginner import OWNERS, Beginner
from readygate_cli.wiring import SystemClock

BORIS = "boris@example.com"
CAFE = "Advertising for the café “North Wind”"


def test_airtable_in_four_commands(beginner: Beginner, monkeypatch: pytest.MonkeyPatch) -> None:
    control = beginner.sandbox.airtable
    monkeypatch.setattr(SystemClock, "sleep", lambda _self, seconds: control.clock.advance(seconds))
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


def test_jira_in_three_commands(beginner: Beginner) -> None:
    control = beginner.sandbox.control
    init = beginner.init(*beginner.jira, "--example", "--guard", "return", *OWNERS)
    doctor = beginner.run("doctor")
    sync = beginner.run("sync")
    assert [one.code for one in (init, doctor, sync)] == [0, 0, 0]
    assert doctor.out.splitlines()[-1].startswith("Nothing stands in the way: ")
    control.act(BORIS, "transition", issue="DEAL-3", to="In production")
    assert "1 deal returned" in beginner.run("sync").out
    assert control.store.statuses[control.issue("DEAL-3").status].name == "Negotiation"


def test_the_default_is_a_first_period_in_which_nothing_is_moved(beginner: Beginner) -> None:
    control = beginner.sandbox.control
    beginner.init(*beginner.jira, "--example", *OWNERS)
    assert beginner.run("sync").code == 0
    control.act(BORIS, "transition", issue="DEAL-3", to="In production")
    assert "1 comment written" in beginner.run("sync").out
    assert control.store.statuses[control.issue("DEAL-3").status].name == "In production"
    # As the comment in the config says: write `return`, look at the plan, and leave it at that.
    text = beginner.config.read_text("utf-8")
    beginner.config.write_text(text.replace("guard: advise\n", "guard: return\n"), "utf-8")
    assert "1 deal to return" in beginner.run("plan").out
    assert "1 deal returned" in beginner.run("sync").out
