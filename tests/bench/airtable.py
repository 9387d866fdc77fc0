"""The cases on Airtable: first contact, an idle run, many deals entering a stage; rate limit on.

A clock that is moved instead of waited for keeps it short: whenever our program would wait, the
sandbox's time moves on as well.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from math import ceil
from pathlib import Path
from typing import Any

import requests
from plain_airtable import HANDOVERS

from bench import BOT, CHILDREN, CONFIG, HERE, PAGE, Figures, Ours, Row, Site, row

BATCH = 10
RUNNER = HERE / "virtual_clock.py"
ITEMS = dict(
    zip(
        (
            "contract_scan", "contract_doc", "invoice", "brand_kit", "accesses", "contact",
            "informal",
        ),
        HANDOVERS["Negotiation"],
        strict=True,
    )
)  # fmt: skip
LEAD = {"lead_checklist": HANDOVERS["New lead"][0]}
SETTLED: dict[str, Any] = {"spread_seconds": 86400, "ending_seconds_ago": 3600}
PLACE = """    table: Deals
    stage_field: Stage
    checklist: {{ table: Checklist, deal: Deal, key: Key, title: Item, done: Done, owner: Owner }}
"""


class Base(Site):
    """The Airtable side of a sandbox in a process of its own."""

    def __init__(self, address: dict[str, Any]) -> None:
        super().__init__(address)
        self.url = address["airtable"]
        self.control = self._control = address["airtable_control"]
        self.base = str(address["bases"][0]["id"])


@contextmanager
def base() -> Iterator[Base]:
    """Serve a base without deals, five requests a second."""
    seed = str(HERE / "seed_airtable.yaml")
    command = [sys.executable, "-m", "readygate_sandbox", "--seed", seed]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            made = Base(json.loads(process.stdout.readline()))
            made.tell("limits", rate=True)
            yield made
        finally:
            process.terminate()


class OnAirtable(Ours):
    """Readygate on a virtual clock, pointed at a base."""

    def __init__(self, at: Base, folder: Path) -> None:
        self._base = at
        super().__init__(at, folder)

    def config(self, at: Site) -> str:
        """The same contract, in a base."""
        tracker = f'{{{{ kind: airtable, base: {self._base.base}, url: "{at.url}" }}}}'
        text = CONFIG.replace('{{ kind: jira, url: "{url}" }}', tracker)
        text = text.replace("    project: DEAL\n    issue_type: Deal\n", PLACE)
        return text.format(url=at.url)

    def command(self) -> list[str]:
        """Our program, with waiting turned into moving the sandbox's clock."""
        return [sys.executable, str(RUNNER), self._base.control]


def plain(*crowds: dict[str, Any]) -> Figures:
    """The plain script, once, on a base of its own that holds these deals.

    The rate limit is off: the client does not keep to it and gives up on a 429 after three seconds.
    """
    with base() as at:
        at.tell("limits", rate=False)
        for crowd in crowds:
            at.tell("seed", **crowd)
        script = str(HERE / "plain_airtable.py")
        return at.measure([sys.executable, script, at.url, BOT[1], at.base], {})


def cases(deals: int, *, compare: bool) -> Iterator[Row]:
    """First contact; then nothing happens; then many deals enter a stage."""
    common = {"deals": deals, "tracker": "airtable"}
    fresh = {"deals": deals, "fields": _cells("New lead"), **SETTLED}
    with base() as at, tempfile.TemporaryDirectory() as folder:
        at.tell("seed", **fresh)
        ours = OnAirtable(at, Path(folder))
        first = ours.sync("--force")
        floor = ceil(deals / PAGE) + 1 + ceil(deals / BATCH)
        formula = "⌈N/100⌉ + 1 + ⌈N·1/10⌉"
        other = plain(fresh) if compare else None
        peak = _peak(at)
        case = "first adoption"
        yield row(case, first, ours, floor=floor, formula=formula, other=other, peak=peak, **common)
    yield from _later(deals, compare=compare)


def _later(deals: int, *, compare: bool) -> Iterator[Row]:
    """Most deals have their seven rows; a thousand wait in the first stage and then move on."""
    common = {"deals": deals, "tracker": "airtable"}
    entering = min(1000, deals // 2)
    old = {"deals": deals - entering, "fields": _cells("Negotiation"), **SETTLED}
    old["rows"] = _rows(ITEMS)
    waiting = {"deals": entering, "fields": _cells("New lead"), **SETTLED, "rows": _rows(LEAD)}
    with base() as at, tempfile.TemporaryDirectory() as folder:
        at.tell("seed", **old)
        at.tell("seed", **waiting)
        ours = OnAirtable(at, Path(folder))
        ours.sync("--force")
        at.tell("clock", advance=3600)
        ours.sync()
        at.tell("clock", advance=3600)
        _peak(at)
        idle = ours.sync()
        other = plain(old, waiting) if compare else None
        peak = _peak(at)
        yield row("idle", idle, ours, floor=2, formula="2", other=other, peak=peak, **common)
        _move_on(at)
        enter = ours.sync("--force")
        pages = ceil(entering / PAGE)
        floor = 4 * pages + ceil(entering * CHILDREN / BATCH)
        case = f"{entering} deals enter a stage"
        formula = "⌈D/100⌉ + ⌈D·1/100⌉ + ⌈D/100⌉ + ⌈D·1/100⌉ + ⌈D·7/10⌉"
        moved = {**waiting, "fields": _cells("Negotiation"), "rows": _rows(LEAD, Done=True)}
        other = plain(old, moved) if compare else None
        peak = _peak(at)
        yield row(case, enter, ours, floor=floor, formula=formula, other=other, peak=peak, **common)


def _peak(at: Base) -> int:
    """The most requests in any second since the last question; more than five is an error."""
    told = at.tell("limits", rate=True)
    at.tell("limits", peak=0)
    if told["refused"]:
        raise SystemExit(f"more than five requests a second: {told['refused']} were refused")
    return int(told["peak"])


def _rows(items: Mapping[str, str], **more: Any) -> list[dict[str, Any]]:
    return [{"Item": title, "Key": "{deal_id}/" + item, **more} for item, title in items.items()]


def _cells(stage: str) -> dict[str, str]:
    return {"Name": "Deal {n}", "Stage": stage}


def _move_on(at: Base) -> None:
    """People tick what is owed and move the deals of the first stage on."""
    at.tell("limits", rate=False)
    headers = {"Authorization": f"Bearer {BOT[1]}"}
    asked = {"filterByFormula": "{Stage}='New lead'", "fields[]": "Checklist"}
    offset = ""
    while True:
        answer = requests.get(
            f"{at.url}/v0/{at.base}/Deals",
            params={**asked, **({"offset": offset} if offset else {})},
            headers=headers,
            timeout=600,
        ).json()
        for deal in answer["records"]:
            for record, fields in (
                *((item, {"Done": True}) for item in deal["fields"].get("Checklist", ())),
                (deal["id"], {"Stage": "Negotiation"}),
            ):
                edit = {"as": "anna@example.com", "do": "edit", "record": record}
                at.tell("act", **edit, fields=fields)
        offset = answer.get("offset", "")
        if not offset:
            break
    at.tell("limits", rate=True)
