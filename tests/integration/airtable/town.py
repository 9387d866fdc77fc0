"""A base that begins empty, a config for it in a folder, and our program."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from readygate_cli import logs
from readygate_cli.main import main
from readygate_sandbox import Sandbox

BASE = "appREADYGATE00001"
BOT, ANNA = "bot@example.com", "anna@example.com"
STAGES = ["New lead", "Negotiation", "In production", "Lost"]

CONFIG = """\
version: 1
trackers:
  base: {{ kind: airtable, base: {base}, url: "{url}", requests_per_month: 100000 }}
people:
  anna: {{ name: Anna Kotova, email: anna@example.com }}
  boris: {{ name: Boris Lykov, email: boris@example.com }}
  vera: {{ name: Vera Ilyina, email: vera@example.com }}
items:
  checklist: {{ title: Lead checklist }}
  scan: {{ title: Scan of the contract }}
processes:
  marketing: {{ title: Marketing, owner: anna, outputs: [checklist] }}
  sales: {{ title: Sales, owner: boris, inputs: [checklist], outputs: [scan] }}
  delivery: {{ title: Delivery, owner: vera, inputs: [scan] }}
pipelines:
  deals:
    tracker: base
    table: Deals
    stage_field: Stage
    checklist:
      table: Checklist
      deal: Deal
      key: Key
      title: Item
      done: Done
      owner: Owner
      due: Due
      waived: Waived because
      notes: Notes
    {more}
    stages:
      - {{ stage: New lead, process: marketing }}
      - {{ stage: Negotiation, process: sales }}
      - {{ stage: In production, process: delivery }}
      - {{ stage: Lost, exit: true }}
"""


def seed() -> dict[str, Any]:
    """A base that knows deals and nothing of us."""
    users = [
        {"name": "Readygate", "email": BOT, "token": "patBOT.0123456789"},
        {"name": "Anna Kotova", "email": ANNA},
        {"name": "Boris Lykov", "email": "boris@example.com"},
        {"name": "Vera Ilyina", "email": "vera@example.com"},
    ]
    deals = {
        "name": "Deals",
        "fields": [
            {"name": "Name", "type": "singleLineText"},
            {"name": "Stage", "type": "singleSelect", "choices": STAGES},
        ],
        "records": [{"fields": {"Name": "Old deal", "Stage": "Negotiation"}}],
    }
    people = {user["email"]: "edit" for user in users} | {BOT: "create"}
    base = {"id": BASE, "name": "Sales", "collaborators": people, "tables": [deals]}
    return {"airtable": {"users": users, "bases": [base]}}


class Town:
    """A base, a config for it in a folder, and our program."""

    def __init__(self, sandbox: Sandbox, folder: Path, capsys: Any) -> None:
        self.sandbox = sandbox
        self.control = sandbox.airtable
        self.folder = folder
        self._capsys = capsys

    def write(self, more: str = "guard: return") -> None:
        text = CONFIG.format(base=BASE, url=self.sandbox.airtable_url, more=more)
        (self.folder / "readygate.yaml").write_text(text, encoding="utf-8")

    def run(self, *arguments: str) -> tuple[int, str, str]:
        self._capsys.readouterr()
        try:
            code = main(arguments)
        finally:
            logs.release()
        out, err = self._capsys.readouterr()
        return code, out, err

    def create(self, name: str, stage: str = "New lead") -> str:
        fields = {"Name": name, "Stage": stage}
        return str(self.control.act(ANNA, "create", table="Deals", fields=fields)["id"])

    def edit(self, record: str, **fields: Any) -> None:
        told = {name.replace("_", " "): value for name, value in fields.items()}
        self.control.act(ANNA, "edit", record=record, fields=told)

    def cells(self, record: str) -> dict[str, Any]:
        return self.control.cells(record)

    def rows(self, deal: str) -> dict[str, str]:
        """Item key -> row of a deal."""
        table = self.control.table("Checklist")
        found = {ref: self.control.cells(ref) for ref in table.records}
        mine = {ref: cells for ref, cells in found.items() if deal in cells.get("Deal", [])}
        return {cells["Key"].partition("/")[2]: ref for ref, cells in mine.items()}

    def comments(self, deal: str) -> list[str]:
        return [comment.text for comment in self.control.record(deal).comments]


def story(town: Town) -> str:
    """Set up, take in what is there, and a new deal with its checklist."""
    town.run("setup", "--yes")
    town.run("sync")
    town.control.clock.advance(60)
    deal = town.create("Website")
    assert town.run("sync")[0] == 0
    assert set(town.rows(deal)) == {"checklist"}
    return deal
