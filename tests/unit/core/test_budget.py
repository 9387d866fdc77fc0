"""What runs have used, held against a monthly budget."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from readygate.budget import full_read_every, usage
from readygate.render import budgets_document, budgets_markdown, budgets_text

START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def runs(*counts: int, every: timedelta = timedelta(minutes=5)):
    return [(START + every * n, {"requests.base": count}) for n, count in enumerate(counts)]


def test_a_pace_that_fits():
    found = usage("base", 100_000, runs(2, 2, 2, 6))
    assert (found.per_run, found.per_month, found.fits) == (3.0, 25_920, True)
    assert str(found) == (
        "base: 3.0 requests a run, a run every 5 min: about 25,920 of 100,000 a month"
    )


def test_a_pace_over_the_budget_says_how_often_is_fine():
    found = usage("base", 1_000, runs(2, 2, 2))
    assert str(found) == (
        "base: 2.0 requests a run, a run every 5 min: about 17,280 of 1,000 a month."
        " That is over the budget: run every 87 min"
    )
    again = usage("base", 1_000, runs(2, 2), every=found.least)
    assert again.fits


@pytest.mark.parametrize("every", [timedelta(minutes=1), timedelta(hours=1)])
def test_the_period_of_cron_can_be_told(every):
    found = usage("base", 100_000, runs(2, 2), every)
    assert found.per_month == 2 * (timedelta(days=30) // every)


def test_one_run_says_nothing_of_the_pace():
    assert str(usage("base", 1_000, runs(4))) == (
        "base: 4.0 requests a run; how often it runs is not known yet (budget: 1,000 a month)"
    )


def test_runs_that_asked_another_tracker_do_not_count():
    found = usage("other", 1_000, runs(4, 4))
    assert (found.per_run, found.per_month, found.fits, found.least) == (None, None, True, None)
    assert str(found) == "other: 1,000 requests a month; none used yet"


@pytest.mark.parametrize(
    ("pages", "allowed", "days"),
    [(800, None, 1), (333, 100_000, 1), (334, 100_000, 7), (1, 1_000, 1), (4, 1_000, 7)],
)
def test_full_reads_may_take_a_tenth_of_the_budget_and_are_weekly_beyond(pages, allowed, days):
    every = full_read_every(timedelta(days=1), pages, allowed)
    assert every == timedelta(days=days)


def test_each_form_tells_the_same():
    unused, used = usage("other", 1_000, []), usage("base", 1_000, runs(2, 2, 2))
    over = "base: 2.0 requests a run, a run every 5 min: about 17,280 of 1,000 a month."
    over += " That is over the budget: run every 87 min"
    none = "other: 1,000 requests a month; none used yet"
    assert budgets_text([unused, used]) == f"budget: {none}\nbudget: {over}\n"
    assert budgets_markdown([unused, used]) == f"\n> budget: {none}\n> budget: {over}\n"
    assert (budgets_text([]), budgets_markdown([])) == ("", "")
    assert budgets_document([unused, used]) == {
        "budgets": [
            {
                "tracker": "other",
                "allowed": 1000,
                "per_run": None,
                "every_seconds": None,
                "per_month": None,
                "fits": True,
                "least_seconds": None,
                "text": none,
            },
            {
                "tracker": "base",
                "allowed": 1000,
                "per_run": 2.0,
                "every_seconds": 300,
                "per_month": 17280,
                "fits": False,
                "least_seconds": 87 * 60,
                "text": over,
            },
        ]
    }
