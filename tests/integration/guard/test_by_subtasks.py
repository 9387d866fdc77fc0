"""`guard: native` by subtasks: Jira hides the move while a subtask is open, and nothing else."""

from __future__ import annotations

import json

import pytest

from integration.guard.conftest import MakeFloor
from integration.guard.floor import BORIS, MEMBER, OURS, STAGES, Floor, seed

NATIVE = "guard: native"
MEANINGS = ("allow", "deny")
ONLY = "offered only while every subtask is in Done or Won't do"


@pytest.fixture(params=MEANINGS)
def floor(request: pytest.FixtureRequest, make_floor: MakeFloor) -> Floor:
    """The demo site, which reads `statusIds` in one way or the other."""
    return make_floor(NATIVE, seed(child_condition=request.param))


def test_install_shows_the_difference_and_waits_for_consent(floor: Floor) -> None:
    before = floor.workflow()
    code, out, _ = floor.run("guard", "install")
    assert code == 10
    assert out == (
        "deals: guard native by subtasks: NOT in force: nothing refuses a move, the next run moves"
        " the deal back\n"
        "  moves that are refused while a gate is closed:\n"
        "    New lead → Negotiation ('Negotiation')\n"
        "    New lead → In production ('In production')\n"
        "    New lead → Done ('Done')\n"
        "    Negotiation → In production ('In production')\n"
        "    Negotiation → Done ('Done')\n"
        "  what gets past it, or is blocked beyond it:\n"
        "    every subtask counts: optional items, subtasks that people made and items of later"
        " gates hold a move back too\n"
        "    a deal whose items no run has opened yet can pass once; the next run moves it back\n"
        "    an item waived by somebody else than the owner of the receiving process lets the deal"
        " pass in Jira; the next run moves it back\n"
        "    Jira hides the button without a word; a comment on the deal says why\n"
        "    a deal can come from Lost into 'Negotiation': no stage on the path lies before that"
        " move; the next run judges it\n"
        "    a deal can come from Lost into 'In production': no stage on the path lies before that"
        " move; the next run judges it\n"
        "    a deal can come from Lost into 'Done': no stage on the path lies before that move; the"
        " next run judges it\n"
        "  `install` would make these changes:\n"
        f"    + rule on 'Negotiation' (New lead → Negotiation): {ONLY}\n"
        f"    + rule on 'In production' (New lead → In production): {ONLY}\n"
        f"    + rule on 'Done' (New lead → Done): {ONLY}\n"
        f"    + rule on 'In production' (Negotiation → In production): {ONLY}\n"
        f"    + rule on 'Done' (Negotiation → Done): {ONLY}\n"
        "Nothing was changed: run `readygate guard install --yes`.\n"
    )
    assert floor.workflow() == before


def test_a_person_cannot_make_the_forbidden_move_and_finds_the_reason(floor: Floor) -> None:
    floor.done("guard", "install", "--yes")
    floor.done("sync")
    deal = floor.create("Website")
    floor.done("sync")
    assert floor.offered(deal) == {"Lost"}
    assert floor.move(deal, "Negotiation").startswith(f"{deal} cannot go from 'New lead'")
    (comment,) = floor.comments(deal)
    assert "“Negotiation” is not offered yet: the handover has not happened." in comment
    assert "Lead checklist  — owed by  Анна Котова" in comment
    assert "The move is offered as soon as every subtask of this deal is closed." in comment


def test_he_can_the_moment_the_last_item_is_ticked(floor: Floor) -> None:
    floor.done("guard", "install", "--yes")
    floor.done("sync")
    deal = floor.create("Website")
    floor.done("sync")
    floor.tick(deal)
    assert floor.offered(deal) >= {"Negotiation", "Lost"}
    assert floor.move(deal, "Negotiation") == ""
    floor.done("sync")
    assert floor.status(deal) == "Negotiation"
    assert floor.offered(deal) == {"New lead", "Lost"}
    floor.tick(deal, "Scan of the contract")
    assert floor.offered(deal) == {"New lead", "Lost"}, "an optional subtask holds it too"
    floor.tick(deal)
    assert floor.move(deal, "In production", BORIS) == ""
    assert floor.run("sync", "-v")[1].count("accepted") == 1


def test_beyond_its_extras_it_blocks_nothing(floor: Floor) -> None:
    """From every status, with an open subtask: only moves on through a gate are hidden."""
    floor.done("guard", "install", "--yes")
    path = STAGES[:4]
    for start in STAGES:
        deal = floor.create(f"in {start}")
        if start != "New lead":
            assert floor.move(deal, start) == ""
        floor.control.act(BORIS, "create", parent=deal, summary="made by hand")
        onward = set(path[path.index(start) + 1 :]) if start in path else set()
        within = {"Done"} if start == "In production" else set()  # one process, no gate between
        assert floor.offered(deal) == set(STAGES) - {start} - (onward - within)


