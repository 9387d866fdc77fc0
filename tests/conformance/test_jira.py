"""Jira Cloud keeps every promise, over HTTP."""

from __future__ import annotations

from contextlib import AbstractContextManager

from conformance.jira import jira_playground
from readygate.testing.conformance import Playground, TrackerConformance


class TestJira(TrackerConformance):
    """Against the Jira side of the sandbox."""

    def playground(self) -> AbstractContextManager[Playground]:
        return jira_playground()
