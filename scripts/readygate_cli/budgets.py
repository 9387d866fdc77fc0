"""The lines about request budgets that `plan` and `status` show under their results."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from readygate.budget import usage
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
