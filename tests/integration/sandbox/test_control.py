"""The control API, people at work, seeds, states, and the process itself."""

import json
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import requests

from readygate_sandbox import Refusal, Sandbox, running_sandbox
from readygate_sandbox.control_api import ROUTES as CONTROL_ROUTES
from readygate_sandbox.jira_cloud.seed import SeedError
from readygate_sandbox.jira_cloud.state import StateError

from .conftest import Api, ControlClient, adf


def act(control: ControlClient, who: str, do: str, **told: Any) -> requests.Response:
    return control.post("/act", **{"as": who, "do": do, **told})


def test_people_move_tick_and_talk(control: ControlClient, api: Api) -> None:
    child = api.make_subtask("DEAL-1", "Скан")
    assert act(control, "anna@example.com", "tick", issue=child).json()["key"] == child
    assert api.status(child) == "Done"
    assert act(control, "anna@example.com", "untick", issue=child).ok
    assert api.status(child) == "To Do"
    assert act(control, "Борис Лыков", "transition", issue=child, to="Won't do").ok
    assert act(control, "Борис Лыков", "transition", issue="DEAL-1", to="Negotiation").ok
    assert act(control, "vera@example.com", "comment", issue="DEAL-1", text="Рано!").ok
    issue = api.get("/issue/DEAL-1", expand="changelog").json()
    assert issue["fields"]["status"]["name"] == "Negotiation"
    assert issue["changelog"]["histories"][0]["author"]["displayName"] == "Борис Лыков"
    comment = issue["fields"]["comment"]["comments"][0]
    assert (comment["author"]["displayName"], comment["body"]) == ("Вера Ильина", adf("Рано!"))


def test_people_create_edit_assign_and_delete(control: ControlClient, api: Api) -> None:
    made = act(control, "anna@example.com", "create", project="DEAL", type="Deal",
               summary="Новая", status="Negotiation", fields={"Услуга": "Сайт"}).json()  # fmt: skip
    assert api.status(made["key"]) == "Negotiation"
    child = act(control, "anna@example.com", "create", parent=made["key"], summary="Пункт").json()
    assert act(control, "anna@example.com", "edit", issue=child["key"],
               fields={"summary": "Другой"}).ok  # fmt: skip
    assert act(control, "anna@example.com", "assign", issue=child["key"], to="vera@example.com").ok
    fields = api.get(f"/issue/{child['key']}").json()["fields"]
    assert (fields["summary"], fields["assignee"]["displayName"]) == ("Другой", "Вера Ильина")
    assert act(control, "anna@example.com", "delete", issue=made["key"]).ok
    assert api.get(f"/issue/{child['key']}").status_code == 404


def test_people_obey_the_rules_that_rest_obeys(control: ControlClient, sandbox: Sandbox) -> None:
    sandbox.control.set_user("anna@example.com", rights=["browse"])
    refused = act(control, "anna@example.com", "transition", issue="DEAL-1", to="Negotiation")
    assert refused.status_code == 400
    assert refused.json()["errorMessages"] == [
        "DEAL-1 cannot go from 'New lead' to 'Negotiation' by Анна Котова. It can go to: nowhere."
    ]
    assert act(control, "anna@example.com", "comment", issue="DEAL-1", text="x").status_code == 400
    with pytest.raises(Refusal):
        sandbox.control.act("anna@example.com", "delete", issue="DEAL-1")


@pytest.mark.parametrize(
    ("told", "text"),
    [
        ({"do": "tick"}, "as and do are needed"),
        ({"as": "nobody", "do": "tick"}, "there is no user nobody"),
        ({"as": "anna@example.com", "do": "tick"}, "tick: which issue?"),
        ({"as": "anna@example.com", "do": "fly"},
         ("do: expected one of assign, clone, comment, delete, edit, move, tick, transition, "
          "untick, create; got 'fly'")),
        ({"as": "anna@example.com", "do": "move", "issue": "DEAL-1", "project": "NO"},
         "move: there is no project NO"),
    ],
)  # fmt: skip
def test_what_people_cannot_mean(control: ControlClient, told: dict[str, Any], text: str) -> None:
    refused = control.post("/act", **told)
    assert (refused.status_code, refused.json()) == (400, {"error": text})


