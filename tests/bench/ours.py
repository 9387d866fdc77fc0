"""Our program in a folder of its own, pointed at sandboxes."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from contract import config
from measuring import HERE, Used
from sides import BOT, Side


class Ours:
    """Readygate with its config and its ledger."""

    def __init__(self, folder: Path, *sides: Side) -> None:
        self._folder = folder
        self._sides = sides
        self.change(changed=False)

    @classmethod
    @contextmanager
    def beside(cls, *sides: Side) -> Iterator[Self]:
        """A folder that is there as long as the block lasts."""
        with tempfile.TemporaryDirectory() as folder:
            yield cls(Path(folder), *sides)

    def change(self, *, changed: bool = True) -> None:
        """Write the config, with the changed contract or as it was."""
        trackers = {f"t{number}": one.options() for number, one in enumerate(self._sides)}
        text = config(trackers, self._sides[0].place, changed=changed)
        (self._folder / "readygate.yaml").write_text(text, encoding="utf-8")

    def sync(self, *options: str, clock: bool = True) -> Used:
        """One run; it must succeed."""
        program = [str(HERE / "virtual_clock.py")] if clock else ["-m", "readygate_cli"]
        tokens = {
            f"READYGATE_TRACKERS__T{number}__TOKEN": BOT[1] for number, _ in enumerate(self._sides)
        }
        place = {
            "READYGATE_CONFIG": str(self._folder / "readygate.yaml"),
            "READYGATE_LEDGER": str(self._folder / "readygate.db"),
        }
        command = [sys.executable, *program, "sync", *options]
        return self._sides[0].at.measure(command, {**tokens, **place}, clock=clock)

    @property
    def ledger_mb(self) -> float:
        """How large the ledger is on disk."""
        return sum(one.stat().st_size for one in self._folder.glob("readygate.db*")) / 1e6
