"""`readygate init` offers every connector that can be looked at, also of another package."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib.metadata import EntryPoint
from types import ModuleType
from typing import Any

import pytest

from cli.beginner import Beginner
from readygate.errors import TrackerDenied
from readygate.survey import Asked, Choice, FoundPerson, FoundStage, Question, Sight
from readygate_config import kinds, load


class Wall:
    """A wall with sticky notes, as a survey of it."""

    def __init__(self, answers: Mapping[str, str]) -> None:
        self.settings = {"room": answers["room"]}
        self._answers = answers

    def identify(self) -> str:
        code = self._answers["key_code"]
        if code != "4711":
            raise TrackerDenied(f"The wall does not open for {code}.")
        return "the caretaker"

    def question(self, chosen: Mapping[str, str]) -> Question | None:
        if "wall" in chosen:
            return None
        return Question("wall", "the wall", (Choice("north"), Choice("south")))

    def look(self, chosen: Mapping[str, str]) -> Sight:
        assert chosen == {"wall": "south"}
        stages = (FoundStage("Idea"), FoundStage("Plan"), FoundStage("Gone", exit=True))
        return Sight(stages, (FoundPerson("no 7", "Olga Ptitsyna"),), settings={"pins": 3})

    def close(self) -> None:
        pass


class Surveyor:
    """Offers it."""

    key = "office"
    title = "A wall"
    asks = (
        Asked("room", "the room"),
        Asked("key_code", "the code of its key", kept_apart=True, secret=True),
    )
    chooses: Mapping[str, str] = {"wall": "the wall"}

    def begin(self, *, answers: Mapping[str, str], **_: Any) -> Wall:
        return Wall(answers)


@pytest.fixture
def walls(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connector of another package is installed; so is one that cannot be looked at."""
    module = ModuleType("readygate_wall")
    module.surveyor = Surveyor  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "readygate_wall", module)
    monkeypatch.setitem(sys.modules, "readygate_blind", ModuleType("readygate_blind"))
    points = [
        EntryPoint(kind, f"readygate_{kind}:connect", "readygate.connectors")
        for kind in ("wall", "blind")
    ]
    monkeypatch.setattr(
        "readygate_cli.init.connecting.entry_points", lambda **_: [*points], raising=True
    )
    kinds.installed_kinds.cache_clear()
    monkeypatch.setattr("readygate_config.loading.installed_kinds", lambda: ("wall",))


@pytest.mark.usefixtures("walls")
def test_a_secret_is_hidden_even_if_a_connector_repeats_it(
    beginner: Beginner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("READYGATE_TRACKERS__OFFICE__KEY_CODE", "planted-7c1d9e")
    told = beginner.run("init", "--set", "room=12")
    assert told.code == 5
    assert told.err.startswith("The wall does not open for ")
    assert "planted" not in told.err


@pytest.mark.usefixtures("walls")
def test_another_kind_is_asked_its_own_questions(
    beginner: Beginner, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = beginner.run("init")
    assert told.code == 2
    assert "  READYGATE_TRACKERS__OFFICE__KEY_CODE" in told.err
    assert "  --set room=…" in told.err
    monkeypatch.setenv("READYGATE_TRACKERS__OFFICE__KEY_CODE", "4711")
    told = beginner.run("init", "--set", "room=12")
    assert "  --set wall=…                the wall: north, south\n" in told.err
    told = beginner.run(
        "init", "--set", "room=12", "--set", "wall=south", "--needs", "Plan=A sketch",
        "--owner", "Olga Ptitsyna",
    )  # fmt: skip
    assert (told.code, told.err) == (0, "")
    loaded = load([beginner.config])
    assert loaded.trackers["office"].options == {"room": "12"}
    (pipeline,) = loaded.pipelines
    assert pipeline.place == {"wall": "south", "pins": "3"}
    assert [stage.name for stage in pipeline.stages] == ["Idea", "Plan", "Gone"]
    # Nobody knows an e-mail of hers, so her account stands in the config.
    assert loaded.book.people["olga"].accounts == {"wall": "no 7"}
    assert beginner.dotenv.read_text() == "READYGATE_TRACKERS__OFFICE__KEY_CODE=4711\n"
    assert "4711" not in beginner.config.read_text("utf-8")
