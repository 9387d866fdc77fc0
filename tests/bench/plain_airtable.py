"""The same job as one run of Readygate, the way it is usually scripted with `pyairtable`.

Both tables are read whole, rows are made with `batch_create`, deals moved with `batch_update`, and
each premature deal gets a comment: what the client's own documentation shows. It has no memory, so
it looks at everything on every run, and it is not safe against lost answers. The client does not
keep to five requests a second by itself, and gives up when Airtable locks it out for half a minute:
so it waits a fifth of a second after each call. It is what the bench compares with, not a model.
"""

from __future__ import annotations

import argparse
import time
from collections import defaultdict
from typing import Any

from contract import ITEMS, LEAD, NEW
from pyairtable import Api

HANDOVERS = {"New lead": [LEAD[1]], "Negotiation": list(ITEMS.values())}
BEFORE = {"Negotiation": "New lead", "In production": "Negotiation"}


WAIT = 0.2
"""Seconds after each call."""


def run(url: str, token: str, base: str, wait: float) -> None:
    """Open what is missing for each open deal, and send back what moved on too early."""
    api = Api(token, endpoint_url=url)
    api.session.hooks["response"].append(lambda *_given, **_more: time.sleep(wait))
    deals, checklist = api.table(base, "Deals"), api.table(base, "Checklist")
    rows: defaultdict[str, dict[str, bool]] = defaultdict(dict)
    for row in checklist.all(fields=["Deal", "Item", "Done"]):
        for deal in row["fields"].get("Deal", ()):
            rows[deal][row["fields"].get("Item", "")] = row["fields"].get("Done", False)
    opens: list[dict[str, Any]] = []
    moves: list[Any] = []
    comments: dict[str, str] = {}
    open_deals = "NOT(OR({Stage}='Done', {Stage}='Lost'))"
    for deal in deals.all(formula=open_deals, fields=["Name", "Stage"]):
        ref, stage = deal["id"], deal["fields"].get("Stage", "")
        before = BEFORE.get(stage, "")
        missing = [item for item in HANDOVERS.get(before, []) if rows[ref].get(item) is False]
        if missing:
            moves.append({"id": ref, "fields": {"Stage": before}})
            comments[ref] = "Not handed over yet: " + ", ".join(missing)
        else:
            wanted = (item for item in HANDOVERS.get(stage, []) if item not in rows[ref])
            opens += [{"Item": item, "Deal": [ref]} for item in wanted]
    deals.batch_update(moves)
    for ref, text in comments.items():
        deals.add_comment(ref, text)
    checklist.batch_create(opens)


def main() -> None:
    """Run once against a sandbox."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("token")
    parser.add_argument("base")
    parser.add_argument("--changed", action="store_true", help="with one item more")
    parser.add_argument("--wait", type=float, default=WAIT, help="seconds after each call")
    told = parser.parse_args()
    HANDOVERS["Negotiation"] += [NEW[1]] if told.changed else []
    run(told.url, told.token, told.base, told.wait)


if __name__ == "__main__":
    main()
