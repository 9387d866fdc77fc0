"""Asks the past whether a gate was complete at the moment a deal passed it.

Somebody may un-tick an item after the move and before our run. The move was right when it was made,
so it stands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from readygate.contract import ContractBook
from readygate.deal import History, Mark, Marking
from readygate.gate import asked
from readygate.memory import DealMemory
from readygate.pipeline import Gate, Pipeline


def entitled_gates(
    book: ContractBook,
    pipeline: Pipeline,
    crossing: Sequence[Gate],
    memory: DealMemory,
    *,
    history: History,
    accounts: Mapping[str, str],
    ours: str = "",
) -> frozenset[str]:
    """Give the keys of the gates in `crossing` that the deal passed while they were complete.

    A later move back before the gate undoes the passage. Exit and unnamed stages do not count.
    What the account `ours` did to an item was closing it as retired, or opening it again: no tick.
    """
    found: set[str] = set()
    for gate in crossing:
        passed = False
        for move in history.moves.get(memory.deal, ()):
            position = pipeline.position(move.after)
            if position is None:
                continue
            if position < gate.position:
                passed = False
            elif not passed:
                passed = _complete_at(
                    book, gate, memory, move.at, history=history, accounts=accounts, ours=ours
                )
        if passed:
            found.add(gate.key)
    return frozenset(found)


def _complete_at(
    book: ContractBook,
    gate: Gate,
    memory: DealMemory,
    at: datetime,
    *,
    history: History,
    accounts: Mapping[str, str],
    ours: str,
) -> bool:
    for item in asked(book, gate, memory.fields):
        if not book.items[item].required or item in memory.spared:
            continue
        known = memory.items.get(item)
        if known is None:
            return False
        allowed = {accounts.get(person.key) for person in book.waivers(item)}
        for ref, now in {known.ref: known.asked_again, **known.twins}.items():
            markings = history.markings.get(ref, ())
            marks = _marks_at(now, known.waived_by or "", markings, at, ours)
            if not any(
                mark is Mark.TICKED or (mark is Mark.WAIVED and author in allowed)
                for mark, author in marks
            ):
                return False
    return True


def _marks_at(
    now: Mark, waived_by: str, markings: Sequence[Marking], at: datetime, ours: str
) -> list[tuple[Mark, str]]:
    """The mark at a time and who made it; several where it changed in that very instant, because
    nobody knows then what came first."""
    marks = [(markings[0].before, "") if markings else (now, waived_by)]
    for marking in markings:
        if marking.at > at:
            break
        if not ours or marking.author != ours:
            mark = (marking.after, marking.author)
            marks = [mark] if marking.at < at else [*marks, mark]
    return marks
