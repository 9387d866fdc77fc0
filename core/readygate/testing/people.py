"""A tracker in memory from the side of its people: what they do to deals and items."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from readygate.action import Block, Text
from readygate.deal import Mark, Marking, Move, item_key


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
    due: date | None = None
    history: list[Marking] = field(default_factory=list)


@dataclass
class StoredDeal:
    """A deal as the tracker keeps it.

    `requested` is the stage that people ask for, `told` what our own text field says,
    `declared` the gates that our own fields say are open.
    """

    ref: str
    title: str
    stage: str
    created: datetime
    updated: datetime
    fields: dict[str, tuple[str, ...]] = field(default_factory=dict)
    moves: list[Move] = field(default_factory=list)
    comments: dict[str, tuple[str, tuple[Block, ...]]] = field(default_factory=dict)
    requested: str = ""
    told: str = ""
    declared: tuple[str, ...] = ()


class MemorySite:
    """Deals and items in memory, and the people who work with them. Stage refs are `s:<name>`.

    With `frozen` the search index stands still; `forgotten` refs are missing from it.
    `guards` says of pipelines which guard the site itself keeps.
    """

    def __init__(self, stages: Sequence[str], now: datetime) -> None:
        self.stages = {f"s:{name}": name for name in stages}
        self.deals: dict[str, StoredDeal] = {}
        self.items: dict[str, StoredItem] = {}
        self.forgotten: set[str] = set()
        self.guards: dict[str, str] = {}
        self._index: tuple[dict[str, StoredDeal], dict[str, StoredItem]] | None = None
        self._now = now
        self._next = 100

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
        """A person creates a deal, in no stage with ""; gives its ref."""
        ref, now = self._ref(), self._tick()
        values: dict[str, tuple[str, ...]] = {name: (value,) for name, value in fields.items()}
        self.deals[ref] = StoredDeal(ref, title, stage and self._stage(stage), now, now, values)
        return ref

    def move(self, deal: str, stage: str, by: str = "somebody") -> None:
        """A person moves a deal."""
        self._move(deal, self._stage(stage), by, ours=False)

    def request(self, deal: str, stage: str) -> None:
        """A person asks for a stage, or takes it back with ""."""
        self._ask(deal, self._stage(stage) if stage else "")

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

    def retitle(self, deal: str, title: str) -> None:
        """A person renames a deal."""
        self.deals[deal].title = title
        self.deals[deal].updated = self._tick()

    def rewrite(self, item: str, text: str) -> None:
        """A person describes an item anew."""
        self.items[item].text = text
        self.items[item].updated = self._tick()

    def jot(self, deal: str, title: str) -> str:
        """A person adds an item by hand; it is not ours."""
        ref = self._ref()
        self.items[ref] = StoredItem(ref, deal, None, title, "", Mark.OPEN, self._tick())
        return ref

    def comment(self, deal: str, text: str) -> str:
        """A person comments on a deal."""
        ref = self._ref()
        self.deals[deal].comments[ref] = ("", (Block((Text(text),)),))
        self.deals[deal].updated = self._tick()
        return ref

    def rename_stage(self, stage: str, name: str) -> None:
        """An admin renames a stage; its ref stays."""
        self.stages[self._stage(stage)] = name

    def delete_stage(self, stage: str) -> None:
        """An admin deletes a stage."""
        del self.stages[self._stage(stage)]

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

    def _ask(self, deal: str, stage: str) -> None:
        self.deals[deal].requested = stage
        self.deals[deal].updated = self._tick()

    def _stage(self, name: str) -> str:
        named = (ref for ref, known in self.stages.items() if known == name)
        return next(named, f"s:{name}")

    def _move(self, deal: str, stage: str, by: str, *, ours: bool) -> None:
        stored = self.deals[deal]
        now = self._tick()
        stored.moves.append(Move(now, stored.stage, stage, by, ours))
        stored.stage, stored.updated = stage, now

    def _mark(self, stored: StoredItem) -> Mark:
        return Mark.RETIRED if stored.retired else stored.mark

    def _ref(self) -> str:
        self._next += 1
        return str(self._next)

    def _tick(self) -> datetime:
        self._now += timedelta(milliseconds=1)
        return self._now
