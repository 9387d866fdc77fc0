"""Holds a tracker's monthly request budget against what runs have really used."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from math import ceil
from statistics import median

MONTH = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Usage:
    """What a tracker costs at the present pace. `per_run` is a mean, `every` None if unknown."""

    tracker: str
    allowed: int
    per_run: float
    every: timedelta | None

    @property
    def per_month(self) -> int | None:
        """Requests in thirty days."""
        return ceil(self.per_run * (MONTH / self.every)) if self.every else None

    @property
    def fits(self) -> bool:
        """Whether that is within the budget, as far as is known."""
        return self.per_month is None or self.per_month <= self.allowed

    @property
    def least(self) -> timedelta:
        """The shortest time between runs that keeps to the budget, in whole minutes."""
        return timedelta(
            minutes=max(1, ceil(self.per_run * (MONTH / timedelta(minutes=1)) / self.allowed))
        )

    def __str__(self) -> str:
        text = f"{self.tracker}: {self.per_run:.1f} requests a run"
        if self.every is None or self.per_month is None:
            return f"{text}; how often it runs is not known yet (budget: {self.allowed:,} a month)"
        minutes = self.every / timedelta(minutes=1)
        text += (
            f", a run every {minutes:.0f} min: about {self.per_month:,} of {self.allowed:,} a month"
        )
        if self.fits:
            return text
        return (
            f"{text}. That is over the budget: run every {self.least // timedelta(minutes=1)} min"
        )


def requests_key(tracker: str) -> str:
    """The name under which the counts of a run hold the requests to a tracker."""
    return f"requests.{tracker}"


def usage(
    tracker: str,
    allowed: int,
    runs: Sequence[tuple[datetime, Mapping[str, int]]],
    every: timedelta | None = None,
) -> Usage | None:
    """Measure by runs (when each began, its counts); None where none of them asked this tracker.

    `every` is the cron period; without it the median time between these runs.
    """
    key = requests_key(tracker)
    used = sorted(
        ((at, counts[key]) for at, counts in runs if counts.get(key)), key=lambda one: one[0]
    )
    if not used:
        return None
    times = [at for at, _ in used]
    gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(times)]
    if every is None and gaps:
        every = max(timedelta(minutes=1), timedelta(seconds=median(gaps)))
    return Usage(tracker, allowed, sum(count for _, count in used) / len(used), every)
