"""Runs our program with waiting replaced by moving the clocks: ours, and the sandbox's with it.

Every request takes the latency of a real tracker on them. What the keeping of the clock itself
cost is written down, so that nobody takes it for ours.
"""

from __future__ import annotations

import json
import os
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests
from measuring import LATENCY

from readygate_cli.main import main
from readygate_cli.wiring import SystemClock

CONTROL = os.environ["BENCH_CONTROL"]
send = requests.Session.send
session = requests.Session()
waited, cpu, wall = 0.0, 0.0, 0.0


def sleep(_clock: SystemClock, seconds: float) -> None:
    """Let the time pass without waiting for it."""
    global waited, cpu, wall  # noqa: PLW0603 - the one clock of this process
    began, used = time.perf_counter(), time.process_time()
    waited += seconds
    told = session.prepare_request(
        requests.Request("POST", f"{CONTROL}clock", json={"advance": seconds})
    )
    send(session, told, timeout=60).raise_for_status()
    cpu += time.process_time() - used
    wall += time.perf_counter() - began


def late(self: requests.Session, request: requests.PreparedRequest, **options: Any) -> Any:
    """Send a request over a distance."""
    sleep(SystemClock(), LATENCY)
    return send(self, request, **options)


requests.Session.send = late  # type: ignore[method-assign]
SystemClock.sleep = sleep  # type: ignore[method-assign]
SystemClock.monotonic = lambda _clock: time.monotonic() + waited  # type: ignore[method-assign]
SystemClock.now = lambda _clock: datetime.now(UTC) + timedelta(seconds=waited)  # type: ignore[method-assign]
code = main(sys.argv[1:])
kept = {"waited": waited, "cpu": cpu, "wall": wall}
Path(os.environ["BENCH_CLOCK"]).write_text(json.dumps(kept), encoding="utf-8")
sys.exit(code)
