"""Says how a ledger is: whole or damaged, how old, how large, what is open, and who uses it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, Select, func, select

from readygate.errors import LedgerDamaged, LedgerError
from readygate.memory import DealMemory
from readygate.ports import Binding, PipelineState, RunSummary
from readygate_ledger import tables
from readygate_ledger.codec import UNREADABLE, decode, decode_action, read_time
from readygate_ledger.database import Database
from readygate_ledger.failures import START_AGAIN
from readygate_ledger.locking import RunLock
from readygate_ledger.rows import read_run

AT_ONCE = 500
"""Documents that are held at once."""


@dataclass(frozen=True, slots=True)
class Health:
    """What an examination found. `problem` makes the ledger unusable; "" if it can be used.

    `damaged`: a backup or a rebuild is what helps. `bytes` counts the file and what SQLite keeps
    beside it. `deals`: pipeline key -> how many are known. `held`: a run is at work; `holder` says
    which, as far as is known.
    """

    path: Path
    exists: bool = True
    problem: str = ""
    damaged: bool = False
    revision: str = ""
    newest: str = tables.HEAD
    bytes: int = 0
    deals: Mapping[str, int] = field(default_factory=dict)
    history: int = 0
    open_intents: int = 0
    oldest_intent: datetime | None = None
    last_run: RunSummary | None = None
    held: bool = False
    holder: str = ""


def examine(database: Database, lock: RunLock) -> Health:
    """Read everything and change nothing; raises nothing."""
    path = database.path
    held = False
    try:
        database.check_place()
        held = lock.is_held()
        if not path.exists():
            return Health(path, exists=False, held=held)
        database.check_file()
        with database.peeking() as connection:
            if connection is None:  # taken away just now
                return Health(path, exists=False, held=held)
            return _examined(database, connection, held=held)
    except LedgerError as error:
        damaged = isinstance(error, LedgerDamaged)
        return Health(path, problem=str(error), damaged=damaged, bytes=_size(path), held=held)


def unsound(connection: Connection) -> str:
    """What SQLite's own check says against a database; "" if nothing."""
    found = connection.exec_driver_sql("PRAGMA integrity_check(3)").scalars().all()
    return "" if found == ["ok"] else "; ".join(str(line) for line in found)


def _examined(database: Database, connection: Connection, *, held: bool) -> Health:
    path = database.path
    revision = database.usable_revision(connection)
    spoiled = unsound(connection)
    if spoiled:
        raise LedgerDamaged(f"the ledger {path} is damaged. {START_AGAIN}", detail=spoiled)
    what = _unreadable(connection)
    if what:
        raise LedgerDamaged(
            f"the ledger {path} holds something unreadable about {what}. {START_AGAIN}"
        )
    deals, intents = tables.deals.c, tables.intents.c
    counted = select(deals.pipeline, func.count()).group_by(deals.pipeline).order_by(deals.pipeline)
    waiting = connection.execute(
        select(func.count(), func.min(intents.at)).where(intents.settled_at.is_(None))
    ).one()
    row = connection.execute(select(tables.lock)).first() if held else None
    last = connection.execute(
        select(tables.runs).order_by(tables.runs.c.number.desc()).limit(1)
    ).first()
    return Health(
        path,
        revision=revision,
        bytes=_size(path),
        deals={row[0]: row[1] for row in connection.execute(counted)},
        history=connection.scalar(select(func.count()).select_from(tables.history)) or 0,
        open_intents=waiting[0],
        oldest_intent=read_time(waiting[1]) if waiting[1] else None,
        last_run=read_run(last) if last else None,
        held=held,
        holder=who_holds(row) if row else "",
    )


def who_holds(row: Row[Any]) -> str:
    """The row of the lock for people: `run r1, process 7 on host`."""
    who = f"process {row.pid} on {row.host}"
    return f"run {row.run}, {who}" if row.run else who


def _unreadable(connection: Connection) -> str:
    """The first thing whose document cannot be read; "" if all can."""
    deals, states, bindings = tables.deals.c, tables.states.c, tables.bindings.c
    intents = tables.intents.c
    checks: tuple[tuple[str, Select[Any], Any], ...] = (
        ("deal", select(deals.deal, deals.memory), lambda text: decode(text, DealMemory)),
        ("pipeline", select(states.pipeline, states.state), lambda t: decode(t, PipelineState)),
        ("tracker", select(bindings.tracker, bindings.binding), lambda t: decode(t, Binding)),
        (
            "intent",
            select(intents.id, intents.action).where(intents.settled_at.is_(None)),
            decode_action,
        ),
    )
    for what, asked, read in checks:
        with connection.execution_options(yield_per=AT_ONCE).execute(asked) as rows:
            for key, text in rows:
                try:
                    read(text)
                except UNREADABLE:
                    return f"{what} {key}"
    return ""


def _size(path: Path) -> int:
    sides = (path, path.with_name(f"{path.name}-wal"))
    return sum(side.stat().st_size for side in sides if side.is_file())
