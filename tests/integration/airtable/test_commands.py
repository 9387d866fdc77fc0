"""The commands, end to end: setup, check, plan, sync and status on a base that begins empty."""

from __future__ import annotations

import json
import re

from integration.airtable.town import ANNA, BOT, story
from readygate_cli.wiring import SystemClock


def test_setup_shows_and_without_consent_creates_nothing(town):
    code, out, _ = town.run("setup")
    assert code == 10
    assert out.startswith(
        "base: this would be created:\n"
        "  + the table 'Checklist' with the fields 'Item', 'Key', 'Deal', 'Done', 'Owner', 'Due',"
        " 'Waived because', 'Retired', 'Notes'\n"
        "The API lets nobody create these; a person clicks them together:\n"
    )
    assert out.endswith("Nothing was created: run `readygate setup --yes`.\n")
    assert [t.name for t in town.control.base().tables.values()] == ["Deals"]


def test_setup_then_check_plan_and_sync_with_nothing_done_by_hand(town):
    code, out, _ = town.run("setup", "--yes")
    assert code == 0
    assert "  created: the table 'Checklist'" in out
    code, out, _ = town.run("setup", "--yes")
    assert (code, out.splitlines()[0]) == (0, "base: everything that can be created is there.")
    assert town.run("check")[0] == 0
    code, out, _ = town.run("plan")
    assert code == 0
    assert "budget: base: 100,000 requests a month; none used yet" in out
    code, out, err = town.run("sync", "-v")
    assert (code, err) == (0, "")
    assert "1 deal adopted" in out
    assert town.run("sync") == (0, "", "")


def test_a_premature_move_is_returned_explained_and_accepted_when_complete(town):
    deal = story(town)
    town.edit(deal, Stage="Negotiation")
    code, _out, err = town.run("sync", "-v")
    assert (code, err) == (0, "")
    assert town.cells(deal)["Stage"] == "New lead"
    (comment,) = town.comments(deal)
    anna = town.control.user(ANNA).id
    assert f"• Lead checklist — owed by @[{anna}]" in comment
    town.edit(town.rows(deal)["checklist"], Done=True)
    town.edit(deal, Stage="Negotiation")
    assert town.run("sync")[0] == 0
    assert town.cells(deal)["Stage"] == "Negotiation"
    assert set(town.rows(deal)) == {"checklist", "scan"}
    assert town.run("sync") == (0, "", "")


def test_a_waived_item_lets_the_deal_pass_and_status_says_so(town):
    deal = story(town)
    town.edit(town.rows(deal)["checklist"], Waived_because="known customer")
    town.edit(deal, Stage="Negotiation")
    assert town.run("sync")[0] == 0
    assert town.cells(deal)["Stage"] == "Negotiation"
    out = town.run("status", "--deal", "Website", "--all")[1]
    assert "waived: Lead checklist, by somebody (this tracker cannot say who)" in out
    assert "budget: base: " in out


def test_plan_and_status_hold_the_budget_against_the_use_in_every_form(town):
    story(town)
    town.control.clock.advance(300)
    assert town.run("sync")[0] == 0
    for command in ("plan", "status"):
        (used,) = json.loads(town.run(command, "--json", "--every", "5m")[1])["budgets"]
        assert (used["tracker"], used["allowed"], used["every_seconds"]) == ("base", 100_000, 300)
        assert f"about {used['per_month']:,} of 100,000 a month" in used["text"]
        assert used["fits"] is True
        line = f"budget: {used['text']}\n"
        assert town.run(command, "--every", "5m")[1].endswith(line)
        assert town.run(command, "--format", "markdown", "--every", "5m")[1].endswith(f"> {line}")


def test_a_deleted_item_comes_back_and_does_not_open_the_gate(town):
    deal = story(town)
    town.control.act(ANNA, "delete", record=town.rows(deal)["checklist"])
    town.edit(deal, Stage="Negotiation")
    assert town.run("sync")[0] == 0
    assert town.cells(deal)["Stage"] == "New lead"
    assert set(town.rows(deal)) == {"checklist"}


def test_a_deleted_deal_is_told(town):
    deal = story(town)
    town.control.act(ANNA, "delete", record=deal)
    out = town.run("sync", "--full", "-v")[1]
    assert "Website is gone" in out


def test_an_item_no_longer_asked_for_is_retired_and_keeps_its_tick(town):
    deal = story(town)
    row = town.rows(deal)["checklist"]
    town.edit(row, Done=True)
    text = (town.folder / "readygate.yaml").read_text()
    without = text.replace("outputs: [checklist]", "").replace("inputs: [checklist], ", "")
    without = without.replace("  checklist: { title: Lead checklist }\n", "")
    (town.folder / "readygate.yaml").write_text(without)
    assert town.run("sync")[0] == 0
    assert (town.cells(row).get("Retired"), town.cells(row).get("Done")) == (True, True)
    (town.folder / "readygate.yaml").write_text(text)
    assert town.run("sync")[0] == 0
    assert (town.cells(row).get("Retired"), town.cells(row).get("Done")) == (None, True)
    town.edit(deal, Stage="Negotiation")
    assert town.run("sync")[0] == 0
    assert town.cells(deal)["Stage"] == "Negotiation"


