"""JQL over HTTP: what is found, in which pages, and how far behind the truth."""

from typing import Any

import pytest

from readygate_sandbox import Sandbox
from readygate_sandbox.jira_cloud.crowd import Crowd, populate

from .conftest import Api


def problem(api: Api, jql: str) -> str:
    refused = api.post("/search/jql", {"jql": jql})
    assert refused.status_code == 400, refused.text
    return str(refused.json()["errorMessages"][0])


@pytest.mark.parametrize(
    ("jql", "keys"),
    [
        ("project = DEAL ORDER BY key", [1, 2, 3, 4, 5, 6]),
        ("project = deal AND status = Negotiation ORDER BY key ASC", [3, 4]),
        ("project = DEAL AND status in (Lost, 'In production') ORDER BY key DESC", [6, 5]),
        ("project = DEAL AND status != Negotiation AND statusCategory = new", [2, 1]),
        ("statusCategory = Done", [6]),
        ("statusCategory in (new, indeterminate) ORDER BY created", [5, 4, 3, 1, 2]),
        ("key in (DEAL-2, DEAL-1) ORDER BY id", [1, 2]),
        ("id = 10002", [3]),
        ("issuekey > DEAL-4 ORDER BY key", [5, 6]),
        ("summary ~ клиники", [1]),
        ("summary ~ 'клин*'", [1]),
        ("summary ~ клин", []),
        ('summary ~ "\\"для клиники\\""', [1]),
        ("summary !~ для AND project = DEAL ORDER BY key", [2, 3, 5]),
        ("text ~ смете", [3]),
        ("врачу", [1]),
        ("nonsence typo here", []),
        ("assignee = 'boris@example.com' ORDER BY key", [3, 4, 6]),
        ("assignee = currentUser()", []),
        ("assignee is EMPTY", []),
        ("assignee is not EMPTY AND NOT (status = Lost OR status = Negotiation) ORDER BY key",
         [1, 2, 5]),
        ("Услуга = Дизайн ORDER BY key", [2, 4]),
        ("cf[10050] in (Реклама)", [3]),
        ("Услуга is empty", []),
        ("NOT Услуга = Дизайн ORDER BY key", [1, 3, 5, 6]),
        ("created >= -3d ORDER BY key", [1, 2]),
        ("created < -10d AND status = Lost", [6]),
        ("labels is empty ORDER BY key", [1, 2, 3, 4, 5, 6]),
        ("type = Deal AND (reporter = 'boris@example.com')", [5]),
        ("issuetype = Sub-task", []),
        ("resolution = Unresolved AND status = Lost", [6]),
        ("project = DEAL AND status = 'New lead' OR key = DEAL-6 ORDER BY key", [1, 2, 6]),
        ("duedate is empty AND key = DEAL-1", [1]),
    ],
)  # fmt: skip
def test_jql(api: Api, jql: str, keys: list[int]) -> None:
    assert api.search(jql) == [f"DEAL-{n}" for n in keys]


@pytest.mark.parametrize(
    ("jql", "text"),
    [
        ("", ("Unbounded JQL queries are not allowed here. Please add a search restriction to your "
             "query.")),
        ("ORDER BY key", ("Unbounded JQL queries are not allowed here. Please add a search "
                         "restriction to your query.")),
        ("project = NOPE", "The value 'NOPE' does not exist for the field 'project'."),
        ("status = Renamed", "The value 'Renamed' does not exist for the field 'status'."),
        ("colour = red", "Field 'colour' does not exist or you do not have permission to view it."),
        ("key = DEAL-99", "An issue with key 'DEAL-99' does not exist for field 'key'."),
        ('summary ~ "open', ("Error in the JQL Query: The quoted string 'open' has not been "
                            "completed. (line 1, character 11)")),
        ("project = DEAL AND", ("Error in the JQL Query: Expecting either a value, list or "
                               "function after 'AND' but got the end of the query.")),
        ("updated >= yesterday", ("Date value 'yesterday' for field 'updated' is invalid. Valid "
                                 "formats include: 'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', "
                                 "'yyyy/MM/dd', 'yyyy-MM-dd', or a period format e.g. '-5d', "
                                 "'4w 2d'.")),
        ("assignee = membersOf(x)", "Unable to find JQL function 'membersof(x)'."),
        ("summary = x", "The operator '=' is not supported by the 'summary' field."),
        ("status > Done", "The operator '>' is not supported by the 'status' field."),
        ("status was Done",
         "Error in the JQL Query: The sandbox does not know the operator 'WAS'."),
        ("project = DEAL ORDER BY colour", "Not able to sort using field 'colour'."),
        ("project = DEAL) x", ("Error in the JQL Query: Expecting either 'OR' or 'AND' but got "
                              "')'. (line 1, character 15)")),
    ],
)  # fmt: skip
def test_jql_problems(api: Api, jql: str, text: str) -> None:
    assert problem(api, jql) == text


