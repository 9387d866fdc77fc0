"""Every bad config ends `readygate check` with code 3 and its text on stderr, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from readygate_cli import logs
from readygate_cli.main import main
from readygate_config import loading

FOLDER = Path(__file__).parent / "bad_configs"


@pytest.mark.parametrize("name", sorted(file.name for file in FOLDER.glob("*.yaml")))
def test_check_explains_a_bad_config(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(FOLDER)
    monkeypatch.setattr(loading, "installed_kinds", lambda: ("airtable", "jira"))

    code = main(["check", "--config", name])
    logs.release()

    out, err = capsys.readouterr()
    expected = Path(name).with_suffix(".txt").read_text(encoding="utf-8")
    assert (code, out, err) == (3, "", expected)
