"""The handle and the control API of the Airtable port, seeds, state, and the ready line."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import requests

from readygate_sandbox import Refusal, Sandbox, running_sandbox
from readygate_sandbox.airtable.control_api import ROUTES as AIRTABLE_ROUTES
from readygate_sandbox.airtable.formula.functions import FUNCTIONS
from readygate_sandbox.airtable.ids import is_id
from readygate_sandbox.airtable.model import LEVELS
from readygate_sandbox.airtable.seed import QUIRKS
from readygate_sandbox.jira_cloud.seed import SeedError

from .conftest import BASE, SEED, Web


class Control:
    """The control API over HTTP."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.base = f"{sandbox.airtable_url}/_sandbox"

    def get(self, path: str) -> Any:
        return requests.get(self.base + path, timeout=5).json()

    def post(self, path: str, **body: Any) -> requests.Response:
        return requests.post(self.base + path, json=body, timeout=5)


@pytest.fixture
def control(sandbox: Sandbox) -> Control:
    return Control(sandbox)


def test_the_demo_has_a_base_without_a_checklist() -> None:
    with running_sandbox() as sandbox:
        told = sandbox.describe()
        assert told["airtable"] == sandbox.airtable_url
        assert told["airtable_control"] == f"{sandbox.airtable_url}/_sandbox/"
        [base] = told["bases"]
        assert base["name"] == "Сделки"
        assert is_id(base["id"], "app")
        bot = next(u for u in told["airtable_users"] if u["email"] == "readygate@example.com")
        assert bot["token"] == "sandbox-token"
        web = Web(sandbox.airtable_url, bot["token"])
        tables = web.get(f"/meta/bases/{base['id']}/tables").json()["tables"]
        assert [t["name"] for t in tables] == ["Deals"]
        stages = next(f for f in tables[0]["fields"] if f["name"] == "Stage")["options"]["choices"]
        assert [c["name"] for c in stages] == [
            "New lead", "Negotiation", "In production", "Done", "Lost",
        ]  # fmt: skip
        assert len(web.get(f"/{base['id']}/Deals").json()["records"]) == 6
        web.session.close()


def test_a_site_without_the_section_has_no_bases_but_its_people() -> None:
    with running_sandbox({"users": [{"name": "А", "email": "a@example.com", "token": "t"}]}) as s:
        web = Web(s.airtable_url, "t")
        assert web.get("/meta/bases").json() == {"bases": []}
        web.session.close()


def test_log_clock_limits_and_quirks_over_http(web: Web, control: Control) -> None:
    web.get(f"/{BASE}/Deals", pageSize=1)
    log = control.get("/log")
    assert log["counts"] == {"GET /<base>/<table>": 1}
    assert log["entries"][0]["user"] == "bot@example.com"
    assert log["entries"][0]["query"] == "pageSize=1"
    control.post("/log/clear")
    assert control.get("/log")["total"] == 0
    control.post("/clock", freeze=True)
    at = control.get("/clock")["now"]
    control.post("/clock", advance=60)
    assert control.get("/clock")["now"] == at + 60_000
    assert control.post("/limits", rate=True, scale=2).json()["scale"] == 2
    assert control.get("/limits")["peak"] == 1
    assert control.post("/limits", peak=0).json()["peak"] == 0
    assert control.post("/limits", speed=1).json() == {"error": "unknown keys: speed"}
    assert control.post("/quirks", unedited="created").json()["unedited"] == "created"
    assert control.post("/quirks", unedited="no").json() == {
        "error": "unedited: expected one of absent, created"
    }
    control.post("/faults", faults=[{"do": "refuse", "status": 502, "nth": 1}])
    assert web.get(f"/{BASE}/Deals").status_code == 502
    assert control.post("/expire").json() == {"expired": 1}
    assert control.post("/expire", after_seconds=5).status_code == 200


def test_the_two_ports_are_two_stages(sandbox: Sandbox, control: Control) -> None:
    jira = requests.get(f"{sandbox.url}/_sandbox/clock", timeout=5).json()["offsetSeconds"]
    control.post("/clock", advance=3600)
    after = requests.get(f"{sandbox.url}/_sandbox/clock", timeout=5).json()["offsetSeconds"]
    assert jira == after == 0
    assert control.get("/clock")["offsetSeconds"] == 3600
    assert requests.post(f"{sandbox.url}/_sandbox/expire", json={}, timeout=5).status_code == 404
    assert control.post("/lag", seconds=1).status_code == 404