def test_relative_times_count_from_now(api: Api) -> None:
    key = api.make("свежая")
    assert api.search("project = DEAL AND updated >= -1m") == [key]


def test_updated_is_compared_to_the_millisecond(sandbox: Sandbox, api: Api) -> None:
    sandbox.control.clock.freeze()
    at = sandbox.control.clock.now_ms()
    key = api.make()
    assert api.search(f"updated >= {at}") == [key]
    assert api.search(f"updated > {at}") == []
    assert api.search(f"updated = {at}") == [key]


def test_minute_strings_are_read_in_the_callers_zone(sandbox: Sandbox, api: Api) -> None:
    noon_utc = 1_948_104_000_000  # 2031-09-25 12:00 UTC, 15:00 in Moscow
    sandbox.control.clock.set(noon_utc + 30_000)
    key = api.make()
    assert api.search('updated >= "2031-09-25 15:00" AND created < "2031-09-25 15:01"') == [key]
    assert api.search('updated > "2031-09-25 15:01"') == []
    assert key in api.search('updated >= "2031-09-25 12:00 UTC"')
    assert api.search('updated >= "2031-09-25 15:01 UTC"') == []


def test_without_fields_only_ids_come(api: Api) -> None:
    told = api.get("/search/jql", jql="key = DEAL-1").json()
    assert told == {"issues": [{"id": "10000"}], "isLast": True}


def test_fields_come_exactly_as_asked(api: Api) -> None:
    (issue,) = api.get("/search/jql", jql="key = DEAL-1", fields="summary").json()["issues"]
    assert set(issue) == {"expand", "id", "self", "key", "fields"}
    assert set(issue["fields"]) == {"summary"}
    (issue,) = api.post(
        "/search/jql", {"jql": "key = DEAL-1", "fields": ["*all", "-summary"]}
    ).json()["issues"]
    assert "summary" not in issue["fields"]
    assert "status" in issue["fields"]


def test_properties_come_with_a_search(api: Api) -> None:
    api.put("/issue/DEAL-1/properties/a", {"x": 1})
    body = {"jql": "key = DEAL-1", "fields": ["status"], "properties": ["a", "b"]}
    (issue,) = api.post("/search/jql", body).json()["issues"]
    assert issue["properties"] == {"a": {"x": 1}}


@pytest.mark.parametrize(
    "more",
    [
        {"properties": list("abcdef")},
        {"properties": "a"},
        {"reconcileIssues": list(range(51))},
        {"startAt": 0},
        {"expand": ["changelog"]},
        {"maxResults": "10"},
        {"nextPageToken": "garbage"},
    ],
)
def test_search_refuses(api: Api, more: dict[str, Any]) -> None:
    assert api.post("/search/jql", {"jql": "project = DEAL", **more}).status_code == 400


def test_the_old_search_is_gone(api: Api) -> None:
    for answer in (api.get("/search", jql="project = DEAL"), api.post("/search", {})):
        assert answer.status_code == 410
        assert answer.json()["errorMessages"][0].startswith("The requested API has been removed.")


def test_counts(api: Api) -> None:
    assert api.post("/search/approximate-count", {"jql": "project = DEAL"}).json() == {"count": 6}
    assert api.post("/search/approximate-count", {"jql": ""}).status_code == 400


# -- pages -------------------------------------------------------------------------------------


def pages(api: Api, jql: str, **told: Any) -> list[list[str]]:
    found, token = [], None
    while True:
        body = {"jql": jql, "fields": ["summary"], "nextPageToken": token, **told}
        answer = api.post("/search/jql", body).json()
        found.append([i["key"] for i in answer["issues"]])
        token = answer.get("nextPageToken")
        assert answer["isLast"] is (token is None)
        if token is None:
            return found


def test_pages_follow_the_token(api: Api) -> None:
    assert pages(api, "project = DEAL ORDER BY status DESC, key", maxResults=4) == [
        ["DEAL-1", "DEAL-2", "DEAL-3", "DEAL-4"],
        ["DEAL-6", "DEAL-5"],
    ]


def test_a_full_last_page_has_no_token(api: Api) -> None:
    assert [len(p) for p in pages(api, "project = DEAL", maxResults=3)] == [3, 3]


