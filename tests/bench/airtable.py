"""The cases on Airtable: an idle run, and many deals entering a stage, with the rate limit on.

A clock that is moved instead of waited for keeps it short: whenever our program would wait, the
sandbox's time moves on as well.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil
from pathlib import Path
from typing import Any

import requests

from bench import BOT, CHILDREN, CONFIG, HERE, PAGE, Ours, Row, Site, row

BATCH = 10
RUNNER = HERE / "virtual_clock.py"
ITEMS = (
    "contract_scan", "contract_doc", "invoice", "brand_kit", "accesses", "contact", "informal",
)  # fmt: skip
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


def cases(deals: int, *, compare: bool) -> Iterator[Row]:
    """Nothing happens; then a tenth of the deals enters a stage."""
    del compare  # a plain script would be held by the same five requests a second for hours
    entering = max(1, deals // 10)
    with base() as at, tempfile.TemporaryDirectory() as folder:
        rows = [{"Item": item, "Key": "{deal_id}/" + item} for item in ITEMS]
        old = {"spread_seconds": 86400, "ending_seconds_ago": 3600}
        at.tell("seed", deals=deals - entering, rows=rows, **old, fields=_cells("Negotiation"))
        lead = [{"Item": "Lead", "Key": "{deal_id}/lead_checklist"}]
        at.tell("seed", deals=entering, rows=lead, **old, fields=_cells("New lead"))
        ours = OnAirtable(at, Path(folder))
        ours.sync("--force")
        at.tell("clock", advance=3600)
        ours.sync()
        at.tell("clock", advance=3600)
        idle = ours.sync()
        common = {"deals": deals, "tracker": "airtable"}
        yield row("idle", idle, ours, floor=2, formula="2", **common)
        _move_on(at)
        enter = ours.sync("--force")
        pages = ceil(entering / PAGE)
        floor = 4 * pages + ceil(entering * CHILDREN / BATCH)
        case = f"{entering} deals enter a stage"
        formula = "⌈D/100⌉ + ⌈D·1/100⌉ + ⌈D/100⌉ + ⌈D·1/100⌉ + ⌈D·7/10⌉"
        yield row(case, enter, ours, floor=floor, formula=formula, **common)
        refused = at.tell("limits")["refused"]
        if refused:
            raise SystemExit(f"more than five requests a second: {refused} were refused")


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
