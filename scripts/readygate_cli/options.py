"""Options and the question that several commands share, so that they are worded the same way."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any, TypeVar

import click

from readygate_cli import logs
from readygate_cli.call import Call

F = TypeVar("F", bound=Callable[..., Any])

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_AGO = re.compile(r"(\d{1,5})([mhdw])")


class When(click.ParamType[datetime]):
    """A point in time: `7d`, `12h`, `30m` or `2w` ago, or a date, or a date and time."""

    name = "WHEN"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Give an aware time; without a zone of its own it is local."""
        del ctx
        text = str(value).strip()
        ago = _AGO.fullmatch(text)
        try:
            if ago:
                return datetime.now(UTC) - timedelta(**{_UNITS[ago[2]]: int(ago[1])})
            return datetime.fromisoformat(text).astimezone(UTC)  # of a naive one: the local zone
        except (ValueError, OverflowError):  # not written as a time, or before the first year
            self.fail(f"{text!r} is no time: give 7d, 12h, 30m, 2w, or a date as 2026-11-24", param)


class Span(click.ParamType[timedelta]):
    """A length of time: `5m`, `2h`, `1d`."""

    name = "TIME"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> timedelta:
        """Give the length; it is more than nothing."""
        del ctx
        if isinstance(value, timedelta):
            return value
        found = _AGO.fullmatch(str(value).strip())
        if not found or not int(found[1]):
            self.fail(f"{value!r} is no length of time: give 5m, 2h or 1d", param)
        return timedelta(**{_UNITS[found[2]]: int(found[1])})


def every_option(function: F) -> F:
    """--every: the cron period, for the budget."""
    return click.option(
        "--every",
        "period",
        type=Span(),
        help="How often cron runs `sync`, for a tracker with `requests_per_month`: 5m, 1h."
        " Default: measured.",
    )(function)


def consents(question: str) -> bool:
    """Ask whether to go on; no where nobody sits at a terminal."""
    return sys.stdin.isatty() and click.confirm(question, default=False)


def local_zone() -> tzinfo:
    """The zone in which times are shown."""
    return datetime.now(UTC).astimezone().tzinfo or UTC


def _set_up_logs(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """Configure logging as soon as an option is known, before anything else can fail."""
    call = ctx.find_object(Call)
    if call and value and not ctx.resilient_parsing:
        setattr(call, str(param.name), value)
        logs.configure(call, form=call.log_format or logs.TEXT, level=call.log_level or "warning")
    return value


def log_options(function: F) -> F:
    """--log-format and --log-level: handled here; the command does not get them."""
    for name, choices, help_ in (
        ("--log-level", logs.LEVELS, "How much is logged on stderr. Default: warning."),
        (
            "--log-format",
            (logs.TEXT, logs.JSON),
            "How errors, notes and the log are written on stderr. Default: text.",
        ),
    ):
        function = click.option(
            name,
            type=click.Choice(choices),
            envvar=f"READYGATE_{name[2:].upper().replace('-', '_')}",
            is_eager=True,
            expose_value=False,
            callback=_set_up_logs,
            help=help_,
        )(function)
    return function


def config_option(function: F) -> F:
    """--config: files or folders; without it the usual places are tried."""
    return click.option(
        "--config",
        "-c",
        multiple=True,
        type=click.Path(path_type=Path),
        envvar="READYGATE_CONFIG",
        show_envvar=True,
        help="A config file, or a folder whose YAML files are merged. May be given several times."
        " Default: readygate.yaml here, then in the usual places.",
    )(function)


def ledger_option(function: F) -> F:
    """--ledger: the file with everything that is remembered."""
    return click.option(
        "--ledger",
        type=click.Path(dir_okay=False, path_type=Path),
        envvar="READYGATE_LEDGER",
        show_envvar=True,
        help="The file in which Readygate keeps its memory."
        " Default: readygate.db beside the config file.",
    )(function)


def pipeline_option(function: F) -> F:
    """--pipeline: only these."""
    return click.option(
        "--pipeline",
        "pipelines",
        multiple=True,
        metavar="NAME",
        help="Only this pipeline of the config. May be given several times.",
    )(function)


def json_option(function: F) -> F:
    """--json: a JSON document instead of text."""
    return click.option(
        "--json", "as_json", is_flag=True, help="Print a JSON document instead of text."
    )(function)


def format_option(function: F) -> F:
    """--format text|json|markdown, with --json as the short way."""
    function = click.option(
        "--format",
        "form",
        type=click.Choice(["text", "json", "markdown"]),
        default="text",
        show_default=True,
        help="How the result is printed; markdown is for pasting into a chat.",
    )(function)
    return click.option("--json", "form", flag_value="json", help="Short for --format json.")(
        function
    )
