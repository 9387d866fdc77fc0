"""`guard: native` by field: Jira refuses the move with a reason until a run has filled a field."""

from __future__ import annotations

import json

import pytest

from integration.guard.bench import Bench, site
from integration.guard.conftest import MakeBench, MakeFloor
from integration.guard.floor import ANNA, BORIS, STAGES, Floor, seed
from readygate.errors import TrackerRejected
from readygate.pipeline import Guard

BY_FIELD = "guard: native\n    by: field"
SAID = "Inputs of “Negotiation” are still open: see the checklist."
NEXT = "Inputs of “In production” are still open: see the checklist."


@pytest.fixture
def floor(make_floor: MakeFloor) -> Floor:
    return make_floor(BY_FIELD)


def field(floor: Floor, deal: str, name: str) -> str | None:
    ref = next(f.id for f in floor.control.store.fields.values() if f.name == name)
    return floor.control.issue(deal).custom.get(ref)


def test_the_button_stays_and_says_why(floor: Floor) -> None:
    out = floor.done("guard", "install", "--yes")
    assert "    + new field 'Ready for “Negotiation”', kept by the runs\n" in out
    only = "refused while 'Ready for “Negotiation”' is empty"
    assert f"    + rule on 'Negotiation' (New lead → Negotiation): {only}\n" in out
    assert "  found out: an empty field is refused, and our account can fill it\n" in out
    floor.done("sync")
    deal = floor.create("Website")
    assert floor.offered(deal) == set(STAGES) - {"New lead"}
    assert floor.move(deal, "Negotiation") == SAID, "also a deal that no run has seen"
    for target in ("In production", "Done"):
        assert floor.move(deal, target) == f"{SAID} {NEXT}"
    floor.done("sync")
    assert floor.move(deal, "Negotiation") == SAID
    assert floor.comments(deal) == []


def test_after_the_next_run_he_can(floor: Floor) -> None:
    floor.done("guard", "install", "--yes")
    floor.done("sync")
    deal = floor.create("Website")
    floor.done("sync")
    floor.tick(deal)
    assert floor.move(deal, "Negotiation") == SAID
    out = floor.done("sync", "-v")
    assert "1 verdict written" in out
    assert field(floor, deal, "Ready for “Negotiation”") == "complete"
    assert floor.move(deal, "In production") == NEXT, "the next gate is another field"
    assert floor.move(deal, "Negotiation") == ""
    assert floor.run("sync")[0] == 0
    assert floor.status(deal) == "Negotiation"


def test_optional_items_do_not_hold(floor: Floor) -> None:
    floor.done("guard", "install", "--yes")
    floor.done("sync")
    floor.tick("DEAL-3", "Scan of the contract")
    floor.done("sync")
    assert floor.move("DEAL-3", "In production", BORIS) == ""


def test_an_unticked_item_closes_it_again(floor: Floor) -> None:
    floor.done("guard", "install", "--yes")
    floor.done("sync")
    floor.tick("DEAL-3", "Scan of the contract")
    floor.done("sync")
    (scan,) = [key for key, one in floor.items("DEAL-3").items() if "Scan" in one.summary]
    floor.control.act(ANNA, "untick", issue=scan)
    floor.done("sync")
    assert field(floor, "DEAL-3", "Ready for “In production”") is None
    assert floor.move("DEAL-3", "In production", BORIS) == NEXT


def test_a_quiet_run_writes_nothing(floor: Floor) -> None:
    floor.done("guard", "install", "--yes")
    floor.done("sync")
    floor.tick("DEAL-3", "Scan of the contract")
    floor.done("sync")
    floor.control.log.clear()
    assert floor.run("sync") == (0, "", "")
    assert floor.control.log.counts().get("PUT /issue", 0) == 0


def test_backward_moves_and_our_returns_are_free(floor: Floor) -> None:
    floor.done("guard", "install", "--yes")
    floor.done("sync")
    for target in ("Negotiation", "New lead"):
        assert floor.move("DEAL-5", target) == ""
    deal = floor.create("Website")
    floor.done("sync")
    assert floor.move(deal, "Lost") == ""
    assert floor.move(deal, "In production") == "", "from an exit nothing is held"
    floor.done("sync")
    assert floor.status(deal) == "New lead", "our own return"