def test_a_clone_takes_the_properties_with_it(control: ControlClient, api: Api) -> None:
    properties = [{"key": "readygate", "value": {"key": "10000/scan"}}]
    api.make_subtask("DEAL-1", "Скан", properties=properties)
    made = act(control, "anna@example.com", "clone", issue="DEAL-1").json()
    issue = api.get(f"/issue/{made['key']}").json()
    assert issue["fields"]["summary"] == "CLONE - Сайт для клиники «Доктор Лис»"
    (child,) = issue["fields"]["subtasks"]
    copied = api.get(f"/issue/{child['key']}", properties="readygate").json()
    assert copied["properties"] == {"readygate": {"key": "10000/scan"}}
    assert copied["fields"]["parent"]["key"] == made["key"]


def test_a_moved_issue_answers_to_its_old_key(control: ControlClient, api: Api) -> None:
    me = api.get("/myself").json()["accountId"]
    api.post("/project", {"key": "OTH", "name": "Other", "leadAccountId": me})
    document = api.get("/issue/DEAL-1").json()
    assert act(control, "anna@example.com", "move", issue="DEAL-1", project="OTH").ok
    moved = api.get("/issue/DEAL-1").json()
    assert (moved["id"], moved["key"]) == (document["id"], "OTH-1")
    (fetched,) = api.post("/issue/bulkfetch", {"issueIdsOrKeys": ["DEAL-1"]}).json()["issues"]
    assert fetched["key"] == "OTH-1"


# -- the log -----------------------------------------------------------------------------------


def test_the_log_tells_every_request(control: ControlClient, api: Api) -> None:
    api.get("/issue/DEAL-1", fields="status")
    api.get("/issue/DEAL-99")
    api.post("/search/jql", {"jql": "project = DEAL"})
    told = control.get("/log")
    assert told["total"] == 3
    assert told["counts"] == {"GET /issue/<key>": 2, "POST /search/jql": 1}
    assert told["statuses"] == {"200": 2, "404": 1}
    first = told["entries"][0]
    assert (first["method"], first["path"], first["query"], first["status"], first["user"]) == (
        "GET",
        "/rest/api/3/issue/DEAL-1",
        "fields=status",
        200,
        "readygate@example.com",
    )
    assert first["ms"] > 0
    assert [e["id"] for e in control.get("/log", since=first["id"], limit=1)["entries"]] == [3]
    control.post("/log/clear")
    assert control.get("/log")["total"] == 0


# -- the whole ---------------------------------------------------------------------------------


def test_reset_goes_back_to_the_seed(control: ControlClient, api: Api) -> None:
    key = api.make()
    control.post("/clock", advance=3600)
    control.post("/lag", seconds=60)
    control.post("/faults", faults=[{"do": "refuse", "status": 500}])
    assert control.post("/reset").ok
    assert api.get(f"/issue/{key}").status_code == 404
    assert api.search("project = DEAL ORDER BY key") == [f"DEAL-{n}" for n in range(1, 7)]
    assert control.get("/clock")["offsetSeconds"] == 0


def test_many_deals_at_once(control: ControlClient, api: Api) -> None:
    subtasks = [{"summary": "Скан", "status": "Done",
                 "properties": {"readygate": {"key": "{deal_id}/scan"}}}]  # fmt: skip
    made = control.post("/seed", deals=20, status="Negotiation", subtasks=subtasks,
                        spread_seconds=100, ending_seconds_ago=50).json()  # fmt: skip
    assert made["made"] == 20
    deal = api.get(f"/issue/{made['first'][0]}").json()
    assert deal["fields"]["status"]["name"] == "Negotiation"
    (child,) = deal["fields"]["subtasks"]
    properties = api.get(f"/issue/{child['key']}", properties="readygate").json()["properties"]
    assert properties == {"readygate": {"key": f"{deal['id']}/scan"}}
    now = control.get("/clock")["now"]
    recent = f"issuetype = Deal AND status = Negotiation AND updated >= {now - 101_000}"
    assert 9 <= len(api.search(recent, maxResults=100)) <= 11
    wrong = control.post("/seed", deals=1, status="Nowhere")
    assert wrong.json() == {"error": "workflow Deal workflow has no status 'Nowhere'"}


def test_changes_need_json(sandbox: Sandbox) -> None:
    answer = requests.post(f"{sandbox.url}/_sandbox/reset", data="{}", timeout=5)
    assert answer.status_code == 415


def test_only_loopback_names_are_answered(sandbox: Sandbox) -> None:
    answer = requests.get(
        f"{sandbox.url}/_sandbox/", headers={"Host": "evil.example.com"}, timeout=5
    )
    assert answer.status_code == 421
    port = sandbox.url.rsplit(":", 1)[1]
    local = requests.get(
        f"{sandbox.url}/_sandbox/", headers={"Host": f"localhost:{port}"}, timeout=5
    )
    assert local.json()["projects"] == ["DEAL"]


