"""What a run says on stderr about its failures: each where it happened, never a flood."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from cli.stage import Stage
from readygate.action import Open, Outcome, Status
from readygate.errors import TrackerUnavailable
from readygate_cli import logs
from readygate_cli.call import Call
from readygate_cli.runs import tell
from unit.core.reports import OPEN, RETURN, applied

DOWN = TrackerUnavailable("Jira does not answer.", detail="timed out")


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    logs.configure(Call(run="r1"))
    yield
    logs.release()


def test_failures_are_told_one_by_one(capsys: pytest.CaptureFixture[str]) -> None:
    tell(
        applied(
            Outcome(OPEN, Status.FAILED, message="Field 'due' is not on the screen"),
            Outcome(RETURN, Status.UNKNOWN),
            Outcome(OPEN, Status.STALE),
            Outcome(OPEN, Status.DONE),
        )
    )

    assert capsys.readouterr().err == (
        "deals: DEAL-1: open 10/scan: failed: Field 'due' is not on the screen\n"
        "deals: DEAL-1: return 10: the answer was lost; the next run looks it up\n"
    )


def test_many_failures_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    failed = [
        Outcome(Open(str(n), f"DEAL-{n}", "scan", "Scan", "", ""), Status.FAILED, message="no")
        for n in range(50)
    ]
    skipped = [Outcome(RETURN, Status.SKIPPED)] * 7
    tell(applied(*failed, *skipped))

    lines = capsys.readouterr().err.splitlines()
    assert lines[19:] == [
        "deals: DEAL-19: open 19/scan: failed: no",
        "deals: and 30 more that failed: see `readygate log --since 1h`",
        "deals: 7 actions were not tried; the next run does them",
    ]


def test_an_error_of_one_pipeline_is_told_with_its_name(
    capsys: pytest.CaptureFixture[str],
) -> None:
    logs.configure(Call(run="r1"), form=logs.JSON)
    tell(applied(error=DOWN))

    told = json.loads(capsys.readouterr().err)
    assert (told["message"], told["tracker"], told["detail"]) == (
        "pipeline deals: Jira does not answer.",
        "main",
        "timed out",
    )


def test_an_error_of_a_tracker_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    report = applied(error=DOWN)
    (tracker,) = report.trackers
    tell(replace(report, trackers=(replace(tracker, error=DOWN),)))

    assert capsys.readouterr().err == "tracker main: Jira does not answer.\n"


@pytest.mark.parametrize(
    "command",
    [("plan",), ("sync",), ("status",), ("log",), ("map",), ("check",), ("ledger", "check"),
     ("ledger", "rebuild")],
)  # fmt: skip
def test_a_file_of_secrets_that_others_can_read_is_warned_of_once(
    stage: Stage, command: tuple[str, ...]
) -> None:
    dotenv = stage.folder / ".env"
    dotenv.write_text("READYGATE_TRACKERS__MAIN__TOKEN=sandbox-token\n")
    dotenv.chmod(0o644)
    warning = (
        f"{dotenv}: other users of this machine can read the tokens in this file\n"
        f"    Run: chmod 600 {dotenv}\n"
    )
    assert stage.run(*command).err.count(warning) == 1
    dotenv.chmod(0o600)
    assert "chmod" not in stage.run(*command).err
