"""The reading half of a run: settles what was left open, reads what changed, records what was seen.

Nothing here decides anything. A read that fails raises, and then the run does nothing to the
pipeline; what was seen until then is true and may be kept.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import TypeVar

from readygate.action import (
    Amend,
    Announce,
    Explain,
    Grant,
    Open,
    Outcome,
    Restore,
    Retire,
    Return,
    Status,
    kind_of,
)
from readygate.contract import ContractBook
from readygate.deal import ChecklistItem, Deal, History, Look, Mark, Page, parse_item_key
from readygate.errors import Finding
from readygate.learn import learn
from readygate.memory import ANYBODY, DealMemory, Standing
from readygate.observe import Observer
from readygate.pipeline import Pipeline
from readygate.ports import Clock, Event, Intent, Ledger, Tracker

OVERLAP = timedelta(minutes=10)
"""How far before the cursor each read begins: search indexes lag behind writes."""

LOOK_BATCH = 100
"""Deals per look: what one request of either tracker can name."""

CHUNK = 500
"""Memories held at once."""

T = TypeVar("T")


@dataclass
class Seen:
    """What a read brought: refs that changed, counts, pages, findings, and when it began (`at`, the
    tracker's own time) where the tracker's pages tell."""

    touched: set[str] = field(default_factory=set)
    deals: int = 0
    items: int = 0
    pages: int = 0
    at: datetime | None = None
    findings: list[Finding] = field(default_factory=list)


class Reading:
    """Reads one pipeline of one tracker into the ledger."""

    def __init__(
        self,
        pipeline: Pipeline,
        book: ContractBook,
        *,
        accounts: Mapping[str, str],
        tracker: Tracker,
        ledger: Ledger,
        clock: Clock,
        told: Callable[[str, int, int | None], None],
    ) -> None:
        self._pipeline = pipeline
        self._key = pipeline.key
        self._book = book
        self._accounts = accounts
        self._tracker = tracker
        self._ledger = ledger
        self._clock = clock
        self._told = told
        self._observer = Observer(pipeline.key, book, clock.now())
        self.seen = Seen()

    def settle(self) -> None:
        """Look up every intent whose outcome is unknown, and record what became of it."""
        intents = self._ledger.unsettled(self._key)
        for batch in batched(_by_deal(intents), LOOK_BATCH):
            memories = self.look([deal for deal, _ in batch])
            outcomes: dict[int, Outcome] = {}
            events: list[Event] = []
            for deal, left in batch:
                memory = memories.get(deal)
                for intent in left:
                    outcome = self._became(intent, memory)
                    outcomes[intent.id] = outcome
                    if memory and outcome.status is Status.DONE:
                        name = self._stage_name(intent)
                        memory = learn(memory, intent.action, outcome, self._clock.now(), name)
                    elif memory and isinstance(intent.action, Retire) and intent.action.close:
                        memory = _unfinished(memory, intent.action)
                    events.append(self._settled(intent, outcome))
                if memory:
                    memories[deal] = replace(memory, pending=True)
                    self.seen.touched.add(deal)
            self._ledger.settle(self._key, outcomes, memories.values(), events)

    def look(self, deals: Sequence[str]) -> dict[str, DealMemory]:
        """Look at up to LOOK_BATCH deals; their memories as they are now, also in the ledger.

        A deal that is gone is missing from the answer.
        """
        look = self._tracker.look(self._pipeline, deals)
        known = self._ledger.memories(self._key, deals)
        events: list[Event] = []
        memories = list(self._looked(look, known, events))
        self._ledger.save(self._key, memories, events)
        return {memory.deal: memory for memory in memories if memory.standing is not Standing.GONE}

    def read(self, since: datetime | None, *, everything: bool) -> None:
        """Read what changed since a tracker time, or all of it with None.

        A full read also finds what is gone: whatever it does not show is looked at. With
        `everything` all deals count as touched, because the contract has changed.
        """
        full = since is None
        deals: set[str] = set()
        items: set[str] = set()
        back: set[str] = set()
        for page in self._tracker.read(self._pipeline, since):
            self.seen.at = self.seen.at or page.at
            self.seen.pages += 1
            back |= self._record(page, full=full)
            if full:
                deals.update(deal.ref for deal in page.deals)
                items.update(item.ref for item in page.items if not _astray(item))
        if full:
            self._sweep(deals, items, everything=everything)
        self._look_at(back)
        for chunk in batched(self.seen.touched, CHUNK):
            self._prove_waivers(self._ledger.memories(self._key, chunk))

    def history(self, memories: Collection[DealMemory]) -> History | None:
        """The past of these deals and of their items."""
        deals = [memory.deal for memory in memories]
        items = [
            ref
            for memory in memories
            for item in memory.items.values()
            for ref in (item.ref, *item.twins)
        ]
        return self._tracker.history(self._pipeline, deals, items)

    def prove_waivers(self, memories: dict[str, DealMemory]) -> dict[str, DealMemory]:
        """Find out who waived what, where that is not known yet; gives the memories updated."""
        return {**memories, **self._prove_waivers(memories)}

    def _record(self, page: Page, *, full: bool) -> set[str]:
        """Remember what a page shows; gives deals that were gone and may be back.

        What has changed is pending from now on, whatever becomes of the rest of the run.
        """
        refs = {deal.ref for deal in page.deals} | {item.deal for item in page.items}
        known = self._ledger.memories(self._key, refs)
        before = dict(known)
        events: list[Event] = []
        for deal in page.deals:
            sighting = self._observer.deal(known.get(deal.ref), deal, strong=False)
            known[deal.ref] = sighting.memory
            events += sighting.events
        for ref, items in _by_parent(page.items).items():
            memory = known.get(ref) or DealMemory(ref)
            sighting = self._observer.items(memory, items, strong=False)
            known[ref] = sighting.memory
            events += sighting.events
            self.seen.findings += sighting.findings
        changed = [
            replace(memory, pending=memory.standing is not Standing.GONE)
            for ref, memory in known.items()
            if before.get(ref) != memory
        ]
        self._ledger.save(self._key, changed, events)
        self.seen.touched.update(memory.deal for memory in changed)
        self.seen.deals += len(page.deals)
        self.seen.items += len(page.items)
        self._told("reading", self.seen.deals + self.seen.items, None)
        return self._left_by_their_items(page) | {
            deal.ref
            for deal in page.deals
            if known[deal.ref].standing is Standing.GONE
            and (full or deal.updated != known[deal.ref].updated)
        }

    def _left_by_their_items(self, page: Page) -> set[str]:
        """Deals whose items somebody has moved under another deal."""
        astray = {item.ref: parse_item_key(item.key)[0] for item in page.items if _astray(item)}
        owners = self._ledger.memories(self._key, set(astray.values()))
        return {
            owner
            for ref, owner in astray.items()
            if owner in owners and ref in {one.ref for one in owners[owner].items.values()}
        }

    def _sweep(self, deals: set[str], items: set[str], *, everything: bool) -> None:
        """After a full read: forget stubs, look at what was not shown."""
        stubs: list[str] = []
        missing: list[str] = []
        for memory in self._ledger.scan(self._key):
            if memory.created is None:
                stubs.append(memory.deal)
            elif memory.standing is not Standing.GONE:
                refs = {item.ref for item in memory.items.values()}
                refs.update(twin for item in memory.items.values() for twin in item.twins)
                if memory.deal not in deals or not refs <= items:
                    missing.append(memory.deal)
                if everything or memory.standing is Standing.HELD:  # held: told once a day
                    self.seen.touched.add(memory.deal)
        self._ledger.forget(self._key, stubs)
        self.seen.touched.difference_update(stubs)
        self._look_at(missing)

    def _look_at(self, deals: Collection[str]) -> None:
        for done, batch in enumerate(batched(deals, LOOK_BATCH)):
            self._told("looking at what was not shown", done * LOOK_BATCH, len(deals))
            self.seen.touched.update(self.look(batch))

    def _looked(
        self, look: Look, known: dict[str, DealMemory], events: list[Event]
    ) -> Iterator[DealMemory]:
        items = _by_parent(look.items)
        for deal in look.deals:
            yield self._merge(known.get(deal.ref), deal, items.get(deal.ref, []), events)
        for ref in look.absent:
            if ref in known:
                sighting = self._observer.gone(known[ref])
                events += sighting.events
                self.seen.findings += sighting.findings
                yield sighting.memory

    def _merge(
        self,
        known: DealMemory | None,
        deal: Deal,
        items: Sequence[ChecklistItem],
        events: list[Event],
    ) -> DealMemory:
        first = self._observer.deal(known, deal, strong=True)
        second = self._observer.items(first.memory, items, strong=True)
        events += first.events
        events += second.events
        self.seen.findings += second.findings
        if second.memory == known:
            return second.memory
        return replace(second.memory, pending=True)

    def _prove_waivers(self, memories: dict[str, DealMemory]) -> dict[str, DealMemory]:
        unproven = {
            item.ref: (memory.deal, key)
            for memory in memories.values()
            for key, item in memory.items.items()
            if item.mark is Mark.WAIVED and item.waived_by is None
        }
        if not unproven:
            return {}
        history = self._tracker.history(self._pipeline, (), tuple(unproven))
        changed: dict[str, DealMemory] = {}
        events: list[Event] = []
        for ref, (deal, key) in unproven.items():
            author = ANYBODY if history is None else _waived_by(history, ref)
            memory = changed.get(deal, memories[deal])
            item = replace(memory.items[key], waived_by=author)
            changed[deal] = replace(memory, items={**memory.items, key: item})
            if author is not None:
                events.append(self._waiver(memory, key, author))
        self._ledger.save(self._key, changed.values(), events)
        return changed

    def _waiver(self, memory: DealMemory, key: str, author: str) -> Event:
        """The line of history that says who let an item go, and whether that counts."""
        names = self._book.names(self._accounts)
        who = (
            "somebody: the tracker does not say who"
            if author == ANYBODY
            else names.get(author, author)
        )
        owners = {self._accounts.get(person.key) for person in self._book.waivers(key)}
        counts = author == ANYBODY or author in owners
        text = f"item {memory.items[key].title!r} was waived by {who}"
        text += (
            ""
            if counts
            else "; it does not count: only the owner of the process that receives it may"
        )
        data = {"item": key, "by": author, "counts": counts}
        now = self._clock.now()
        return Event(self._key, memory.deal, memory.label, "waiver", text, data, now)

    def _became(self, intent: Intent, memory: DealMemory | None) -> Outcome:
        """What became of an action whose answer was lost, by what a look shows now."""
        action = intent.action
        lost = Outcome(action, Status.FAILED, message="it did not reach the tracker; planned again")
        if memory is None:
            return Outcome(action, Status.FAILED, message="the deal is gone")
        match action:
            case Open():
                item = memory.items.get(action.item)
                if item is None:
                    return lost
                return Outcome(action, Status.DONE, item.ref, item.label, item.url)
            case Return(request=True):
                done = memory.requested != action.before
                return Outcome(action, Status.DONE) if done else lost
            case Return() | Grant():
                return Outcome(action, Status.DONE) if memory.stage == action.stage else lost
            case Explain():
                found = self._tracker.find_explanation(self._pipeline, action.deal, action.attempt)
                # An edit carries the attempt that was there before: edit again, it does no harm.
                sure = found and found != action.edit
                return Outcome(action, Status.DONE, found or "") if sure else lost
            case Announce():
                found = self._tracker.find_explanation(self._pipeline, action.deal, action.attempt)
                return Outcome(action, Status.DONE, found) if found else lost
            case Amend(title=str(title)):
                # One request writes all of it. Unlearned, our own words would look like a person's.
                item = memory.items.get(action.item)
                done = item is not None and (item.ref, item.title) == (action.ref, title)
                return Outcome(action, Status.DONE) if done else lost
            case _other:
                return lost

    def _stage_name(self, intent: Intent) -> str:
        if not isinstance(intent.action, Return | Grant):
            return ""
        stage = self._pipeline.named(intent.action.stage)
        return stage.name if stage else ""

    def _settled(self, intent: Intent, outcome: Outcome) -> Event:
        action = intent.action
        kind = kind_of(action)
        text = f"{kind} of an earlier run: "
        text += "it was done" if outcome.status is Status.DONE else outcome.message
        now = self._clock.now()
        return Event(self._key, action.deal, action.label, "settled", text, {"kind": kind}, now)


def batched(values: Iterable[T], size: int) -> Iterator[list[T]]:
    """Cut into lists of at most `size`, in order; sets are ordered first."""
    ordered = sorted(values, key=str) if isinstance(values, set) else values
    iterator = iter(ordered)
    while batch := list(islice(iterator, size)):
        yield batch


def _by_deal(intents: Sequence[Intent]) -> list[tuple[str, list[Intent]]]:
    found: dict[str, list[Intent]] = {}
    for intent in intents:
        found.setdefault(intent.action.deal, []).append(intent)
    return list(found.items())


def _by_parent(items: Iterable[ChecklistItem]) -> dict[str, list[ChecklistItem]]:
    found: dict[str, list[ChecklistItem]] = {}
    for item in items:
        found.setdefault(item.deal, []).append(item)
    return found


def _astray(item: ChecklistItem) -> bool:
    """Whether an item stands under another deal than its key names."""
    return parse_item_key(item.key)[0] != item.deal


def _waived_by(history: History, ref: str) -> str | None:
    authors = [
        marking.author for marking in history.markings.get(ref, ()) if marking.after is Mark.WAIVED
    ]
    return authors[-1] if authors else None


def _unfinished(memory: DealMemory, action: Retire | Restore) -> DealMemory:
    """Remember that an item was marked as retired and perhaps not closed."""
    item = memory.items.get(action.item)
    if item is None or item.mark is not Mark.RETIRED or item.closed:
        return memory
    items = {**memory.items, action.item: replace(item, unfinished=True)}
    return replace(memory, items=items)
