"""What planning costs, apart from every request: CPU seconds over deals, and the straight line.

`python tests/bench/planning.py` plans 1,000 to 100,000 deals of seven items each, once with nothing
due and once as a first adoption in which six items of every deal are opened, and fits a line.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from gettext import NullTranslations
from itertools import islice
from typing import Any

from readygate.action import text_digest
from readygate.contract import Condition, ContractBook, Item, Person, Process
from readygate.deal import Mark, item_key
from readygate.memory import DealMemory, ItemMemory, Standing
from readygate.pipeline import Pipeline, Stage
from readygate.plan import Context, plan_deal
from readygate.wording import item_text

SIZES = (1_000, 3_000, 10_000, 30_000, 100_000)
ITEMS = ("checklist", "contract", "scan", "brand", "accesses", "contact", "informal")
BUDGET = 10.0
"""CPU seconds for 100,000 deals with 700,000 items."""

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
CHUNK = 1_000
"""Deals held at once."""


@dataclass(frozen=True)
class Point:
    """One measurement."""

    case: str
    deals: int
    items: int
    actions: int
    cpu_s: float


@dataclass(frozen=True)
class Line:
    """seconds = intercept + slope · deals; `r2` tells how well that fits."""

    slope_us: float
    intercept_s: float
    r2: float


def context() -> Context:
    """A chain of three processes that hand over seven items."""
    people = {key: Person(key, key.title(), f"{key}@example.com") for key in ("a", "b", "c")}
    items = {key: Item(key, key.title(), f"What {key} is about") for key in ITEMS}
    items["brand"] = Item("brand", "Brand", when=Condition("Service", ("Site",)))
    items["informal"] = Item("informal", "Informal", required=False)
    processes = {
        "marketing": Process("marketing", "Marketing", "a", (), ITEMS[:1]),
        "sales": Process("sales", "Sales", "b", ITEMS[:1], ITEMS[1:]),
        "delivery": Process("delivery", "Delivery", "c", ITEMS[1:], ()),
    }
    stages = (Stage("Lead", "marketing"), Stage("Talks", "sales"), Stage("Work", "delivery"))
    book = ContractBook(people, items, processes)
    pipeline = Pipeline("deals", "main", (*stages, Stage("Lost", exit=True)))
    bound = pipeline.bind({name: f"s:{name}" for name in ("Lead", "Talks", "Work", "Lost")})
    return Context(
        book=book,
        pipeline=bound,
        gates=bound.gates(book),
        accounts={key: f"account-{key}" for key in people},
        text=NullTranslations().gettext,
        now=NOW,
        activated=NOW - timedelta(days=9),
        known_until=NOW - timedelta(minutes=10),
    )


def waiting(context: Context, number: int) -> DealMemory:
    """A deal in Talks: half of its items are ticked, and nothing is due."""
    memory = arriving(context, number)
    items = {
        key: ItemMemory(
            f"{number}{index}",
            Mark.TICKED if index % 2 == 0 else Mark.OPEN,
            context.book.items[key].title,
            updated=NOW,
            assignee="account-b",
            assignee_name="B",
            written_key=item_key(memory.deal, key),
            written_title=context.book.items[key].title,
            written_text=text_digest(
                item_text(context.book, context.book.items[key], "delivery", context.text)
            ),
            since=NOW,
        )
        for index, key in enumerate(ITEMS)
    }
    return DealMemory(
        memory.deal,
        memory.label,
        memory.title,
        stage="s:Talks",
        stage_name="Talks",
        created=memory.created,
        updated=NOW,
        fields=memory.fields,
        standing=Standing.PLACED,
        accepted="s:Talks",
        passed={"sales": ITEMS[:1]},
        items=items,
        stage_since=NOW,
    )


def arriving(_context: Context, number: int) -> DealMemory:
    """A deal that was in Talks when the gates were switched on, and has no items yet."""
    return DealMemory(
        str(number),
        f"DEAL-{number}",
        "A deal",
        stage="s:Talks",
        stage_name="Talks",
        created=NOW - timedelta(days=30),
        updated=NOW - timedelta(days=1),
        fields={"Service": ("Site",)},
    )


CASES: dict[str, Callable[[Context, int], DealMemory]] = {
    "nothing due": waiting,
    "adoption": arriving,
}


def measured(case: str, deals: int) -> Point:
    """Plan so many deals, a chunk at a time; making them is not measured."""
    made, here = CASES[case], context()
    numbers: Iterator[int] = iter(range(deals))
    seconds, actions, items = 0.0, 0, 0
    while chunk := [made(here, number) for number in islice(numbers, CHUNK)]:
        items += sum(len(memory.items) for memory in chunk)
        began = time.process_time()
        actions += sum(len(plan_deal(here, memory).actions) for memory in chunk)
        seconds += time.process_time() - began
    return Point(case, deals, items, actions, seconds)


def line(points: Sequence[Point]) -> Line:
    """The least squares of seconds over deals."""
    count = len(points)
    mean_x = sum(one.deals for one in points) / count
    mean_y = sum(one.cpu_s for one in points) / count
    across = sum((one.deals - mean_x) ** 2 for one in points)
    slope = sum((one.deals - mean_x) * (one.cpu_s - mean_y) for one in points) / across
    intercept = mean_y - slope * mean_x
    off = sum((one.cpu_s - intercept - slope * one.deals) ** 2 for one in points)
    spread = sum((one.cpu_s - mean_y) ** 2 for one in points)
    return Line(slope * 1e6, intercept, 1 - off / spread)


def document(
    found: Mapping[str, Sequence[Point]], lines: Mapping[str, Line]
) -> dict[str, dict[str, Any]]:
    """Points and line of each case, as JSON."""
    return {
        case: {
            "points": [asdict(point) for point in points],
            "line": asdict(lines[case]) if case in lines else None,
        }
        for case, points in found.items()
    }


def planning() -> dict[str, dict[str, Any]]:
    """All cases at all sizes."""
    found = {case: [measured(case, size) for size in SIZES] for case in CASES}
    return document(found, {case: line(points) for case, points in found.items()})


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and tell by the exit code whether the largest is within the budget."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deals", type=int, action="append", help=f"instead of {SIZES}")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args(arguments)
    sizes = tuple(sorted(options.deals or SIZES))
    found = {case: [measured(case, size) for size in sizes] for case in CASES}
    lines = {case: line(points) for case, points in found.items() if len(sizes) > 1}
    if options.json:
        print(json.dumps(document(found, lines), indent=2))
    else:
        print(f"{'case':<12} {'deals':>9} {'items':>9} {'actions':>9} {'CPU s':>8} {'µs/deal':>8}")
        for point in (point for points in found.values() for point in points):
            print(
                f"{point.case:<12} {point.deals:>9,} {point.items:>9,} {point.actions:>9,}"
                f" {point.cpu_s:>8.3f} {point.cpu_s / point.deals * 1e6:>8.1f}"
            )
        for case, fit in lines.items():
            print(
                f"{case}: seconds = {fit.intercept_s:+.3f} + {fit.slope_us:.1f} µs · deals,"
                f" R² = {fit.r2:.5f}"
            )
    worst = max(points[-1].cpu_s / points[-1].deals for points in found.values())
    return 0 if worst * SIZES[-1] < BUDGET else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
