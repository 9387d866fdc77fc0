"""Holds a tracker's monthly request budget against what runs have really used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from math import ceil
from statistics import median

MONTH = timedelta(days=30)
WEEK = timedelta(days=7)
FULL_SHARE = 0.1
"""How much of a budget full reads may take; beyond that they become weekly."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What a tracker costs at the present pace. `per_run` is a mean, None as long as nothing was
    asked; `every` is None if unknown."""

    tracker: str
    allowed: int
    per_run: float | None = None
    every: timedelta | None = None

    @property
    def per_month(self) -> int | None:
        """Requests in thirty days."""
        if self.per_run is None or self.every is None:
            return None
        return ceil(self.per_run * (MONTH / self.every))

    @property
    def fits(self) -> bool:
        """Whether that is within the budget, as far as is known."""
        return self.per_month is None or self.per_month <= self.allowed

    @property
    def least(self) -> timedelta | None:
        """The shortest time between runs that keeps to the budget, in whole minutes."""
        if self.per_run is None:
            return None
        minutes = ceil(self.per_run * (MONTH / timedelta(minutes=1)) / self.allowed)
        return timedelta(minutes=max(1, minutes))

    def __str__(self) -> str:
        if self.per_run is None:
            return f"{self.tracker}: {self.allowed:,} requests a month; none used yet"
        text = f"{self.tracker}: {self.per_run:.1f} requests a run"
        if self.every is None or self.per_month is None:
            return f"{text}; how often it runs is not known yet (budget: {self.allowed:,} a month)"
        minutes = self.every / timedelta(minutes=1)
        text += (
            f", a run every {minutes:.0f} min: about {self.per_month:,} of {self.allowed:,} a month"
        )
        if self.fits or self.least is None:
            return text
        least = self.least // timedelta(minutes=1)
        return f"{text}. That is over the budget: run every {least} min"


def requests_key(tracker: str) -> str:
    """The name under which the counts of a run hold the requests to a tracker."""
    return f"requests.{tracker}"


def full_read_every(usual: timedelta, pages: int, allowed: int | None) -> timedelta:
    """How long a full read is good for, which took so many pages: as usual, or a week where it
    would take more than its share of the budget."""
    if allowed is None or pages * (MONTH / usual) <= allowed * FULL_SHARE:
        return usual
    return WEEK


def usage(
    tracker: str,
    allowed: int,
    runs: Sequence[tuple[datetime, Mapping[str, int]]],
    every: timedelta | None = None,
) -> Usage:
    """Measure by runs: when each began, and its counts.

    `every` is the cron period; without it the median time between these runs.
    """
    key = requests_key(tracker)
    used = sorted(
        ((at, counts[key]) for at, counts in runs if counts.get(key)), key=lambda one: one[0]
    )
    if not used:
        return Usage(tracker, allowed, every=every)
    times = [at for at, _ in used]
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(times)]
    if every is None and gaps:
        every = max(timedelta(minutes=1), timedelta(seconds=median(gaps)))
    return Usage(tracker, allowed, sum(count for _, count in used) / len(used), every)