def test_the_state_survives(tmp_path: Path) -> None:
    file = tmp_path / "site.json"
    with running_sandbox(state_file=file) as first:
        api = Api(first.url)
        key = api.make_subtask("DEAL-1", "Скан", properties=[{"key": "k", "value": [1]}])
        api.go("DEAL-1", "Negotiation")
        api.post("/issue/DEAL-1/comment", {"body": adf("x")})
        before = api.get("/issue/DEAL-1", expand="changelog").json()
        api.session.close()
    assert file.stat().st_mode & 0o777 == 0o600
    with running_sandbox(state_file=file) as second:
        api = Api(second.url)
        after = api.get("/issue/DEAL-1", expand="changelog").json()
        assert json.dumps(after).replace(second.url, "") == json.dumps(before).replace(
            first.url, ""
        )
        child = api.get(f"/issue/{key}", properties="k").json()
        assert child["properties"] == {"k": [1]}
        assert api.make() == "DEAL-8"
        assert api.search("updated >= -5m AND issuetype = Sub-task") == [key]
        assert ControlClientOnce(second.url).save() == {"saved": str(file)}
        api.session.close()
    assert [p.name for p in tmp_path.iterdir()] == ["site.json"]


class ControlClientOnce:
    """A control client for one call."""

    def __init__(self, url: str) -> None:
        self.url = url

    def save(self) -> Any:
        return requests.post(f"{self.url}/_sandbox/save", json={}, timeout=5).json()


def test_a_broken_state_is_told(tmp_path: Path) -> None:
    file = tmp_path / "site.json"
    file.write_text('{"format": 99}')
    with (
        pytest.raises(StateError, match="the state has format 99, expected 1"),
        running_sandbox(state_file=file),
    ):
        pass
    assert file.read_text() == '{"format": 99}'


# -- seeds -------------------------------------------------------------------------------------

SMALL = """
users:
  - { name: Анна, email: a@example.com, token: t }
issue_types: [{ name: Deal }]
statuses:
  - { name: Open, category: new }
  - { name: Closed, category: done }
workflows:
  - { name: W, statuses: [Open, Closed], moves: all }
projects:
  - { key: P, issue_types: [Deal], workflows: { Deal: W } }
"""


def test_a_seed_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "seed.yaml"
    file.write_text(SMALL + "issues: [{project: P, type: Deal, summary: x, status: Closed}]")
    with running_sandbox(str(file)) as sandbox:
        issue = sandbox.control.issue("P-1")
        assert sandbox.control.store.statuses[issue.status].name == "Closed"


def test_every_problem_of_a_seed_is_told(tmp_path: Path) -> None:
    file = tmp_path / "seed.yaml"
    file.write_text(
        SMALL
        + """
  - { key: Q, issue_types: [Deal, Bug], workflows: {} }
  - { key: R, issue_types: [Deal], workflows: { Deal: V } }
issues:
  - { project: P, type: Deal, status: Open }
  - { project: P, type: Deal, summary: x, status: Gone, colour: red }
  - { project: Z, type: Deal, summary: x }
  - { project: P, type: Deal, summary: x, colour: red }
  - { project: P, type: Deal, summary: x, created: yesterday }
  - { project: P, type: Deal, summary: x, fields: { Услуга: Сайт } }
  - 7
extras: {}
"""
    )
    with pytest.raises(SeedError) as raised, running_sandbox(str(file)):
        pass
    assert str(raised.value).replace(str(file), "seed").splitlines() == [
        (
            "seed: extras: there is no such section; there are: site, quirks, users, fields, "
            "issue_types, statuses, workflows, projects, issues"
        ),
        "seed: projects[1].issue_types: there is no issue type 'Bug'",
        "seed: projects[2].workflows.Deal: there is no workflow 'V'",
        "seed: issues[0].summary: is missing",
        "seed: issues[1].status: there is no status 'Gone'",
        "seed: issues[2].project: there is no project 'Z'",
        "seed: issues[3]: unknown keys: colour",
        (
            "seed: issues[4].created: expected a time such as -3d or epoch milliseconds, got "
            "'yesterday'"
        ),
        "seed: issues[5].fields.Услуга: there is no field 'Услуга'",
        "seed: issues[6]: expected a mapping",
    ]


def documented() -> str:
    return (Path(__file__).parents[3] / "docs" / "sandbox.md").read_text(encoding="utf-8")