def test_a_clone_of_a_complete_deal_does_not_slip_past(floor: Floor) -> None:
    """Jira copies the field; the next run sees it and empties it."""
    floor.done("guard", "install", "--yes")
    floor.done("sync")
    deal = floor.create("Website")
    floor.done("sync")
    floor.tick(deal)
    floor.done("sync")
    clone = str(floor.control.act(ANNA, "clone", issue=deal)["key"])
    assert field(floor, clone, "Ready for “Negotiation”") == "complete"
    floor.run("sync")
    assert field(floor, clone, "Ready for “Negotiation”") is None
    assert floor.move(clone, "Negotiation") == SAID


def test_people_cannot_fill_the_field_themselves(floor: Floor) -> None:
    floor.done("guard", "install", "--yes")
    with pytest.raises(Exception, match=r"400|cannot be set"):
        floor.control.act(ANNA, "edit", issue="DEAL-1", fields={"Ready for “Negotiation”": "yes"})


def test_the_message_is_in_the_language_of_the_config(make_floor: MakeFloor) -> None:
    floor = make_floor(BY_FIELD, language="ru")
    floor.done("guard", "install", "--yes")
    assert floor.move("DEAL-1", "Negotiation") == (
        "Для «Negotiation» передано ещё не всё: смотрите чек-лист."
    )


def test_doctor_sees_it_in_any_language(make_floor: MakeFloor) -> None:
    floor = make_floor(BY_FIELD, language="ru")
    assert "The guard native by field is not installed." in floor.run("doctor")[1]
    floor.done("guard", "install", "--yes")
    assert "native by field: the tracker itself refuses New lead" in floor.run("doctor")[1]


def test_without_installation_a_run_says_so_and_returns(floor: Floor) -> None:
    out = floor.done("sync", "-v")
    assert "The guard native by field is not installed in Jira for deals: run" in out
    floor.tick("DEAL-3", "Scan of the contract")
    assert floor.run("sync") == (0, "", ""), "nothing is declared to nobody, and said once"
    assert floor.move("DEAL-1", "Negotiation") == ""
    floor.done("sync")
    assert "Complete the items above, then move the deal again." in floor.comments("DEAL-1")[0]
    floor.done("guard", "install", "--yes")
    floor.done("sync")
    assert floor.move("DEAL-3", "In production", BORIS) == ""


def test_status_names_mode_and_gaps(floor: Floor) -> None:
    floor.done("guard", "install", "--yes")
    told = json.loads(floor.done("guard", "status", "--json"))["pipelines"][0]
    assert (told["mode"], told["force"], told["changes"]) == ("native by field", "full", [])
    assert told["gaps"][0] == "a move is refused until the next run after the last item was ticked"


def test_remove_takes_the_rules_out_and_leaves_the_fields(make_bench: MakeBench) -> None:
    bench = make_bench(Guard.BY_FIELD)
    untouched = bench.state()
    bench.install()
    assert bench.install() == []
    bench.remove()
    assert bench.state() == untouched
    assert len(bench.control.store.fields) == 3
    bench.install()
    assert len(bench.control.store.fields) == 3, "the fields are found again"


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_killed_while_installing(make_bench: MakeBench, *, after: bool) -> None:
    bench = make_bench(Guard.BY_FIELD)
    untouched = bench.state()
    with bench.killed_at(0, after=False):
        bench.install()
    total = bench.sent
    bench.remove()
    bench.control.store.fields = {
        ref: one for ref, one in bench.control.store.fields.items() if "Ready" not in one.name
    }
    for number in range(1 + after, total + 1, 3):
        with bench.killed_at(number, after=after):
            bench.install()
        bench.remove()
        assert bench.state() == untouched, number
    names = [one.name for one in bench.control.store.fields.values()]
    assert len(names) == len(set(names)), "no field twice"


def test_a_shared_workflow_is_refused(make_bench: MakeBench) -> None:
    document = site()
    document["projects"] = [
        *document["projects"],
        {"key": "OTHER", "name": "Others", "issue_types": ["Deal", "Sub-task"],
         "workflows": {"Deal": "deals", "Sub-task": "items"}},
    ]  # fmt: skip
    bench: Bench = make_bench(Guard.BY_FIELD, document)
    untouched = bench.state()
    with pytest.raises(TrackerRejected, match="is also used by the project Others"):
        bench.install()
    assert bench.state() == untouched
    assert seed()["quirks"] == {}
