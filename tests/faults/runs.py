"""Runs of the program in processes of their own, which end or pause where a test wants it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

KILLED = -9


@dataclass(frozen=True, slots=True)
class Ran:
    """How a run ended. `points` names what it passed, in order: before and after every request and
    every commit of the ledger; `times` when, in seconds. A run that stands still has no code yet.
    """

    pid: int
    code: int | None
    out: str
    err: str
    points: tuple[str, ...]
    times: tuple[float, ...]


class Launcher:
    """Starts runs; see `launcher.py`."""

    def __init__(
        self, process: subprocess.Popen[str], folder: Path, env: Mapping[str, str]
    ) -> None:
        self._process = process
        self._told = {"cwd": str(folder), "env": dict(env)}

    def run(
        self,
        argv: Sequence[str],
        *,
        shift: float = 0.0,
        at: int | None = None,
        do: str = "kill",
        jump: float = 0.0,
        twice: bool = False,
    ) -> Ran:
        """Run a command; at the point numbered `at` it is killed, or stopped.

        Its clock is `shift` seconds ahead of ours, and jumps by `jump` when a stopped one goes on.
        With `twice` it stops when it is done, to do it once more.
        """
        told = {"shift": shift, "at": at, "do": do, "jump": jump, "twice": twice}
        return self._order({"argv": list(argv), **told})

    def warm(self, *argv: str) -> Ran:
        """Run a command, by the real clock, and have everything at hand that it needed."""
        return self._order({"argv": list(argv), "warm": True})

    def go_on(self, stopped: Ran) -> Ran:
        """Wake a run that stands still, and see it end."""
        return self._order({"go_on": stopped.pid})

    def _order(self, order: Mapping[str, Any]) -> Ran:
        assert self._process.stdin
        assert self._process.stdout
        print(json.dumps({**self._told, **order}), file=self._process.stdin, flush=True)
        told = json.loads(self._process.stdout.readline())
        notes = [note.partition(" ") for note in told.get("points", ())]
        times = tuple(float(at) for at, _, _ in notes)
        points = tuple(what for _, _, what in notes)
        return Ran(told["pid"], told.get("code"), told["out"], told["err"], points, times)


@contextmanager
def launcher(folder: Path, env: Mapping[str, str]) -> Iterator[Launcher]:
    """A launcher for runs in a folder."""
    tests = str(Path(__file__).parents[1])
    paths = [tests, *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    process = subprocess.Popen(
        [sys.executable, "-m", "faults.launcher"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        yield Launcher(process, folder, env)
