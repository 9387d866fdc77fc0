"""Plans one deal, step by step."""

from __future__ import annotations

from dataclasses import replace

from readygate.action import Grant, Tell
from readygate.memory import DealMemory, Standing, renamed
from readygate.pipeline import Guard
from readygate.plan.beginnings import begin, judge_held, place
from readygate.plan.checklist import (
    amend,
    open_and_restore,
    retire,
    tell_missing,
    want_next,
)
from readygate.plan.context import Context
from readygate.plan.draft import DealPlan, Draft
from readygate.plan.moves import judge
from readygate.plan.position import base_position, strayed
from readygate.plan.premature import owed_explanation, walk_on
from readygate.plan.telling import announce, declare


def plan_deal(
    context: Context,
    memory: DealMemory,
    *,
    entitled: frozenset[str] = frozenset(),
    ours: bool = True,
) -> DealPlan:
    """Plan one deal. `entitled` holds keys of gates that were complete when the deal passed them.

    `ours` tells whether the last move of a deal that we were walking back was our own: then the
    walk goes on, otherwise it was a person's move. Applying the plan and planning again gives an
    empty plan.
    """
    memory = renamed(memory, context.book)
    plan, after = _plan_stage(context, memory, entitled=entitled, ours=ours)
    locked = context.pipeline.guard is Guard.LOCKED
    if locked and memory.requested and after.standing is Standing.PLACED:
        return _with_request(context, plan, after)
    return plan


def _plan_stage(
    context: Context, memory: DealMemory, *, entitled: frozenset[str], ours: bool
) -> tuple[DealPlan, DealMemory]:
    """Plan for the stage a deal stands in; also its memory if all of that succeeds."""
    draft = Draft(context, memory, memory)
    position = context.pipeline.position(memory.stage)
    if memory.standing is Standing.GONE or memory.created is None:
        return DealPlan(memory), memory
    if strayed(context, memory):
        draft.look = True
        if ours:
            walk_on(draft)
            open_and_restore(draft)
            return draft.finish(), draft.memory
    if position is None:
        locked = context.pipeline.guard is Guard.LOCKED
        if not memory.stage and locked and memory.requested and memory.standing is Standing.NEW:
            begin(draft)
        elif not memory.stage:
            draft.tell("empty-stage", "has no stage" + ("; ask for one" if locked else ""))
        elif context.pipeline.named(memory.stage) is None:
            text = f"stands in {memory.stage_name!r}, which the config does not name"
            draft.tell("unnamed-stage", text, stage=memory.stage)
        return draft.finish(), draft.memory
    if memory.standing is Standing.NEW:
        place(draft, position)
    if draft.memory.standing is Standing.HELD:
        judge_held(draft, position, entitled)
    else:
        judge(draft, position, entitled)
    _complete(draft)
    return draft.finish(), draft.memory


def _complete(draft: Draft) -> None:
    """After the judgement: the explanation, the checklist, and what the deal says is missing."""
    owed_explanation(draft)
    if draft.memory.standing is not Standing.HELD:
        want_next(draft)
        retire(draft)
    open_and_restore(draft)
    amend(draft)
    tell_missing(draft)
    announce(draft)
    declare(draft)


def _with_request(context: Context, plan: DealPlan, memory: DealMemory) -> DealPlan:
    """Judge the stage that people ask for as if the deal had moved there, and add it to a plan."""
    asked = replace(
        memory,
        stage=memory.requested,
        stage_name=memory.requested_name,
        stage_since=memory.requested_since,
    )
    draft = Draft(context, asked, asked, request=True, look=True)
    position = context.pipeline.position(asked.stage)
    stage = context.pipeline.named(asked.stage)
    if stage is None:
        text = f"asks for {asked.stage_name!r}, which the config does not name"
        draft.tell("unnamed-stage", text, stage=asked.stage)
    elif position is None or position == base_position(context, asked):
        reason = f"{asked.stage_name!r} was asked for, and no gate lies before it"
        draft.add(
            Grant(memory.deal, memory.label, asked.stage, memory.accepted, reason, accepts=False)
        )
        if position is not None and not memory.stage:  # it has only begun: nothing is opened yet
            _complete(draft)
    else:
        judge(draft, position, frozenset())
        _complete(draft)
    own = [action for action in draft.actions if not isinstance(action, Tell)]
    told = [action for action in draft.actions if isinstance(action, Tell)]
    before = [action for action in plan.actions if not (told and isinstance(action, Tell))]
    return DealPlan(
        replace(plan.memory, spared=draft.kept.spared),
        (*before, *own, *told),
        (*plan.findings, *draft.findings),
        look=True,
        decision=draft.decision or plan.decision,
        crossing=draft.crossing or plan.crossing,
    )
