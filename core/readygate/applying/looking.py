"""The second plan of a deal: from a fresh look at it, and from its past where that decides."""

from __future__ import annotations

from collections.abc import Sequence

from readygate.applying.limits import judges
from readygate.entitlement import entitled_gates
from readygate.memory import DealMemory
from readygate.plan import Context, DealPlan, plan_deal, strayed
from readygate.reading import Reading


def look_again(
    context: Context, reading: Reading, deals: Sequence[str]
) -> dict[str, tuple[DealMemory, DealPlan]]:
    """Look at up to LOOK_BATCH deals and plan them again; those that are gone are missing.

    Gives what is known of each now, and its plan. Raises a TrackerError.
    """
    seen = reading.prove_waivers(reading.look(deals))
    memories = {ref: seen[ref] for ref in deals if ref in seen}
    plans = {ref: plan_deal(context, memory) for ref, memory in memories.items()}
    plans.update(_ask_the_past(context, reading, memories, plans))
    return {ref: (memory, plans[ref]) for ref, memory in memories.items()}


def _ask_the_past(
    context: Context,
    reading: Reading,
    memories: dict[str, DealMemory],
    plans: dict[str, DealPlan],
) -> dict[str, DealPlan]:
    """Plan again, knowing the history, what is about to be returned or explained."""
    asked = [
        ref
        for ref, plan in plans.items()
        if any(judges(action) for action in plan.actions) or strayed(context, memories[ref])
    ]
    if not asked:
        return {}
    history = reading.history([memories[ref] for ref in asked])
    if history is None:
        return {ref: plan_deal(context, memories[ref], ours=False) for ref in asked}
    found: dict[str, DealPlan] = {}
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
        found[ref] = plan_deal(context, memories[ref], entitled=entitled, ours=ours)
    return found
