"""Where deals begin that the ledger does not know, and those that are held after it was lost."""

from __future__ import annotations

from readygate.action import Accept, Adopt
from readygate.gate import Verdict, asked
from readygate.pipeline import Midway
from readygate.plan.draft import Draft
from readygate.plan.position import asks, base_position, held_gates
from readygate.plan.premature import stop


def place(draft: Draft, position: int) -> None:
    """Place a deal that has no place yet: where it stands, or at the first stage."""
    context, memory = draft.context, draft.memory
    created = memory.created or context.activated
    until = context.known_until
    unseen = until is not None and created <= max(until, context.activated)
    look = context.distrust or unseen or bool(memory.items)
    midway = context.pipeline.created_midway
    if created > context.activated and midway is Midway.FIRST:
        first = context.pipeline.path[0]
        reason = f"a new deal; it starts in {first.name!r}"
        draft.add(Adopt(memory.deal, memory.label, first.ref, {}, reason), look=look)
        if position > 0:
            draft.tell(
                "created-midway",
                f"was created in {memory.stage_name!r}; new deals start in {first.name!r}"
                " (`created_midway: adopt` would take them where they are created)",
            )
        return
    held = held_gates(context, memory, position)
    passed = asks(context, memory, position)
    look = look or (until is not None and bool(passed))  # a search may hide that it is to be held
    reason = "it was there when the gates were switched on"
    if memory.items:
        reason = "it carries items of ours that this ledger did not know"
    if held:
        items = ", ".join(r.title for r in draft.decide(held).missing)
        reason = f"it stands past a gate with items of ours still open ({items}); held"
        look = True
    adopt = Adopt(memory.deal, memory.label, memory.stage, passed, reason, held=bool(held))
    draft.add(adopt, look=look)


def begin(draft: Draft) -> None:
    """Place a deal that has no stage and asks for one: behind the lock nobody else can give it."""
    memory, first = draft.memory, draft.context.pipeline.path[0]
    reason = f"it has no stage and asks for one; what it asks for is judged from {first.name!r}"
    draft.add(Adopt(memory.deal, memory.label, first.ref, {}, reason), look=True)


def judge_held(draft: Draft, position: int, entitled: frozenset[str]) -> None:
    """A held deal is neither accepted nor returned until it is completed or moved."""
    context, memory = draft.context, draft.memory
    base = base_position(context, memory)
    if position < base:
        passed = asks(context, memory, position)
        held = bool(held_gates(context, memory, position))
        reason = f"it was held, and moved back to {memory.stage_name!r}"
        adopt = Adopt(memory.deal, memory.label, memory.stage, passed, reason, held=held)
        draft.add(adopt, look=True)
        if not held:
            return
        base = position
    behind = held_gates(context, draft.memory, base)
    ahead = tuple(gate for gate in context.gates if base < gate.position <= position)
    closed = tuple(gate for gate in ahead if gate.key not in entitled)
    both = draft.decide((*behind, *closed))
    draft.decision = both
    draft.look = draft.look or both.verdict is Verdict.UNKNOWN
    if both.verdict is Verdict.OPEN:
        reason = "what it was held for is complete"
        gates = {gate.key: tuple(asked(context.book, gate, memory.fields)) for gate in ahead}
        accept = Accept(
            memory.deal, memory.label, memory.stage, memory.accepted, reason, gates=gates
        )
        draft.add(accept, look=True)
        return
    titles = ", ".join(reason.title for reason in both.missing)
    draft.tell(
        "held", f"is held in {memory.stage_name!r}: complete these items or move it: {titles}"
    )
    draft.want(behind)
    decision = draft.decide(closed)
    if decision.verdict is Verdict.CLOSED:
        draft.crossing = ahead
        draft.want(ahead)
        stop(draft, decision)
