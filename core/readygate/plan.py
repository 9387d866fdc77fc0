"""Plans one deal: from what is remembered of it to the actions that are due, each with its reason.

A pure function. What it plans without a look is provisional wherever `look` is set: the run reads
the deal afresh and plans it again with `looked=True` before anything of it is applied.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256

from readygate.action import (
    Accept,
    Action,
    Adopt,
    Amend,
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
from readygate.contract import ContractBook
from readygate.deal import Mark, item_key
from readygate.errors import Finding
from readygate.gate import Decision, Reason, Verdict, Why, asked, decide
from readygate.learn import learn
from readygate.memory import DealMemory, ItemMemory, Standing, renamed
from readygate.pipeline import Gate, Guard, Midway, Pipeline
from readygate.wording import Translate, explanation, item_text, missing_text

EDIT_WITHIN = timedelta(hours=24)
"""The same missing list within this time edits our last comment instead of writing another."""


@dataclass(frozen=True)
class Context:
    """What a plan of any deal of one pipeline depends on besides the deal.

    `pipeline` is bound. `accounts`: person key -> account. `now` is local, `activated` and
    `known_until` are tracker times: when the pipeline was activated, and until when earlier runs
    have seen everything (None: nothing was ever seen). `new_asks`: gate key -> items asked for
    the first time in this run. `distrust` asks for a look at every deal that is placed anew.
    `ours` is our own account, "" where it is not known.
    """

    book: ContractBook
    pipeline: Pipeline
    gates: tuple[Gate, ...]
    accounts: Mapping[str, str]
    text: Translate
    now: datetime
    activated: datetime
    known_until: datetime | None = None
    new_asks: Mapping[str, frozenset[str]] = field(default_factory=dict)
    distrust: bool = False
    ours: str = ""

    def name(self, ref: str) -> str:
        """The configured name of a stage ref, or the ref itself."""
        stage = self.pipeline.named(ref)
        return stage.name if stage else ref


@dataclass(frozen=True, slots=True)
class DealPlan:
    """What is due for one deal. `memory` is the one to keep whatever becomes of the actions."""

    memory: DealMemory
    actions: tuple[Action, ...] = ()
    findings: tuple[Finding, ...] = ()
    look: bool = False
    decision: Decision | None = None
    crossing: tuple[Gate, ...] = ()


@dataclass
class _Draft:
    """A plan being made: `memory` runs ahead as if every action so far had succeeded.

    `request`: its stage is not where the deal stands, but what people ask for.
    """

    context: Context
    memory: DealMemory
    kept: DealMemory
    actions: list[Action] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    look: bool = False
    decision: Decision | None = None
    crossing: tuple[Gate, ...] = ()
    wanted: dict[str, str] = field(default_factory=dict)
    request: bool = False

    def add(self, action: Action, *, look: bool = False) -> None:
        if self.request and isinstance(action, Accept):
            action, look = _grant(action), True
        self.actions.append(action)
        self.look = self.look or look
        written = action.edit or action.attempt if isinstance(action, Explain) else ""
        done = Outcome(action, Status.DONE, written)
        self.memory = learn(self.memory, action, done, self.context.now)

    def tell(self, code: str, text: str, **data: str) -> None:
        memory = self.memory
        self.findings.append(
            Finding(code, f"{memory.label}: {text}", memory.deal, memory.label, data)
        )

    def want(self, gates: Sequence[Gate]) -> None:
        for gate in gates:
            for item, receiver in asked(self.context.book, gate, self.memory.fields).items():
                self.wanted.setdefault(item, receiver)


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
    draft = _Draft(context, memory, memory)
    position = context.pipeline.position(memory.stage)
    if memory.standing is Standing.GONE or memory.created is None:
        return DealPlan(memory), memory
    if strayed(context, memory):
        draft.look = True
        if ours:
            _walk_on(draft)
            return _finish(draft), draft.memory
    if position is None:
        if not memory.stage:
            draft.tell("empty-stage", "has no stage")
        elif context.pipeline.named(memory.stage) is None:
            text = f"stands in {memory.stage_name!r}, which the config does not name"
            draft.tell("unnamed-stage", text, stage=memory.stage)
        return _finish(draft), draft.memory
    if memory.standing is Standing.NEW:
        _place(draft, position)
    if draft.memory.standing is Standing.HELD:
        _judge_held(draft, position, entitled)
    else:
        _judge(draft, position, entitled)
    _complete(draft)
    return _finish(draft), draft.memory


def _complete(draft: _Draft) -> None:
    """After the judgement: the explanation, the checklist, and what the deal says is missing."""
    _owed_explanation(draft)
    if draft.memory.standing is not Standing.HELD:
        _want_next(draft)
        _retire(draft)
    _open_and_restore(draft)
    _amend(draft)
    _tell_missing(draft)


def _with_request(context: Context, plan: DealPlan, memory: DealMemory) -> DealPlan:
    """Judge the stage that people ask for as if the deal had moved there, and add it to a plan."""
    asked = replace(
        memory,
        stage=memory.requested,
        stage_name=memory.requested_name,
        stage_since=memory.requested_since,
    )
    draft = _Draft(context, asked, asked, request=True, look=True)
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
    else:
        _judge(draft, position, frozenset())
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


def _grant(accept: Accept) -> Grant:
    return Grant(
        accept.deal,
        accept.label,
        accept.stage,
        accept.before,
        accept.reason,
        gates=accept.gates,
        reopened=accept.reopened,
    )


def _tell_missing(draft: _Draft) -> None:
    """Keep the deal's own text about what the next gate waits for as it is now."""
    context, memory = draft.context, draft.memory
    if not context.pipeline.tells_missing or memory.standing is not Standing.PLACED:
        return
    base = base_position(context, memory)
    ahead = (g for g in context.gates if g.position > base and g.key not in memory.passed)
    following = next(ahead, None)
    text = ""
    if following and not _dormant(context, memory):
        missing = decide(context.book, (following,), memory, context.accounts).missing
        text = missing_text(missing, context.text)
    if text != memory.told:
        reason = "what the next gate waits for has changed"
        draft.add(Tell(memory.deal, memory.label, text, reason))


