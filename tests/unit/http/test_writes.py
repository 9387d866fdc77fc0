"""Writes: repeated only if they were surely never carried out; else their outcome is unknown."""

from __future__ import annotations

import socket
import ssl

import pytest
import requests
import responses
from urllib3.exceptions import MaxRetryError, ProtocolError, ProxyError
from urllib3.exceptions import SSLError as Urllib3SSLError

from readygate.errors import (
    OutcomeUnknown,
    Stale,
    TrackerDenied,
    TrackerRejected,
    TrackerUnavailable,
)
from readygate_http import HttpSettings

SITE = "https://acme.example"
UNKNOWN_TAIL = " Whether it happened will be looked up; it is not sent again blindly."


def change(http, **options):
    return http.write("POST", "/x", name="create", doing="opening 2 items", json={}, **options)


@responses.activate
@pytest.mark.parametrize("status", [500, 502, 503, 504, 408])
def test_a_server_error_after_a_write_is_unknown_and_not_repeated(make_http, clock, status):
    responses.post(f"{SITE}/x", status=status, headers={"Retry-After": "1"})
    with pytest.raises(OutcomeUnknown) as caught:
        change(make_http())
    assert len(responses.calls) == 1
    assert clock.slept == []
    assert str(caught.value) == (
        f"Jira at acme.example, opening 2 items: it was sent and the answer does not tell what"
        f" became of it ({status}).{UNKNOWN_TAIL}"
    )


@responses.activate
def test_429_says_that_nothing_happened_so_a_write_is_repeated(make_http, clock):
    responses.post(f"{SITE}/x", status=429, headers={"Retry-After": "2"})
    responses.post(f"{SITE}/x", status=201, json={"id": "1"})
    assert change(make_http()).body == {"id": "1"}
    assert clock.slept[0] == 2.0


@responses.activate
def test_a_write_that_rests_on_a_look_is_not_repeated_after_a_long_wait(make_http, clock):
    responses.post(f"{SITE}/x", status=429, headers={"Retry-After": "6"})
    with pytest.raises(Stale) as caught:
        change(make_http(), good_for=5.0)
    assert len(responses.calls) == 1
    assert str(caught.value) == (
        "Jira at acme.example, opening 2 items: it made us wait, and what this change rests on was"
        " seen too long ago. Nothing was changed; the next run looks again."
    )


@responses.activate
def test_a_short_wait_does_not_make_a_look_old(make_http, clock):
    responses.post(f"{SITE}/x", status=429, headers={"Retry-After": "2"})
    responses.post(f"{SITE}/x", status=201, json={"id": "1"})
    assert change(make_http(), good_for=5.0).body == {"id": "1"}


def test_a_refused_connection_was_never_made_so_a_write_is_repeated(make_http):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    http = make_http(f"http://127.0.0.1:{port}")
    with pytest.raises(TrackerUnavailable, match="no connection could be made"):
        change(http)
    assert http.counts == {"create": 5}


@responses.activate
@pytest.mark.parametrize(
    "error",
    [
        requests.ConnectTimeout("slow"),
        requests.exceptions.ProxyError(
            MaxRetryError(None, "/x", ProxyError("no proxy", OSError("refused")))  # type: ignore[arg-type] # only printed
        ),
    ],
)
def test_what_never_reached_the_host_is_repeated(make_http, error):
    responses.post(f"{SITE}/x", body=error)
    responses.post(f"{SITE}/x", status=201, json={"id": "1"})
    assert change(make_http()).body == {"id": "1"}


@responses.activate
@pytest.mark.parametrize(
    "error",
    [
        requests.ConnectionError(ProtocolError("Connection aborted.", ConnectionResetError(104))),
        requests.ReadTimeout("no answer"),
        requests.exceptions.ChunkedEncodingError("cut"),
        requests.exceptions.ContentDecodingError("bad gzip"),
        requests.exceptions.SSLError(Urllib3SSLError("EOF occurred in violation of protocol")),
        requests.RequestException("something new"),
    ],
)
def test_a_lost_answer_to_a_write_is_unknown(make_http, error):
    responses.post(f"{SITE}/x", body=error)
    with pytest.raises(OutcomeUnknown) as caught:
        change(make_http())
    assert len(responses.calls) == 1
    assert str(caught.value) == (
        "Jira at acme.example, opening 2 items: it was sent and the answer was lost." + UNKNOWN_TAIL
    )


