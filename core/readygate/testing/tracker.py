"""A tracker in memory that lags, forgets, loses answers, and is full of people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
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
from readygate.contract import Person
from readygate.deal import (
    ChecklistItem,
    Deal,
    History,
    Identity,
    Look,
    Mark,
    Page,
    item_key,
)
from readygate.errors import (
    ConfigError,
    Finding,
    Problem,
    TrackerDenied,
    TrackerError,
    TrackerUnavailable,
)
from readygate.pipeline import Pipeline
from readygate.ports import Binding
from readygate.testing.people import MemorySite, StoredDeal, StoredItem

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


class MemoryTracker(MemorySite):
    """A tracker in memory. Stage refs are `s:<name>`; accounts are person keys.

    `page_size` deals or items per page; `fields` are those that deals have, None for any. `faults`
    maps "operation" or "operation:n" (the n-th call, from 1) to a fault; operations are identify,
    resolve, read (each page), look, history, find, and the kinds of actions. `strikes` is asked
    about every single request, "read" or "write" (closing an item that was retired is one of its
    own), and `answered` is called after it.
    """

    moves_at_once = 1

    def __init__(
        self,
        stages: Sequence[str],
        now: datetime,
        *,
        page_size: int = 50,
        fields: Collection[str] | None = None,
    ) -> None:
        super().__init__(stages, now)
        self.page_size = page_size
        self.fields = fields
        self.calls: Counter[str] = Counter()
        self.writes: list[TrackerAction] = []
        self.faults: dict[str, Fault] = {}
        self.strikes: Callable[[str], Fault | None] = _never
        self.answered: Callable[[], None] = _nothing
        self.knows_history = True
        self.no_way: set[tuple[str, str]] = set()

    def identify(self) -> Identity:
        """See `Tracker.identify`."""
        self._raise("identify")
        return Identity(BOT, "Readygate", self._now)

    def resolve(
        self,
        pipelines: Sequence[Pipeline],
        people: Sequence[Person],
        fields: Mapping[str, Collection[str]],
        previous: Binding | None,
    ) -> Binding:
        """See `Tracker.resolve`."""
        self._raise("resolve")
        names = {name: ref for ref, name in self.stages.items()}
        stages: dict[str, dict[str, str]] = {}
        unnamed: dict[str, tuple[str, ...]] = {}
        findings: list[Finding] = []
        problems: list[Problem] = []
        for pipeline in pipelines:
            before = previous.stages.get(pipeline.key, {}) if previous else {}
            found: dict[str, str] = {}
            for index, name in enumerate(stage.name for stage in pipeline.stages):
                if name in names:
                    found[name] = names[name]
                elif before.get(name) in self.stages:
                    found[name] = before[name]
                    text = f"the stage {name!r} is called {self.stages[before[name]]!r} now"
                    findings.append(Finding("stage-renamed", text))
                else:
                    path = ("pipelines", pipeline.key, "stages", index, "stage")
                    problems.append(Problem(path, f"there is no stage {name!r}"))
            stages[pipeline.key] = found
            unnamed[pipeline.key] = tuple(sorted(set(self.stages) - set(found.values())))
            problems += [
                Problem(("pipelines", pipeline.key), f"there is no field {name!r}")
                for name in fields.get(pipeline.key, ())
                if self.fields is not None and name not in self.fields
            ]
        if problems:
            raise ConfigError(problems)
        accounts = {person.key: person.key for person in people}
        return Binding(
            stages, accounts, {"fields": sorted(fields)}, unnamed=unnamed, findings=tuple(findings)
        )

    def use(self, binding: Binding) -> None:
        """See `Tracker.use`."""
        self.binding = binding

    def read(self, pipeline: Pipeline, since: datetime | None) -> Iterator[Page]:
        """See `Tracker.read`."""
        deals, items = self._index or (self.deals, self.items)
        rows: list[Deal | ChecklistItem] = [
            self._deal(one) for one in deals.values() if one.ref not in self.forgotten
        ]
        rows += [
            self._item(one)
            for one in items.values()
            if one.ref not in self.forgotten and one.key is not None
        ]
        rows = [row for row in rows if since is None or (row.updated or since) >= since]
        rows.sort(key=lambda row: (row.updated or self._now, row.ref))
        for start in range(0, max(1, len(rows)), self.page_size):
            self._raise("read")
            part = rows[start : start + self.page_size]
            yield Page(
                tuple(row for row in part if isinstance(row, Deal)),
                tuple(row for row in part if isinstance(row, ChecklistItem)),
            )

    def look(self, pipeline: Pipeline, deals: Sequence[str]) -> Look:
        """See `Tracker.look`."""
        self._raise("look")
        wanted = set(deals)
        return Look(
            tuple(self._deal(self.deals[ref]) for ref in deals if ref in self.deals),
            tuple(
                self._item(one)
                for one in self.items.values()
                if one.deal in wanted and one.key is not None
            ),
            tuple(ref for ref in deals if ref not in self.deals),
        )

    def history(
        self, pipeline: Pipeline, deals: Sequence[str], items: Sequence[str]
    ) -> History | None:
        """See `Tracker.history`."""
        self._raise("history")
        if not self.knows_history:
            return None
        return History(
            {ref: tuple(self.deals[ref].moves) for ref in deals if ref in self.deals},
            {ref: tuple(self.items[ref].history) for ref in items if ref in self.items},
        )

    def apply(self, pipeline: Pipeline, actions: Sequence[TrackerAction]) -> Iterator[Outcome]:
        """See `Tracker.apply`."""
        stops = ""
        for action in actions:
            if stops:
                yield Outcome(action, Status.SKIPPED, message=f"the tracker is {stops}")
                continue
            outcome = self._apply(action)
            stops = outcome.stops
            yield outcome

    def find_explanation(self, pipeline: Pipeline, deal: str, attempt: str) -> str | None:
        """See `Tracker.find_explanation`."""
        self._raise("find")
        comments = self.deals[deal].comments if deal in self.deals else {}
        return next((ref for ref, (id_, _) in comments.items() if id_ == attempt), None)

    # How it is kept.

    def _fault(self, operation: str) -> Fault | None:
        self.calls[operation] += 1
        exact = self.faults.get(f"{operation}:{self.calls[operation]}")
        return exact or self.faults.get(operation)

    def _raise(self, operation: str) -> None:
        fault = self._fault(operation) or self.strikes("read")
        self.answered()
        match fault:
            case None:
                return
            case Fault.DENIED:
                raise TrackerDenied(f"{operation} was denied")
            case Fault.UNAVAILABLE | Fault.LOST | Fault.DROPPED:
                raise TrackerUnavailable(f"{operation} is unavailable")
            case other:
                raise TrackerError(f"{operation}: {other}")

    def _apply(self, action: TrackerAction) -> Outcome:
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

    def _deal(self, stored: StoredDeal) -> Deal:
        return Deal(
            stored.ref,
            f"D-{stored.ref}",
            stored.title,
            stored.stage,
            self.stages[stored.stage],
            stored.created,
            stored.updated,
            dict(stored.fields),
            requested=stored.requested,
            requested_name=self.stages.get(stored.requested, ""),
            declared=stored.declared,
        )

    def _item(self, stored: StoredItem) -> ChecklistItem:
        return ChecklistItem(
            stored.ref,
            stored.deal,
            stored.key or "",
            stored.title,
            self._mark(stored),
            stored.updated,
            stored=stored.stored,
            closed=stored.mark is not Mark.OPEN,
            label=f"I-{stored.ref}",
            assignee=stored.assignee,
        )


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
