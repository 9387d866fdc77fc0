"""Somebody in an empty folder, with a seeded tracker and no config."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Sequence
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from cli.stage import Told
from readygate_cli import logs
from readygate_cli.main import main
from readygate_sandbox import Sandbox

TOKEN = "sandbox-token"
OURS = "readygate@example.com"
OWNERS = (
    "--owner", "Marketing=anna@example.com",
    "--owner", "Sales=boris@example.com",
    "--owner", "Delivery=vera@example.com",
)  # fmt: skip
SITE = "demo-en"
"""The English site that is built into the sandbox."""


class Beginner:
    """Runs commands in a folder that is empty at first."""

    def __init__(
        self,
        sandbox: Sandbox,
        folder: Path,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        self.sandbox = sandbox
        self.folder = folder
        self.config = folder / "readygate.yaml"
        self.dotenv = folder / ".env"
        self._capsys = capsys
        self._env = monkeypatch

    @property
    def jira(self) -> tuple[str, ...]:
        """How a Jira tracker is named."""
        return ("--tracker", "jira", "--url", self.sandbox.url, "--email", OURS)

    @property
    def airtable(self) -> tuple[str, ...]:
        """How an Airtable tracker is named."""
        return ("--tracker", "airtable", "--set", f"url={self.sandbox.airtable_url}")

    def run(self, *arguments: str, stdin: str = "") -> Told:
        """Run a command in this process, without a terminal."""
        self._capsys.readouterr()
        self._env.setattr("sys.stdin", io.StringIO(stdin))
        try:
            code = main(arguments)
        finally:
            logs.release()
        out, err = self._capsys.readouterr()
        return Told(code, out, err)

    def init(self, *arguments: str, token: str = TOKEN) -> Told:
        """`readygate init` with a token on stdin, in English unless the arguments say otherwise."""
        return self.run("init", "--token-stdin", *arguments, stdin=f"{token}\n")

    def ask(self, who: str, path: str) -> dict[str, Any]:
        """What Jira answers to somebody (an e-mail) who looks."""
        address = urlsplit(self.sandbox.url).netloc
        secret = f"{who}:{who.partition('@')[0]}-token"
        headers = {"Authorization": f"Basic {base64.b64encode(secret.encode()).decode()}"}
        connection = HTTPConnection(address, timeout=10)
        try:
            connection.request("GET", path, headers=headers)
            found: dict[str, Any] = json.loads(connection.getresponse().read())
        finally:
            connection.close()
        return found

    def files(self) -> Sequence[str]:
        """What lies in the folder."""
        return sorted(path.name for path in self.folder.iterdir())
