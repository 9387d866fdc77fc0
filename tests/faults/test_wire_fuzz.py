"""Answers with anything in them: a run ends with a clear error or goes on, and never crashes."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from faults import wire_airtable, wire_jira
from faults.tally import Tally
from faults.wire import Fault
from faults.wire_airtable import airtable_stage
from faults.wire_jira import jira_stage
from faults.wire_matrix import first_in
from faults.wire_story import Matrix

EXAMPLES = 15

ODD = st.sampled_from(
    [None, True, 0, -1, 10**30, 1e400, "", " ", "\ud800", "\u202e", "0", "null", [], {}, [[]],
     [None], {"id": None}, {"": ""}, "2026-99-99", "9999-12-31T23:59:59.999-2359"]
)  # fmt: skip
JSON = st.recursive(
    ODD | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


@st.composite
def spoilings(draw: st.DrawFn) -> Any:
    """Something that changes one place of a JSON value."""
    at, value = draw(st.integers(0, 10_000)), draw(JSON)
    how = draw(st.sampled_from(["replace", "replace", "remove", "repeat"]))

    def spoil(body: Any) -> Any:
        body = copy.deepcopy(body)
        places = list(_places(body))
        if not places or at == 0:
            return value
        inside, key = places[at % len(places)]
        if how == "remove":
            del inside[key]
        elif how == "repeat" and isinstance(inside, list):
            inside.append(inside[key])
        else:
            inside[key] = value
        return body

    return spoil


def _places(node: Any) -> Iterator[tuple[Any, Any]]:
    keys = node.keys() if isinstance(node, dict) else range(len(node) if _is_list(node) else 0)
    for key in list(keys):
        yield node, key
        yield from _places(node[key])


def _is_list(node: Any) -> bool:
    return isinstance(node, list)


@pytest.fixture(scope="module")
def jira() -> Iterator[Matrix]:
    with jira_stage() as stage:
        yield Matrix(stage, wire_jira.SITUATIONS)


@pytest.fixture(scope="module")
def airtable() -> Iterator[Matrix]:
    with airtable_stage() as stage:
        yield Matrix(stage, wire_airtable.SITUATIONS)


def _fuzz(matrix: Matrix, kind: str, situation: str) -> None:
    eve = matrix.eve(situation)

    @settings(
        max_examples=EXAMPLES, derandomize=True, database=None,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(spoil=spoilings())
    def spoiled(spoil: Any) -> None:
        report = matrix.once(eve, kind, Fault("spoiled", spoil=spoil))
        assert report.exit_code in {0, 1, 3, 4, 5}

    spoiled()


@pytest.mark.parametrize(("kind", "situation"), first_in(wire_jira.SITUATIONS))
def test_jira(jira: Matrix, kind: str, situation: str, tally: Tally) -> None:
    tally("jira", "on the wire: anything as an answer", EXAMPLES)
    _fuzz(jira, kind, situation)


@pytest.mark.parametrize(("kind", "situation"), first_in(wire_airtable.SITUATIONS))
def test_airtable(airtable: Matrix, kind: str, situation: str, tally: Tally) -> None:
    tally("airtable", "on the wire: anything as an answer", EXAMPLES)
    _fuzz(airtable, kind, situation)
