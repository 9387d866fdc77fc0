"""`setup` on a base that holds nothing of ours, then check, plan and sync: nothing by hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from integration.airtable import town as towns
from integration.airtable.town import ANNA, BOT, Town
from readygate_sandbox import running_sandbox

LOCKED = """guard: locked
    requested_field: Requested stage
    missing_field: What is missing"""
CHOICES = "'New lead', 'Negotiation', 'In production', 'Lost'"
DEALS = f"the table 'Deals' with the fields 'Name' and 'Stage', and its choices {CHOICES}"
SERVICE = "the field 'Service' in the table 'Deals' with the choices 'Website', 'Design'"
REQUESTED = f"the field 'Requested stage' in the table 'Deals' with the choices {CHOICES}"
MISSING = "the field 'What is missing' in the table 'Deals'"
CHECKLIST = (
    "the table 'Checklist' with the fields 'Item', 'Key', 'Deal', 'Done', 'Owner', 'Due',"
    " 'Waived because', 'Retired', 'Notes'"
)
BY_HAND = """\
The API lets nobody create these; a person clicks them together:
  - The lock: in 'Deals' click the arrow beside 'Stage', “Edit field permissions”, “Specific \
users”, and choose only Readygate's user (Team plan or above). Do not lock 'Requested stage'.
  - A view of what is open (optional): in 'Checklist' click “+ Create…”, “Grid”, then “Filter”: \
'Done' is unchecked; “Group” by 'Deal'.
  - A counter on the deal (optional): in 'Deals' click “+”, “Rollup”, choose 'Checklist', the \
field 'Done' and “Only include linked records that meet certain conditions”: 'Done' is unchecked; \
as formula take COUNTALL(values).
  - Protection of our own fields (optional, Team plan): in 'Checklist' click the arrow beside \
'Key', “Edit field permissions”, and choose only Readygate's user.
  - Runs between two cron periods (optional): Airtable's automations cannot be made by API and \
are not needed; Readygate reads what changed.
"""


@pytest.fixture
def empty(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Town]:
    """A base as Airtable makes it: one table that is nobody's, and no deals."""
    monkeypatch.setenv("READYGATE_TRACKERS__BASE__TOKEN", "patBOT.0123456789")
    monkeypatch.chdir(tmp_path)
    document = towns.seed()
    table = {"name": "Table 1", "fields": [{"name": "Name", "type": "singleLineText"}]}
    document["airtable"]["bases"][0]["tables"] = [table]
    with running_sandbox(document) as sandbox:
        made = Town(sandbox, tmp_path, capsys)
        made.write(LOCKED)
        config = tmp_path / "readygate.yaml"
        text = config.read_text("utf-8")
        when = "Scan of the contract, when: { field: Service, in: [Website, Design] }"
        config.write_text(text.replace("Scan of the contract", when), encoding="utf-8")
        yield made


def test_everything_that_the_api_allows_is_made_and_the_rest_is_told(empty: Town) -> None:
    town = empty
    assert town.run("check")[0] == 0
    code, _, err = town.run("plan")
    assert code == 3
    assert "the base has no table 'Deals'\n    There are: 'Table 1'. `readygate setup` can" in err
    lines = "".join(f"  + {one}\n" for one in (DEALS, SERVICE, REQUESTED, MISSING, CHECKLIST))
    shown = f"base: this would be created:\n{lines}{BY_HAND}"
    declined = "Nothing was created: run `readygate setup --yes`.\n"
    assert town.run("setup") == (10, shown + declined, "")
    assert [one.name for one in town.control.base().tables.values()] == ["Table 1"]

    made = lines.replace("  + ", "  created: ")
    assert town.run("setup", "--yes") == (0, shown + made, "")
    again = f"base: everything that can be created is there.\n{BY_HAND}"
    assert town.run("setup", "--yes") == (0, again, "")

    town.control.permit("Deals", "Stage", [BOT])  # the one thing that people have to click
    assert town.run("check")[0] == 0
    assert town.run("plan")[0] == 0
    assert town.run("sync")[0] == 0
    fields = {"Name": "Website", "Service": "Website", "Requested stage": "New lead"}
    deal = str(town.control.act(ANNA, "create", table="Deals", fields=fields)["id"])
    assert town.run("sync")[0] == 0
    assert town.cells(deal)["Stage"] == "New lead"
    assert set(town.rows(deal)) == {"checklist"}
    town.edit(town.rows(deal)["checklist"], Done=True)
    town.edit(deal, Requested_stage="Negotiation")
    assert town.run("sync")[0] == 0
    assert town.cells(deal)["Stage"] == "Negotiation"
    assert set(town.rows(deal)) == {"checklist", "scan"}
    assert town.run("sync") == (0, "", "")


