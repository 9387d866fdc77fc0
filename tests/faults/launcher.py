"""A process that forks one run of the program per order and ends or pauses it where it is told to.

It has no threads and has loaded everything once, so that a run costs its work and not its start.
Run as a program it reads orders from stdin, a JSON line each, and answers with a line.
"""

from __future__ import annotations

import gc
import io
import json
import os
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout, suppress
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import requests
import sqlalchemy
from sqlalchemy.engine.default import DefaultDialect

from readygate.errors import ConfigError
from readygate_cli import logs, runs, wiring
from readygate_cli.main import main
from readygate_cli.wiring import SystemClock
from readygate_config import Config
from readygate_http import client
from readygate_ledger.database import WRITE

KILL, STOP = "kill", "stop"


class Points:
    """Numbers the points a run passes, notes them, and does at one of them what was ordered."""

    def __init__(self, order: dict[str, Any], notes: int) -> None:
        self._at: int | None = order.get("at")
        self._do: str = order.get("do", KILL)
        self._jump: float = order.get("jump", 0.0)
        self._notes = notes
        self._passed = 0
        self.clock = ShiftedClock(order.get("shift", 0.0))

    def __call__(self, what: str) -> None:
        """A point is reached."""
        here, self._passed = self._passed, self._passed + 1
        os.write(self._notes, f"{self.clock.monotonic():.6f} {what}\n".encode())
        if here != self._at:
            return
        if self._do == KILL:
            os.kill(os.getpid(), signal.SIGKILL)
        self.stop()

    def stop(self) -> None:
        """Stand still until somebody wakes us; then it is later."""
        os.kill(os.getpid(), signal.SIGSTOP)
        self.clock.jump(self._jump)


class ShiftedClock:
    """The real clock, so many seconds ahead; waiting only moves it."""

    def __init__(self, shift: float) -> None:
        self._shift = shift
        self._waited = 0.0

    def jump(self, seconds: float) -> None:
        """Time passes at once. Back only the time of day goes."""
        self._shift += seconds
        self._waited += max(seconds, 0.0)

    def now(self) -> datetime:
        """The time of day."""
        return datetime.now(UTC) + timedelta(seconds=self._shift)

    def monotonic(self) -> float:
        """Seconds that never go back."""
        return time.monotonic() + self._waited

    def sleep(self, seconds: float) -> None:
        """Move on without waiting."""
        self.jump(seconds)


def watch(points: Points) -> None:
    """From now on every request and every commit of the ledger is two points: before and after."""
    send = requests.Session.send
    commit = DefaultDialect.do_commit
    writing: list[bool] = []

    def sent(self: requests.Session, request: requests.PreparedRequest, **told: Any) -> Any:
        what = f"{request.method} {request.path_url.partition('?')[0]}"
        points(f"before {what}")
        answer = send(self, request, **told)
        points(f"after {what}")
        return answer

    def committing(connection: sqlalchemy.Connection) -> None:
        if connection.get_execution_options().get(WRITE):
            points("before commit")
            writing.append(True)

    def committed(self: DefaultDialect, connection: Any) -> None:
        commit(self, connection)
        if writing:
            writing.clear()
            points("after commit")

    requests.Session.send = sent  # type: ignore[method-assign]
    DefaultDialect.do_commit = committed  # type: ignore[method-assign]
    sqlalchemy.event.listen(sqlalchemy.Engine, "commit", committing)
    for name in ("now", "monotonic", "sleep"):
        method = getattr(points.clock, name)
        setattr(SystemClock, name, lambda _clock, *told, method=method: method(*told))


def child(order: dict[str, Any], out: int, err: int, notes: int) -> None:
    """One run, as if the program had been called; with `twice` another one when it is woken."""
    gc.disable()  # a short life
    os.dup2(out, 1)
    os.dup2(err, 2)
    os.chdir(order["cwd"])
    os.environ.update(order["env"])
    points = Points(order, notes)
    watch(points)
    code = main(order["argv"])
    if order.get("twice") and code == 0:
        logs.release()
        points.stop()
        code = main(order["argv"])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def text(descriptor: int) -> str:
    """What was written into a file in memory."""
    os.lseek(descriptor, 0, os.SEEK_SET)
    with os.fdopen(descriptor, "rb", closefd=False) as file:
        return file.read().decode()


class Run:
    """One forked run."""

    def __init__(self, order: dict[str, Any]) -> None:
        self._files = [os.memfd_create(name) for name in ("out", "err", "notes")]
        self.pid = os.fork()
        if not self.pid:
            with suppress(BaseException):
                child(order, *self._files)
            os._exit(99)

    def wait(self) -> dict[str, Any]:
        """How it ended, or that it stands still."""
        _, status = os.waitpid(self.pid, os.WUNTRACED)
        out, err, notes = map(text, self._files)
        told = {"pid": self.pid, "out": out, "err": err, "points": notes.splitlines()}
        if os.WIFSTOPPED(status):
            return {**told, "stopped": True}
        for file in self._files:
            os.close(file)
        return {**told, "code": os.waitstatus_to_exitcode(status)}


def warm(order: dict[str, Any]) -> dict[str, Any]:
    """Do a run in this process, which is warm then: all modules and caches are there."""
    os.chdir(order["cwd"])
    os.environ.update(order["env"])
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = main(order["argv"])
    logs.release()
    gc.collect()
    gc.freeze()
    return {"pid": os.getpid(), "code": code, "out": out.getvalue(), "err": err.getvalue()}


def remember() -> None:
    """Do only once what always comes out the same and takes time: configs, what is installed."""
    wiring.entry_points = cache(wiring.entry_points)
    client.version = cache(client.version)
    load = runs.load_config
    known: dict[str, Config] = {}

    def load_once(files: Sequence[Path]) -> Config:
        text = Path("readygate.yaml").read_text(encoding="utf-8")
        if text not in known:
            known[text] = load(files)
        return known[text]

    runs.load_config = load_once


def serve() -> None:
    """Carry out orders until stdin ends; a run that stands still then is ended."""
    remember()
    still: dict[int, Run] = {}
    for line in sys.stdin:
        order = json.loads(line)
        if order.get("warm"):
            told = warm(order)
        elif "go_on" in order:
            run = still.pop(order["go_on"])
            os.kill(run.pid, signal.SIGCONT)
            told = run.wait()
        else:
            os.chdir(order["cwd"])
            with suppress(ConfigError):
                runs.load_config([])
            run = Run(order)
            told = run.wait()
            if told.get("stopped"):
                still[run.pid] = run
        print(json.dumps(told), flush=True)
    for pid in still:
        os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    serve()
