"""People do something in every gap between our requests: nobody is sent back who may stay.

Neither tracker can move a deal on condition that it is still as we saw it. So there is a window,
from our last look to our write; every return that is wrong lies in it, and its length is printed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from conformance import airtable, jira
from faults.runs import KILLED, Ran
from faults.tally import Remark, Tally
from faults.worlds import SECOND, SETTLED, Picture, World, world

OURS = {jira.BOT, airtable.BOT}
PAST = "before POST /rest/api/3/changelog/bulkfetch"
"""After this Jira is only asked where the deal stands, not about its items."""


def gaps(points: tuple[str, ...]) -> list[int]:
    """Before every request, and at the end: what a person does is seen by requests alone."""
    found = [at for at, what in enumerate(points) if what.startswith("before ") and "/" in what]
    return [*found, len(points) - 1]


def sync(one: World) -> None:
    ran = one.run()
    assert (ran.code, ran.err) == (0, ""), ran


@dataclass
class Scene:
    """A world just before a run, what that run does undisturbed, and the window in it."""

    one: World
    before: Picture
    calm: Ran
    window: set[int] = field(default_factory=set)
    looked: int = 0

    def opens_until(self, write: str, *, items: bool) -> None:
        """The window is from the last look, at the deal or also at its `items`, to this request."""
        points = self.calm.points
        wrote = max(at for at, what in enumerate(points) if what == f"before {write}")
        look = f"before {look_of(self.one, items=items)}"
        end = points.index(PAST) if items and PAST in points else wrote
        self.looked = max(at for at in range(end) if points[at] == look)
        self.window = {at for at in gaps(points) if self.looked < at <= wrote}

    @property
    def seconds(self) -> float:
        """How long the window was."""
        return self.calm.times[max(self.window)] - self.calm.times[self.looked]

    def meanwhile(self, at: int, edit: Callable[[World], None]) -> int:
        """Run, and let somebody do something at a gap; gives our moves of Alpha after that."""
        one = self.one
        one.restore(self.before)
        stopped = one.run(at=at, do="stop")
        assert stopped.code is None
        earlier = our_moves(one)
        edit(one)
        ran = one.launch.go_on(stopped)
        assert ran.code in {0, 1}, ran
        for _ in range(2):
            one.advance(SETTLED)
            sync(one)
        return our_moves(one) - earlier


def our_moves(one: World) -> int:
    moves = one.side.moves(one.deal("Alpha"))
    return sum(author in OURS for author, *_ in moves)


def scene(one: World, prepare: Callable[[World], None]) -> Scene:
    """A new deal with its checklist, and then what `prepare` does to it."""
    if one.side.setup:
        one.launch.warm("setup", "--yes")
    one.launch.warm("sync")
    one.advance(60)
    one.create("Alpha")
    one.advance(SETTLED)
    sync(one)
    prepare(one)
    one.advance(SETTLED)
    before = one.picture()
    calm = one.run()
    assert (calm.code, calm.err) == (0, ""), calm
    return Scene(one, before, calm)


def look_of(one: World, *, items: bool) -> str:
    """The request that looks at deals, or at their items too."""
    if one.side.connector == "jira":
        return "POST /rest/api/3/issue/bulkfetch"
    table = one.control.table("Checklist" if items else "Deals")
    return f"POST /v0/{airtable.BASE}/{table.id}/listRecords"


def move_of(one: World) -> str:
    if one.side.connector == "jira":
        return f"POST /rest/api/3/issue/{one.deal('Alpha')}/transitions"
    return f"PATCH /v0/{airtable.BASE}/{one.control.table('Deals').id}"


def premature(one: World) -> None:
    one.move("Alpha", "Talks")


def entitled(one: World) -> None:
    one.tick("Alpha", "checklist")
    one.move("Alpha", "Talks")


def ticks(one: World) -> None:
    one.tick("Alpha", "checklist")


def completes_and_moves_on(one: World) -> None:
    one.tick("Alpha", "checklist")
    if one.stage("Alpha") != "Lead":
        one.move("Alpha", "Lead")
    one.move("Alpha", "Talks")


def moves_back(one: World) -> None:
    if one.stage("Alpha") != "Lead":
        one.move("Alpha", "Lead")


def gives_up(one: World) -> None:
    one.move("Alpha", "Lost")


def unticks(one: World) -> None:
    one.untick("Alpha", "checklist")


EDITS = (ticks, completes_and_moves_on, moves_back, gives_up)


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: edit.__name__)
@pytest.mark.parametrize("connector", ["jira", "airtable"])
def test_a_deal_about_to_be_returned(
    connector: str,
    edit: Callable[[World], None],
    folder: Path,
    tally: Tally,
    remark: Remark,
) -> None:
    with world(connector, folder) as one:
        made = scene(one, premature)
        made.opens_until(move_of(one), items=edit in EDITS[:2])
        wrong, allowed = [], []
        cases = gaps(made.calm.points)
        for at in cases:
            if made.meanwhile(at, edit):
                (allowed if at in made.window else wrong).append(at)
            assert_nothing_doubled(one)
            if edit in EDITS[:2]:
                assert is_ticked(one, "checklist")
        if connector == "jira" and edit in EDITS[2:]:
            # Its workflow leads back from where we saw it, and from there alone.
            wrong += allowed
            allowed = []
        tally(connector, "edits in a gap", len(cases), wrong_returns=len(wrong))
        remark(
            f"{connector}, a person {edit.__name__.replace('_', ' ')}: {len(allowed)} of"
            f" {len(cases)} gaps end in a return, all between our last look and our move"
            f" ({made.seconds * 1000:.0f} ms here, 5 s at most)"
        )
        assert wrong == []


def assert_nothing_doubled(one: World) -> None:
    keys = [key for key, _ in one.side.items(one.deal("Alpha"))]
    assert len(keys) == len(set(keys))
    comments = list(one.side.comments(one.deal("Alpha")))
    assert len(comments) <= max(1, our_moves(one))


def is_ticked(one: World, key: str) -> bool:
    told = " ".join(one.side.item(one.item("Alpha", key)))
    return "Done" in told


@pytest.mark.parametrize("connector", ["jira", "airtable"])
def test_a_deal_moved_on_rightly_after_the_run_that_returned_it_was_killed(
    connector: str, folder: Path, tally: Tally
) -> None:
    with world(connector, folder) as one:
        made = scene(one, premature)
        wrong = doubles = 0
        for at in range(len(made.calm.points)):
            one.restore(made.before)
            assert one.run(at=at).code == KILLED
            earlier = our_moves(one)
            completes_and_moves_on(one)
            for _ in range(2):
                sync(one)
                one.advance(SETTLED)
            wrong += our_moves(one) - earlier
            doubles += len(list(one.side.comments(one.deal("Alpha")))) > 1
            assert one.stage("Alpha") == "Talks"
        tally(
            connector,
            "killed, and edits after it",
            len(made.calm.points),
            doubles=doubles,
            wrong_returns=wrong,
        )
        assert (wrong, doubles) == (0, 0)


@pytest.mark.parametrize("connector", ["jira", "airtable"])
def test_an_un_tick_after_an_entitled_move(
    connector: str, folder: Path, tally: Tally, remark: Remark
) -> None:
    with world(connector, folder) as one:
        made = scene(one, entitled)
        points = made.calm.points
        look = f"before {look_of(one, items=True)}"
        # Airtable has no history: what is un-ticked before the look was never ticked.
        looked = max(at for at, what in enumerate(points) if what == look)
        known = {at for at in gaps(points) if connector == "airtable" and at <= looked}
        wrong, allowed = [], []
        for at in gaps(points):
            if made.meanwhile(at, unticks):
                (allowed if at in known else wrong).append(at)
            assert_nothing_doubled(one)
        tally(connector, "edits in a gap", len(gaps(points)), wrong_returns=len(wrong))
        if known:
            remark(
                f"{connector}, a person unticks after an entitled move: {len(allowed)} of"
                f" {len(gaps(points))} gaps end in a return, all before our look: it has no history"
            )
        assert wrong == []


@pytest.mark.parametrize("connector", ["jira", "airtable"])
def test_a_tick_while_the_item_is_retired_comes_back_with_it(
    connector: str, folder: Path, tally: Tally, remark: Remark
) -> None:
    def dropped(one: World) -> None:
        entitled(one)
        one.play.set_service(one.deal("Alpha"), "Site")
        one.advance(SETTLED)
        sync(one)
        one.write(**SECOND)

    def ticks_brand(one: World) -> None:
        one.tick("Alpha", "brand")

    with world(connector, folder) as one:
        made = scene(one, dropped)
        points = made.calm.points
        closed = [at for at, what in enumerate(points) if what.endswith("/transitions")]
        cases = [at for at in gaps(points) if not closed or at <= closed[-1]]  # else it is Done
        lost = []
        for at in cases:
            made.meanwhile(at, ticks_brand)
            one.write()
            one.advance(SETTLED)
            sync(one)
            if not is_ticked(one, "brand"):
                lost.append(at)
        marked = [at for at, what in enumerate(points) if what.startswith("before PUT ")]
        window = [at for at in lost if marked[0] <= at]
        tally(connector, "ticks in a gap", len(cases), losses=len(lost) - len(window))
        if window:
            remark(
                f"{connector}, a person ticks what is being retired: {len(window)} of {len(cases)}"
                " gaps lose the tick, all between two requests about that item"
            )
        assert lost == window, [points[at] for at in lost]