def test_a_name_that_is_nearly_there_is_asked_about_before_anything_is_made(town: Town) -> None:
    text = (town.folder / "readygate.yaml").read_text("utf-8")
    config = text.replace("stage_field: Stage", "stage_field: Stages")
    (town.folder / "readygate.yaml").write_text(config, encoding="utf-8")
    out = town.run("setup")[1]
    assert (
        f"  + the field 'Stages' in the table 'Deals' with the choices {CHOICES} (or did you mean"
        " 'Stage'? Then write that into the config)\n" in out
    )


def test_what_the_config_names_by_id_is_there(town: Town) -> None:
    assert town.run("setup", "--yes")[0] == 0
    deals, checklist = town.control.table("Deals"), town.control.table("Checklist")
    text = (town.folder / "readygate.yaml").read_text("utf-8")
    by_id = text.replace("table: Deals", f"table: {deals.id}")
    by_id = by_id.replace("table: Checklist", f"table: {checklist.id}")
    by_id = by_id.replace("stage_field: Stage", f"stage_field: {deals.field('Stage').id}")
    by_id = by_id.replace("key: Key", f"key: {checklist.field('Key').id}")
    (town.folder / "readygate.yaml").write_text(by_id, encoding="utf-8")
    assert by_id.count("tbl") == by_id.count("fld") == 2
    code, out, err = town.run("setup", "--yes")
    assert (code, err) == (0, "")
    assert "+" not in out.split("The API lets nobody")[0]
    assert town.run("sync")[::2] == (0, "")


def test_an_id_that_is_not_there_is_no_name_for_a_new_table(town: Town) -> None:
    text = (town.folder / "readygate.yaml").read_text("utf-8")
    by_id = text.replace("table: Checklist", "table: tblABCDEFGHIJKLMN")
    (town.folder / "readygate.yaml").write_text(by_id, encoding="utf-8")
    code, _, err = town.run("setup", "--yes")
    assert code == 3
    assert "the base has nothing with the id tblABCDEFGHIJKLMN" in err
    assert "Write the name that it has or shall have." in err
    assert len(town.control.base().tables) == 1


def test_choices_of_a_field_that_is_there_are_left_to_people(town: Town) -> None:
    text = (town.folder / "readygate.yaml").read_text("utf-8")
    config = text.replace("{ stage: Lost,", "{ stage: Paused, exit: true }\n      - { stage: Lost,")
    (town.folder / "readygate.yaml").write_text(config, encoding="utf-8")
    out = town.run("setup")[1]
    assert (
        "  - Choices of 'Stage': in 'Deals' click the arrow beside 'Stage', “Edit field”, “Add"
        " option”: 'Paused'.\n" in out
    )


def test_a_field_of_the_wrong_type_is_told_and_left_alone(town: Town) -> None:
    text = (town.folder / "readygate.yaml").read_text("utf-8")
    config = text.replace("stage_field: Stage", "stage_field: Name")
    (town.folder / "readygate.yaml").write_text(config, encoding="utf-8")
    out = town.run("setup", "--yes")[1]
    assert (
        "  - The type of 'Name': in 'Deals' click the arrow beside 'Name', “Edit field”, and choose"
        " 'single select' instead of 'single line text'; or name another field in the config.\n"
    ) in out
    assert town.control.table("Deals").field("Name").type == "singleLineText"


def test_a_setup_that_dies_in_the_middle_goes_on_from_there(empty: Town) -> None:
    empty.control.faults.add("drop", method="POST", path=".*/fields", stored=True, count=1)
    code, _, err = empty.run("setup", "--yes")
    assert code == 5
    assert err == (
        f"The answer was lost while {SERVICE} was being created. Run `readygate setup` again: it"
        " looks first at what is there.\n"
    )
    code, out, _ = empty.run("setup", "--yes")
    assert code == 0
    assert "Service" not in out.partition("The API lets")[0]
    assert empty.run("sync")[0] == 0
