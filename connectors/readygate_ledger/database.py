"""The SQLite file: created whole, opened carefully, brought up to date, copied."""

from __future__ import annotations

import os
import sqlite3
import tempfile
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from threading import RLock

from sqlalchemy import Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.exc import DBAPIError

from readygate.errors import LedgerDamaged, LedgerError
from readygate_ledger.failures import START_AGAIN, explained
from readygate_ledger.locking import RunLock
from readygate_ledger.mounts import mount_table, network_file_system
from readygate_ledger.tables import APPLICATION, HEAD

PRIVATE = 0o600
"""Nobody else reads who owes what."""

# An intent that a power cut takes back would let a write happen twice: hence FULL.
LASTING = ("foreign_keys = ON", "synchronous = FULL")
SCRATCH = ("foreign_keys = ON", "synchronous = OFF", "journal_mode = MEMORY")

WRITE = "readygate_write"
"""The execution option of connections that are going to write."""


class Database:
    """One ledger file. Nothing is touched before the first `reading` or `writing`.

    `patience` is how many seconds a write waits for another program. A `scratch` database is thrown
    away soon: it need not survive a power cut, and no copy is kept when it is migrated.
    """

    def __init__(
        self,
        path: Path,
        lock: RunLock,
        *,
        patience: float,
        mounts: Callable[[], str] = mount_table,
        scratch: bool = False,
    ) -> None:
        self.path = path
        self._lock = lock
        self._mounts = mounts
        self._scratch = scratch
        pragmas = SCRATCH if scratch else LASTING
        self._open = partial(_open, patience=patience, pragmas=pragmas)
        self._engine = self._new_engine(path)
        self._writer = self._engine.execution_options(**{WRITE: True})
        self._ready = False
        # Threads of one process take turns: SQLite would have them try again and again.
        self._turn = RLock()
        # Whoever forgets to close does not leave connections to the garbage collector.
        weakref.finalize(self, self._engine.dispose)

    def close(self) -> None:
        """Let go of the file; what is asked for later opens it again."""
        self._engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection | None]:
        """A transaction that sees one state; None while there is no ledger yet."""
        with explained(self.path):
            if not self._prepare(create=False):
                yield None
                return
            with self._engine.begin() as connection:
                yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is on the disk when it ends, or leaves nothing behind."""
        with explained(self.path), self._turn:
            self._prepare(create=True)
            with self._writer.begin() as connection:
                yield connection

    @contextmanager
    def peeking(self) -> Iterator[Connection | None]:
        """A transaction on whatever is there: for telling who holds the lock, no more."""
        with explained(self.path):
            if not self.path.exists():
                yield None
                return
            with self._engine.begin() as connection:
                yield connection

    def check_place(self) -> None:
        """Raise LedgerError if the ledger cannot lie where it is said to lie."""
        folder = self.path.parent
        with explained(self.path):
            there = folder.is_dir()
        if not there:
            raise LedgerError(
                f"the ledger {self.path} has no place: there is no folder {folder}. "
                "Create the folder, or choose another place for the ledger"
            )
        kind = network_file_system(self.path, self._mounts())
        if kind:
            raise LedgerError(
                f"the ledger {self.path} lies on a network file system ({kind}), where two hosts "
                "could write it at once and spoil it. Choose a place on a local disk"
            )

    def copy_to(self, target: Path) -> bool:
        """Copy a consistent state into a new private file, also while others write.

        False, and no file, while there is no ledger yet. A copy that cannot be written is said to
        be at `target`.
        """
        self.check_place()
        with explained(self.path):
            if not self.path.exists():
                return False
            self._check_file()
            source = self._open(self.path)
        with closing(source):
            with explained(self.path):
                source.execute("SELECT count(*) FROM sqlite_master")  # reads what it is
            with explained(target):
                _private(target)
                with closing(self._open(target)) as copy:
                    copy.execute("PRAGMA locking_mode = EXCLUSIVE")  # needs no shared memory
                    source.backup(copy)
        return True

    def set_aside(self, name: str) -> tuple[Path, ...]:
        """Give the ledger's files another name in the same folder, a free one; where they are now.

        The caller holds the lock. What SQLite keeps beside the file belongs to it and goes along:
        left behind, it would be played into whatever ledger comes next.
        """
        self.close()
        self._ready = False
        moved = []
        with explained(self.path):
            aside = unused(self.path.with_name(name))
            for source, target in zip(_with_sides(self.path), _with_sides(aside), strict=True):
                if source.exists():
                    source.rename(target)
                    moved.append(target)
            _sync_folder(self.path.parent)
        return tuple(moved)

    def usable_revision(self, connection: Connection) -> str:
        """The revision of a ledger that we can use; raises LedgerError for any other database."""
        found = _revision(connection)
        if found == HEAD:
            return found
        mark = connection.exec_driver_sql("PRAGMA application_id").scalar_one()
        if mark != APPLICATION or not found:
            raise LedgerError(
                f"{self.path} is the database of another program, not a ledger. "
                "Choose another place for the ledger"
            )
        from readygate_ledger.upgrading import knows  # noqa: PLC0415 - alembic is slow to import

        if not knows(found):
            raise LedgerError(
                f"the ledger {self.path} was written by a newer readygate (revision {found}, this "
                f"one knows {HEAD}). Install the newer version again; it cannot be turned back"
            )
        return found

    def check_file(self) -> None:
        """Raise LedgerDamaged for a file of which nothing is left; make the others private."""
        with explained(self.path):
            self._check_file()

    def _prepare(self, *, create: bool) -> bool:
        if self._ready:
            return True
        with self._turn:
            return self._prepared(create=create)

    def _prepared(self, *, create: bool) -> bool:
        self.check_place()
        if not self.path.exists():
            if not create:
                return False
            self._create()
        self._check_file()
        self._check_revision()
        self._ready = True
        return True

    def _create(self) -> None:
        """Make a whole ledger under another name, then give it its own: there is no half of one."""
        number, name = tempfile.mkstemp(prefix=f".{self.path.name}.", dir=self.path.parent)
        os.close(number)  # mkstemp made it private
        draft = Path(name)
        try:
            engine = self._new_engine(draft)
            try:
                with engine.execution_options(**{WRITE: True}).begin() as connection:
                    _upgrade(connection)
            finally:
                engine.dispose()
            with closing(self._open(draft)) as raw:
                raw.execute("PRAGMA journal_mode = WAL")
            self._clear_sides()
            with suppress(FileExistsError):  # another process was quicker; theirs is as good
                place(draft, self.path)
        finally:
            draft.unlink(missing_ok=True)

    def _clear_sides(self) -> None:
        """Move away what the ledger before left beside itself when its file was taken away."""
        sides = _with_sides(self.path)[1:]
        if not any(side.exists() for side in sides) or self.path.exists():
            return  # if somebody has made one meanwhile, they are its own
        with self._lock.borrow():
            if self.path.exists():
                return
            for side in sides:
                if side.exists():
                    side.rename(unused(side.with_name(f"{side.name}.orphan")))

    def _check_file(self) -> None:
        status = self.path.stat()
        if self.path.is_file() and not status.st_size:
            raise LedgerDamaged(f"the ledger {self.path} is empty: it was cut off. {START_AGAIN}")
        if status.st_mode & 0o077 and status.st_uid == os.geteuid() and self.path.is_file():
            self.path.chmod(PRIVATE)

    def _check_revision(self) -> None:
        with self._engine.begin() as connection:
            if self.usable_revision(connection) == HEAD:
                return
        with self._lock.borrow():
            if not self._scratch:
                self._keep_copy()
            with self._writer.begin() as connection:
                _upgrade(connection)

    def _keep_copy(self) -> None:
        """Keep the ledger as it is before a migration; a copy of a failed try is replaced."""
        copy = self.path.with_name(f"{self.path.name}.before-{HEAD}")
        draft = copy.with_name(f".{copy.name}.new")
        draft.unlink(missing_ok=True)
        try:
            self.copy_to(draft)
            draft.replace(copy)
        finally:
            draft.unlink(missing_ok=True)

    def _new_engine(self, path: Path) -> Engine:
        engine = create_engine("sqlite://", creator=partial(self._open, path), poolclass=QueuePool)
        event.listen(engine, "begin", _begin)
        return engine


def place(draft: Path, target: Path) -> None:
    """Give a finished file its name, for good; raises FileExistsError if the name is taken."""
    try:
        os.link(draft, target)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        if target.exists():
            raise FileExistsError(target) from None
        draft.rename(target)
    _sync_folder(target.parent)


def unused(path: Path) -> Path:
    """This path, or the first of `path.2`, `path.3`… at which there is nothing."""
    found, number = path, 1
    while found.exists():
        number += 1
        found = path.with_name(f"{path.name}.{number}")
    return found


def _with_sides(path: Path) -> tuple[Path, ...]:
    """A database and what SQLite keeps beside it while it is in use, or after a crash."""
    return path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")


def _open(path: Path, *, patience: float, pragmas: Sequence[str]) -> sqlite3.Connection:
    mode = "ro&immutable=1" if _cannot_change(path) else "rw"  # neither creates
    connection = sqlite3.connect(
        f"{path.as_uri()}?mode={mode}",
        uri=True,
        timeout=patience,
        isolation_level=None,
        check_same_thread=False,
    )
    try:
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")
    except BaseException:
        connection.close()
        raise
    return connection


def _cannot_change(path: Path) -> bool:
    """Whether a ledger lies on a read-only disk, whole: SQLite reads it there only if told so."""
    if not os.statvfs(path).f_flag & os.ST_RDONLY:
        return False
    wal = path.with_name(f"{path.name}-wal")
    return not wal.exists() or not wal.stat().st_size


def _begin(connection: Connection) -> None:
    # A write takes its lock at once: one that began as a read could not wait for it later.
    write = connection.get_execution_options().get(WRITE)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _revision(connection: Connection) -> str:
    """The revision of a ledger; "" if it has none."""
    try:
        found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
    except DBAPIError as error:
        if getattr(error.orig, "sqlite_errorcode", None) != sqlite3.SQLITE_ERROR:
            raise
        return ""  # no such table
    return str(found or "")


def _upgrade(connection: Connection) -> None:
    from readygate_ledger.upgrading import upgrade  # noqa: PLC0415 - alembic is slow to import

    upgrade(connection)
    connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION}")


def _private(path: Path) -> None:
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, PRIVATE))


def _sync_folder(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
