"""What the memory of a deal becomes when an action was done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import assert_never

from readygate.action import (
    Accept,
    Action,
    Adopt,
    Amend,
    Announce,
    Declare,
    Explain,
    Grant,
    Open,
    Outcome,
    Restore,
    Retire,
    Return,
    Status,
    Tell,
    text_digest,
)
from readygate.deal import Mark, item_key
from readygate.memory import Attempt, DealMemory, ItemMemory, Standing


def learn(
    memory: DealMemory, action: Action, outcome: Outcome, now: datetime, stage_name: str = ""
) -> DealMemory:
    """Give the memory after an action that succeeded; `stage_name` names the stage of a return."""
    match action:
        case Adopt():
            return _adopted(memory, action)
        case Accept():
            kept = {
                gate: items for gate, items in memory.passed.items() if gate not in action.reopened
            }
            return replace(
                memory,
                standing=Standing.PLACED,
                accepted=action.stage,
                passed={**kept, **action.gates},
                spared=(),
                walking="",
                walk=None,
                attempt=_remembered(memory.attempt, action),
            )
        case Grant():
            return _granted(memory, action, now, stage_name)
        case Return():
            return _returned(memory, action, now, stage_name)
        case Explain():
            return _explained(memory, action, outcome, now)
        case Open():
            return learn_opened(memory, {action.item: (action, outcome)}, now)
        case Tell() | Announce() | Declare():
            return _said(memory, action)
        case Retire() | Restore() | Amend():
            known = memory.items.get(action.item)
            if known is None or known.ref != action.ref:
                return memory
            return replace(memory, items={**memory.items, action.item: _item(known, action, now)})
        case _:
            assert_never(action)


def learn_opened(
    memory: DealMemory, opened: Mapping[str, tuple[Open, Outcome]], now: datetime
) -> DealMemory:
    """Give the memory after several items (key -> what was done) of one deal were opened."""
    items = {key: _opened(memory, *done, now) for key, done in opened.items()}
    return replace(memory, items={**memory.items, **items})


def _said(memory: DealMemory, action: Tell | Announce | Declare) -> DealMemory:
    match action:
        case Tell():
            return replace(memory, told=action.text)
        case Announce():
            return replace(memory, announced=(*memory.announced, action.gate))
        case Declare():
            kept = [gate for gate in memory.declared if gate not in action.verdicts]
            new = [gate for gate, is_open in action.verdicts.items() if is_open]
            return replace(memory, declared=tuple(sorted((*kept, *new))))
        case _:
            assert_never(action)


def _granted(memory: DealMemory, action: Grant, now: datetime, stage_name: str) -> DealMemory:
    moved = replace(
        _unasked(memory),
        stage=action.stage,
        stage_name=stage_name or memory.stage_name,
        stage_since=now if memory.stage != action.stage else memory.stage_since,
        walking="",
        walk=None,
    )
    if not action.accepts:
        return moved
    accept = Accept(
        action.deal,
        action.label,
        action.stage,
        action.before,
        action.reason,
        gates=action.gates,
        reopened=action.reopened,
    )
    return learn(moved, accept, Outcome(accept, Status.DONE), now)


def _unasked(memory: DealMemory) -> DealMemory:
    return replace(memory, requested="", requested_name="", requested_since=None)


def _remembered(attempt: Attempt | None, action: Accept) -> Attempt | None:
    """The last attempt, unless this move passed a gate that asked for what was missing then."""
    passed = {item for items in action.gates.values() for item in items}
    return None if attempt and passed & set(attempt.missing) else attempt


def _opened(memory: DealMemory, action: Open, outcome: Outcome, now: datetime) -> ItemMemory:
    known = memory.items.get(action.item)
    key, digest = item_key(action.deal, action.item), text_digest(action.text)
    if known and known.ref == outcome.ref:
        return replace(known, written_key=key, written_title=action.title, written_text=digest)
    return ItemMemory(
        outcome.ref,
        Mark.OPEN,
        action.title,
        label=outcome.ref_label,
        url=outcome.url,
        assignee=action.assignee,
        assignee_name=action.assignee_name,
        written_key=key,
        written_title=action.title,
        written_text=digest,
        since=now,
    )


def _adopted(memory: DealMemory, action: Adopt) -> DealMemory:
    return replace(
        memory,
        standing=Standing.HELD if action.held else Standing.PLACED,
        accepted=action.stage,
        passed=dict(action.passed),
        spared=(),
        adopted=memory.updated if action.stage == memory.stage else None,
    )


def _returned(memory: DealMemory, action: Return, now: datetime, stage_name: str) -> DealMemory:
    before = memory.attempt
    again = before is not None and before.id == action.attempt
    moved = _unasked(memory)
    walk = memory.walk if memory.walk and memory.walk.id == action.attempt else None
    # Learned from a look, when the answer was lost, the request is gone already.
    since = (memory.requested_since or now) if action.request else memory.stage_since
    if not action.request:
        moved = replace(
            memory,
            stage=action.stage,
            stage_name=stage_name or memory.stage_name,
            stage_since=now,
            walking="",
            walk=None,
        )
    return replace(
        moved,
        spared=(),
        attempt=Attempt(
            action.attempt,
            before.at if before and again else now,
            walk.stage if walk else action.before,
            action.stage,
            action.missing,
            since=walk.since if walk else since,
            comment="",
            times=_times(before, memory) if before and again else 1,
            last_comment=before.comment or before.last_comment if before and again else "",
            request=action.request,
        ),
    )


def _times(before: Attempt, memory: DealMemory) -> int:
    """How often people have tried: what we try again for the same move does not count."""
    return before.times + (before.since != memory.stage_since)


def _explained(memory: DealMemory, action: Explain, outcome: Outcome, now: datetime) -> DealMemory:
    before = memory.attempt
    same = before is not None and before.id == action.attempt
    attempt = Attempt(
        action.attempt,
        before.at if before and same else now,
        action.stage,
        action.target,
        action.missing,
        since=action.since,
        comment=outcome.ref,
        times=action.times,
        request=before.request if before and same else False,
    )
    return replace(memory, attempt=attempt)


def _item(known: ItemMemory, action: Retire | Restore | Amend, now: datetime) -> ItemMemory:
    match action:
        case Retire():
            return replace(
                known,
                mark=Mark.RETIRED,
                stored=action.stored,
                closed=True,
                since=now,
                unfinished=False,
            )
        case Restore():
            return replace(known, mark=action.mark, closed=action.mark is not Mark.OPEN, since=now)
        case Amend():
            return replace(
                known,
                title=known.title if action.title is None else action.title,
                written_title=known.written_title if action.title is None else action.title,
                written_text=(
                    known.written_text if action.text is None else text_digest(action.text)
                ),
                written_key=known.written_key if action.key is None else action.key,
            )
        case _:
            assert_never(action)
