"""A shop floor for guards: a site, a config, our program, and people who click on the board."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from readygate_cli import logs
from readygate_cli.main import main
from readygate_sandbox import Refusal, Sandbox
from readygate_sandbox.board import jira_view
from readygate_sandbox.jira_cloud import adf
from readygate_sandbox.jira_cloud.seed import load_seed

ANNA, BORIS, VERA = "anna@example.com", "boris@example.com", "vera@example.com"
OURS = "readygate@example.com"

CONFIG = """\
version: 1
language: {language}
trackers:
  main: {{ kind: jira, url: {url} }}
people:
  anna: {{ name: Анна Котова, email: anna@example.com }}
  boris: {{ name: Борис Лыков, email: boris@example.com }}
  vera: {{ name: Вера Ильина, email: vera@example.com }}
items:
  checklist: {{ title: Lead checklist }}
  scan: {{ title: Scan of the contract }}
  informal: {{ title: Informal agreements, required: false }}
processes:
  marketing: {{ title: Marketing, owner: anna, outputs: [checklist] }}
  sales: {{ title: Sales, owner: boris, inputs: [checklist], outputs: [scan, informal] }}
  delivery: {{ title: Delivery, owner: vera, inputs: [scan, informal] }}
pipelines:
  deals:
    tracker: main
    project: DEAL
    issue_type: Deal
    waived_as: ["Won't do"]
    {guard}
    stages:
      - {{ stage: New lead, process: marketing }}
      - {{ stage: Negotiation, process: sales }}
      - {{ stage: In production, process: delivery }}
      - {{ stage: Done, process: delivery }}
      - {{ stage: Lost, exit: true }}
"""

MEMBER = ["browse", "create", "edit", "transition", "comment", "edit_own_comments", "assign",
          "assignable", "browse_users"]  # fmt: skip
DEALS = "Deal workflow"
STAGES = ("New lead", "Negotiation", "In production", "Done", "Lost")


def seed(**quirks: str) -> dict[str, Any]:
    """The demo site; keywords are quirks."""
    document = deepcopy(load_seed("demo"))
    document.pop("airtable", None)
    document["quirks"] = quirks
    return document


class Floor:
    """One site with our program beside it. Deals are named by their keys."""

    def __init__(
        self,
        sandbox: Sandbox,
        folder: Path,
        capsys: pytest.CaptureFixture[str],
        env: pytest.MonkeyPatch,
    ) -> None:
        self.control = sandbox.control
        self.url = sandbox.url
        self.folder = folder
        self._capsys = capsys
        env.setenv("READYGATE_TRACKERS__MAIN__EMAIL", OURS)
        env.setenv("READYGATE_TRACKERS__MAIN__TOKEN", "sandbox-token")
        env.delenv("READYGATE_CONFIG", raising=False)
        env.delenv("READYGATE_LEDGER", raising=False)
        env.chdir(folder)

    def configure(self, guard: str, language: str = "en") -> None:
        """Write the config with this `guard:` line."""
        text = CONFIG.format(url=self.url, guard=guard, language=language)
        (self.folder / "readygate.yaml").write_text(text, encoding="utf-8")

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """Run our program: code, stdout, stderr."""
        self._capsys.readouterr()
        try:
            code = main(list(arguments))
        finally:
            logs.release()
        out, err = self._capsys.readouterr()
        return code, out, err

    def done(self, *arguments: str) -> str:
        """Run it and expect code 0."""
        code, out, err = self.run(*arguments)
        assert code == 0, (out, err)
        return out

    # -- people ------------------------------------------------------------------------------

    def move(self, deal: str, to: str, who: str = ANNA) -> str:
        """Somebody moves a deal on the board; what Jira says against it, or ""."""
        try:
            self.control.act(who, "transition", issue=deal, to=to)
        except Refusal as refusal:
            body = refusal.answer.body
            return " ".join([*body.get("errorMessages", ()), *body.get("errors", {}).values()])
        return ""

    def offered(self, deal: str, who: str = ANNA) -> set[str]:
        """The statuses that the board offers somebody for a deal."""
        page = jira_view.deal_page(self.control.store, self.control.user(who), deal)
        assert page
        return {self.name(one["to"]) for one in page["moves"]}

    def create(self, title: str) -> str:
        """A new deal in the first stage."""
        made = self.control.act(ANNA, "create", project="DEAL", type="Deal", summary=title)
        return str(made["key"])

    def tick(self, deal: str, *titles: str, who: str = ANNA) -> None:
        """Somebody closes items of a deal; all that are open without titles."""
        for ref, issue in self.items(deal).items():
            closed = self.control.store.statuses[issue.status].category == "done"
            if not closed and (not titles or issue.summary in titles):
                self.control.act(who, "tick", issue=ref)

    def items(self, deal: str) -> dict[str, Any]:
        """The subtasks of a deal by key."""
        store = self.control.store
        children = [store.issues[ref] for ref in self.control.issue(deal).subtasks]
        return {child.key: child for child in children}

    # -- seeing ------------------------------------------------------------------------------

    def status(self, deal: str) -> str:
        return self.name(self.control.issue(deal).status)

    def name(self, status: str) -> str:
        return self.control.store.statuses[status].name

    def comments(self, deal: str) -> list[str]:
        """The comments of a deal as words."""
        return [adf.words(one.body) for one in self.control.issue(deal).comments]

    def workflow(self) -> Any:
        """The workflow of deals, but for its version and the ids of rules."""
        workflow = next(w for w in self.control.store.workflows.values() if w.name == DEALS)
        return [
            (
                one.id, one.name, one.kind, one.to, one.sources, _rules(one.conditions),
                [(rule.key, rule.parameters) for rule in one.validators],
                [(rule.key, rule.parameters) for rule in one.actions],
                one.screen, one.required, one.description, one.extras,
            )
            for one in workflow.transitions
        ]  # fmt: skip

    def transition(self, source: str, target: str) -> Any:
        """The directed transition between two statuses."""
        workflow = next(w for w in self.control.store.workflows.values() if w.name == DEALS)
        return next(
            one
            for one in workflow.transitions
            if self.name(one.to) == target and source in {self.name(s) for s in one.sources}
        )


def _rules(group: Any) -> Any:
    rules = [(rule.key, rule.parameters) for rule in group.conditions]
    return (group.operation, rules, [_rules(inner) for inner in group.groups])
