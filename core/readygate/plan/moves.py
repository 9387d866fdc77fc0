"""Judges the move from the accepted stage to where the deal stands, or asks to stand, now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from readygate.action import Accept
from readygate.deal import Mark
from readygate.gate import Verdict, Why, asked
from readygate.pipeline import Gate
from readygate.plan.context import Context
from readygate.plan.draft import Draft
from readygate.plan.position import base_position, crossing_gates
from readygate.plan.premature import stop


def judge(draft: Draft, position: int, entitled: frozenset[str]) -> None:
    """Judge the move from the accepted stage to the observed one."""
    context, memory = draft.context, draft.memory
    base = base_position(context, memory)
    if position < base:
        _accept_back(draft, position)
        return
    if position == base:
        _stay(draft)
        return
    _spare(draft)
    crossing = crossing_gates(context, draft.memory)
    draft.crossing = crossing
    decision = draft.decide(tuple(gate for gate in crossing if gate.key not in entitled))
    draft.decision = decision
    if decision.verdict is Verdict.OPEN:
        _accept(draft, crossing, entitled)
        return
    draft.want(crossing)
    if decision.verdict is Verdict.CLOSED:
        stop(draft, decision)
        return
    draft.look = True
    open_questions = ", ".join(
        f"{reason.title} ({reason.why})" for reason in decision.reasons if not reason.satisfied
    )
    draft.tell("unknown", f"neither accepted nor returned: {open_questions}")


def _accept_back(draft: Draft, position: int) -> None:
    memory = draft.memory
    reopened = tuple(
        gate.key
        for gate in draft.context.gates
        if gate.position > position and gate.key in memory.passed
    )
    reason = f"moved back to {memory.stage_name!r}; every gate after it is closed again"
    accept = Accept(
        memory.deal, memory.label, memory.stage, memory.accepted, reason, reopened=reopened
    )
    draft.add(accept, look=True)


def _stay(draft: Draft) -> None:
    memory = draft.memory
    if memory.spared:
        draft.kept = replace(draft.kept, spared=())
        draft.memory = replace(draft.memory, spared=())
    if memory.accepted != memory.stage:
        reason = "its accepted stage is not in the config any more"
        draft.add(Accept(memory.deal, memory.label, memory.stage, memory.accepted, reason))


def _accept(draft: Draft, crossing: Sequence[Gate], entitled: frozenset[str]) -> None:
    context, memory = draft.context, draft.memory
    reason = f"moved to {memory.stage_name!r}; no gate lies between"
    if crossing:
        reason = f"every required input of {', '.join(_titles(context, crossing))} is complete"
    if entitled:
        reason += ", as it was at the moment of the move"
    waived = (
        [one.title for one in draft.decision.reasons if one.why is Why.WAIVED]
        if draft.decision
        else []
    )
    if waived:
        reason += f" (waived: {', '.join(waived)})"
    gates = {gate.key: tuple(asked(context.book, gate, memory.fields)) for gate in crossing}
    accept = Accept(memory.deal, memory.label, memory.stage, memory.accepted, reason, gates=gates)
    draft.add(accept, look=bool(crossing))
    for gate in crossing:
        for item, receiver in asked(context.book, gate, memory.fields).items():
            if item in memory.items and memory.items[item].mark is Mark.RETIRED:
                draft.wanted.setdefault(item, receiver)


def _spare(draft: Draft) -> None:
    """What is asked for the first time in this run does not judge a move made before it."""
    context, memory = draft.context, draft.memory
    new = {
        item
        for gate in crossing_gates(context, memory)
        for item in context.new_asks.get(gate.key, frozenset())
    }
    spared = tuple(sorted({*memory.spared, *new}))
    if spared != memory.spared:
        draft.kept = replace(draft.kept, spared=spared)
        draft.memory = replace(draft.memory, spared=spared)


def _titles(context: Context, gates: Sequence[Gate]) -> list[str]:
    return [repr(context.book.processes[gate.key].title) for gate in gates]
