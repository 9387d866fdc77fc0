"""The two look-alikes as a bench needs them: full of deals, with people at work, and their floors.

A floor is the sum of the requests that the API's own limits force. N: open deals; I: their items;
D: deals concerned by a case, with k items each.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path
from typing import Any, Protocol

import requests
from contract import AIRTABLE_PLACE, ITEMS, JIRA_PLACE
from measuring import HERE, Sandbox, Used, served

PAGE = 100
"""Issues or records per page of a search, list or look, in both trackers."""
BULK = {"jira": 50, "airtable": 10}
"""Items per create or upsert."""
HISTORIES = 1000
"""Issues per request of a bulk changelog fetch (Jira)."""

BOT = ("readygate@example.com", "sandbox-token")
K = len(ITEMS)


@dataclass(frozen=True, slots=True)
class Crowd:
    """Deals that stand in a stage, each with these items (key -> title), open or done."""

    deals: int
    stage: str
    items: Mapping[str, str] = field(default_factory=dict)
    done: bool = False


class Side(Protocol):
    """A served look-alike with an empty pipeline."""

    kind: str
    at: Sandbox
    place: str
    ref: str

    def options(self) -> str:
        """The tracker's options in the config."""
        ...

    def limits(self, *, on: bool) -> None:
        """Switch the real rate limits on or off."""
        ...

    def populate(self, crowd: Crowd) -> None:
        """Make deals with items of ours."""
        ...

    def deals(self, stage: str, count: int) -> list[tuple[str, list[str]]]:
        """The first deals of a stage: their refs, each with the refs of its items."""
        ...

    def tick(self, item: str) -> None:
        """Anna ticks an item."""
        ...

    def move(self, deal: str, stage: str) -> None:
        """Anna moves a deal."""
        ...

    def plain(self, *, changed: bool) -> Used:
        """One run of the plain script; `changed`: with the changed contract."""
        ...


class JiraSide:
    """A project DEAL."""

    kind = "jira"
    place = JIRA_PLACE
    ref = "DEAL"

    def __init__(self, address: dict[str, Any]) -> None:
        self.at = Sandbox(address["jira"], address["control"])
        self._session = requests.Session()
        self._session.auth = BOT

    def options(self) -> str:
        """See `Side`."""
        return f'{{ kind: jira, url: "{self.at.url}", email: {BOT[0]} }}'

    def limits(self, *, on: bool) -> None:
        """See `Side`."""
        self.at.tell("limits", burst=on, per_issue=on)

    def populate(self, crowd: Crowd) -> None:
        """See `Side`."""
        subtasks = [
            {
                "summary": title,
                "status": "Done" if crowd.done else "To Do",
                "properties": {"readygate.item": {"key": "{deal_id}/" + key}},
            }
            for key, title in crowd.items.items()
        ]
        old = {"spread_seconds": 86400, "ending_seconds_ago": 7200}
        self.at.tell("seed", deals=crowd.deals, status=crowd.stage, subtasks=subtasks, **old)

    def deals(self, stage: str, count: int) -> list[tuple[str, list[str]]]:
        """See `Side`."""
        found: list[tuple[str, list[str]]] = []
        jql = f"project = DEAL AND issuetype = Deal AND status = '{stage}' ORDER BY id"
        asked: dict[str, Any] = {"jql": jql, "fields": ["subtasks"], "maxResults": PAGE}
        while len(found) < count:
            url = f"{self.at.url}/rest/api/3/search/jql"
            answer = self._session.post(url, json=asked, timeout=600).json()
            found += [
                (deal["key"], [child["key"] for child in deal["fields"]["subtasks"]])
                for deal in answer["issues"]
            ]
            if answer["isLast"]:
                break
            asked["nextPageToken"] = answer["nextPageToken"]
        return found[:count]

    def tick(self, item: str) -> None:
        """See `Side`."""
        self.at.act("tick", issue=item)

    def move(self, deal: str, stage: str) -> None:
        """See `Side`."""
        self.at.act("transition", issue=deal, to=stage)

    def plain(self, *, changed: bool) -> Used:
        """See `Side`."""
        command = [sys.executable, str(HERE / "plain_jira.py"), self.at.url, *BOT, "DEAL"]
        command += ["--changed"] if changed else []
        return self.at.measure(command, {}, clock=False)


