"""What a run costs: requests beside their floor, CPU, time, memory, beside a plain script.

Each case runs the real command as a process of its own against a sandbox in another process, and
counts requests in the sandbox's log. The floor is the sum of parts that the API's own limits force;
its formula stands beside each case.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from bases import several_bases
from chart import chart
from measuring import LATENCY
from plain_airtable import WAIT
from planning import planning
from story import CASES, Case, cases

SIZES = (100, 1_000, 10_000)
PLAIN_MOST = 10_000
"""Deals up to which the plain script is run too, unless asked: beyond, it takes hours."""

ALLOWED = 5
"""Requests a second that Airtable takes for one base."""

NAMES = (
    "GET /project",
    "GET /field",
    "GET /user",
    "GET /mypermissions",
    "GET /issue/createmeta",
    "GET /meta/",
)
"""The look-ups that resolve the config's names: once a day, and after a change of the config."""


@dataclass(frozen=True, slots=True)
class Row:
    """One case as `--json` prints it. `requests` are counted without the `names` looked up once a
    day. `wall_s` is our own time, `latency_s` what a run takes at 80 ms a request and with the
    tracker's rate limits; `limited` are requests that those refused, `peak`
    the most in any second, where that is limited (Airtable); `left`: it did not do all of the work.
    The plain script's figures are None where it was not run."""

    case: str
    title: str
    tracker: str
    deals: int
    requests: int
    names: int
    floor: int
    formula: str
    over_floor: float
    plain_requests: int | None
    plain_latency_s: float | None
    cpu_s: float
    wall_s: float
    latency_s: float
    limited: int
    peak: int | None
    left: bool
    peak_mb: float
    ledger_mb: float
    sandbox_s: float
    counts: dict[str, int]


def row(case: Case) -> Row:
    """Put figures beside their floor."""
    used, plain = case.ours, case.plain
    names = sum(n for kind, n in used.counts.items() if kind.startswith(NAMES))
    count = used.requests - names
    # One request at a time: nothing but latency, and in Airtable its own wait, holds it up.
    each = LATENCY if case.side == "jira" else LATENCY + WAIT
    return Row(
        case=case.name,
        title=case.title,
        tracker=case.side,
        deals=case.deals,
        requests=count,
        names=names,
        floor=case.floor,
        formula=case.formula,
        over_floor=round(count / case.floor - 1, 4),
        plain_requests=plain.requests if plain else None,
        plain_latency_s=round(plain.wall_s + each * plain.requests, 1) if plain else None,
        cpu_s=round(used.cpu_s, 2),
        wall_s=round(used.wall_s, 2),
        latency_s=round(used.wall_s + used.waited_s, 1),
        limited=used.refused,
        peak=used.peak,
        left="left for the next run" in used.said,
        peak_mb=round(used.peak_mb, 1),
        ledger_mb=round(case.ledger_mb, 1),
        sandbox_s=round(used.sandbox_s, 2),
        counts=dict(used.counts),
    )


COLUMNS = (
    "tracker   deals  case                                  requests  floor   over   plain"
    "   CPU s  wall s  with 80 ms   plain    MB  ledger"
)


def line(one: Row) -> str:
    """A row for people, with what was asked and what has to be asked below it."""
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(one.counts.items()))
    plain = "-" if one.plain_requests is None else str(one.plain_requests)
    slow = "-" if one.plain_latency_s is None else f"{one.plain_latency_s:.0f}"
    return (
        f"{one.tracker:8} {one.deals:>6}  {one.title:36} {one.requests:>9} {one.floor:>6}"
        f" {one.over_floor:>6.1%} {plain:>7} {one.cpu_s:>7.2f} {one.wall_s:>7.2f}"
        f" {one.latency_s:>11.1f} {slow:>7} {one.peak_mb:>5.0f} {one.ledger_mb:>7.1f}"
        f"\n    floor = {one.formula}\n    asked: {kinds}"
    )


def main() -> int:
    """Run the cases and print one table."""
    told = _asked()
    wanted = frozenset(told.case or [*CASES, "bases", "planning"])
    trackers = ("jira", "airtable") if told.tracker == "all" else (told.tracker,)
    rows: list[Row] = []
    print(COLUMNS, file=sys.stderr)
    for deals in told.deals or SIZES:
        plain = not told.no_plain and deals <= told.plain_most
        for kind in trackers:
            for case in cases(kind, deals, wanted, plain=plain):
                rows.append(row(case))
                print(line(rows[-1]), file=sys.stderr)
    more: dict[str, object] = {}
    if "bases" in wanted and "airtable" in trackers:
        more["bases"] = several_bases()
    if "planning" in wanted:
        more["planning"] = planning()
    failed = [text for one in rows for text in _wrong(one)]
    document = {"cases": [asdict(one) for one in rows], **more, "machine": platform.platform()}
    if told.svg:
        told.svg.write_text(chart([asdict(one) for one in rows]), encoding="utf-8")
    if told.json:
        print(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        print("\n".join([COLUMNS, *map(line, rows)]))
        peaks = [one.peak for one in rows if one.peak is not None]
        if peaks:
            print(f"airtable: at most {max(peaks)} requests in any second; {ALLOWED} are allowed.")
        for name, figures in more.items():
            print(f"{name}: {json.dumps(figures)}")
    for text in failed:
        print(text, file=sys.stderr)
    return 1 if failed else 0


def _wrong(one: Row) -> Iterator[str]:
    """What makes a case a failure, whatever it cost."""
    where = f"{one.tracker} {one.deals} {one.case}"
    if one.limited:
        yield f"{where}: refused by a rate limit"
    if one.peak is not None and one.peak > ALLOWED:
        yield f"{where}: {one.peak} requests in one second, {ALLOWED} are allowed"
    if one.left:
        yield f"{where}: left some of its work for the next run"


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    add = parser.add_argument
    add("--deals", type=int, action="append", metavar="N", help=f"open deals; default {SIZES}")
    add("--tracker", choices=["jira", "airtable", "all"], default="all")
    add("--case", action="append", choices=[*CASES, "bases", "planning"], help="only this one")
    add("--no-plain", action="store_true", help="leave the plain script out")
    add("--plain-most", type=int, default=PLAIN_MOST, metavar="N", help="deals up to which it runs")
    add("--json", action="store_true", help="print everything as JSON")
    add("--svg", type=Path, metavar="FILE", help="draw requests beside their floors")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
