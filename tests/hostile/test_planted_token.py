"""Nothing that Readygate says or keeps holds the token, whatever the tracker answers."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from cli.stage import OURS, Stage, Told
from hostile.planted import TOKEN, basic, forms, leaks
from integration.airtable.town import Town
from integration.airtable.town import seed as empty
from readygate.run import _Run
from readygate_cli import crash
from readygate_sandbox import running_sandbox
from readygate_sandbox.airtable.store import Store as AirtableStore
from readygate_sandbox.faults import Fault
from readygate_sandbox.savefile import save
from support.waiting import at_once

LOUD = [("--log-level", "debug", "--log-format", form) for form in ("text", "json")]
COMMANDS = [
    ("plan",),
    ("plan", "--json"),
    ("plan", "--format", "markdown"),
    ("sync", "--verbose", "--full"),
    ("sync", "--json", "--full"),
    ("status",),
    ("status", "--json"),
    ("status", "--format", "markdown"),
    ("log",),
    ("log", "--json"),
    ("ledger", "check", "--json"),
    ("ledger", "backup"),
    ("check", "--json"),
    ("map",),
]
STATUSES = (400, 401, 403, 404, 422, 429, 503)
WRITES_TOO = (400, 503)
PAGE = "<html><body><h1>Error</h1><pre>GET / HTTP/1.1\nAuthorization: {}\n</pre></body></html>"


def echoes(header: str, secrets: set[str]) -> Iterator[tuple[Any, dict[str, str]]]:
    """Bodies and headers of servers that give back what they were sent."""
    yield PAGE.format(header).encode(), {}
    yield {"errorMessages": [f"bad header Authorization: {header}"], "errors": {}}, {}
    yield {"errorMessages": [f"not accepted: {header.split()[1]}"], "errors": {"x": header}}, {}
    yield {"error": {"type": "INVALID", "message": f"token {TOKEN} is not valid; {header}"}}, {}
    yield f"{header} {TOKEN} ".encode() * 200, {}
    yield None, {"X-Echo": header, "Location": f"http://127.0.0.1:9/login?token={TOKEN}"}
    # As long as what is quoted of an answer, so that a cut falls into each of them.
    yield {"errorMessages": sorted(secrets), "error": " ".join(sorted(secrets))}, {}


@pytest.fixture
def reports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where crash reports are written."""
    folder = tmp_path / "reports"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


def loud(run: Callable[..., Any], command: tuple[str, ...]) -> list[str]:
    """What a command says, at its loudest, in both forms of the log."""
    return [text for options in LOUD for text in texts(run(*command, *options))]


def texts(told: Told | tuple[int, str, str]) -> list[str]:
    """Both streams of a command."""
    return [told.out, told.err] if isinstance(told, Told) else [told[1], told[2]]


class Jira:
    """The Jira of the command line's tests, with the planted token."""

    secrets = forms(OURS)
    header = f"Basic {basic(OURS)}"

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.run, self.folder, self.faults = stage.run, stage.folder, stage.control.faults
        stage.control.set_user(OURS, token=TOKEN)
        stage.token(TOKEN)

    def work(self) -> None:
        """Somebody moves a deal too early."""
        self.run("sync")
        self.stage.move("DEAL-1", "Negotiation")

    def expire(self) -> None:
        """The token is worthless from now on."""
        self.stage.control.set_user(OURS, expired=True)


class Airtable:
    """The base of the Airtable tests, with the planted token."""

    secrets = forms()
    header = f"Bearer {TOKEN}"

    def __init__(self, town: Town) -> None:
        self.town = town
        self.run, self.folder, self.faults = town.run, town.folder, town.control.faults

    def work(self) -> None:
        """Somebody moves a deal too early."""
        self.run("setup", "--yes")
        self.run("sync")
        self.town.control.clock.advance(60)
        deal = self.town.create("Website")
        self.run("sync")
        self.town.edit(deal, Stage="Negotiation")

    def expire(self) -> None:
        """The token is worthless from now on."""
        self.faults.set(
            [Fault(do="refuse", status=401, body={"error": {"type": "AUTHENTICATION_REQUIRED"}})]
        )


