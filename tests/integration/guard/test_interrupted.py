"""`install` and `remove`, interrupted at any request: nothing stays that cannot be put away."""

from __future__ import annotations

from contextlib import suppress

import pytest

from integration.guard.bench import Bench
from integration.guard.conftest import MakeBench
from readygate.errors import TrackerError
from readygate.guarding import Force
from readygate.pipeline import Guard

NATIVE = Guard.BY_SUBTASKS


def requests_of(bench: Bench, what: str) -> int:
    """How many requests `install` or `remove` makes."""
    with bench.killed_at(0, after=False):
        getattr(bench, what)()
    return bench.sent


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_killed_while_installing_and_removed(make_bench: MakeBench, *, after: bool) -> None:
    bench = make_bench(NATIVE)
    untouched = bench.state()
    total = requests_of(bench, "install")
    bench.remove()
    assert bench.state() == untouched
    assert total > 20
    for number in range(1 + after, total + 1, 4):  # every one: tests/faults/test_guard.py
        with bench.killed_at(number, after=after):
            bench.install()
        bench.remove()
        assert bench.state() == untouched, f"killed at request {number} of {total}"


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_killed_while_removing_and_removed_again(make_bench: MakeBench, *, after: bool) -> None:
    bench = make_bench(NATIVE)
    untouched = bench.state()
    bench.install()
    total = requests_of(bench, "remove")
    assert bench.state() == untouched
    for number in range(1 + after, total + 1, 4):
        bench.install()
        with bench.killed_at(number, after=after):
            bench.remove()
        bench.remove()
        assert bench.state() == untouched, f"killed at request {number} of {total}"


def test_killed_while_installing_and_installed_again(make_bench: MakeBench) -> None:
    bench = make_bench(NATIVE)
    total = requests_of(bench, "install")
    installed = bench.state()[:2]
    for number in range(1, total + 1, 6):
        bench.remove()
        with bench.killed_at(number, after=True):
            bench.install()
        bench.install()
        report = bench.look()
        assert (report.force, report.leftovers) == (Force.FULL, ()), number
        assert bench.state()[:2] == installed, number


@pytest.mark.parametrize("stored", [False, True], ids=["unsent", "answer lost"])
def test_broken_off_at_any_write(make_bench: MakeBench, *, stored: bool) -> None:
    """A connection that breaks is no end of the process: what was begun is put away at once."""
    bench = make_bench(NATIVE)
    untouched = bench.state()
    for number in range(1, 9, 2):
        bench.control.faults.add(
            "drop", method="POST|PUT|DELETE", path="/(issue|workflows/update|properties/.*)$",
            after=number - 1, count=1, stored=stored,
        )  # fmt: skip
        with suppress(TrackerError):
            bench.install()
        bench.control.faults.clear()
        bench.remove()
        assert bench.state() == untouched, number


@pytest.mark.parametrize(
    ("after", "first"),
    [(2, r"\(403\)"), (4, "does not let our account change this workflow"), (6, r"\(403\)")],
)
def test_a_site_that_stays_down_tells_the_first_error_and_keeps_what_was_begun(
    make_bench: MakeBench, after: int, first: str
) -> None:
    """What cannot be put away now is no second error: it is found, and put away later."""
    bench = make_bench(NATIVE)
    untouched = bench.state()
    path = "/(issue/?|issue/[^/]+|workflows/update|properties/.*)$"
    for status, count in ((403, 1), (503, None)):
        bench.rig.pretend(path, {}, status, method="POST|PUT|DELETE", after=after, count=count)
    with pytest.raises(TrackerError, match=first):
        bench.install()
    begun = bench.state()
    bench.control.faults.clear()
    bench.remove()
    assert begun != untouched
    assert bench.state() == untouched


def test_leftovers_are_shown_and_put_away(make_bench: MakeBench) -> None:
    bench = make_bench(NATIVE)
    untouched = bench.state()
    total = requests_of(bench, "install")
    bench.remove()
    shown: set[tuple[str, ...]] = set()
    for number in range(1, total, 3):
        with bench.killed_at(number, after=True):
            bench.install()
        shown.add(bench.look().leftovers)
        bench.remove()
    scratch = {tuple(one.split(" DEAL")[0] for one in some) for some in shown}
    probes = tuple(
        f"the temporary transition 'Readygate trial {n}, gone in a moment'" for n in (1, 2)
    )
    assert scratch == {(), ("the scratch deal",), (*probes, "the scratch deal")}
    assert bench.state() == untouched


def test_a_run_takes_no_scratch_deal_for_a_deal(make_bench: MakeBench) -> None:
    bench = make_bench(NATIVE)
    deals = {deal.label for deal in bench.rig.deals()}
    total = requests_of(bench, "install")
    bench.remove()
    with bench.killed_at(total // 2, after=True):
        bench.install()
    assert any("scratch" in one for one in bench.look().leftovers)
    assert {deal.label for deal in bench.rig.deals()} == deals
