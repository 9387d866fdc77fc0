"""A run that is killed at any point and started again ends as if it had never been disturbed.

A scripted history is played once without trouble. Then every run of it is played again from the
same moment, once for every point at which it can die: before and after each request (the tracker
has done it, we have not seen the answer) and before and after each commit of the ledger. Then the
program is started again, at once and a little later, and everything is compared: deals, items,
ticks, stages, moves, comments, and what the ledger remembers. As that is the same after every
run, the rest of the history is the same too.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from faults.history import HISTORIES, Step
from faults.judging import compare
from faults.runs import KILLED
from faults.tally import Tally
from faults.worlds import SETTLED, Fact, Picture, World, world


@dataclass(frozen=True, slots=True)
class Played:
    """One step of the undisturbed history: before its run, what the run passed, and after."""

    step: Step
    before: Picture
    points: tuple[str, ...]
    after: Counter[Fact]


def until_quiet(one: World, step: Step) -> tuple[str, ...]:
    """Run once, which has to be enough, and later again, when everything shows: nothing to do.

    Gives what the first of the two passed.
    """
    ran = one.run(*step.argv, twice=True, jump=SETTLED)
    assert (ran.code, ran.err) == (None, ""), ran
    one.advance(SETTLED)
    one.wrote()
    quiet = one.launch.go_on(ran)
    assert (quiet.code, quiet.err) == (0, ""), quiet
    assert one.wrote() == [], f"not quiet: {quiet.out}"
    return ran.points


def play(one: World) -> list[Played]:
    """The whole history, undisturbed."""
    played: list[Played] = []
    for step in HISTORIES[one.side.connector, one.guard]:
        one.advance(60)
        step.act(one)
        one.advance(SETTLED)
        before = one.picture()
        if len(played) < 4:
            one.launch.warm(*step.argv)
            one.restore(before)
        played.append(Played(step, before, until_quiet(one, step), one.facts()))
    return played


@pytest.mark.parametrize(("connector", "guard"), HISTORIES, ids=map(", ".join, HISTORIES))
def test_every_point(connector: str, guard: str, folder: Path, tally: Tally) -> None:
    with world(connector, folder, guard) as one:
        wrong: list[str] = []
        for played in play(one):
            for at, point in enumerate(played.points if played.step.killed else ()):
                one.restore(played.before)
                died = one.run(*played.step.argv, at=at)
                assert died.code == KILLED, died
                assert died.points == played.points[: at + 1]
                until_quiet(one, played.step)
                verdict = compare(played.after, one.facts())
                kind = "commits" if point.endswith("commit") else "requests"
                kind = kind if guard == "return" else f"{kind}, guard {guard}"
                tally(
                    connector,
                    f"killed around {kind}",
                    1,
                    losses=verdict.losses,
                    doubles=verdict.doubles,
                    wrong_returns=verdict.wrong_returns,
                )
                wrong += [f"{played.step.name}: {at} {point}: {text}" for text in verdict.texts]
        assert wrong == []
