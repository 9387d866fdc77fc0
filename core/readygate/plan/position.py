"""Where a deal stands on the path: what it has passed, what lies between, and what lies ahead."""

from __future__ import annotations

from readygate.deal import Mark
from readygate.gate import Verdict, accepted_position, ahead, asked, decide
from readygate.memory import DealMemory, ItemMemory
from readygate.pipeline import Gate
from readygate.plan.context import Context


def base_position(context: Context, memory: DealMemory) -> int:
    """See `readygate.gate.accepted_position`."""
    return accepted_position(context.pipeline, context.gates, memory)


def gates_ahead(context: Context, memory: DealMemory) -> tuple[Gate, ...]:
    """The gates ahead of the accepted stage that are not passed yet."""
    return ahead(context.pipeline, context.gates, memory)


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
    return tuple(gate for gate in gates_ahead(context, memory) if gate.position <= position)


def next_gate(context: Context, memory: DealMemory) -> Gate | None:
    """The first gate ahead of the accepted stage that is not passed yet."""
    return next(iter(gates_ahead(context, memory)), None)


def tried_gates(context: Context, memory: DealMemory) -> tuple[Gate, ...]:
    """The gates that the last premature move from the accepted stage tried to pass."""
    last = memory.walk or memory.attempt
    tried = context.pipeline.position(last.stage) if last else None
    if last is None or tried is None or last.target != memory.accepted:
        return ()
    return tuple(gate for gate in gates_ahead(context, memory) if gate.position <= tried)


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
