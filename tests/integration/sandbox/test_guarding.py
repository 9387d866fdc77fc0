"""What an installation of workflow rules needs of a site: fields, screens, properties, usages."""

from __future__ import annotations

from typing import Any

import pytest

from readygate_sandbox import Refusal, Sandbox

from .conftest import Api

READ_ONLY = "com.atlassian.jira.plugin.system.customfieldtypes:readonlyfield"
PLAIN = "com.atlassian.jira.plugin.system.customfieldtypes:textfield"


def new_field(api: Api, name: str, kind: str = READ_ONLY) -> str:
    made = api.post("/field", {"name": name, "description": f"[mark {name}]", "type": kind})
    assert made.status_code == 201
    return str(made.json()["id"])


def screen_of(api: Api, project: str) -> str:
    """The way to the edit screen: type scheme, screen scheme, screen, tab."""
    told = api.get("/issuetypescreenscheme/project", projectId=project).json()["values"]
    scheme = told[0]["issueTypeScreenScheme"]["id"]
    told = api.get("/issuetypescreenscheme/mapping", issueTypeScreenSchemeId=scheme).json()
    assert told["values"][0]["issueTypeId"] == "default"
    told = api.get("/screenscheme", id=told["values"][0]["screenSchemeId"]).json()["values"]
    screen = told[0]["screens"]["default"]
    (tab,) = api.get(f"/screens/{screen}/tabs").json()
    return f"/screens/{screen}/tabs/{tab['id']}/fields"


def test_a_new_field_can_be_written_only_once_it_is_on_a_screen(api: Api) -> None:
    ref = new_field(api, "Ready")
    refused = api.put("/issue/DEAL-1", {"fields": {ref: "yes"}})
    assert refused.json()["errors"] == {
        ref: f"Field '{ref}' cannot be set. It is not on the appropriate screen, or unknown."
    }
    path = screen_of(api, api.get("/project/DEAL").json()["id"])
    assert api.post(path, {"fieldId": ref}).json() == {"id": ref, "name": "Ready"}
    assert api.post(path, {"fieldId": ref}).status_code == 400
    assert ref in [one["id"] for one in api.get(path).json()]
    assert api.put("/issue/DEAL-1", {"fields": {ref: "yes"}}).status_code == 204
    assert api.get("/issue/DEAL-1", fields=ref).json()["fields"] == {ref: "yes"}


def test_people_cannot_edit_a_read_only_field(api: Api, sandbox: Sandbox) -> None:
    path = screen_of(api, api.get("/project/DEAL").json()["id"])
    for name, kind, allowed in (("Ready", READ_ONLY, False), ("Asked", PLAIN, True)):
        ref = new_field(api, name, kind)
        api.post(path, {"fieldId": ref})
        try:
            sandbox.control.act("anna@example.com", "edit", issue="DEAL-1", fields={name: "x"})
        except Refusal:
            assert not allowed
        else:
            assert allowed


def test_fields_are_found_by_their_description(api: Api) -> None:
    ref = new_field(api, "Ready")
    found = api.get("/field/search", type="custom", query="[mark ready").json()["values"]
    assert [(one["id"], one["description"]) for one in found] == [(ref, "[mark Ready]")]


def test_fields_and_screens_take_an_admin(boris: Api) -> None:
    assert boris.post("/field", {"name": "X", "type": PLAIN}).status_code == 400
    assert boris.get("/screenscheme").status_code == 403
    assert boris.get("/screens/10000/tabs").status_code == 403


def test_project_properties_are_read_by_all_and_written_by_admins(api: Api, boris: Api) -> None:
    path = "/project/DEAL/properties/a.b"
    assert api.get(path).status_code == 404
    assert api.put(path, {"v": 1}).status_code == 201
    assert api.put(path, {"v": 2}).status_code == 200
    assert boris.get(path).json() == {"key": "a.b", "value": {"v": 2}}
    assert boris.put(path, {"v": 3}).status_code == 403
    keys = [one["key"] for one in boris.get("/project/DEAL/properties").json()["keys"]]
    assert keys == ["a.b"]
    asked = boris.get("/project/DEAL", properties="a.b,c").json()["properties"]
    assert asked == {"a.b": {"v": 2}}
    assert boris.get("/project/DEAL").json()["properties"] == {}
    assert api.delete(path).status_code == 204
    assert api.delete(path).status_code == 404


def workflow(api: Api) -> dict[str, Any]:
    """The workflow of deals, ready to be sent back."""
    told: dict[str, Any] = api.post("/workflows", {"workflowNames": ["Deal workflow"]}).json()
    for status in told["statuses"]:
        del status["scope"]
    for one in told["workflows"]:
        for key in ("scope", "isEditable", "name", "created", "updated"):
            one.pop(key, None)
    return told


def test_who_shares_a_workflow_is_told_in_pages(api: Api, boris: Api) -> None:
    ref = workflow(api)["workflows"][0]["id"]
    project = api.get("/project/DEAL").json()["id"]
    told = api.get(f"/workflow/{ref}/projectUsages").json()
    assert told == {"workflowId": ref, "projects": {"values": [{"id": project}]}}
    types = api.get(f"/workflow/{ref}/project/{project}/issueTypeUsages").json()["issueTypes"]
    assert len(types["values"]) == 1
    assert api.get(f"/workflow/{ref}/projectUsages", maxResults=0).status_code == 400
    assert api.get("/workflow/none/projectUsages").status_code == 404
    assert boris.get(f"/workflow/{ref}/projectUsages").status_code == 401


@pytest.mark.parametrize("value", ["Negotiation", ""])
def test_a_transition_to_its_own_status_runs_its_functions_and_moves_nothing(
    api: Api, value: str
) -> None:
    ref = new_field(api, "Asked", PLAIN)
    payload = workflow(api)
    (one,) = payload["workflows"]
    start = next(s["statusReference"] for s in payload["statuses"] if s["name"] == "New lead")
    update = {"field": ref, "value": value, "mode": "replace"}
    one["transitions"].append(
        {
            "id": "901",
            "name": "Ask",
            "type": "DIRECTED",
            "toStatusReference": start,
            "links": [{"fromStatusReference": start, "fromPort": 0, "toPort": 0}],
            "actions": [{"ruleKey": "system:update-field", "parameters": update}],
            "properties": {"mine": "v1"},
        }
    )
    assert api.post("/workflows/update", payload).status_code == 200
    kept = workflow(api)["workflows"][0]["transitions"][-1]
    assert (kept["name"], kept["properties"]) == ("Ask", {"mine": "v1"})
    shown = api.get("/issue/DEAL-1/transitions").json()["transitions"]
    assert next(t["looped"] for t in shown if t["name"] == "Ask") is True
    since = api.get("/issue/DEAL-1").json()["fields"]["updated"]
    assert api.post("/issue/DEAL-1/transitions", {"transition": {"id": "901"}}).status_code == 204
    fields = api.get("/issue/DEAL-1").json()["fields"]
    assert (fields["status"]["name"], fields.get(ref) or "") == ("New lead", value)
    assert fields["updated"] > since
    history = api.get("/issue/DEAL-1/changelog").json()["values"]
    items = [item["fieldId"] for entry in history for item in entry["items"]]
    assert "status" not in items
