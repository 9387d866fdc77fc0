"""The power is cut at every request of a guard's installation and removal, before and after it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from faults.tally import Tally
from integration.guard.bench import Bench, site
from readygate.guarding import Force
from readygate.pipeline import Guard
from readygate_sandbox import running_sandbox

GUARDS = (Guard.BY_SUBTASKS, Guard.BY_FIELD, Guard.LOCKED)


@pytest.fixture(params=GUARDS, ids=str)
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    """A site with nothing installed."""
    with running_sandbox(site()) as sandbox:
        made = Bench(sandbox, request.param)
        yield made
        made.close()


def requests_of(bench: Bench, what: str) -> int:
    """How many requests `install` or `remove` makes."""
    with bench.killed_at(0, after=False):
        getattr(bench, what)()
    return bench.sent


def test_install_is_cut_off_and_removed(bench: Bench, tally: Tally) -> None:
    untouched = bench.state()
    total = requests_of(bench, "install")
    bench.remove()
    assert bench.state() == untouched
    wrong = []
    for number in range(1, total + 1):
        for after in (False, True):
            with bench.killed_at(number, after=after):
                bench.install()
            bench.remove()
            if bench.state() != untouched:
                wrong.append((number, after))
    fields = [one.name for one in bench.control.store.fields.values()]
    doubles = len(fields) - len(set(fields))
    tally(
        "jira guard", "install cut off, then remove", 2 * total, losses=len(wrong), doubles=doubles
    )
    assert (wrong, doubles) == ([], 0)


def test_install_is_cut_off_and_done_again(bench: Bench, tally: Tally) -> None:
    total = requests_of(bench, "install")
    installed, _, issues = bench.state()
    wrong = []
    for number in range(1, total + 1):
        for after in (False, True):
            bench.remove()
            with bench.killed_at(number, after=after):
                bench.install()
            bench.install()
            report = bench.look()
            whole = (report.force, report.leftovers, bench.state()[0], bench.state()[2])
            if whole != (Force.FULL, (), installed, issues):
                wrong.append((number, after))
    tally("jira guard", "install cut off, then install", 2 * total, losses=len(wrong))
    assert wrong == []


def test_remove_is_cut_off_and_done_again(bench: Bench, tally: Tally) -> None:
    untouched = bench.state()
    bench.install()
    total = requests_of(bench, "remove")
    wrong = []
    for number in range(1, total + 1):
        for after in (False, True):
            bench.install()
            with bench.killed_at(number, after=after):
                bench.remove()
            bench.remove()
            if bench.state() != untouched:
                wrong.append((number, after))
    tally("jira guard", "remove cut off, then remove", 2 * total, losses=len(wrong))
    assert wrong == []