LOCKED = """guard: locked
    requested_field: Requested stage
    missing_field: What is missing"""


def test_locked_requests_are_refused_and_explained_then_granted(town):
    town.write(LOCKED)
    code, out, _ = town.run("setup", "--yes")
    assert code == 0
    assert "  created: the field 'Requested stage' in the table 'Deals'" in out
    assert "“Edit field permissions”" in out
    deal = story(town)
    town.control.permit("Deals", "Stage", [BOT])
    assert town.cells(deal)["What is missing"] == "Lead checklist — owed by Anna Kotova"
    town.edit(deal, Requested_stage="Negotiation")
    code, out, err = town.run("sync", "-v")
    assert (code, err) == (0, "")
    assert "the request for “Negotiation”" in out
    cells = town.cells(deal)
    assert (cells["Stage"], cells.get("Requested stage")) == ("New lead", None)
    (comment,) = town.comments(deal)
    assert comment.startswith(
        "“Negotiation” was requested, but the handover has not happened yet: the deal stays in"
        " “New lead”."
    )
    assert town.run("sync") == (0, "", "")
    town.edit(town.rows(deal)["checklist"], Done=True)
    town.edit(deal, Requested_stage="Negotiation")
    assert town.run("sync")[0] == 0
    cells = town.cells(deal)
    assert (cells["Stage"], cells.get("Requested stage")) == ("Negotiation", None)
    assert cells["What is missing"] == "Scan of the contract — owed by Boris Lykov"
    assert town.run("sync") == (0, "", "")
    out = town.run("status")[1]
    assert "guard: locked (people ask for a stage and our account alone moves the deal" in out


def test_a_request_for_an_exit_is_granted_at_once(town):
    town.write(LOCKED)
    deal = story(town)
    town.edit(deal, Requested_stage="Lost")
    assert town.run("sync")[0] == 0
    assert town.cells(deal)["Stage"] == "Lost"
    assert town.run("sync") == (0, "", "")


def test_behind_the_lock_a_move_by_hand_is_returned(town):
    town.write(LOCKED)
    deal = story(town)
    town.edit(deal, Stage="In production")
    assert town.run("sync")[0] == 0
    assert town.cells(deal)["Stage"] == "New lead"


def test_an_idle_run_makes_two_requests(town):
    story(town)
    town.control.clock.advance(3600)
    town.run("sync")
    town.control.clock.advance(3600)
    town.run("sync")
    town.control.log.clear()
    assert town.run("sync") == (0, "", "")
    assert town.control.log.counts() == {"POST /<base>/<table>/listRecords": 2}


def test_a_deal_that_was_completed_while_we_had_to_wait_is_not_returned(town, monkeypatch):
    deal = story(town)
    row = town.rows(deal)["checklist"]
    town.edit(deal, Stage="Negotiation")
    limited = {"error": {"type": "RATE_LIMIT_REACHED", "message": "wait"}}
    town.control.faults.add("refuse", method="PATCH", count=1, status=429, body=limited)
    wait = SystemClock.sleep

    def ticked_meanwhile(clock: SystemClock, seconds: float) -> None:
        if seconds >= 30:
            town.edit(row, Done=True)
        wait(clock, seconds)

    monkeypatch.setattr(SystemClock, "sleep", ticked_meanwhile)
    assert town.run("sync")[0] == 0
    assert town.run("sync")[0] == 0
    assert town.cells(deal)["Stage"] == "Negotiation"
    assert town.comments(deal) == []


def test_the_monthly_limit_ends_with_five_and_says_so(town):
    story(town)
    town.control.limits.configure({"blocked": True})
    code, _, err = town.run("sync")
    assert code == 5
    assert "the workspace has used up its API calls of this month" in err


def test_over_the_limit_no_setting_is_advised_that_airtable_cannot_have(town):
    town.write("limits: { opens: 1 }")
    town.run("setup", "--yes")
    for number in range(2):
        town.create(f"Deal {number}")
    code, _, err = town.run("sync")
    assert code == 4
    assert "Or raise pipelines.deals.limits.opens in the config" in err
    assert "updated_within" not in err


def test_the_history_tells_what_was_seen_before_a_return(town):
    deal = story(town)
    town.edit(deal, Stage="Negotiation")
    assert town.run("sync")[0] == 0
    out = town.run("log", "Website")[1]
    shown = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d)? \w+", "TIME", out).splitlines()
    at = next(number for number, line in enumerate(shown) if " look " in line)
    reason = "moved to 'Negotiation' without: Lead checklist (Anna Kotova)"
    assert [re.sub("  +", "  ", line) for line in shown[at : at + 6]] == [
        f"TIME  deals  Website  look  return: {reason}",
        "  looked at TIME: in “Negotiation”, accepted in “New lead”",
        "  who moved it and when, the tracker does not tell; first seen there TIME",
        "  “Lead checklist”: not ticked since TIME, owed by Anna Kotova",
        f"  decided: return to “New lead”, because {reason}",
        f"TIME  deals  Website  return  done: {reason}",
    ]
