"""What is done, durably: the intent is written, then the action sent, then its outcome written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from readygate.action import (
    Accept,
    Action,
    Adopt,
    Amend,
    Grant,
    Open,
    Outcome,
    Restore,
    Retire,
    Return,
    Status,
    TrackerAction,
    kind_of,
)
from readygate.applying.evidence import seen
from readygate.applying.memories import Memories
from readygate.learn import learn
from readygate.memory import Attempt, DealMemory
from readygate.plan import Context, Due
from readygate.ports import Clock, Event, Ledger, Tracker
from readygate.reading import CHUNK, batched

OPENED_AT_ONCE = 50
"""Outcomes of opening that are written to the ledger in one transaction: as many as one request can
create."""

DONE_AT_ONCE = 10
"""The same for everything else: a run that is killed leaves no more moves than that to look up."""


class Doing:
    """Does the actions of one pipeline and keeps the memories of their deals in the ledger.

    `memories` are the deals as they are by now, `undone` those that still have something pending.
    `stopped` tells that the tracker is "denied" or "unavailable": the rest is skipped.
    """

    def __init__(
        self, context: Context, *, tracker: Tracker, ledger: Ledger, clock: Clock, run: str
    ) -> None:
        self._context = context
        self._key = context.pipeline.key
        self._tracker = tracker
        self._ledger = ledger
        self._clock = clock
        self._run = run
        self._events: list[Event] = []
        self._begun: dict[str, Due] = {}
        self.memories = Memories(ledger, self._key)
        self.undone: set[str] = set()
        self.stopped = ""
        self.outcomes: list[Outcome] = []

    def begin(self, ref: str, memory: DealMemory, due: Due) -> None:
        """Work on a deal from now on: what is known of it, and why it is dealt with."""
        self._begun[ref] = due
        self.memories[ref] = memory

    def drop(self, refs: Iterable[str]) -> None:
        """Work on these no longer: the ledger knows more of them than we."""
        for ref in refs:
            self._begun.pop(ref, None)
            self.memories.drop(ref)

    def learn(self, action: Adopt | Accept) -> None:
        """Do what only the ledger needs; `save` writes it down."""
        outcome = Outcome(action, Status.DONE)
        memory = self.memories[action.deal]
        self.memories[action.deal] = learn(memory, action, outcome, self._clock.now())
        self.outcomes.append(outcome)
        self._events.append(self._event(outcome))

    def witness(self, event: Event) -> None:
        """Have `save` write down what a decision was made from."""
        self._events.append(event)

    def walk(self, action: Return) -> None:
        """Remember, before the first step, to where a deal is being returned, and for what."""
        memory = self.memories[action.deal]
        walk = memory.walk
        if walk is None or walk.id != action.attempt:  # else it is gone on with
            now, since = self._clock.now(), memory.stage_since
            walk = Attempt(
                action.attempt, now, action.before, action.stage, action.missing, since=since
            )
        self.memories[action.deal] = replace(memory, walking=action.stage, walk=walk)

    def save(self, refs: Iterable[str]) -> None:
        """Write down these deals, and the history of what was learned since."""
        self._ledger.save(self._key, [self.memories[ref] for ref in refs], self._events)
        self._events = []
        self.memories.trim()

    def send(self, actions: Sequence[TrackerAction]) -> None:
        """Write the intents, act, write the outcomes as they come."""
        if self.stopped:
            self.skip(actions)
            return
        ids = self._ledger.intend(self._run, self._key, actions, self._clock.now())
        settled: dict[int, Outcome] = {}
        most = OPENED_AT_ONCE if all(isinstance(one, Open) for one in actions) else DONE_AT_ONCE
        for intent, outcome in zip(
            ids, self._tracker.apply(self._context.pipeline, actions), strict=True
        ):
            settled[intent] = outcome
            self.outcomes.append(outcome)
            if outcome.stops:
                self.stopped = outcome.stops
            if len(settled) == most:
                self._settle(settled)
                settled = {}
        self._settle(settled)

    def found(self, outcome: Outcome) -> None:
        """Record that an action was done before, by a run that the ledger does not know."""
        action = outcome.action
        memory = learn(self.memories[action.deal], action, outcome, self._clock.now())
        self.memories[action.deal] = memory
        self.outcomes.append(outcome)
        self._ledger.save(self._key, [memory], [self._event(outcome)])

    def leave(self, actions: Iterable[Action], status: Status, message: str) -> None:
        """Do not do these; the next run plans their deals again."""
        for action in actions:
            self.undone.add(action.deal)
            self.outcomes.append(Outcome(action, status, message=message))

    def skip(self, actions: Iterable[Action]) -> None:
        """Do not do these, because the tracker has stopped."""
        self.leave(actions, Status.SKIPPED, f"not tried: the tracker is {self.stopped}")

    def close(self) -> None:
        """Nothing is pending any more with the deals for which everything was done."""
        for batch in batched((ref for ref in self._begun if ref not in self.undone), CHUNK):
            self.memories.load(batch)
            memories = (self.memories[ref] for ref in batch)
            finished = [replace(memory, pending=False) for memory in memories if memory.pending]
            self._ledger.save(self._key, finished)
            self.memories.trim()

    def _settle(self, settled: dict[int, Outcome]) -> None:
        if not settled:
            return
        now = self._clock.now()
        events: list[Event] = []
        touched = {outcome.action.deal for outcome in settled.values()}
        self.memories.load(touched)
        for outcome in settled.values():
            ref = outcome.action.deal
            if outcome.status is Status.DONE:
                name = ""
                if isinstance(outcome.action, Return | Grant):
                    name = self._context.name(outcome.action.stage)
                self.memories[ref] = learn(self.memories[ref], outcome.action, outcome, now, name)
            else:
                self.undone.add(ref)
            events.append(self._event(outcome))
        memories = [self.memories[ref] for ref in touched]
        self._ledger.settle(self._key, settled, memories, events)
        self.memories.trim()

    def _event(self, outcome: Outcome) -> Event:
        action = outcome.action
        text = f"{kind_of(action)}: {outcome.status}: {action.reason}"
        if outcome.message:
            text += f" ({outcome.message})"
        data: dict[str, object] = {"status": str(outcome.status), "reason": action.reason}
        if isinstance(action, Open | Retire | Restore | Amend):
            data["item"] = action.item
        decision = self._begun[action.deal].decision
        if isinstance(action, Return | Accept | Grant) and decision:
            data["seen"] = seen(self._context, decision.reasons)
        now = self._clock.now()
        return Event(self._key, action.deal, action.label, kind_of(action), text, data, now)
