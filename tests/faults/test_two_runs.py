"""Two runs on one host: the second does nothing, and a killed one leaves the way free."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.stage import CONFIG, OURS, TOKEN
from faults.tally import Tally
from readygate_sandbox import Sandbox, running_sandbox


def start(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "readygate_cli", "sync"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def until(true: Callable[[], object]) -> None:
    end = time.monotonic() + 20
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def asked(sandbox: Sandbox) -> int:
    return len(sandbox.control.log.entries())


def test_the_second_ends_with_code_6_and_asks_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tally: Tally
) -> None:
    with running_sandbox() as sandbox:
        (tmp_path / "readygate.yaml").write_text(CONFIG.format(url=sandbox.url), encoding="utf-8")
        monkeypatch.setenv("READYGATE_TRACKERS__MAIN__EMAIL", OURS)
        monkeypatch.setenv("READYGATE_TRACKERS__MAIN__TOKEN", TOKEN)
        delay = sandbox.control.faults.add("delay", path="/search/jql", seconds=60, count=1)
        first = start(tmp_path)
        until(lambda: delay.struck)
        before = asked(sandbox)
        second = start(tmp_path)
        out, err = second.communicate()
        tally("jira", "two runs at once", 1)
        assert (second.returncode, out) == (6, "")
        assert f"process {first.pid} on" in err
        assert asked(sandbox) == before
        first.kill()
        first.communicate()
        third = start(tmp_path)
        _, err = third.communicate()
        assert (third.returncode, err) == (0, "")
