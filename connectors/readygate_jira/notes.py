"""Collects what resolving a pipeline has to say, so that everything is told at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from readygate.errors import Finding, Problem


@dataclass(slots=True)
class Notes:
    """Problems stop the run, findings are shown, `denied` names rights that are missing."""

    pipeline: str
    problems: list[Problem] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    denied: list[str] = field(default_factory=list)

    def problem(self, path: Sequence[str | int], message: str, hint: str) -> None:
        """Note a problem; `path` is relative to the pipeline in the config."""
        self.problems.append(Problem(("pipelines", self.pipeline, *path), message, hint))

    def finding(self, code: str, text: str, **data: str) -> None:
        """Note something a person should know."""
        self.findings.append(Finding(code, text, data={"pipeline": self.pipeline, **data}))
