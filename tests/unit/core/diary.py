"""What the oracle goes by: the gates as the design describes them, and what people did."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from readygate.deal import Mark
from readygate.testing.people import StoredItem
from unit.core.story import World


@dataclass(frozen=True)
class Door:
    """A gate as the design describes it."""

    key: str
    position: int
    items: tuple[str, ...]


def positions(world: World) -> dict[str, int]:
    """Stage ref -> position, by the names of the config."""
    named = {name: ref for ref, name in world.tracker.stages.items()}
    path = [stage.name for stage in world.pipeline.stages if not stage.exit]
    return {named[name]: index for index, name in enumerate(path)}


def doors(world: World) -> list[Door]:
    """Entry into a stage whose process has inputs and differs from the one before."""
    found: list[Door] = []
    path = [stage for stage in world.pipeline.stages if not stage.exit]
    waiting: tuple[str, ...] = ()
    for index, stage in enumerate(path):
        if index and path[index - 1].process == stage.process:
            continue
        inputs = world.book.processes[stage.process].inputs
        if index == 0:
            waiting = inputs
        elif inputs:
            found.append(Door(stage.process, index, (*waiting, *inputs)))
            waiting = ()
    return found


class Diary:
    """What people did to items, what they are called, and since when each gate asks for them.

    `names`: item ref -> the name that the last whole run knew it by, which the tracker may not have
    been told yet.
    """

    def __init__(self) -> None:
        self.marks: dict[str, list[tuple[datetime, Mark, str]]] = {}
        self.born_by_us: set[str] = set()
        self.asked_for: dict[str, set[str]] = {}
        self.asked_since: dict[tuple[str, str], datetime] = {}
        self.names: dict[str, str] = {}

    def note(self, world: World, ref: str, mark: Mark, by: str) -> None:
        """A person marked an item."""
        self.marks[ref].append((world.tracker.now, mark, by))

    def copied(self, world: World, ref: str, source: str) -> None:
        """A person copied an item: the copy is as the source is, and nobody knows who did it."""
        effective = shown(world.tracker.items[source])
        self.marks[ref] = [(world.tracker.now, effective, "")]

    def births(self, world: World) -> None:
        """Items that we have opened since."""
        for ref, item in world.tracker.items.items():
            if ref not in self.marks:
                self.marks[ref] = [(item.updated, Mark.OPEN, "")]
                self.born_by_us.add(ref)

    def at(self, ref: str, when: datetime) -> tuple[Mark, str] | None:
        """The mark that people had given an item at a time, and who."""
        found = None
        for time, mark, by in self.marks[ref]:
            if time <= when:
                found = (mark, by)
        return found

    def since(self, world: World, door: Door, item: str) -> datetime | None:
        """Since when a door has asked for an item, under whatever name; None for not yet."""
        names = (item, *world.book.items[item].formerly)
        return next(
            (
                self.asked_since[door.key, one]
                for one in names
                if (door.key, one) in self.asked_since
            ),
            None,
        )

    def planned(self, world: World) -> None:
        """A run has planned everything under this config: from now on these items are asked for."""
        self.asked_since = {
            (door.key, item): self.since(world, door, item) or world.tracker.now
            for door in doors(world)
            for item in door.items
        }
        self._rename(world)

    def refs(self, world: World, deal: str, item: str) -> list[str]:
        """The items of a deal that stand for one item of the contract, under old names too."""
        names = {item, *world.book.items[item].formerly}
        return [
            one.ref
            for one in world.tracker.items.values()
            if one.deal == deal and names & {self.names.get(one.ref), _key_name(one)}
        ]

    def forget(self) -> None:
        """The ledger is gone, and with it what it alone knew."""
        self.asked_since.clear()
        self.names.clear()

    def _rename(self, world: World) -> None:
        """Once renamed, an item keeps its name, also when `formerly` is dropped from the config."""
        called = {
            one.ref: (one.deal, self.names.get(one.ref) or name)
            for one in world.tracker.items.values()
            if (name := _key_name(one))
        }
        for ref, (deal, name) in called.items():
            new = world.book.canonical(name)
            if (deal, new) not in called.values():
                self.names[ref] = new


def _key_name(item: StoredItem) -> str | None:
    """What the key of an item calls it, if it is the key of its own deal."""
    owner, _, name = (item.key or "").partition("/")
    return name if owner == item.deal else None


def shown(item: StoredItem) -> Mark:
    """The mark of an item that people gave it; a retired one has stored it."""
    if not item.retired:
        return item.mark
    return item.stored if item.mark is not Mark.OPEN else Mark.OPEN