def test_what_slips_past_is_returned(floor: Floor) -> None:
    floor.done("guard", "install", "--yes")
    floor.done("sync")
    deal = floor.create("Website")
    assert floor.move(deal, "In production") == "", "no run has seen it yet"
    floor.done("sync")
    assert floor.status(deal) == "New lead"
    assert floor.offered(deal) == {"Lost"}
    assert len(floor.comments(deal)) == 1
    assert floor.run("sync") == (0, "", ""), "one comment says it all"


def test_nothing_is_called_hidden_that_is_not(floor: Floor) -> None:
    """Not installed: no comment says that a move is not offered. Installed later: it does."""
    floor.done("sync")
    assert floor.comments("DEAL-1") == []
    floor.done("guard", "install", "--yes")
    floor.done("sync")
    (comment,) = floor.comments("DEAL-1")
    assert "“Negotiation” is not offered yet" in comment
    floor.done("guard", "remove", "--yes")
    deal = floor.create("Website")
    floor.done("sync")
    assert floor.comments(deal) == []


def test_a_person_moves_back_freely(floor: Floor) -> None:
    floor.done("guard", "install", "--yes")
    floor.done("sync")
    assert floor.move("DEAL-5", "Negotiation") == ""
    floor.done("sync")
    assert floor.status("DEAL-5") == "Negotiation"
    assert floor.move("DEAL-5", "New lead") == ""


def test_status_tells_what_is_in_force(floor: Floor) -> None:
    assert floor.run("guard", "status")[0] == 10
    floor.done("guard", "install", "--yes")
    out = floor.done("guard", "status")
    assert out.startswith("deals: guard native by subtasks: in force\n")
    assert "would make these changes" not in out
    document = json.loads(floor.done("guard", "status", "--json"))["pipelines"][0]
    assert (document["force"], document["changes"], len(document["held"])) == ("full", [], 5)


def test_the_status_of_deals_says_whether_it_is_installed(floor: Floor) -> None:
    floor.done("sync")
    line = "deals, guard: native by subtasks (NOT installed in the tracker: run `readygate guard"
    assert line in floor.done("status")
    floor.done("guard", "install", "--yes")
    floor.done("sync")
    assert "deals, guard: native by subtasks (once installed, the tracker hides" in (
        floor.done("status")
    )
    floor.done("guard", "remove", "--yes")
    floor.done("sync")
    assert line in floor.done("status")


def test_install_again_changes_nothing(floor: Floor) -> None:
    floor.done("guard", "install", "--yes")
    installed = floor.workflow()
    floor.control.log.clear()
    out = floor.done("guard", "install", "--yes")
    assert out.endswith("Nothing to do.\n")
    assert floor.workflow() == installed
    writes = [e for e in floor.control.log.entries() if e.path.endswith("/workflows/update")]
    assert writes == []


def test_remove_leaves_the_workflow_as_it_was(floor: Floor) -> None:
    before = floor.workflow()
    issues = set(floor.control.store.issues)
    floor.done("guard", "install", "--yes")
    assert floor.workflow() != before
    out = floor.done("guard", "remove", "--yes")
    assert "  removed: our rule on 'Negotiation' (New lead → Negotiation)\n" in out
    assert floor.workflow() == before
    assert set(floor.control.store.issues) == issues
    (project,) = floor.control.store.projects.values()
    assert project.properties == {}


def test_what_the_site_makes_of_the_rule_is_found_out_and_written_down(floor: Floor) -> None:
    out = floor.done("guard", "install", "--yes")
    means = floor.control.store.quirks.child_condition
    (project,) = floor.control.store.projects.values()
    (record,) = project.properties["readygate.guard"]["types"].values()
    assert (record["mode"], record["statuses_mean"]) == ("native by subtasks", means)
    said = "let the deal pass" if means == "allow" else "hold the deal back"
    assert f"found out: `statusIds` of the rule are the statuses that {said}" in out
    rule = floor.transition("New lead", "Negotiation").conditions.conditions[0]
    names = {floor.name(one) for one in rule.parameters["statusIds"].split(",")}
    assert names == ({"Done", "Won't do"} if means == "allow" else {"To Do"})


def test_a_copy_of_the_old_workflow_is_in_the_ledger(floor: Floor) -> None:
    floor.done("guard", "install", "--yes")
    events = json.loads(floor.done("log", "--json"))["events"]
    kept = [event["data"]["workflow"] for event in events if "workflow" in event["data"]]
    (workflow,) = kept[0]["workflows"]
    assert workflow["name"] == "Deal workflow"
    assert not any(one.get("conditions") for one in workflow["transitions"])


def test_without_the_right_the_clicks_are_told(floor: Floor) -> None:
    floor.control.set_user(OURS, rights=MEMBER)
    code, out, _ = floor.run("guard", "install", "--yes")
    assert code == 5
    assert "not known: our account may not look at the workflow" in out
    assert (
        "On every transition that leads from 'New lead' to 'Negotiation', 'In production'," in out
    )
