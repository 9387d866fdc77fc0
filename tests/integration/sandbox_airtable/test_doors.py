"""Who may do what: tokens, scopes, levels, field permissions; rate limits, billing, faults."""

import pytest
import requests

from readygate_sandbox import Sandbox

from .conftest import BASE, Web, said
from .test_records import MODEL

DEALS = f"/{BASE}/Deals"
BILLING = (
    "API billing plan limit exceeded. You've reached the maximum number of requests allowed for "
    "this month"
)


def test_nobody(sandbox: Sandbox, web: Web) -> None:
    unknown = (401, "AUTHENTICATION_REQUIRED", "Authentication required")
    for header in ("", "Bearer nonsense", "Basic Ym90", "bot"):
        web.session.headers["Authorization"] = header
        assert said(web.get(DEALS)) == unknown
    web.session.headers["Authorization"] = "Bearer bot"
    sandbox.airtable.set_user("bot@example.com", expired=True)
    assert said(web.get("/meta/whoami")) == unknown


def test_whoami_tells_the_email_with_its_scope(web: Web, sandbox: Sandbox) -> None:
    bot = sandbox.airtable.user("bot@example.com")
    assert web.get("/meta/whoami").json() == {"id": bot.id, "email": "bot@example.com"}
    sandbox.airtable.set_user("bot@example.com", scopes=[])
    assert web.get("/meta/whoami").json() == {"id": bot.id}


@pytest.mark.parametrize(
    ("scope", "method", "path"),
    [
        ("data.records:read", "GET", DEALS),
        ("data.records:read", "POST", f"{DEALS}/listRecords"),
        ("data.records:write", "POST", DEALS),
        ("data.records:write", "PATCH", DEALS),
        ("data.records:write", "DELETE", DEALS),
        ("data.recordComments:read", "GET", f"{DEALS}/recX/comments"),
        ("data.recordComments:write", "POST", f"{DEALS}/recX/comments"),
        ("schema.bases:read", "GET", "/meta/bases"),
        ("schema.bases:read", "GET", f"/meta/bases/{BASE}/tables"),
        ("schema.bases:write", "POST", f"/meta/bases/{BASE}/tables"),
    ],
)
def test_a_missing_scope_looks_like_a_missing_model(
    web: Web, sandbox: Sandbox, scope: str, method: str, path: str
) -> None:
    missing = (403, "INVALID_PERMISSIONS_OR_MODEL_NOT_FOUND", MODEL)
    body = None if method == "GET" else {}
    before = web.call(method, path, json=body)
    assert before.status_code == 200 or said(before) != missing
    token = sandbox.airtable.user("bot@example.com").tokens[0]
    sandbox.airtable.set_user("bot@example.com", scopes=sorted(token.scopes - {scope}))
    assert said(web.call(method, path, json=body)) == missing


def test_bases_of_the_token_and_of_the_user(web: Web, sandbox: Sandbox) -> None:
    sandbox.airtable.set_user("bot@example.com", bases=["appZZZZZZZZZZZZZZ"])
    assert said(web.get(DEALS))[1] == "INVALID_PERMISSIONS_OR_MODEL_NOT_FOUND"
    assert web.get("/meta/bases").json() == {"bases": []}
    stranger = Web(sandbox.airtable_url, "stranger")
    assert said(stranger.get(DEALS))[1] == "INVALID_PERMISSIONS_OR_MODEL_NOT_FOUND"
    stranger.session.close()


def test_levels(guest: Web, boris: Web, anna: Web) -> None:
    refused = (403, "INVALID_PERMISSIONS", "You are not permitted to perform this operation")
    record = anna.one("один")
    assert guest.get(DEALS).ok
    assert said(guest.post(f"{DEALS}/{record}/comments", {"text": "x"})) == refused
    assert boris.post(f"{DEALS}/{record}/comments", {"text": "x"}).ok
    assert said(boris.post(DEALS, {"fields": {"Name": "x"}})) == refused
    assert anna.post(DEALS, {"fields": {"Name": "x"}}).ok
    made = anna.post(f"/meta/bases/{BASE}/tables", {"name": "T", "fields": []})
    assert said(made) == (403, "INVALID_PERMISSIONS_OR_MODEL_NOT_FOUND", MODEL)


