"""A real cron daemon runs the line of cron.example, with its two paths filled in."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cli.stage import CONFIG, OURS, TOKEN
from readygate_sandbox import Sandbox, running_sandbox

EXAMPLE = Path(__file__).parents[2] / "cron.example"
PATIENCE = 130.0
"""Seconds: cron looks once a minute."""

pytestmark = pytest.mark.e2e


def crontab(*arguments: str, text: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["crontab", *arguments], input=text, capture_output=True, text=True, check=False
    )


@contextmanager
def cron(table: str) -> Iterator[None]:
    """A cron daemon with this table: our own, unless the machine already runs one."""
    crontab("-", text=table)
    daemon = subprocess.Popen(["cron", "-f"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        daemon.terminate()
        daemon.wait(timeout=10)
        crontab("-r")


def needed() -> str:
    """Why this cannot be tried here; empty if it can."""
    if os.geteuid() != 0:
        return "only root can start a cron daemon"
    if not shutil.which("cron") or not shutil.which("crontab"):
        return "no cron daemon is installed (Debian: apt install cron)"
    return "" if crontab("-l").returncode else "this user has a crontab of its own"


def wait_for_a_run(sandbox: Sandbox) -> None:
    """Until our account has opened a checklist."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        asked = {entry.kind for entry in sandbox.control.log.entries() if entry.user == OURS}
        if "/issue/bulk" in asked:
            return
        time.sleep(0.2)
    raise AssertionError(f"cron has run nothing within {PATIENCE} seconds")


def test_the_example_works_with_its_two_paths_filled_in(tmp_path: Path) -> None:
    reason = needed()
    if reason:
        pytest.skip(reason)
    with running_sandbox() as sandbox:
        config = tmp_path / "readygate.yaml"
        config.write_text(CONFIG.format(url=sandbox.url), encoding="utf-8")
        (tmp_path / ".env").write_text(
            f"READYGATE_TRACKERS__MAIN__EMAIL={OURS}\nREADYGATE_TRACKERS__MAIN__TOKEN={TOKEN}\n",
            encoding="utf-8",
        )
        table = EXAMPLE.read_text("utf-8")
        for placeholder, path in (
            ("/path/to/readygate/.venv/bin/readygate", Path(sys.executable).with_name("readygate")),
            ("/path/to/readygate.yaml", config),
        ):
            assert table.count(placeholder) == 1
            table = table.replace(placeholder, str(path))

        with cron(table):
            wait_for_a_run(sandbox)

    assert (tmp_path / "readygate.db").stat().st_mode & 0o777 == 0o600
