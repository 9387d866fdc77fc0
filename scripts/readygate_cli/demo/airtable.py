"""The Airtable look-alike as the scenery of the story."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from readygate_cli.demo.scenery import CONFIG_NAME, Entry, StoryBroke
from readygate_cli.demo.served import OURS, Served, send
from readygate_config import bundled

_DEALS, _CHECKLIST = "Deals", "Checklist"


class AirtableScenery(Served):
    """A base in a sandbox of our own; see `Scenery`."""

    prepares = True
    reads = ("/listRecords",)

    def __init__(self, language: str, folder: Path, *, detached: bool) -> None:
        super().__init__(language, folder, detached=detached)
        users = self.addresses["airtable_users"]
        self._tokens = {user["email"]: user["token"] for user in users}
        self._base = str(self.addresses["bases"][0]["id"])

    @property
    def board(self) -> str:
        """See `Scenery.board`: it shows both trackers, and opens with the deals of the base."""
        return f"{super().board}?pipeline={self._table()['id']}"

    def environment(self) -> Mapping[str, str]:
        """See `Scenery.environment`."""
        return {"READYGATE_TRACKERS__BASE__TOKEN": self._tokens[OURS]}

    def config(self, folder: Path) -> Path:
        """See `Scenery.config`: the example of this language, pointed at the sandbox."""
        text = bundled.example(f"handover-airtable.{self.language}.yaml")
        where = f'{self._base}\n    url: "{self.addresses["airtable"]}"'
        text, found = re.subn(r"appX{14}", where, text)
        if not found:
            raise StoryBroke("The example config names no base.")
        path = folder / CONFIG_NAME
        path.write_text(text, encoding="utf-8")
        return path

    def create(self, who: str, title: str, fields: Mapping[str, str]) -> str:
        """See `Scenery.create`: people call a deal by its name."""
        stage = self._choices()[0]
        told = {"Name": title, "Stage": stage, **fields}
        self._act(who, "create", table=_DEALS, fields=told)
        return title

    def move(self, who: str, deal: str, stage: str) -> None:
        """See `Scenery.move`."""
        self._act(who, "edit", record=self._deal(deal)["id"], fields={"Stage": stage})

    def tick(self, who: str, entry: Entry) -> None:
        """See `Scenery.tick`."""
        self._act(who, "edit", record=entry.ref, fields={"Done": True})

    def stage(self, deal: str) -> str:
        """See `Scenery.stage`."""
        return str(self._deal(deal)["fields"]["Stage"])

    def checklist(self, deal: str) -> tuple[Entry, ...]:
        """See `Scenery.checklist`: rows in the order in which the deal links them."""
        rows = {row["id"]: row["fields"] for row in self._records(_CHECKLIST)}
        linked = self._deal(deal)["fields"].get(_CHECKLIST, [])
        return tuple(
            Entry(
                ref,
                rows[ref]["Item"],
                rows[ref].get("Owner", {}).get("name", ""),
                rows[ref].get("Done", False),
            )
            for ref in linked
        )

    def comments(self, deal: str) -> tuple[str, ...]:
        """See `Scenery.comments`; a mention shows as its person's name."""
        told = self._get(f"/v0/{self._base}/{_DEALS}/{self._deal(deal)['id']}/comments")
        found = sorted(told["comments"], key=lambda one: str(one["createdTime"]))
        return tuple(_readable(one) for one in found)

    def _table(self) -> dict[str, Any]:
        tables = self._get(f"/v0/meta/bases/{self._base}/tables")["tables"]
        (deals,) = (table for table in tables if table["name"] == _DEALS)
        found: dict[str, Any] = deals
        return found

    def _choices(self) -> list[str]:
        (stage,) = (field for field in self._table()["fields"] if field["name"] == "Stage")
        return [str(choice["name"]) for choice in stage["options"]["choices"]]

    def _deal(self, name: str) -> dict[str, Any]:
        for record in self._records(_DEALS):
            if record["fields"].get("Name") == name:
                return record
        raise StoryBroke(f"There is no deal {name!r} in the base.")

    def _records(self, table: str) -> list[dict[str, Any]]:
        records: list[dict[str, Any]] = self._get(f"/v0/{self._base}/{quote(table)}")["records"]
        return records

    def _act(self, who: str, do: str, **told: Any) -> None:
        self._send("POST", "/_sandbox/act", {"as": who, "do": do, **told})

    def _send(self, method: str, path: str, body: Mapping[str, Any] | None) -> Any:
        # Looking is done as somebody else, so that it is not taken for our traffic.
        token = next(token for email, token in self._tokens.items() if email != OURS)
        return send(self.addresses["airtable"], method, path, body, f"Bearer {token}")


def _readable(comment: Mapping[str, Any]) -> str:
    text = str(comment["text"])
    for ref, person in (comment.get("mentioned") or {}).items():
        text = text.replace(f"@[{ref}]", f"@{person.get('displayName') or person.get('email')}")
    return text
