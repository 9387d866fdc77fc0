"""Situations in which every kind of request is sent, and the matrix of faults over them.

A situation is a tracker, a ledger and a config on the eve of a run. The run is made undisturbed
once; then again and again from the same eve, each time with one fault, and every time the
undisturbed runs that follow must lead to the same truth.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from faults.wire import Fault, Line, error_of, on, told
from readygate.memory import DealMemory
from readygate.report import RunReport
from readygate.testing.conformance.runs import Tale

QUIET = 3
"""Undisturbed runs within which all has to be as it should be."""

Act = Callable[["World"], None]


@dataclass(frozen=True)
class Situation:
    """`act` is what people do before the run, `sends` the kinds of request of the run in order of
    their first appearance. `after` names the situation after whose end it begins; "": an empty
    tracker. `code` is what the run ends with."""

    name: str
    act: Act
    sends: tuple[str, ...]
    after: str = ""
    code: int = 0


class Stage(Protocol):
    """What the matrix needs of one side of the sandbox."""

    play: Any

    def save(self) -> Any:
        """Everything the tracker holds, its clock included."""
        ...

    def restore(self, saved: Any) -> None:
        """Put it back; all faults end."""
        ...

    def truth(self) -> Any:
        """Everything that people would see, without ids and times."""
        ...

    def expire(self) -> None:
        """Our credentials become worthless."""
        ...

    def mend(self) -> None:
        """They are good again."""
        ...

    @property
    def faults(self) -> Any:
        """The sandbox's rules."""
        ...


@dataclass
class World:
    """A stage with a tale on it. `standing` are faults that belong to the situation."""

    stage: Stage
    tale: Tale
    standing: list[Any] = field(default_factory=list)

    @property
    def play(self) -> Any:
        """People and what goes wrong."""
        return self.stage.play

    def line(self, **told: Any) -> Line:
        """A way to this tracker."""
        faults = self.stage.faults
        return Line(faults.add, lambda: faults.set(self.standing), self.stage.expire, **told)

    def run(self, line: Line | None = None) -> tuple[RunReport, Line]:
        """One run."""
        with on(line or self.line()) as way:
            return self.tale.report(), way

    def truth(self) -> Any:
        """The tracker as people see it, and what the ledger holds of it."""
        ledger = self.tale.ledger
        held = [_held(memory) for memory in ledger.scan("deals")]
        return self.stage.truth(), held, len(ledger.unsettled("deals"))


def _held(memory: DealMemory) -> Any:
    attempt = memory.attempt
    return (
        memory.title,
        memory.stage_name,
        memory.standing,
        memory.accepted,
        memory.pending,
        sorted(memory.passed.items()),
        sorted((key, item.mark, item.stored) for key, item in memory.items.items()),
        attempt and (attempt.target, attempt.missing, bool(attempt.comment)),
    )


@dataclass
class Eve:
    """One situation, ready to be run from again and again."""

    situation: Situation
    tracker: Any
    tale: dict[str, Any]
    standing: list[Any]
    sent: Mapping[str, int] = field(default_factory=dict)
    error: str = ""
    truth: Any = None
    end: Eve | None = None


