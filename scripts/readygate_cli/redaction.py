"""Hides secrets in texts of many lines, keeping their layout."""

from __future__ import annotations

from collections.abc import Iterable

from readygate_http.redact import Redactor

LONGEST_LINE = 2000
"""Characters kept of one line."""


class Redaction:
    """Hides these secrets, and whatever looks like one."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._redactor = Redactor(secrets)

    def __call__(self, text: str) -> str:
        """The text with its lines and their indentation, without secrets."""
        return "\n".join(self._line(line) for line in text.split("\n"))

    def _line(self, line: str) -> str:
        indent = line[: len(line) - len(line.lstrip())]
        return indent + self._redactor(line.strip(), limit=LONGEST_LINE)