def strayed(context: Context, memory: DealMemory) -> bool:
    """Whether a return of more than one step stopped on its way, off the path or before its end."""
    if not memory.walking or memory.stage == memory.walking:
        return False
    position = context.pipeline.position(memory.stage)
    return position is None or position < base_position(context, memory)


def base_position(context: Context, memory: DealMemory) -> int:
    """Where a placed deal was last accepted.

    If the config no longer names that stage, it is the last gate that the deal has passed.
    """
    position = context.pipeline.position(memory.accepted)
    if position is not None:
        return position
    return max((gate.position for gate in context.gates if gate.key in memory.passed), default=0)


def explain(
    context: Context, memory: DealMemory, *, moved: bool, attempt: str = ""
) -> Explain | None:
    """The explanation that a deal is owed, or None.

    With `moved` it is about the last attempt, which was returned. Without, the deal stands where it
    may not, and `attempt` names this move; the same move is explained once.
    """
    if moved:
        return _explain_return(context, memory)
    last = memory.attempt
    if last and last.comment and last.since == memory.stage_since and last.stage == memory.stage:
        return None
    decision = decide(
        context.book, _crossing(context, memory), memory, context.accounts, spared=memory.spared
    )
    missing = tuple(reason.item for reason in decision.missing)
    if not missing:
        return None
    recent = _recent(context, memory, missing)
    return _explain(
        context,
        memory,
        decision.missing,
        attempt=recent or attempt or attempt_id(memory, missing),
        stage=memory.stage,
        target=_target(context, memory),
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


def _finish(draft: _Draft) -> DealPlan:
    return DealPlan(
        draft.kept,
        tuple(draft.actions),
        tuple(draft.findings),
        look=draft.look,
        decision=draft.decision,
        crossing=draft.crossing,
    )


def _walk_on(draft: _Draft) -> None:
    memory = draft.memory
    last = memory.attempt
    missing = last.missing if last else ()
    attempt = last.id if last else attempt_id(memory, missing)
    reason = "the way back has more than one step, and it was interrupted"
    draft.add(
        Return(memory.deal, memory.label, memory.stage, memory.walking, attempt, reason, missing)
    )
    _owed_explanation(draft)


def _place(draft: _Draft, position: int) -> None:
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
    held = _held_gates(context, memory, position)
    passed = _asks(context, memory, position)
    reason = "it was there when the gates were switched on"
    if memory.items:
        reason = "it carries items of ours that this ledger did not know"
    if held:
        items = ", ".join(r.title for r in _decide(draft, held).missing)
        reason = f"it stands past a gate with items of ours still open ({items}); held"
        look = True
    adopt = Adopt(memory.deal, memory.label, memory.stage, passed, reason, held=bool(held))
    draft.add(adopt, look=look)


def _judge_held(draft: _Draft, position: int, entitled: frozenset[str]) -> None:
    """A held deal is neither accepted nor returned until it is completed or moved."""
    context, memory = draft.context, draft.memory
    base = base_position(context, memory)
    if position < base:
        passed = _asks(context, memory, position)
        held = bool(_held_gates(context, memory, position))
        reason = f"it was held, and moved back to {memory.stage_name!r}"
        adopt = Adopt(memory.deal, memory.label, memory.stage, passed, reason, held=held)
        draft.add(adopt, look=True)
        if not held:
            return
        base = position
    held_gates = _held_gates(context, draft.memory, base)
    ahead = tuple(gate for gate in context.gates if base < gate.position <= position)
    closed = tuple(gate for gate in ahead if gate.key not in entitled)
    both = _decide(draft, (*held_gates, *closed))
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
    draft.want(held_gates)
    decision = _decide(draft, closed)
    if decision.verdict is Verdict.CLOSED:
        draft.crossing = ahead
        draft.want(ahead)
        _stop(draft, decision)


def _judge(draft: _Draft, position: int, entitled: frozenset[str]) -> None:
    """Judge the move from the accepted stage to the observed one."""
    context, memory = draft.context, draft.memory
    base = base_position(context, memory)
    if position < base:
        reopened = tuple(
            gate.key
            for gate in context.gates
            if gate.position > position and gate.key in memory.passed
        )
        reason = f"moved back to {memory.stage_name!r}; every gate after it is closed again"
        accept = Accept(
            memory.deal,
            memory.label,
            memory.stage,
            memory.accepted,
            reason,
            reopened=reopened,
        )
        draft.add(accept, look=True)
        return
    if position == base:
        if memory.spared:
            draft.kept = replace(draft.kept, spared=())
            draft.memory = replace(draft.memory, spared=())
        if memory.accepted != memory.stage:
            reason = "its accepted stage is not in the config any more"
            accept = Accept(memory.deal, memory.label, memory.stage, memory.accepted, reason)
            draft.add(accept)
        return
    _spare(draft)
    crossing = _crossing(context, draft.memory)
    draft.crossing = crossing
    decision = _decide(draft, tuple(gate for gate in crossing if gate.key not in entitled))
    draft.decision = decision
    if decision.verdict is Verdict.OPEN:
        _accept(draft, crossing, entitled)
        return
    draft.want(crossing)
    if decision.verdict is Verdict.CLOSED:
        _stop(draft, decision)
        return
    draft.look = True
    open_questions = ", ".join(
        f"{reason.title} ({reason.why})" for reason in decision.reasons if not reason.satisfied
    )
    draft.tell("unknown", f"neither accepted nor returned: {open_questions}")


def _accept(draft: _Draft, crossing: Sequence[Gate], entitled: frozenset[str]) -> None:
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


def _stop(draft: _Draft, decision: Decision) -> None:
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
    target = _target(context, memory)
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


def _owed_explanation(draft: _Draft) -> None:
    note = explain(draft.context, draft.memory, moved=True)
    if note:
        draft.add(note)


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


def _want_next(draft: _Draft) -> None:
    """A placed deal gets the items of the next gate at once."""
    context, memory = draft.context, draft.memory
    if _dormant(context, memory):
        return
    base = base_position(context, memory)
    ahead = (
        gate for gate in context.gates if gate.position > base and gate.key not in memory.passed
    )
    following = next(ahead, None)
    if following:
        draft.want((following,))


def _retire(draft: _Draft) -> None:
    """Retire items that no gate of the contract asks this deal for any more."""
    context, memory = draft.context, draft.memory
    kept = {item for items in memory.passed.values() for item in items}
    for gate in context.gates:
        kept.update(asked(context.book, gate, memory.fields))
    for item, known in sorted(memory.items.items()):
        retired = known.mark is Mark.RETIRED
        if item in kept or known.twins or (retired and not known.unfinished):
            continue
        reason = "the contract no longer asks for it"
        if item in context.book.items and context.book.items[item].when:
            reason = "its condition no longer holds for this deal"
        if item not in context.book.items and known.mark is Mark.TICKED:
            draft.tell(
                "tick-left-behind",
                f"{known.title!r} ({item}) is ticked and not in the config any more: its tick would"
                f" be left behind. If the item was renamed, add `formerly: {item}` to the new one",
                item=item,
            )
        stored = known.stored if retired else known.mark
        retire = Retire(
            memory.deal,
            memory.label,
            item,
            known.ref,
            stored,
            close=not known.closed,
            reason=reason,
        )
        draft.add(retire, look=True)


def _open_and_restore(draft: _Draft) -> None:
    context = draft.context
    for item, receiver in draft.wanted.items():
        known = draft.memory.items.get(item)
        if known is None:
            draft.add(_open(context, draft.memory, item, receiver))
        elif known.mark is Mark.RETIRED:
            mark = known.asked_again
            reopen = mark is Mark.OPEN and known.closed
            restore = Restore(
                draft.memory.deal,
                draft.memory.label,
                item,
                known.ref,
                mark,
                reopen=reopen,
                reason="the contract asks for it again",
            )
            draft.add(restore, look=True)


def _open(context: Context, memory: DealMemory, item: str, receiver: str) -> Open:
    contract = context.book.items[item]
    debtor = context.book.debtor(item, receiver)
    days = contract.due_days if contract.due_days is not None else context.pipeline.due_days
    process = context.book.processes[receiver]
    return Open(
        memory.deal,
        memory.label,
        item,
        contract.title,
        item_text(context.book, contract, receiver, context.text),
        f"{process.title!r} needs it from {debtor.name}",
        assignee=context.accounts.get(debtor.key, ""),
        assignee_name=debtor.name,
        due=None if days is None else (context.now + timedelta(days=days)).date(),
    )


def _amend(draft: _Draft) -> None:
    """Bring what we wrote on items in line with the contract, and nothing that people wrote."""
    context, memory = draft.context, draft.memory
    for item, known in sorted(memory.items.items()):
        if not known.ref or item not in context.book.items:
            continue
        title = text = None
        receiver = draft.wanted.get(item)
        if receiver and known.mark is Mark.OPEN and known.written_title:
            contract = context.book.items[item]
            new_text = item_text(context.book, contract, receiver, context.text)
            if contract.title != known.written_title and known.title == known.written_title:
                title = contract.title
            if text_digest(new_text) != known.written_text:
                text = new_text
        key = item_key(memory.deal, item)
        rekey = key if known.written_key != key else None
        if title is None and text is None and rekey is None:
            continue
        reason = "the contract words it differently now"
        if rekey:
            reason = "it has a new name in the config (`formerly`)"
        draft.add(
            Amend(
                memory.deal,
                memory.label,
                item,
                known.ref,
                reason,
                title=title,
                text=text,
                key=rekey,
                was=known.written_text,
            )
        )


def _spare(draft: _Draft) -> None:
    """What is asked for the first time in this run does not judge a move made before it."""
    context, memory = draft.context, draft.memory
    new = {
        item
        for gate in _crossing(context, memory)
        for item in context.new_asks.get(gate.key, frozenset())
    }
    spared = tuple(sorted({*memory.spared, *new}))
    if spared != memory.spared:
        draft.kept = replace(draft.kept, spared=spared)
        draft.memory = replace(draft.memory, spared=spared)


def _crossing(context: Context, memory: DealMemory) -> tuple[Gate, ...]:
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


def _held_gates(context: Context, memory: DealMemory, position: int) -> tuple[Gate, ...]:
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


def _asks(context: Context, memory: DealMemory, position: int) -> dict[str, tuple[str, ...]]:
    return {
        gate.key: tuple(asked(context.book, gate, memory.fields))
        for gate in context.gates
        if gate.position <= position
    }


def _decide(draft: _Draft, gates: Sequence[Gate]) -> Decision:
    memory = draft.memory
    context = draft.context
    return decide(context.book, gates, memory, context.accounts, spared=memory.spared)


def _target(context: Context, memory: DealMemory) -> str:
    """The stage ref that a premature deal goes back to."""
    if context.pipeline.position(memory.accepted) is not None:
        return memory.accepted
    return context.pipeline.path[base_position(context, memory)].ref


def _recent(context: Context, memory: DealMemory, missing: Sequence[str]) -> str:
    """The id of the last attempt if it was about the same items within a day, else ""."""
    last = memory.attempt
    if last is None or set(last.missing) != set(missing):
        return ""
    return last.id if context.now - last.at < EDIT_WITHIN else ""


def _dormant(context: Context, memory: DealMemory) -> bool:
    """Whether this adopted deal waits for its next change before its checklist is opened."""
    within = context.pipeline.adopt_within
    if within is None or memory.updated is None or memory.items:
        return False
    untouched = memory.adopted == memory.updated
    return untouched and memory.updated < context.activated - within


def _titles(context: Context, gates: Sequence[Gate]) -> list[str]:
    return [repr(context.book.processes[gate.key].title) for gate in gates]
