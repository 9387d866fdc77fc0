"""Where a deal stands on the path: what it has passed, what lies between, and what lies ahead."""

from __future__ import annotations

from readygate.deal import Mark
from readygate.gate import Verdict, asked, decide
from readygate.memory import DealMemory, ItemMemory
from readygate.pipeline import Gate
from readygate.plan.context import Context


def base_position(context: Context, memory: DealMemory) -> int:
    """Where a placed deal was last accepted.

    If the config no longer names that stage, it is the last gate that the deal has passed.
    """
    position = context.pipeline.position(memory.accepted)
    if position is not None:
        return position
    return max((gate.position for gate in context.gates if gate.key in memory.passed), default=0)


def strayed(context: Context, memory: DealMemory) -> bool:
    """Whether a return of more than one step stopped on its way: it is neither where it began nor
    where it leads to."""
    if not memory.walking or memory.stage == memory.walking:
        return False
    if memory.walk:
        return memory.stage != memory.walk.stage
    position = context.pipeline.position(memory.stage)
    return position is None or position < base_position(context, memory)


def crossing_gates(context: Context, memory: DealMemory) -> tuple[Gate, ...]:
    """The gates between the accepted stage and the observed one that are not passed yet."""
    position = context.pipeline.position(memory.stage)
    if position is None:
        return ()
    base = base_position(context, memory)
    return tuple(
        gate
        for gate in context.gates
        if base < gate.position <= position and gate.key not in memory.passed
    )


def next_gate(context: Context, memory: DealMemory) -> Gate | None:
    """The first gate ahead of the accepted stage that is not passed yet."""
    base = base_position(context, memory)
    ahead = (g for g in context.gates if g.position > base and g.key not in memory.passed)
    return next(ahead, None)


def tried_gates(context: Context, memory: DealMemory) -> tuple[Gate, ...]:
    """The gates that the last premature move from the accepted stage tried to pass."""
    last = memory.walk or memory.attempt
    tried = context.pipeline.position(last.stage) if last else None
    if last is None or tried is None or last.target != memory.accepted:
        return ()
    base = base_position(context, memory)
    ahead = (gate for gate in context.gates if base < gate.position <= tried)
    return tuple(gate for gate in ahead if gate.key not in memory.passed)


def held_gates(context: Context, memory: DealMemory, position: int) -> tuple[Gate, ...]:
    """The gates up to a position that have items of ours and are not complete."""
    found: list[Gate] = []
    for gate in context.gates:
        items: list[ItemMemory] = [
            memory.items[item] for item in gate.items if item in memory.items
        ]
        if gate.position > position or all(item.mark is Mark.RETIRED for item in items):
            continue
        decision = decide(context.book, (gate,), memory, context.accounts)
        if decision.verdict is not Verdict.OPEN:
            found.append(gate)
    return tuple(found)


def asks(context: Context, memory: DealMemory, position: int) -> dict[str, tuple[str, ...]]:
    """What every gate up to a position asks for: how gates are stored that a deal has passed."""
    return {
        gate.key: tuple(asked(context.book, gate, memory.fields))
        for gate in context.gates
        if gate.position <= position
    }


def return_target(context: Context, memory: DealMemory) -> str:
    """The stage ref that a premature deal goes back to."""
    if context.pipeline.position(memory.accepted) is not None:
        return memory.accepted
    return context.pipeline.path[base_position(context, memory)].ref


def dormant(context: Context, memory: DealMemory) -> bool:
    """Whether this adopted deal waits for its next change before its checklist is opened."""
    within = context.pipeline.adopt_within
    if within is None or memory.updated is None or memory.items:
        return False
    untouched = memory.adopted == memory.updated
    return untouched and memory.updated < context.activated - within
