"""The layer that holds exchanges against Atlassian's document: that it sees what is wrong."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from readygate_sandbox import Sandbox, app
from readygate_sandbox.web import Answer, Request
from support import errata, openapi

from .conftest import Api, adf

needs_document = pytest.mark.skipif(
    openapi.missing() is not None, reason=openapi.missing() or "the document is there"
)
pytestmark = needs_document


def asked(method: str, path: str, body: Any = None, query: str = "") -> Request:
    sent = b"" if body is None else json.dumps(body).encode()
    headers = {"content-type": "application/json"} if sent else {}
    return Request(method, path, raw_query=query, headers=headers, body=sent)


def judge(request: Request, answer: Answer) -> list[str]:
    return openapi.Contract().judge(request, request.path, answer)


class Recorder:
    """Keeps real exchanges, to be spoiled afterwards."""

    def __init__(self) -> None:
        self.kept: list[tuple[Request, str, Answer]] = []

    def __call__(self, request: Request, path: str, answer: Answer) -> None:
        self.kept.append((request, path, answer))


@pytest.fixture
def recorder() -> Any:
    recorder = Recorder()
    app.observers.append(recorder)
    yield recorder
    app.observers.remove(recorder)


def spoiled(answer: Answer, change: Any) -> Answer:
    body = json.loads(answer.encode())
    change(body)
    return replace(answer, body=body)


# -- requests ----------------------------------------------------------------------------------

EMPTY_PAGE = Answer(200, {"issues": [], "isLast": True})


def test_a_good_exchange_passes() -> None:
    assert judge(asked("POST", "/rest/api/3/search/jql", {"jql": "project = D"}), EMPTY_PAGE) == []


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            {"jql": "project = D", "fields": "summary"},
            "request: at fields: 'summary' is not of type 'array'",
        ),
        (
            {"jql": "project = D", "startAt": 0},
            (
                "request: at the top: Additional properties are not allowed ('startAt' was"
                " unexpected)"
            ),
        ),
        (None, "request: a body is required"),
    ],
)
def test_a_wrong_request_that_was_taken_is_seen(body: Any, said: str) -> None:
    assert judge(asked("POST", "/rest/api/3/search/jql", body), EMPTY_PAGE) == [said]


def test_a_wrong_request_that_was_refused_is_no_violation() -> None:
    refused = Answer(400, {"errorMessages": ["Invalid request payload."], "errors": {}})
    request = asked("POST", "/rest/api/3/search/jql", {"jql": "project = D", "startAt": 0})
    assert judge(request, refused) == []


def test_a_wrong_query_parameter_is_seen() -> None:
    request = asked("GET", "/rest/api/3/issue/D-1/comment", query="maxResults=many")
    answer = Answer(200, {"startAt": 0, "maxResults": 1, "total": 0, "comments": []})
    assert judge(request, answer) == [
        "request: query parameter maxResults: at the top: 'many' is not of type 'integer'"
    ]


def test_a_query_parameter_that_the_document_does_not_know_is_seen() -> None:
    request = asked("GET", "/rest/api/3/issue/D-1/comment", query="maxResult=5")
    answer = Answer(200, {"startAt": 0, "maxResults": 1, "total": 0, "comments": []})
    assert judge(request, answer) == [
        "request: query parameter maxResult: the document does not know it"
    ]


def test_version_2_is_held_against_the_same_operations() -> None:
    wrong = asked("POST", "/rest/api/2/search/jql", {"jql": 5})
    assert judge(wrong, EMPTY_PAGE) == ["request: at jql: 5 is not of type 'string'"]


def test_an_operation_that_the_document_does_not_know_is_seen() -> None:
    assert judge(asked("GET", "/rest/api/3/no/such/thing"), Answer(200, {})) == [
        "the document has no such operation"
    ]


# -- answers -----------------------------------------------------------------------------------


def test_a_wrong_answer_is_seen(api: Api, recorder: Recorder) -> None:
    assert api.get("/issue/DEAL-3").status_code == 200
    request, path, answer = recorder.kept[-1]
    contract = openapi.Contract()
    assert contract.judge(request, path, answer) == []

    def number_as_id(body: Any) -> None:
        body["id"] = int(body["id"])

    def unknown_property(body: Any) -> None:
        body["colour"] = "red"

    (typed, *_) = contract.judge(request, path, spoiled(answer, number_as_id))
    assert typed.startswith("answer: ")
    assert "is not of type 'string'" in typed
    (extra,) = contract.judge(request, path, spoiled(answer, unknown_property))
    assert extra.startswith("answer: ")
    assert "'colour' was unexpected" in extra


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (
            lambda body: body["fields"]["status"].pop("statusCategory"),
            "shape: at fields/status: 'statusCategory' is a required property",
        ),
        (
            lambda body: body["fields"].update(updated="2026-11-25T10:00:00Z"),
            "shape: at fields/updated: '2026-11-25T10:00:00Z' does not match",
        ),
        (
            lambda body: body["fields"].update(description="plain text"),
            "shape: at fields/description: 'plain text' is not valid under any of the given",
        ),
        (lambda body: body.pop("key"), "shape: at the top: 'key' is a required property"),
    ],
)
def test_what_the_document_leaves_open_is_seen_by_our_shapes(
    api: Api, recorder: Recorder, spoil: Any, said: str
) -> None:
    api.get("/issue/DEAL-3")
    request, path, answer = recorder.kept[-1]
    (found,) = openapi.Contract().judge(request, path, spoiled(answer, spoil))
    assert found.startswith(said)


def test_rich_text_depends_on_the_version(sandbox: Sandbox, api: Api, recorder: Recorder) -> None:
    assert api.post("/issue/DEAL-1/comment", {"body": adf("Привет")}).status_code == 201
    request, path, answer = recorder.kept[-1]
    as_v2 = path.replace("/3/", "/2/")
    assert openapi.Contract().judge(request, path, answer) == []
    (said,) = openapi.Contract().judge(request, as_v2, answer)
    assert said.startswith("shape: at body: ")


def test_an_answer_with_an_undocumented_status_is_seen() -> None:
    request = asked("POST", "/rest/api/3/search/jql", {"jql": "project = D"})
    assert judge(request, Answer(202, {"issues": [], "isLast": True})) == [
        "answer: status 202 is not documented"
    ]


def test_a_refusal_of_a_foreign_shape_is_seen() -> None:
    request = asked("GET", "/rest/api/3/issue/D-1")
    assert judge(request, Answer(404, {"message": "gone"})) == [
        "refusal: at the top: 'errorMessages' is a required property",
        "refusal: at the top: 'errors' is a required property",
    ]


def test_204_has_no_body() -> None:
    request = asked("PUT", "/rest/api/3/issue/D-1", {"fields": {}})
    assert judge(request, Answer(204)) == []
    assert judge(request, Answer(204, {})) == ["answer: 204 with a body"]


# -- the watching ------------------------------------------------------------------------------


def test_every_exchange_of_a_test_is_watched(
    api: Api, contract: openapi.Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.get("/issue/DEAL-1")
    api.post("/search/jql", {"jql": "project = DEAL"})
    assert contract.seen == {
        "GET /rest/api/3/issue/{issueIdOrKey}": 1,
        "POST /rest/api/3/search/jql": 1,
    }
    monkeypatch.setitem(openapi.shapes._validators(3), "GET /myself", openapi.shapes._REFUSAL)
    api.get("/myself")
    assert contract.violations == [
        "GET /rest/api/3/myself -> 200: shape: at the top: 'errorMessages' is a required property",
        "GET /rest/api/3/myself -> 200: shape: at the top: 'errors' is a required property",
    ]
    contract.violations.clear()


# -- what is let pass --------------------------------------------------------------------------

MEETS: dict[str, Callable[[Api], Any]] = {
    "empty sides of a change": lambda api: (
        api.put("/issue/DEAL-1/assignee", {"accountId": None}),
        api.get("/issue/DEAL-1/changelog"),
    ),
    "untranslated names": lambda api: api.get("/project/DEAL"),
    "entity ids": lambda api: api.get("/project/DEAL"),
    "server info": lambda api: api.get("/serverInfo"),
    "tenant info": lambda api: api.session.get(
        api.base.partition("/rest")[0] + "/_edge/tenant_info", timeout=5
    ),
    "null options of a search": lambda api: api.post(
        "/search/jql", {"jql": "project = DEAL", "expand": None}
    ),
    "no assignee": lambda api: api.put("/issue/DEAL-1/assignee", {"accountId": None}),
    "the id of a transition as a number": lambda api: api.post(
        "/issue/DEAL-1/transitions",
        {"transition": {"id": int(next(iter(api.transitions("DEAL-1").values())))}},
    ),
    "a capital letter": lambda api: api.delete("/issue/DEAL-2", deleteSubtasks="True"),
    "users of any kind": lambda api: api.get("/user/search", query="Anna", includeActive="True"),
    "screens of a scheme": lambda api: api.get("/screenscheme"),
    "times": lambda api: api.get("/serverInfo"),
}
"""Deviation -> requests that meet it, the last one at the latest."""


def test_every_deviation_says_on_what_grounds() -> None:
    assert {one.name for one in errata.DEVIATIONS} == MEETS.keys()
    assert all(len(one.because) > 20 for one in errata.DEVIATIONS)


@pytest.mark.parametrize("name", MEETS)
def test_every_deviation_is_still_needed(api: Api, recorder: Recorder, name: str) -> None:
    MEETS[name](api)
    request, path, answer = recorder.kept[-1]
    assert answer.status < 300
    assert openapi.Contract().judge(request, path, answer) == []
    assert openapi.Contract(without=name).judge(request, path, answer) != []
