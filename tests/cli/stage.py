"""The little site, config and people that the tests of the command line play with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from readygate_cli import logs
from readygate_cli.main import main
from readygate_sandbox import Sandbox

TOKEN = "sandbox-token"
OURS = "readygate@example.com"

CONFIG = """\
version: 1
trackers:
  main: {{ kind: jira, url: {url} }}
people:
  anna: {{ name: Анна Котова, email: anna@example.com }}
  boris: {{ name: Борис Лыков, email: boris@example.com }}
  vera: {{ name: Вера Ильина, email: vera@example.com }}
items:
  checklist: {{ title: Lead checklist }}
  scan: {{ title: Scan of the contract }}
processes:
  marketing: {{ title: Marketing, owner: anna, outputs: [checklist] }}
  sales: {{ title: Sales, owner: boris, inputs: [checklist], outputs: [scan] }}
  delivery: {{ title: Delivery, owner: vera, inputs: [scan] }}
pipelines:
  deals:
    tracker: main
    project: DEAL
    issue_type: Deal
    stages:
      - {{ stage: New lead, process: marketing }}
      - {{ stage: Negotiation, process: sales }}
      - {{ stage: In production, process: delivery }}
      - {{ stage: Done, process: delivery }}
      - {{ stage: Lost, exit: true }}
"""


@dataclass(frozen=True)
class Told:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str


class Stage:
    """A sandbox with the demo site, a config for it in a folder, and our program."""

    def __init__(
        self,
        sandbox: Sandbox,
        folder: Path,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        self.control = sandbox.control
        self.url = sandbox.url
        self.folder = folder
        self.config = folder / "readygate.yaml"
        self._capsys = capsys
        self._env = monkeypatch
        self.write(CONFIG.format(url=sandbox.url))
        self._env.setenv("READYGATE_TRACKERS__MAIN__EMAIL", OURS)
        self.token(TOKEN)
        self._env.delenv("READYGATE_CONFIG", raising=False)
        self._env.delenv("READYGATE_LEDGER", raising=False)
        self._env.chdir(folder)

    def write(self, text: str) -> None:
        """Write the config."""
        self.config.write_text(text, encoding="utf-8")

    def change(self, old: str, new: str) -> None:
        """Change the config."""
        text = self.config.read_text("utf-8")
        assert old in text
        self.write(text.replace(old, new))

    def token(self, token: str) -> None:
        """What we sign in with."""
        self._env.setenv("READYGATE_TRACKERS__MAIN__TOKEN", token)

    def run(self, *arguments: str) -> Told:
        """Run a command in this process."""
        self._capsys.readouterr()
        try:
            code = main(arguments)
        finally:
            logs.release()
        out, err = self._capsys.readouterr()
        return Told(code, out, err)

    def create(self, summary: str, status: str | None = None) -> str:
        """Anna makes a deal."""
        told = {"project": "DEAL", "type": "Deal", "summary": summary}
        made = self.control.act("anna@example.com", "create", **told)
        if status:
            self.move(made["key"], status)
        return str(made["key"])

    def move(self, deal: str, status: str) -> None:
        """Boris moves a deal."""
        self.control.act("boris@example.com", "transition", issue=deal, to=status)

    def status(self, deal: str) -> str:
        """Where a deal stands in the tracker."""
        return self.control.store.statuses[self.control.issue(deal).status].name

    def writes(self) -> list[str]:
        """The requests of our account that were meant to change something."""
        reads = ("/search/jql", "/bulkfetch")
        return [
            f"{entry.method} {entry.path}"
            for entry in self.control.log.entries()
            if entry.user == OURS and entry.method != "GET" and not entry.path.endswith(reads)
        ]
