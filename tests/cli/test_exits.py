"""Every way a command can end has its own code and text, and no way shows a traceback."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest

from readygate.errors import (
    ConfigError,
    LedgerError,
    LockHeld,
    Problem,
    TrackerDenied,
    TrackerUnavailable,
)
from readygate_cli import crash, exits, logs
from readygate_cli.call import Call
from readygate_cli.exits import guarded
from readygate_cli.redaction import Redaction

SECRET = "ATATT3xFfGF0planted-token-value"


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str]) -> Iterator[Call]:
    """A call whose stderr is the captured one."""
    call = Call(("sync", "--config", "a.yaml"), run="r1")
    logs.configure(call)
    yield call
    logs.release()


def raising(error: BaseException) -> Callable[[], object]:
    def work() -> object:
        raise error

    return work


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (ConfigError([Problem(("people",), "is missing", "Add it.")]), 3,
         "people: is missing\n    Add it.\n"),
        (TrackerUnavailable("Jira does not answer: try later."), 5,
         "Jira does not answer: try later.\n"),
        (TrackerDenied("Jira does not know us."), 5, "Jira does not know us.\n"),
        (LockHeld("process 7 has held the lock since 12:00"), 6,
         "process 7 has held the lock since 12:00\n"),
        (LedgerError("the disk is full"), 7, "the disk is full\n"),
        (KeyboardInterrupt(), 130, exits.INTERRUPTED_TEXT + "\n"),
        (click.exceptions.Abort(), 130, exits.INTERRUPTED_TEXT + "\n"),
    ],
)  # fmt: skip
def test_errors_have_codes_and_texts(
    call: Call, capsys: pytest.CaptureFixture[str], error: BaseException, code: int, text: str
) -> None:
    assert guarded(raising(error), call) == code
    out, err = capsys.readouterr()
    assert (out, err) == ("", text)


@pytest.mark.parametrize(("result", "code"), [(None, 0), (0, 0), (10, 10), ("text", 0)])
def test_a_command_gives_its_code(call: Call, result: object, code: int) -> None:
    assert guarded(lambda: result, call) == code


def test_wrong_usage_is_code_2(call: Call, capsys: pytest.CaptureFixture[str]) -> None:
    assert guarded(raising(click.UsageError("no such thing")), call) == 2
    assert capsys.readouterr().err == "Error: no such thing\n"


def test_a_pasted_escape_does_not_reach_the_terminal(
    call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    error = click.UsageError("Got unexpected extra argument (\x1b]0;title\x07\u202e)")
    assert guarded(raising(error), call) == 2
    assert capsys.readouterr().err == (
        "Error: Got unexpected extra argument (\\x1b]0;title\\x07\\u202e)\n"
    )


def test_a_bug_leaves_a_report_without_secrets(
    call: Call,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("READYGATE_TRACKERS__MAIN__TOKEN", SECRET)
    monkeypatch.setenv("HOME", "/home/somebody")
    call.redact = Redaction(["from-a-file-9999"])

    code = guarded(raising(KeyError(f"{SECRET} from-a-file-9999 /home/somebody/x")), call)

    assert code == 70
    (path,) = tmp_path.iterdir()
    assert path.stat().st_mode & 0o777 == 0o600
    assert capsys.readouterr().err == (
        "This is a bug of Readygate (KeyError), not of your config."
        f" A report was written at {path}\n"
        "Please look it over and attach it to an issue.\n"
    )
    text = path.read_text("utf-8")
    assert SECRET not in text
    assert "from-a-file-9999" not in text
    lines = text.splitlines()
    assert lines[:6] == [
        "# Readygate stopped because of a bug",
        "",
        "Secrets were removed. Look it over before you paste it: it may name deals or people.",
        "",
        "- command: `readygate sync --config a.yaml`",
        "- run: r1",
    ]
    assert "- packages: readygate 0.1.0, click 8." in text
    assert "\n    raise error\n" in text
    assert lines[-2:] == ["KeyError: '*** *** ~/x'", "```"]


def test_a_bug_is_reported_even_where_no_file_can_be_written(
    call: Call, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", "/nonexistent")

    assert guarded(raising(ValueError("inside")), call) == 70
    err = capsys.readouterr().err
    assert err.startswith(
        "This is a bug of Readygate (ValueError), not of your config. No report could be written"
        ": No such file or directory.\n# Readygate stopped because of a bug\n"
    )
    assert "ValueError: inside" in err


def test_secrets_on_the_command_line_are_hidden() -> None:
    call = Call(("sync", "--oops", SECRET))

    text = crash.report(ValueError("x"), call, {"MY_TOKEN": SECRET, "LANG": "C"})

    assert SECRET not in text
    assert re.search(r"readygate sync --oops \S*\*\*\*", text)
