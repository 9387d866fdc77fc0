"""The lock of a run: the operating system's, so that it dies with the process that holds it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from readygate.errors import LockHeld
from readygate_ledger.failures import explained


class RunLock:
    """A lock file beside the ledger. It stays there: only the lock on it counts."""

    def __init__(self, ledger: Path) -> None:
        self._ledger = ledger
        self._held = False

    @property
    def path(self) -> Path:
        """The lock file."""
        return self._ledger.with_name(f"{self._ledger.name}.lock")

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Hold the lock; raises LockHeld at once if another process or object holds it."""
        # Never the soft lock, which is only a file and would survive its holder.
        lock = FileLock(
            self.path, mode=0o600, blocking=False, fallback_to_soft=False, preserve_lock_file=True
        )
        with explained(self._ledger):
            try:
                lock.acquire()
            except Timeout:
                raise LockHeld("another run holds the lock") from None
        self._held = True
        try:
            yield
        finally:
            self._held = False
            lock.release()

    def is_held(self) -> bool:
        """Whether a run holds it now. Takes the lock for an instant to find out."""
        if self._held:
            return True
        if not self.path.exists():
            return False
        try:
            with self.hold():
                return False
        except LockHeld:
            return True

    @contextmanager
    def borrow(self) -> Iterator[None]:
        """Hold the lock for as long as a migration takes, unless we hold it already."""
        if self._held:
            yield
            return
        with self.hold():
            yield
