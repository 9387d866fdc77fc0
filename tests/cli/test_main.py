"""The program itself: quick to start, every command explained, nothing shown but on purpose."""

from __future__ import annotations

import importlib
import io
import resource
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Self

import click
import pytest
from click.testing import CliRunner

from readygate_cli import options
from readygate_cli.main import COMMANDS, cli, main
from readygate_cli.options import When
from readygate_cli.progress import ProgressLine, drawn, progress

VENDORS = (
    "jira",
    "requests",
    "sqlalchemy",
    "alembic",
    "pydantic",
    "ruamel",
    "tenacity",
    "werkzeug",
)


def test_the_version_is_told_quickly_and_without_vendor_libraries() -> None:
    code = (
        "import sys; from readygate_cli.main import main; main(['--version']);"
        f"print(sorted(set({VENDORS!r}) & {{name.partition('.')[0] for name in sys.modules}}))"
    )
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)

    assert done.stdout == "readygate 0.1.0\n[]\n"
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert cpu < 0.3


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(name: str) -> None:
    done = CliRunner().invoke(cli, [name, "--help"])

    assert done.exit_code == 0, done.output
    assert f"\n    readygate {name}" in done.output
    for option in cli.get_command(click.Context(cli), name).params:  # type: ignore[union-attr]
        if isinstance(option, click.Option):
            assert option.help, f"{name} {option.name} has no help"


@pytest.mark.parametrize(("name", "help_"), COMMANDS.items())
def test_the_list_of_commands_says_what_each_says_of_itself(name: str, help_: str) -> None:
    module = importlib.import_module(f"readygate_cli.commands.{name}")

    assert module.command.short_help == help_
    width = max(len(name) for name in COMMANDS)
    assert f"  {name:<{width}}  {help_}\n" in CliRunner().invoke(cli, ["--help"]).output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["no-such"], "Error: No such command 'no-such'.\n"),
        (["check", "--no-such"], "Error: No such option '--no-such'.\n"),
        (
            ["log", "--limit", "0"],
            "Error: Invalid value for '--limit': 0 is not in the range x>=1.\n",
        ),
        (
            ["log", "--since", "yesterday"],
            "'yesterday' is no time: give 7d, 12h, 30m, 2w, or a date as 2026-11-24\n",
        ),
    ],
)
def test_wrong_usage_is_code_2_on_stderr(
    capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.endswith(said)


def test_without_a_command_it_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "Usage: readygate [OPTIONS] COMMAND" in capsys.readouterr().err


def test_a_missing_sandbox_says_how_to_get_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("readygate_cli.commands.sandbox.find_spec", lambda _name: None)

    assert [main(["sandbox"]), main(["demo"])] == [2, 2]
    said = "Error: The sandbox is not installed. It is an extra: pip install 'readygate[sandbox]'\n"
    assert capsys.readouterr().err.count(said) == 2


NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "ago"),
    [
        ("30m", timedelta(minutes=30)),
        ("12h", timedelta(hours=12)),
        ("7d", timedelta(days=7)),
        ("2w", timedelta(weeks=2)),
    ],
)
def test_times_ago(monkeypatch: pytest.MonkeyPatch, text: str, ago: timedelta) -> None:
    class Frozen(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            del tz
            return cls(2026, 11, 24, 12, 0, tzinfo=UTC)

    monkeypatch.setattr(options, "datetime", Frozen)

    assert When().convert(text, None, None) == NOON - ago


def test_times_with_and_without_a_zone() -> None:
    local = datetime(2026, 11, 24, 9, 30).astimezone()

    assert When().convert("2026-11-24T09:30", None, None) == local
    assert When().convert("2026-11-24T09:30+03:00", None, None) == datetime(
        2026, 11, 24, 9, 30, tzinfo=timezone(timedelta(hours=3))
    )


def test_progress_is_shown_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    terminal, pipe = Terminal(), io.StringIO()
    monkeypatch.setattr(sys, "stderr", pipe)
    with progress() as told:
        assert told is None
    monkeypatch.setattr(sys, "stderr", terminal)
    with progress() as told:
        assert told is not None
        told("planning", 5, 10)

    assert pipe.getvalue() == ""
    assert terminal.getvalue() == "\r\x1b[Kplanning: [############............] 5 of 10\r\x1b[K"


def test_progress_is_drawn_seldom() -> None:
    stream = io.StringIO()
    line = ProgressLine(stream)
    for done in range(1000):
        line("reading", done, None)

    assert stream.getvalue().count("\r") < 20


@pytest.mark.parametrize(
    ("done", "total", "said"),
    [
        (0, None, "reading"),
        (7, None, "reading: 7"),
        (0, 4, f"reading: [{'.' * 24}] 0 of 4"),
        (9, 4, f"reading: [{'#' * 24}] 9 of 4"),
    ],
)
def test_a_progress_line(done: int, total: int | None, said: str) -> None:
    assert drawn("reading", done, total) == said
