"""Keeps the ledger from growing for ever: what nobody will ask for any more is dropped.

History is never touched. What goes is the exact wording of old requests and the list of old runs.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, select

from readygate_ledger import tables
from readygate_ledger.codec import read_time, time_text

KEPT_RUNS = 1000
"""Runs that are remembered: the budget of requests looks back on 200 of them."""

KEPT_INTENTS = timedelta(days=90)
"""For so long it can be told word for word what was sent; what was done stands in the history."""


def prune(connection: Connection, now: datetime) -> None:
    """Drop the runs over the limit, and once a day the settled intents that are too old."""
    runs, intents = tables.runs.c, tables.intents.c
    newest_first = select(runs.number).order_by(runs.number.desc())
    over = connection.scalar(newest_first.offset(KEPT_RUNS).limit(1)) or 0
    connection.execute(delete(tables.runs).where(runs.number <= over))
    before = connection.scalar(select(runs.ended).order_by(runs.number.desc()).offset(1).limit(1))
    if before and read_time(before).date() == now.date():
        return
    newest = connection.scalar(select(func.max(intents.id))) or 0
    old = time_text(now - KEPT_INTENTS)
    # The newest stays whatever its age: the next id is counted from it.
    connection.execute(delete(tables.intents).where(intents.settled_at < old, intents.id < newest))
