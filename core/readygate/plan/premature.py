"""What a premature move is answered with: a return, or advice, and one explanation of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from readygate.action import Explain, Return
from readygate.gate import Decision, Reason, decide
from readygate.memory import DealMemory
from readygate.pipeline import Guard
from readygate.plan.context import Context
from readygate.plan.draft import Draft
from readygate.plan.position import crossing_gates, return_target, tried_gates
from readygate.wording import explanation

EDIT_WITHIN = timedelta(hours=24)
"""The same missing list within this time edits our last comment instead of writing another."""


def stop(draft: Draft, decision: Decision) -> None:
    """A premature move: return the deal, or only advise."""
    context, memory = draft.context, draft.memory
    missing = tuple(reason.item for reason in decision.missing)
    draft.look = True
    titles = ", ".join(f"{reason.title} ({reason.owes})" for reason in decision.missing)
    if context.pipeline.guard is Guard.ADVISE:
        note = explain(context, memory, moved=False)
        if note:
            draft.add(note)
        return
    target = return_target(context, memory)
    attempt = _recent(context, memory, missing) or attempt_id(memory, missing)
    returned = Return(
        memory.deal,
        memory.label,
        memory.stage,
        target,
        attempt,
        f"{'asked for' if draft.request else 'moved to'} {memory.stage_name!r} without: {titles}",
        missing,
        request=draft.request,
    )
    draft.add(returned)


def walk_on(draft: Draft) -> None:
    """Go on with a return of more than one step that stopped on its way."""
    memory = draft.memory
    last = memory.walk or memory.attempt
    missing = last.missing if last else ()
    attempt = last.id if last else attempt_id(memory, missing)
    reason = "the way back has more than one step, and it was interrupted"
    draft.add(
        Return(memory.deal, memory.label, memory.stage, memory.walking, attempt, reason, missing)
    )
    draft.want(tried_gates(draft.context, memory))
    owed_explanation(draft)


def owed_explanation(draft: Draft) -> None:
    """Explain a return that was not explained yet."""
    note = explain(draft.context, draft.memory, moved=True)
    if note:
        draft.add(note)


def explain(context: Context, memory: DealMemory, *, moved: bool) -> Explain | None:
    """The explanation that a deal is owed, or None.

    With `moved` it is about the last attempt, which was returned. Without, the deal stands where it
    may not; the same move is explained once.
    """
    if moved:
        return _explain_return(context, memory)
    last = memory.attempt
    if last and last.comment and last.since == memory.stage_since and last.stage == memory.stage:
        return None
    decision = decide(
        context.book,
        crossing_gates(context, memory),
        memory,
        context.accounts,
        spared=memory.spared,
    )
    missing = tuple(reason.item for reason in decision.missing)
    if not missing:
        return None
    recent = _recent(context, memory, missing)
    return _explain(
        context,
        memory,
        decision.missing,
        attempt=recent or attempt_id(memory, missing),
        stage=memory.stage,
        target=return_target(context, memory),
        missing=missing,
        edit=last.comment if last and recent else "",
        times=last.times + 1 if last and recent else 1,
        moved=False,
        since=memory.stage_since,
    )


def attempt_id(memory: DealMemory, missing: Sequence[str]) -> str:
    """A short id of one premature move, the same however often it is planned.

    It depends on the last change of the deal, because a ledger restored from a backup may take the
    same stage at another time for the same move.
    """
    since = f"{memory.stage_since} {memory.updated}"
    what = "|".join((memory.deal, memory.stage, since, *sorted(missing)))
    return sha256(what.encode()).hexdigest()[:10]


def _explain_return(context: Context, memory: DealMemory) -> Explain | None:
    last = memory.attempt
    if last is None or last.comment:
        return None
    wanted = set(last.missing)
    gates = context.gates
    decision = decide(context.book, gates, memory, context.accounts)
    reasons = tuple(reason for reason in decision.missing if reason.item in wanted)
    return _explain(
        context,
        memory,
        reasons,
        attempt=last.id,
        stage=last.stage,
        target=last.target,
        missing=last.missing,
        edit=last.last_comment,
        times=last.times,
        moved=True,
        since=last.since,
        request=last.request,
    )


def _explain(
    context: Context,
    memory: DealMemory,
    reasons: Sequence[Reason],
    *,
    attempt: str,
    stage: str,
    target: str,
    missing: tuple[str, ...],
    edit: str,
    times: int,
    moved: bool,
    since: datetime | None,
    request: bool = False,
) -> Explain:
    document = explanation(
        reasons,
        stage=context.name(stage),
        target=context.name(target),
        moved=moved,
        advise=context.pipeline.guard is Guard.ADVISE and not moved,
        times=times,
        mention=not edit,
        request=request,
        guard=context.in_force,
        _=context.text,
    )
    what = "edit our comment about it" if edit else "say what is missing and who owes it"
    return Explain(
        memory.deal,
        memory.label,
        attempt,
        document,
        what,
        stage=stage,
        target=target,
        missing=missing,
        edit=edit,
        times=times,
        since=since,
    )


def _recent(context: Context, memory: DealMemory, missing: Sequence[str]) -> str:
    """The id of the last attempt if it was about the same items within a day, else ""."""
    last = memory.attempt
    if last is None or set(last.missing) != set(missing):
        return ""
    return last.id if context.now - last.at < EDIT_WITHIN else ""
