"""Starting and stopping: in a thread for tests, in the foreground for the command."""

import gc
import json
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from readygate_sandbox import board
from readygate_sandbox.app import SandboxApp
from readygate_sandbox.control import Control
from readygate_sandbox.control_api import ROUTES as CONTROL_ROUTES
from readygate_sandbox.control_api import users_shape
from readygate_sandbox.jira_cloud import seed as seeds
from readygate_sandbox.jira_cloud import state
from readygate_sandbox.jira_cloud.site import Site
from readygate_sandbox.jira_cloud.store import Store
from readygate_sandbox.listener import Listener

Seed = str | Path | dict[str, Any]
"""`demo`, a file, or a document as `docs/sandbox.md` describes it."""


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A running sandbox: where it is, and its handle."""

    url: str
    control: Control

    def describe(self) -> dict[str, Any]:
        """The JSON line that `readygate sandbox` prints when it is ready."""
        return {
            "jira": self.url,
            "board": f"{self.url}/",
            "control": f"{self.url}/_sandbox/",
            "users": users_shape(self.control),
        }


def build(seed: Seed = seeds.DEMO, state_file: Path | None = None) -> Control:
    """A site from its seed, or from the state file where there is one.

    Raises seed.SeedError and state.StateError.
    """
    source = "seed" if isinstance(seed, dict) else str(seed)
    document = seed if isinstance(seed, dict) else seeds.load_seed(source)
    store = Store()

    def reseed(target: Store) -> None:
        seeds.plant(target, document, source)

    if state_file is not None and state_file.exists():
        state.load(store, state_file)
    else:
        reseed(store)
    return Control(Site(store), reseed, state_file)


@contextmanager
def _listening(control: Control, port: int) -> Iterator[Sandbox]:
    app = SandboxApp(control, CONTROL_ROUTES, board.ROUTES)
    listener = Listener(app, port=port)
    control.site.address = listener.url
    thread = threading.Thread(
        target=listener.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
    )
    thread.start()
    try:
        yield Sandbox(listener.url, control)
    finally:
        listener.stop()
        thread.join(timeout=5)


@contextmanager
def running_sandbox(
    seed: Seed = seeds.DEMO, *, jira_port: int = 0, state_file: Path | None = None
) -> Iterator[Sandbox]:
    """Serve a sandbox in a thread while the block runs.

    Raises seed.SeedError, state.StateError, and OSError when the port is taken.
    """
    control = build(seed, state_file)
    with _listening(control, jira_port) as sandbox:
        try:
            yield sandbox
        finally:
            _save(control)


def _save(control: Control) -> None:
    if control.state_file is not None:
        with control.store.lock:
            state.save(control.store, control.state_file)


def run(
    *,
    jira_port: int = 0,
    seed: str = seeds.DEMO,
    state_file: Path | None = None,
    out: TextIO | None = None,
) -> int:
    """Serve until SIGTERM or SIGINT: what `readygate sandbox` does. Prints one JSON line with the
    addresses when ready, saves the state at the end, and returns the exit code: 0, or 2 for a
    seed, state or port that cannot be used (said on stderr). Call it from the main thread."""
    # Full collections over 80,000 issues take 100 ms and would show in benchmarks; there is little
    # garbage in cycles here.
    gc.set_threshold(50_000, 20, 100)
    stopped = threading.Event()
    before = {
        number: signal.signal(number, lambda *_: stopped.set())
        for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        with running_sandbox(seed, jira_port=jira_port, state_file=state_file) as sandbox:
            line = json.dumps(sandbox.describe(), ensure_ascii=False)
            print(line, file=out or sys.stdout, flush=True)
            stopped.wait()
    except (seeds.SeedError, state.StateError) as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"The sandbox cannot listen on port {jira_port}: {error}", file=sys.stderr)
        return 2
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return 0