def test_page_caps(sandbox: Sandbox, control: Any, api: Api) -> None:
    assert control.post("/seed", deals=150).json()["made"] == 150
    jql = "project = DEAL"
    sizes = {
        "default": len(api.post("/search/jql", {"jql": jql}).json()["issues"]),
        "ids": len(api.post("/search/jql", {"jql": jql, "maxResults": 5000}).json()["issues"]),
        "fields": len(api.search(jql, maxResults=5000, fields=["summary"])),
    }
    assert sizes == {"default": 50, "ids": 156, "fields": 100}


def test_a_token_belongs_to_its_query_and_expires(sandbox: Sandbox, api: Api) -> None:
    first = api.post("/search/jql", {"jql": "project = DEAL", "maxResults": 2}).json()
    token = first["nextPageToken"]
    other = api.post("/search/jql", {"jql": "project = DEAL AND key > DEAL-1",
                                     "nextPageToken": token})  # fmt: skip
    assert other.status_code == 400
    assert api.post("/search/jql", {"jql": "project = DEAL", "nextPageToken": token}).ok
    sandbox.control.clock.advance(8 * 86_400)
    late = api.post("/search/jql", {"jql": "project = DEAL", "nextPageToken": token})
    assert late.status_code == 400


def test_an_issue_that_changes_between_pages_moves_on(api: Api) -> None:
    jql = "project = DEAL ORDER BY updated ASC, id"
    body = {"jql": jql, "fields": ["key"], "maxResults": 3}
    first = api.post("/search/jql", body).json()
    seen = [i["key"] for i in first["issues"]]
    assert api.put(f"/issue/{seen[0]}", {"fields": {"summary": "x"}}).status_code == 204
    rest = api.post(
        "/search/jql", {**body, "maxResults": 50, "nextPageToken": first["nextPageToken"]}
    )
    left = [i["key"] for i in rest.json()["issues"]]
    assert left[-1] == seen[0]
    assert len(left) == 4


def test_kept_answers_follow_every_change(api: Api) -> None:
    jql = "project = DEAL AND status = 'New lead' ORDER BY key"
    assert api.search(jql) == ["DEAL-1", "DEAL-2"]
    api.go("DEAL-1", "Negotiation")
    key = api.make()
    assert api.search(jql) == ["DEAL-2", key]
    api.delete("/issue/DEAL-2")
    api.go("DEAL-3", "New lead")
    assert api.search(jql) == ["DEAL-3", key]


# -- the lagging index -------------------------------------------------------------------------


def test_searches_lag_and_reads_do_not(sandbox: Sandbox, api: Api) -> None:
    sandbox.control.clock.freeze()
    sandbox.control.lag(30)
    key = api.make()
    api.go("DEAL-1", "Negotiation")
    assert api.status("DEAL-1") == "Negotiation"
    assert key not in api.search("project = DEAL")
    stale = api.post("/search/jql", {"jql": "key = DEAL-1", "fields": ["status"]}).json()
    assert stale["issues"][0]["fields"]["status"]["name"] == "New lead"
    assert "DEAL-1" in api.search("status = 'New lead'")
    sandbox.control.clock.advance(31)
    assert key in api.search("project = DEAL")
    assert "DEAL-1" not in api.search("status = 'New lead'")


def test_searches_show_the_dead_for_a_while(sandbox: Sandbox, api: Api) -> None:
    sandbox.control.clock.freeze()
    sandbox.control.lag(30)
    api.delete("/issue/DEAL-1")
    assert "DEAL-1" in api.search("project = DEAL")
    sandbox.control.clock.advance(31)
    assert "DEAL-1" not in api.search("project = DEAL")


def test_reconciled_issues_are_read_strongly(sandbox: Sandbox, api: Api) -> None:
    sandbox.control.clock.freeze()
    sandbox.control.lag(30)
    key = api.make()
    number = int(api.get(f"/issue/{key}").json()["id"])
    assert api.search("project = DEAL AND summary ~ Сделка") == []
    found = api.search("project = DEAL AND summary ~ Сделка", reconcileIssues=[number])
    assert found == [key]


def test_single_issues_can_lag_alone(sandbox: Sandbox, api: Api) -> None:
    sandbox.control.clock.freeze()
    sandbox.control.lag(0, {"DEAL-1": 60})
    api.go("DEAL-1", "Negotiation")
    api.go("DEAL-2", "Negotiation")
    assert api.search("status = 'New lead'") == ["DEAL-1"]


