"""Airtable keeps every promise, over HTTP."""

from __future__ import annotations

from contextlib import AbstractContextManager

from conformance.airtable import airtable_playground
from readygate.testing.conformance import Playground, TrackerConformance


class TestAirtable(TrackerConformance):
    """Against the Airtable side of the sandbox."""

    def playground(self) -> AbstractContextManager[Playground]:
        return airtable_playground()
