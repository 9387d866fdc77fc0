"""Who is asking: an expired token must look the way it looks on a real site."""

import requests

from readygate_sandbox import Sandbox

from .conftest import Api

EXPIRED = ("readygate@example.com", "no longer valid")


def test_every_proper_answer_proves_who_asked(api: Api) -> None:
    answer = api.get("/serverInfo")
    me = api.get("/myself").json()
    assert answer.headers["X-AAccountId"] == me["accountId"]
    assert {"X-AREQUESTID", "Atl-Traceid", "Date"} <= set(answer.headers)
    assert answer.headers["Server"] == "AtlassianEdge"
    assert answer.json()["deploymentType"] == "Cloud"


def test_an_expired_token_finds_nothing_with_200(api: Api) -> None:
    api.session.auth = EXPIRED
    answer = api.get("/search/jql", jql="project = DEAL", fields="summary")
    assert (answer.status_code, answer.json()) == (200, {"issues": [], "isLast": True})
    assert answer.headers["X-Seraph-LoginReason"] == "AUTHENTICATED_FAILED"
    assert "X-AAccountId" not in answer.headers


def test_an_expired_token_is_401_where_somebody_is_needed(api: Api) -> None:
    api.session.auth = EXPIRED
    for answer in (api.get("/myself"), api.post("/issue", {"fields": {}})):
        assert answer.status_code == 401
        assert answer.text == "Client must be authenticated to access this resource."
        assert answer.headers["Content-Type"].startswith("text/plain")


def test_an_expired_token_does_not_see_issues(api: Api) -> None:
    api.session.auth = EXPIRED
    assert api.get("/issue/DEAL-1").status_code == 404
    assert api.get("/project/DEAL").status_code == 404
    fetched = api.post("/issue/bulkfetch", {"issueIdsOrKeys": ["DEAL-1"]})
    assert (fetched.status_code, fetched.json()) == (200, {"issues": [], "issueErrors": []})


def test_the_control_api_expires_a_token(sandbox: Sandbox, api: Api) -> None:
    assert api.get("/myself").status_code == 200
    sandbox.control.set_user("readygate@example.com", expired=True)
    assert api.get("/myself").status_code == 401


def test_a_bearer_token_on_the_site_host_is_refused(sandbox: Sandbox) -> None:
    answer = requests.get(
        f"{sandbox.url}/rest/api/3/myself", headers={"Authorization": "Bearer x"}, timeout=5
    )
    assert answer.status_code == 403
    assert answer.json() == {"error": "Failed to parse Connect Session Auth Token"}


def test_scoped_tokens_come_through_the_gateway(sandbox: Sandbox, nobody: Api) -> None:
    cloud_id = nobody.session.get(f"{sandbox.url}/_edge/tenant_info", timeout=5).json()["cloudId"]
    auth = ("readygate@example.com", "sandbox-token")
    answer = requests.get(
        f"{sandbox.url}/ex/jira/{cloud_id}/rest/api/3/myself", auth=auth, timeout=5
    )
    assert answer.json()["emailAddress"] == "readygate@example.com"


def test_myself_tells_the_number_of_groups_without_their_names(api: Api) -> None:
    groups = api.get("/myself").json()["groups"]
    assert groups["size"] > 0
    assert groups["items"] == []
    assert len(api.get("/myself", expand="groups").json()["groups"]["items"]) == groups["size"]


def test_rights_are_told_and_obeyed(sandbox: Sandbox, boris: Api) -> None:
    sandbox.control.set_user("boris@example.com", rights=["browse"])
    told = boris.get(
        "/mypermissions", projectKey="DEAL", permissions="BROWSE_PROJECTS,TRANSITION_ISSUES"
    ).json()["permissions"]
    assert {k: v["havePermission"] for k, v in told.items()} == {
        "BROWSE_PROJECTS": True,
        "TRANSITION_ISSUES": False,
    }
    assert boris.get("/issue/DEAL-1/transitions").json()["transitions"] == []
    moved = boris.post("/issue/DEAL-1/transitions", {"transition": {"id": "11"}})
    assert moved.status_code == 400
    assert boris.put("/issue/DEAL-1", {"fields": {"summary": "x"}}).status_code == 403
    assert boris.delete("/issue/DEAL-1").status_code == 403
    body = {"fields": {"project": {"key": "DEAL"}, "issuetype": {"name": "Deal"}, "summary": "x"}}
    refused = boris.post("/issue", body)
    assert refused.status_code == 403
    assert refused.json()["errorMessages"] == [
        "You do not have permission to create issues in this project."
    ]
    comment = boris.call("POST", "/issue/DEAL-1/comment", json={"body": "x"})
    assert comment.status_code == 400


def test_mypermissions_wants_known_names(api: Api) -> None:
    assert api.get("/mypermissions").status_code == 400
    wrong = api.get("/mypermissions", permissions="BROWSE_PROJECTS,FLY")
    assert wrong.status_code == 400
    assert wrong.json()["errorMessages"] == ["Unrecognized permission(s): FLY"]


def test_without_the_right_to_browse_a_project_is_not_there(sandbox: Sandbox, boris: Api) -> None:
    sandbox.control.set_user("boris@example.com", project_rights={"DEAL": []})
    assert boris.get("/issue/DEAL-1").status_code == 404
    refused = boris.post("/search/jql", {"jql": "project = DEAL"})
    assert refused.status_code == 400
    assert refused.json()["errorMessages"] == [
        "The value 'DEAL' does not exist for the field 'project'."
    ]


def test_a_hidden_issue_is_missing_everywhere(sandbox: Sandbox, boris: Api, api: Api) -> None:
    sandbox.control.hide("DEAL-2", "boris@example.com")
    assert boris.get("/issue/DEAL-2").status_code == 404
    assert "DEAL-2" not in boris.search("project = DEAL")
    fetched = boris.post("/issue/bulkfetch", {"issueIdsOrKeys": ["DEAL-1", "DEAL-2"]}).json()
    assert [i["key"] for i in fetched["issues"]] == ["DEAL-1"]
    assert "DEAL-2" in api.search("project = DEAL")


def test_unknown_paths_are_problems_without_error_messages(api: Api) -> None:
    answer = api.get("/nothing/here")
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "errorMessages" not in answer.json()
    assert api.call("PATCH", "/myself").status_code == 405


def test_users_are_found_by_mail_name_and_id(api: Api) -> None:
    (anna,) = api.get("/user/search", query="anna@example.com").json()
    assert anna["displayName"] == "Анна Котова"
    assert [u["accountId"] for u in api.get("/user/search", query="котова").json()] == [
        anna["accountId"]
    ]
    assert api.get("/user", accountId=anna["accountId"]).json()["emailAddress"] == (
        "anna@example.com"
    )
    assert api.get("/user", accountId="nobody").status_code == 404
    assert len(api.get("/users/search").json()) == 4
    assignable = api.get("/user/assignable/search", project="DEAL", query="vera").json()
    assert [u["displayName"] for u in assignable] == ["Вера Ильина"]
