"""Every error body that Airtable is known to send: its own clear text, and the right exit code."""

from __future__ import annotations

import pytest

from integration.airtable.town import Town, story
from readygate_airtable.refusals import ADVICE, error_kind

RATE = "Rate limit exceeded. Please try again later"
BILLING = "API billing plan limit exceeded."
NOT_PERMITTED = 'You are not permitted to write cell values in field "Stage"'
NAMES_AGAIN = "The next runs look at the names in the base again; `readygate doctor` does it now."
REPORT = "That is not about your base: Airtable's API has changed, or Readygate has a bug."
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
    (404, {"error": "NOT_FOUND"}, 5, "or the base or table is not there (404). At https://"),
    (404, one("NOT_FOUND"), 5, "that the base appREADYGATE00001 is in its list"),
    (
        422,
        one("INVALID_FILTER_BY_FORMULA", "The formula for filtering records is invalid: x"),
        1,
        (
            "INVALID_FILTER_BY_FORMULA: The formula for filtering records is invalid: x. A field"
            f" that we ask for was deleted or has another type now. {NAMES_AGAIN}"
        ),
    ),
    (
        422,
        one("UNKNOWN_FIELD_NAME", 'Unknown field name: "x"'),
        1,
        f'Unknown field name: "x". A field was deleted from the table. {NAMES_AGAIN}',
    ),
    (
        422,
        one("INVALID_REQUEST_UNKNOWN", "Invalid request: parameter validation failed."),
        1,
        (
            f"Invalid request: parameter validation failed. {REPORT} Please report it with this"
            " text."
        ),
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
        (
            f"our account may not do this (403): {NOT_PERMITTED}. It takes a token with the scope"
            " data.records:write whose user is an editor of the base, and a field that this user"
            " may edit (field permissions)."
        ),
    ),
    (
        403,
        one("INVALID_PERMISSIONS_OR_MODEL_NOT_FOUND", NO_MODEL),
        1,
        (
            f"our account may not do this (403): {NO_MODEL} It takes a token with the scope"
            " data.records:write whose user is an editor of the base"
        ),
    ),
    (404, one("MODEL_ID_NOT_FOUND", "Record not found"), 0, ""),
    (413, None, 1, "it refuses the request (413)"),
    (
        422,
        one("INVALID_MULTIPLE_CHOICE_OPTIONS", "Insufficient permissions to create x"),
        1,
        (
            "INVALID_MULTIPLE_CHOICE_OPTIONS: Insufficient permissions to create x. The field has"
            f" no such choice any more, and none was added. {NAMES_AGAIN}"
        ),
    ),
    (
        422,
        one("INVALID_VALUE_FOR_COLUMN", "Field x cannot accept it"),
        1,
        (
            "INVALID_VALUE_FOR_COLUMN: Field x cannot accept it. The field does not take this: a"
            f" person who is not in the base, or its type was changed. {NAMES_AGAIN}"
        ),
    ),
    (422, one("INVALID_REQUEST_MISSING_FIELDS", "x"), 1, f"MISSING_FIELDS: x. {REPORT}"),
    (
        422,
        one("INVALID_RECORDS", "A maximum of 10 records can be updated per request"),
        1,
        f"INVALID_RECORDS: A maximum of 10 records can be updated per request. {REPORT}",
    ),
    (422, one("ROW_DOES_NOT_EXIST", "Record ID rec1 does not exist in this table"), 0, ""),
    (
        422,
        one("FAILED_STATE_CHECK"),
        1,
        "FAILED_STATE_CHECK. Airtable says that the base is not in a state for it",
    ),
    (
        429,
        one("RATE_LIMIT_REACHED", RATE),
        0,  # after thirty seconds nobody knows what a move would meet: it is left for the next run
        "",
    ),
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


