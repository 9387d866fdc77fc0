"""A Jira site and an Airtable base in one config: one run, an outcome each, and one may be down."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from integration.airtable import town as airtable
from integration.jira import rig as jira
from readygate_cli.main import main
from readygate_sandbox import Sandbox, running_sandbox
from support.waiting import at_once

CONFIG = """\
version: 1
trackers:
  site: {{ kind: jira, url: "{jira}", email: bot@example.com }}
  base: {{ kind: airtable, base: {base}, url: "{airtable}" }}
people:
  anna: {{ name: Anna Kotova, email: anna@example.com }}
  boris: {{ name: Boris Lykov, email: boris@example.com }}
items:
  checklist: {{ title: Lead checklist }}
processes:
  marketing: {{ title: Marketing, owner: anna, outputs: [checklist] }}
  sales: {{ title: Sales, owner: boris, inputs: [checklist] }}
pipelines:
  issues:
    tracker: site
    project: DEAL
    issue_type: Deal
    stages: &stages
      - {{ stage: New lead, process: marketing }}
      - {{ stage: Negotiation, process: sales }}
      - {{ stage: Lost, exit: true }}
  records:
    tracker: base
    table: Deals
    stage_field: Stage
    checklist: {{ table: Checklist, deal: Deal, key: Key, title: Item, done: Done, owner: Owner }}
    stages: *stages
"""


@pytest.fixture
def both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """Both look-alikes, a config with both, set up."""
    monkeypatch.setenv("READYGATE_TRACKERS__SITE__TOKEN", jira.TOKEN)
    monkeypatch.setenv("READYGATE_TRACKERS__BASE__TOKEN", "patBOT.0123456789")
    monkeypatch.chdir(tmp_path)
    document: dict[str, Any] = {**jira.seed(), **airtable.seed()}
    with running_sandbox(document) as sandbox:
        at_once(monkeypatch, sandbox.control.clock.advance, sandbox.airtable.clock.advance)
        text = CONFIG.format(jira=sandbox.url, airtable=sandbox.airtable_url, base=airtable.BASE)
        Path("readygate.yaml").write_text(text, encoding="utf-8")
        yield sandbox


def move_both(sandbox: Sandbox) -> tuple[str, str]:
    """A deal on each side is moved on too early."""
    issue = next(iter(sandbox.control.store.issues.values())).key
    sandbox.control.act("anna@example.com", "transition", issue=issue, to="Negotiation")
    made = sandbox.airtable.act(
        "anna@example.com", "create", table="Deals", fields={"Name": "New", "Stage": "New lead"}
    )
    told = {"record": made["id"], "fields": {"Stage": "Negotiation"}}
    sandbox.airtable.act("anna@example.com", "edit", **told)
    return issue, made["id"]


def stages(sandbox: Sandbox, issue: str, record: str) -> tuple[str, str]:
    status = sandbox.control.store.statuses[sandbox.control.issue(issue).status].name
    return status, sandbox.airtable.cells(record)["Stage"]


def test_setup_tells_which_tracker_needs_nothing(both, capsys):
    assert main(["setup", "--yes"]) == 0
    out = capsys.readouterr().out
    assert "site: nothing needs creating there; checklists are subtasks of the deals.\n" in out
    assert "base: this would be created:\n" in out


def test_both_are_done_in_one_run(both):
    main(["setup", "--yes"])
    assert main(["sync"]) == 0
    issue, record = move_both(both)
    assert main(["sync"]) == 0
    assert stages(both, issue, record) == ("New lead", "New lead")


@pytest.mark.parametrize("down", ["site", "base"])
def test_one_being_down_does_not_hold_the_other_up(both, down, capsys):
    main(["setup", "--yes"])
    main(["sync"])
    issue, record = move_both(both)
    control = both.control if down == "site" else both.airtable
    control.faults.add("refuse", status=503)
    capsys.readouterr()
    assert main(["sync"]) == 5
    err = capsys.readouterr().err
    assert "out of order (503)" in err
    expected = ("Negotiation", "New lead") if down == "site" else ("New lead", "Negotiation")
    assert stages(both, issue, record) == expected
    control.faults.clear()
    assert main(["sync"]) == 0
    assert stages(both, issue, record) == ("New lead", "New lead")


def test_what_trackers_find_wrong_is_shown_where_it_stands_in_the_file(both, capsys):
    main(["setup", "--yes"])
    config = Path("readygate.yaml")
    text = config.read_text("utf-8")
    when = "Lead checklist, when: { field: Servise, in: [Website] }"
    text = text.replace("Lead checklist", when).replace("done: Done", "done: Dnoe")
    text = text.replace("{ stage: Negotiation,", "{ stage: Negotiations,")
    config.write_text(text, encoding="utf-8")
    places = {
        name: f"readygate.yaml:{number}:{line.index(name) + 1}"
        for number, line in enumerate(text.splitlines(), 1)
        for name in ("Servise", "Dnoe", "Negotiations")
        if name in line
    }
    capsys.readouterr()
    assert main(["plan", "--json"]) == 3
    out, err = capsys.readouterr()
    for line in (
        (
            f"{places['Negotiations']} pipelines.issues.stages[1].stage: deals of 'DEAL' have no"
            " status 'Negotiations'\n"
        ),
        (
            f"{places['Servise']} items.checklist.when.field: there is no field 'Servise', which a"
            " condition (`when:`) uses\n"
        ),
        (
            f"{places['Dnoe']} pipelines.records.checklist.done: the table 'Checklist' has no field"
            " 'Dnoe'\n"
        ),
        (
            f"{places['Negotiations']} pipelines.records.stages[1].stage: the field 'Stage' has no"
            " choice 'Negotiations'\n"
        ),
        (
            f"{places['Servise']} items.checklist.when.field: `when` names the field 'Servise',"
            " which the table 'Deals' has not\n"
        ),
    ):
        assert line in err
    told = {one["tracker"]: one["error"]["problems"] for one in json.loads(out)["trackers"]}
    for problem in (*told["site"], *told["base"]):
        place = f"{problem['file']}:{problem['line']}:{problem['column']}"
        assert place in places.values()


def test_a_wrong_id_of_a_base_is_shown_where_it_stands(both, capsys):
    config = Path("readygate.yaml")
    text = config.read_text("utf-8").replace(airtable.BASE, "tblREADYGATE00001")
    config.write_text(text, encoding="utf-8")
    capsys.readouterr()
    assert main(["setup"]) == 3
    line = text.splitlines()[3]
    place = f"readygate.yaml:4:{line.index('tblREADYGATE') + 1}"
    assert f"{place} trackers.base.base: 'tblREADYGATE00001' is not the id" in (
        capsys.readouterr().err
    )
