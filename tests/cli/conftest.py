"""A stage for every test of the command line that needs a tracker."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.beginner import SITE, Beginner
from cli.stage import Stage
from readygate_sandbox import running_sandbox


@pytest.fixture
def stage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Stage]:
    """The demo site, running, and a config for it."""
    with running_sandbox() as sandbox:
        yield Stage(sandbox, tmp_path, capsys, monkeypatch)


@pytest.fixture
def beginner(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Beginner]:
    """An empty folder and the English site, running."""
    for name in ("CONFIG", "LEDGER", "TRACKERS__MAIN__TOKEN", "TRACKERS__MAIN__EMAIL"):
        monkeypatch.delenv(f"READYGATE_{name}", raising=False)
    monkeypatch.delenv("READYGATE_TRACKERS__BASE__TOKEN", raising=False)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.chdir(tmp_path)
    with running_sandbox(SITE) as sandbox:
        yield Beginner(sandbox, tmp_path, capsys, monkeypatch)
