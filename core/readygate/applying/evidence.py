"""What a decision to return a deal was made from, as JSON for the history.

It is written down before anything is sent, so that it is there whatever becomes of the run.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from readygate.action import Action, Return, kind_of
from readygate.applying.looking import Looked
from readygate.deal import Move
from readygate.gate import Reason
from readygate.plan import Context
from readygate.ports import Event

KIND = "look"
"""The kind of these lines of history."""

MOVES = 5
"""How many of the last moves are told."""


def witnessed(context: Context, looked: Looked, action: Action, at: datetime) -> Event:
    """The line of history about one look and what was decided on it.

    `data`: at (of the look), stage, accepted, requested, moves[] of at, from, to, by, ours (null
    where the tracker does not tell), since (first seen in this stage), seen[] (see `seen`),
    decided, to, reason.
    """
    memory = looked.memory
    decision = looked.plan.decision
    moves = None if looked.moves is None else _moves(context, looked.moves)
    data = {
        "at": _time(at),
        "stage": memory.stage_name or context.name(memory.stage),
        "accepted": context.name(memory.accepted) if memory.accepted else None,
        "requested": memory.requested_name or None,
        "moves": moves,
        "since": _time(memory.stage_since),
        "seen": seen(context, decision.reasons if decision else ()),
        "decided": kind_of(action),
        "to": context.name(action.stage) if isinstance(action, Return) else None,
        "reason": action.reason,
    }
    text = f"{KIND}: {kind_of(action)}: {action.reason}"
    return Event(context.pipeline.key, action.deal, action.label, KIND, text, data, at)


def seen(context: Context, reasons: Iterable[Reason]) -> list[dict[str, object]]:
    """Every item that was asked for: item, title, ref (what people call it), why, required, owes,
    since, waived_by."""
    names = context.book.names(context.accounts)
    return [
        {
            "item": reason.item,
            "title": reason.title,
            "ref": reason.label or None,
            "why": str(reason.why),
            "required": reason.required,
            "owes": reason.owes,
            "since": _time(reason.since),
            "waived_by": names.get(reason.waived_by, reason.waived_by) or None,
        }
        for reason in reasons
    ]


def _moves(context: Context, moves: Iterable[Move]) -> list[dict[str, object]]:
    names = context.book.names(context.accounts)
    return [
        {
            "at": _time(move.at),
            "from": context.name(move.before),
            "to": context.name(move.after),
            "by": names.get(move.author, move.author) or None,
            "ours": move.ours,
        }
        for move in tuple(moves)[-MOVES:]
    ]


def _time(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
