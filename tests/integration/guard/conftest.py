"""Starts floors: sites of any make with our program beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from integration.guard.bench import Bench, site
from integration.guard.floor import Floor, seed
from readygate.pipeline import Guard
from readygate_sandbox import Sandbox, running_sandbox

MakeFloor = Callable[..., Floor]


@pytest.fixture
def make_floor(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[MakeFloor]:
    """Start a site; the first argument is the `guard:` line of the config."""
    with ExitStack() as opened:

        def make(guard: str, document: dict[str, Any] | None = None, **more: str) -> Floor:
            sandbox = opened.enter_context(running_sandbox(document or seed()))
            folder = tmp_path / str(len(list(tmp_path.iterdir())))
            folder.mkdir()
            floor = Floor(sandbox, folder, capsys, monkeypatch)
            floor.configure(guard, **more)
            return floor

        yield make


MakeBench = Callable[..., Bench]


@pytest.fixture
def make_bench() -> Iterator[MakeBench]:
    """Start a site and connect to it as its admin."""
    with ExitStack() as opened:

        def make(
            guard: Guard = Guard.BY_SUBTASKS,
            document: dict[str, Any] | None = None,
            on: Sandbox | None = None,
            **more: Any,
        ) -> Bench:
            sandbox = on or opened.enter_context(running_sandbox(document or site()))
            bench = Bench(sandbox, guard, **more)
            opened.callback(bench.close)
            return bench

        yield make
