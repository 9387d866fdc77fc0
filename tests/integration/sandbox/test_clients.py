"""The ordinary `jira` client, unchanged, in both API versions; its traps included."""

from collections.abc import Iterator
from typing import Any

import pytest
from jira import JIRA, JIRAError

from readygate_sandbox import Sandbox

from .conftest import adf


@pytest.fixture(params=["2", "3"])
def client(sandbox: Sandbox, request: pytest.FixtureRequest) -> Iterator[JIRA]:
    made = JIRA(
        options={"server": sandbox.url, "rest_api_version": request.param},
        basic_auth=("readygate@example.com", "sandbox-token"),
        max_retries=0,
        timeout=5,
    )
    yield made
    made.close()


def rich(client: JIRA, text: str) -> Any:
    return text if client._options["rest_api_version"] == "2" else adf(text)


def deal(client: JIRA, **fields: Any) -> Any:
    told = {"project": "DEAL", "issuetype": "Deal", "summary": "Сделка", **fields}
    return client.create_issue(fields=told)


def test_it_recognises_a_cloud_site(client: JIRA) -> None:
    assert client.server_info()["deploymentType"] == "Cloud"
    assert client.myself()["displayName"] == "Readygate"
    assert client._is_cloud


def test_projects(client: JIRA) -> None:
    assert [p.key for p in client.projects()] == ["DEAL"]
    assert client.project("DEAL").lead.displayName == "Борис Лыков"
    assert client.create_project("TST", "Test") is not False
    assert [p.key for p in client.projects()] == ["DEAL", "TST"]
    assert client.issue(client.create_issue(project="TST", issuetype="Task", summary="x").key)
    assert client.delete_project("TST") is True
    with pytest.raises(JIRAError) as missing:
        client.project("TST")
    assert (missing.value.status_code, missing.value.text) == (
        404,
        "No project could be found with key 'TST'.",
    )


def test_issues(client: JIRA) -> None:
    issue = deal(client, description=rich(client, "Привет"), labels=["a"])
    issue.update(summary="Другая")
    issue.add_field_value("labels", "b")
    again = client.issue(issue.id)
    assert (again.fields.summary, again.fields.labels) == ("Другая", ["a", "b"])
    child = client.create_issue(
        project="DEAL", issuetype={"name": "Sub-task"}, parent={"key": issue.key}, summary="Пункт"
    )
    assert [s.key for s in client.issue(issue.key).fields.subtasks] == [child.key]
    with pytest.raises(JIRAError, match="has subtasks"):
        issue.delete()
    issue.delete(deleteSubtasks=True)
    with pytest.raises(JIRAError) as gone:
        client.issue(child.key)
    assert gone.value.status_code == 404


def test_creating_many_tells_failures_apart(client: JIRA) -> None:
    told = [{"project": "DEAL", "issuetype": "Deal", "summary": s} for s in ("a", "", "c")]
    made = client.create_issues(told)
    assert [m["status"] for m in made] == ["Success", "Error", "Success"]
    assert made[1]["error"] == {"summary": "You must specify a summary of the issue."}
    assert made[2]["issue"].fields.summary == "c"


def test_transitions(client: JIRA) -> None:
    names = [t["name"] for t in client.transitions("DEAL-1")]
    assert names == ["Negotiation", "In production", "Done", "Lost"]
    client.transition_issue("DEAL-1", "Negotiation", comment=rich(client, "Поехали"))
    issue = client.issue("DEAL-1", expand="changelog")
    assert issue.fields.status.name == "Negotiation"
    assert issue.fields.comment.total == 1
    assert issue.changelog.histories[0].items[0].field == "status"
    with pytest.raises(JIRAError, match="Invalid transition name"):
        client.transition_issue("DEAL-1", "Negotiation")


def test_comments(client: JIRA) -> None:
    comment = client.add_comment("DEAL-1", rich(client, "раз"))
    comment.update(body=rich(client, "два"))
    (shown,) = client.comments("DEAL-1")
    assert client.comment("DEAL-1", shown.id).raw["body"] == rich(client, "два")
    comment.delete()
    assert client.comments("DEAL-1") == []


