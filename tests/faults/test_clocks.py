"""A clock that is an hour off, or jumps, loses nothing and sends nobody back."""

from __future__ import annotations

from itertools import cycle
from pathlib import Path

import pytest

from faults.judging import Verdict, compare
from faults.tally import Tally
from faults.test_killed import Played, play, until_quiet
from faults.worlds import world

HOUR = 3600.0
CLOCKS = {
    "ahead": (HOUR,),
    "behind": (-HOUR,),
    "jumping": (0.0, -HOUR, HOUR, -HOUR),
}


@pytest.mark.parametrize("connector", ["jira", "airtable"])
def test_the_history_is_the_same_by_any_clock(connector: str, folder: Path, tally: Tally) -> None:
    with world(connector, folder) as one:
        start = one.picture()
        calm = play(one)
        verdicts: list[Verdict] = []
        for offs in CLOCKS.values():
            one.restore(start)
            one.skew = cycle(offs).__next__
            verdicts += map(judged, calm, play(one))
        one.skew = float
        for step in calm:
            for jump in (-HOUR, HOUR):
                one.restore(step.before)
                halfway = one.run(*step.step.argv, at=len(step.points) // 2, do="stop", jump=jump)
                ran = one.launch.go_on(halfway)
                assert (ran.code, ran.err) == (0, ""), ran
                until_quiet(one, step.step)
                verdicts.append(compare(step.after, one.facts()))
        tally(
            connector,
            "a clock an hour off",
            len(verdicts),
            losses=sum(verdict.losses for verdict in verdicts),
            doubles=sum(verdict.doubles for verdict in verdicts),
            wrong_returns=sum(verdict.wrong_returns for verdict in verdicts),
        )
        assert [text for verdict in verdicts for text in verdict.texts] == []


def judged(expected: Played, found: Played) -> Verdict:
    return compare(expected.after, found.after)