def test_the_documented_seed_works(tmp_path: Path) -> None:
    found = re.search(r"```yaml\n(.*?)```", documented(), re.DOTALL)
    assert found is not None
    file = tmp_path / "seed.yaml"
    file.write_text(found[1], encoding="utf-8")
    with running_sandbox(str(file)) as sandbox:
        done = sandbox.control.store.statuses[sandbox.control.issue("DEAL-2").status]
        assert done.name == "Done"


def test_every_control_request_is_documented() -> None:
    text = documented()
    paths = {path for _, path, _ in CONTROL_ROUTES.rules}
    missing = [p for p in paths if f"`GET {p}" not in text and f"`POST {p}" not in text]
    assert missing == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[1]", "expected a mapping with users, projects and so on"),
        ("users: 1", "users: expected a list"),
        ("users: [{name: A, email: a@b.c, token: t, rights: [fly]}]",
         "users[0].rights: there is no right 'fly'; there are: "),
    ],
)  # fmt: skip
def test_bad_seeds(tmp_path: Path, text: str, problem: str) -> None:
    file = tmp_path / "seed.yaml"
    file.write_text(text)
    with pytest.raises(SeedError) as raised, running_sandbox(str(file)):
        pass
    assert str(raised.value).startswith(f"{file}: {problem}")


# -- the process -------------------------------------------------------------------------------


def start(*options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "readygate_sandbox", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_process_says_where_it_is_and_ends_cleanly(tmp_path: Path, number: int) -> None:
    file = tmp_path / "site.json"
    with start("--state", str(file)) as process:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        assert told["board"] == told["jira"] + "/"
        assert told["control"] == told["jira"] + "/_sandbox/"
        bot = next(u for u in told["users"] if u["email"] == "readygate@example.com")
        auth = (bot["email"], bot["token"])
        me = requests.get(f"{told['jira']}/rest/api/3/myself", auth=auth, timeout=5).json()
        assert me["accountId"] == bot["accountId"]
        process.send_signal(number)
        out, errors = process.communicate(timeout=10)
        assert (process.returncode, out, errors) == (0, "", "")
    assert len(json.loads(file.read_text())["issues"]) == 6


def test_the_built_in_sites_are_the_same_in_two_languages() -> None:
    told = {}
    for seed in ("demo", "demo-en"):
        with running_sandbox(seed) as sandbox:
            deals = sandbox.airtable.table("Deals").records
            users = [user["email"] for user in sandbox.describe()["users"]]
            told[seed] = (users, len(sandbox.control.store.issues), len(deals))
            base = sandbox.describe()["bases"][0]["name"]
            assert base == {"demo": "Сделки", "demo-en": "Deals"}[seed]
    assert told["demo"] == told["demo-en"]


def test_a_bad_seed_ends_the_process(tmp_path: Path) -> None:
    with start("--seed", str(tmp_path / "none.yaml")) as process:
        _, errors = process.communicate(timeout=10)
    assert process.returncode == 2
    assert "none.yaml: cannot be read:" in errors
    assert "Traceback" not in errors


def test_a_taken_port_ends_the_process(sandbox: Sandbox) -> None:
    port = sandbox.url.rsplit(":", 1)[1]
    with start("--jira-port", port) as process:
        _, errors = process.communicate(timeout=10)
    assert process.returncode == 2
    assert errors.startswith(f"The sandbox cannot listen on port {port}: ")


@pytest.mark.parametrize(
    ("path", "body", "text"),
    [
        ("/lag", {"seconds": "5"}, "seconds: expected int or float"),
        ("/lag", {"seconds": True}, "seconds: expected int or float"),
        ("/lag", {"seconds": 1, "issues": {"DEAL-99": 1}}, "there is no issue DEAL-99"),
        ("/forget", {"issues": "DEAL-1"}, "issues: expected list"),
        ("/clock", {"set": -1}, "the clock cannot go there"),
        ("/quirks", {"child_condition": "maybe"}, "child_condition: expected one of allow, deny"),
        ("/users", {"user": "anna@example.com", "rights": ["fly"]}, "rights: there is no right"),
        ("/seed", {"deals": 10**9}, "deals: from 1 to 1000000 issues can be made at once"),
        ("/act", {"as": "anna@example.com", "do": "tick", "issue": ["x"]},
         "issue: expected str or int"),
        ("/save", {}, "the sandbox was started without --state"),
    ],
)  # fmt: skip
def test_what_the_control_api_cannot_read(
    control: ControlClient, path: str, body: dict[str, Any], text: str
) -> None:
    refused = control.post(path, **body)
    assert refused.status_code == 400
    assert refused.json()["error"].startswith(text)