@pytest.mark.parametrize(
    ("by", "anna_may", "bot_may"),
    [
        ("everyone", True, True),
        ("creators", False, True),
        ("nobody", False, False),
        (["anna@example.com"], True, False),
    ],
)
def test_field_permissions_hold_for_api_and_people(
    anna: Web, web: Web, sandbox: Sandbox, by: object, *, anna_may: bool, bot_may: bool
) -> None:
    sandbox.airtable.permit("Deals", "Stage", by)
    record = web.one("один")
    for client, may in ((anna, anna_may), (web, bot_may)):
        for answer in (
            client.patch(f"{DEALS}/{record}", {"fields": {"Stage": "Work"}}),
            client.post(DEALS, {"fields": {"Stage": "Work"}}),
        ):
            if may:
                assert answer.status_code == 200
            else:
                assert said(answer) == (
                    403, "INVALID_PERMISSIONS",
                    'You are not permitted to write cell values in field "Stage"',
                )  # fmt: skip
    assert web.patch(f"{DEALS}/{record}", {"fields": {"Sum": 1}}).ok
    emptied = web.put(f"{DEALS}/{record}", {"fields": {"Name": "x"}})
    assert emptied.status_code == (200 if bot_may else 403)


# -- limits ------------------------------------------------------------------------------------

RATE = {
    "error": {
        "type": "RATE_LIMIT_REACHED",
        "message": "Rate limit exceeded. Please try again later",
    }
}


def test_five_a_second_then_thirty_seconds_of_nothing(web: Web, sandbox: Sandbox) -> None:
    control = sandbox.airtable
    control.clock.freeze()
    control.limits.configure({"rate": True})
    assert [web.get(DEALS, pageSize=1).status_code for _ in range(7)] == [200] * 5 + [429] * 2
    answer = web.get(f"/meta/bases/{BASE}/tables")
    assert (answer.json(), "Retry-After" in answer.headers) == (RATE, False)
    assert web.get("/meta/whoami").status_code == 200
    control.clock.advance(29.9)
    assert web.get(DEALS).status_code == 429
    control.clock.advance(0.1)
    assert web.get(DEALS).status_code == 200
    assert control.limits.peak == 8
    assert control.limits.refused == 4


def test_five_a_second_are_fine_for_ever(web: Web, sandbox: Sandbox) -> None:
    control = sandbox.airtable
    control.clock.freeze()
    control.limits.configure({"rate": True})
    for _ in range(20):
        assert web.get(DEALS, pageSize=1).status_code == 200
        control.clock.advance(0.2)
    assert control.limits.peak == 5


def test_the_other_shape_a_header_and_a_shorter_wait(web: Web, sandbox: Sandbox) -> None:
    control = sandbox.airtable
    control.clock.freeze()
    control.limits.configure(
        {"rate": True, "scale": 0.2, "penalty_seconds": 2, "shape": "list", "retry_after": True}
    )
    assert web.get(DEALS).ok
    answer = web.get(DEALS)
    assert answer.json() == {
        "errors": [
            {
                "error": "RATE_LIMIT_REACHED",
                "message": "Rate limit exceeded. Please try again later",
            }
        ]
    }
    assert answer.headers["Retry-After"] == "2"


def test_the_month_is_over_but_the_schema_can_be_read(web: Web, sandbox: Sandbox) -> None:
    sandbox.airtable.limits.configure({"monthly": 2})
    codes = [web.get(DEALS).status_code for _ in range(3)]
    assert codes == [200, 200, 429]
    assert said(web.get(DEALS)) == (
        429, "PUBLIC_API_BILLING_LIMIT_EXCEEDED",
        BILLING,
    )  # fmt: skip
    assert web.get(f"/meta/bases/{BASE}/tables").status_code == 200
    sandbox.airtable.limits.configure({"monthly": None, "blocked": True})
    assert web.get(DEALS).status_code == 429


def test_faults_of_this_side_alone(web: Web, sandbox: Sandbox) -> None:
    body = {
        "error": {
            "type": "RETRIABLE_ERROR",
            "message": "Server encountered an error while processing your request, and it is safe "
            "to retry the request",
        }
    }
    sandbox.airtable.faults.add(
        "refuse", status=503, body=body, headers={"Retry-After": "3"}, nth=1
    )
    answer = web.get(DEALS)
    assert (answer.status_code, answer.json(), answer.headers["Retry-After"]) == (503, body, "3")
    assert web.get(DEALS).status_code == 200
    [struck, _] = sandbox.airtable.log.entries()
    assert (struck.status, struck.fault, struck.kind) == (503, "refuse", DEALS.join(["/v0", ""]))
    assert sandbox.control.log.total() == 0


def test_an_answer_lost_after_storing(web: Web, sandbox: Sandbox) -> None:
    sandbox.airtable.faults.add("drop", method="POST", nth=1, stored=True)
    with pytest.raises(requests.ConnectionError):
        web.post(DEALS, {"fields": {"Name": "потеряна"}})
    assert web.one("потеряна")
