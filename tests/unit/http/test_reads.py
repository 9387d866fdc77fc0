"""Reads: repeated freely, within a patience, and honest about why they gave up."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError

import pytest
import requests
import responses
from urllib3.exceptions import DecodeError, InvalidHeader, MaxRetryError, NameResolutionError

from readygate.errors import (
    Stale,
    TrackerDenied,
    TrackerError,
    TrackerRejected,
    TrackerUnavailable,
)
from readygate_http import Conflict, Forbidden, HttpSettings, Missing, Unauthorized

SITE = "https://acme.example"


def ask(http, **options):
    return http.read("GET", "/x", name="probe", doing="reading DEAL", **options)


@responses.activate
def test_an_answer_is_parsed_counted_and_dated(make_http):
    responses.get(f"{SITE}/x", json={"a": 1}, headers={"Date": "Sun, 01 Mar 2026 12:00:05 GMT"})
    http = make_http()
    answer = ask(http, params={"q": "я"})
    assert (answer.status, answer.body) == (200, {"a": 1})
    assert answer.date.isoformat() == "2026-03-01T12:00:05+00:00"
    assert http.counts == {"probe": 1}
    sent = responses.calls[0].request
    assert sent.url == f"{SITE}/x?q=%D1%8F"
    assert sent.headers["User-Agent"].startswith("readygate/")
    assert sent.headers["Authorization"].startswith("Basic ")


@responses.activate
def test_a_bare_source_tree_has_a_name_too(make_http, monkeypatch):
    def missing(_name):
        raise PackageNotFoundError

    monkeypatch.setattr("readygate_http.client.version", missing)
    responses.get(f"{SITE}/x", json={})
    ask(make_http())
    assert responses.calls[0].request.headers["User-Agent"] == "readygate/0"


@responses.activate
def test_time_outs_and_certificate_checks_are_always_on(make_http, monkeypatch):
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    responses.get(f"{SITE}/x", json={})
    ask(make_http(settings=HttpSettings(connect_timeout=3, read_timeout=7)))
    assert responses.calls[0].request.req_kwargs["timeout"] == (3, 7)
    assert responses.calls[0].request.req_kwargs["verify"] is True
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/etc/company.pem")
    ask(make_http())
    assert responses.calls[1].request.req_kwargs["verify"] == "/etc/company.pem"


@responses.activate
@pytest.mark.parametrize("status", [500, 502, 503, 504, 408, 425])
def test_a_broken_answer_is_repeated_with_growing_delays(make_http, clock, status):
    for _ in range(3):
        responses.get(f"{SITE}/x", status=status)
    responses.get(f"{SITE}/x", json={"ok": True})
    assert ask(make_http()).body == {"ok": True}
    assert clock.slept == [0.5, 1.0, 2.0]


@responses.activate
def test_repetitions_end_with_the_delays(make_http, clock):
    responses.get(f"{SITE}/x", status=503, body="<html>busy</html>")
    with pytest.raises(TrackerUnavailable) as caught:
        ask(make_http())
    assert len(responses.calls) == 5
    assert clock.slept == [0.5, 1.0, 2.0, 4.0]
    assert str(caught.value) == (
        "Jira at acme.example, reading DEAL: it is out of order (503). The next run tries again."
    )
    assert caught.value.detail == "503: <html>busy</html>"


@responses.activate
def test_delays_are_jittered(clock, make_http):
    responses.get(f"{SITE}/x", status=500)
    http = make_http(settings=HttpSettings(delays=(2.0,), jitter=(0.7, 1.3)))
    with pytest.raises(TrackerUnavailable):
        ask(http)
    assert clock.slept == [1.4]


@responses.activate
@pytest.mark.parametrize("value", ["7", "Sun, 01 Mar 2026 12:00:07 GMT"])
def test_retry_after_is_honoured_in_both_forms(make_http, clock, value):
    responses.get(f"{SITE}/x", status=429, headers={"Retry-After": value})
    responses.get(f"{SITE}/x", json={})
    ask(make_http())
    assert clock.slept == [7.0]


@responses.activate
def test_a_retry_after_date_is_read_by_the_trackers_own_clock(make_http, clock):
    headers = {
        "Retry-After": "Sun, 01 Mar 2026 13:00:03 GMT",
        "Date": "Sun, 01 Mar 2026 13:00:00 GMT",
    }
    responses.get(f"{SITE}/x", status=503, headers=headers)
    responses.get(f"{SITE}/x", json={})
    ask(make_http())
    assert clock.slept == [3.0]


@responses.activate
@pytest.mark.parametrize(
    "value",
    ["soon", "nan", "-5", "", "0", "inf", "-inf", "Sun, 01 Mar 2026 11:59:00 GMT",
     "Fri, 31 Dec 9999 23:59:59 -0500", "Sun, 01 Mar 99999999999999999999 12:00:00 GMT"],
)  # fmt: skip
def test_an_unusable_retry_after_is_as_if_it_were_not_there(make_http, clock, value):
    responses.get(f"{SITE}/x", status=503, headers={"Retry-After": value})
    responses.get(f"{SITE}/x", json={})
    ask(make_http())
    assert clock.slept == [0.5]


@responses.activate
def test_a_long_retry_after_ends_the_run_at_once(make_http, clock):
    responses.get(f"{SITE}/x", status=429, headers={"Retry-After": "1847"})
    with pytest.raises(TrackerUnavailable) as caught:
        ask(make_http())
    assert clock.slept == []
    assert caught.value.retry_after == 1847
    assert str(caught.value) == (
        "Jira at acme.example, reading DEAL: it limits our requests (429) and asks for 1847 s of"
        " patience. A later run goes on from here."
    )


@responses.activate
def test_a_spent_quota_is_not_waited_for(make_http, clock):
    headers = {"Retry-After": "20", "RateLimit-Reason": "jira-quota-tenant-based"}
    responses.get(f"{SITE}/x", status=429, headers=headers)
    with pytest.raises(TrackerUnavailable) as caught:
        ask(make_http())
    assert caught.value.retry_after == 20
    assert clock.slept == []
    assert len(responses.calls) == 1


@responses.activate
def test_patience_is_one_for_the_whole_run(make_http, clock):
    responses.get(f"{SITE}/x", status=429, headers={"Retry-After": "25"})
    responses.get(f"{SITE}/x", json={})
    responses.get(f"{SITE}/x", status=429, headers={"Retry-After": "25"})
    responses.get(f"{SITE}/x", json={})
    responses.get(f"{SITE}/x", status=429, headers={"Retry-After": "25"})
    http = make_http()
    ask(http)
    ask(http)
    with pytest.raises(TrackerUnavailable):
        ask(http)
    assert sum(wait for wait in clock.slept if wait > 1) == 50


@responses.activate
def test_401_is_denied_and_not_repeated(make_http):
    responses.get(f"{SITE}/x", status=401, body="Basic auth with tok-1234567890 failed")
    with pytest.raises(Unauthorized) as caught:
        ask(make_http())
    assert len(responses.calls) == 1
    assert str(caught.value) == (
        "Jira at acme.example, reading DEAL: our login is not accepted (401)."
        " Check the e-mail and the token."
    )
    assert caught.value.detail == "401: Basic auth with *** failed"


@responses.activate
@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, TrackerRejected),
        (403, Forbidden),
        (404, Missing),
        (409, Conflict),
        (410, Missing),
        (412, Conflict),
        (413, TrackerRejected),
        (422, TrackerRejected),
    ],
)
def test_refusals_are_sorted_by_what_to_do(make_http, status, kind):
    body = {"errorMessages": ["Not so."], "errors": {"summary": "Too long."}}
    responses.get(f"{SITE}/x", status=status, json=body)
    with pytest.raises(TrackerError) as caught:
        ask(make_http())
    assert type(caught.value) is kind
    assert f"({status}): Not so.; summary: Too long." in str(caught.value)
    assert len(responses.calls) == 1


def test_finer_errors_are_kinds_of_the_core_errors():
    assert issubclass(Unauthorized, TrackerDenied)
    assert issubclass(Forbidden, TrackerDenied)
    assert issubclass(Missing, TrackerRejected)
    assert issubclass(Conflict, Stale)


@responses.activate
def test_field_errors_keep_their_names(make_http):
    responses.get(f"{SITE}/x", status=400, json={"errors": {"duedate": "Not on the screen."}})
    with pytest.raises(TrackerRejected) as caught:
        ask(make_http())
    assert caught.value.field_errors == {"duedate": "Not on the screen."}
    assert str(caught.value) == (
        "Jira at acme.example, reading DEAL: it refuses the request (400):"
        " duedate: Not on the screen."
    )


@responses.activate
def test_a_status_the_caller_allows_is_an_answer(make_http):
    responses.get(f"{SITE}/x", status=404, json={"errorMessages": ["No such thing."]})
    answer = ask(make_http(), allow=(404,))
    assert (answer.status, answer.said) == (404, "No such thing.")


@responses.activate
def test_a_page_instead_of_data_is_told_and_not_repeated(make_http):
    responses.get(f"{SITE}/x", body="<html>Sign in</html>", content_type="text/html")
    with pytest.raises(TrackerUnavailable) as caught:
        ask(make_http())
    assert len(responses.calls) == 1
    assert str(caught.value) == (
        "Jira at acme.example, reading DEAL: it answers with a web page instead of data. Check the"
        " address in the config, and whether a login portal is in between."
    )


@responses.activate
@pytest.mark.parametrize("body", ['{"issues": [', ""])
def test_a_truncated_or_empty_answer_is_asked_for_again(make_http, body):
    responses.get(f"{SITE}/x", body=body, content_type="application/json")
    responses.get(f"{SITE}/x", json={"ok": True})
    assert ask(make_http()).body == {"ok": True}


@responses.activate
def test_an_answer_that_stays_garbled_is_unavailable(make_http):
    responses.get(f"{SITE}/x", body="{", content_type="application/json")
    with pytest.raises(TrackerUnavailable, match=r"its answer is incomplete or not JSON\. The"):
        ask(make_http())


@responses.activate
def test_a_redirect_to_another_host_is_denied_and_credentials_stay(make_http):
    responses.get(f"{SITE}/x", status=302, headers={"Location": "https://id.example/login?a=1"})
    with pytest.raises(TrackerDenied) as caught:
        ask(make_http())
    assert len(responses.calls) == 1
    assert str(caught.value) == (
        "Jira at acme.example, reading DEAL: it sends us elsewhere: https://id.example/login."
        " Check the address in the config. Check the e-mail and the token."
    )


@responses.activate
@pytest.mark.parametrize(
    "target", ["https://other.example/x", "http://acme.example/x", "https://acme.example:8443/x"]
)
def test_a_redirect_never_leads_to_another_host_scheme_or_port(make_http, target):
    responses.get(f"{SITE}/x", status=302, headers={"Location": target})
    responses.get(target, json={})
    with pytest.raises(Unauthorized):
        ask(make_http())
    assert len(responses.calls) == 1


@responses.activate
def test_a_redirect_to_a_login_page_of_the_same_host_is_denied(make_http):
    responses.get(f"{SITE}/x", status=302, headers={"Location": "/login.jsp"})
    with pytest.raises(Unauthorized):
        ask(make_http())


@responses.activate
def test_a_redirect_within_the_host_is_followed_but_not_for_ever(make_http):
    responses.get(f"{SITE}/x", status=301, headers={"Location": "/y"})
    responses.get(f"{SITE}/y", json={"here": 1})
    assert ask(make_http()).body == {"here": 1}
    responses.replace(responses.GET, f"{SITE}/y", status=301, headers={"Location": "/y"})
    with pytest.raises(TrackerDenied):
        ask(make_http())
    assert len(responses.calls) == 6


@responses.activate
@pytest.mark.parametrize("target", ["http://[::1", "//[bad", "http://acme.example:port/x", ""])
def test_a_redirect_to_nowhere_is_no_crash(make_http, target):
    responses.get(f"{SITE}/x", status=302, headers={"Location": target})
    with pytest.raises(TrackerError):
        ask(make_http())


@responses.activate
@pytest.mark.parametrize("status", [103, 300, 302, 304])
def test_what_is_neither_answer_nor_refusal_is_not_believed(make_http, status):
    body = "" if status in {103, 304} else '{"issues": []}'
    responses.get(f"{SITE}/x", status=status, body=body)
    with pytest.raises(TrackerUnavailable, match="its answer is incomplete or not JSON"):
        ask(make_http())


@responses.activate
def test_json_nested_without_end_is_garbled(make_http):
    responses.get(f"{SITE}/x", body="[" * 200_000, content_type="application/json")
    with pytest.raises(TrackerUnavailable, match="its answer is incomplete or not JSON"):
        ask(make_http())


@responses.activate
@pytest.mark.parametrize("charset", ["idna", "undefined", "hex", "no-such", "utf-16"])
def test_the_claimed_character_set_of_a_refusal_does_not_matter(make_http, charset):
    kind = f"text/plain; charset={charset}"
    responses.get(f"{SITE}/x", status=400, body="Плохо".encode(), content_type=kind)
    with pytest.raises(TrackerRejected, match=r"\(400\): Плохо\."):
        ask(make_http())


@responses.activate
@pytest.mark.parametrize("error", [InvalidHeader("2, 5"), DecodeError("x"), ValueError("[::1")])
def test_what_the_libraries_let_through_is_unavailable(make_http, error):
    responses.get(f"{SITE}/x", body=error)
    with pytest.raises(TrackerUnavailable):
        ask(make_http())


@responses.activate
def test_a_name_that_does_not_resolve_is_repeated_then_unavailable(make_http):
    reason = NameResolutionError("acme.example", None, OSError("no such host"))  # type: ignore[arg-type] # the connection is only printed
    error = requests.ConnectionError(MaxRetryError(None, "/x", reason))  # type: ignore[arg-type] # likewise
    responses.get(f"{SITE}/x", body=error)
    with pytest.raises(TrackerUnavailable) as caught:
        ask(make_http())
    assert len(responses.calls) == 5
    assert str(caught.value) == (
        "Jira at acme.example, reading DEAL: no connection could be made."
        " Check the address and the network; the next run tries again."
    )


def test_a_stalled_answer_is_asked_for_again(make_http, raw_server):
    good = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"
    server = raw_server(0.5, good)
    http = make_http(server.url, settings=HttpSettings(read_timeout=0.1, delays=(0.0,)))
    assert ask(http).body == {}
    assert len(server.requests) == 2


def test_an_answer_cut_short_on_the_wire_is_asked_for_again(make_http, raw_server):
    short = b'HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{"issues": []'
    good = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"
    assert ask(make_http(raw_server(short, None, good).url)).body == {}


def test_bytes_that_are_not_http_are_unavailable(make_http, raw_server):
    server = raw_server(*[b"SSH-2.0-OpenSSH_9\r\n"] * 5)
    with pytest.raises(TrackerUnavailable):
        ask(make_http(server.url))


@responses.activate
def test_every_attempt_is_observed(make_http):
    seen = []
    responses.get(f"{SITE}/x", status=500)
    responses.get(f"{SITE}/x", json={})
    ask(make_http(observe=seen.append))
    assert [(fact["name"], fact["status"], fact["attempt"], fact["kind"]) for fact in seen] == [
        ("probe", 500, 1, "read"),
        ("probe", 200, 2, "read"),
    ]


@responses.activate
def test_the_inspector_sees_an_answer_before_anybody_believes_it(make_http):
    def inspect(answer):
        if "X-Account" not in answer.headers:
            raise TrackerDenied("not ours")

    responses.get(f"{SITE}/x", json={})
    responses.get(f"{SITE}/x", status=404, json={})
    responses.get(f"{SITE}/x", status=503)
    responses.get(f"{SITE}/x", json={"ok": 1}, headers={"x-account": "me"})
    http = make_http(inspect=inspect)
    for _ in range(2):
        with pytest.raises(TrackerDenied, match="not ours"):
            ask(http)
    assert ask(http).body == {"ok": 1}


@responses.activate
def test_cookies_are_not_kept(make_http):
    responses.get(f"{SITE}/x", json={}, headers={"Set-Cookie": "session=abc; Path=/"})
    http = make_http()
    ask(http)
    ask(http)
    assert "Cookie" not in responses.calls[1].request.headers


def test_an_address_that_cannot_be_used_is_denied_without_a_request(make_http):
    with pytest.raises(TrackerDenied, match="the request cannot be made"):
        ask(make_http("http://"))
