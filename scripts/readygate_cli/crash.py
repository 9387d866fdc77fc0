"""Writes the report of a bug of ours, ready to paste into an issue and free of secrets."""

from __future__ import annotations

import os
import platform
import re
import shlex
import tempfile
import traceback
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from readygate_cli.call import Call
from readygate_cli.redaction import Redaction

_PACKAGES = (
    "readygate",
    "click",
    "jira",
    "pydantic",
    "requests",
    "ruamel.yaml",
    "sqlalchemy",
    "tenacity",
)
_SECRET_NAME = re.compile(r"(?i)token|secret|password|passwd|api_?key")


def write_report(error: BaseException, call: Call, environ: Mapping[str, str] = os.environ) -> str:
    """Write a report on an exception to a new file that only its owner can read; its path."""
    text = report(error, call, environ)
    handle, path = tempfile.mkstemp(prefix="readygate-report-", suffix=".md", text=True)
    with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
        file.write(text)
    return path


def report(error: BaseException, call: Call, environ: Mapping[str, str] = os.environ) -> str:
    """The report as Markdown: versions, the command, the traceback."""
    hide = _hider(call, environ)
    trace = "".join(traceback.format_exception(error)).rstrip("\n")
    lines = [
        "# Readygate stopped because of a bug",
        "",
        "Secrets were removed. Look it over before you paste it: it may name deals or people.",
        "",
        f"- command: `{hide(shlex.join(('readygate', *call.argv)))}`",
        f"- run: {call.run or 'none'}",
        f"- time: {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC",
        f"- system: {platform.system()} {platform.release()}, Python {platform.python_version()}",
        f"- packages: {', '.join(f'{name} {_version(name)}' for name in _PACKAGES)}",
        "",
        "```text",
        *(hide(line) for line in trace.split("\n")),
        "```",
        "",
    ]
    return "\n".join(lines)


def _hider(call: Call, environ: Mapping[str, str]) -> Callable[[str], str]:
    redact = Redaction(value for name, value in environ.items() if _SECRET_NAME.search(name))
    home = str(Path.home())

    def hide(line: str) -> str:
        text = redact(call.redact(line))
        return text.replace(home, "~") if len(home) > 1 else text

    return hide


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
