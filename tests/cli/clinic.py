"""Healthy trackers and ways to make each ill: what `readygate doctor` is tried on."""

from __future__ import annotations

import copy
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from readygate_cli import logs
from readygate_cli.main import main
from readygate_sandbox import Sandbox

BASE = "appREADYGATE00001"
JIRA_TOKEN, AIRTABLE_TOKEN = "sandbox-token", "patBOT.0123456789abcdef"
BOT, ANNA, BORIS, VERA = (f"{name}@example.com" for name in ("bot", "anna", "boris", "vera"))
MEMBER = ["browse", "create", "edit", "transition", "comment", "edit_own_comments", "assign",
          "assignable", "browse_users"]  # fmt: skip
PEOPLE = [
    {"name": "Anna Kotova", "email": ANNA, "token": "anna-token"},
    {"name": "Boris Lykov", "email": BORIS, "token": "boris-token"},
    {"name": "Vera Ilyina", "email": VERA, "token": "vera-token"},
]
STAGES = ["New lead", "Negotiation", "In production", "Lost"]

BOOK = """\
version: 1
people:
  anna: { name: Anna Kotova, email: anna@example.com }
  boris: { name: Boris Lykov, email: boris@example.com }
  vera: { name: Vera Ilyina, email: vera@example.com }
items:
  checklist: { title: Lead checklist }
  scan: { title: Scan of the contract }
  brand: { title: Brand kit, when: { field: Service, in: [Website, Design] } }
processes:
  marketing: { title: Marketing, owner: anna, outputs: [checklist] }
  sales: { title: Sales, owner: boris, inputs: [checklist], outputs: [scan, brand] }
  delivery: { title: Delivery, owner: vera, inputs: [scan, brand] }
trackers:
"""
JIRA = """\
  main: { kind: jira, url: "JIRA_URL" }
"""
AIRTABLE = """\
  base: { kind: airtable, base: appREADYGATE00001, url: "AIRTABLE_URL", requests_per_month: 100000 }
"""
JIRA_PIPELINE = """\
  deals:
    tracker: main
    project: DEAL
    issue_type: Deal
    waived_as: ["Won't do"]
    guard: return
    stages:
      - { stage: New lead, process: marketing }
      - { stage: Negotiation, process: sales }
      - { stage: In production, process: delivery }
      - { stage: Lost, exit: true }
"""
AIRTABLE_PIPELINE = """\
  orders:
    tracker: base
    table: Deals
    stage_field: Stage
    requested_field: Requested stage
    checklist:
      table: Checklist
      deal: Deal
      key: Key
      title: Item
      done: Done
      owner: Owner
      due: Due
      waived: Waived because
      retired: Retired
    guard: return
    stages:
      - { stage: New lead, process: marketing }
      - { stage: Negotiation, process: sales }
      - { stage: In production, process: delivery }
      - { stage: Lost, exit: true }
"""


def jira_seed() -> dict[str, Any]:
    """A site in which nothing stands in the way; our account is no admin."""
    return {
        "users": [{"name": "Bot", "email": BOT, "token": JIRA_TOKEN, "rights": MEMBER}, *PEOPLE],
        "fields": [{"name": "Service", "type": "select", "options": ["Website", "Design", "Ads"]}],
        "issue_types": [{"name": "Deal"}, {"name": "Sub-task", "subtask": True}],
        "statuses": [
            {"name": "New lead", "category": "new"},
            {"name": "Negotiation", "category": "indeterminate"},
            {"name": "In production", "category": "indeterminate"},
            {"name": "Lost", "category": "done"},
            {"name": "To Do", "category": "new"},
            {"name": "Done", "category": "done"},
            {"name": "Won't do", "category": "done"},
        ],
        "workflows": [
            {"name": "deals", "statuses": STAGES, "moves": "all"},
            {"name": "items", "statuses": ["To Do", "Done", "Won't do"], "moves": "global"},
        ],
        "projects": [
            {
                "key": "DEAL",
                "issue_types": ["Deal", "Sub-task"],
                "workflows": {"Deal": "deals", "Sub-task": "items"},
            }
        ],
        "issues": [
            {"project": "DEAL", "type": "Deal", "summary": f"Deal in {stage}", "status": stage}
            for stage in STAGES
        ],
    }


