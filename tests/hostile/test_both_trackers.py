"""People name deals and items whatever they like: every command goes on, nothing gets out of its
quotes, nobody is mentioned who is not meant."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.stage import Stage
from hostile.texts import HOSTILE
from integration.airtable.town import ANNA, Town
from integration.airtable.town import seed as empty
from readygate.render.plain import dangerous
from readygate_sandbox import running_sandbox
from support.waiting import at_once

COMMANDS = [
    ("plan",),
    ("plan", "--format", "markdown"),
    ("plan", "--json"),
    ("sync", "--verbose", "--full"),
    ("status", "--all"),
    ("status", "--format", "markdown"),
    ("status", "--json"),
    ("log",),
    ("log", "--json"),
    ("ledger", "check"),
]
DANGER = re.compile(
    "[" + "".join(re.escape(chr(n)) for n in range(0x2100) if dangerous(chr(n)) and n != 10) + "]"
)


def safe(text: str) -> None:
    """Nothing in it moves a cursor, turns a line round or hides; the gap after an @ is ours."""
    assert DANGER.search(text.replace("@\u200b", "@")) is None
    assert "Traceback" not in text


@pytest.fixture
def stage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Stage]:
    with running_sandbox() as sandbox:
        yield Stage(sandbox, tmp_path, capsys, monkeypatch)


def test_jira(stage: Stage) -> None:
    store = stage.control.store
    deals = [stage.create(f"deal {number}") for number in range(len(HOSTILE))]
    titles = dict(zip(deals, HOSTILE, strict=True))
    for key, text in titles.items():
        with store.lock:
            issue = stage.control.issue(key)
            issue.summary = text
            store.note(issue)
    assert stage.run("sync", "--force").code == 0
    items = {issue.key: issue for issue in store.issues.values() if issue.parent is not None}
    for (key, item), text in zip(sorted(items.items()), [*HOSTILE, *HOSTILE], strict=False):
        with store.lock:  # not as a person does it: what Jira would refuse is in there too
            item.summary = text
            store.note(item)
        assert key
    for key in deals:
        stage.move(key, "Negotiation")

    for command in COMMANDS:
        told = stage.run(*command, *(["--force"] if command[0] == "sync" else []))
        assert told.code == (4 if command[0] == "plan" else 0), told.err
        safe(told.out)
        safe(told.err)

    assert [stage.status(key) for key in deals] == ["New lead"] * len(deals)
    known = json.loads(stage.run("status", "--json").out)["deals"]
    found = {deal["label"]: deal["title"] for deal in known}
    assert {key: found[key] for key in deals} == titles
    for key in deals:
        (comment,) = stage.control.issue(key).comments
        assert mentions(comment.body) == {"Анна Котова"}
    assert stage.run("sync").out == ""


def mentions(node: Any) -> set[str]:
    """Who is mentioned in a document."""
    if not isinstance(node, dict):
        return set()
    mine = {node["attrs"]["text"].lstrip("@")} if node.get("type") == "mention" else set()
    return mine.union(*(mentions(child) for child in node.get("content", ())))


@pytest.fixture
def town(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Town]:
    with running_sandbox(seed=empty()) as sandbox:
        monkeypatch.setenv("READYGATE_TRACKERS__BASE__TOKEN", "patBOT.0123456789")
        monkeypatch.chdir(tmp_path)
        town = Town(sandbox, tmp_path, capsys)
        town.write()
        at_once(monkeypatch)
        yield town


def test_airtable(town: Town) -> None:
    town.run("setup", "--yes")
    town.run("sync")
    town.control.clock.advance(60)
    deals = {town.create(text): text for text in HOSTILE}
    assert town.run("sync", "--force")[0] == 0
    anna = town.control.user(ANNA).id
    other = town.control.user("vera@example.com").id
    for deal, text in deals.items():
        row = town.rows(deal)["checklist"]
        town.edit(row, Item=text.replace("usrAAAAAAAAAAAAAA", other))
        town.edit(deal, Stage="Negotiation")

    for command in COMMANDS:
        code, out, err = town.run(*command, *(["--force"] if command[0] == "sync" else []))
        assert code == (4 if command[0] == "plan" else 0), re.sub("x{9,}", "X", err)[-1500:]
        safe(out)
        safe(err)

    assert {town.cells(deal)["Stage"] for deal in deals} == {"New lead"}
    known = json.loads(town.run("status", "--json")[1])["deals"]
    assert {deal["title"] for deal in known} >= {text.strip() for text in deals.values()}
    for deal in deals:
        (comment,) = town.comments(deal)
        assert set(re.findall(r"@\[(.*?)\]", comment)) == {anna}
        assert comment.count("[readygate ") == 1
    assert town.run("sync")[1] == ""
