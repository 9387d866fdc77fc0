"""Whatever stands in a seed of the sandbox is planted or refused by name, and never a crash."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hostile.texts import HOSTILE
from readygate_sandbox.airtable.store import Store as AirtableStore
from readygate_sandbox.jira_cloud import seed as seeds
from readygate_sandbox.jira_cloud.seed import SeedError, load_seed
from readygate_sandbox.jira_cloud.state import StateError
from readygate_sandbox.jira_cloud.store import Store
from readygate_sandbox.savefile import load, save
from readygate_sandbox.serving import build

WORDS = (
    "site", "users", "name", "email", "token", "rights", "fields", "type", "options", "issue_types",
    "statuses", "category", "workflows", "transitions", "from", "to", "rules", "projects", "key",
    "issues", "status", "summary", "subtasks", "history", "airtable", "bases", "id", "tables",
    "records", "choices", "collaborators", "checklist", "created", "permissions", "quirks",
)  # fmt: skip
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
    | st.sampled_from([*HOSTILE, *WORDS])
)  # fmt: skip
TREES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=5), inner, max_size=5)
    ),
    max_leaves=15,
)
quiet = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)


def planted(document: Any) -> str:
    """Plant a seed; what it is refused with, or ""."""
    try:
        build(document)
    except SeedError as error:
        return str(error)
    return ""


def places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The way to every value of a document."""
    found = [path]
    inner = (
        node.items()
        if isinstance(node, dict)
        else enumerate(node)
        if isinstance(node, list)
        else ()
    )
    for key, child in inner:
        found += places(child, (*path, key))
    return found


def changed(node: Any, path: tuple[Any, ...], value: Any) -> Any:
    """A document with another value in one place."""
    if not path:
        return value
    copy = dict(node) if isinstance(node, dict) else list(node)
    copy[path[0]] = changed(node[path[0]], path[1:], value)
    return copy


@pytest.fixture(scope="module")
def demo() -> dict[str, Any]:
    """The seed that comes with the sandbox."""
    return load_seed(seeds.DEMO)


@quiet
@given(tree=st.dictionaries(st.sampled_from(WORDS), TREES, max_size=5))
def test_any_tree(tree: Any) -> None:
    planted(tree)


@quiet
@given(data=st.data(), tree=TREES)
def test_the_demo_with_another_value_in_it(
    demo: dict[str, Any], data: st.DataObject, tree: Any
) -> None:
    path = data.draw(st.sampled_from(places(demo)[1:]))
    planted(changed(demo, path, tree))


@quiet
@given(data=st.binary(max_size=300))
def test_any_bytes(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "seed.yaml"
    path.write_bytes(data)
    planted(str(path))


@pytest.mark.parametrize("text", HOSTILE)
def test_a_summary_comes_back_unharmed_or_is_refused_with_the_reason(
    demo: dict[str, Any], text: str
) -> None:
    path = next(path for path in places(demo) if path[-1:] == ("summary",))
    document = changed(demo, path, text)
    refused = planted(document)
    if refused:
        assert "summary" in refused
        return
    summaries = {issue.summary for issue in build(document).jira.store.issues.values()}
    assert text in summaries


@pytest.mark.parametrize("text", HOSTILE)
def test_a_state_that_is_kept_comes_back(demo: dict[str, Any], tmp_path: Path, text: str) -> None:
    sides = build(demo)
    store = sides.jira.store
    next(iter(store.issues.values())).summary = text
    save(store, sides.airtable.store, tmp_path / "state.json")
    again, airtable = Store(), AirtableStore()
    load(again, airtable, tmp_path / "state.json")
    assert next(iter(again.issues.values())).summary == text


@quiet
@given(data=st.binary(max_size=200) | TREES.map(lambda tree: json.dumps(tree).encode()))
def test_any_state(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "state.json"
    path.write_bytes(data)
    said = "nothing"
    try:
        load(Store(), AirtableStore(), path)
    except StateError as error:
        said = str(error)
    assert said
