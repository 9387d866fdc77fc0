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

from readygate_sandbox import board, control_api, control_common, savefile
from readygate_sandbox.airtable import control_api as airtable_api
from readygate_sandbox.airtable import seed as airtable_seeds
from readygate_sandbox.airtable.control import AirtableControl
from readygate_sandbox.airtable.side import AirtableSide
from readygate_sandbox.airtable.store import Store as AirtableStore
from readygate_sandbox.airtable.workspace import Workspace
from readygate_sandbox.app import SandboxApp, Side
from readygate_sandbox.control import Control
from readygate_sandbox.control_common import Controlled
from readygate_sandbox.jira_cloud import seed as seeds
from readygate_sandbox.jira_cloud import state
from readygate_sandbox.jira_cloud.side import JiraSide
from readygate_sandbox.jira_cloud.site import Site
from readygate_sandbox.jira_cloud.store import Store
from readygate_sandbox.listener import Listener
from readygate_sandbox.sides import Sides
from readygate_sandbox.web import Routes

Seed = str | Path | dict[str, Any]
"""`demo` or `demo-en`, a file, or a document as `docs/sandbox.md` describes it."""


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A running sandbox: where it is, and the handles of its two sides."""

    url: str
    control: Control
    airtable_url: str
    airtable: AirtableControl

    def describe(self) -> dict[str, Any]:
        """The JSON line that `readygate sandbox` prints when it is ready."""
        return {
            "jira": self.url,
            "airtable": self.airtable_url,
            "board": f"{self.url}/",
            "control": f"{self.url}/_sandbox/",
            "airtable_control": f"{self.airtable_url}/_sandbox/",
            "users": control_api.users_shape(self.control),
            "airtable_users": airtable_api.users_shape(self.airtable),
            "bases": [
                {"id": b["id"], "name": b["name"]} for b in airtable_api.bases_shape(self.airtable)
            ],
        }


def build(seed: Seed = seeds.DEMO, state_file: Path | None = None) -> Sides:
    """Both sides from their seed, or from the state file where there is one.

    Raises seed.SeedError and state.StateError.
    """
    source = "seed" if isinstance(seed, dict) else str(seed)
    document = dict(seed if isinstance(seed, dict) else seeds.load_seed(source))
    section = document.pop("airtable", None)
    users = document.get("users")
    people = [p for p in users if isinstance(p, dict)] if isinstance(users, list) else []
    store, workspace = Store(), AirtableStore()

    def reseed(target: Store) -> None:
        seeds.plant(target, document, source)

    def reseed_airtable(target: AirtableStore) -> None:
        if problems := airtable_seeds.plant(target, section, people):
            raise seeds.SeedError(source, problems)

    if state_file is not None and state_file.exists():
        savefile.load(store, workspace, state_file)
    else:
        reseed(store)
        reseed_airtable(workspace)

    def save() -> Path | None:
        if state_file is not None:
            savefile.save(store, workspace, state_file)
        return state_file

    return Sides(
        Control(Site(store), reseed, save),
        AirtableControl(Workspace(workspace), reseed_airtable, save),
    )


@contextmanager
def _listening(
    side: Side, control: Controlled, routes: Routes, *, sides: Sides, port: int
) -> Iterator[str]:
    """One side on its port, in a thread; yields its address."""
    routes_of = [control_common.ROUTES, routes]
    app = SandboxApp(side, control, routes_of, sides=sides, pages=board.ROUTES)
    listener = Listener(app, port=port)
    thread = threading.Thread(
        target=listener.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
    )
    thread.start()
    try:
        yield listener.url
    finally:
        listener.stop()
        thread.join(timeout=5)


@contextmanager
def running_sandbox(
    seed: Seed = seeds.DEMO,
    *,
    jira_port: int = 0,
    airtable_port: int = 0,
    state_file: Path | None = None,
) -> Iterator[Sandbox]:
    """Serve a sandbox in two threads while the block runs.

    Raises seed.SeedError, state.StateError, and OSError when a port is taken.
    """
    sides = build(seed, state_file)
    jira, airtable = sides.jira, sides.airtable
    jira_side = JiraSide(jira.site, jira.limits)
    airtable_side = AirtableSide(airtable.workspace, airtable.limits)
    with (
        _listening(jira_side, jira, control_api.ROUTES, sides=sides, port=jira_port) as url,
        _listening(
            airtable_side, airtable, airtable_api.ROUTES, sides=sides, port=airtable_port
        ) as airtable_url,
    ):
        jira.site.address = url
        airtable.workspace.address = airtable_url
        try:
            yield Sandbox(url, jira, airtable_url, airtable)
        finally:
            jira.save()


def run(
    *,
    jira_port: int = 0,
    airtable_port: int = 0,
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
        with running_sandbox(
            seed, jira_port=jira_port, airtable_port=airtable_port, state_file=state_file
        ) as sandbox:
            line = json.dumps(sandbox.describe(), ensure_ascii=False)
            print(line, file=out or sys.stdout, flush=True)
            stopped.wait()
    except (seeds.SeedError, state.StateError) as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(
            f"The sandbox cannot listen on port {_ports(jira_port, airtable_port)}: {error}",
            file=sys.stderr,
        )
        return 2
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    return 0


def _ports(*ports: int) -> str:
    """The ports that were asked for, in words."""
    return " or ".join(str(p) for p in ports if p) or "0"
