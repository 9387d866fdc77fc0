"""Values as rows and rows as values; the statements that more than one method needs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Row
from sqlalchemy.dialects.sqlite import insert

from readygate.memory import DealMemory
from readygate.ports import Event, RunSummary
from readygate_ledger import tables
from readygate_ledger.codec import encode, json_text, read_json, read_time, storable, time_text

CHUNK = 500
"""Rows per query: below SQLite's limit on variables, and what `scan` holds at once."""


def event_rows(events: Collection[Event], run: str, now: datetime) -> list[dict[str, object]]:
    """Rows of history; `run` and `now` stand in where an event does not say."""
    return [
        {
            "at": time_text(event.at or now),
            "run": event.run or run,
            "pipeline": event.pipeline,
            "deal": event.deal,
            "label": storable(event.label),
            "kind": event.kind,
            "text": storable(event.text),
            "data": json_text(event.data),
        }
        for event in events
    ]


def deal_rows(pipeline: str, memories: Collection[DealMemory]) -> list[dict[str, object]]:
    """Rows of deals: the whole memory as a document, and what is searched for beside it."""
    return [
        {
            "pipeline": pipeline,
            "deal": memory.deal,
            "label": storable(memory.label),
            "standing": str(memory.standing),
            "pending": int(memory.pending),
            "memory": encode(memory),
        }
        for memory in memories
    ]


def upsert(connection: Connection, table: Any, rows: Sequence[Mapping[str, object]]) -> None:
    """Insert rows, or replace those with the same primary key."""
    if not rows:
        return
    keys = [column.name for column in table.primary_key]
    statement = insert(table)
    changed = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    connection.execute(statement.on_conflict_do_update(keys, set_=changed), rows)


def append_history(connection: Connection, lines: Sequence[Mapping[str, object]]) -> None:
    """Add lines of history."""
    if lines:
        connection.execute(insert(tables.history), lines)


def read_event(row: Row[Any]) -> Event:
    """A line of history as it was given."""
    return Event(
        row.pipeline,
        row.deal,
        row.label,
        row.kind,
        row.text,
        read_json(row.data),
        read_time(row.at),
        row.run,
    )


def read_run(row: Row[Any]) -> RunSummary:
    """A run as it was given."""
    return RunSummary(
        row.id,
        read_time(row.started),
        read_time(row.ended) if row.ended else None,
        row.exit_code,
        read_json(row.counts),
    )


def chunks(refs: Sequence[str]) -> Iterator[list[str]]:
    """Cut into lists that one query can name."""
    iterator = iter(refs)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk
