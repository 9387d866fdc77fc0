"""The second plan of a deal: from a fresh look at it, and from its past where that decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from readygate.applying.limits import judges
from readygate.deal import History, Move
from readygate.entitlement import entitled_gates
from readygate.memory import DealMemory
from readygate.plan import Context, DealPlan, plan_deal, strayed
from readygate.reading import Reading


@dataclass(frozen=True, slots=True)
class Looked:
    """What is known of a deal after a look, and its plan. `moves` are its past, oldest first: None
    where nobody asked or the tracker has none."""

    memory: DealMemory
    plan: DealPlan
    moves: tuple[Move, ...] | None = None


def look_again(context: Context, reading: Reading, deals: Sequence[str]) -> dict[str, Looked]:
    """Look at up to LOOK_BATCH deals and plan them again; those that are gone are missing.

    Raises a TrackerError.
    """
    seen = reading.prove_waivers(reading.look(deals))
    memories = {ref: seen[ref] for ref in deals if ref in seen}
    plans = {ref: plan_deal(context, memory) for ref, memory in memories.items()}
    history = _past(context, reading, memories, plans)
    moves: dict[str, tuple[Move, ...]] = {}
    if history:
        moves = {ref: tuple(history.moves.get(ref, ())) for ref in plans}
    return {ref: Looked(memory, plans[ref], moves.get(ref)) for ref, memory in memories.items()}


def _past(
    context: Context,
    reading: Reading,
    memories: dict[str, DealMemory],
    plans: dict[str, DealPlan],
) -> History | None:
    """Plan again, knowing the history, what is about to be returned or explained; gives it."""
    asked = [
        ref
        for ref, plan in plans.items()
        if any(judges(action) for action in plan.actions) or strayed(context, memories[ref])
    ]
    if not asked:
        return None
    history = reading.history([memories[ref] for ref in asked])
    if history is None:
        plans.update({ref: plan_deal(context, memories[ref], ours=False) for ref in asked})
        return None
    for ref in asked:
        moves = history.moves.get(ref, ())
        entitled = entitled_gates(
            context.book,
            context.pipeline,
            plans[ref].crossing,
            memories[ref],
            history=history,
            accounts=context.accounts,
            ours=context.ours,
        )
        ours = bool(moves and moves[-1].ours)
        plans[ref] = plan_deal(context, memories[ref], entitled=entitled, ours=ours)
    return history
