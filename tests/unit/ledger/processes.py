"""Second processes that use a ledger: started with what to do, they say when they have done it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

OPENING = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
from readygate.memory import DealMemory
from readygate.ports import Event, RunSummary
from readygate.testing import FakeClock
from readygate_ledger import open_ledger

def say(text):
    print(text, flush=True)

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ledger = open_ledger(Path(sys.argv[1]), clock=FakeClock(NOW))
"""

HOLD = """
with ledger.lock():
    ledger.begin(RunSummary("run-1", NOW))
    say("held")
    sys.stdin.read()
"""


@contextmanager
def process(path: Path, script: str) -> Iterator[subprocess.Popen[str]]:
    """A process that runs `script` with a `ledger` at `path`; ended with the block."""
    child = subprocess.Popen(
        [sys.executable, "-c", OPENING + script, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with child:
        try:
            yield child
        finally:
            child.kill()


def line(child: subprocess.Popen[str]) -> str:
    """The next line it says; "" if it ended."""
    assert child.stdout is not None
    return child.stdout.readline().strip()
