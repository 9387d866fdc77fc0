"""The one place that turns exceptions into exit codes and into texts on stderr."""

from __future__ import annotations

import importlib
import io
import sys
from collections.abc import Callable
from contextlib import suppress

import click

from readygate.errors import ReadygateError
from readygate.render.plain import clean
from readygate.report import INTERRUPTED, OUR_BUG, USAGE, exit_code_of
from readygate_cli.call import Call
from readygate_cli.logs import say

INTERRUPTED_TEXT = "Interrupted. What was under way is looked up and settled by the next run."


def guarded(work: Callable[[], object], call: Call) -> int:
    """Do the work and give the code the process ends with; nothing but SystemExit gets through.

    A number that `work` returns is the code; anything else counts as 0.
    """
    try:
        result = work()
    except (KeyboardInterrupt, click.exceptions.Abort):
        say(INTERRUPTED_TEXT)
        return INTERRUPTED
    except click.ClickException as error:
        _show(error)
        return USAGE
    except ReadygateError as error:
        say(f"{error}", about={"detail": error.detail})
        return exit_code_of(error)
    except Exception as error:  # noqa: BLE001 - the last line: everything unexpected is reported
        say(_crashed(error, call))
        return OUR_BUG
    return result if isinstance(result, int) else 0


def _show(error: click.ClickException) -> None:
    """Say what is wrong with the command line, which may hold anything somebody pasted."""
    text = io.StringIO()
    error.show(text)
    if sys.stderr is not None:  # closed by the caller
        with suppress(OSError, ValueError):
            sys.stderr.write("\n".join(clean(line) for line in text.getvalue().split("\n")))


def _crashed(error: Exception, call: Call) -> str:
    # Imported late: the report pulls in libraries that no other command line needs to load.
    crash = importlib.import_module("readygate_cli.crash")
    text = f"This is a bug of Readygate ({type(error).__name__}), not of your config."
    try:
        path = crash.write_report(error, call)
    except OSError as refused:
        return (
            f"{text} No report could be written: {refused.strerror}.\n{crash.report(error, call)}"
        )
    return f"{text} A report was written at {path}\nPlease look it over and attach it to an issue."
