"""What a guard in the tracker itself needs a run to write on the deal: a reason, or a verdict."""

from __future__ import annotations

from hashlib import sha256

from readygate.action import Announce, Declare
from readygate.gate import Verdict, decide
from readygate.memory import Standing
from readygate.pipeline import Guard
from readygate.plan.draft import Draft
from readygate.plan.position import dormant, gates_ahead, next_gate
from readygate.wording import announcement, complete_text


def announce(draft: Draft) -> None:
    """Where the tracker hides a move without a word, say once on the deal what it waits for."""
    context, memory = draft.context, draft.memory
    if context.in_force is not Guard.BY_SUBTASKS or memory.standing is not Standing.PLACED:
        return
    following = next_gate(context, memory)
    if following is None or following.key in memory.announced or dormant(context, memory):
        return
    missing = decide(context.book, (following,), memory, context.accounts).missing
    items = {reason.item for reason in missing}
    if not missing or (memory.attempt and items & set(memory.attempt.missing)):
        return
    draft.add(
        Announce(
            memory.deal,
            memory.label,
            following.key,
            sha256(f"{memory.deal}|{following.key}|announced".encode()).hexdigest()[:10],
            announcement(missing, stage=following.stage, _=context.text),
            f"the tracker hides the move to {following.stage!r} without saying why",
        )
    )


def declare(draft: Draft) -> None:
    """Keep the deal's own fields, by which the tracker lets it pass, in line with the verdicts."""
    context, memory = draft.context, draft.memory
    if context.in_force is not Guard.BY_FIELD or dormant(context, memory):
        return
    verdicts: dict[str, bool] = {}
    for gate in gates_ahead(context, memory):
        verdict = decide(context.book, (gate,), memory, context.accounts).verdict
        draft.look = draft.look or verdict is Verdict.UNKNOWN
        if (verdict is Verdict.OPEN) is not (gate.key in memory.declared):
            verdicts[gate.key] = verdict is Verdict.OPEN
    if verdicts:
        text = complete_text(context.text)
        reason = "what the tracker lets pass has changed"
        draft.add(Declare(memory.deal, memory.label, verdicts, text, reason))
