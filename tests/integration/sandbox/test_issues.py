"""Creating, reading, changing and deleting issues over HTTP."""

from typing import Any

import pytest

from readygate_sandbox import Sandbox

from .conftest import Api, adf, subtask


def test_create_and_read_back(api: Api) -> None:
    key = api.make("Сайт", labels=["b", "a"], duedate="2026-12-01", description=adf("Привет"))
    issue = api.get(f"/issue/{key}").json()
    fields = issue["fields"]
    assert issue["id"] != key.split("-")[1]
    assert fields["summary"] == "Сайт"
    assert fields["labels"] == ["a", "b"]
    assert fields["duedate"] == "2026-12-01"
    assert fields["description"] == adf("Привет")
    assert fields["status"]["name"] == "New lead"
    assert fields["status"]["statusCategory"]["key"] == "new"
    assert fields["creator"]["displayName"] == "Readygate"
    assert fields["created"].endswith("+0000")
    assert "parent" not in fields
    assert "changelog" not in issue


def test_every_problem_of_a_creation_is_told(api: Api) -> None:
    body = {
        "fields": {
            "project": {"key": "DEAL"},
            "issuetype": {"name": "Deal"},
            "description": "not ADF",
            "labels": ["two words"],
            "duedate": "tomorrow",
            "nonsense": 1,
        }
    }
    refused = api.post("/issue", body)
    assert refused.status_code == 400
    assert refused.json() == {
        "errorMessages": [],
        "errors": {
            "summary": "You must specify a summary of the issue.",
            "description": (
                "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
            ),
            "labels": "The label 'two words' contains spaces which is invalid.",
            "duedate": "Error parsing date string: tomorrow",
            "nonsense": (
                "Field 'nonsense' cannot be set. It is not on the appropriate screen, or unknown."
            ),
        },
    }


def test_a_subtask_needs_a_parent(api: Api) -> None:
    body = subtask("DEAL-1")
    del body["fields"]["parent"]
    refused = api.post("/issue", body)
    assert refused.status_code == 400
    assert refused.json()["errors"] == {
        "issuetype": "Issue type is a sub-task but parent issue key or id not specified."
    }


def test_subtasks_cannot_have_subtasks(api: Api) -> None:
    key = api.make_subtask("DEAL-1")
    refused = api.post("/issue", subtask(key))
    assert refused.status_code == 400
    assert list(refused.json()["errors"]) == ["parentId"]


def test_a_wrong_type_name_gets_the_misleading_text(api: Api) -> None:
    body = subtask("DEAL-1", issuetype={"name": "Подзадача"})
    assert api.post("/issue", body).json()["errors"] == {"issuetype": "issue type is required"}


def test_parents_show_subtasks_without_labels_and_properties(api: Api) -> None:
    key = api.make_subtask(
        "DEAL-1", "Скан", properties=[{"key": "readygate", "value": {"key": "1/scan"}}]
    )
    (shown,) = api.get("/issue/DEAL-1", fields="subtasks").json()["fields"]["subtasks"]
    assert shown["key"] == key
    assert set(shown["fields"]) == {"summary", "status", "issuetype", "priority"}
    child = api.get(f"/issue/{key}", fields="parent", properties="readygate").json()
    assert child["fields"]["parent"]["key"] == "DEAL-1"
    assert child["properties"] == {"readygate": {"key": "1/scan"}}


def test_bulk_create_counts_failures_in_the_request(api: Api) -> None:
    updates = [subtask("DEAL-1", "a"), subtask("DEAL-1", ""), subtask("NO-1", "c"),
               subtask("DEAL-1", "d")]  # fmt: skip
    answer = api.post("/issue/bulk", {"issueUpdates": updates})
    assert answer.status_code == 201
    told = answer.json()
    made = [api.get(f"/issue/{i['id']}").json()["fields"]["summary"] for i in told["issues"]]
    assert made == ["a", "d"]
    assert [(e["failedElementNumber"], e["status"]) for e in told["errors"]] == [(1, 400), (2, 400)]
    assert told["errors"][0]["elementErrors"]["errors"] == {
        "summary": "You must specify a summary of the issue."
    }


def test_bulk_create_of_failures_alone_is_400(api: Api) -> None:
    answer = api.post("/issue/bulk", {"issueUpdates": [subtask("DEAL-1", "")]})
    assert answer.status_code == 400
    assert answer.json()["issues"] == []


