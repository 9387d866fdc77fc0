"""Names in the config that would like to be something else: they are looked up as they are, and no
query is ever made of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import requests

from cli.stage import CONFIG, OURS, TOKEN
from hostile.test_both_trackers import safe
from hostile.texts import HOSTILE
from integration.airtable.town import ANNA, BASE
from integration.airtable.town import CONFIG as TOWN
from integration.airtable.town import seed as empty
from readygate.render.plain import dangerous
from readygate_cli import logs
from readygate_cli.main import main
from readygate_sandbox import Sandbox, running_sandbox
from readygate_sandbox.jira_cloud import seed as seeds
from support.waiting import at_once

NAMES = [
    text.strip()
    for text in HOSTILE
    if len(text) <= 60 and not any(dangerous(char) for char in text) and text.isprintable()
]
COMMANDS = [("check",), ("map",), ("map", "--mermaid"), ("plan", "--format", "markdown"), ("log",)]
QUERY = re.compile(r"[a-zA-Z0-9 =(),><\-]*")
"""Every JQL of ours: names of fields, numbers, operators."""

FORMULA = re.compile(r"[A-Z_]+\([A-Z_a-z0-9(),={}<>:.\- '/]*\)")
"""Every formula of ours: functions, ids of fields and records, times."""


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every query that is sent."""
    found: list[str] = []
    real = requests.Session.send

    def send(self: requests.Session, request: requests.PreparedRequest, **how: Any) -> Any:
        body = request.body
        told = json.loads(body) if body and request.method == "POST" else None
        if isinstance(told, dict):
            found.extend(str(told[key]) for key in ("jql", "filterByFormula") if key in told)
        return real(self, request, **how)

    monkeypatch.setattr(requests.Session, "send", send)
    return found


def called(document: Any, old: str, new: str) -> Any:
    """A seed in which something has another name."""
    if isinstance(document, dict):
        return {called(key, old, new): called(value, old, new) for key, value in document.items()}
    if isinstance(document, list):
        return [called(value, old, new) for value in document]
    return new if document == old else document


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("READYGATE_TRACKERS__MAIN__EMAIL", OURS)
    monkeypatch.setenv("READYGATE_TRACKERS__MAIN__TOKEN", TOKEN)
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    logs.release()


def configured(sandbox: Sandbox, name: str) -> str:
    """The usual config, with that name wherever a name is free."""
    quoted = json.dumps(name)
    text = CONFIG.format(url=sandbox.url)
    for old in ("Negotiation", "Lead checklist", "Marketing", "Анна Котова"):
        assert old in text
        text = text.replace(old, quoted)
    condition = f"when: {{ field: Услуга, in: [{quoted}] }}"
    return text.replace("scan: { title: Scan of the contract", f"scan: {{ title: Scan, {condition}")


@pytest.mark.parametrize("name", NAMES)
def test_in_jira(
    folder: Path, sent: list[str], capsys: pytest.CaptureFixture[str], name: str
) -> None:
    demo = called(deepcopy(seeds.load_seed(seeds.DEMO)), "Negotiation", name)
    with running_sandbox(seed=called(demo, "Реклама", name)) as sandbox:
        (folder / "readygate.yaml").write_text(configured(sandbox, name), encoding="utf-8")
        assert main(["sync", "--verbose"]) == 0, capsys.readouterr().err
        control = sandbox.control
        control.act("boris@example.com", "transition", issue="DEAL-1", to=name)
        assert main(["sync", "--verbose"]) == 0
        assert control.store.statuses[control.issue("DEAL-1").status].name == "New lead"
        for command in COMMANDS:
            assert main(list(command)) == 0
        assert main(["status", "--json"]) == 0
        out, err = capsys.readouterr()
        safe(out)
        safe(err)
        assert json.dumps(name, ensure_ascii=False)[1:-1] in out
    assert sent
    assert [query for query in sent if not QUERY.fullmatch(query)] == []


@pytest.mark.parametrize("name", NAMES[::4])
def test_in_airtable(
    folder: Path, sent: list[str], capsys: pytest.CaptureFixture[str], name: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("READYGATE_TRACKERS__BASE__TOKEN", "patBOT.0123456789")
    at_once(monkeypatch)
    quoted = json.dumps(name)
    with running_sandbox(
        seed=called(called(empty(), "Negotiation", name), "Deals", name)
    ) as sandbox:
        text = TOWN.format(base=BASE, url=sandbox.airtable_url, more="guard: return")
        for old in ("Negotiation", "Lead checklist", "Marketing", "Anna Kotova"):
            assert old in text
            text = text.replace(old, quoted)
        text = text.replace("table: Deals", f"table: {quoted}")
        (folder / "readygate.yaml").write_text(text, encoding="utf-8")
        control = sandbox.airtable
        assert main(["setup", "--yes"]) == 0, capsys.readouterr().err
        assert main(["sync"]) == 0
        control.clock.advance(60)
        fields = {"Name": name, "Stage": "New lead"}
        deal = control.act(ANNA, "create", table=name, fields=fields)["id"]
        assert main(["sync"]) == 0
        control.act(ANNA, "edit", record=deal, fields={"Stage": name})
        assert main(["sync", "--verbose"]) == 0
        assert control.cells(deal)["Stage"] == "New lead"
        (comment,) = control.record(deal).comments
        assert set(re.findall(r"@\[(.*?)\]", comment.text)) == {control.user(ANNA).id}
        out, err = capsys.readouterr()
        safe(out)
        safe(err)
    assert sent
    assert [query for query in sent if not FORMULA.fullmatch(query)] == []