def test_the_index_can_forget_what_it_showed(sandbox: Sandbox, api: Api) -> None:
    sandbox.control.clock.freeze()
    sandbox.control.forget(["DEAL-1"], seconds=20)
    assert "DEAL-1" not in api.search("project = DEAL")
    assert api.get("/issue/DEAL-1").status_code == 200
    assert api.search("key = DEAL-1", reconcileIssues=[10000]) == ["DEAL-1"]
    sandbox.control.clock.advance(20)
    assert "DEAL-1" in api.search("project = DEAL")


# -- changelogs --------------------------------------------------------------------------------


def moves(api: Api, key: str, *names: str) -> None:
    for name in names:
        assert api.go(key, name).status_code == 204


def test_expanded_changelogs_are_newest_first_and_capped(api: Api) -> None:
    moves(api, "DEAL-1", *(["Negotiation", "New lead"] * 21))
    issue = api.get("/issue/DEAL-1", expand="changelog").json()
    ids = [int(h["id"]) for h in issue["changelog"]["histories"]]
    assert ids == sorted(ids, reverse=True)
    assert len(ids) == 42
    body = {"issueIdsOrKeys": ["DEAL-1"], "expand": ["changelog"]}
    (fetched,) = api.post("/issue/bulkfetch", body).json()["issues"]
    assert len(fetched["changelog"]["histories"]) == 40
    assert fetched["changelog"]["total"] == 42
    assert int(fetched["changelog"]["histories"][0]["id"]) == ids[0]
    page = api.get("/issue/DEAL-1/changelog", startAt=40).json()
    assert (page["total"], page["isLast"], len(page["values"])) == (42, True, 2)
    assert int(page["values"][-1]["id"]) == ids[0]


def test_bulk_changelogs_are_oldest_first_and_filtered(api: Api) -> None:
    moves(api, "DEAL-2", "Negotiation")
    api.put("/issue/DEAL-1", {"fields": {"summary": "x"}})
    moves(api, "DEAL-1", "Negotiation", "Lost")
    body: dict[str, Any] = {"issueIdsOrKeys": ["DEAL-1", "DEAL-2"], "fieldIds": ["status"]}
    told = api.post("/changelog/bulkfetch", body).json()
    names = {
        log["issueId"]: [i["toString"] for h in log["changeHistories"] for i in h["items"]]
        for log in told["issueChangeLogs"]
    }
    assert names == {"10001": ["Negotiation"], "10000": ["Negotiation", "Lost"]}
    assert list(names) == ["10001", "10000"]
    assert "nextPageToken" not in told
    first = api.post("/changelog/bulkfetch", {**body, "maxResults": 2}).json()
    second = api.post(
        "/changelog/bulkfetch", {**body, "maxResults": 2, "nextPageToken": first["nextPageToken"]}
    ).json()
    assert [log["issueId"] for log in second["issueChangeLogs"]] == ["10000"]
    assert "nextPageToken" not in second


@pytest.mark.parametrize(
    "body",
    [
        {"issueIdsOrKeys": []},
        {"issueIdsOrKeys": ["DEAL-1"] * 1001},
        {"issueIdsOrKeys": ["DEAL-1"], "fieldIds": [str(n) for n in range(11)]},
        {"issueIdsOrKeys": ["DEAL-1"], "maxResults": 10_001},
        {"issueIdsOrKeys": ["DEAL-1"], "nextPageToken": "?"},
    ],
)
def test_bulk_changelogs_refuse(api: Api, body: dict[str, Any]) -> None:
    assert api.post("/changelog/bulkfetch", body).status_code == 400


# -- size --------------------------------------------------------------------------------------


def test_searching_for_changes_does_not_look_at_every_issue(sandbox: Sandbox, api: Api) -> None:
    """The quiet poll of a big site costs as much as that of a small one."""
    populate(sandbox.control.store, Crowd(deals=2000, subtasks=[{}] * 4, ending_seconds_ago=9999))
    key = api.make()
    since = sandbox.control.clock.now_ms() - 60_000
    jql = f"project = DEAL AND updated >= {since} ORDER BY updated ASC, id"
    assert api.search(jql) == [key]
    slowest = max(e.ms for e in sandbox.control.log.entries() if e.kind == "/search/jql")
    assert slowest < 50


def test_an_empty_field_is_neither_equal_nor_unequal(api: Api) -> None:
    key = api.make("без услуги")
    for jql in ("NOT Услуга = Дизайн", "Услуга != Дизайн", "Услуга not in (Дизайн, Сайт)"):
        assert key not in api.search(jql)
    assert api.search("Услуга is EMPTY") == [key]
    assert key in api.search("NOT (Услуга is not EMPTY)")
