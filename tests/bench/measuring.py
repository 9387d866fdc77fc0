"""Runs a command against a sandbox of its own process, and counts what it asked for and used."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

HERE = Path(__file__).parent
LATENCY = 0.08
"""Seconds that a request to a real tracker is taken to last."""


@dataclass(frozen=True, slots=True)
class Used:
    """One finished process. Seconds are ours alone: the sandbox's share and the keeping of the
    virtual clock are taken out; `elapsed` is all of it. `waited` is what pacing and latency would
    have taken. `peak`: the most requests of one second, where a tracker limits those (Airtable).
    `said`: what it printed."""

    counts: Mapping[str, int]
    refused: int
    cpu_s: float
    wall_s: float
    elapsed_s: float
    waited_s: float
    sandbox_s: float
    peak_mb: float
    peak: int | None
    said: str

    @property
    def requests(self) -> int:
        """All requests, whatever kind."""
        return sum(self.counts.values())


class Sandbox:
    """One side of a sandbox in a process of its own."""

    def __init__(self, url: str, control: str) -> None:
        self.url = url
        self.control = control
        self._session = requests.Session()

    def tell(self, what: str, **told: Any) -> Any:
        """Call the control API."""
        answer = self._session.post(self.control + what, json=told, timeout=3600)
        if not answer.ok:
            raise SystemExit(f"{what}: {answer.status_code} {answer.text[:500]}")
        return answer.json()

    def act(self, do: str, **told: Any) -> None:
        """Anna does something."""
        self.tell("act", **{"as": "anna@example.com", "do": do, **told})

    def measure(self, command: list[str], env: Mapping[str, str], *, clock: bool = True) -> Used:
        """Run a command to its end; it must end with 0.

        With `clock`, waiting and latency only move the clocks (virtual_clock.py).
        """
        self.tell("log/clear")
        with tempfile.TemporaryDirectory() as folder:
            kept = Path(folder) / "clock.json"
            told = {"BENCH_CLOCK": str(kept), "BENCH_CONTROL": self.control} if clock else {}
            started = time.perf_counter()
            said = Path(folder) / "said.txt"
            with (
                said.open("wb") as out,
                subprocess.Popen(command, env={**os.environ, **env, **told}, stdout=out) as process,
            ):
                _, status, used = os.wait4(process.pid, 0)
                process.returncode = os.waitstatus_to_exitcode(status)
            wall = time.perf_counter() - started
            if process.returncode != 0:
                raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
            text = said.read_text(encoding="utf-8")
            virtual = json.loads(kept.read_text()) if clock else {}
        log = self._session.get(self.control + "log", params={"limit": 0}, timeout=600).json()
        sandbox = log["ms"] / 1000
        return Used(
            log["counts"],
            log["statuses"].get("429", 0),
            used.ru_utime + used.ru_stime - virtual.get("cpu", 0.0),
            wall - sandbox - virtual.get("wall", 0.0),
            wall,
            virtual.get("waited", 0.0),
            sandbox,
            used.ru_maxrss / 1024,
            self.tell("limits").get("peak"),
            text,
        )


@contextmanager
def served(seed: Path) -> Iterator[dict[str, Any]]:
    """Serve a seed; gives the addresses that the sandbox prints."""
    command = [sys.executable, "-m", "readygate_sandbox", "--seed", str(seed)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            address: dict[str, Any] = json.loads(process.stdout.readline())
            yield address
        finally:
            process.terminate()
