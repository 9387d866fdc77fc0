"""Everything on stderr: errors and notes for people, and the log, as text or as JSON lines.

One way out, so that no secret can leave by another.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Mapping, MutableMapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from readygate.render.plain import clean
from readygate_cli.call import Call

TEXT, JSON = "text", "json"
LEVELS = ("debug", "info", "warning", "error")
SAYS = "readygate.says"
"""The logger whose records are texts for people; in text form they stand alone, with no prefix."""

FIELDS = ("tracker", "key")


class RunLog(logging.LoggerAdapter[logging.Logger]):
    """A logger that knows its tracker and what it is about."""

    def process(
        self, msg: Any, kwargs: MutableMapping[str, Any]
    ) -> tuple[Any, MutableMapping[str, Any]]:
        """Add what we know to what the record brings."""
        kwargs["extra"] = {**(self.extra or {}), **(kwargs.get("extra") or {})}
        return msg, kwargs


class _Stderr(logging.Handler):
    """Writes to whatever stderr is at that moment; nowhere if it was closed."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record. A stderr that nobody reads must not end a run half-way."""
        with suppress(OSError, ValueError):
            if sys.stderr is not None:  # closed by the caller (`2>&-`)
                sys.stderr.write(f"{self.format(record)}\n")
                sys.stderr.flush()


class _TextForm(logging.Formatter):
    def __init__(self, call: Call) -> None:
        super().__init__()
        self._call = call

    def format(self, record: logging.LogRecord) -> str:
        """A line per record; a traceback follows on lines of its own."""
        lines = super().format(record).split("\n")
        if record.name != SAYS:
            about = [self._call.run, *(str(getattr(record, name, "")) for name in FIELDS)]
            shown = " ".join(part for part in about if part)
            at = datetime.fromtimestamp(record.created, UTC).astimezone()
            where = f"{at:%H:%M:%S} {record.levelname.lower()} {record.name}"
            lines[0] = f"{where} [{shown}] {lines[0]}" if shown else f"{where} {lines[0]}"
        return "\n".join(clean(self._call.redact(line)) for line in lines)


class _JsonForm(logging.Formatter):
    def __init__(self, call: Call) -> None:
        super().__init__()
        self._call = call

    def format(self, record: logging.LogRecord) -> str:
        """One JSON object on one line: at, level, logger, message, run, tracker, key, detail."""
        found: dict[str, str] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": self._call.redact(record.getMessage()),
            "run": self._call.run,
        }
        for name in (*FIELDS, "detail"):
            value = getattr(record, name, "")
            if value:
                found[name] = self._call.redact(str(value))
        if record.exc_info:
            found["error"] = self._call.redact(self.formatException(record.exc_info))
        return json.dumps(found)


def configure(call: Call, *, form: str = TEXT, level: str = "warning") -> None:
    """Send every log record to stderr in this form; replaces what an earlier call set up."""
    release()
    handler = _Stderr()
    handler.setFormatter(_JsonForm(call) if form == JSON else _TextForm(call))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(level.upper())
    logging.getLogger(SAYS).setLevel(logging.INFO)


def release() -> None:
    """Leave stderr alone again: for programs that go on after a call."""
    root = logging.getLogger()
    for handler in [handler for handler in root.handlers if isinstance(handler, _Stderr)]:
        root.removeHandler(handler)
    root.setLevel(logging.WARNING)


def say(text: str, *, level: int = logging.ERROR, about: Mapping[str, str] | None = None) -> None:
    """Tell a person something on stderr; the JSON form adds `about`: tracker, key, detail."""
    logging.getLogger(SAYS).log(level, "%s", text, extra=dict(about or {}))


def log_of(name: str, **about: str) -> RunLog:
    """A logger under `readygate.` that carries a tracker and a key."""
    return RunLog(logging.getLogger(f"readygate.{name}"), about)
