"""Starts bases and connects to them over real HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from integration.airtable.rig import BASE, TOKEN, Rig, SharedClock, pipeline, seed
from integration.airtable.town import Town
from integration.airtable.town import seed as empty
from readygate.pipeline import Pipeline
from readygate_airtable.connector import connect
from readygate_sandbox import running_sandbox
from support.waiting import at_once

MakeRig = Callable[..., Rig]


@pytest.fixture
def make_rig() -> Iterator[MakeRig]:
    """Start a base from a seed and connect to it."""
    opened: list[Any] = []

    def make(
        document: dict[str, Any] | None = None,
        *,
        token: str = TOKEN,
        path: Pipeline | None = None,
    ) -> Rig:
        context = running_sandbox(document or seed())
        sandbox = context.__enter__()
        opened.append(lambda: context.__exit__(None, None, None))
        clock = SharedClock()
        clock.pass_on = sandbox.airtable.clock.advance
        seen: list[Any] = []
        options = {"base": BASE, "url": sandbox.airtable_url}
        tracker = connect("base", options, {"token": token}, clock, seen.append)
        opened.append(tracker.close)
        return Rig(sandbox, clock, tracker, path or pipeline(), seen)

    yield make
    for close in reversed(opened):
        close()


@pytest.fixture
def rig(make_rig: MakeRig) -> Rig:
    """A base with three deals, resolved."""
    made = make_rig()
    made.resolve()
    return made


@pytest.fixture
def town(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Town]:
    """A base that begins empty."""
    monkeypatch.setenv("READYGATE_TRACKERS__BASE__TOKEN", "patBOT.0123456789")
    monkeypatch.delenv("READYGATE_CONFIG", raising=False)
    monkeypatch.delenv("READYGATE_LEDGER", raising=False)
    monkeypatch.chdir(tmp_path)
    with running_sandbox(empty()) as sandbox:
        at_once(monkeypatch, sandbox.airtable.clock.advance)
        made = Town(sandbox, tmp_path, capsys)
        made.write()
        yield made
