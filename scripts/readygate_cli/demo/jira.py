"""The Jira look-alike as the scenery of the story: a sandbox in a process of its own."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from readygate_cli.demo.scenery import CONFIG_NAME, Entry, StoryBroke
from readygate_cli.demo.served import OURS, Served, send
from readygate_config import bundled

_PROJECT, _TYPE = "DEAL", "Deal"


class JiraScenery(Served):
    """A site in a sandbox of our own; see `Scenery`."""

    prepares = False
    reads = ("/search/jql", "/bulkfetch", "/search/approximate-count")

    def __init__(self, language: str, folder: Path, *, detached: bool) -> None:
        super().__init__(language, folder, detached=detached)
        self._tokens = {user["email"]: user["token"] for user in self.addresses["users"]}

    def environment(self) -> Mapping[str, str]:
        """See `Scenery.environment`."""
        return {
            "READYGATE_TRACKERS__MAIN__EMAIL": OURS,
            "READYGATE_TRACKERS__MAIN__TOKEN": self._tokens[OURS],
        }

    def config(self, folder: Path) -> Path:
        """See `Scenery.config`: the seed example of this language, pointed at the sandbox."""
        text = bundled.example(f"handover.{self.language}.yaml")
        path = folder / CONFIG_NAME
        text, found = re.subn(r"https://[a-z-]+\.atlassian\.net", self.addresses["jira"], text)
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

    def _entry(self, key: str) -> Entry:
        fields = self._get(f"/rest/api/3/issue/{quote(key)}?fields=summary,status,assignee")[
            "fields"
        ]
        done = fields["status"]["statusCategory"]["key"] == "done"
        owner = (fields["assignee"] or {}).get("displayName", "")
        return Entry(key, fields["summary"], owner, done)

    def _act(self, who: str, do: str, **told: Any) -> dict[str, Any]:
        body = {"as": who, "do": do, **told}
        found: dict[str, Any] = self._send("POST", "/_sandbox/act", body)
        return found

    def _send(self, method: str, path: str, body: Mapping[str, Any] | None) -> Any:
        # Looking is done as somebody else, so that it is not taken for our traffic.
        who = next(email for email in self._tokens if email != OURS)
        credentials = base64.b64encode(f"{who}:{self._tokens[who]}".encode()).decode()
        return send(self.addresses["jira"], method, path, body, f"Basic {credentials}")


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
