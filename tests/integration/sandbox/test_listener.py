"""The wire: kept connections, streamed bodies, odd requests."""

import http.client
import json
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

from readygate_sandbox import Sandbox

from .conftest import Api, subtask


def raw(sandbox: Sandbox, text: bytes) -> bytes:
    """Send bytes as they are and read until the other side has said all."""
    where = urlsplit(sandbox.url)
    with socket.create_connection((where.hostname or "", where.port or 0), timeout=5) as wire:
        wire.sendall(text)
        wire.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: wire.recv(65536), b""))


def test_one_connection_serves_many_requests(sandbox: Sandbox) -> None:
    connection = http.client.HTTPConnection(urlsplit(sandbox.url).netloc, timeout=5)
    connection.connect()
    wire = connection.sock
    for path in ("/rest/api/3/serverInfo", "/rest/api/3/issue/DEAL-1", "/rest/api/3/nothing"):
        connection.request("GET", path)
        connection.getresponse().read()
        assert connection.sock is wire
    connection.close()


def test_bodies_may_be_streamed(api: Api) -> None:
    def pieces() -> Iterator[bytes]:
        text = json.dumps(subtask("DEAL-1", "по частям")).encode()
        yield text[:40]
        yield text[40:]

    made = api.call("POST", "/issue", data=pieces(), headers={"Content-Type": "application/json"})
    assert made.status_code == 201
    assert api.get(f"/issue/{made.json()['key']}").json()["fields"]["summary"] == "по частям"


def test_head_tells_the_length_without_the_body(api: Api) -> None:
    answer = api.call("HEAD", "/serverInfo")
    assert (answer.status_code, answer.text) == (200, "")
    assert int(answer.headers["Content-Length"]) > 0


def test_answers_without_content_have_no_body(api: Api) -> None:
    answer = api.put("/issue/DEAL-1", {"fields": {"summary": "x"}})
    assert (answer.status_code, answer.content) == (204, b"")
    assert "Content-Length" not in answer.headers


def test_a_request_without_a_host_is_refused(sandbox: Sandbox) -> None:
    answer = raw(sandbox, b"GET /rest/api/3/serverInfo HTTP/1.1\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 421 ")


def test_a_length_that_is_none_is_refused(sandbox: Sandbox) -> None:
    head = b"POST /rest/api/3/issue HTTP/1.1\r\nHost: localhost\r\nContent-Length: many\r\n\r\n"
    assert raw(sandbox, head).startswith(b"HTTP/1.1 400 ")


def test_encoded_paths_are_decoded(api: Api) -> None:
    path = "/issue/DEAL-1/properties/%D0%BA%D0%BB%D1%8E%D1%87"
    assert api.put(path, 1).status_code == 201
    (key,) = api.get("/issue/DEAL-1/properties").json()["keys"]
    assert key["key"] == "ключ"
