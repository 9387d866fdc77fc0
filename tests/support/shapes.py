"""What we rely on in Jira's answers and the document does not promise: it requires no property
anywhere and leaves `fields` of an issue untyped. From its descriptions and recorded answers."""

from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from readygate_sandbox.web import Answer

Schema = dict[str, Any]

TEXT: Schema = {"type": "string", "minLength": 1}
NUMBER_TEXT: Schema = {"type": "string", "pattern": r"^\d+$"}
TIME: Schema = {
    "type": "string",
    "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d{4}$",
}
LINK: Schema = {"type": "string", "pattern": r"^https?://"}
ADF: Schema = {
    "type": "object",
    "required": ["type", "version", "content"],
    "properties": {"type": {"const": "doc"}, "version": {"const": 1}},
}


def needs(more: dict[str, Schema], **told: Any) -> Schema:
    """An object with these properties, all of them there."""
    return {"type": "object", "required": list(more), "properties": more, **told}


def or_null(schema: Schema) -> Schema:
    """The thing, or null."""
    return {"anyOf": [{"type": "null"}, schema]}


def many(schema: Schema) -> Schema:
    """A list of such things."""
    return {"type": "array", "items": schema}


CATEGORY = needs({"key": {"enum": ["new", "indeterminate", "done", "undefined"]}, "name": TEXT})
STATUS = needs({"id": NUMBER_TEXT, "name": TEXT, "statusCategory": CATEGORY})
ISSUE_TYPE = needs(
    {"id": NUMBER_TEXT, "name": TEXT, "subtask": {"type": "boolean"},
     "hierarchyLevel": {"type": "integer"}}
)  # fmt: skip
PERSON = needs(
    {"accountId": TEXT, "displayName": TEXT, "active": {"type": "boolean"}, "self": LINK}
)
RELATIVE = needs({"id": NUMBER_TEXT, "key": TEXT, "self": LINK})
SUBTASK = needs(
    {"id": NUMBER_TEXT, "key": TEXT,
     "fields": needs({"summary": TEXT, "status": STATUS, "issuetype": ISSUE_TYPE})}
)  # fmt: skip


def issue(version: int) -> Schema:
    """An issue: whatever fields it shows have their shapes; rich text depends on the version."""
    text = or_null(ADF if version == 3 else {"type": "string"})
    fields: Schema = {
        "type": "object",
        "properties": {
            "summary": TEXT,
            "status": STATUS,
            "issuetype": ISSUE_TYPE,
            "project": needs({"id": NUMBER_TEXT, "key": TEXT, "name": TEXT}),
            "parent": RELATIVE,
            "subtasks": many(SUBTASK),
            "assignee": or_null(PERSON),
            "reporter": or_null(PERSON),
            "created": TIME,
            "updated": TIME,
            "statuscategorychangedate": or_null(TIME),
            "resolutiondate": or_null(TIME),
            "duedate": or_null({"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$"}),
            "labels": many(TEXT),
            "description": text,
            "environment": text,
            "resolution": or_null(needs({"id": NUMBER_TEXT, "name": TEXT})),
        },
    }
    return needs(
        {"id": NUMBER_TEXT},
        properties={"id": NUMBER_TEXT, "key": TEXT, "self": LINK, "fields": fields,
                    "properties": {"type": "object"}},
    )  # fmt: skip


def comment(version: int) -> Schema:
    """A comment; v3 speaks ADF, v2 text."""
    return needs(
        {
            "id": NUMBER_TEXT,
            "self": LINK,
            "author": PERSON,
            "updateAuthor": PERSON,
            "body": ADF if version == 3 else {"type": "string"},
            "created": TIME,
            "updated": TIME,
        }
    )


NULLABLE_TEXT: Schema = {"type": ["string", "null"]}
HISTORY = needs(
    {
        "id": NUMBER_TEXT,
        "author": PERSON,
        # Bulk fetch writes milliseconds since the epoch, the others a text.
        "created": {"anyOf": [TIME, {"type": "integer"}]},
        "items": many(
            needs(
                {"field": TEXT, "fieldtype": {"enum": ["jira", "custom"]}, "from": NULLABLE_TEXT,
                 "fromString": NULLABLE_TEXT, "to": NULLABLE_TEXT, "toString": NULLABLE_TEXT}
            )
        ),
    }
)  # fmt: skip
MADE = needs({"id": NUMBER_TEXT, "key": TEXT, "self": LINK})
REFUSED = needs(
    {
        "errorMessages": many(TEXT),
        "errors": {"type": "object", "additionalProperties": TEXT},
    }
)
TRANSITION = needs(
    {"id": NUMBER_TEXT, "name": TEXT, "to": STATUS, "hasScreen": {"type": "boolean"},
     "isGlobal": {"type": "boolean"}, "isInitial": {"type": "boolean"},
     "isConditional": {"type": "boolean"}, "isAvailable": {"type": "boolean"}}
)  # fmt: skip


