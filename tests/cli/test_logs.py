"""What leaves on stderr: as text and as JSON lines, never with a secret or a terminal escape."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator

import pytest

from readygate_cli import logs
from readygate_cli.call import Call
from readygate_cli.redaction import Redaction

SECRET = "ATATT3xFfGF0planted-token-value"

Configure = Callable[..., None]


@pytest.fixture
def configure() -> Iterator[Configure]:
    def configured(**settings: str) -> None:
        logs.configure(Call(run="r1", redact=Redaction([SECRET])), **settings)

    yield configured
    logs.release()


def test_texts_for_people_stand_alone(
    configure: Configure, capsys: pytest.CaptureFixture[str]
) -> None:
    configure()
    logs.say("what\n    what to do", about={"tracker": "main", "detail": "not shown"})
    logs.say("a note", level=logging.INFO)

    assert capsys.readouterr().err == "what\n    what to do\na note\n"


def test_the_log_names_its_run_tracker_and_key(
    configure: Configure, capsys: pytest.CaptureFixture[str]
) -> None:
    configure(level="info")
    logs.log_of("run", tracker="main").info("done: %s", "why", extra={"key": "open 1/scan"})
    logging.getLogger("readygate.http").warning("slow")

    first, second = capsys.readouterr().err.splitlines()
    assert first[8:] == " info readygate.run [r1 main open 1/scan] done: why"
    assert second[8:] == " warning readygate.http [r1] slow"


def test_the_log_as_json_lines(configure: Configure, capsys: pytest.CaptureFixture[str]) -> None:
    configure(form="json", level="info")
    logs.say("what\nwhat to do", about={"tracker": "main", "detail": "for the log"})
    logs.log_of("run", tracker="main", key="open 1/scan").info("done")

    first, second = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert first.pop("at").endswith("+00:00")
    assert first == {
        "level": "error",
        "logger": "readygate.says",
        "message": "what\nwhat to do",
        "run": "r1",
        "tracker": "main",
        "detail": "for the log",
    }
    assert (second["level"], second["key"]) == ("info", "open 1/scan")


def test_less_is_logged_at_a_higher_level(
    configure: Configure, capsys: pytest.CaptureFixture[str]
) -> None:
    configure(level="error")
    logging.getLogger("readygate.http").warning("slow")
    logs.say("told all the same", level=logging.INFO)

    assert capsys.readouterr().err == "told all the same\n"


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_secret_and_no_escape_gets_out(
    configure: Configure, capsys: pytest.CaptureFixture[str], form: str
) -> None:
    configure(form=form, level="debug")
    log = logging.getLogger("readygate.http")
    log.warning("sent %s to \x1b[2J", SECRET)
    logs.say(f"refused: {SECRET}", about={"detail": SECRET, "key": SECRET, "tracker": SECRET})
    log.error("it broke", exc_info=ValueError(SECRET))

    err = capsys.readouterr().err
    assert SECRET not in err
    assert "***" in err
    assert "ValueError: ***" in err
    assert "\x1b" not in err
