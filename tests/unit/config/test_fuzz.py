"""Whatever is written into a config, loading it succeeds or gives a ConfigError."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from readygate.errors import ConfigError
from readygate_config import load
from unit.config.samples import EXAMPLES, VALID

RELAXED = settings(
    deadline=None,
    max_examples=150,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
EXAMPLE = (EXAMPLES / "handover.ru.yaml").read_text(encoding="utf-8")

_WORDS = [
    *("version: 1", "people:", "items:", "processes:", "pipelines:", "trackers:", "x-a:", "owner"),
    *("- ", ": ", "? ", "[", "]", "{", "}", ", ", "\n", "\n  ", "\n    ", "\t", "'", '"', "|", ">"),
    *("&a ", "*a", "<<: ", "!!str ", "!x ", "---", "...", "%YAML 1.1", "#", "@", "`", "~", "null"),
    *("true", "yes", "1", "1.5", "0x1", "2026-11-24", "ёж", "\ufeff", "\u2028", "\x85", "\\x00"),
    *("ATATT3xFfGF0T5JVxCHunter2hunter2", "token", "anna", "\U0001f9d1", "\r", "\r\n", "é"),
]


def try_to_load(folder: Path, data: bytes) -> str:
    """Load; a ConfigError must have problems with texts and places. Gives what was said."""
    file = folder / "readygate.yaml"
    file.write_bytes(data)
    try:
        load([file], kinds=["jira"])
    except ConfigError as error:
        caught = error
    else:
        return ""
    assert caught.problems
    for problem in caught.problems:
        assert problem.message
        assert "\n" not in problem.message
        assert problem.place is not None
        assert problem.place.line >= 1
        assert problem.place.column >= 1
    return str(caught).encode().decode()


@RELAXED
@given(data=st.binary(max_size=300))
def test_any_bytes(tmp_path: Path, data: bytes) -> None:
    try_to_load(tmp_path, data)


@RELAXED
@given(words=st.lists(st.sampled_from(_WORDS), max_size=40))
def test_any_yaml_like_text(tmp_path: Path, words: list[str]) -> None:
    assert "Hunter2" not in try_to_load(tmp_path, "".join(words).encode())


@RELAXED
@given(data=st.data())
def test_any_small_damage_to_a_valid_config(tmp_path: Path, data: st.DataObject) -> None:
    text = data.draw(st.sampled_from([VALID, EXAMPLE]))
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(text)))
        end = start + data.draw(st.integers(0, 12))
        text = text[:start] + data.draw(st.sampled_from(["", *_WORDS])) + text[end:]
    try_to_load(tmp_path, text.encode())


_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=8)
    | st.sampled_from(["anna", "checklist", "sales", "main", "jira", "30d", "return", "x" * 300]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)


@RELAXED
@given(data=st.data())
def test_any_value_in_the_place_of_any_other(tmp_path: Path, data: st.DataObject) -> None:
    config = YAML(typ="safe", pure=True).load(VALID)
    for _ in range(data.draw(st.integers(1, 3))):
        node = config
        while True:
            keys = list(node) if isinstance(node, dict) else list(range(len(node)))
            if not keys:
                break
            key = data.draw(st.sampled_from(keys))
            if not isinstance(node[key], dict | list) or data.draw(st.booleans()):
                if data.draw(st.booleans()):
                    node[key] = data.draw(_VALUES)
                else:
                    del node[key]
                break
            node = node[key]
    text = json.dumps(config, ensure_ascii=data.draw(st.booleans()))
    try_to_load(tmp_path, text.encode("utf-8", "replace"))


@pytest.mark.parametrize("cut", range(0, len(VALID), 7))
def test_a_file_that_was_cut_off(tmp_path: Path, cut: int) -> None:
    try_to_load(tmp_path, VALID[:cut].encode())
