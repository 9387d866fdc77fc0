"""The protocols through which the core reaches trackers, the ledger and the clock."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeAlias, runtime_checkable

from readygate.action import Action, Outcome, TrackerAction
from readygate.contract import Person
from readygate.deal import History, Identity, Look, Page
from readygate.errors import Finding
from readygate.memory import DealMemory
from readygate.pipeline import Pipeline


@dataclass(frozen=True, slots=True)
class Binding:
    """Names of the config resolved to ids of one tracker. JSON through and through.

    `stages`: pipeline key -> stage name -> stage ref. `unnamed`: pipeline key -> refs of the stages
    that the tracker has and the config does not name; a stage in neither is new there.
    `guards`: pipeline key -> the guard that the tracker itself was found to keep; a tracker that
    cannot know leaves it out. `people`: person key -> account. `data`: whatever else the connector
    wants to find again without asking. `stamp` names the config it was made for.
    """

    stages: Mapping[str, Mapping[str, str]]
    people: Mapping[str, str]
    data: Mapping[str, Any] = field(default_factory=dict)
    stamp: str = ""
    findings: tuple[Finding, ...] = ()
    unnamed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    guards: Mapping[str, str] = field(default_factory=dict)

    def keeps_guard(self, pipeline: Pipeline) -> bool:
        """Whether the tracker keeps its part of the guard, as far as it can know."""
        guard = str(pipeline.guard)
        return not pipeline.guard.in_tracker or self.guards.get(pipeline.key, guard) == guard


class Clock(Protocol):
    """Time, injected."""

    def now(self) -> datetime:
        """The local time in UTC, aware."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class Tracker(Protocol):
    """One Jira site or one Airtable base. Every method may raise a TrackerError.

    `moves_at_once` is how many moves are handed over between two checks of how old the look is
    (Jira 1, which moves one deal a request; Airtable 50, in five requests).
    """

    @property
    def moves_at_once(self) -> int:
        """How many Return, Grant, Retire or Restore actions this tracker takes at a time."""
        ...

    def identify(self) -> Identity:
        """Prove who we are; raise TrackerDenied if the tracker does not say so itself."""
        ...

    def resolve(
        self,
        pipelines: Sequence[Pipeline],
        people: Sequence[Person],
        fields: Mapping[str, Collection[str]],
        previous: Binding | None,
    ) -> Binding:
        """Look up every name of the config: projects, types, stages, fields, people.

        `fields` names the fields that conditions use, per pipeline key. A stage whose name is gone
        but whose previous ref still exists was renamed: it is followed and reported as a finding.
        Raises ConfigError with every name that cannot be resolved.
        """
        ...

    def use(self, binding: Binding) -> None:
        """Work with this binding from now on; called before anything below."""
        ...

    def read(self, pipeline: Pipeline, since: datetime | None) -> Iterator[Page]:
        """Yield the deals and items changed since a tracker time, or all of them with None.

        An iterator that ends is complete; a read that fails raises, at whatever page.
        """
        ...

    def look(self, pipeline: Pipeline, deals: Sequence[str]) -> Look:
        """Read these deals and all their items from the strongly consistent end of the API."""
        ...

    def history(
        self, pipeline: Pipeline, deals: Sequence[str], items: Sequence[str]
    ) -> History | None:
        """Give the past moves and markings of deals and items; None where the tracker has none."""
        ...

    def apply(self, pipeline: Pipeline, actions: Sequence[TrackerAction]) -> Iterator[Outcome]:
        """Carry out actions of one kind, in order, in as few requests as the API allows.

        Yields exactly one outcome per action and raises nothing: failures are outcomes. After an
        outcome with `stops` ("denied" or "unavailable") the rest is skipped, each with an outcome.
        """
        ...

    def find_explanation(self, pipeline: Pipeline, deal: str, attempt: str) -> str | None:
        """Give the ref of our comment that carries this attempt, or None."""
        ...


@runtime_checkable
class Counted(Protocol):
    """A tracker that counts its requests. Optional."""

    @property
    def counts(self) -> Mapping[str, int]:
        """How often each kind of request was sent."""
        ...


@dataclass(frozen=True, slots=True)
class Preparation:
    """What a tracker lacks: `creates` can be created for people, `by_hand` only by them."""

    creates: tuple[str, ...] = ()
    by_hand: tuple[str, ...] = ()


Conditions: TypeAlias = Mapping[str, Mapping[str, tuple[str, ...]]]