@pytest.fixture(params=["jira", "airtable"])
def service(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Jira | Airtable]:
    """A tracker that takes the planted token."""
    at_once(monkeypatch)
    if request.param == "jira":
        with running_sandbox() as sandbox:
            yield Jira(Stage(sandbox, tmp_path, capsys, monkeypatch))
        return
    seed = empty()
    seed["airtable"]["users"][0]["token"] = TOKEN
    with running_sandbox(seed=seed) as sandbox:
        monkeypatch.setenv("READYGATE_TRACKERS__BASE__TOKEN", TOKEN)
        monkeypatch.chdir(tmp_path)
        town = Town(sandbox, tmp_path, capsys)
        town.write()
        yield Airtable(town)


def test_the_search_finds_what_it_is_for(tmp_path: Path) -> None:
    secrets = forms(OURS)
    (tmp_path / "file").write_bytes(b"\x00" + basic(OURS).encode())
    assert len(leaks(secrets, tmp_path, f"x {TOKEN}")) >= 2
    assert leaks(secrets, tmp_path / "nothing", "x") == []


def test_everything_goes_well(service: Jira | Airtable, reports: Path) -> None:
    service.work()
    said = [text for command in COMMANDS for text in loud(service.run, command)]
    assert any("return" in text for text in said)
    assert leaks(service.secrets, service.folder, *said) == []


def test_the_token_has_expired(service: Jira | Airtable, reports: Path) -> None:
    service.work()
    service.expire()
    said = [text for command in COMMANDS[:5] for text in loud(service.run, command)]
    assert any("our login is not accepted" in text or "401" in text for text in said)
    assert leaks(service.secrets, service.folder, *said) == []


def test_a_server_echoes_what_it_was_sent(service: Jira | Airtable, reports: Path) -> None:
    service.work()
    said: list[str] = []
    for number, status in enumerate(STATUSES):
        for body, headers in echoes(service.header, service.secrets):
            # What is kept of the outcomes of writes goes into the ledger.
            methods = ["POST|PUT|PATCH"] if status in WRITES_TOO else []
            for method in [".*", *methods]:
                fault = Fault("refuse", method=method, status=status, body=body, headers=headers)
                service.faults.set([fault])
                said += texts(service.run("sync", "--verbose", "--full", *LOUD[number % 2]))
    service.faults.clear()
    said += [text for command in COMMANDS for text in texts(service.run(*command))]
    assert leaks(service.secrets, service.folder, *said) == []


def test_the_sandbox_keeps_no_token_that_it_did_not_give(stage_of_tokens: Stage) -> None:
    stage = stage_of_tokens
    stage.token(TOKEN)
    assert stage.run("sync").code == 5
    state = stage.folder / "state.json"
    save(stage.control.store, AirtableStore(), state)
    assert state.stat().st_size > 1000
    assert leaks(forms(OURS), stage.folder, repr(stage.control.log.entries())) == []


@pytest.fixture
def stage_of_tokens(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Stage]:
    """A site that does not know the planted token."""
    with running_sandbox() as sandbox:
        yield Stage(sandbox, tmp_path, capsys, monkeypatch)


@pytest.mark.parametrize(
    "raised",
    [
        lambda header: ValueError(f"{TOKEN} and {header}"),
        lambda header: KeyError({"Authorization": header, "token": TOKEN}),
        lambda _: requests.ConnectionError(f"http://us:{TOKEN}@127.0.0.1/?key={TOKEN}"),
        lambda header: RuntimeError(header.split()[1]),
    ],
)
def test_a_bug_of_ours(
    service: Jira | Airtable,
    reports: Path,
    monkeypatch: pytest.MonkeyPatch,
    raised: Callable[[str], Exception],
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise raised(service.header) from OSError(f"below: {service.header}")

    monkeypatch.setattr(_Run, "go", fail)
    said = [text for command in (("sync",), ("plan",)) for text in loud(service.run, command)]
    assert len(list(reports.glob("readygate-report-*"))) == 4
    monkeypatch.setattr(crash, "write_report", _full)
    said += loud(service.run, ("sync",))
    assert leaks(service.secrets, service.folder, *said) == []


def _full(*_: object) -> None:
    raise OSError(28, os.strerror(28))
