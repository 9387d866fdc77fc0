"""What the documents say of the config is what the code knows."""

from __future__ import annotations

import re
from pathlib import Path

from readygate_config import load, schema
from readygate_config.kinds import installed_kinds
from readygate_config.settings import PREFIX, Settings
from unit.config.samples import EXAMPLES

CONFIG = (Path(__file__).parents[3] / "docs" / "config.md").read_text(encoding="utf-8")


def test_every_key_is_in_the_reference() -> None:
    made = schema.schema()
    keys = {key for part in (made, *made["$defs"].values()) for key in part["properties"]}

    named = set(re.findall(r"[a-z_]+", " ".join(re.findall(r"`[^`]+`", CONFIG))))
    assert keys - named == set()


def test_every_setting_is_in_the_reference() -> None:
    names = {f"{PREFIX}{name}".upper() for name in Settings.model_fields}

    assert names - {"READYGATE_TRACKERS"} <= set(re.findall(r"`(READYGATE_[A-Z_]+)`", CONFIG))
    assert "READYGATE_TRACKERS__<KEY>__TOKEN" in CONFIG


def test_kinds_are_those_with_an_installed_connector() -> None:
    assert "jira" in installed_kinds()
    assert load([EXAMPLES / "handover.en.yaml"]).trackers["main"].kind == "jira"
