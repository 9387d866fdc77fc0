"""Every error body that Airtable is known to send: its own clear text, and the right exit code."""

from __future__ import annotations

import pytest

from integration.airtable.town import Town, story

RATE = "Rate limit exceeded. Please try again later"
BILLING = "API billing plan limit exceeded."
NOT_PERMITTED = 'You are not permitted to write cell values in field "Stage"'
NO_MODEL = "Invalid permissions, or the requested model was not found."


def one(kind: str, text: str = "") -> dict[str, object]:
    return {"error": {"type": kind, "message": text} if text else {"type": kind}}


def several(kind: str, text: str) -> dict[str, object]:
    return {"errors": [{"error": kind, "message": text}]}


READS = [
    (
        401,
        one("AUTHENTICATION_REQUIRED", "Authentication required"),
        5,
        "our login is not accepted (401). Check the token (READYGATE_TRACKERS__BASE__TOKEN)",
    ),
    (
        403,
        one("INVALID_PERMISSIONS_OR_MODEL_NOT_FOUND", NO_MODEL),
        5,
        "see that the token has the scopes data.records:read",
    ),
    (403, one("INVALID_PERMISSIONS", "Not permitted"), 5, "its user is an editor of the base"),
    (404, {"error": "NOT_FOUND"}, 1, "it is gone, or hidden from our account (404): NOT_FOUND"),
    (404, one("NOT_FOUND"), 1, "it is gone, or hidden from our account (404): NOT_FOUND"),
    (
        422,
        one("INVALID_FILTER_BY_FORMULA", "The formula for filtering records is invalid: x"),
        1,
        "INVALID_FILTER_BY_FORMULA: The formula for filtering records is invalid",
    ),
    (422, one("UNKNOWN_FIELD_NAME", 'Unknown field name: "x"'), 1, "UNKNOWN_FIELD_NAME"),
    (
        422,
        one("INVALID_REQUEST_UNKNOWN", "Invalid request: parameter validation failed."),
        1,
        "INVALID_REQUEST_UNKNOWN",
    ),
    (
        422,
        one("LIST_RECORDS_ITERATOR_NOT_AVAILABLE"),
        5,
        "it forgot where it was 4 times. The next run reads anew.",
    ),
    (
        429,
        one("RATE_LIMIT_REACHED", RATE),
        5,
        "it limits our requests (429). A later run goes on from here.",
    ),
    (
        429,
        several("RATE_LIMIT_REACHED", RATE),
        5,
        "it limits our requests (429). A later run goes on from here.",
    ),
    (
        429,
        one("PUBLIC_API_BILLING_LIMIT_EXCEEDED", BILLING),
        5,
        "the workspace has used up its API calls of this month",
    ),
    (
        429,
        several("PUBLIC_API_BILLING_LIMIT_EXCEEDED", BILLING),
        5,
        "the workspace has used up its API calls of this month",
    ),
    (502, None, 5, "it is out of order (502). The next run tries again."),
    (
        503,
        one("RETRIABLE_ERROR", "safe to retry"),
        5,
        "it is out of order (503). The next run tries again.",
    ),
]


@pytest.mark.parametrize(("status", "body", "code", "text"), READS)
def test_a_read_that_is_refused(town: Town, status, body, code, text) -> None:
    story(town)
    told = {} if body is None else {"body": body}
    town.control.faults.add("refuse", status=status, path=".*listRecords", **told)
    ended, out, err = town.run("sync")
    assert (ended, out) == (code, "")
    assert text in err
    assert "patBOT" not in err
    town.control.faults.clear()
    assert town.run("sync") == (0, "", "")


WRITES = [
    (
        403,
        one("INVALID_PERMISSIONS", NOT_PERMITTED),
        1,
        f"our account may not do this (403): {NOT_PERMITTED}",
    ),
    (413, None, 1, "it refuses the request (413)"),
    (
        422,
        one("INVALID_MULTIPLE_CHOICE_OPTIONS", "Insufficient permissions to create x"),
        1,
        "INVALID_MULTIPLE_CHOICE_OPTIONS: Insufficient permissions to create x",
    ),
    (
        422,
        one("INVALID_VALUE_FOR_COLUMN", "Field x cannot accept it"),
        1,
        "INVALID_VALUE_FOR_COLUMN: Field x cannot accept it",
    ),
    (422, one("ROW_DOES_NOT_EXIST", "Record ID rec1 does not exist in this table"), 0, ""),
    (422, one("FAILED_STATE_CHECK"), 1, "FAILED_STATE_CHECK"),
    (
        429,
        one("PUBLIC_API_BILLING_LIMIT_EXCEEDED", BILLING),
        5,
        "the workspace has used up its API calls of this month",
    ),
    (500, None, 1, "the answer was lost; the next run looks it up"),
    (
        503,
        one("RETRIABLE_ERROR", "safe to retry"),
        1,
        "the answer was lost; the next run looks it up",
    ),
]


@pytest.mark.parametrize(("status", "body", "code", "text"), WRITES)
def test_a_move_that_is_refused(town: Town, status, body, code, text) -> None:
    deal = story(town)
    town.edit(deal, Stage="Negotiation")
    told = {} if body is None else {"body": body}
    town.control.faults.add("refuse", status=status, method="PATCH", **told)
    ended, _, err = town.run("sync")
    assert ended == code
    assert text in err
    town.control.faults.clear()
    for _ in range(2):
        assert town.run("sync")[0] == 0
    assert town.cells(deal)["Stage"] == "New lead"
    assert len(town.comments(deal)) == 1
