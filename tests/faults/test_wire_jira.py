"""Every fault on every kind of request to Jira: what a run does about it, and that the runs after
it end where an undisturbed history ends."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from faults.tally import Tally
from faults.wire_decisions import CHANGES, INSIDE, QUESTIONS
from faults.wire_faults import jira_faults
from faults.wire_jira import SITUATIONS, jira_stage
from faults.wire_matrix import Judge, first_in, pairs
from faults.wire_story import Matrix

CHANGING = {"open", "move", "comment", "edit comment", "mark item", "amend", "declare",
            "clear request"}  # fmt: skip
ASKED_INSIDE = {"transitions", "workflow", "ways"}


def place(kind: str) -> str:
    return CHANGES if kind in CHANGING else INSIDE if kind in ASKED_INSIDE else QUESTIONS


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    with jira_stage() as stage:
        matrix = Matrix(stage, SITUATIONS)
        yield Judge("jira", matrix, jira_faults(stage.account), place)


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
