"""A tracker in memory that lags, forgets, loses answers, and is full of people."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import assert_never

from readygate.action import (
    Amend,
    Block,
    Explain,
    Open,
    Outcome,
    Restore,
    Retire,
    Return,
    Status,
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
    Marking,
    Move,
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


@dataclass
class StoredItem:
    """An item as the tracker keeps it. `key` is None for one that is not ours."""

    ref: str
    deal: str
    key: str | None
    title: str
    text: str
    mark: Mark
    updated: datetime
    retired: bool = False
    stored: Mark = Mark.OPEN
    assignee: str = ""
    history: list[Marking] = field(default_factory=list)


@dataclass
class StoredDeal:
    """A deal as the tracker keeps it."""

    ref: str
    title: str
    stage: str
    created: datetime
    updated: datetime
    fields: dict[str, tuple[str, ...]] = field(default_factory=dict)
    moves: list[Move] = field(default_factory=list)
    comments: dict[str, tuple[str, tuple[Block, ...]]] = field(default_factory=dict)


class MemoryTracker:
    """A tracker in memory. Stage refs are `s:<name>`; accounts are person keys.

    `page_size` deals or items per page. With `frozen` the search index stands still; `forgotten`
    refs are missing from it. `faults` maps "operation" or "operation:n" (the n-th call, from 1)
    to a fault; operations are identify, resolve, read (each page), look, history, find, and the
    kinds of actions.
    """

    moves_at_once = 1

    def __init__(self, stages: Sequence[str], now: datetime, *, page_size: int = 50) -> None:
        self.stages = {f"s:{name}": name for name in stages}
        self.deals: dict[str, StoredDeal] = {}
        self.items: dict[str, StoredItem] = {}
        self.page_size = page_size
        self.calls: Counter[str] = Counter()
        self.writes: list[TrackerAction] = []
        self.faults: dict[str, Fault] = {}
        self.knows_history = True
        self.no_way: set[tuple[str, str]] = set()
        self.forgotten: set[str] = set()
        self._index: tuple[dict[str, StoredDeal], dict[str, StoredItem]] | None = None
        self._now = now
        self._next = 100

    # What people and time do.

    @property
    def now(self) -> datetime:
        """The tracker's own time; every change takes a millisecond."""
        return self._now

    def advance(self, by: timedelta) -> None:
        """Let the tracker's time pass."""
        self._now += by

    def freeze(self) -> None:
        """From now on searches see the present state, whatever changes."""
        self._index = (deepcopy(self.deals), deepcopy(self.items))

    def thaw(self) -> None:
        """The search index has caught up."""
        self._index = None
        self.forgotten.clear()

    def create(self, title: str, stage: str, **fields: str) -> str:
        """A person creates a deal; gives its ref."""
        ref, now = self._ref(), self._tick()
        values: dict[str, tuple[str, ...]] = {name: (value,) for name, value in fields.items()}
        self.deals[ref] = StoredDeal(ref, title, f"s:{stage}", now, now, values)
        return ref

    def move(self, deal: str, stage: str, by: str = "somebody") -> None:
        """A person moves a deal."""
        self._move(deal, f"s:{stage}", by, ours=False)

    def set_field(self, deal: str, name: str, value: str | None) -> None:
        """A person sets or empties a field of a deal."""
        stored = self.deals[deal]
        stored.fields.pop(name, None)
        if value is not None:
            stored.fields[name] = (value,)
        stored.updated = self._tick()

    def item_of(self, deal: str, item: str) -> StoredItem:
        """The only item of a deal with this key."""
        key = item_key(deal, item)
        (found,) = [one for one in self.items.values() if (one.deal, one.key) == (deal, key)]
        return found

    def items_of(self, deal: str) -> dict[str, Mark]:
        """Item key -> mark, of the items of a deal that are ours."""
        prefix = f"{deal}/"
        return {
            one.key.removeprefix(prefix): self._mark(one)
            for one in self.items.values()
            if one.deal == deal and one.key and one.key.startswith(prefix)
        }

    def mark(self, item: str, mark: Mark, by: str = "somebody") -> None:
        """A person ticks (TICKED), un-ticks (OPEN) or waives (WAIVED) an item by its ref."""
        stored = self.items[item]
        now = self._tick()
        stored.history.append(Marking(now, stored.mark, mark, by))
        stored.mark, stored.updated = mark, now

    def rename(self, item: str, title: str) -> None:
        """A person renames an item."""
        self.items[item].title = title
        self.items[item].updated = self._tick()

    def delete_item(self, item: str) -> None:
        """A person deletes an item."""
        del self.items[item]

    def delete_deal(self, deal: str) -> None:
        """A person deletes a deal with its items."""
        del self.deals[deal]
        for ref in [ref for ref, item in self.items.items() if item.deal == deal]:
            del self.items[ref]

    def clone(self, deal: str) -> str:
        """A person copies a deal with its items, keys and all."""
        ref, now = self._ref(), self._tick()
        source = self.deals[deal]
        self.deals[ref] = StoredDeal(
            ref, f"CLONE - {source.title}", source.stage, now, now, dict(source.fields)
        )
        for item in [item for item in self.items.values() if item.deal == deal]:
            twin = self._ref()
            self.items[twin] = replace(item, ref=twin, deal=ref, updated=now, history=[])
        return ref

    def duplicate_item(self, item: str) -> str:
        """A person copies one item under the same deal."""
        ref = self._ref()
        self.items[ref] = replace(self.items[item], ref=ref, updated=self._tick(), history=[])
        return ref

    # The port.

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
        for pipeline in pipelines:
            before = previous.stages.get(pipeline.key, {}) if previous else {}
            found: dict[str, str] = {}
            for name in (stage.name for stage in pipeline.stages):
                if name in names:
                    found[name] = names[name]
                elif before.get(name) in self.stages:
                    found[name] = before[name]
                    text = f"the stage {name!r} is called {self.stages[before[name]]!r} now"
                    findings.append(Finding("stage-renamed", text))
                else:
                    path = ("pipelines", pipeline.key, "stages")
                    raise ConfigError([Problem(path, f"there is no stage {name!r}")])
            stages[pipeline.key] = found
            unnamed[pipeline.key] = tuple(sorted(set(self.stages) - set(found.values())))
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
        match self._fault(operation):
            case None:
                return
            case Fault.DENIED:
                raise TrackerDenied(f"{operation} was denied")
            case Fault.UNAVAILABLE:
                raise TrackerUnavailable(f"{operation} is unavailable")
            case other:
                raise TrackerError(f"{operation}: {other}")

    def _apply(self, action: TrackerAction) -> Outcome:
        fault = self._fault(kind_of(action))
        match fault:
            case Fault.UNAVAILABLE | Fault.DENIED:
                return Outcome(action, Status.FAILED, message=str(fault), stops=str(fault))
            case Fault.DROPPED:
                return Outcome(action, Status.UNKNOWN, message="no answer")
            case Fault.STALE:
                return Outcome(action, Status.STALE, message="somebody changed it")
            case Fault.FAILED:
                return Outcome(action, Status.FAILED, message="refused")
            case Fault.LOST:
                self._do(action)
                return Outcome(action, Status.UNKNOWN, message="no answer")
            case None:
                return self._do(action)
            case _:
                assert_never(fault)

    def _do(self, action: TrackerAction) -> Outcome:
        if action.deal not in self.deals:
            return Outcome(action, Status.FAILED, message="the deal is gone")
        self.writes.append(action)
        match action:
            case Open():
                return self._open(action)
            case Return():
                if self.deals[action.deal].stage != action.before:
                    return Outcome(action, Status.STALE, message="it has moved")
                if (action.before, action.stage) in self.no_way:
                    return Outcome(action, Status.FAILED, message="there is no way back")
                self._move(action.deal, action.stage, BOT, ours=True)
                return Outcome(action, Status.DONE)
            case Explain():
                comments = self.deals[action.deal].comments
                ref = action.edit if action.edit in comments else self._ref()
                comments[ref] = (action.attempt, action.document)
                self.deals[action.deal].updated = self._tick()
                return Outcome(action, Status.DONE, ref)
            case Retire() | Restore() | Amend():
                item = self.items.get(action.ref)
                if item is None:
                    return Outcome(action, Status.FAILED, message="the item is gone")
                self._rewrite(item, action)
                return Outcome(action, Status.DONE)
            case _:
                assert_never(action)

    def _open(self, action: Open) -> Outcome:
        ref = self._ref()
        self.items[ref] = StoredItem(
            ref,
            action.deal,
            item_key(action.deal, action.item),
            action.title,
            action.text,
            Mark.OPEN,
            self._tick(),
            assignee=action.assignee,
        )
        return Outcome(action, Status.DONE, ref, f"I-{ref}")

    def _rewrite(self, item: StoredItem, action: Retire | Restore | Amend) -> None:
        now = self._tick()
        match action:
            case Retire():
                item.retired, item.stored = True, action.stored
                if action.close:
                    item.history.append(Marking(now, item.mark, Mark.TICKED, BOT))
                    item.mark = Mark.TICKED
            case Restore():
                if action.reopen:
                    item.history.append(Marking(now, item.mark, Mark.OPEN, BOT))
                    item.mark = Mark.OPEN
                item.retired = False
            case Amend():
                if action.text is not None and text_digest(item.text) == action.was:
                    item.text = action.text
                item.title = item.title if action.title is None else action.title
                item.key = item.key if action.key is None else action.key
            case _:
                assert_never(action)
        item.updated = now

    def _move(self, deal: str, stage: str, by: str, *, ours: bool) -> None:
        stored = self.deals[deal]
        now = self._tick()
        stored.moves.append(Move(now, stored.stage, stage, by, ours))
        stored.stage, stored.updated = stage, now

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

    def _mark(self, stored: StoredItem) -> Mark:
        return Mark.RETIRED if stored.retired else stored.mark

    def _ref(self) -> str:
        self._next += 1
        return str(self._next)

    def _tick(self) -> datetime:
        self._now += timedelta(milliseconds=1)
        return self._now
