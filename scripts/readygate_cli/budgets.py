"""What is told about request budgets: by `plan` and `status` under them, by `doctor` as checks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta

from readygate.budget import Usage, usage
from readygate.checkup import Area, Checkup, State
from readygate.errors import LedgerError
from readygate.ports import Ledger
from readygate_cli.wiring import budgets_of
from readygate_config import Config

_RUNS = 200
"""Runs that the measure looks back on."""


def usages(
    config: Config, ledger: Ledger, trackers: Iterable[str], every: timedelta | None
) -> list[Usage]:
    """What each of these trackers that has a `requests_per_month` costs at the present pace."""
    allowed = budgets_of(config)
    keys = [key for key in dict.fromkeys(trackers) if key in allowed]
    runs = [(run.started, run.counts) for run in ledger.runs(limit=_RUNS)] if keys else []
    return [usage(key, allowed[key], runs, every) for key in keys]


def budget_checkups(
    config: Config, ledger: Ledger, key: str, pipelines: int, every: timedelta | None
) -> Iterator[Checkup]:
    """Hold a tracker's `requests_per_month` against the cron period, measured or given.

    Before the first run a quiet one is taken for measure: two requests a pipeline.
    """
    allowed = budgets_of(config).get(key)
    if allowed is None:
        return
    try:
        runs = [(run.started, run.counts) for run in ledger.runs(limit=_RUNS)]
    except LedgerError:  # told under the ledger
        runs = []
    found = usage(key, allowed, runs, every)
    if found.per_run is None:
        found = replace(found, per_run=2.0 * pipelines)
    if found.every is None:
        text = (
            f"How often cron runs is not known, so nor is what a month costs ({allowed:,} allowed)."
        )
        least = (found.least or timedelta()) // timedelta(minutes=1)
        fix = f"Tell it: `readygate doctor --every 15m`. {least} min or more fits."
        yield Checkup(Area.BUDGET, State.UNKNOWN, text, fix=fix)
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