def test_bulk_create_takes_fifty(api: Api) -> None:
    fifty = [subtask("DEAL-1", str(n)) for n in range(50)]
    assert len(api.post("/issue/bulk", {"issueUpdates": fifty}).json()["issues"]) == 50
    too_many = api.post("/issue/bulk", {"issueUpdates": [*fifty, subtask("DEAL-1")]})
    assert too_many.status_code == 400
    assert len(api.get("/issue/DEAL-1").json()["fields"]["subtasks"]) == 50


def test_properties_are_set_in_the_create_call_and_bounded(api: Api) -> None:
    long = [{"key": "k", "value": "x" * 32768}]
    assert api.post("/issue", {**subtask("DEAL-1"), "properties": long}).status_code == 400
    assert api.get("/issue/DEAL-1").json()["fields"]["subtasks"] == []


def test_v2_speaks_text_and_v3_speaks_adf(sandbox: Sandbox, api: Api) -> None:
    old = Api(sandbox.url, version=2)
    key = api.make(description=adf("Привет"))
    assert old.get(f"/issue/{key}").json()["fields"]["description"] == "Привет"
    refused = old.put(f"/issue/{key}", {"fields": {"description": adf("x")}})
    assert refused.json()["errors"] == {"description": "Operation value must be a string"}
    assert old.put(f"/issue/{key}", {"fields": {"description": "Пока"}}).status_code == 204
    assert api.get(f"/issue/{key}").json()["fields"]["description"] == adf("Пока")
    mentioned = old.call("POST", f"/issue/{key}/comment", json={"body": "[~accountid:x1] да"})
    number = mentioned.json()["id"]
    body = api.get(f"/issue/{key}/comment/{number}").json()["body"]
    assert body["content"][0]["content"][0] == {
        "type": "mention",
        "attrs": {"id": "x1", "text": "@x1"},
    }
    old.session.close()


def test_edit_keeps_history_and_raises_updated(sandbox: Sandbox, api: Api) -> None:
    sandbox.control.clock.freeze()
    key = api.make("до")
    before = api.get(f"/issue/{key}").json()["fields"]["updated"]
    assert api.put(f"/issue/{key}", {"fields": {"summary": "после"}}).status_code == 204
    assert api.put(f"/issue/{key}", {"update": {"labels": [{"add": "x"}]}}).status_code == 204
    after = api.get(f"/issue/{key}").json()["fields"]["updated"]
    assert int(after[20:23]) - int(before[20:23]) == 2
    entries = api.get(f"/issue/{key}/changelog").json()["values"]
    assert [(e["items"][0]["fieldId"], e["items"][0]["toString"]) for e in entries] == [
        ("summary", "после"),
        ("labels", "x"),
    ]


def test_an_edit_that_changes_nothing_leaves_no_trace(api: Api) -> None:
    key = api.make("то же")
    before = api.get(f"/issue/{key}").json()["fields"]["updated"]
    assert api.put(f"/issue/{key}", {"fields": {"summary": "то же"}}).status_code == 204
    issue = api.get(f"/issue/{key}", expand="changelog").json()
    assert issue["fields"]["updated"] == before
    assert issue["changelog"]["total"] == 0


def test_a_subtasks_change_leaves_the_parents_updated_alone(api: Api) -> None:
    before = api.get("/issue/DEAL-1").json()["fields"]["updated"]
    key = api.make_subtask("DEAL-1")
    assert api.go(key, "Done").status_code == 204
    assert api.get("/issue/DEAL-1").json()["fields"]["updated"] == before


def test_an_edit_ignores_a_transition(api: Api) -> None:
    body = {"transition": {"id": "11"}, "fields": {"summary": "x"}}
    assert api.put("/issue/DEAL-1", body).status_code == 204
    assert api.status("DEAL-1") == "New lead"


def test_a_field_cannot_be_in_fields_and_update(api: Api) -> None:
    body = {"fields": {"labels": ["a"]}, "update": {"labels": [{"add": "b"}]}}
    assert api.put("/issue/DEAL-1", body).json()["errors"] == {
        "labels": "Field 'labels' cannot appear in both 'fields' and 'update'"
    }


