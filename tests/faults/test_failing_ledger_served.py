"""The same over HTTP, with the whole program: the ledger fails at every single write of a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from cli.stage import Stage
from faults.failing_ledger import over_the_quota
from faults.tally import Tally
from integration.airtable.town import Town
from integration.airtable.town import seed as empty
from readygate_ledger.database import Database
from readygate_sandbox import running_sandbox
from support.waiting import at_once


class Jira:
    """A deal to return, one to accept, a new one."""

    def __init__(self, folder: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        self._sandbox = running_sandbox()
        self._stage = Stage(self._sandbox.__enter__(), folder, capsys, monkeypatch)
        assert self._stage.run("sync").code == 0
        (item,) = self._items("DEAL-2")
        self._stage.control.act("anna@example.com", "transition", issue=item, to="Done")
        self._stage.move("DEAL-1", "Negotiation")
        self._stage.move("DEAL-2", "Negotiation")
        self._stage.create("A new deal")

    def sync(self) -> int:
        """One run; its code."""
        return self._stage.run("sync").code

    def writes(self) -> int:
        """How many requests were meant to change something."""
        return len(self._stage.writes())

    def end(self) -> dict[str, Any]:
        """What people see."""
        store = self._stage.control.store
        deals = {issue.id: issue.key for issue in store.issues.values() if issue.parent is None}
        return {
            "stages": {key: self._stage.status(key) for key in deals.values()},
            "items": Counter(
                deals[i.parent] for i in store.issues.values() if i.parent is not None
            ),
            "comments": {
                key: len(self._stage.control.issue(key).comments) for key in deals.values()
            },
        }

    def _items(self, deal: str) -> list[str]:
        store, parent = self._stage.control.store, self._stage.control.issue(deal).id
        return [issue.key for issue in store.issues.values() if issue.parent == parent]

    def close(self) -> None:
        """Stop the sandbox."""
        self._sandbox.__exit__(None, None, None)


class Airtable:
    """A deal to return, one to accept, a new one."""

    def __init__(self, folder: Path, capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        self._sandbox = running_sandbox(seed=empty())
        monkeypatch.setenv("READYGATE_TRACKERS__BASE__TOKEN", "patBOT.0123456789")
        at_once(monkeypatch)
        monkeypatch.chdir(folder)
        self._town = Town(self._sandbox.__enter__(), folder, capsys)
        self._town.write()
        self._town.run("setup", "--yes")
        self._town.run("sync")
        self._town.control.clock.advance(60)
        early, ready = self._town.create("Early"), self._town.create("Ready")
        assert self._town.run("sync")[0] == 0
        self._town.edit(early, Stage="Negotiation")
        self._town.edit(self._town.rows(ready)["checklist"], Done=True)
        self._town.edit(ready, Stage="Negotiation")
        self._town.create("New")

    def sync(self) -> int:
        """One run; its code."""
        return self._town.run("sync")[0]

    def writes(self) -> int:
        """How many requests were meant to change something."""
        entries = self._town.control.log.entries()
        reads = ("listRecords",)
        return sum(one.method != "GET" and not one.path.endswith(reads) for one in entries)

    def end(self) -> dict[str, Any]:
        """What people see; deals by name."""
        table = self._town.control.table("Deals")
        names = {ref: self._town.cells(ref)["Name"] for ref in table.records}
        rows = self._town.control.table("Checklist").records
        return {
            "stages": {name: self._town.cells(ref)["Stage"] for ref, name in names.items()},
            "items": Counter(self._town.cells(row)["Key"].partition("/")[2] for row in rows),
            "comments": {name: len(self._town.comments(ref)) for ref, name in names.items()},
        }

    def close(self) -> None:
        """Stop the sandbox."""
        self._sandbox.__exit__(None, None, None)


@contextmanager
def failing(at: int, told: Callable[[], None]) -> Iterator[list[int]]:
    """The ledger's write number `at` fails while the block lasts; counts the writes."""
    real, begun = Database.writing, [0]

    @contextmanager
    def writing(self: Database) -> Iterator[Any]:
        begun[0] += 1
        if begun[0] != at:
            with real(self) as connection:
                yield connection
            return
        told()
        with over_the_quota(self.path), real(self) as connection:
            yield connection

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Database, "writing", writing)
        yield begun


@pytest.mark.parametrize("make", [Jira, Airtable])
def test_every_write_of_a_served_run_fails_once(
    make: Callable[..., Jira | Airtable],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tally: Tally,
) -> None:
    def play(at: int) -> tuple[int, int, int, int, dict[str, Any]]:
        folder = tmp_path / str(at)
        folder.mkdir()
        world = make(folder, capsys, monkeypatch)
        sent: list[int] = []
        try:
            with failing(at, lambda: sent.append(world.writes())) as begun:
                code = world.sync()
            after = world.writes() - sent[0] if sent else 0
            again = world.sync()
            return begun[0], code, after, again, world.end()
        finally:
            world.close()

    writes, code, _, again, expected = play(0)
    assert (code, again) == (0, 0)
    assert writes > 10
    played = [play(at) for at in range(1, writes + 1)]
    ends = [end for *_, end in played]
    wrong = [end["stages"] != expected["stages"] for end in ends]
    tally(
        make.__name__.lower(),
        "ledger: over a quota",
        len(ends),
        losses=sum(end != expected for end in ends) - sum(wrong),
        doubles=sum(sum((end["items"] - expected["items"]).values()) for end in ends),
        wrong_returns=sum(wrong),
    )
    for _, code, after, again, end in played:
        assert code in {0, 7}
        assert after == 0 or code == 0  # a write that changed nothing did not fail
        assert again == 0
        assert end == expected
    # The others wrote what was there already, or the row that tells who holds the lock.
    assert sum(code == 7 for _, code, *_ in played) >= writes - 3
