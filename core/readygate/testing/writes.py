"""A tracker in memory from the side of what we write into it, request by request, with faults."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from readygate.action import (
    Amend,
    Announce,
    Declare,
    Explain,
    Grant,
    Open,
    Outcome,
    Restore,
    Retire,
    Return,
    Status,
    Tell,
    TrackerAction,
    kind_of,
    text_digest,
)
from readygate.deal import Mark, item_key
from readygate.testing.people import MemorySite, StoredItem

BOT = "bot"
"""The account of Readygate in a MemoryTracker."""


class Fault(StrEnum):
    """What goes wrong with one call of a MemoryTracker.

    `lost`: it was done, the answer was lost. `dropped`: it was not done, and nobody knows.
    """

    UNAVAILABLE = "unavailable"
    DENIED = "denied"
    LOST = "lost"
    DROPPED = "dropped"
    STALE = "stale"
    FAILED = "failed"


class _Spoiled(Exception):
    """A request that a fault has struck."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault


class WritableSite(MemorySite):
    """Carries out our actions. `faults`, `strikes` and `answered`: see MemoryTracker."""

    def __init__(self, stages: Sequence[str], now: datetime) -> None:
        super().__init__(stages, now)
        self.calls: Counter[str] = Counter()
        self.writes: list[TrackerAction] = []
        self.faults: dict[str, Fault] = {}
        self.strikes: Callable[[str], Fault | None] = _never
        self.answered: Callable[[], None] = _nothing
        self.no_way: set[tuple[str, str]] = set()

    def _fault(self, operation: str) -> Fault | None:
        self.calls[operation] += 1
        exact = self.faults.get(f"{operation}:{self.calls[operation]}")
        return exact or self.faults.get(operation)

    def _carry_out(self, action: TrackerAction) -> Outcome:
        fault = self._fault(kind_of(action))
        try:
            if fault is None:
                return self._do(action)
            if fault is Fault.LOST:
                self._do(action)
        except _Spoiled as spoiled:
            return _outcome(action, spoiled.fault)
        return _outcome(action, fault)

    def _write(self, change: Callable[[], object]) -> None:
        """One request that changes something."""
        fault = self.strikes("write")
        if fault in {None, Fault.LOST}:
            change()
        self.answered()
        if fault is not None:
            raise _Spoiled(fault)

    def _do(self, action: TrackerAction) -> Outcome:
        if action.deal not in self.deals:
            return Outcome(action, Status.FAILED, message="the deal is gone")
        self.writes.append(action)
        match action:
            case Open():
                return self._open(action)
            case Return():
                return self._return(action)
            case Grant():
                return self._grant(action)
            case Tell():
                self._write(lambda: self._say(action))
                return Outcome(action, Status.DONE)
            case Explain() | Announce():
                return self._explain(action)
            case Declare():
                self._write(lambda: self._declare(action))
                return Outcome(action, Status.DONE)
            case Retire() | Restore() | Amend():
                item = self.items.get(action.ref)
                if item is None:
                    return Outcome(action, Status.FAILED, message="the item is gone")
                return Outcome(action, Status.DONE, message=self._rewrite(item, action))
            case _:
                assert_never(action)

    def _open(self, action: Open) -> Outcome:
        ref = self._ref()
        item = StoredItem(
            ref,
            action.deal,
            item_key(action.deal, action.item),
            action.title,
            action.text,
            Mark.OPEN,
            self._tick(),
            assignee=action.assignee,
            due=action.due,
        )
        self._write(lambda: self.items.update({ref: item}))
        return Outcome(action, Status.DONE, ref, f"I-{ref}")

    def _return(self, action: Return) -> Outcome:
        if action.request:
            if self.deals[action.deal].requested != action.before:
                return Outcome(action, Status.STALE, message="it asks for something else")
            self._write(lambda: self._ask(action.deal, ""))
            return Outcome(action, Status.DONE)
        if self.deals[action.deal].stage != action.before:
            return Outcome(action, Status.STALE, message="it has moved")
        if (action.before, action.stage) in self.no_way:
            return Outcome(action, Status.FAILED, message="there is no way back")
        self._write(lambda: self._move(action.deal, action.stage, BOT, ours=True))
        return Outcome(action, Status.DONE)

    def _grant(self, action: Grant) -> Outcome:
        deal = self.deals[action.deal]
        if deal.requested != action.stage:
            return Outcome(action, Status.STALE, message="it asks for something else")

        def grant() -> None:
            self._move(action.deal, action.stage, BOT, ours=True)
            deal.requested = ""

        self._write(grant)
        return Outcome(action, Status.DONE)

    def _say(self, action: Tell) -> None:
        self.deals[action.deal].told = action.text
        self.deals[action.deal].updated = self._tick()

    def _declare(self, action: Declare) -> None:
        deal = self.deals[action.deal]
        kept = {gate for gate in deal.declared if gate not in action.verdicts}
        new = {gate for gate, is_open in action.verdicts.items() if is_open}
        deal.declared = tuple(sorted(kept | new))
        deal.updated = self._tick()

    def _explain(self, action: Explain | Announce) -> Outcome:
        deal = self.deals[action.deal]
        edit = action.edit if isinstance(action, Explain) else ""
        ref = edit if edit in deal.comments else self._ref()

        def write() -> None:
            deal.comments[ref] = (action.attempt, action.document)
            deal.updated = self._tick()

        self._write(write)
        return Outcome(action, Status.DONE, ref)

    def _rewrite(self, item: StoredItem, action: Retire | Restore | Amend) -> str:
        """Change an item; gives what there is to say about it."""
        match action:
            case Retire():
                self._write(lambda: self._set(item, retired=True, stored=action.stored))
                if action.close:
                    self._write(lambda: self._mark_as(item, Mark.TICKED))
            case Restore():
                if action.reopen:
                    self._write(lambda: self._mark_as(item, Mark.OPEN))
                self._write(lambda: self._set(item, retired=False))
            case Amend():
                theirs = action.text is not None and text_digest(item.text) != action.was
                new = {
                    "title": action.title,
                    "text": None if theirs else action.text,
                    "key": action.key,
                }
                given = {name: value for name, value in new.items() if value is not None}
                self._write(lambda: self._set(item, **given))
                return "a person has rewritten the text" if theirs else ""
            case _:
                assert_never(action)
        return ""

    def _set(self, item: StoredItem, **values: object) -> None:
        for name, value in values.items():
            setattr(item, name, value)
        item.updated = self._tick()

    def _mark_as(self, item: StoredItem, mark: Mark) -> None:
        self.mark(item.ref, mark, BOT)


def _outcome(action: TrackerAction, fault: Fault) -> Outcome:
    match fault:
        case Fault.UNAVAILABLE | Fault.DENIED:
            return Outcome(action, Status.FAILED, message=str(fault), stops=str(fault))
        case Fault.DROPPED | Fault.LOST:
            return Outcome(action, Status.UNKNOWN, message="no answer")
        case Fault.STALE:
            return Outcome(action, Status.STALE, message="somebody changed it")
        case Fault.FAILED:
            return Outcome(action, Status.FAILED, message="refused")
        case _:
            assert_never(fault)


def _never(_request: str) -> None:
    """No request is struck."""


def _nothing() -> None:
    """Nobody listens."""
