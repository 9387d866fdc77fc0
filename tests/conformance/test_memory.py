"""The tracker in memory keeps every promise: tests of the core rest on it."""

from __future__ import annotations

from contextlib import AbstractContextManager

from conformance.memory import memory_playground
from readygate.testing.conformance import Playground, TrackerConformance


class TestMemory(TrackerConformance):
    """In memory."""

    def playground(self) -> AbstractContextManager[Playground]:
        return memory_playground()
