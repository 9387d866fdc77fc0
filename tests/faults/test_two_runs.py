"""Two runs on one host: the second does nothing while the first lives, asleep or not.

And where two hosts could meet, on a network file system, none of them begins.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.stage import CONFIG, OURS, TOKEN
from faults.tally import Tally
from faults.worlds import world
from readygate_cli import logs
from readygate_cli.main import main
from readygate_ledger import mounts
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
        for sleeping in (False, True):
            if sleeping:
                first.send_signal(signal.SIGSTOP)
                os.waitid(os.P_PID, first.pid, os.WSTOPPED | os.WNOWAIT)
            second = start(tmp_path)
            out, err = second.communicate()
            assert (second.returncode, out) == (6, "")
            assert f"process {first.pid} on" in err
            assert asked(sandbox) == before
        first.send_signal(signal.SIGCONT)
        first.kill()
        first.communicate()
        third = start(tmp_path)
        _, err = third.communicate()
        assert (third.returncode, err) == (0, "")
        tally("jira", "two runs at once", 2)


@pytest.mark.parametrize("connector", ["jira", "airtable"])
def test_a_ledger_on_a_network_file_system_is_refused_before_anything_is_asked(
    connector: str,
    folder: Path,
    tmp_path: Path,
    tally: Tally,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    table = tmp_path / "mounts"
    monkeypatch.setattr(mounts, "TABLE", table)
    monkeypatch.chdir(folder)
    with world(connector, folder) as one:
        for name, value in one.side.env.items():
            monkeypatch.setenv(name, value)
        for kind in ("nfs4", "cifs", "fuse.sshfs"):
            table.write_text(f"/dev/sda1 / ext4 rw 0 0\nserver:/x {folder} {kind} rw 0 0\n")
            code = main(["sync"])
            logs.release()
            assert code not in {0, 70}
            assert f"lies on a network file system ({kind})" in capsys.readouterr().err
        assert one.control.log.entries() == []
        assert [path.name for path in folder.iterdir()] == ["readygate.yaml"]
        tally(connector, "ledger on a network file system", 3)
