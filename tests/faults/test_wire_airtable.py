"""Every fault on every kind of request to Airtable: what a run does about it, and that the runs
after it end where an undisturbed history ends."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from faults.tally import Tally
from faults.wire_airtable import SITUATIONS, airtable_stage
from faults.wire_decisions import CHANGES, QUESTIONS
from faults.wire_faults import airtable_faults
from faults.wire_matrix import Judge, first_in, pairs
from faults.wire_story import Matrix

CHANGING = {"open", "move", "note", "items", "comment", "edit comment"}


def place(kind: str) -> str:
    return CHANGES if kind in CHANGING else QUESTIONS


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    with airtable_stage() as stage:
        matrix = Matrix(stage, SITUATIONS)
        yield Judge("airtable", matrix, airtable_faults(), place)


@pytest.mark.parametrize("situation", [one.name for one in SITUATIONS])
def test_a_situation_sends_what_it_says(judge: Judge, situation: str) -> None:
    eve = judge.matrix.eve(situation)
    assert tuple(eve.sent) == eve.situation.sends


@pytest.mark.parametrize(("kind", "situation"), first_in(SITUATIONS))
def test_every_fault(judge: Judge, kind: str, situation: str, tally: Tally) -> None:
    judge.everything(kind, situation, tally)


@pytest.mark.parametrize(("situation", "kind"), pairs(SITUATIONS))
def test_lost_answers_everywhere(judge: Judge, kind: str, situation: str, tally: Tally) -> None:
    judge.everywhere(kind, situation, tally)
