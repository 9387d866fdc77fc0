"""What a run costs: requests beside their floor, CPU, wall time and memory, beside a plain script.

Each case runs the real command as a process of its own against a sandbox in another process, and
counts requests in the sandbox's log. The floor is the sum of parts that the API's own limits force;
its formula stands beside each case.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from math import ceil
from pathlib import Path
from typing import Any

import requests

HERE = Path(__file__).parent
PAGE, BULK, CHILDREN = 100, 50, 7
BOT = ("readygate@example.com", "sandbox-token")

CONFIG = """\
version: 1
language: en
trackers:
  main: {{ kind: jira, url: "{url}" }}
people:
  anna:  {{ name: Anna,  email: anna@example.com }}
  boris: {{ name: Boris, email: boris@example.com }}
  vera:  {{ name: Vera,  email: vera@example.com }}
items:
  lead_checklist: {{ title: Lead qualification checklist }}
  contract_scan:  {{ title: Scan of the signed contract }}
  contract_doc:   {{ title: Editable contract }}
  invoice:        {{ title: Issued invoice }}
  brand_kit:      {{ title: Brand kit }}
  accesses:       {{ title: Verified accesses }}
  contact:        {{ title: Contact person on the client's side }}
  informal:       {{ title: Informal agreements }}
processes:
  marketing: {{ title: Marketing, owner: anna, outputs: [lead_checklist] }}
  sales:
    title: Sales
    owner: boris
    inputs: [lead_checklist]
    outputs: &all [contract_scan, contract_doc, invoice, brand_kit, accesses, contact, informal]
  delivery: {{ title: Delivery, owner: vera, inputs: *all }}
pipelines:
  deals:
    tracker: main
    project: DEAL
    issue_type: Deal
    stages:
      - {{ stage: New lead,      process: marketing }}
      - {{ stage: Negotiation,   process: sales }}
      - {{ stage: In production, process: delivery }}
      - {{ stage: Done,          process: delivery }}
      - {{ stage: Lost,          exit: true }}
"""


@dataclass(frozen=True, slots=True)
class Figures:
    """One finished process: what it asked for and what it used."""

    requests: int
    counts: dict[str, int]
    cpu_s: float
    wall_s: float
    peak_mb: float
    exit_code: int


@dataclass(frozen=True, slots=True)
class Row:
    """One case, as `--json` prints it. Requests are counted without the names looked up once a day
    (`names`); `plain_requests` is None where the plain script was left out."""

    case: str
    tracker: str
    deals: int
    requests: int
    names: int
    floor: int
    formula: str
    over_floor: float
    plain_requests: int | None
    plain_wall_s: float | None
    cpu_s: float
    wall_s: float
    peak_mb: float
    ledger_mb: float
    counts: dict[str, int]
    peak: int | None = None
    """The most requests in any second, where the tracker limits it."""


NAMES = (
    "GET /project",
    "GET /field",
    "GET /user",
    "GET /mypermissions",
    "GET /issue/createmeta",
    "GET /meta/",
)
"""The look-ups that resolve the config's names: once a day, and after a change of the config."""


class Site:
    """A sandbox in a process of its own."""

    def __init__(self, address: dict[str, Any]) -> None:
        self.url: str = address["jira"]
        self._control: str = address["control"]

    def tell(self, what: str, **told: Any) -> Any:
        """Call the control API."""
        answer = requests.post(self._control + what, json=told, timeout=600)
        answer.raise_for_status()
        return answer.json()

    def counts(self) -> dict[str, int]:
        """Requests by kind since the last clearing."""
        answer = requests.get(self._control + "log", params={"limit": 0}, timeout=60)
        counts: dict[str, int] = answer.json()["counts"]
        return counts

    def measure(self, command: list[str], env: dict[str, str]) -> Figures:
        """Run a command to its end; Linux counts its CPU and memory."""
        self.tell("log/clear")
        started = time.perf_counter()
        with subprocess.Popen(command, env={**os.environ, **env}) as process:
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        counts = self.counts()
        return Figures(
            sum(counts.values()),
            counts,
            used.ru_utime + used.ru_stime,
            time.perf_counter() - started,
            used.ru_maxrss / 1024,
            process.returncode,
        )


@contextmanager
def site() -> Iterator[Site]:
    """Serve an empty project DEAL."""
    command = [sys.executable, "-m", "readygate_sandbox", "--seed", str(HERE / "seed.yaml")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield Site(json.loads(process.stdout.readline()))
        finally:
            process.terminate()


class Ours:
    """Readygate in a folder of its own, pointed at a sandbox."""

    def __init__(self, at: Site, folder: Path) -> None:
        self._site = at
        self.folder = folder
        (folder / "readygate.yaml").write_text(self.config(at), encoding="utf-8")

    def config(self, at: Site) -> str:
        """The config for this site."""
        return CONFIG.format(url=at.url)

    def command(self) -> list[str]:
        """How our program is called."""
        return [sys.executable, "-m", "readygate_cli"]

    def sync(self, *options: str) -> Figures:
        """One run; it must succeed."""
        command = [*self.command(), "sync", *options]
        env = {
            "READYGATE_CONFIG": str(self.folder / "readygate.yaml"),
            "READYGATE_LEDGER": str(self.folder / "readygate.db"),
            "READYGATE_TRACKERS__MAIN__EMAIL": BOT[0],
            "READYGATE_TRACKERS__MAIN__TOKEN": BOT[1],
            "PYTHONPATH": str(HERE),
        }
        figures = self._site.measure(command, env)
        if figures.exit_code != 0:
            raise SystemExit(f"sync ended with {figures.exit_code}")
        return figures

    @property
    def ledger_mb(self) -> float:
        """How large the ledger is on disk."""
        return sum(one.stat().st_size for one in self.folder.glob("readygate.db*")) / 1e6


def plain(*crowds: dict[str, Any]) -> Figures:
    """The plain script, once, on a site of its own that holds these deals."""
    with site() as at:
        for crowd in crowds:
            at.tell("seed", **crowd)
        command = [sys.executable, str(HERE / "plain_jira.py"), at.url, *BOT, "DEAL"]
        return at.measure(command, {})


def row(
    case: str,
    figures: Figures,
    ours: Ours,
    *,
    deals: int,
    floor: int,
    formula: str,
    other: Figures | None = None,
    tracker: str = "jira",
    peak: int | None = None,
) -> Row:
    """Put figures beside their floor."""
    names = sum(n for kind, n in figures.counts.items() if kind.startswith(NAMES))
    count = figures.requests - names
    return Row(
        case,
        tracker,
        deals,
        count,
        names,
        floor,
        formula,
        round(count / floor - 1, 4),
        other.requests if other else None,
        round(other.wall_s, 2) if other else None,
        round(figures.cpu_s, 2),
        round(figures.wall_s, 2),
        round(figures.peak_mb, 1),
        round(ours.ledger_mb, 1),
        figures.counts,
        peak,
    )


def move_on(at: Site, count: int) -> None:
    """People tick the checklists of the first deals and move them to Negotiation."""
    session = requests.Session()
    session.auth = BOT
    token = ""
    moved = 0
    while moved < count:
        body: dict[str, Any] = {
            "jql": "project = DEAL AND issuetype = Deal AND status = 'New lead' ORDER BY id",
            "fields": ["subtasks"],
            "maxResults": PAGE,
        }
        if token:
            body["nextPageToken"] = token
        answer = session.post(f"{at.url}/rest/api/3/search/jql", json=body, timeout=60).json()
        for deal in answer["issues"][: count - moved]:
            for child in deal["fields"]["subtasks"]:
                at.tell("act", **{"as": "anna@example.com", "do": "tick", "issue": child["key"]})
            told = {"as": "anna@example.com", "do": "transition", "issue": deal["key"]}
            at.tell("act", **told, to="Negotiation")
            moved += 1
        token = answer.get("nextPageToken") or ""


def adoption(deals: int, *, compare: bool) -> Iterator[Row]:
    """First contact, then nothing, then many deals entering a stage: three cases of one story."""
    entering = min(1000, deals)
    with site() as at, tempfile.TemporaryDirectory() as folder:
        at.tell("seed", deals=deals, status="New lead", spread_seconds=86400)
        ours = Ours(at, Path(folder))
        first = ours.sync("--force")
        floor = 1 + ceil(deals / PAGE) + ceil(deals / BULK)
        formula = "1 + ⌈N/100⌉ + ⌈N·1/50⌉"
        bare = {"deals": deals, "status": "New lead"}
        other = plain(bare) if compare else None
        yield row(
            "first adoption", first, ours, deals=deals, floor=floor, formula=formula, other=other
        )
        at.tell("clock", advance=3600)
        ours.sync()
        idle = ours.sync()
        item = {"summary": "Lead qualification checklist", "status": "To Do"}
        waiting = {"deals": deals, "status": "New lead", "subtasks": [item]}
        other = plain(waiting) if compare else None
        yield row("idle", idle, ours, deals=deals, floor=2, formula="1 + 1", other=other)
        at.tell("clock", advance=3600)
        move_on(at, entering)
        enter = ours.sync("--force")
        changed = 2 * entering
        floor = (
            1 + ceil(changed / PAGE) + 2 * ceil(entering / PAGE) + ceil(entering * CHILDREN / BULK)
        )
        case = f"{entering} deals enter a stage"
        formula = "1 + ⌈2D/100⌉ + ⌈D/100⌉ + ⌈D·1/100⌉ + ⌈D·7/50⌉"
        item = {"summary": "Lead qualification checklist", "status": "Done"}
        moved = {"deals": entering, "status": "Negotiation", "subtasks": [item]}
        rest = {**waiting, "deals": deals - entering}
        other = plain(moved, rest) if compare else None
        yield row(case, enter, ours, deals=deals, floor=floor, formula=formula, other=other)


def story_on_airtable(deals: int, *, compare: bool) -> Iterator[Row]:
    """The same on Airtable, at five requests a second of a virtual clock."""
    from airtable import cases  # noqa: PLC0415 - it needs what stands above

    return cases(deals, compare=compare)


def text(rows: list[Row]) -> str:
    """The table that people read."""
    head = f"{'tracker':8} {'case':28} {'deals':>7} {'requests':>8} {'floor':>6}"
    head += f" {'over':>6} {'plain':>7}"
    lines = [head + f" {'CPU s':>6} {'wall s':>7} {'MB':>6} {'ledger MB':>9}"]
    for one in rows:
        other = "-" if one.plain_requests is None else str(one.plain_requests)
        lines.append(
            f"{one.tracker:8} {one.case:28} {one.deals:>7} {one.requests:>8} {one.floor:>6}"
            f" {one.over_floor:>6.1%} {other:>7} {one.cpu_s:>6.2f} {one.wall_s:>7.2f}"
            f" {one.peak_mb:>6.1f} {one.ledger_mb:>9.1f}   floor = {one.formula}"
        )
    peaks = [one.peak for one in rows if one.peak is not None]
    if peaks:
        lines.append(f"airtable: at most {max(peaks)} requests in any second; five are allowed.")
    return "\n".join(lines)


def main() -> int:
    """Run the cases and print one table."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("--deals", type=int, default=10_000, metavar="N")
    parser.add_argument("--no-plain", action="store_true", help="leave the plain script out")
    parser.add_argument("--tracker", choices=["jira", "airtable", "all"], default="all")
    parser.add_argument("--json", action="store_true")
    told = parser.parse_args()
    stories: list[Callable[..., Iterator[Row]]] = []
    if told.tracker in {"jira", "all"}:
        stories.append(adoption)
    if told.tracker in {"airtable", "all"}:
        stories.append(story_on_airtable)
    rows: list[Row] = []
    for story in stories:
        for one in story(told.deals, compare=not told.no_plain):
            rows.append(one)
            print(f"{one.case}: {one.requests} requests, floor {one.floor}", file=sys.stderr)
    if told.json:
        print(json.dumps({"cases": [asdict(one) for one in rows]}, ensure_ascii=False, indent=2))
    else:
        print(text(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