def test_issue_properties(client: JIRA) -> None:
    client.add_issue_property("DEAL-1", "readygate", {"stage": 1})
    (told,) = client.issue_properties("DEAL-1")
    assert (told.key, told.value.stage) == ("readygate", 1)
    client.issue_property("DEAL-1", "readygate").delete()
    assert client.issue_properties("DEAL-1") == []


def test_searching(client: JIRA) -> None:
    page = client.enhanced_search_issues("project = DEAL ORDER BY key", maxResults=4)
    assert [i.key for i in page] == ["DEAL-1", "DEAL-2", "DEAL-3", "DEAL-4"]
    assert page.nextPageToken
    everything = client.enhanced_search_issues("project = DEAL", maxResults=0)
    assert len(everything) == 6
    assert client.approximate_issue_count("status = Lost") == 1
    posted = client.enhanced_search_issues("status = Lost", use_post=True, fields="summary")
    assert [i.fields.summary for i in posted] == ["Лендинг для школы танцев «Ритм»"]
    with pytest.raises(JIRAError) as refused:
        client.enhanced_search_issues("colour = red")
    assert refused.value.status_code == 400


def test_properties_sent_as_a_string_are_refused(client: JIRA) -> None:
    with pytest.raises(JIRAError) as refused:
        client.enhanced_search_issues("project = DEAL", use_post=True, properties="a")
    assert refused.value.text == (
        "Invalid request payload. Refer to the REST API documentation and try again."
    )


def test_people(client: JIRA) -> None:
    (anna,) = client.search_users(query="anna@example.com")
    client.assign_issue("DEAL-1", anna.accountId)
    assert client.issue("DEAL-1").fields.assignee.displayName == "Анна Котова"
    client.assign_issue("DEAL-1", None)
    assert client.issue("DEAL-1").fields.assignee is None
    client.add_watcher("DEAL-1", anna.accountId)
    assert [w.displayName for w in client.watchers("DEAL-1").watchers] == ["Анна Котова"]
    client.remove_watcher("DEAL-1", anna.accountId)
    assert client.watchers("DEAL-1").watchCount == 0
    found = client.search_assignable_users_for_issues(project="DEAL", query="вера")
    assert [u.displayName for u in found] == ["Вера Ильина"]


def test_what_a_site_is_made_of(client: JIRA) -> None:
    assert {"New lead", "Won't do"} <= {s.name for s in client.statuses()}
    assert [c.key for c in client.statuscategories()] == [
        "undefined",
        "new",
        "indeterminate",
        "done",
    ]
    assert [p.name for p in client.priorities()][:1] == ["Highest"]
    assert {r.name for r in client.resolutions()} >= {"Done", "Won't Do"}
    assert {t.name for t in client.issue_types()} == {"Deal", "Sub-task"}
    assert "Услуга" in {f["name"] for f in client.fields()}
    meta = client.createmeta("DEAL", expand="projects.issuetypes.fields")
    assert meta["projects"][0]["issuetypes"][0]["fields"]["summary"]["required"] is True
    assert client.editmeta("DEAL-1")["fields"]["summary"]["operations"] == ["set"]
    told = client.my_permissions(permissions=["BROWSE_PROJECTS"])["permissions"]
    assert told["BROWSE_PROJECTS"]["havePermission"] is True


def test_an_expired_token_finds_nothing_without_a_sound(client: JIRA, sandbox: Sandbox) -> None:
    sandbox.control.set_user("readygate@example.com", expired=True)
    assert list(client.enhanced_search_issues("project = DEAL", fields="summary")) == []
    with pytest.raises(JIRAError) as refused:
        client.myself()
    assert refused.value.status_code == 401


def test_default_retries_create_twice_when_the_answer_is_lost(sandbox: Sandbox) -> None:
    """The trap for which clients of ours switch retries off (one lost answer, two items)."""
    eager = JIRA(
        sandbox.url,
        basic_auth=("readygate@example.com", "sandbox-token"),
        max_retries=1,
        timeout=5,
    )
    eager._session.max_retry_delay = 0
    sandbox.control.faults.add("drop", method="POST", path="/issue$", nth=1, stored=True)
    deal(eager, summary="Дважды")
    eager.close()
    found = [i for i in sandbox.control.store.issues.values() if i.summary == "Дважды"]
    assert len(found) == 2