COMMENTS = [
    (
        403,
        one("INVALID_PERMISSIONS_OR_MODEL_NOT_FOUND", NO_MODEL),
        1,
        (
            "It takes a token with the scope data.recordComments:write whose user is a commenter or"
            " more of the base."
        ),
    ),
    (404, one("MODEL_ID_NOT_FOUND", "Record not found"), 0, ""),
    (
        429,
        several("RATE_LIMIT_REACHED", RATE),
        5,
        "it limits our requests (429). A later run goes on from here.",
    ),
    (502, None, 1, "the answer was lost; the next run looks it up"),
]


@pytest.mark.parametrize(("status", "body", "code", "text"), COMMENTS)
def test_an_explanation_that_is_refused(town: Town, status, body, code, text) -> None:
    deal = story(town)
    town.edit(deal, Stage="Negotiation")
    told = {} if body is None else {"body": body}
    town.control.faults.add("refuse", status=status, method="POST", path=".*comments", **told)
    ended, _, err = town.run("sync")
    assert ended == code
    assert text in err
    town.control.faults.clear()
    for _ in range(2):
        assert town.run("sync")[0] == 0
    assert town.cells(deal)["Stage"] == "New lead"
    assert len(town.comments(deal)) == 1


SETUPS = [
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
        (
            "It takes a token with the scope schema.bases:write whose user is a creator of the base"
            " (afterwards an editor is enough)."
        ),
    ),
    (
        422,
        one("UNSUPPORTED_FIELD_TYPE_FOR_CREATE", "Creating x fields is not supported"),
        1,
        (
            "Creating x fields is not supported. Make this field by hand (docs/airtable.md, “The"
            " checklist table”), then run `readygate setup` again."
        ),
    ),
    (
        422,
        one("DUPLICATE_TABLE_NAME", "Table names must be unique"),
        1,
        "Somebody has made it in the meantime: run `readygate setup` again.",
    ),
    (503, None, 5, "Run `readygate setup` again: it looks first at what is there."),
]


@pytest.mark.parametrize(("status", "body", "code", "text"), SETUPS)
def test_a_setup_that_is_refused(town: Town, status, body, code, text) -> None:
    told = {} if body is None else {"body": body}
    town.control.faults.add("refuse", status=status, method="POST", path=".*/tables", **told)
    ended, _, err = town.run("setup", "--yes")
    assert ended == code
    assert text in err
    town.control.faults.clear()
    assert town.run("setup", "--yes")[0] == 0
    assert town.run("setup", "--yes")[1].startswith("base: everything that can be created is")


DOCUMENTED = {
    "AUTHENTICATION_REQUIRED",
    "FAILED_STATE_CHECK",
    "INVALID_FILTER_BY_FORMULA",
    "INVALID_MULTIPLE_CHOICE_OPTIONS",
    "INVALID_PERMISSIONS",
    "INVALID_PERMISSIONS_OR_MODEL_NOT_FOUND",
    "INVALID_RECORDS",
    "INVALID_REQUEST_MISSING_FIELDS",
    "INVALID_REQUEST_UNKNOWN",
    "INVALID_VALUE_FOR_COLUMN",
    "LIST_RECORDS_ITERATOR_NOT_AVAILABLE",
    "MODEL_ID_NOT_FOUND",
    "NOT_FOUND",
    "PUBLIC_API_BILLING_LIMIT_EXCEEDED",
    "RATE_LIMIT_REACHED",
    "RETRIABLE_ERROR",
    "ROW_DOES_NOT_EXIST",
    "UNKNOWN_FIELD_NAME",
    "UNSUPPORTED_FIELD_TYPE_FOR_CREATE",
}
"""Every type of error that Airtable's pages or its clients tell of."""


def test_no_documented_error_is_left_out() -> None:
    met = {error_kind(body) for _, body, *_ in (*READS, *WRITES, *COMMENTS, *SETUPS)}
    assert met >= DOCUMENTED
    assert set(ADVICE) <= met | {"DUPLICATE_FIELD_NAME"}
