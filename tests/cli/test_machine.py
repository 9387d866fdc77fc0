"""What doctor says of the ledger and of the disk on which it lies."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from readygate.checkup import Area, Checkup, State
from readygate.ports import RunSummary
from readygate_cli import machine
from readygate_cli.machine import ledger_checkups
from readygate_ledger.examining import Health

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> None:
    """Times are shown in UTC."""
    monkeypatch.setattr(machine, "local_zone", lambda: UTC)


def run(code: int | None, ago: timedelta = timedelta(minutes=1)) -> RunSummary:
    ended = None if code is None else NOW
    return RunSummary("20261125-115900-ab12", NOW - ago, ended, code)


def found(tmp_path: Path, **told: Any) -> list[Checkup]:
    """All but the first line, which says that it is sound."""
    health = Health(tmp_path / "readygate.db", **told)
    first, *rest = ledger_checkups(health, NOW)
    assert first == Checkup(Area.LEDGER, State.OK, f"The ledger {health.path} is sound.")
    return rest


@pytest.mark.parametrize("code", [0, 6])
def test_a_run_that_ended_well_or_gave_way_is_no_finding(tmp_path: Path, code: int) -> None:
    assert found(tmp_path, last_run=run(code)) == []


@pytest.mark.parametrize(
    ("code", "how"), [(5, "ended with code 5"), (1, "ended with code 1"), (None, "has not ended")]
)
def test_a_run_that_did_not_end_well_is_told(tmp_path: Path, code: int | None, how: str) -> None:
    (told,) = found(tmp_path, last_run=run(code))
    assert (told.state, told.what) == (
        State.WARNING,
        f"The last run (2026-11-25 11:59 UTC, 20261125-115900-ab12) {how}.",
    )


def test_a_run_that_is_at_work_is_left_alone(tmp_path: Path) -> None:
    told = {"last_run": run(None), "open_intents": 1, "oldest_intent": NOW - timedelta(hours=3)}
    assert found(tmp_path, held=True, **told) == []


def test_actions_that_nobody_settled_are_told_after_an_hour(tmp_path: Path) -> None:
    told = {"last_run": run(0), "open_intents": 2}
    assert found(tmp_path, oldest_intent=NOW - timedelta(minutes=59), **told) == []
    (late,) = found(tmp_path, oldest_intent=NOW - timedelta(hours=3), **told)
    assert late.what == "What became of 2 actions has not been known for 3 hours."
    assert late.fix == (
        "See that cron calls `readygate sync`, for all pipelines; run it with --verbose now."
    )


def test_a_disk_that_is_nearly_full_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: SimpleNamespace(free=42_000_000))
    (told,) = found(tmp_path, last_run=run(0))
    assert (told.state, told.what) == (
        State.WARNING,
        f"Only 42 MB are free where the ledger lies ({tmp_path}).",
    )


def test_a_folder_that_cannot_be_written_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda _folder, _mode: False)
    (told,) = found(tmp_path, last_run=run(0))
    assert (told.state, told.what) == (
        State.FAILURE,
        f"The folder of the ledger cannot be written: {tmp_path}.",
    )


def test_a_ledger_that_cannot_be_used_is_the_only_thing_told(tmp_path: Path) -> None:
    problem = "the ledger x is damaged. Put a backup back"
    (told,) = ledger_checkups(Health(tmp_path / "x", problem=problem), NOW)
    assert (told.state, told.what, told.fix) == (
        State.FAILURE,
        "The ledger x is damaged.",
        "Put a backup back.",
    )


def test_no_ledger_yet_is_no_finding(tmp_path: Path) -> None:
    (told,) = ledger_checkups(Health(tmp_path / "readygate.db", exists=False), NOW)
    assert told.state is State.OK
    assert told.what.startswith("There is no ledger yet; the first `sync` makes it: ")
