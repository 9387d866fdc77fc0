"""Waiting that takes no time: our clock goes on by what would have been waited, and so may others.

Where `sleep` alone does nothing, whoever waits for a moment asks the clock until it has come.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from readygate_cli.wiring import SystemClock


def at_once(patch: pytest.MonkeyPatch, *others: Callable[[float], object]) -> None:
    """From now on nobody waits: our clock is later instead, and `others` are told by how much."""
    waited = 0.0

    def wait(_clock: SystemClock, seconds: float) -> None:
        nonlocal waited
        waited += seconds
        for advance in others:
            advance(seconds)

    patch.setattr(SystemClock, "sleep", wait)
    patch.setattr(SystemClock, "monotonic", lambda _: time.monotonic() + waited)