def test_people_act_under_the_same_rules(web: Web, sandbox: Sandbox, control: Control) -> None:
    record = web.one("один")
    acted = control.post(
        "/act", **{"as": "anna@example.com", "do": "edit", "record": record,
                   "fields": {"Stage": "Work"}},
    )  # fmt: skip
    assert acted.json() == {"id": record}
    assert web.fields(record)["Stage"] == "Work"
    sandbox.airtable.permit("Deals", "Stage", "nobody")
    with pytest.raises(Refusal) as refused:
        sandbox.airtable.act("Анна", "edit", record=record, fields={"Stage": "Lead"})
    assert refused.value.answer.body["error"]["type"] == "INVALID_PERMISSIONS"
    with pytest.raises(Refusal):
        sandbox.airtable.act("guest@example.com", "comment", record=record, text="x")
    with pytest.raises(ValueError, match=r"^do: expected one of add_choice, "):
        sandbox.airtable.act("Анна", "dance")


def test_what_people_do_to_rows(web: Web, sandbox: Sandbox) -> None:
    act = sandbox.airtable.act
    deal = web.one("один")
    item = act("Анна", "create", table="Checklist", fields={"Key": "k", "Deal": [deal]})["id"]
    act("Анна", "edit", record=item, fields={"Done": True})
    twin = act("Анна", "duplicate", record=item)["id"]
    assert sandbox.airtable.cells(twin) == {"Key": "k", "Deal": [deal], "Done": True}
    assert web.fields(deal)["Checklist"] == [item, twin]
    act("Анна", "delete", record=item)
    assert web.fields(deal)["Checklist"] == [twin]
    act("Анна", "comment", record=deal, text="Готово")
    assert sandbox.airtable.record(deal).comments[0].text == "Готово"


def test_what_only_creators_do_to_the_schema(web: Web, sandbox: Sandbox) -> None:
    act = sandbox.airtable.act
    with pytest.raises(Refusal):
        act("Анна", "rename_field", table="Deals", field="Stage", to="Этап")
    act("Бот", "rename_field", table="Deals", field="Stage", to="Этап")
    act("Бот", "rename_table", table="Deals", to="Сделки")
    act("Бот", "rename_choice", table="Сделки", field="Этап", choice="Lead", to="Лид")
    act("Бот", "add_choice", table="Сделки", field="Этап", to="Архив")
    act("Бот", "delete_field", table="Checklist", field="Deal")
    fields = {
        f["name"]: f for f in web.get(f"/meta/bases/{BASE}/tables").json()["tables"][0]["fields"]
    }
    assert [c["name"] for c in fields["Этап"]["options"]["choices"]] == [
        "Лид", "Talks", "Work", "Архив",
    ]  # fmt: skip
    assert "Checklist" not in fields
    act("Бот", "delete_table", table="Checklist")
    assert len(web.get(f"/meta/bases/{BASE}/tables").json()["tables"]) == 1


def test_users_change(web: Web, control: Control) -> None:
    assert control.post("/users", user="bot@example.com", level="read").status_code == 200
    assert web.post(f"/{BASE}/Deals", {"fields": {}}).status_code == 403
    assert control.post("/users", user="bot@example.com", token="new").status_code == 200
    assert web.get(f"/{BASE}/Deals").status_code == 401
    assert control.post("/users", user="x", level="read").json() == {"error": "there is no user x"}
    permitted = control.post("/permit", table="Deals", field="Stage", by=["anna@example.com"])
    assert permitted.json() == {"by": ["anna@example.com"]}


def test_many_records_and_back_to_the_seed(web: Web, control: Control) -> None:
    made = control.post(
        "/seed", deals=50, fields={"Name": "n{n}", "Stage": "Work"},
        rows=[{"Key": "{deal_id}/a", "Item": "a", "Done": True}], spread_seconds=100,
    ).json()  # fmt: skip
    assert made["made"] == 50
    deal = web.one("n7")
    [item] = web.get(f"/{BASE}/Checklist", filterByFormula=f"{{Key}}='{deal}/a'").json()["records"]
    assert (item["fields"]["Deal"], item["fields"]["Done"]) == ([deal], True)
    assert web.fields(deal)["Checklist"] == [item["id"]]
    assert control.post("/seed", deals=1, fields={"Nope": 1}).json() == {
        "error": "table Deals has no field 'Nope'"
    }
    control.post("/faults", faults=[{"do": "refuse"}])
    control.post("/reset")
    assert web.names() == ["два", "один", "три"]


