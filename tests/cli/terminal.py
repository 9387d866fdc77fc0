"""A program on a real terminal, and somebody who reads what it shows and types."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

_OWN_TERMINAL = (
    "import fcntl, os, signal, sys, termios; os.setsid(); fcntl.ioctl(0, termios.TIOCSCTTY, 0);"
    " signal.signal(signal.SIGINT, signal.SIG_DFL);"
    " os.execvp(sys.argv[1], sys.argv[1:])"
)
"""Takes the terminal for its own, so that passwords are asked there and Ctrl-C arrives, also where
the tests run in the background and ignore it."""

READYGATE = (sys.executable, "-m", "readygate_cli")
"""The command `readygate`, installed or not."""

_PATIENCE = 60.0


class Terminal:
    """A program on a terminal, in an environment of its own. `shown` is everything that was on the
    screen so far."""

    def __init__(self, *command: str, cwd: Path, env: Mapping[str, str]) -> None:
        self._screen, inside = pty.openpty()
        self._process = subprocess.Popen(
            [sys.executable, "-c", _OWN_TERMINAL, *command],
            stdin=inside,
            stdout=inside,
            stderr=inside,
            cwd=cwd,
            env={**env, "TERM": "dumb"},
        )
        os.close(inside)
        self.shown = ""
        self._read = 0

    def expect(self, text: str) -> None:
        """Wait until this is shown after what was awaited last."""
        until = time.monotonic() + _PATIENCE
        while text not in self.shown[self._read :]:
            assert time.monotonic() < until, f"{text!r} was not shown:\n{self.shown}"
            assert self._more(until), f"ended without {text!r}:\n{self.shown}"
        self._read = self.shown.index(text, self._read) + len(text)

    def type(self, text: str) -> None:
        """Type a line."""
        self.press(f"{text}\n")

    def press(self, keys: str) -> None:
        """Press keys without Enter."""
        os.write(self._screen, keys.encode())

    def answer(self, question: str, text: str) -> None:
        """Wait for a question and type the answer."""
        self.expect(question)
        self.type(text)

    def interrupt(self) -> None:
        """Press Ctrl-C, as people do: again if nothing comes of it, which happens while a prompt
        is being set up."""
        while self._process.poll() is None and "Interrupted" not in self.shown[self._read :]:
            self.press("\x03")
            again = time.monotonic() + 3.0
            while (
                time.monotonic() < again
                and "Interrupted" not in self.shown[self._read :]
                and self._more(again)
            ):
                pass

    def end(self) -> int:
        """Wait for its end; the exit code."""
        until = time.monotonic() + _PATIENCE
        while self._more(until):
            pass
        return self._process.wait(timeout=_PATIENCE)

    def close(self) -> None:
        """End it, if it has not ended."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
        os.close(self._screen)

    def _more(self, until: float) -> bool:
        ready, _, _ = select.select([self._screen], [], [], max(0.0, until - time.monotonic()))
        if not ready:
            return False
        try:
            data = os.read(self._screen, 65536)
        except OSError:  # EIO: nobody has the other end any more
            return False
        self.shown += data.decode("utf-8", "replace").replace("\r\n", "\n")
        return bool(data)
