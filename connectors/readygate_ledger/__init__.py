"""The ledger on SQLite, and the only importer of sqlalchemy, alembic, cattrs and filelock."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from readygate.ports import Clock

if TYPE_CHECKING:
    from readygate_ledger.ledger import SqlLedger

__all__ = ["open_ledger"]


def open_ledger(path: Path, *, clock: Clock, patience: float = 10.0) -> SqlLedger:
    """Give the ledger that lies, or is going to lie, at `path`; close it when done.

    The disk is not touched before the first read, write or lock, and only a write or a lock creates
    the file. `patience` is how many seconds a write waits for another program. Its methods raise
    LedgerError: no folder, no right, a network file system, damage, a newer version, a full disk.
    """
    from readygate_ledger.ledger import SqlLedger  # noqa: PLC0415 - sqlalchemy is slow to import

    return SqlLedger(path, clock=clock, patience=patience)
