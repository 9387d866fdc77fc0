"""A clock that only moves when told, and a raw loopback server for faults below HTTP."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
import requests

from readygate_http import Http, HttpSettings

SITE = "https://acme.example"


@dataclass
class FakeClock:
    """Time that passes only by sleeping."""

    start: datetime = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    slept: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return self.start + timedelta(seconds=sum(self.slept))

    def monotonic(self) -> float:
        return sum(self.slept)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


MakeHttp = Callable[..., Http]


@pytest.fixture
def make_http(clock: FakeClock) -> Iterator[MakeHttp]:
    """Build an Http whose jitter always takes the lower end, 1.0."""
    sessions: list[requests.Session] = []

    def make(base: str = SITE, **options: object) -> Http:
        session = requests.Session()
        session.auth = ("bot@acme.example", "tok-1234567890")
        sessions.append(session)
        options.setdefault("settings", HttpSettings(jitter=(1.0, 1.0)))
        options.setdefault("login_hint", "Check the e-mail and the token.")
        return Http(
            session,
            base=base,
            service="Jira",
            clock=clock,
            uniform=lambda low, _high: low,
            **options,  # type: ignore[arg-type] # tests pass keyword options through
        )

    yield make
    for session in sessions:
        session.close()


class RawServer:
    """Answers each connection with the next of `replies`; None closes it, a number stalls."""

    def __init__(self, *replies: bytes | float | None) -> None:
        self.requests: list[bytes] = []
        self._replies = list(replies)
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.settimeout(0.02)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        replies = iter(self._replies)
        while not self._done.is_set():
            try:
                connection, _ = self._socket.accept()
            except TimeoutError:
                continue
            reply = next(replies, None)
            threading.Thread(target=self._answer, args=(connection, reply), daemon=True).start()

    def _answer(self, connection: socket.socket, reply: bytes | float | None) -> None:
        with connection:
            self.requests.append(connection.recv(65536))
            if isinstance(reply, bytes):
                connection.sendall(reply)
            elif reply is not None:
                self._done.wait(reply)

    def close(self) -> None:
        self._done.set()
        self._thread.join(5)
        self._socket.close()


@pytest.fixture
def raw_server() -> Iterator[Callable[..., RawServer]]:
    servers: list[RawServer] = []

    def make(*replies: bytes | float | None) -> RawServer:
        servers.append(RawServer(*replies))
        return servers[-1]

    yield make
    for server in servers:
        server.close()
