"""The Jira look-alike as the scenery of the story: a sandbox in a process of its own."""

from __future__ import annotations

import base64
import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from http.client import HTTPConnection
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from readygate_cli.demo.scenery import CONFIG_NAME, Entry, StoryBroke
from readygate_config import bundled

OURS = "readygate@example.com"
_READS = ("/search/jql", "/bulkfetch", "/search/approximate-count")
_PROJECT, _TYPE = "DEAL", "Deal"


class JiraScenery:
    """A sandbox of our own; see `Scenery`. `folder` keeps its seed and its log."""

    def __init__(self, language: str, folder: Path, *, detached: bool) -> None:
        self._language = language
        seed = "demo"
        if language == "en":
            seed = str(folder / "site.yaml")
            text = files("readygate_cli.demo").joinpath("site.en.yaml").read_text("utf-8")
            Path(seed).write_text(text, encoding="utf-8")
        with (folder / "sandbox.log").open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own program, no shell
                [sys.executable, "-m", "readygate_sandbox", "--seed", seed],
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
        self._addresses: dict[str, Any] = json.loads(told)
        self._tokens = {user["email"]: user["token"] for user in self._addresses["users"]}

    @property
    def board(self) -> str:
        """See `Scenery.board`."""
        return str(self._addresses["board"])

    @property
    def pid(self) -> int:
        """See `Scenery.pid`."""
        return self._process.pid

    def environment(self) -> Mapping[str, str]:
        """See `Scenery.environment`."""
        return {
            "READYGATE_TRACKERS__MAIN__EMAIL": OURS,
            "READYGATE_TRACKERS__MAIN__TOKEN": self._tokens[OURS],
        }

    def config(self, folder: Path) -> Path:
        """See `Scenery.config`: the seed example of this language, pointed at the sandbox."""
        text = bundled.example(f"handover.{self._language}.yaml")
        path = folder / CONFIG_NAME
        text, found = re.subn(r"https://[a-z-]+\.atlassian\.net", self._addresses["jira"], text)
        if not found:
            raise StoryBroke("The example config names no Jira site.")
        path.write_text(text, encoding="utf-8")
        return path

    def create(self, who: str, title: str, fields: Mapping[str, str]) -> str:
        """See `Scenery.create`."""
        about = {"project": _PROJECT, "type": _TYPE, "summary": title, "fields": dict(fields)}
        told = self._act(who, "create", **about)
        return str(told["key"])

    def move(self, who: str, deal: str, stage: str) -> None:
        """See `Scenery.move`."""
        self._act(who, "transition", issue=deal, to=stage)

    def tick(self, who: str, entry: Entry) -> None:
        """See `Scenery.tick`."""
        self._act(who, "tick", issue=entry.ref)

    def stage(self, deal: str) -> str:
        """See `Scenery.stage`."""
        issue = self._get(f"/rest/api/3/issue/{quote(deal)}?fields=status")
        return str(issue["fields"]["status"]["name"])

    def checklist(self, deal: str) -> tuple[Entry, ...]:
        """See `Scenery.checklist`."""
        issue = self._get(f"/rest/api/3/issue/{quote(deal)}?fields=subtasks")
        return tuple(self._entry(part["key"]) for part in issue["fields"]["subtasks"])

    def comments(self, deal: str) -> tuple[str, ...]:
        """See `Scenery.comments`."""
        told = self._get(f"/rest/api/3/issue/{quote(deal)}/comment")
        return tuple("\n".join(_lines(comment["body"])) for comment in told["comments"])

    def writes(self) -> tuple[str, ...]:
        """See `Scenery.writes`."""
        return tuple(
            f"{entry['method']} {entry['path']}"
            for entry in self._ours()
            if entry["method"] != "GET" and not entry["path"].endswith(_READS)
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

    def _entry(self, key: str) -> Entry:
        fields = self._get(f"/rest/api/3/issue/{quote(key)}?fields=summary,status,assignee")[
            "fields"
        ]
        done = fields["status"]["statusCategory"]["key"] == "done"
        owner = (fields["assignee"] or {}).get("displayName", "")
        return Entry(key, fields["summary"], owner, done)

    def _ours(self) -> list[dict[str, Any]]:
        entries = self._get("/_sandbox/log")["entries"]
        return [entry for entry in entries if entry["user"] == OURS]

    def _act(self, who: str, do: str, **told: Any) -> dict[str, Any]:
        body = {"as": who, "do": do, **told}
        found: dict[str, Any] = self._send("POST", "/_sandbox/act", body)
        return found

    def _get(self, path: str) -> dict[str, Any]:
        # Looking is done as the last person of the site, so that it is not taken for our traffic.
        found: dict[str, Any] = self._send("GET", path, None)
        return found

    def _send(self, method: str, path: str, body: Mapping[str, Any] | None) -> Any:
        who = next(email for email in self._tokens if email != OURS)
        credentials = base64.b64encode(f"{who}:{self._tokens[who]}".encode()).decode()
        connection = HTTPConnection(urlsplit(self._addresses["jira"]).netloc, timeout=30)
        try:
            connection.request(
                method,
                path,
                body=json.dumps(body) if body else None,
                headers={
                    "Authorization": f"Basic {credentials}",
                    "Content-Type": "application/json",
                },
            )
            answer = connection.getresponse()
            told = answer.read()
        finally:
            connection.close()
        if answer.status >= 300:
            raise StoryBroke(f"{method} {path}: {answer.status} {told.decode(errors='replace')}")
        return json.loads(told)


def _lines(node: Mapping[str, Any], bullet: str = "") -> Iterator[str]:
    """The paragraphs and list items of a document (ADF) as lines of text."""
    if node["type"] == "paragraph":
        yield bullet + "".join(_inline(part) for part in node.get("content", ()))
        return
    for part in node.get("content", ()):
        yield from _lines(part, "- " if node["type"] == "listItem" else bullet)


def _inline(node: Mapping[str, Any]) -> str:
    if node["type"] == "mention":
        return str(node["attrs"].get("text") or node["attrs"]["id"])
    return "\n" if node["type"] == "hardBreak" else str(node.get("text", ""))
