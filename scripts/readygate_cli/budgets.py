"""What is told about request budgets: by `plan` and `status` in lines, by `doctor` as checks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

from readygate.budget import Usage, usage
from readygate.checkup import Area, Checkup, State
from readygate.errors import LedgerError
from readygate.ports import Ledger
from readygate_config import Config

_RUNS = 200
"""Runs that the measure looks back on."""


def budget_lines(
    config: Config, ledger: Ledger, trackers: Iterable[str], every: timedelta | None
) -> list[str]:
    """One line per tracker with a `requests_per_month`, none for the others."""
    allowed = {
        key: int(config.trackers[key].options["requests_per_month"])
        for key in dict.fromkeys(trackers)
        if config.trackers[key].options.get("requests_per_month")
    }
    if not allowed:
        return []
    runs = [(run.started, run.counts) for run in ledger.runs(limit=_RUNS)]
    lines = []
    for key, most in allowed.items():
        found = usage(key, most, runs, every)
        lines.append(str(found) if found else f"{key}: {most:,} requests a month; none used yet")
    return [f"budget: {line}\n" for line in lines]


def budget_checkups(
    config: Config, ledger: Ledger, key: str, pipelines: int, every: timedelta | None
) -> Iterator[Checkup]:
    """Hold a tracker's `requests_per_month` against the cron period, measured or given.

    Before the first run a quiet one is taken for measure: two requests a pipeline.
    """
    allowed = int(config.trackers[key].options.get("requests_per_month") or 0)
    if not allowed:
        return
    try:
        runs = [(run.started, run.counts) for run in ledger.runs(limit=_RUNS)]
    except LedgerError:  # told under the ledger
        runs = []
    found = usage(key, allowed, runs, every) or Usage(key, allowed, 2.0 * pipelines, every)
    if found.every is None:
        text = (
            f"How often cron runs is not known, so nor is what a month costs ({allowed:,} allowed)."
        )
        fix = (
            f"Tell it: `readygate doctor --every 15m`. {found.least // timedelta(minutes=1)} min or"
        )
        yield Checkup(Area.BUDGET, State.UNKNOWN, text, fix=f"{fix} more fits.")
    elif found.fits:
        yield Checkup(Area.BUDGET, State.OK, f"{found}.")
    else:
        what, _, fix = str(found).partition(". That is over the budget: ")
        yield Checkup(
            Area.BUDGET,
            State.FAILURE,
            f"{what}.",
            "When the month's requests are used up, no run can do anything until it ends.",
            f"Let cron {fix} or less often; or raise `requests_per_month` to what your plan allows"
            " (docs/costs.md).",
        )
