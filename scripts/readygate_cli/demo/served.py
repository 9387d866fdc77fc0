"""The sandbox in a process of its own, as the stage of the story."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

from readygate_cli.demo.scenery import StoryBroke

OURS = "readygate@example.com"
SEEDS = {"en": "demo-en", "ru": "demo"}
"""The sandbox's site in each language."""


class Served(ABC):
    """A sandbox of our own. `folder` keeps its log; `addresses` is what it said.

    `reads` are the ends of paths that are posted to and change nothing.
    """

    reads: ClassVar[tuple[str, ...]]

    def __init__(self, language: str, folder: Path, *, detached: bool) -> None:
        self.language = language
        with (folder / "sandbox.log").open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own program, no shell
                [sys.executable, "-m", "readygate_sandbox", "--seed", SEEDS[language]],
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=detached,
            )
        told = b""
        if self._process.stdout:
            with self._process.stdout as line:  # one line is all it says
                told = line.readline()
        if not told:
            reason = (folder / "sandbox.log").read_text("utf-8", "replace").strip()
            raise StoryBroke(f"The sandbox did not start: {reason or 'it said nothing'}")
        self.addresses: dict[str, Any] = json.loads(told)

    @property
    def board(self) -> str:
        """See `Scenery.board`."""
        return str(self.addresses["board"])

    @property
    def pid(self) -> int:
        """See `Scenery.pid`."""
        return self._process.pid

    def writes(self) -> tuple[str, ...]:
        """See `Scenery.writes`."""
        return tuple(
            f"{entry['method']} {entry['path']}"
            for entry in self._ours()
            if entry["method"] != "GET" and not entry["path"].endswith(self.reads)
        )

    def requests(self) -> int:
        """See `Scenery.requests`."""
        return len(self._ours())

    def stop(self) -> None:
        """See `Scenery.stop`."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def _ours(self) -> list[dict[str, Any]]:
        entries = self._get("/_sandbox/log")["entries"]
        return [entry for entry in entries if entry["user"] == OURS]

    def _get(self, path: str) -> dict[str, Any]:
        found: dict[str, Any] = self._send("GET", path, None)
        return found

    @abstractmethod
    def _send(self, method: str, path: str, body: Mapping[str, Any] | None) -> Any:
        """What one side answers to somebody who is not our account."""


def send(
    address: str, method: str, path: str, body: Mapping[str, Any] | None, authorization: str
) -> Any:
    """Send JSON to the sandbox and give what it answers. Raises StoryBroke."""
    connection = HTTPConnection(urlsplit(address).netloc, timeout=30)
    try:
        connection.request(
            method,
            path,
            body=json.dumps(body) if body else None,
            headers={"Authorization": authorization, "Content-Type": "application/json"},
        )
        answer = connection.getresponse()
        told = answer.read()
    finally:
        connection.close()
    if answer.status >= 300:
        raise StoryBroke(f"{method} {path}: {answer.status} {told.decode(errors='replace')}")
    return json.loads(told)
