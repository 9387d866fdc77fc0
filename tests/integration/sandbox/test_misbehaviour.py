"""Faults, limits and the clock: the trouble that a connector must live through."""

from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import requests

from readygate_sandbox import Sandbox

from .conftest import Api, ControlClient, subtask


def children(api: Api) -> int:
    return len(api.get("/issue/DEAL-1").json()["fields"]["subtasks"])


def test_a_drop_before_storing_stores_nothing(sandbox: Sandbox, api: Api) -> None:
    sandbox.control.faults.add("drop", method="POST", path="/issue/bulk$", nth=1)
    with pytest.raises(requests.ConnectionError):
        api.post("/issue/bulk", {"issueUpdates": [subtask("DEAL-1")]})
    assert children(api) == 0
    assert api.post("/issue/bulk", {"issueUpdates": [subtask("DEAL-1")]}).status_code == 201


def test_a_drop_after_storing_loses_only_the_answer(sandbox: Sandbox, api: Api) -> None:
    sandbox.control.faults.add("drop", method="POST", path="/issue$", nth=1, stored=True)
    with pytest.raises(requests.ConnectionError):
        api.post("/issue", subtask("DEAL-1"))
    assert children(api) == 1
    dropped = [e for e in sandbox.control.log.entries() if e.status == 0]
    assert [(e.method, e.kind, e.fault) for e in dropped] == [("POST", "/issue", "drop")]


def test_refusals_carry_status_headers_and_body(sandbox: Sandbox, api: Api) -> None:
    sandbox.control.faults.add(
        "refuse", path="/myself", status=503, headers={"Retry-After": "7"}, body={"x": 1}, count=1
    )
    refused = api.get("/myself")
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "7")
    assert refused.json() == {"x": 1}
    assert api.get("/myself").status_code == 200


def test_a_refusal_can_come_after_storing(sandbox: Sandbox, api: Api) -> None:
    sandbox.control.faults.add("refuse", method="POST", status=502, stored=True, count=1)
    assert api.post("/issue", subtask("DEAL-1")).status_code == 502
    assert children(api) == 1


def test_every_and_after(sandbox: Sandbox, api: Api) -> None:
    sandbox.control.faults.add("refuse", path="/myself", after=1, every=2, count=2, status=500)
    seen = [api.get("/myself").status_code for _ in range(7)]
    assert seen == [200, 200, 500, 200, 500, 200, 200]


def test_a_fault_can_look_at_the_body(sandbox: Sandbox, api: Api) -> None:
    sandbox.control.faults.add("refuse", contains="DEAL-2", status=500)
    fetch = "/issue/bulkfetch"
    assert api.post(fetch, {"issueIdsOrKeys": ["DEAL-1"]}).status_code == 200
    assert api.post(fetch, {"issueIdsOrKeys": ["DEAL-2"]}).status_code == 500


def test_a_delay_makes_a_client_give_up(sandbox: Sandbox, api: Api) -> None:
    sandbox.control.faults.add("delay", method="POST", path="/issue$", seconds=0.3, stored=True)
    with pytest.raises(requests.ReadTimeout):
        api.session.post(f"{api.base}/issue", json=subtask("DEAL-1"), timeout=0.1)
    assert children(api) == 1


@pytest.mark.parametrize("do", ["garbage", "truncate", "gzip", "empty", "html"])
def test_broken_bodies_are_stored_and_unreadable(sandbox: Sandbox, api: Api, do: Any) -> None:
    sandbox.control.faults.add(do, method="POST", path="/issue$", count=1)
    with pytest.raises((ValueError, requests.RequestException)):
        api.post("/issue", subtask("DEAL-1")).json()
    assert children(api) == 1


def test_a_good_answer_with_another_body(sandbox: Sandbox, api: Api) -> None:
    sandbox.control.faults.add("replace", method="POST", path="/issue$", body=[], count=1)
    answer = api.post("/issue", subtask("DEAL-1"))
    assert (answer.status_code, answer.json()) == (201, [])
    assert answer.headers["X-AAccountId"]
    assert children(api) == 1


def test_a_connection_may_break_late(sandbox: Sandbox, api: Api) -> None:
    sandbox.control.faults.add("drop", method="POST", path="/issue$", seconds=0.3)
    with pytest.raises(requests.ReadTimeout):
        api.session.post(f"{api.base}/issue", json=subtask("DEAL-1"), timeout=0.1)
    assert children(api) == 0


def test_redirects(sandbox: Sandbox, api: Api) -> None:
    sandbox.control.faults.add("redirect", headers={"Location": "https://id.example.com/"})
    answer = api.get("/myself")
    assert (answer.status_code, answer.headers["Location"]) == (302, "https://id.example.com/")


