"""The checklist of a deal: opened, restored, retired and reworded as the contract asks."""

from __future__ import annotations

from datetime import timedelta

from readygate.action import Amend, Open, Restore, Retire, Tell, text_digest
from readygate.deal import Mark, item_key
from readygate.gate import asked, decide
from readygate.memory import DealMemory, Standing
from readygate.plan.context import Context
from readygate.plan.draft import Draft
from readygate.plan.position import dormant, next_gate, tried_gates
from readygate.wording import missing_text


def want_next(draft: Draft) -> None:
    """A placed deal gets the items of the next gate at once, and of those that it tried to pass:
    they were opened with the return, if nothing came in between."""
    context, memory = draft.context, draft.memory
    if dormant(context, memory):
        return
    following = next_gate(context, memory)
    if following:
        draft.want((following, *tried_gates(context, memory)))


def retire(draft: Draft) -> None:
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


def open_and_restore(draft: Draft) -> None:
    """Open the wanted items that are not there, restore those that were retired."""
    context, memory = draft.context, draft.memory
    missing = [
        _open(context, memory, item, receiver)
        for item, receiver in draft.wanted.items()
        if item not in memory.items
    ]
    if missing:
        draft.open(missing)
    for item in draft.wanted:
        known = memory.items.get(item)
        if known and known.mark is Mark.RETIRED:
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
        context.item_text(item, receiver),
        f"{process.title!r} needs it from {debtor.name}",
        assignee=context.accounts.get(debtor.key, ""),
        assignee_name=debtor.name,
        due=None if days is None else (context.now + timedelta(days=days)).date(),
    )


def amend(draft: Draft) -> None:
    """Bring what we wrote on items in line with the contract, and nothing that people wrote."""
    context, memory = draft.context, draft.memory
    for item, known in sorted(memory.items.items()):
        if not known.ref or item not in context.book.items:
            continue
        title = text = None
        receiver = draft.wanted.get(item)
        if receiver and known.mark is Mark.OPEN and known.written_title:
            contract = context.book.items[item]
            new_text = context.item_text(item, receiver)
            if contract.title != known.written_title and known.title == known.written_title:
                title = contract.title
            if text_digest(new_text) != known.written_text:
                text = new_text
        key = item_key(memory.deal, item)
        # A twin may carry that key: another ledger has been here, and people are asked to choose.
        rekey = key if known.written_key != key and not known.twins else None
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


def tell_missing(draft: Draft) -> None:
    """Keep the deal's own text about what the next gate waits for as it is now."""
    context, memory = draft.context, draft.memory
    if not context.pipeline.tells_missing or memory.standing is not Standing.PLACED:
        return
    following = next_gate(context, memory)
    text = ""
    if following and not dormant(context, memory):
        missing = decide(context.book, (following,), memory, context.accounts).missing
        text = missing_text(missing, context.text)
    if text != memory.told:
        reason = "what the next gate waits for has changed"
        draft.add(Tell(memory.deal, memory.label, text, reason))
