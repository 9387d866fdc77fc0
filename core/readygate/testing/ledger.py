"""A ledger in memory: what it promises, without a file."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy as copied
from copy import deepcopy
from dataclasses import replace
from datetime import datetime

from readygate.action import (
    Outcome,
    Status,
    TrackerAction,
)
from readygate.errors import (
    LockHeld,
)
from readygate.memory import DealMemory
from readygate.ports import Binding, Event, Intent, PipelineState, RunSummary


class MemoryLedger:
    """A ledger in memory; `deepcopy` of it is a backup."""

    def __init__(self) -> None:
        self._bindings: dict[str, tuple[Binding, datetime]] = {}
        self._states: dict[str, PipelineState] = {}
        self._deals: dict[str, dict[str, DealMemory]] = {}
        self._intents: dict[int, tuple[str, Intent]] = {}
        self._events: list[Event] = []
        self._runs: dict[str, RunSummary] = {}
        self._run = ""
        self._next = 0
        self._locked = False

    def __deepcopy__(self, _memo: object) -> MemoryLedger:
        """What is kept never changes; only what it is kept in is copied."""
        copy = MemoryLedger()
        copy.__dict__.update({name: copied(value) for name, value in self.__dict__.items()})
        copy._deals = {pipeline: dict(deals) for pipeline, deals in self._deals.items()}
        return copy

    @contextmanager
    def lock(self) -> Iterator[None]:
        """See `Ledger.lock`."""
        if self._locked:
            raise LockHeld("another run holds the lock")
        self._locked = True
        try:
            yield
        finally:
            self._locked = False

    def begin(self, run: RunSummary) -> None:
        """See `Ledger.begin`."""
        self._run = run.id
        self._runs[run.id] = run

    def end(self, run: RunSummary) -> None:
        """See `Ledger.end`."""
        self._runs[run.id] = run

    def binding(self, tracker: str) -> tuple[Binding, datetime] | None:
        """See `Ledger.binding`."""
        return self._bindings.get(tracker)

    def save_binding(self, tracker: str, binding: Binding, at: datetime) -> None:
        """See `Ledger.save_binding`."""
        self._bindings[tracker] = (binding, at)

    def state(self, pipeline: str) -> PipelineState:
        """See `Ledger.state`."""
        return self._states.get(pipeline, PipelineState())

    def save_state(self, pipeline: str, state: PipelineState) -> None:
        """See `Ledger.save_state`."""
        self._states[pipeline] = state

    def memories(self, pipeline: str, deals: Collection[str]) -> dict[str, DealMemory]:
        """See `Ledger.memories`."""
        known = self._deals.get(pipeline, {})
        return {ref: known[ref] for ref in sorted(deals) if ref in known}

    def scan(self, pipeline: str) -> Iterator[DealMemory]:
        """See `Ledger.scan`."""
        known = self._deals.get(pipeline, {})
        yield from [known[ref] for ref in sorted(known)]

    def pending(self, pipeline: str) -> tuple[str, ...]:
        """See `Ledger.pending`."""
        return tuple(memory.deal for memory in self.scan(pipeline) if memory.pending)

    def save(
        self, pipeline: str, memories: Collection[DealMemory], events: Collection[Event] = ()
    ) -> None:
        """See `Ledger.save`."""
        known = self._deals.setdefault(pipeline, {})
        known.update({memory.deal: memory for memory in memories})
        self._events += [replace(event, run=event.run or self._run) for event in events]

    def forget(self, pipeline: str, deals: Collection[str]) -> None:
        """See `Ledger.forget`."""
        for ref in deals:
            self._deals.get(pipeline, {}).pop(ref, None)

    def intend(
        self, run: str, pipeline: str, actions: Sequence[TrackerAction], at: datetime
    ) -> tuple[int, ...]:
        """See `Ledger.intend`."""
        ids = tuple(range(self._next, self._next + len(actions)))
        self._next += len(actions)
        for id_, action in zip(ids, actions, strict=True):
            self._intents[id_] = (pipeline, Intent(id_, action, at))
        return ids

    def settle(
        self,
        pipeline: str,
        outcomes: Mapping[int, Outcome],
        memories: Collection[DealMemory],
        events: Collection[Event],
    ) -> None:
        """See `Ledger.settle`."""
        for id_, outcome in outcomes.items():
            if outcome.status is not Status.UNKNOWN:
                del self._intents[id_]
        self.save(pipeline, memories, events)

    def unsettled(self, pipeline: str) -> tuple[Intent, ...]:
        """See `Ledger.unsettled`."""
        return tuple(intent for key, intent in self._intents.values() if key == pipeline)

    def history(
        self,
        *,
        deal: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 1000,
    ) -> tuple[Event, ...]:
        """See `Ledger.history`."""
        found = [
            event
            for event in self._events
            if (deal is None or deal in {event.deal, event.label})
            and (since is None or (event.at and event.at >= since))
            and (until is None or (event.at and event.at < until))
        ]
        return tuple(found[max(0, len(found) - limit) :])

    def runs(self, limit: int = 20) -> tuple[RunSummary, ...]:
        """See `Ledger.runs`."""
        return tuple(reversed(list(self._runs.values())))[:limit]

    @contextmanager
    def rehearsal(self) -> Iterator[MemoryLedger]:
        """See `Ledger.rehearsal`."""
        yield deepcopy(self)