def test_custom_select_fields_take_options(api: Api) -> None:
    field = next(f["id"] for f in api.get("/field").json() if f["name"] == "Услуга")
    assert api.put("/issue/DEAL-1", {"fields": {field: {"value": "Реклама"}}}).status_code == 204
    assert api.get("/issue/DEAL-1").json()["fields"][field]["value"] == "Реклама"
    refused = api.put("/issue/DEAL-1", {"fields": {field: {"value": "Кино"}}})
    assert refused.json()["errors"] == {field: "Option value 'Кино' is not valid"}


def test_deletion_spares_an_issue_with_subtasks(api: Api) -> None:
    child = api.make_subtask("DEAL-1")
    refused = api.delete("/issue/DEAL-1", deleteSubtasks="False")
    assert refused.status_code == 400
    assert refused.json()["errorMessages"] == [
        (
            "The issue 'DEAL-1' has subtasks.  You must specify the 'deleteSubtasks' parameter to "
            "delete this issue and all its subtasks."
        )
    ]
    assert api.delete("/issue/DEAL-1", deleteSubtasks="true").status_code == 204
    assert api.get("/issue/DEAL-1").status_code == 404
    assert api.get(f"/issue/{child}").status_code == 404


def test_a_deleted_subtask_leaves_the_parents_list(api: Api) -> None:
    child = api.make_subtask("DEAL-1")
    assert api.delete(f"/issue/{child}").status_code == 204
    assert api.get("/issue/DEAL-1").json()["fields"]["subtasks"] == []


def test_bulkfetch_orders_by_id_follows_keys_and_drops_the_missing(api: Api) -> None:
    first = api.get("/issue/DEAL-1").json()["id"]
    body = {"issueIdsOrKeys": ["deal-3", "DEAL-999", first, "99999"], "fields": ["summary"]}
    told = api.post("/issue/bulkfetch", body).json()
    assert [i["key"] for i in told["issues"]] == ["DEAL-1", "DEAL-3"]
    assert set(told["issues"][0]["fields"]) == {"summary"}
    assert told["issueErrors"] == []


@pytest.mark.parametrize(
    "body",
    [
        {"issueIdsOrKeys": []},
        {"issueIdsOrKeys": [str(n) for n in range(101)]},
        {"issueIdsOrKeys": ["DEAL-1"], "properties": list("abcdef")},
        {"issueIdsOrKeys": ["DEAL-1"], "surprise": True},
        {},
    ],
)
def test_bulkfetch_refuses(api: Api, body: dict[str, object]) -> None:
    assert api.post("/issue/bulkfetch", body).status_code == 400


def test_properties_of_issues(api: Api) -> None:
    path = "/issue/DEAL-1/properties/readygate.state"
    assert api.get(path).status_code == 404
    assert api.put(path, {"n": 1}).status_code == 201
    assert api.put(path, {"n": 2}).status_code == 200
    assert api.get(path).json() == {"key": "readygate.state", "value": {"n": 2}}
    keys = api.get("/issue/DEAL-1/properties").json()["keys"]
    assert [k["key"] for k in keys] == ["readygate.state"]
    assert api.delete(path).status_code == 204
    assert api.delete(path).status_code == 404


def test_comments_with_properties(api: Api, boris: Api) -> None:
    body = {"body": adf("Ещё не всё"), "properties": [{"key": "attempt", "value": "a1"}]}
    made = api.post("/issue/DEAL-1/comment", body)
    assert made.status_code == 201
    number = made.json()["id"]
    plain = api.get("/issue/DEAL-1/comment").json()["comments"][0]
    assert "properties" not in plain
    shown = api.get("/issue/DEAL-1/comment", expand="properties").json()["comments"][0]
    assert shown["properties"] == [{"key": "attempt", "value": "a1"}]
    assert api.get(f"/comment/{number}/properties/attempt").json()["value"] == "a1"
    assert api.put(f"/issue/DEAL-1/comment/{number}", {"body": adf("Всё")}).status_code == 200
    assert boris.put(f"/issue/DEAL-1/comment/{number}", {"body": adf("?")}).status_code == 400
    assert api.get(f"/issue/DEAL-1/comment/{number}").json()["body"] == adf("Всё")
    assert api.delete(f"/issue/DEAL-1/comment/{number}").status_code == 204
    assert api.get(f"/issue/DEAL-1/comment/{number}").status_code == 404


