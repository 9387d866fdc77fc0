"""Runs our program with waiting replaced by moving the clocks: ours, and the sandbox's with it.

Called as: virtual_clock.py CONTROL_URL ARGUMENTS…
"""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime, timedelta

import requests

from readygate_cli.main import main
from readygate_cli.wiring import SystemClock

CONTROL = sys.argv[1]
skipped = 0.0
session = requests.Session()


def sleep(_clock: SystemClock, seconds: float) -> None:
    """Let the time pass without waiting for it."""
    global skipped  # noqa: PLW0603 - the one clock of this process
    skipped += seconds
    session.post(f"{CONTROL}clock", json={"advance": seconds}, timeout=60).raise_for_status()


SystemClock.sleep = sleep  # type: ignore[method-assign]
SystemClock.monotonic = lambda _clock: time.monotonic() + skipped  # type: ignore[method-assign]
SystemClock.now = lambda _clock: datetime.now(UTC) + timedelta(seconds=skipped)  # type: ignore[method-assign]
sys.exit(main(sys.argv[2:]))
