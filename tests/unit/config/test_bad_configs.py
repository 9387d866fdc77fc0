"""Every bad config gives its exact text, and everything that is wrong with it at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from readygate.errors import ConfigError, Severity
from readygate_config import load
from unit.config.samples import BAD

CASES = sorted(file.name for file in BAD.glob("*.yaml"))


def test_there_are_plenty_and_each_has_its_text() -> None:
    assert len(CASES) >= 40
    assert {Path(name).stem for name in CASES} == {file.stem for file in BAD.glob("*.txt")}


@pytest.mark.parametrize("name", CASES)
def test_a_bad_config_is_explained(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(BAD)

    with pytest.raises(ConfigError) as caught:
        load([Path(name)], kinds=["airtable", "jira"])

    expected = Path(name).with_suffix(".txt").read_text(encoding="utf-8")
    assert f"{caught.value}\n" == expected


@pytest.mark.parametrize("name", CASES)
def test_no_text_of_a_library_and_no_secret_gets_out(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(BAD)

    with pytest.raises(ConfigError) as caught:
        load([Path(name)], kinds=["airtable", "jira"])

    told = f"{caught.value} {caught.value.detail} {caught.value.problems!r}"
    assert "hunter2" not in told
    assert "0123456789abcdef" not in told
    assert "pydantic" not in told.casefold()
    assert "Input should" not in told
    for problem in caught.value.problems:
        assert problem.severity is Severity.ERROR
        assert problem.place, problem
        assert problem.hint, problem