@runtime_checkable
class Preparable(Protocol):
    """A tracker in which something must exist before a pipeline can run. Optional.

    `conditions`: pipeline key -> fields of its deals that `when:` names -> the values it looks for.
    """

    def prepare(self, pipelines: Sequence[Pipeline], conditions: Conditions) -> Preparation:
        """Look at what is there; change nothing. May raise a TrackerError."""
        ...

    def carry_out(self, pipelines: Sequence[Pipeline], conditions: Conditions) -> Iterator[str]:
        """Create what is missing now, giving each thing once it is there. Idempotent."""
        ...


@dataclass(frozen=True, slots=True)
class PipelineState:
    """What the ledger remembers of a pipeline.

    `activated` and `cursor` are tracker times. `full_read`: when everything was read last, in
    `full_pages` pages. `asks`: gate key -> items it asked for in the last complete run. `stamp`
    names the contract and pipeline that run used.
    """

    activated: datetime | None = None
    cursor: datetime | None = None
    full_read: datetime | None = None
    stamp: str = ""
    asks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    full_pages: int = 0


@dataclass(frozen=True, slots=True)
class Event:
    """One line of history. `data` is JSON; `text` is for people."""

    pipeline: str
    deal: str
    label: str
    kind: str
    text: str
    data: Mapping[str, Any] = field(default_factory=dict)
    at: datetime | None = None
    run: str = ""


@dataclass(frozen=True, slots=True)
class Intent:
    """An action that was about to be sent. `id` is the ledger's."""

    id: int
    action: TrackerAction
    at: datetime


@dataclass(frozen=True, slots=True)
class RunSummary:
    """One line about a run for the ledger: its id, when, the exit code, counts by outcome."""

    id: str
    started: datetime
    ended: datetime | None = None
    exit_code: int | None = None
    counts: Mapping[str, int] = field(default_factory=dict)


class Ledger(Protocol):
    """The durable record. Every method commits before it returns. Raises LedgerError."""

    def lock(self) -> AbstractContextManager[None]:
        """Hold the run lock, or raise LockHeld saying who holds it since when."""
        ...

    def begin(self, run: RunSummary) -> None:
        """Record that a run began."""
        ...

    def end(self, run: RunSummary) -> None:
        """Record how it ended."""
        ...

    def binding(self, tracker: str) -> tuple[Binding, datetime] | None:
        """The remembered binding of a tracker and when (local clock) it was made."""
        ...

    def save_binding(self, tracker: str, binding: Binding, at: datetime) -> None:
        """Remember a binding."""
        ...

    def state(self, pipeline: str) -> PipelineState:
        """What is remembered of a pipeline; an empty state if nothing is."""
        ...

    def save_state(self, pipeline: str, state: PipelineState) -> None:
        """Remember it."""
        ...

    def memories(self, pipeline: str, deals: Collection[str]) -> dict[str, DealMemory]:
        """The memories of these deals; unknown ones are missing from the answer."""
        ...

    def scan(self, pipeline: str) -> Iterator[DealMemory]:
        """Every memory of a pipeline, ordered by deal ref, without holding them all."""
        ...

    def pending(self, pipeline: str) -> tuple[str, ...]:
        """Refs of the deals whose memory is marked pending, ordered."""
        ...

    def save(
        self, pipeline: str, memories: Collection[DealMemory], events: Collection[Event] = ()
    ) -> None:
        """Remember deals and append history, in one transaction."""
        ...

    def forget(self, pipeline: str, deals: Collection[str]) -> None:
        """Drop the memories of deals that turned out not to belong to the pipeline."""
        ...

    def intend(
        self, run: str, pipeline: str, actions: Sequence[TrackerAction], at: datetime
    ) -> tuple[int, ...]:
        """Write the intents of actions about to be sent; their ids in the same order."""
        ...

    def settle(
        self,
        pipeline: str,
        outcomes: Mapping[int, Outcome],
        memories: Collection[DealMemory],
        events: Collection[Event],
    ) -> None:
        """Write outcomes of intents, what they changed and their history, in one transaction.

        An outcome that is `unknown` leaves its intent unsettled.
        """
        ...

    def unsettled(self, pipeline: str) -> tuple[Intent, ...]:
        """Intents without a known outcome, oldest first."""
        ...

    def history(
        self,
        *,
        deal: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 1000,
    ) -> tuple[Event, ...]:
        """Events, oldest first; `deal` is a ref or a label."""
        ...

    def runs(self, limit: int = 20) -> tuple[RunSummary, ...]:
        """The last runs, newest first."""
        ...

    def rehearsal(self) -> AbstractContextManager[Ledger]:
        """A throw-away copy to plan on: what is written to it is gone afterwards."""
        ...


__all__ = [
    "Action",
    "Binding",
    "Clock",
    "Counted",
    "Event",
    "Intent",
    "Ledger",
    "PipelineState",
    "Preparable",
    "Preparation",
    "RunSummary",
    "Tracker",
]