class Matrix:
    """All situations of one connector."""

    def __init__(self, stage: Stage, situations: Sequence[Situation]) -> None:
        self._world = World(stage, Tale(stage.play))
        self._eves: dict[str, Eve] = {}
        self._empty = self._keep(Situation("", lambda _: None, ()))
        for situation in situations:
            self._eves[situation.name] = self._play(situation)

    def eve(self, name: str) -> Eve:
        """One situation."""
        return self._eves[name]

    def _play(self, situation: Situation) -> Eve:
        world = self._world
        before = self._eves[situation.after].end if situation.after else self._empty
        assert before
        self._back(before)
        situation.act(world)
        eve = self._keep(situation)
        report, line = world.run()
        assert report.exit_code == situation.code, report
        eve.sent, eve.error = dict(line.sent), error_of(report)
        self._rest(situation)
        eve.truth = world.truth()
        eve.end = self._keep(situation)
        return eve

    def _rest(self, situation: Situation) -> None:
        for _ in range(QUIET):
            report, _ = self._world.run()
        assert report.exit_code == situation.code, report

    def _keep(self, situation: Situation) -> Eve:
        tale = copy.copy(self._world.tale)
        state = {name: value for name, value in vars(tale).items() if name != "play"}
        saved = (self._world.stage.save(), self._world.play.pipeline)
        return Eve(situation, saved, copy.deepcopy(state), list(self._world.standing))

    def _back(self, eve: Eve) -> None:
        tracker, self._world.play.pipeline = eve.tracker
        self._world.stage.restore(tracker)
        vars(self._world.tale).update(copy.deepcopy(eve.tale))
        self._world.standing = list(eve.standing)
        self._world.stage.faults.set(self._world.standing)

    def once(self, eve: Eve, kind: str, fault: Fault) -> RunReport:
        """One run with a fault on the first request of a kind, and nothing after it."""
        self._back(eve)
        report, _ = self._world.run(self._world.line(kind=kind, fault=fault))
        return report

    def suffer(self, eve: Eve, kind: str, fault: Fault, *, nth: int, lasting: bool) -> Suffered:
        """Run once with a fault, then undisturbed; tell what came of it."""
        world = self._world
        self._back(eve)
        before = world.tale.ledger.state("deals").cursor
        line = world.line(kind=kind, fault=fault, nth=nth, lasting=lasting)
        report, line = world.run(line)
        moved = world.tale.ledger.state("deals").cursor != before
        world.stage.mend()
        codes = [world.run()[0].exit_code for _ in range(QUIET)]
        trouble = []
        if not line.struck:
            trouble.append("it was never sent")
        if moved and error_of(report):
            trouble.append("the cursor moved on an unproven read")
        if codes[-1] != eve.situation.code:
            trouble.append(f"later runs end with {codes}")
        truth = world.truth()
        if truth != eve.truth:
            trouble.append(f"the end is another one:\n{_difference(eve.truth, truth)}")
        return Suffered(
            told(report, line, eve.error), line.struck, tuple(trouble), _wrong(eve.truth, truth)
        )


@dataclass(frozen=True)
class Suffered:
    """What came of one fault: `did` in the words of the table; `trouble` is what must not be.

    `wrong`: losses, doubles and wrong returns."""

    did: str
    struck: int
    trouble: tuple[str, ...]
    wrong: tuple[int, int, int]


def _difference(wanted: Any, came: Any) -> str:
    return (
        "\n".join(
            f"  wanted {one}\n  came   {other}"
            for one, other in zip(_lines(wanted), _lines(came), strict=False)
            if one != other
        )
        or f"  wanted {wanted}\n  came   {came}"
    )


def _lines(truth: Any) -> list[str]:
    return [repr(line) for part in truth for line in (part if isinstance(part, list) else [part])]


def _wrong(wanted: Any, came: Any) -> tuple[int, int, int]:
    """Losses, doubles and wrong returns: things and our moves that are too few or too many."""
    lost = doubled = moves = 0
    for one, other in zip(wanted[0], came[0], strict=False):
        for few, many in ((one["items"], other["items"]), (one["comments"], other["comments"])):
            lost += max(0, len(few) - len(many))
            doubled += max(0, len(many) - len(few))
        moves += max(0, other["moves"] - one["moves"])
    return lost, doubled, moves


def plain(text: str, names: Mapping[str, str]) -> str:
    """A comment without what may differ: keys, ids, codes, whether people are mentioned (who was
    told once is only named later), and that an item was not there yet when it was written."""
    for mention, name in names.items():
        text = text.replace(mention, name)
    text = re.sub(r"\[readygate \w+\]", "", text).replace(" (not opened yet)", "")
    return re.sub(r"\b(DEAL-\d+|rec\w{14})\b|focusedCommentId=\d+|127\.0\.0\.1:\d+", "", text)