@pytest.mark.parametrize("body", ["plain", None, {}, adf("x") | {"version": 2}, adf("")])
def test_v3_refuses_comments_that_are_not_adf(api: Api, body: object) -> None:
    refused = api.post("/issue/DEAL-1/comment", {"body": body})
    assert refused.status_code == 400
    assert refused.json()["errors"] == {"comment": "Comment body is not valid!"}


def test_watchers(api: Api) -> None:
    me = api.get("/myself").json()["accountId"]
    assert api.post("/issue/DEAL-1/watchers", me).status_code == 204
    told = api.get("/issue/DEAL-1/watchers").json()
    assert (told["watchCount"], told["isWatching"]) == (1, True)
    assert api.post("/issue/DEAL-1/watchers", "nobody").status_code == 400
    assert api.delete("/issue/DEAL-1/watchers", accountId=me).status_code == 204
    assert api.get("/issue/DEAL-1/watchers").json()["watchCount"] == 0


def test_projects_come_and_go(api: Api, boris: Api) -> None:
    me = api.get("/myself").json()["accountId"]
    body = {"key": "TST", "name": "Test", "projectTypeKey": "business", "leadAccountId": me}
    assert boris.post("/project", body).status_code == 403
    made = api.post("/project", body)
    assert made.status_code == 201
    assert set(made.json()) == {"self", "id", "key"}
    again = api.post("/project", body)
    assert again.json()["errors"]["projectKey"] == "Project 'Test' uses this project key."
    assert api.get("/project/search", keys="TST").json()["total"] == 1
    assert api.delete("/project/TST").status_code == 204
    missing = api.get("/project/TST")
    assert missing.status_code == 404
    assert missing.json()["errorMessages"] == ["No project could be found with key 'TST'."]


def test_create_metadata_tells_types_and_fields(api: Api) -> None:
    kinds = api.get("/issue/createmeta/DEAL/issuetypes").json()["issueTypes"]
    subtask_type = next(k for k in kinds if k["subtask"])
    assert subtask_type["hierarchyLevel"] == -1
    fields = api.get(f"/issue/createmeta/DEAL/issuetypes/{subtask_type['id']}").json()["fields"]
    required = {f["fieldId"] for f in fields if f["required"]}
    assert {"parent", "summary", "issuetype", "project"} <= required


def test_the_wrong_content_type_is_415(api: Api) -> None:
    answer = api.call("POST", "/issue", data="{}", headers={"Content-Type": "text/plain"})
    assert answer.status_code == 415


def test_a_broken_body_is_400(api: Api) -> None:
    answer = api.call("POST", "/issue", data="{", headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert answer.json()["errorMessages"] == [
        "Invalid request payload. Refer to the REST API documentation and try again."
    ]


MISSHAPEN: list[tuple[str, str, Any]] = [
    ("POST", "/issue", []),
    ("POST", "/issue", {"fields": []}),
    ("POST", "/issue", {"fields": {"project": "DEAL"}}),
    ("POST", "/issue", {"update": {"labels": "x"}}),
    ("POST", "/issue/bulk", {"issueUpdates": {}}),
    ("POST", "/issue/bulk", {"issueUpdates": [1, {"fields": 1}]}),
    ("PUT", "/issue/DEAL-1", {"properties": {"key": "x"}}),
    ("PUT", "/issue/DEAL-1/assignee", {}),
    ("POST", "/issue/DEAL-1/transitions", {"transition": "11"}),
    ("POST", "/issue/DEAL-1/comment", []),
    ("POST", "/issue/DEAL-1/comment", {"body": {"type": "doc", "version": 1, "content": [{}]}}),
    ("POST", "/changelog/bulkfetch", {"issueIdsOrKeys": [1]}),
    ("POST", "/project", {"key": 1}),
    ("POST", "/workflows", {"workflowNames": "Deal workflow"}),
    ("POST", "/jql/parse", {"queries": [1]}),
]


@pytest.mark.parametrize(("method", "path", "body"), MISSHAPEN)
def test_misshapen_bodies_are_400_and_change_nothing(
    sandbox: Sandbox, api: Api, method: str, path: str, body: Any
) -> None:
    changes = len(sandbox.control.store.changes)
    assert api.call(method, path, json=body).status_code == 400
    assert len(sandbox.control.store.changes) == changes