def airtable_seed() -> dict[str, Any]:
    """A base in which nothing stands in the way; our user is an editor."""
    deals = {
        "name": "Deals",
        "fields": [
            {"name": "Name", "type": "singleLineText"},
            {"name": "Stage", "type": "singleSelect", "choices": list(STAGES)},
            {"name": "Requested stage", "type": "singleSelect", "choices": list(STAGES)},
            {"name": "Service", "type": "singleSelect", "choices": ["Website", "Design", "Ads"]},
            {"name": "Score", "type": "rollup"},
        ],
        "records": [{"fields": {"Name": "Deal 1", "Stage": "New lead"}}],
    }
    checklist = {
        "name": "Checklist",
        "fields": [
            {"name": "Item", "type": "singleLineText"},
            {"name": "Key", "type": "singleLineText"},
            {"name": "Deal", "type": "multipleRecordLinks", "link": "Deals"},
            {"name": "Owner", "type": "singleCollaborator"},
            {"name": "Due", "type": "date"},
            {"name": "Done", "type": "checkbox"},
            {"name": "Waived because", "type": "multilineText"},
            {"name": "Retired", "type": "checkbox"},
        ],
    }
    users = [
        {"name": "Readygate", "email": BOT, "tokens": [{"token": AIRTABLE_TOKEN}]},
        *({"name": one["name"], "email": one["email"]} for one in PEOPLE),
    ]
    levels = dict.fromkeys((ANNA, BORIS, VERA, BOT), "edit")
    base = {"id": BASE, "name": "Sales", "collaborators": levels, "tables": [deals, checklist]}
    return {"users": users, "bases": [base]}


@dataclass
class Patient:
    """A seed and a config that can be made ill before the sandbox starts."""

    seed: dict[str, Any]
    config: str

    def change(self, old: str, new: str) -> None:
        """Change the config."""
        assert self.config.count(old) == 1, (old, self.config.count(old))
        self.config = self.config.replace(old, new)

    @property
    def base(self) -> dict[str, Any]:
        """The only base."""
        found: dict[str, Any] = self.seed["airtable"]["bases"][0]
        return found

    def field(self, table: str, name: str) -> dict[str, Any]:
        """A field of a table of the base."""
        (found,) = [one for one in self.base["tables"] if one["name"] == table]
        (field,) = [one for one in found["fields"] if one["name"] == name]
        result: dict[str, Any] = field
        return result


def patient(*kinds: str) -> Patient:
    """A healthy one with these trackers."""
    seed = jira_seed()
    seed["airtable"] = airtable_seed()
    trackers = {"jira": JIRA, "airtable": AIRTABLE}
    pipelines = {"jira": JIRA_PIPELINE, "airtable": AIRTABLE_PIPELINE}
    config = BOOK + "".join(trackers[kind] for kind in kinds)
    config += "pipelines:\n" + "".join(pipelines[kind] for kind in kinds)
    return Patient(copy.deepcopy(seed), config)


@dataclass(frozen=True)
class Seen:
    """What doctor told: its code, and what it found, each as (area, state, what, fix)."""

    code: int
    found: list[tuple[str, str, str, str]]
    document: dict[str, Any]

    @property
    def told(self) -> str:
        """All of it as text."""
        lines = [f"  ends with {self.code}"]
        for area, state, what, fix in self.found:
            lines += [f"  {state}: {area}: {what}", f"    {fix}"]
        return "\n".join(lines)


class Clinic:
    """A running sandbox, a config in a folder, and the doctor."""

    def __init__(self, sandbox: Sandbox, folder: Path, capsys: Any) -> None:
        self.sandbox = sandbox
        self.folder = folder
        self._capsys = capsys

    def write(self, patient: Patient) -> None:
        """Put the config into the folder."""
        text = patient.config.replace("JIRA_URL", self.sandbox.url)
        text = text.replace("AIRTABLE_URL", self.sandbox.airtable_url)
        (self.folder / "readygate.yaml").write_text(text, encoding="utf-8")

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """Any command, in this process."""
        self._capsys.readouterr()
        try:
            code = main(arguments)
        finally:
            logs.release()
        out, err = self._capsys.readouterr()
        return code, out, err

    def doctor(self, *arguments: str) -> Seen:
        """What doctor finds, but for what passed and what nobody can know."""
        code, out, err = self.run("doctor", "--json", *arguments)
        assert err == ""
        document = json.loads(out)
        found = [
            (one["area"], one["state"], self.plain(one["what"]), self.plain(one["fix"] or ""))
            for one in document["checks"]
            if one["state"] in {"warning", "failure"}
        ]
        return Seen(code, found, document)

    def plain(self, text: str) -> str:
        """A text without what differs from run to run."""
        for url, name in ((self.sandbox.url, "JIRA"), (self.sandbox.airtable_url, "AIRTABLE")):
            text = text.replace(url.partition("//")[2], name)
        text = re.sub(r"last run \([^)]*\)", "last run (WHEN)", text)
        return text.replace(str(self.folder), "FOLDER")