def test_faults_over_http(control: ControlClient, api: Api) -> None:
    rule = {"do": "refuse", "path": "/myself", "status": 500, "nth": 2}
    assert control.post("/faults", faults=[rule]).status_code == 200
    assert [api.get("/myself").status_code for _ in range(3)] == [200, 500, 200]
    (told,) = control.get("/faults")["faults"]
    assert (told["seen"], told["struck"]) == (3, 1)
    assert control.post("/faults", faults=[]).json() == {"faults": []}


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ({"do": "explode"}, ("do: expected one of refuse, delay, drop, garbage, html, truncate, "
                            "gzip, empty, replace, redirect, got 'explode'")),
        ({"do": "drop", "when": 1}, "unknown keys: when"),
        ({"do": "drop", "path": "("}, ("path: not a regular expression (missing ), unterminated "
                                      "subpattern at position 0)")),
        ({"do": "drop", "every": 0}, "every: must be at least 1"),
    ],
)  # fmt: skip
def test_bad_faults_are_told(control: ControlClient, rule: dict[str, Any], text: str) -> None:
    refused = control.post("/faults", faults=[rule])
    assert refused.status_code == 400
    assert refused.json() == {"error": text}


# -- limits ------------------------------------------------------------------------------------


def test_burst_limits_count_per_operation(sandbox: Sandbox, api: Api) -> None:
    sandbox.control.clock.freeze()
    sandbox.control.limits.configure({"burst": True, "burst_scale": 0.03})
    seen = [api.get("/myself").status_code for _ in range(5)]
    assert seen == [200, 200, 200, 429, 429]
    refused = api.get("/myself")
    assert refused.headers["Retry-After"] == "1"
    assert refused.headers["RateLimit-Reason"] == "jira-burst-based"
    assert refused.headers["X-RateLimit-Remaining"] == "0"
    assert api.get("/serverInfo").status_code == 200
    sandbox.control.clock.advance(1)
    assert api.get("/myself").status_code == 200


def test_writes_to_one_issue_are_limited(sandbox: Sandbox, api: Api) -> None:
    sandbox.control.clock.freeze()
    sandbox.control.limits.configure({"per_issue": True})

    def write(key: str) -> requests.Response:
        return api.put(f"/issue/{key}", {"fields": {"summary": "x"}})

    assert [write("DEAL-1").status_code for _ in range(21)] == [204] * 20 + [429]
    refused = write("DEAL-1")
    assert refused.headers["RateLimit-Reason"] == "jira-per-issue-on-write"
    assert refused.headers["Retry-After"] == "2"
    assert write("DEAL-2").status_code == 204
    assert api.get("/issue/DEAL-1").status_code == 200
    sandbox.control.clock.advance(2)
    assert write("DEAL-1").status_code == 204


def test_retry_after_can_be_a_date(sandbox: Sandbox, api: Api) -> None:
    sandbox.control.clock.freeze()
    settings = {"burst": True, "burst_scale": 0.01, "retry_after": "date"}
    sandbox.control.limits.configure(settings)
    api.get("/myself")
    refused = api.get("/myself")
    at = parsedate_to_datetime(refused.headers["Retry-After"])
    assert 1 <= at.timestamp() - sandbox.control.clock.now_ms() / 1000 <= 2


def test_the_points_pool_is_spent_by_issue(sandbox: Sandbox, api: Api) -> None:
    sandbox.control.limits.configure({"points": 10})
    assert api.post("/search/jql", {"jql": "project = DEAL"}).status_code == 200  # 1 + 6 points
    fifty = {"issueUpdates": [subtask("DEAL-1") for _ in range(5)]}
    assert api.post("/issue/bulk", fifty).status_code == 201  # 5 points
    refused = api.get("/myself")
    assert refused.status_code == 429
    assert refused.headers["RateLimit-Reason"] == "jira-quota-global-based"
    assert 1 <= int(refused.headers["Retry-After"]) <= 3600
    sandbox.control.clock.advance(3600)
    assert api.get("/myself").status_code == 200


def test_limits_over_http(control: ControlClient, api: Api) -> None:
    assert control.post("/limits", burst=True, burst_scale=0.01).status_code == 200
    assert [api.get("/myself").status_code for _ in range(2)] == [200, 429]
    assert control.get("/limits")["refused"] == 1
    wrong = control.post("/limits", speed=1)
    assert (wrong.status_code, wrong.json()) == (400, {"error": "unknown keys: speed"})


# -- the clock ---------------------------------------------------------------------------------


def test_the_tracker_lives_by_its_own_clock(control: ControlClient, api: Api) -> None:
    at = 1_900_000_000_000  # 2030-03-17T17:46:40Z
    control.post("/clock", freeze=True, set=at)
    answer = api.get("/serverInfo")
    assert answer.headers["Date"] == "Sun, 17 Mar 2030 17:46:40 GMT"
    assert answer.json()["serverTime"] == "2030-03-17T17:46:40.000+0000"
    key = api.make()
    assert api.get(f"/issue/{key}").json()["fields"]["created"] == "2030-03-17T17:46:40.000+0000"
    control.post("/clock", advance=1.5)
    assert control.get("/clock")["now"] == at + 1500
    assert control.post("/clock", tick=1).json() == {"error": "unknown keys: tick"}
