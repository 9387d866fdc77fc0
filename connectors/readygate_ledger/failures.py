"""Turns what SQLite and the file system say into one error with something to do in it."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from readygate.errors import LedgerDamaged, LedgerError

RIGHTS = "Let the account that runs readygate read and write the file and its folder"
START_AGAIN = (
    "Put a backup back, or run `readygate ledger rebuild`: "
    "it moves the file aside and makes a new ledger from the tracker"
)
MAKE_ROOM = "Make room; nothing was half written, and the next run goes on from here"

_TEXTS = {
    sqlite3.SQLITE_BUSY: (
        "is in use by another program, perhaps a backup",
        "Wait until that is done; the next run goes on from here",
    ),
    sqlite3.SQLITE_READONLY: ("can be read but not written", RIGHTS),
    sqlite3.SQLITE_IOERR: (
        "cannot be read or written: the disk reports an error",
        "Check the disk, its quota and the limit on the size of files; nothing was half written",
    ),
    sqlite3.SQLITE_CORRUPT: ("is damaged", START_AGAIN),
    sqlite3.SQLITE_NOTADB: ("is not a ledger, or it is damaged", START_AGAIN),
    sqlite3.SQLITE_FULL: (
        "cannot grow: the disk is full",
        MAKE_ROOM,
    ),
    sqlite3.SQLITE_CANTOPEN: ("cannot be opened", RIGHTS),
}
_ALIKE = {
    sqlite3.SQLITE_LOCKED: sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_PERM: sqlite3.SQLITE_CANTOPEN,
}
_SYSTEM = {
    errno.ENOSPC: sqlite3.SQLITE_FULL,
    errno.EDQUOT: sqlite3.SQLITE_FULL,
    errno.EROFS: sqlite3.SQLITE_READONLY,
}
"""What the file system says by itself, when it means the same."""

_DAMAGE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Raise what goes wrong with the ledger at `path` as a LedgerError."""
    try:
        yield
    except DBAPIError as error:
        raise _sqlite(path, error.orig or error) from error
    except sqlite3.Error as error:
        raise _sqlite(path, error) from error
    except OSError as error:
        said = (error.strerror or type(error).__name__).lower()
        what, todo = _TEXTS.get(
            _SYSTEM.get(error.errno or 0, 0), (f"cannot be used: {said}", RIGHTS)
        )
        raise LedgerError(f"the ledger {path} {what}. {todo}", detail=repr(error)) from error


def _sqlite(path: Path, error: BaseException) -> LedgerError:
    code = getattr(error, "sqlite_errorcode", 0)
    name = getattr(error, "sqlite_errorname", type(error).__name__)
    primary = code & 0xFF  # the other bits tell variants apart
    if primary == sqlite3.SQLITE_ERROR and "no such" in str(error):  # a table or a column is gone
        primary = sqlite3.SQLITE_CORRUPT
    what, todo = _TEXTS.get(
        _ALIKE.get(primary, primary),
        (f"cannot be used (SQLite says {name})", "The log has the details"),
    )
    kind = LedgerDamaged if primary in _DAMAGE else LedgerError
    return kind(f"the ledger {path} {what}. {todo}", detail=f"{path}: {name}: {error}")
