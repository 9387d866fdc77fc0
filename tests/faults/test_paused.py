"""A run that is put to sleep for an hour, at any point, and woken again.

It keeps the lock meanwhile, and what it had seen before is too old to move anything afterwards.
"""

from __future__ import annotations

from itertools import cycle
from pathlib import Path

import pytest

from conformance import airtable
from faults.runs import Ran
from faults.tally import Remark, Tally
from faults.test_meanwhile import (
    completes_and_moves_on,
    look_of,
    move_of,
    our_moves,
    premature,
    scene,
    sync,
)
from faults.worlds import SECOND, SETTLED, World, world

HOUR = 3600.0
GOOD_FOR = 5.0
"""Seconds that a look may be old when something is moved."""


def age_of_look(one: World, ran: Ran, at: int) -> float:
    """How long before the request at this point the deal and its items were looked at."""
    look = f"before {look_of(one, items=True)}"
    return ran.times[at] - ran.times[max(i for i in range(at) if ran.points[i] == look)]


@pytest.mark.parametrize("connector", ["jira", "airtable"])
def test_a_return_decided_before_the_pause_is_not_made_after_it(
    connector: str, folder: Path, tally: Tally, remark: Remark
) -> None:
    clocks = cycle([0.0, -HOUR, HOUR])
    with world(connector, folder) as one:
        made = scene(one, premature)
        points = made.calm.points
        instant = points.index(f"before {move_of(one)}")
        wrong: list[int] = []
        doubles = 0
        for at in range(len(points)):
            one.restore(made.before)
            paused = one.run(at=at, do="stop", jump=HOUR)
            assert paused.code is None
            one.advance(HOUR)
            second = one.run(shift=one.shift + next(clocks))
            assert second.code == 6, f"{at}: the lock was let go of: {second}"
            earlier = our_moves(one)
            completes_and_moves_on(one)
            woken = one.launch.go_on(paused)
            assert woken.code in {0, 1}, woken
            for other, what in enumerate(woken.points):
                if what == f"before {move_of(one)}":
                    assert age_of_look(one, woken, other) <= GOOD_FOR
            for _ in range(2):
                one.advance(SETTLED)
                sync(one)
            if our_moves(one) > earlier:
                wrong.append(at)
            doubles += len(list(one.side.comments(one.deal("Alpha")))) > 1
        allowed = [at for at in wrong if at == instant]
        tally(
            connector,
            "an hour's pause",
            len(points),
            doubles=doubles,
            wrong_returns=len(wrong) - len(allowed),
        )
        remark(
            f"{connector}, paused for an hour: {len(allowed)} of {len(points)} points end in a"
            " return, the instant between our last look at the clock and the sending"
        )
        assert wrong == allowed
        assert doubles == 0


@pytest.mark.parametrize("connector", ["jira", "airtable"])
def test_nothing_is_retired_or_restored_on_an_old_look(
    connector: str, folder: Path, tally: Tally
) -> None:
    with world(connector, folder) as one:
        made = scene(one, dropping)
        points = made.calm.points
        writes = [at for at in range(len(points)) if is_mark(one, points, at)]
        assert writes
        for at in range(len(points)):
            one.restore(made.before)
            paused = one.run(at=at, do="stop", jump=HOUR)
            one.advance(HOUR)
            woken = one.launch.go_on(paused)
            for other in range(len(woken.points)):
                if is_mark(one, woken.points, other) and other != at:
                    assert age_of_look(one, woken, other) <= GOOD_FOR, (at, other)
            one.advance(SETTLED)
            sync(one)
            assert is_retired(one)
        tally(connector, "an hour's pause", len(points))


def dropping(one: World) -> None:
    one.play.set_service(one.deal("Alpha"), "Site")
    completes_and_moves_on(one)
    one.advance(SETTLED)
    sync(one)
    one.tick("Alpha", "brand")
    one.write(asked=SECOND["asked"], key=SECOND["key"])  # and nothing is worded anew


def is_mark(one: World, points: tuple[str, ...], at: int) -> bool:
    """Whether a request marks an item as retired."""
    what = points[at]
    if one.side.connector == "jira":
        brand = one.item("Alpha", "brand")
        return what.startswith(f"before PUT /rest/api/3/issue/{brand}/properties")
    table = f"/v0/{airtable.BASE}/{one.control.table('Checklist').id}"
    # Rows are opened without a look at them, and changed right after one.
    return what == f"before PATCH {table}" and points[at - 1] == f"after POST {table}/listRecords"


def is_retired(one: World) -> bool:
    told = " ".join(one.side.item(one.item("Alpha", "brand")))
    return '"retired": true' in told or '"Retired": true' in told
