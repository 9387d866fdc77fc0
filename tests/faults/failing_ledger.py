"""A run whose ledger fails at one of its writes, for real, and the run after it.

Run as a program in a small file system of its own, it does so with a disk that is full.
"""

from __future__ import annotations

import json
import resource
import sqlite3
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any

from readygate.errors import LedgerError
from readygate_ledger import open_ledger
from unit.core.story import World, book

Strike = Callable[[Path], AbstractContextManager[None]]
"""Makes every write to the ledger at a path fail while the block lasts."""

PATIENCE = 0.02


@contextmanager
def held_by_a_backup(path: Path) -> Iterator[None]:
    """Another program holds the write lock of the file."""
    other = sqlite3.connect(path, isolation_level=None)
    try:
        other.execute("BEGIN IMMEDIATE")
        yield
    finally:
        other.close()


@contextmanager
def over_the_quota(_path: Path) -> Iterator[None]:
    """No file of this process may grow: the system refuses each write, also the first byte."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def full_disk(path: Path) -> Iterator[None]:
    """The file system has not a byte left."""
    filler = path.with_name("filler")
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        for size in (4096, 1):
            with suppress(OSError):
                while file.write(b"x" * size):
                    pass
    try:
        yield
    finally:
        filler.unlink()


class Failing:
    """A world with a real ledger, before an eventful run: a deal to return, one to accept, a new
    one, an item to retire."""

    def __init__(self, path: Path) -> None:
        self.world = World()
        self.world.ledger = self.ledger = open_ledger(  # type: ignore[assignment]
            path, clock=self.world.clock, patience=PATIENCE
        )
        self.path = path
        create = self.world.tracker.create
        self.placed = create("A deal under way", "Talks")
        self.early = create("A deal", "Lead")
        self.ready = self.world.deal("Lead", "checklist")
        self.world.tracker.move(self.early, "Talks")
        self.world.tracker.move(self.ready, "Talks")
        self.new = self.world.tracker.create("A new deal", "Lead")
        self.world.change(book(delivery=("contract", "brand")))

    def run(self, *, at: int = 0, strike: Strike = over_the_quota) -> tuple[int, str, int]:
        """The eventful run, with the ledger failing at its write number `at` (0: at none).

        Gives how many writes it began, the error, and how many actions were sent after the fault.
        """
        begun, sent = 0, 0
        database = self.ledger._database
        real = database.writing

        @contextmanager
        def writing() -> Iterator[Any]:
            nonlocal begun, sent
            begun += 1
            if begun != at:
                with real() as connection:
                    yield connection
                return
            sent = len(self.world.tracker.writes)
            with strike(self.path), real() as connection:
                yield connection

        database.writing = writing  # type: ignore[method-assign]
        try:
            self.world.run()
        except LedgerError as error:
            return begun, str(error), len(self.world.tracker.writes) - sent
        finally:
            database.writing = real  # type: ignore[method-assign]
        return begun, "", 0

    def end(self) -> dict[str, Any]:
        """What people see in the tracker, and what the ledger thinks of it."""
        deals = (self.early, self.ready, self.placed, self.new)
        items = Counter(item.key for item in self.world.tracker.items.values())
        return {
            "stages": [self.world.stage(deal) for deal in deals],
            "items": [self.world.tracker.items_of(deal) for deal in deals],
            "doubled": sorted(key for key, count in items.items() if count > 1),
            "comments": [len(self.world.comments(deal)) for deal in deals],
            "accepted": [self.world.accepted(deal) for deal in deals],
            "open": len(self.ledger.unsettled("deals")),
        }

    def close(self) -> None:
        """Let go of the file."""
        self.ledger.close()


def undisturbed(folder: Path) -> tuple[int, dict[str, Any]]:
    """How many writes the run has when nothing fails, and the end to compare with."""
    world = Failing(folder / "undisturbed.db")
    writes, error, _ = world.run()
    assert not error
    end = world.end()
    world.close()
    return writes, end


def struck(folder: Path, at: int, strike: Strike) -> dict[str, Any]:
    """The run with its write number `at` failing, then one more without a fault: the end of that,
    with `error`, and `sent` after the fault."""
    world = Failing(folder / f"struck-{at}.db")
    try:
        _, error, sent = world.run(at=at, strike=strike)
        again = world.run()[1] if error else ""
        return {**world.end(), "error": error, "sent": sent, "again": again}
    finally:
        world.close()


def main(folder: Path) -> None:
    """Fill the disk at every write; print the undisturbed end and all others."""
    writes, expected = undisturbed(folder)
    (folder / "undisturbed.db").unlink()
    ends = []
    for at in range(1, writes + 1):
        ends.append(struck(folder, at, full_disk))
        for file in folder.glob("struck-*"):
            file.unlink()
    print(json.dumps({"writes": writes, "expected": expected, "ends": ends}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
