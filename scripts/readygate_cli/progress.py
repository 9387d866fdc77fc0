"""Shows how far long work has come, to people only: a line on a terminal, nothing elsewhere."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from readygate.run import Progress

_EVERY = 0.1
"""Seconds between two drawings."""

_BAR = 24


class ProgressLine:
    """One line that is drawn over and over; `step` names the work in words."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._drawn = 0.0
        self._step = ""

    def __call__(self, step: str, done: int, total: int | None) -> None:
        """See `Progress`."""
        now = time.monotonic()
        if step == self._step and now - self._drawn < _EVERY:
            return
        self._drawn, self._step = now, step
        columns = shutil.get_terminal_size().columns
        self._stream.write(f"\r\x1b[K{drawn(step, done, total)[: columns - 1]}")
        self._stream.flush()

    def clear(self) -> None:
        """Wipe the line."""
        if self._step:
            self._stream.write("\r\x1b[K")
            self._stream.flush()


def drawn(step: str, done: int, total: int | None) -> str:
    """The line: a bar where the total is known, a count where it is not."""
    if not total:
        return f"{step}: {done}" if done else step
    filled = min(_BAR, _BAR * done // total)
    return f"{step}: [{'#' * filled}{'.' * (_BAR - filled)}] {done} of {total}"


@contextmanager
def progress() -> Iterator[Progress | None]:
    """A progress line while the work lasts; None unless stderr is a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    line = ProgressLine(sys.stderr)
    try:
        yield line
    finally:
        line.clear()
