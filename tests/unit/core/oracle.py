"""What must be true after any run, told from the rules and from what people did, not from the code.

The oracle keeps its own diary of what people did to items, and reads the deals of the tracker. It
never asks the planner.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from readygate.contract import ContractBook
from readygate.deal import Mark
from readygate.memory import DealMemory, Standing
from readygate.pipeline import Guard, Midway
from readygate.testing import MemoryTracker
from readygate.testing.people import StoredItem
from unit.core.diary import Diary, Door, doors, positions, shown
from unit.core.story import World


def owners(book: ContractBook, item: str) -> set[str]:
    """Who may let an item go."""
    return {process.owner for process in book.processes.values() if item in process.inputs}


def required(world: World, deal: str, door: Door) -> Iterator[str]:
    """The items that this door waits for, from this deal as its fields are now."""
    fields = world.tracker.deals[deal].fields
    for key in door.items:
        item = world.book.items[key]
        if item.required and (
            item.when is None
            or any(value in item.when.values for value in fields.get(item.when.field, ()))
        ):
            yield key


def complete(
    world: World, diary: Diary, deal: str, door: Door, when: datetime, *, strict: bool, every: bool
) -> list[str]:
    """What was missing at a door at a time; several copies must agree to count as one.

    `strict`: a copy that was made later counts as one that was open then. `every`: a waiver counts
    only if the owner has waived all copies.
    """
    missing = []
    for item in required(world, deal, door):
        refs = diary.refs(world, deal, item)
        live = [ref for ref in refs if not world.tracker.items[ref].retired]
        states = [diary.at(ref, when) for ref in live or refs]
        allowed = owners(world.book, item)
        done = [
            state is not None
            and (state[0] is Mark.TICKED or (state[0] is Mark.WAIVED and state[1] in allowed))
            for state in states
        ]
        marks = {state[0] if state else Mark.OPEN for state in states if state or strict}
        if not any(done) or len(marks) > 1 or (every and not all(done)):
            missing.append(item)
    return missing


def crossings(world: World, deal: str, door: Door) -> list[datetime]:
    """When the deal passed a door, or was created past it, since it last stood before it."""
    where = positions(world)
    stored = world.tracker.deals[deal]
    first = stored.moves[0].before if stored.moves else stored.stage
    found = [stored.created] if where.get(first, -1) >= door.position else []
    for move in stored.moves:
        position = where.get(move.after)
        if position is None:
            continue
        if position < door.position:
            found = []
        else:
            found.append(move.at)
    return found


def unproved(world: World, diary: Diary, deal: str, door: Door) -> list[str]:
    """What was missing at a door both now and at every moment the deal passed it.

    Copies that differ prove nothing; a copy that was made later is not held against it.
    """
    lists = [complete(world, diary, deal, door, world.tracker.now, strict=True, every=False)]
    lists += [
        complete(world, diary, deal, door, when, strict=False, every=False)
        for when in crossings(world, deal, door)
    ]
    return min(lists, key=len)


def check_accepted(
    world: World,
    diary: Diary,
    before: dict[str, DealMemory],
    activated: datetime | None,
    existed: set[str],
) -> None:
    """Nothing was accepted with a required item missing, unless a rule allows it."""
    where = positions(world)
    for after in world.ledger.scan("deals"):
        deal = after.deal
        if deal not in world.tracker.deals or after.standing is not Standing.PLACED:
            continue
        known = before.get(deal)
        if known and known.standing is Standing.GONE:
            known = None if known.before_gone is Standing.NEW else known
        top = where.get(after.accepted)
        if top is None:
            continue
        if known is None or known.standing is Standing.NEW:
            stored = world.tracker.deals[deal]
            late = activated is not None and stored.created > activated
            if not late or world.pipeline.created_midway is Midway.ADOPT:
                _check_adopted(world, diary, deal, top, existed)
                continue
            base = 0
        elif known.standing is Standing.HELD:
            _check_adopted(world, diary, deal, top, existed)
            continue
        else:
            base = where.get(known.accepted, -1)
        if base == -1 and known:
            reached = [d.position for d in doors(world) if d.key in known.passed]
            base = max(reached, default=0)
        for door in doors(world):
            if not base < door.position <= top:
                continue
            missing = unproved(world, diary, deal, door)
            missing = [one for one in missing if not _spared(world, diary, deal, door, one)]
            assert not missing, f"{deal} was accepted through {door.key} without {missing}"


def _spared(world: World, diary: Diary, deal: str, door: Door, item: str) -> bool:
    """Asked for the first time after the deal had moved: it does not judge that move."""
    since = diary.since(world, door, item)
    moves = crossings(world, deal, door)
    return since is None or not moves or min(moves) <= since


def _check_adopted(world: World, diary: Diary, deal: str, top: int, existed: set[str]) -> None:
    """A deal past a gate with required items of ours open is held, not adopted."""
    for door in doors(world):
        if door.position > top:
            continue
        live = [
            ref
            for item in door.items
            for ref in diary.refs(world, deal, item)
            if ref in existed and not world.tracker.items[ref].retired
        ]
        if live:
            missing = unproved(world, diary, deal, door)
            missing = [one for one in missing if not _spared(world, diary, deal, door, one)]
            assert not missing, f"{deal} was adopted past {door.key} with {missing} open"


def check_returned(
    world: World,
    diary: Diary,
    moved: dict[str, int],
    base: dict[str, str],
    exempt: set[str],
    *,
    new_config: bool,
) -> None:
    """Nobody was returned who was entitled to be where they were.

    With `new_config` this is the first run that sees it: what it asks for anew judges no move.
    """
    where = positions(world)
    for deal, count in moved.items():
        stored = world.tracker.deals.get(deal)
        if stored is None or deal in exempt:
            continue
        for move in stored.moves[count:]:
            if not move.ours:
                continue
            assert world.pipeline.guard is not Guard.ADVISE, f"{deal} was returned under advise"
            if world.pipeline.guard is Guard.LOCKED and move.after in diary.asked_for.get(deal, ()):
                continue  # granted; whether it was complete is checked with what was accepted
            start, end = where.get(move.before), where[move.after]
            assert start is not None, f"{deal} was moved out of {move.before}"
            known = where.get(base.get(deal, ""), -1)
            assert end < start, f"{deal} was moved on"
            lacking = [
                item
                for door in doors(world)
                if max(end, known) < door.position <= start
                for item in _lacking_before(world, diary, deal, door, move.at)
                if not new_config or diary.since(world, door, item) is not None
            ]
            assert lacking, f"{deal} was returned from {move.before} to {move.after}: nothing lacks"


def _lacking_before(world: World, diary: Diary, deal: str, door: Door, when: datetime) -> list[str]:
    """What lacked at a door both at the moment of our return and when people passed it."""
    where = positions(world)
    moments: list[datetime] = [when]
    for move in world.tracker.deals[deal].moves:
        position = where.get(move.after)
        if move.at >= when:
            break
        if position is None:
            continue
        if position < door.position:
            moments = [when]
        else:
            moments.append(move.at)
    lists = [
        complete(world, diary, deal, door, moment, strict=True, every=True) for moment in moments
    ]
    return min(lists, key=len)


def check_items(world: World, diary: Diary, *, doubles_excused: bool, restored: bool) -> None:
    """No tick was lost or invented, and nothing was doubled by us.

    A `restored` ledger may give an item in use the name of one that a later ledger has retired.
    """
    ours: dict[tuple[str, str], list[str]] = {}
    for ref, item in world.tracker.items.items():
        mark = diary.marks[ref][-1][1]
        assert shown(item) is mark, f"item {ref} of {item.deal}: people said {mark}, it is {item}"
        if restored and item.retired:
            continue
        if ref in diary.born_by_us and item.key and item.deal == item.key.split("/")[0]:
            ours.setdefault((item.deal, item.key), []).append(ref)
    doubles = {key: refs for key, refs in ours.items() if len(refs) > 1}
    assert not doubles or doubles_excused, f"opened twice: {doubles}"


def check_comments(world: World, bare: set[str]) -> None:
    """One comment per attempt. `bare` deals showed no sign of what an earlier ledger had known."""
    for deal in world.tracker.deals.values():
        if deal.ref in bare:
            continue
        attempts = [attempt for attempt, _ in deal.comments.values()]
        assert len(attempts) == len(set(attempts)), f"{deal.ref}: two comments for one attempt"


def check_rest(world: World, diary: Diary) -> None:
    """When nobody acts and all is well, every deal stands where it is accepted, with its list."""
    where = positions(world)
    for memory in world.ledger.scan("deals"):
        deal = world.tracker.deals.get(memory.deal)
        if deal is None:
            assert memory.standing is Standing.GONE, f"{memory.deal} is gone and not known to be"
            continue
        position = where.get(deal.stage)
        if position is None or memory.standing is not Standing.PLACED:
            continue
        assert memory.stage == deal.stage
        for key, item in memory.items.items():
            stored = world.tracker.items[item.ref]
            seen = Mark.RETIRED if stored.retired else stored.mark
            assert item.mark is seen, f"{memory.deal}/{key}: remembered {item.mark}, is {seen}"
        copies = [one for one in memory.items.values() if one.twins or one.waived_by is None]
        uncertain = any(one.twins or one.mark is Mark.WAIVED for one in copies)
        if world.pipeline.guard is not Guard.ADVISE and not uncertain:
            assert memory.accepted == deal.stage, f"{memory.deal} stands unjudged in {deal.stage}"
        base = where.get(memory.accepted, 0)
        ahead = [d for d in doors(world) if d.position > base and d.key not in memory.passed]
        for item in required(world, memory.deal, ahead[0]) if ahead else ():
            live = [
                ref
                for ref in diary.refs(world, memory.deal, item)
                if not world.tracker.items[ref].retired
            ]
            assert live, f"{memory.deal}: {item} of the next gate is not open"


def untouchable(tracker: MemoryTracker) -> dict[str, StoredItem]:
    """What is not ours: items without our key, and copies with the key of another deal."""
    return {
        ref: replace(item, history=list(item.history))
        for ref, item in tracker.items.items()
        if item.key is None or item.key.split("/")[0] != item.deal
    }