class AirtableSide:
    """A base with a table of deals and a checklist."""

    kind = "airtable"
    place = AIRTABLE_PLACE

    def __init__(self, address: dict[str, Any], number: int = 0) -> None:
        self.at = Sandbox(address["airtable"], address["airtable_control"])
        self.ref = str(address["bases"][number]["id"])
        self._session = requests.Session()
        self._session.headers["Authorization"] = f"Bearer {BOT[1]}"

    def options(self) -> str:
        """See `Side`."""
        return f'{{ kind: airtable, base: {self.ref}, url: "{self.at.url}" }}'

    def limits(self, *, on: bool) -> None:
        """See `Side`."""
        self.at.tell("limits", rate=on, **({"peak": 0} if on else {}))

    def populate(self, crowd: Crowd) -> None:
        """See `Side`."""
        rows = [
            {"Item": title, "Key": "{deal_id}/" + key, **({"Done": True} if crowd.done else {})}
            for key, title in crowd.items.items()
        ]
        old = {"spread_seconds": 86400, "ending_seconds_ago": 7200}
        fields = {"Name": "Deal {n}", "Stage": crowd.stage}
        self.at.tell("seed", base=self.ref, deals=crowd.deals, rows=rows, fields=fields, **old)

    def deals(self, stage: str, count: int) -> list[tuple[str, list[str]]]:
        """See `Side`."""
        found: list[tuple[str, list[str]]] = []
        asked = {"filterByFormula": f"{{Stage}}='{stage}'", "fields[]": "Checklist"}
        url, offset = f"{self.at.url}/v0/{self.ref}/Deals", ""
        while len(found) < count:
            params = {**asked, **({"offset": offset} if offset else {})}
            answer = self._session.get(url, params=params, timeout=600).json()
            found += [
                (deal["id"], deal["fields"].get("Checklist", [])) for deal in answer["records"]
            ]
            offset = answer.get("offset", "")
            if not offset:
                break
        return found[:count]

    def tick(self, item: str) -> None:
        """See `Side`."""
        self.at.act("edit", record=item, fields={"Done": True})

    def move(self, deal: str, stage: str) -> None:
        """See `Side`."""
        self.at.act("edit", record=deal, fields={"Stage": stage})

    def plain(self, *, changed: bool) -> Used:
        """See `Side`."""
        script = str(HERE / "plain_airtable.py")
        command = [sys.executable, script, self.at.url, BOT[1], self.ref, "--wait", "0"]
        command += ["--changed"] if changed else []
        return self.at.measure(command, {}, clock=False)


@contextmanager
def side(kind: str) -> Iterator[Side]:
    """Serve a look-alike of this kind, without deals."""
    seed = Path(HERE / ("seed.yaml" if kind == "jira" else "seed_airtable.yaml"))
    with served(seed) as address:
        yield JiraSide(address) if kind == "jira" else AirtableSide(address)


def pages(count: int) -> int:
    """Requests that read so many things; one, if only to learn that there are none."""
    return max(1, ceil(count / PAGE))


def read(kind: str, deals: int, items: int) -> tuple[int, str]:
    """The floor of a read that brings so many changed deals and items, identity included."""
    if kind == "jira":
        return 1 + pages(deals + items), "1 + ⌈(d+i)/100⌉"
    return pages(deals) + pages(items), "⌈d/100⌉ + ⌈i/100⌉"


def looked(deals: int, items: int) -> tuple[int, str]:
    """The floor of looking at deals with so many items between them."""
    return pages(deals) + ceil(items / PAGE), "⌈D/100⌉ + ⌈D·k/100⌉"


def opened(kind: str, items: int) -> tuple[int, str]:
    """The floor of opening items."""
    return ceil(items / BULK[kind]), f"⌈o/{BULK[kind]}⌉"


def returned(kind: str, deals: int, each: int) -> tuple[int, str]:
    """The floor of moving deals back and explaining it on each."""
    if kind == "jira":
        return ceil(deals * (1 + each) / HISTORIES) + 2 * deals, "⌈D(1+k)/1000⌉ + 2D"
    return ceil(deals / BULK[kind]) + deals, "⌈D/10⌉ + D"


def total(*parts: tuple[int, str]) -> tuple[int, str]:
    """The sum of floors, with its formula."""
    return sum(count for count, _ in parts), " + ".join(text for _, text in parts)


__all__ = [
    "BOT",
    "AirtableSide",
    "Crowd",
    "K",
    "Side",
    "looked",
    "opened",
    "read",
    "returned",
    "side",
    "total",
]