@pytest.mark.parametrize(
    "reply", [None, 0.5, b"HTTP/1.1 201 Created\r\nContent-Length: 9\r\n\r\n{"]
)
def test_a_write_dropped_on_the_wire_is_sent_once(make_http, raw_server, reply):
    server = raw_server(reply, b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}")
    http = make_http(server.url, settings=HttpSettings(read_timeout=0.1))
    with pytest.raises(OutcomeUnknown):
        change(http)
    assert len(server.requests) == 1


@responses.activate
def test_an_untrusted_certificate_is_told_clearly_and_nothing_was_sent(make_http):
    reason = Urllib3SSLError(ssl.SSLCertVerificationError("self-signed certificate"))
    error = requests.exceptions.SSLError(MaxRetryError(None, "/x", reason))  # type: ignore[arg-type] # only printed
    responses.post(f"{SITE}/x", body=error)
    with pytest.raises(TrackerUnavailable) as caught:
        change(make_http())
    assert len(responses.calls) == 1
    assert str(caught.value) == (
        "Jira at acme.example, opening 2 items: the certificate of the server is not trusted. If a"
        " proxy of your company inspects traffic, point REQUESTS_CA_BUNDLE to its certificate;"
        " checking cannot be switched off."
    )


@responses.activate
@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("<html>ok</html>", "text/html"),
        ('{"id": ', "application/json"),
        ("", "application/json"),
    ],
)
def test_a_write_whose_answer_cannot_be_read_is_unknown(make_http, body, content_type):
    responses.post(f"{SITE}/x", status=201, body=body, content_type=content_type)
    with pytest.raises(OutcomeUnknown):
        change(make_http())
    assert len(responses.calls) == 1


@responses.activate
def test_an_empty_answer_is_fine_where_none_is_expected(make_http):
    responses.post(f"{SITE}/x", status=204)
    answer = change(make_http(), expect_body=False)
    assert (answer.status, answer.body) == (204, None)


@responses.activate
def test_a_page_is_not_fine_even_where_no_body_is_expected(make_http):
    responses.post(f"{SITE}/x", body="<html>portal</html>", content_type="text/html")
    with pytest.raises(OutcomeUnknown):
        change(make_http(), expect_body=False)


@responses.activate
def test_a_refused_write_is_rejected_not_unknown(make_http):
    responses.post(f"{SITE}/x", status=400, json={"errorMessages": ["Operation value must be…"]})
    with pytest.raises(TrackerRejected):
        change(make_http())


@responses.activate
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_write_is_never_redirected_and_may_have_happened_before(make_http, status):
    responses.post(f"{SITE}/x", status=status, headers={"Location": "/login?to=x"})
    with pytest.raises(OutcomeUnknown) as caught:
        change(make_http(), expect_body=False)
    assert len(responses.calls) == 1
    assert isinstance(caught.value.__cause__, TrackerDenied)  # it stops the rest


@responses.activate
@pytest.mark.parametrize("status", [103, 300, 302, 304])
def test_what_is_neither_success_nor_refusal_proves_nothing(make_http, status):
    responses.post(f"{SITE}/x", status=status)
    with pytest.raises(OutcomeUnknown):
        change(make_http(), expect_body=False)
    assert len(responses.calls) == 1


@responses.activate
def test_a_success_that_the_documentation_does_not_promise_proves_nothing(make_http):
    responses.post(f"{SITE}/x", status=200)
    with pytest.raises(OutcomeUnknown):
        change(make_http(), expect_body=False, promised=(204,))
    responses.replace(responses.POST, f"{SITE}/x", status=204)
    assert change(make_http(), expect_body=False, promised=(204,)).status == 204


@responses.activate
def test_a_write_that_was_answered_well_but_not_to_us_is_unknown(make_http):
    def inspect(_answer):
        raise TrackerDenied("The token has expired.")

    responses.post(f"{SITE}/x", status=201, json={"id": "1"})
    responses.post(f"{SITE}/x", status=403, json={})
    http = make_http(inspect=inspect)
    with pytest.raises(OutcomeUnknown) as caught:
        change(http)
    assert isinstance(caught.value.__cause__, TrackerDenied)
    with pytest.raises(TrackerDenied):
        change(http)


@responses.activate
def test_a_post_that_only_asks_is_repeated_when_the_caller_says_so(make_http):
    responses.post(f"{SITE}/x", status=502)
    responses.post(f"{SITE}/x", json={"issues": []})
    answer = make_http().read("POST", "/x", name="search", doing="reading", json={"jql": ""})
    assert answer.body == {"issues": []}
