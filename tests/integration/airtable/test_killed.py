"""A run that is killed between any two requests and started again doubles and loses nothing."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest

from integration.airtable.town import Town
from readygate_http import Http


class Killed(BaseException):
    """The process is gone: nothing that runs afterwards is ours."""


def killed_after(monkeypatch: pytest.MonkeyPatch, requests: int, *, stored: bool) -> None:
    """Let so many requests pass; the next one kills us, before or after it was carried out."""
    sent = 0
    exchange = Http._exchange

    def counted(self: Http, *told: Any) -> Any:
        nonlocal sent
        if sent == requests and not stored:
            raise Killed
        answer = exchange(self, *told)
        if sent == requests:
            raise Killed
        sent += 1
        return answer

    monkeypatch.setattr(Http, "_exchange", counted)


@pytest.mark.parametrize("stored", [True, False])
@pytest.mark.parametrize("requests", range(9))
def test_one_row_per_item_and_every_tick_where_it_was(
    town: Town,
    monkeypatch: pytest.MonkeyPatch,
    requests: int,
    stored: bool,
) -> None:
    town.run("setup", "--yes")
    town.run("sync")
    town.control.clock.advance(60)
    deals = [town.create(f"Deal {n}") for n in range(2)]
    town.run("sync")
    ticked = town.rows(deals[0])["checklist"]
    town.edit(ticked, Done=True)
    for deal in deals:  # the first is complete and passes, the second is returned and explained
        town.edit(deal, Stage="Negotiation")
    with monkeypatch.context() as patched:
        killed_after(patched, requests, stored=stored)
        with contextlib.suppress(Killed):
            town.run("sync")
    for _ in range(2):
        assert town.run("sync")[0] == 0
    assert town.run("sync") == (0, "", "")
    assert [town.cells(deal)["Stage"] for deal in deals] == ["Negotiation", "New lead"]
    assert set(town.rows(deals[0])) == {"checklist", "scan"}
    assert set(town.rows(deals[1])) == {"checklist"}
    keys = [cells.get("Key") for cells in map(town.cells, town.control.table("Checklist").records)]
    assert len(keys) == len(set(keys))
    assert town.cells(ticked)["Done"] is True
    assert len(town.comments(deals[1])) == 1
    assert town.comments(deals[0]) == []
