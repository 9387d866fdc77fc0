"""Readers that go away, full disks, closed streams and Ctrl-C: the exit code stays honest."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cli.stage import CONFIG, Stage
from readygate_sandbox.faults import Fault

PROGRAM = [sys.executable, "-m", "readygate_cli"]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "readygate.yaml"
    path.write_text(CONFIG.format(url="https://example.atlassian.net"), encoding="utf-8")
    return path


def shell(line: str, config: Path, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", line.replace("readygate", " ".join(PROGRAM))],
        env={**os.environ, "CONFIG": str(config), **env},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_reader_that_goes_away_is_no_error(config: Path) -> None:
    done = shell('readygate map -c "$CONFIG" | true', config)

    assert (done.returncode, done.stderr) == (0, "")


def test_a_full_disk_is_one(config: Path) -> None:
    done = shell('readygate map -c "$CONFIG" >/dev/full', config)

    assert (done.returncode, done.stderr) == (
        1,
        "The result could not be written: No space left on device.\n",
    )


def test_closed_streams_are_borne(config: Path) -> None:
    assert shell('readygate map -c "$CONFIG" >&-', config).returncode == 0
    assert shell("readygate map -c nowhere.yaml 2>&-", config).returncode == 3


def test_letters_that_the_terminal_lacks_are_written_out(config: Path) -> None:
    done = shell('readygate map -c "$CONFIG"', config, PYTHONIOENCODING="ascii")

    assert done.returncode == 0
    assert r"\u0411\u043e\u0440\u0438\u0441" in done.stdout


def test_ctrl_c_ends_with_130(stage: Stage) -> None:
    slow = Fault("delay", seconds=3)
    stage.control.faults.set([slow])
    process = subprocess.Popen(
        # A background job ignores SIGINT, and so would its child.
        ["env", "--default-signal=INT", *PROGRAM, "sync"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    end = time.monotonic() + 20
    while not slow.struck and time.monotonic() < end:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=20)

    assert (process.returncode, out, err.lstrip("\n")) == (
        130,
        "",
        "Interrupted. What was under way is looked up and settled by the next run.\n",
    )
