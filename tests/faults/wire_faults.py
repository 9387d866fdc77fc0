"""The list of faults: what every tracker can do to a request, and what each kind of its own can."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from faults.wire import LONG, SHORT, Fault

NOW = "Thu, 26 Nov 2026 10:00:00 GMT"
SOON = "Thu, 26 Nov 2026 10:00:02 GMT"
PAST = "Thu, 26 Nov 2026 09:00:00 GMT"
LOGIN = {"Location": "https://id.example.com/login?to=x"}
PAGE = "<html><body>Please wait while we check your browser</body></html>"


def faults(ours: Mapping[str, str], refusal: Any) -> tuple[Fault, ...]:
    """What any tracker or network can do. `ours`: headers by which the tracker proves that it
    speaks to us; `refusal` is a body of a refused request."""

    def refuse(name: str, status: int, body: Any = refusal, **more: Any) -> Fault:
        headers = {**ours, **more.pop("headers", {})}
        rule = {"do": "refuse", "status": status, "body": body, "headers": headers}
        return Fault(name, rule, **more)

    def limited(name: str, status: int, after: str) -> Fault:
        headers = {"Retry-After": after, "Date": NOW}
        return refuse(name, status, headers=headers, lasting=True)

    drop, delay = {"do": "drop"}, {"do": "delay", "seconds": 2, "stored": True}
    stall = {"do": "drop", "seconds": 2}
    return (
        Fault("connection refused", refused=True, lasting=True),
        Fault("connection reset", drop, lasting=True),
        Fault("connection reset, stored", {**drop, "stored": True}, stored=True),
        Fault("no answer in time", stall, patience=SHORT, lasting=True),
        Fault("no answer in time, stored", delay, patience=LONG, stored=True),
        refuse("400", 400),
        refuse("401", 401),
        refuse("403", 403),
        refuse("404", 404),
        refuse("409", 409),
        Fault("413", {"do": "refuse", "status": 413}),  # from the edge, which knows nobody
        refuse("422", 422),
        limited("429 with seconds", 429, "2"),
        limited("429 with a date", 429, SOON),
        refuse("429 without a time", 429, lasting=True),
        limited("429 with an hour", 429, "3600"),
        limited("429 with a time that has passed", 429, PAST),
        limited("429 with a negative time", 429, "-30"),
        refuse("500", 500, None, lasting=True),
        Fault("500, stored", {"do": "refuse", "status": 500, "stored": True}, stored=True),
        refuse("502", 502, None, lasting=True),
        refuse("503", 503, None, lasting=True),
        limited("503 with seconds", 503, "2"),
        limited("503 with a date", 503, SOON),
        limited("503 with an hour", 503, "3600"),
        Fault("a web page", {"do": "html"}, lasting=True),
        Fault("a web page, not stored", {"do": "html", "stored": False}),
        Fault("503 and a web page", {"do": "refuse", "status": 503, "body": PAGE}, lasting=True),
        Fault("a body cut on the wire", {"do": "truncate"}, lasting=True),
        Fault("JSON that breaks off", {"do": "garbage"}, lasting=True),
        Fault("a compressed body that breaks off", {"do": "gzip"}, lasting=True),
        Fault("200 and nothing", {"do": "empty"}, lasting=True),
        Fault("200 and nothing, not stored",
              {"do": "empty", "stored": False, "headers": dict(ours)}),
        Fault("redirect to a login page", {"do": "redirect", "headers": LOGIN}),
        Fault("redirect to a login page, stored",
              {"do": "redirect", "headers": LOGIN, "stored": True}, stored=True),
        Fault("redirect to a login here", {"do": "redirect", "headers": {"Location": "/login"}}),
        Fault("307 to elsewhere", {"do": "redirect", "status": 307, "headers": LOGIN}),
        Fault("303 to elsewhere", {"do": "redirect", "status": 303, "headers": LOGIN}),
        Fault("302 without a place", {"do": "refuse", "status": 302, "headers": dict(ours)},
              lasting=True),
        Fault("another shape: a list", {"do": "replace", "body": []}, lasting=True),
        Fault("another shape: a number", {"do": "replace", "body": 0}, lasting=True),
        Fault("another shape: a text", {"do": "replace", "body": "ok"}, lasting=True),
        Fault("another shape: nothing in it", {"do": "replace", "body": {}}, lasting=True),
    )  # fmt: skip


def jira_faults(account: str) -> tuple[Fault, ...]:
    """What Jira can do besides."""

    def quota(name: str, reason: str, after: str = "1800") -> Fault:
        headers = {"X-AAccountId": account, "Retry-After": after, "RateLimit-Reason": reason}
        return Fault(name, {"do": "refuse", "status": 429, "headers": headers}, lasting=True)

    failed = {"X-Seraph-LoginReason": "AUTHENTICATED_FAILED"}
    return (
        *faults({"X-AAccountId": account}, {"errorMessages": ["Not so."], "errors": {}}),
        quota("429, the hourly quota of all", "jira-quota-global-based"),
        quota("429, the hourly quota of the site", "jira-quota-tenant-based", "20"),
        quota("429, too many at once", "jira-burst-based", "1"),
        quota("429, too many writes to one issue", "jira-per-issue-on-write", "2"),
        Fault("the token expires", expires=True),
        Fault("an answer to somebody else",
              {"do": "replace", "body": {}, "headers": {"X-AAccountId": "712020:other"}}),
        Fault("200 and nothing for nobody", {"do": "refuse", "status": 200, "headers": failed,
              "body": {"issues": [], "isLast": True}}),
        Fault("403 from something in between", {"do": "refuse", "status": 403, "body": PAGE}),
        Fault("404 from something in between", {"do": "refuse", "status": 404, "body": PAGE}),
    )  # fmt: skip


def airtable_faults() -> tuple[Fault, ...]:
    """What Airtable can do besides."""

    def one(kind: str) -> dict[str, Any]:
        return {"error": {"type": kind, "message": "Said so."}}

    def several(kind: str) -> dict[str, Any]:
        return {"errors": [{"error": kind, "message": "Said so."}]}

    def refuse(name: str, status: int, body: Any, **more: Any) -> Fault:
        return Fault(name, {"do": "refuse", "status": status, "body": body}, **more)

    rate, billing = "RATE_LIMIT_REACHED", "PUBLIC_API_BILLING_LIMIT_EXCEEDED"
    return (
        *faults({}, one("INVALID_REQUEST_UNKNOWN")),
        refuse("429, rate limit", 429, one(rate), lasting=True),
        refuse("429, rate limit in a list", 429, several(rate), lasting=True),
        refuse("429, billing limit", 429, one(billing), lasting=True),
        refuse("429, billing limit in a list", 429, several(billing), lasting=True),
        refuse("404, a word", 404, {"error": "NOT_FOUND"}),
        refuse("503, safe to retry", 503, one("RETRIABLE_ERROR"), lasting=True),
        Fault("the token is revoked", expires=True),
    )
