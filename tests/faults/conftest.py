"""Counts what the fault tests tried and what came of it, and prints that as one closing table.

Everything in this folder is marked `faults`. A test adds its figures through the fixture `tally`,
before it judges them, so that the table also tells the truth about tests that fail.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from faults.tally import Remark, Tally, table

HERE = Path(__file__).parent
NAME = "faults"
REMARK = "faults: remark"


@pytest.fixture
def tally(request: pytest.FixtureRequest) -> Tally:
    """Add figures to the closing table."""

    def add(
        connector: str,
        kind: str,
        cases: int,
        *,
        losses: int = 0,
        doubles: int = 0,
        wrong_returns: int = 0,
    ) -> None:
        # User properties travel with the report, also from a worker process.
        told = [connector, kind, cases, losses, doubles, wrong_returns]
        request.node.user_properties.append((NAME, told))

    return add


@pytest.fixture
def remark(request: pytest.FixtureRequest) -> Remark:
    """Have a line printed under the closing table."""

    def add(text: str) -> None:
        request.node.user_properties.append((REMARK, text))

    return add


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder in memory where there is one: a killed process loses nothing there either."""
    memory = Path("/dev/shm")  # noqa: S108 - a name of our own is made in it
    place = memory if os.access(memory, os.W_OK) else None
    with TemporaryDirectory(prefix="readygate-faults-", dir=place) as made:
        yield Path(made)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """Mark everything in this folder."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.faults)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table, with a line per connector and kind, and a sum per connector."""
    reports = [
        report
        for outcome in ("passed", "failed")
        for report in terminalreporter.getreports(outcome)
        if report.when == "call"
    ]
    added = [pair for report in reports for pair in report.user_properties]
    told = [value for name, value in added if name == NAME]
    if not told:
        return
    terminalreporter.section("faults", sep="=")
    remarks = sorted(str(value) for name, value in added if name == REMARK)
    for line in [*table(told), *remarks]:
        terminalreporter.write_line(line)
