"""Results on stdout, and the exit code kept honest when nobody reads them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable

from readygate.errors import ReadygateError

NEVER = "There has been no run yet, so nothing is known of any deal: run `readygate sync` first."
"""What `status` and `log` say before the first run."""


class OutputFailed(ReadygateError):
    """The result could not be written: the disk is full, the file is gone."""


def emit(text: str | Iterable[str]) -> None:
    """Write a result. A reader that has gone away (`| head`) is no error; a full disk is."""
    parts = [text] if isinstance(text, str) else text
    if sys.stdout is None:  # closed by the caller (`>&-`)
        return
    try:
        for part in parts:
            sys.stdout.write(part)
        sys.stdout.flush()
    except BrokenPipeError:
        _silence()
    except OSError as error:
        _silence()
        raise OutputFailed(f"The result could not be written: {error.strerror}.") from error


def _silence() -> None:
    """Let whatever is still buffered go nowhere, so that the exit does not fail over it."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError:  # a stream without a file behind it
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - kept open