def test_state_comes_back(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    with running_sandbox(SEED, state_file=file) as sandbox:
        web = Web(sandbox.airtable_url, "bot")
        deal = web.one("один")
        web.patch(f"/{BASE}/Deals/{deal}", {"fields": {"Stage": "Work"}})
        web.make("Checklist", Key="k", Deal=[deal])
        web.post(f"/{BASE}/Deals/{deal}/comments", {"text": "да"})
        sandbox.airtable.permit("Deals", "Stage", ["anna@example.com"])
        saved = requests.post(f"{sandbox.airtable_url}/_sandbox/save", json={}, timeout=5)
        assert saved.json() == {"saved": str(file)}
        before = sandbox.airtable.dump()
        web.session.close()
    assert oct(file.stat().st_mode)[-3:] == "600"
    with running_sandbox(SEED, state_file=file) as sandbox:
        assert json.dumps(sandbox.airtable.dump()) == json.dumps(before)
        web = Web(sandbox.airtable_url, "bot")
        assert web.names("{Stage}='Work'") == ["один"]
        assert len(web.names("LAST_MODIFIED_TIME({Stage})")) == 1
        web.session.close()


def test_an_older_state_has_no_airtable_side(tmp_path: Path) -> None:
    file = tmp_path / "state.json"
    with running_sandbox(SEED, state_file=file):
        pass
    told = json.loads(file.read_text())
    del told["airtable"]
    file.write_text(json.dumps(told))
    with running_sandbox(SEED, state_file=file) as sandbox:
        assert sandbox.airtable.store.bases == {}


@pytest.mark.parametrize(
    ("section", "problem"),
    [
        ([], "airtable: expected a mapping"),
        ({"bases": [{}]}, "airtable.bases[0].name: is missing"),
        ({"x": 1}, "airtable: unknown keys: x"),
        ({"quirks": {"unedited": "no"}},
         "airtable.quirks.unedited: expected one of absent, created, got 'no'"),
        ({"users": [{"name": "A", "email": "a", "tokens": [{"token": "t", "scopes": ["x"]}]}]},
         "airtable.users[0].tokens[0].scopes: there is no scope 'x'"),
        ({"bases": [{"name": "B", "collaborators": {"a@example.com": "own"}}]},
         f"airtable.bases[0].collaborators.a@example.com: expected {', '.join(LEVELS)}"),
        ({"bases": [{"name": "B", "checklist": "Deals"}]},
         "airtable.bases[0].tables[0].fields[2].link: there is no table 'Deals'"),
        ({"bases": [{"name": "B", "tables": [{"name": "T", "fields": [
            {"name": "A", "type": "email", "choices": ["x"]}]}]}]},
         "airtable.bases[0].tables[0].fields[0].choices: a email field has none"),
        ({"bases": [{"name": "B", "tables": [{"name": "T", "fields": [
            {"name": "A", "type": "singleLineText"},
            {"name": "S", "type": "singleSelect", "choices": ["x"]}],
            "records": [{"fields": {"S": "y"}}]}]}]},
         "airtable.bases[0].tables[0].records[0].fields.S: there is no 'y'"),
        ({"bases": [{"name": "B", "tables": [{"name": "T", "fields": [
            {"name": "A", "type": "singleLineText"}], "records": [{"fields": {"Z": "y"}}]}]}]},
         "airtable.bases[0].tables[0].records[0].fields.Z: there is no field 'Z'"),
    ],
)  # fmt: skip
def test_bad_sections(section: Any, problem: str) -> None:
    seed = {
        "users": [{"name": "A", "email": "a@example.com", "token": "t"}],
        "airtable": section,
    }
    with pytest.raises(SeedError) as error, running_sandbox(seed):
        pass
    assert f"seed: {problem}" in str(error.value).splitlines()


def test_an_html_fault_is_airtables_page(web: Web, sandbox: Sandbox) -> None:
    sandbox.airtable.faults.add("html", nth=1)
    answer = web.get(f"/{BASE}/Deals")
    assert (answer.status_code, "<title>Airtable</title>" in answer.text) == (200, True)


def documented() -> str:
    return (Path(__file__).parents[3] / "docs" / "sandbox.md").read_text(encoding="utf-8")


def test_the_documented_section_works(tmp_path: Path) -> None:
    found = re.search(r"```yaml\n(airtable:\n.*?)```", documented(), re.DOTALL)
    assert found is not None
    file = tmp_path / "seed.yaml"
    file.write_text(found[1], encoding="utf-8")
    with running_sandbox(str(file)) as sandbox:
        tables = sandbox.airtable.base("Сделки").tables.values()
        assert [t.name for t in tables] == ["Deals", "Checklist"]
        web = Web(sandbox.airtable_url, "anna-token")
        [deal] = web.get(f"/{sandbox.airtable.base().id}/Deals").json()["records"]
        assert deal["fields"]["Loud"] == "САЙТ ДЛЯ КЛИНИКИ"
        web.session.close()


def test_every_request_quirk_and_function_is_documented() -> None:
    text = documented().partition("## The Airtable side")[2]
    paths = {path for _, path, _ in AIRTABLE_ROUTES.rules}
    assert [p for p in paths if f"`GET {p}" not in text and f"`POST {p}" not in text] == []
    assert [q for q in QUIRKS if f"| `{q}` |" not in text] == []
    words = set(re.findall(r"[A-Z_]{2,}", text))
    assert sorted(set(FUNCTIONS) - words - {"T"}) == []
