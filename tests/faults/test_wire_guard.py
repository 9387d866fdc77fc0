"""Faults on what the installation and the removal of a guard ask and change in Jira."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest

from faults.tally import Tally
from faults.wire import Line, on
from faults.wire_faults import jira_faults
from integration.guard.bench import Bench, site
from readygate.errors import ReadygateError
from readygate.guarding import Force
from readygate.pipeline import Guard
from readygate_sandbox import running_sandbox

GUARDS = (Guard.BY_FIELD, Guard.LOCKED)
"""Between them they send everything that any guard sends."""

FAULTS = ("connection reset", "connection reset, stored", "401", "503 with an hour",
          "another shape: a list")  # fmt: skip
"""What one request does about a fault is tried elsewhere; here it is what becomes of the whole."""


@pytest.fixture(params=GUARDS, ids=str)
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    with running_sandbox(site()) as sandbox:
        made = Bench(sandbox, request.param)
        yield made
        made.close()


def line(bench: Bench, **told: Any) -> Line:
    def expire() -> None:
        bench.control.set_user("bot@example.com", expired=True)

    return Line(bench.control.faults.add, bench.control.faults.clear, expire, **told)


def sent_by(bench: Bench, act: Callable[[], object]) -> list[str]:
    with on(line(bench)) as way:
        act()
    return list(way.sent)


def test_a_disturbed_installation_is_finished_or_taken_back(bench: Bench, tally: Tally) -> None:
    untouched = bench.state()
    kinds = sent_by(bench, bench.install)
    installed = bench.state()
    removing = sent_by(bench, bench.remove)
    faults = [one for one in jira_faults(bench.tracker.site.account) if one.name in FAULTS]
    wrong, cases = [], 0
    for act, begun, asked in (
        (bench.install, False, kinds),
        (bench.remove, True, removing),
    ):
        for kind in asked:
            for fault in faults:
                if begun:
                    bench.install()
                way = line(bench, kind=kind, fault=fault)
                with on(way), suppress(ReadygateError):
                    act()
                bench.control.set_user("bot@example.com", token="bot-token-123456")
                cases += way.struck  # what is there already is not made again
                bench.install()
                if (bench.look().force, bench.state()) != (Force.FULL, installed):
                    wrong.append(f"{kind}, {fault.name}: not installed afterwards")
                bench.remove()
                if bench.state() != untouched:
                    wrong.append(f"{kind}, {fault.name}: something stays behind")
    tally("jira", f"on the wire: guard {bench.pipeline.guard}", cases, losses=len(wrong))
    assert wrong == []
