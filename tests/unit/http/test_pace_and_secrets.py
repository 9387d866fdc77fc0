"""Pacing before the tracker must ask for it; secrets out of everything that leaves us."""

from __future__ import annotations

import base64
import traceback

import pytest
import requests
import responses

from readygate.errors import TrackerError, TrackerRejected
from readygate_http import HttpSettings, Pace, Redactor

SITE = "https://acme.example"


def ask(http):
    return http.read("GET", "/x", name="probe", doing="reading")


@responses.activate
def test_requests_keep_to_the_limit(make_http, clock):
    responses.get(f"{SITE}/x", json={})
    http = make_http(settings=HttpSettings(most=3))
    for _ in range(7):
        ask(http)
    assert clock.slept == [1.0, 1.0]


@responses.activate
def test_requests_keep_to_their_spacing(make_http, clock):
    responses.get(f"{SITE}/x", json={})
    http = make_http(settings=HttpSettings(most=5, spacing=0.25))
    for _ in range(4):
        ask(http)
    assert clock.slept == [0.25, 0.25, 0.25]


@responses.activate
def test_the_limit_of_the_account_counts_too(make_http, clock):
    responses.get(f"{SITE}/x", json={})
    account = Pace(clock, 3)
    several = [make_http(account=account) for _ in range(4)]
    for http in several:
        ask(http)
    assert clock.slept == [1.0]


@responses.activate
@pytest.mark.parametrize(
    "headers", [{"X-RateLimit-NearLimit": "true"}, {"X-RateLimit-Remaining": "0"}]
)
def test_a_warning_of_the_tracker_slows_us_down_for_a_while(make_http, clock, headers):
    responses.get(f"{SITE}/x", json={}, headers=headers)
    responses.get(f"{SITE}/x", json={})
    http = make_http(settings=HttpSettings(strained_spacing=0.25, strained_for=1.0))
    for _ in range(4):
        ask(http)
    assert clock.slept == [0.25, 0.25, 0.25]
    clock.sleep(60)
    before = len(clock.slept)
    for _ in range(10):
        ask(http)
    assert len(clock.slept) == before


@responses.activate
@pytest.mark.parametrize("left", ["350", "plenty"])
def test_a_plenty_of_remaining_requests_slows_nothing(make_http, clock, left):
    responses.get(f"{SITE}/x", json={}, headers={"X-RateLimit-Remaining": left})
    http = make_http()
    for _ in range(20):
        ask(http)
    assert clock.slept == []


TOKEN = "ATATT3xFfGF0-secret=A1B2"
BASIC = base64.b64encode(f"bot@acme.example:{TOKEN}".encode()).decode()


@pytest.fixture
def redact() -> Redactor:
    session = requests.Session()
    session.auth = ("bot@acme.example", TOKEN)
    redactor = Redactor(["other-secret"])
    redactor.learn(session)
    return redactor


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        (f"token {TOKEN} is bad", "token *** is bad"),
        (f"Basic {BASIC}", "Basic ***"),
        (f"header was {BASIC}.", "header was ***."),
        ("url ATATT3xFfGF0-secret%3DA1B2!", "url ***!"),
        ("Authorization: Bearer abcdefgh12345678", "Authorization: ***"),
        ('{"authorization": "Digest user=x"}', '{"authorization": "***"}'),
        ("Cookie: JSESSIONID=1; b=2", "Cookie: ***"),
        ('{"set-cookie":"a=b"}', '{"set-cookie":"***"}'),
        ("see https://me:pw@proxy.example/", "see https://***@proxy.example/"),
        ("?api_token=xyz&a=1", "?api_token=***&a=1"),
        ("an other-secret here", "an *** here"),
        ("Basic authentication failed", "Basic authentication failed"),
        ("two\nlines\tand   gaps", "two lines and gaps"),
    ],
)
def test_secrets_and_what_looks_like_them_are_hidden(redact, text, clean):
    assert redact(text) == clean


def test_session_headers_and_cookies_are_learned():
    session = requests.Session()
    session.headers["Authorization"] = "Bearer long-lived-token"
    session.cookies.set("crowd", "cookie-value-1")
    redactor = Redactor()
    redactor.learn(session)
    assert redactor("long-lived-token and cookie-value-1") == "*** and ***"


def test_a_secret_too_short_to_be_one_does_not_blot_out_the_text():
    assert Redactor(["a"])("a banana") == "a banana"


def test_a_cut_leaves_no_half_of_a_secret():
    # Long ones, as Atlassian makes them: hiding them shortens the text so much that its end shows.
    secret = "ATATT3xFfGF0" + "abcdefghij" * 18
    text = Redactor([secret])(f"{secret} " * 100)
    assert set(text.split()) == {"***"}


def test_text_is_cut_at_256_characters(redact):
    assert redact("x" * 5000) == "x" * 255 + "…"


@responses.activate
def test_no_text_of_an_error_holds_the_secret(make_http):
    token = "tok-1234567890"
    body = {"errorMessages": [f"bad {token}"], "errors": {"f": f"see {token}"}}
    responses.get(f"{SITE}/x", status=400, json=body)
    with pytest.raises(TrackerRejected) as caught:
        ask(make_http())
    texts = [str(caught.value), caught.value.detail, repr(caught.value.field_errors)]
    assert not [text for text in texts if token in text]
    assert caught.value.field_errors == {"f": "see ***"}


@responses.activate
def test_even_a_traceback_does_not_hold_the_secret(make_http):
    error = requests.ConnectionError("GET https://u:tok-1234567890@acme.example failed")
    responses.get(f"{SITE}/x", body=error)
    with pytest.raises(TrackerError) as caught:
        ask(make_http())
    assert "tok-1234567890" not in "".join(traceback.format_exception(caught.value))


@responses.activate
def test_problem_details_and_plain_errors_are_quoted(make_http):
    for body, words in [
        ({"title": "Bad Request", "detail": "Unknown parameter"}, "Unknown parameter; Bad Request"),
        ({"error": {"type": "X", "message": "Field missing"}}, "Field missing"),
        ({"error": "NOT_FOUND"}, "NOT_FOUND"),
        ({"message": "No."}, "No."),
        ({"errorMessages": "One sentence."}, "One sentence."),
    ]:
        responses.upsert(responses.GET, f"{SITE}/x", status=400, json=body)
        with pytest.raises(TrackerRejected) as caught:
            ask(make_http())
        assert words in str(caught.value)
