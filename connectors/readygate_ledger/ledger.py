"""The ledger on SQLite: what the core asks for, as tables and transactions."""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, literal_column, or_, select, update
from sqlalchemy.dialects.sqlite import insert

from readygate.action import Outcome, Status, TrackerAction, kind_of
from readygate.errors import LedgerDamaged, LedgerError, LockHeld
from readygate.memory import DealMemory
from readygate.ports import Binding, Clock, Event, Intent, Ledger, PipelineState, RunSummary
from readygate_ledger import tables
from readygate_ledger.codec import (
    UNREADABLE,
    V,
    decode,
    decode_action,
    encode,
    encode_action,
    encode_outcome,
    json_text,
    read_time,
    time_text,
)
from readygate_ledger.database import Database, place
from readygate_ledger.examining import Health, examine, unsound, who_holds
from readygate_ledger.failures import START_AGAIN, explained
from readygate_ledger.locking import RunLock
from readygate_ledger.mounts import mount_table
from readygate_ledger.pruning import prune
from readygate_ledger.rows import (
    CHUNK,
    append_history,
    chunks,
    deal_rows,
    event_rows,
    read_event,
    read_run,
    upsert,
)


class SqlLedger:
    """A ledger in one SQLite file; see `readygate.ports.Ledger` for what each method promises.

    Nothing is touched before it is needed: a ledger that does not exist reads as an empty one, and
    the first write or lock creates it. Several processes may read while one writes.
    """

    def __init__(
        self,
        path: Path,
        *,
        clock: Clock,
        patience: float = 10.0,
        mounts: Callable[[], str] = mount_table,
        scratch: bool = False,
    ) -> None:
        # One name for one file: a link must not lead to a second lock.
        path = path.absolute().resolve()
        self._clock = clock
        self._lock = RunLock(path)
        self._patience = patience
        self._mounts = mounts
        self._database = Database(
            path, self._lock, patience=patience, mounts=mounts, scratch=scratch
        )
        self._run = ""

    @property
    def path(self) -> Path:
        """Where the ledger lies."""
        return self._database.path

    def close(self) -> None:
        """Let go of the file. What was promised to be written is written already."""
        self._database.close()

    def examine(self) -> Health:
        """Say how the ledger is; writes nothing and migrates nothing."""
        return examine(self._database, self._lock)

    def backup(self, target: Path) -> None:
        """Copy one consistent and proved state into a new private file, also beside a run.

        Never overwrites. Raises LedgerError, and leaves nothing at `target` then.
        """
        taken = f"{target} is there already, and a backup never overwrites. Name another file"
        draft = target.with_name(f".{target.name}.{os.getpid()}.new")
        with explained(target):
            if target.exists():
                raise LedgerError(taken)
            if not target.parent.is_dir():
                raise LedgerError(f"there is no folder {target.parent} for the backup. Create it")
            try:
                if not self._database.copy_to(draft):
                    raise LedgerError(
                        f"there is no ledger at {self.path} yet: nothing to back up. The first"
                        " `readygate sync` makes it"
                    )
                self._prove(draft)
                place(draft, target)
            except FileExistsError:
                raise LedgerError(taken) from None
            finally:
                draft.unlink(missing_ok=True)

    def set_aside(self, name: str) -> tuple[Path, ...]:
        """Rename the ledger's files within their folder, while no run is at work; the new paths.

        Raises LockHeld.
        """
        try:
            with self._lock.hold():
                return self._database.set_aside(name)
        except LockHeld:
            raise LockHeld(self._holder()) from None

    @contextmanager
    def lock(self) -> Iterator[None]:
        """See `Ledger.lock`."""
        self._database.check_place()
        with ExitStack() as held:
            try:
                held.enter_context(self._lock.hold())
            except LockHeld:
                raise LockHeld(self._holder()) from None
            row = {
                "id": 1,
                "pid": os.getpid(),
                "host": socket.gethostname(),
                "since": time_text(self._clock.now()),
                "run": "",
            }
            with self._database.writing() as connection:
                upsert(connection, tables.lock, [row])
            try:
                yield
            finally:
                # The row only tells who holds the lock; the lock itself is the system's.
                with suppress(LedgerError), self._database.writing() as connection:
                    connection.execute(delete(tables.lock))

    def begin(self, run: RunSummary) -> None:
        """See `Ledger.begin`. From now on history is written under this run."""
        self._run = run.id
        with self._database.writing() as connection:
            _write_run(connection, run)

    def end(self, run: RunSummary) -> None:
        """See `Ledger.end`. Drops what is too old to be asked for; see `pruning`."""
        with self._database.writing() as connection:
            _write_run(connection, run)
            prune(connection, self._clock.now())

    def binding(self, tracker: str) -> tuple[Binding, datetime] | None:
        """See `Ledger.binding`."""
        asked = select(tables.bindings).where(tables.bindings.c.tracker == tracker)
        for row in self._read(asked):
            return self._decoded(row.binding, Binding, f"tracker {tracker}"), read_time(row.made)
        return None

    def save_binding(self, tracker: str, binding: Binding, at: datetime) -> None:
        """See `Ledger.save_binding`."""
        row = {"tracker": tracker, "made": time_text(at), "binding": encode(binding)}
        with self._database.writing() as connection:
            upsert(connection, tables.bindings, [row])

    def state(self, pipeline: str) -> PipelineState:
        """See `Ledger.state`."""
        asked = select(tables.states.c.state).where(tables.states.c.pipeline == pipeline)
        for row in self._read(asked):
            return self._decoded(row.state, PipelineState, f"pipeline {pipeline}")
        return PipelineState()

    def save_state(self, pipeline: str, state: PipelineState) -> None:
        """See `Ledger.save_state`."""
        row = {"pipeline": pipeline, "state": encode(state)}
        with self._database.writing() as connection:
            upsert(connection, tables.states, [row])

    def memories(self, pipeline: str, deals: Collection[str]) -> dict[str, DealMemory]:
        """See `Ledger.memories`."""
        table = tables.deals.c
        found: dict[str, DealMemory] = {}
        for refs in chunks(sorted(deals)):
            asked = (
                select(table.deal, table.memory)
                .where(table.pipeline == pipeline, table.deal.in_(refs))
                .order_by(table.deal)
            )
            for row in self._read(asked):
                found[row.deal] = self._decoded(row.memory, DealMemory, f"deal {row.deal}")
        return found

    def scan(self, pipeline: str) -> Iterator[DealMemory]:
        """See `Ledger.scan`. Writing between two of them is allowed."""
        table = tables.deals.c
        first = (
            select(table.deal, table.memory)
            .where(table.pipeline == pipeline)
            .order_by(table.deal)
            .limit(CHUNK)
        )
        following = first.where(table.deal > bindparam("after"))
        rows = self._read(first)
        while rows:
            for row in rows:
                yield self._decoded(row.memory, DealMemory, f"deal {row.deal}")
            rows = self._read(following, {"after": rows[-1].deal})

    def pending(self, pipeline: str) -> tuple[str, ...]:
        """See `Ledger.pending`."""
        table = tables.deals.c
        asked = (
            select(table.deal)
            # The literal lets SQLite use the partial index.
            .where(table.pipeline == pipeline, table.pending == literal_column("1"))
            .order_by(table.deal)
        )
        return tuple(row.deal for row in self._read(asked))

    def save(
        self, pipeline: str, memories: Collection[DealMemory], events: Collection[Event] = ()
    ) -> None:
        """See `Ledger.save`."""
        if not memories and not events:
            return
        deals, lines = deal_rows(pipeline, memories), self._lines(events)
        with self._database.writing() as connection:
            upsert(connection, tables.deals, deals)
            append_history(connection, lines)

    def forget(self, pipeline: str, deals: Collection[str]) -> None:
        """See `Ledger.forget`."""
        if not deals:
            return
        table = tables.deals.c
        with self._database.writing() as connection:
            for refs in chunks(sorted(deals)):
                connection.execute(
                    delete(tables.deals).where(table.pipeline == pipeline, table.deal.in_(refs))
                )

    def intend(
        self, run: str, pipeline: str, actions: Sequence[TrackerAction], at: datetime
    ) -> tuple[int, ...]:
        """See `Ledger.intend`."""
        if not actions:
            return ()
        rows = [
            {
                "run": run,
                "pipeline": pipeline,
                "deal": action.deal,
                "kind": kind_of(action),
                "action": encode_action(action),
                "at": time_text(at),
            }
            for action in actions
        ]
        with self._database.writing() as connection:
            # Nobody else can write now, so the ids that follow the last one are ours.
            last = connection.scalar(select(func.max(tables.intents.c.id))) or 0
            ids = range(last + 1, last + 1 + len(rows))
            connection.execute(
                insert(tables.intents),
                [{**row, "id": id_} for id_, row in zip(ids, rows, strict=True)],
            )
        return tuple(ids)

    def settle(
        self,
        pipeline: str,
        outcomes: Mapping[int, Outcome],
        memories: Collection[DealMemory],
        events: Collection[Event],
    ) -> None:
        """See `Ledger.settle`."""
        now = time_text(self._clock.now())
        settled = [
            {
                "intent": id_,
                "status": str(outcome.status),
                "outcome": encode_outcome(outcome),
                "settled_at": None if outcome.status is Status.UNKNOWN else now,
            }
            for id_, outcome in outcomes.items()
        ]
        deals, lines = deal_rows(pipeline, memories), self._lines(events)
        with self._database.writing() as connection:
            if settled:
                connection.execute(
                    update(tables.intents).where(tables.intents.c.id == bindparam("intent")),
                    settled,
                )
            upsert(connection, tables.deals, deals)
            append_history(connection, lines)

    def unsettled(self, pipeline: str) -> tuple[Intent, ...]:
        """See `Ledger.unsettled`."""
        table = tables.intents.c
        asked = (
            select(table.id, table.action, table.at)
            .where(table.pipeline == pipeline, table.settled_at.is_(None))
            .order_by(table.id)
        )
        return tuple(
            Intent(row.id, self._action(row.id, row.action), read_time(row.at))
            for row in self._read(asked)
        )

    def history(
        self,
        *,
        deal: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = 1000,
    ) -> tuple[Event, ...]:
        """See `Ledger.history`. From `since` on, before `until`; the newest `limit` of them."""
        table = tables.history.c
        asked = select(tables.history).order_by(table.id.desc()).limit(limit)
        if deal is not None:
            asked = asked.where(or_(table.deal == deal, table.label == deal))
        if since is not None:
            asked = asked.where(table.at >= time_text(since))
        if until is not None:
            asked = asked.where(table.at < time_text(until))
        return tuple(read_event(row) for row in reversed(self._read(asked)))

    def runs(self, limit: int = 20) -> tuple[RunSummary, ...]:
        """See `Ledger.runs`."""
        asked = select(tables.runs).order_by(tables.runs.c.number.desc()).limit(limit)
        return tuple(read_run(row) for row in self._read(asked))

    @contextmanager
    def rehearsal(self) -> Iterator[Ledger]:
        """See `Ledger.rehearsal`. Works beside a run; a ledger that does not exist stays so."""
        with tempfile.TemporaryDirectory(prefix="readygate-") as folder:
            copy = Path(folder) / "rehearsal.db"
            self._database.copy_to(copy)
            scratch = SqlLedger(
                copy, clock=self._clock, patience=self._patience, mounts=_nothing, scratch=True
            )
            try:
                yield scratch
            finally:
                scratch.close()

    def _read(self, asked: Any, values: Mapping[str, Any] | None = None) -> Sequence[Row[Any]]:
        with self._database.reading() as connection:
            return [] if connection is None else connection.execute(asked, values or {}).all()

    def _lines(self, events: Collection[Event]) -> list[dict[str, object]]:
        return event_rows(events, self._run, self._clock.now())

    def _holder(self) -> str:
        """Who holds the lock, as far as the ledger knows."""
        wait = "Wait until it ends"
        try:
            with self._database.peeking() as connection:
                row = connection.execute(select(tables.lock)).first() if connection else None
        except LedgerError:
            row = None
        if row is None:
            return f"another run holds the lock of {self.path}. {wait}"
        since = read_time(row.since).strftime("%Y-%m-%d %H:%M:%S UTC")
        return (
            f"another run holds the lock of {self.path} since {since}: {who_holds(row)}. "
            f"{wait}; if it hangs, end that process"
        )

    def _prove(self, copy: Path) -> None:
        """Raise LedgerDamaged if a copy is not sound: the ledger itself is not, then."""
        other = Database(copy, self._lock, patience=self._patience, mounts=_nothing)
        try:
            with other.peeking() as connection:
                spoiled = unsound(connection) if connection else "the copy is gone"
        finally:
            other.close()
        if spoiled:
            raise LedgerDamaged(
                f"the ledger {self.path} is damaged, so no backup of it was kept. {START_AGAIN}",
                detail=f"{self.path}: {spoiled}",
            )

    def _decoded(self, text: str, kind: type[V], what: str) -> V:
        try:
            return decode(text, kind)
        except UNREADABLE as error:
            raise self._unreadable(what, error) from error

    def _action(self, intent: int, text: str) -> TrackerAction:
        try:
            return decode_action(text)
        except UNREADABLE as error:
            raise self._unreadable(f"intent {intent}", error) from error

    def _unreadable(self, what: str, error: Exception) -> LedgerError:
        return LedgerDamaged(
            f"the ledger {self.path} holds something unreadable about {what}. {START_AGAIN}",
            detail=f"{self.path}: {what}: {type(error).__name__}: {error}",
        )


def _write_run(connection: Connection, run: RunSummary) -> None:
    row = {
        "id": run.id,
        "started": time_text(run.started),
        "ended": time_text(run.ended) if run.ended else None,
        "exit_code": run.exit_code,
        "counts": json_text(dict(run.counts)),
    }
    statement = insert(tables.runs)
    changed = {name: statement.excluded[name] for name in row if name != "id"}
    connection.execute(statement.on_conflict_do_update(["id"], set_=changed), row)
    connection.execute(update(tables.lock).where(tables.lock.c.pid == os.getpid()), {"run": run.id})


def _nothing() -> str:
    """No mounts: a copy that is thrown away may lie anywhere."""
    return ""
