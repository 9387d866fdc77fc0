"""Starts sites and connects to them over real HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from integration.jira.rig import TOKEN, Rig, SharedClock, pipeline, seed
from readygate.pipeline import Pipeline
from readygate_jira.connector import connect
from readygate_sandbox import running_sandbox

MakeRig = Callable[..., Rig]


@pytest.fixture
def make_rig() -> Iterator[MakeRig]:
    """Start a site from a seed and connect to it."""
    opened: list[Any] = []

    def make(
        document: dict[str, Any] | None = None,
        *,
        token: str = TOKEN,
        path: Pipeline | None = None,
        **options: str,
    ) -> Rig:
        context = running_sandbox(document or seed())
        sandbox = context.__enter__()
        opened.append(lambda: context.__exit__(None, None, None))
        clock = SharedClock()
        clock.control = sandbox.control
        seen: list[Any] = []
        tracker = connect(
            "main",
            {"url": sandbox.url, "email": "bot@example.com", **options},
            {"token": token},
            clock,
            seen.append,
        )
        opened.append(tracker.close)
        return Rig(sandbox.control, sandbox.url, clock, tracker, path or pipeline(), seen)

    yield make
    for close in reversed(opened):
        close()


@pytest.fixture
def rig(make_rig: MakeRig) -> Rig:
    """A site with three deals, resolved."""
    made = make_rig()
    made.resolve()
    return made