def _shapes(version: int) -> dict[str, Schema]:
    found = needs({"issues": many(issue(version))})
    page = {"startAt": {"type": "integer"}, "maxResults": {"type": "integer"},
            "total": {"type": "integer"}}  # fmt: skip
    told: dict[str, Schema] = {
        "GET /myself": needs(
            {"accountId": TEXT, "displayName": TEXT, "emailAddress": TEXT, "timeZone": TEXT,
             "active": {"const": True}, "accountType": TEXT}
        ),
        "GET /serverInfo": needs(
            {"baseUrl": LINK, "version": TEXT, "deploymentType": {"const": "Cloud"},
             "versionNumbers": many({"type": "integer"}), "serverTime": TIME}
        ),
        "POST /search/jql": needs({"isLast": {"type": "boolean"}, **found["properties"]}),
        "POST /issue/bulkfetch": needs({"issueErrors": {"type": "array"}, **found["properties"]}),
        "GET /issue/{issueIdOrKey}": needs({"id": NUMBER_TEXT, "key": TEXT, "self": LINK})
        | {"allOf": [issue(version)]},
        "POST /issue": MADE,
        "POST /issue/bulk": needs({
            "issues": many(MADE),
            "errors": many(needs({
                "status": {"type": "integer"}, "elementErrors": REFUSED,
                "failedElementNumber": {"type": "integer"},
            })),
        }),
        "GET /issue/{issueIdOrKey}/transitions": needs({"transitions": many(TRANSITION)}),
        "GET /issue/{issueIdOrKey}/comment": needs({**page, "comments": many(comment(version))}),
        "POST /issue/{issueIdOrKey}/comment": comment(version),
        "PUT /issue/{issueIdOrKey}/comment/{id}": comment(version),
        "GET /issue/{issueIdOrKey}/comment/{id}": comment(version),
        "GET /issue/{issueIdOrKey}/changelog": needs(
            {**page, "isLast": {"type": "boolean"}, "values": many(HISTORY)}
        ),
        "POST /changelog/bulkfetch": needs({"issueChangeLogs": many(
            needs({"issueId": NUMBER_TEXT, "changeHistories": many(HISTORY)})
        )}),
        "GET /issue/{issueIdOrKey}/properties/{propertyKey}": needs({"key": TEXT, "value": {}}),
        "GET /mypermissions": needs({"permissions": {"type": "object", "additionalProperties":
            needs({"key": TEXT, "havePermission": {"type": "boolean"}})}}),
        "GET /field": many(
            needs({"id": TEXT, "name": TEXT, "custom": {"type": "boolean"}})
        ),
        "GET /project/{projectIdOrKey}": needs(
            {"id": NUMBER_TEXT, "key": TEXT, "name": TEXT, "issueTypes": many(ISSUE_TYPE)}
        ),
        "GET /project/{projectIdOrKey}/statuses": many(
            needs({"id": NUMBER_TEXT, "name": TEXT, "subtask": {"type": "boolean"},
                   "statuses": many(STATUS)})
        ),
        "GET /user/search": many(PERSON),
        "GET /status": many(STATUS),
    }  # fmt: skip
    told["GET /search/jql"] = told["POST /search/jql"]
    return told


@cache
def _validators(version: int) -> dict[str, Draft202012Validator]:
    return {name: Draft202012Validator(schema) for name, schema in _shapes(version).items()}


def misses(method: str, template: str, path: str, body: Any) -> list[str]:
    """Where a good answer lacks what we rely on."""
    version = 3 if path.startswith("/rest/api/3/") else 2
    name = f"{method} {template.removeprefix('/rest/api/3')}"
    validator = _validators(version).get(name)
    return [] if validator is None else [f"shape: {_said(e)}" for e in validator.iter_errors(body)]


_REFUSAL = Draft202012Validator(REFUSED)
_PROBLEM = Draft202012Validator(
    needs({"type": TEXT, "title": TEXT, "status": {"type": "integer"}, "detail": TEXT})
)


def wrong_refusal(answer: Answer) -> list[str]:
    """Where a refusal is neither an `ErrorCollection` nor a problem of RFC 9457. 401 is plain text,
    a total failure of bulk creation a `CreatedIssues`, and wrong sign-in schemes `{"error"}`
    (recorded answers); 429 bodies are not documented."""
    body = answer.body
    if answer.status in {401, 429} or not isinstance(body, dict) or "error" in body:
        return []
    if {"issues", "errors"} <= body.keys():
        return []
    validator = _PROBLEM if answer.content_type.startswith("application/problem") else _REFUSAL
    return [f"refusal: {_said(e)}" for e in validator.iter_errors(body)]


def _said(error: Any) -> str:
    where = "/".join(map(str, error.absolute_path)) or "the top"
    return f"at {where}: {error.message[:200]}"
