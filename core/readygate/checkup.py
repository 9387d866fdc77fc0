"""What a look at everything finds before a run does: each thing that was checked, and the fix.

A connector that can look closer than the ordinary protocol allows implements `Examinable`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol, assert_never, runtime_checkable

from readygate.contract import Condition, ContractBook, Person
from readygate.errors import (
    ConfigError,
    Finding,
    Problem,
    ReadygateError,
    Severity,
    TrackerDenied,
    TrackerUnavailable,
)
from readygate.guarding import Force, GuardReport
from readygate.pipeline import Gate, Pipeline
from readygate.ports import Binding, Tracker
from readygate.report import INVALID, NO_LEDGER, SOME_FAILED, UNAVAILABLE, gravest

CLOCKS_AGREE = timedelta(minutes=2)
"""A difference that network time leaves on no machine that has it."""


class State(StrEnum):
    """What became of a check. A failure stands in the way; `unknown` is what nobody can ask for."""

    OK = "ok"
    UNKNOWN = "unknown"
    WARNING = "warning"
    FAILURE = "failure"


class Area(StrEnum):
    """What a check is about."""

    CONFIG = "config"
    SECRETS = "secrets"
    LEDGER = "ledger"
    ACCESS = "access"
    CLOCK = "clock"
    RIGHTS = "rights"
    NAMES = "names"
    PEOPLE = "people"
    CHECKLIST = "checklist"
    CONDITIONS = "conditions"
    WAYS = "ways back"
    GUARD = "guard"
    BUDGET = "budget"


_CODES = {
    Area.CONFIG: INVALID,
    Area.SECRETS: INVALID,
    Area.NAMES: INVALID,
    Area.CONDITIONS: INVALID,
    Area.LEDGER: NO_LEDGER,
    Area.ACCESS: UNAVAILABLE,
    Area.RIGHTS: UNAVAILABLE,
}
"""The code that a failure ends with, where it is not 1: what a run would end with."""

_WHY_WARNED = {
    Area.SECRETS: "Whoever reads a token can do in the tracker all that our account may.",
}
_WHY_RENAMED = "Only the ledger knows that it is the same: without it, it would not be found."


@dataclass(frozen=True, slots=True)
class Checkup:
    """One thing that was checked: what was found, why it matters, the exact fix.

    `pipeline` is "" for what is true of a whole tracker or of this machine.
    """

    area: Area
    state: State
    what: str
    why: str = ""
    fix: str = ""
    pipeline: str = ""

    @property
    def is_finding(self) -> bool:
        """Whether there is something to do."""
        return self.state in {State.WARNING, State.FAILURE}


@dataclass(frozen=True, slots=True)
class Inquiry:
    """One pipeline as it is examined. `conditions` are those of its items, by item key; `debtors`
    the people to whom its items are assigned. `text` translates what a guard shows to people."""

    pipeline: Pipeline
    gates: tuple[Gate, ...]
    conditions: Mapping[str, Condition]
    debtors: tuple[Person, ...]
    text: Callable[[str], str] = str

    @classmethod
    def of(
        cls,
        book: ContractBook,
        pipeline: Pipeline,
        text: Callable[[str], str] = str,
    ) -> Inquiry:
        """What has to be asked about a pipeline."""
        gates = pipeline.gates(book)
        asked = {item: receiver for gate in gates for item, receiver in gate.items.items()}
        conditions = {item: when for item in asked if (when := book.items[item].when)}
        debtors = {book.debtor(item, receiver).key: None for item, receiver in asked.items()}
        owing = tuple(book.people[key] for key in debtors)
        return cls(pipeline, gates, conditions, owing, text)

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that its conditions name, each once."""
        return tuple(sorted({when.field for when in self.conditions.values()}))

    @property
    def key(self) -> str:
        """The key of the pipeline."""
        return self.pipeline.key


