"""What one call of the program knows about itself, for its errors, logs and crash report."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


def unchanged(text: str) -> str:
    """Redact nothing: no secret has been read yet."""
    return text


@dataclass
class Call:
    """One call. `redact` hides the secrets that were read so far; `run` is the id of its run.

    `warned` tells that its files with secrets were found open to others, and said so.
    `log_format` and `log_level` are what the command line asked for, None where it did not.
    """

    argv: tuple[str, ...] = ()
    run: str = ""
    redact: Callable[[str], str] = unchanged
    log_format: str | None = None
    log_level: str | None = None
    warned: bool = False


def run_id(now: datetime) -> str:
    """An id that sorts by time and does not repeat: `20261124-091500-3f9a`."""
    return f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
