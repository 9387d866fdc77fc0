"""`guard: locked`: moves over a gate are closed to people, who ask for them with one click."""

from __future__ import annotations

import json

import pytest

from integration.guard.conftest import MakeBench, MakeFloor
from integration.guard.floor import ANNA, Floor, seed
from readygate.guarding import Force
from readygate.pipeline import Guard
from readygate_sandbox.board import jira_view

LOCKED = "guard: locked"


@pytest.fixture(params=["hidden", "listed"])
def floor(request: pytest.FixtureRequest, make_floor: MakeFloor) -> Floor:
    """REST lists what is closed to people, or it does not: nobody has written down which."""
    return make_floor(LOCKED, seed(remote_only=request.param))


def buttons(floor: Floor, deal: str) -> list[str]:
    """What the board offers somebody for a deal, by the names of transitions."""
    page = jira_view.deal_page(floor.control.store, floor.control.user(ANNA), deal)
    assert page
    return [str(one["name"]) for one in page["moves"]]


def ask(floor: Floor, deal: str, stage: str) -> None:
    """Somebody clicks on a request."""
    floor.control.act(ANNA, "transition", issue=deal, transition=f"Request “{stage}”")


def test_people_ask_with_one_click(floor: Floor) -> None:
    out = floor.done("guard", "install", "--yes")
    assert "    + new transition 'Request “Negotiation”' in New lead\n" in out
    assert "    + new field 'Requested stage'\n" in out
    floor.done("sync")
    deal = floor.create("Website")
    floor.done("sync")
    assert buttons(floor, deal) == [
        "Lost",
        "Request “Negotiation”",
        "Request “In production”",
        "Request “Done”",
    ]
    assert floor.move(deal, "Negotiation").startswith(f"{deal} cannot go from 'New lead'")


def test_a_request_is_granted_when_all_is_ticked(floor: Floor) -> None:
    floor.done("guard", "install", "--yes")
    floor.done("sync")
    deal = floor.create("Website")
    floor.done("sync")
    floor.tick(deal)
    ask(floor, deal, "Negotiation")
    assert floor.status(deal) == "New lead"
    out = floor.done("sync", "-v")
    assert "1 request granted" in out
    assert floor.status(deal) == "Negotiation"
    assert {one.summary for one in floor.items(deal).values()} >= {"Scan of the contract"}
    assert floor.run("sync") == (0, "", "")
    assert floor.comments(deal) == []


def test_a_request_too_early_is_declined_with_the_reason(floor: Floor) -> None:
    floor.done("guard", "install", "--yes")
    floor.done("sync")
    deal = floor.create("Website")
    floor.done("sync")
    ask(floor, deal, "Negotiation")
    floor.done("sync")
    assert floor.status(deal) == "New lead"
    (comment,) = floor.comments(deal)
    assert "“Negotiation” was requested, but the handover has not happened yet" in comment
    assert floor.run("sync") == (0, "", "")
    floor.tick(deal)
    ask(floor, deal, "Negotiation")
    floor.done("sync")
    assert floor.status(deal) == "Negotiation"


def test_backward_moves_and_our_returns_are_free(floor: Floor) -> None:
    floor.done("guard", "install", "--yes")
    floor.done("sync")
    for target in ("Negotiation", "New lead"):
        assert floor.move("DEAL-5", target) == ""
    deal = floor.create("Website")
    floor.done("sync")
    assert floor.move(deal, "Lost") == ""
    assert floor.move(deal, "In production") == ""
    floor.done("sync")
    assert floor.status(deal) == "New lead"


def test_status_names_mode_and_gaps(floor: Floor) -> None:
    floor.done("guard", "install", "--yes")
    told = json.loads(floor.done("guard", "status", "--json"))["pipelines"][0]
    assert (told["mode"], told["force"], told["changes"]) == ("locked", "full", [])
    assert told["gaps"][0] == "a move that was asked for happens with the next run"


def test_in_russian(make_floor: MakeFloor) -> None:
    floor = make_floor(LOCKED, language="ru")
    floor.done("guard", "install", "--yes")
    assert "Запросить «Negotiation»" in buttons(floor, "DEAL-1")


def test_remove_leaves_the_workflow_as_it_was(make_bench: MakeBench) -> None:
    bench = make_bench(Guard.LOCKED)
    untouched = bench.state()
    bench.install()
    assert bench.look().force is Force.FULL
    assert bench.install() == []
    bench.remove()
    assert bench.state() == untouched


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_killed_while_installing(make_bench: MakeBench, *, after: bool) -> None:
    bench = make_bench(Guard.LOCKED)
    untouched = bench.state()
    with bench.killed_at(0, after=False):
        bench.install()
    total = bench.sent
    for number in range(1 + after, total + 1, 3):
        bench.remove()
        assert bench.state() == untouched, number
        with bench.killed_at(number, after=after):
            bench.install()


def test_from_one_guard_to_another(make_bench: MakeBench) -> None:
    """The config changes its mind: what the old guard needs goes, what the new one needs comes."""
    bench = make_bench(Guard.LOCKED)
    untouched = bench.state()
    bench.install()
    other = make_bench(Guard.BY_FIELD, on=bench.sandbox)
    assert other.look().force is Force.ABSENT
    assert "- our part of the transition 'Request “Negotiation”'" in other.look().changes
    other.install()
    assert other.look().force is Force.FULL
    other.remove()
    assert bench.state() == untouched


def test_what_an_earlier_guard_has_left_is_told_and_taken_out(make_floor: MakeFloor) -> None:
    floor = make_floor(LOCKED)
    before = floor.workflow()
    floor.done("guard", "install", "--yes")
    floor.configure("guard: return")
    code, out, _ = floor.run("guard", "status")
    assert code == 10
    assert "    - our part of the transition 'Negotiation'\n" in out
    floor.done("guard", "install", "--yes")
    assert floor.workflow() == before
    assert floor.done("guard", "status").startswith(
        "deals: guard return: nothing needs to be installed for it\n"
    )
    (project,) = floor.control.store.projects.values()
    assert project.properties == {}