@runtime_checkable
class Examinable(Protocol):
    """A tracker that can be examined closely. Optional."""

    def examine(
        self, inquiries: Sequence[Inquiry], people: Sequence[Person], previous: Binding | None
    ) -> Iterator[Checkup]:
        """Look at everything a run needs, in few requests; change nothing.

        `previous` is what the last run resolved. What cannot be asked for is a Checkup too; a
        TrackerError may be raised where nothing more can be found out.
        """
        ...


def examined(
    connect: Callable[[], Tracker],
    inquiries: Sequence[Inquiry],
    people: Sequence[Person],
    *,
    previous: Binding | None,
    now: Callable[[], datetime],
) -> Iterator[Checkup]:
    """Examine one tracker, as closely as its connector can. Raises nothing of ours."""

    def look() -> Iterator[Checkup]:
        tracker = connect()
        if isinstance(tracker, Examinable):
            yield from tracker.examine(inquiries, people, previous)
        else:
            yield from _plainly(tracker, inquiries, people, previous=previous, now=now)

    return attempted(Area.ACCESS, look)


def attempted(area: Area, look: Callable[[], Iterable[Checkup]]) -> Iterator[Checkup]:
    """Give what a look finds; an error of ours that ends it is the last thing found."""
    try:
        yield from look()
    except ReadygateError as error:
        yield from of_error(area, error)


def of_error(area: Area, error: ReadygateError) -> Iterator[Checkup]:
    """An error as findings: one for every problem of a config, else one."""
    if isinstance(error, ConfigError):
        of = area if area in {Area.CONFIG, Area.SECRETS} else Area.NAMES
        yield from (of_problem(problem, of) for problem in error.problems)
        return
    what, fix = _split(str(error))
    if isinstance(error, TrackerDenied | TrackerUnavailable) and area not in _CODES:
        area = Area.ACCESS
    vital = area in {Area.ACCESS, Area.RIGHTS}
    why = "No run can do anything until then." if vital else "This could not be checked."
    yield Checkup(area, State.FAILURE, what, why, fix)


def of_problem(problem: Problem, area: Area = Area.NAMES) -> Checkup:
    """A problem of a config as a finding."""
    error = problem.severity is Severity.ERROR
    why = "A run ends with code 3 until it is mended."
    if not error:
        why = _WHY_WARNED.get(area, "Runs work with it, but hardly as it was meant.")
    state = State.FAILURE if error else State.WARNING
    pipeline = str(problem.path[1]) if problem.path[:1] == ("pipelines",) else ""
    return Checkup(area, state, problem.headline, why, problem.hint, pipeline)


def of_finding(
    finding: Finding, area: Area = Area.NAMES, *, why: str = "", fix: str = ""
) -> Checkup:
    """Something that a run would tell, as a warning."""
    pipeline = finding.data.get("pipeline", "")
    why = why or (_WHY_RENAMED if finding.code.endswith("-renamed") else "Runs work without it.")
    what, todo = _split(finding.text.removeprefix(f"{pipeline}: "))
    return Checkup(area, State.WARNING, what, why, fix or todo, pipeline)


def of_guard(report: GuardReport) -> Iterator[Checkup]:
    """A guard of the tracker's own, as it really is.

    One that is not there yet is a warning: `return` stands behind it, and it is installed after
    everything else was found well.
    """
    behind = "Until then nothing refuses a premature move; the next run moves the deal back."
    gaps = f"What gets past it or is held beyond it: {'; '.join(report.gaps)}."
    install = "Run `readygate guard install`: it shows what it would change, and asks."
    state, what, fix = State.OK, f"{report.mode}: {report.force}.", ""
    why = gaps if report.gaps else ""
    match report.force:
        case Force.NONE_ASKED:
            pass
        case Force.FULL:
            what = f"{report.mode}: the tracker itself refuses {'; '.join(report.held)}."
        case Force.PARTLY:
            state, what = State.WARNING, f"The guard {report.mode} is in force only in part."
            fix = " ".join((*report.offers, install)) if report.changes or report.offers else ""
            fix = fix or "`readygate guard status` says what gets past it; mend the workflow."
        case Force.ABSENT:
            state, what = State.WARNING, f"The guard {report.mode} is not installed."
            why, fix = behind, install
        case Force.UNKNOWN:
            state = State.UNKNOWN
            what = f"Whether the guard {report.mode} is in force is not known: our account may not"
            why = (
                "If it is not, nothing refuses a premature move; the next run moves the deal back."
            )
            what, fix = f"{what} look.", " ".join(report.by_hand)
        case _:
            assert_never(report.force)
    yield Checkup(Area.GUARD, state, what, why, fix, report.pipeline)
    if report.leftovers:
        left = "; ".join(report.leftovers)
        text = f"An interrupted installation of the guard has left: {left}."
        fix = "Run `readygate guard install` or `readygate guard remove`: both put it away."
        yield Checkup(Area.GUARD, State.WARNING, text, "", fix, report.pipeline)


