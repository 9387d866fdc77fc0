"""A stage for every test of the command line that needs a tracker."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.stage import Stage
from readygate_sandbox import running_sandbox


@pytest.fixture
def stage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Stage]:
    """The demo site, running, and a config for it."""
    with running_sandbox() as sandbox:
        yield Stage(sandbox, tmp_path, capsys, monkeypatch)
