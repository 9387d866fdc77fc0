"""Our own returns work under every guard, also where only a hidden transition leads back."""

from __future__ import annotations

from copy import deepcopy
from itertools import pairwise
from typing import Any

import pytest

from integration.guard.conftest import MakeFloor
from integration.guard.floor import ANNA, MEMBER, OURS, seed

GUARDS = ("guard: return", "guard: native", "guard: native\n    by: field", "guard: locked")


def one_way(**quirks: str) -> dict[str, Any]:
    """A workflow that only goes on: New lead → Negotiation → In production → Done, or to Lost."""
    document = seed(**quirks)
    deals = deepcopy(document["workflows"][0])
    deals["moves"] = "none"
    path = ["New lead", "Negotiation", "In production", "Done"]
    deals["transitions"] = [
        {"name": f"to {end}", "from": [start], "to": end} for start, end in pairwise(path)
    ]
    deals["transitions"].append({"name": "revive", "from": ["Lost"], "to": "In production"})
    deals["transitions"].append({"name": "drop", "to": "Lost"})
    document["workflows"] = [deals, *document["workflows"][1:]]
    return document


@pytest.mark.parametrize("remote_only", ["hidden", "listed"])
@pytest.mark.parametrize("guard", GUARDS, ids=[g.replace("\n   ", "") for g in GUARDS])
def test_a_hidden_way_back_is_ours_alone(
    make_floor: MakeFloor, guard: str, remote_only: str
) -> None:
    floor = make_floor(guard, one_way(remote_only=remote_only))
    floor.run("guard", "install", "--returns", "--yes")
    floor.control.set_user(OURS, rights=MEMBER)  # runs need no admin
    floor.done("sync")
    deal = floor.create("Website")
    floor.done("sync")
    assert floor.move(deal, "Lost") == ""
    assert floor.move(deal, "In production") == "", "from an exit nothing is held"
    assert "New lead" not in floor.offered(deal)
    floor.done("sync")
    assert floor.status(deal) == "New lead"
    assert any("was moved from “In production” back" in one for one in floor.comments(deal))


def test_without_it_the_report_says_that_there_is_none(make_floor: MakeFloor) -> None:
    floor = make_floor("guard: native", one_way())
    floor.run("guard", "install", "--yes")
    floor.done("sync")
    deal = floor.create("Website")
    floor.done("sync")
    floor.control.act(ANNA, "transition", issue=deal, to="Lost")
    floor.control.act(ANNA, "transition", issue=deal, to="In production")
    code, _, err = floor.run("sync")
    assert code == 1
    assert "the workflow has no transition to 'New lead' that our account may use" in err