def unoffered(
    inquiry: Inquiry, item: str, offered: Collection[str], suggest: Callable[[str], str]
) -> Iterator[Checkup]:
    """A finding for each value in `when` of an item that its field does not offer.

    A field that offers nothing takes anything. `suggest` words what could have been meant.
    """
    when = inquiry.conditions[item]
    for value in when.values if offered else ():
        if value not in offered:
            yield Checkup(
                Area.CONDITIONS,
                State.FAILURE,
                f"`when` of items.{item} names {value!r}, which the field {when.field!r} does not"
                " offer.",
                "No deal can have this value, so for it the item is asked of nobody.",
                suggest(value),
                inquiry.key,
            )


def clock_checkup(theirs: datetime, ours: datetime, tracker: str) -> Checkup:
    """Compare the tracker's clock with ours."""
    ahead = (ours - theirs).total_seconds()
    if abs(ahead) <= CLOCKS_AGREE.total_seconds():
        return Checkup(Area.CLOCK, State.OK, f"The clocks here and of {tracker} agree.")
    minutes = f"{abs(ahead) / 60:.0f} min {'ahead of' if ahead > 0 else 'behind'}"
    return Checkup(
        Area.CLOCK,
        State.WARNING,
        f"The clock of this machine is {minutes} the clock of {tracker}.",
        "Due dates and the time of the daily full read are wrong by as much; gates are not.",
        "Switch on time synchronisation: timedatectl set-ntp true.",
    )


def code_of(checkups: Iterable[Checkup]) -> int:
    """The exit code: 0 unless something failed, else the code that a run would end with."""
    failed = {one.area for one in checkups if one.state is State.FAILURE}
    return gravest([_CODES.get(area, SOME_FAILED) for area in failed])


def _plainly(
    tracker: Tracker,
    inquiries: Sequence[Inquiry],
    people: Sequence[Person],
    *,
    previous: Binding | None,
    now: Callable[[], datetime],
) -> Iterator[Checkup]:
    """What the ordinary protocol shows: who we are, and every name."""
    identity = tracker.identify()
    who = identity.name or identity.account or "an account that the tracker does not name"
    yield Checkup(Area.ACCESS, State.OK, f"Signed in as {who}.")
    yield clock_checkup(identity.now, now(), "the tracker")
    fields = {one.key: one.fields for one in inquiries}
    try:
        binding = tracker.resolve([one.pipeline for one in inquiries], people, fields, previous)
    except TrackerDenied as error:
        yield from of_error(Area.RIGHTS, error)
        return
    yield from (of_finding(finding) for finding in binding.findings)
    yield Checkup(Area.NAMES, State.OK, "Every name of the config is there.")
    text = "This connector cannot be asked about rights, ways back and guards."
    fix = "Look at `readygate plan`, and try a move in the tracker by hand."
    yield Checkup(Area.RIGHTS, State.UNKNOWN, text, fix=fix)


def _split(text: str) -> tuple[str, str]:
    """The first sentence of a message, and what it says to do about it."""
    what, dot, rest = text.partition(". ")
    return (f"{what}.", rest) if dot else (what, "")
