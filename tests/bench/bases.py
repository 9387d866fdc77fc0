"""Many bases in one run: each keeps to its own limit, all of them to that of the account.

There is work for a minute, so that the second of starting and ending is not what is measured.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from contract import LEAD
from measuring import HERE, LATENCY, served
from ours import Ours
from ruamel.yaml import YAML
from sides import AirtableSide, Crowd

BASES = 20
DEALS = 200
RUNS = 3


def several_bases() -> dict[str, Any]:
    """Seconds of an idle run with one base and with twenty, and of one that opens items in all.

    Latency and limits are real here: nothing stands in for the time.
    """
    one, many = _timed(1), _timed(BASES)
    return {
        "bases": BASES,
        "latency_s": LATENCY,
        "idle_one_s": one["idle"],
        "idle_all_s": many["idle"],
        "idle_ratio": round(many["idle"] / one["idle"], 2),
        "opening_one_s": one["opening"],
        "opening_all_s": many["opening"],
        "opening_requests": many["requests"],
        "opening_at_the_limit_s": round(many["requests"] / 50, 2),
        "opening_ratio": round(50 * many["opening"] / many["requests"], 3),
        "limited": one["limited"] + many["limited"],
    }


def _timed(count: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        seed = Path(folder) / "seed.yaml"
        document = YAML(typ="safe").load((HERE / "seed_airtable.yaml").read_text(encoding="utf-8"))
        (base,) = document["airtable"]["bases"]
        document["airtable"]["bases"] = [{**base, "name": f"Deals {n}"} for n in range(count)]
        seed.write_text(json.dumps(document), encoding="utf-8")
        with served(seed) as address:
            sides = [AirtableSide(address, number) for number in range(count)]
            for side in sides:
                side.populate(Crowd(DEALS, "Negotiation", dict([LEAD]), done=True))
            with Ours.beside(*sides) as ours:
                at = sides[0].at
                at.tell("limits", rate=True)
                at.tell("faults", faults=[{"do": "delay", "seconds": LATENCY}])
                opening = ours.sync("--force", clock=False)
                at.tell("clock", advance=3600)
                ours.sync(clock=False)
                at.tell("clock", advance=3600)
                idle = [ours.sync(clock=False) for _ in range(RUNS)]
    return {
        "opening": round(opening.elapsed_s, 2),
        "requests": opening.requests,
        "idle": round(median(one.elapsed_s for one in idle), 2),
        "limited": opening.refused + sum(one.refused for one in idle),
    }
