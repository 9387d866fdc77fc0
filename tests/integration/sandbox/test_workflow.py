"""Transitions, and the workflow rules that hide, refuse and explain them."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest

from readygate_sandbox import Refusal, Sandbox, running_sandbox
from readygate_sandbox.jira_cloud.seed import load_seed

from .conftest import Api, adf


def with_rules(*transitions: dict[str, Any], **quirks: str) -> dict[str, Any]:
    """The demo seed with transitions of the deal workflow changed."""
    document = deepcopy(load_seed("demo"))
    document["workflows"][0]["transitions"] = list(transitions)
    document["quirks"] = quirks
    document["fields"] += [{"name": "Открыто", "type": "number"}, {"name": "Итог", "type": "text"}]
    return document


@pytest.fixture
def ruled(request: pytest.FixtureRequest) -> Iterator[tuple[Sandbox, Api]]:
    with running_sandbox(request.param) as sandbox:
        client = Api(sandbox.url)
        yield sandbox, client
        client.session.close()


def field_id(api: Api, name: str) -> str:
    return next(str(f["id"]) for f in api.get("/field").json() if f["name"] == name)


TO_NEGOTIATION = {"from": ["New lead"], "to": "Negotiation"}


def test_offered_transitions_depend_on_the_status(api: Api) -> None:
    shown = api.get("/issue/DEAL-1/transitions").json()["transitions"]
    assert [t["to"]["name"] for t in shown] == ["Negotiation", "In production", "Done", "Lost"]
    first = shown[0]
    assert (first["isAvailable"], first["isGlobal"], first["hasScreen"]) == (True, False, False)
    assert first["isConditional"] is False
    assert len({t["id"] for t in shown}) == 4


def test_moving_writes_history_with_metadata(api: Api) -> None:
    metadata = {"type": "readygate", "generator": {"id": "run-1"}, "extraData": {"a": "b"}}
    assert api.go("DEAL-1", "Negotiation", historyMetadata=metadata).status_code == 204
    (entry,) = api.get("/issue/DEAL-1/changelog").json()["values"]
    assert entry["historyMetadata"] == metadata
    (item,) = entry["items"]
    assert (item["fieldId"], item["fromString"], item["toString"]) == (
        "status",
        "New lead",
        "Negotiation",
    )
    assert entry["author"]["emailAddress"] == "readygate@example.com"


def test_a_move_can_carry_comment_and_properties(api: Api) -> None:
    more: dict[str, Any] = {
        "update": {"comment": [{"add": {"body": adf("Поехали")}}]},
        "properties": [{"key": "k", "value": 1}],
    }
    assert api.go("DEAL-1", "Negotiation", **more).status_code == 204
    assert api.get("/issue/DEAL-1/comment").json()["comments"][0]["body"] == adf("Поехали")
    assert api.get("/issue/DEAL-1/properties/k").json()["value"] == 1


def test_transitions_that_do_not_lead_from_here(api: Api) -> None:
    from_production = api.transitions("DEAL-5")["Done"]
    stale = api.post("/issue/DEAL-1/transitions", {"transition": {"id": from_production}})
    assert stale.status_code == 400
    assert stale.json()["errorMessages"][0].startswith(
        "It seems that you have tried to perform a workflow operation (Done) that is not valid "
        "for the current state of this issue DEAL-1."
    )
    unknown = api.post("/issue/DEAL-1/transitions", {"transition": {"id": "9999"}})
    assert unknown.json()["errorMessages"] == ["Transition id '9999' is not valid for this issue."]
    none = api.post("/issue/DEAL-1/transitions", {})
    assert none.json()["errorMessages"] == ["Missing 'transition' identifier"]
    assert api.get("/issue/DEAL-1/transitions", transitionId="9999").json()["transitions"] == []


def test_a_number_is_taken_as_transition_id(api: Api) -> None:
    number = int(api.transitions("DEAL-1")["Negotiation"])
    assert api.post("/issue/DEAL-1/transitions", {"transition": {"id": number}}).status_code == 204


def test_fields_off_the_screen_are_refused_and_nothing_moves(api: Api) -> None:
    refused = api.go("DEAL-1", "Negotiation", fields={"resolution": {"name": "Done"}})
    assert refused.status_code == 400
    assert refused.json()["errors"] == {
        "resolution": (
            "Field 'resolution' cannot be set. It is not on the appropriate screen, or unknown."
        )
    }
    assert api.status("DEAL-1") == "New lead"


CHILD_RULE = {
    **TO_NEGOTIATION,
    "conditions": [
        {
            "rule": "system:parent-or-child-blocking-condition",
            "blocker": "CHILD",
            "statusIds": ["Done", "Won't do"],
        }
    ],
}


@pytest.mark.parametrize("ruled", [with_rules(CHILD_RULE)], indirect=True)
def test_open_subtasks_hide_the_parents_transition(ruled: tuple[Sandbox, Api]) -> None:
    sandbox, api = ruled
    assert "Negotiation" in api.transitions("DEAL-1")
    number = api.transitions("DEAL-1")["Negotiation"]
    child = api.make_subtask("DEAL-1")
    assert "Negotiation" not in api.transitions("DEAL-1")
    shown = api.get("/issue/DEAL-1/transitions", includeUnavailableTransitions="true").json()
    hidden = next(t for t in shown["transitions"] if t["id"] == number)
    assert (hidden["isAvailable"], hidden["isConditional"]) == (False, True)
    refused = api.post("/issue/DEAL-1/transitions", {"transition": {"id": number}})
    assert refused.status_code == 400
    assert api.go(child, "Done").status_code == 204
    assert api.go("DEAL-1", "Negotiation").status_code == 204
    assert sandbox.control.store.quirks.child_condition == "allow"


@pytest.mark.parametrize("ruled", [with_rules(CHILD_RULE, child_condition="deny")], indirect=True)
def test_the_child_condition_can_be_read_as_a_deny_list(ruled: tuple[Sandbox, Api]) -> None:
    _, api = ruled
    child = api.make_subtask("DEAL-1")
    assert "Negotiation" in api.transitions("DEAL-1")
    assert api.go(child, "Done").status_code == 204
    assert "Negotiation" not in api.transitions("DEAL-1")


def restricted(mode: str) -> dict[str, Any]:
    rule = {"rule": "system:restrict-from-all-users", "restrictMode": mode}
    return {**TO_NEGOTIATION, "conditions": [rule]}


@pytest.mark.parametrize("ruled", [with_rules(restricted("users"))], indirect=True)
def test_closed_to_users_is_open_to_rest_by_id(ruled: tuple[Sandbox, Api]) -> None:
    sandbox, api = ruled
    shown = api.get("/issue/DEAL-1/transitions", includeUnavailableTransitions="true").json()
    number = next(t["id"] for t in shown["transitions"] if t["to"]["name"] == "Negotiation")
    assert "Negotiation" not in api.transitions("DEAL-1")
    with pytest.raises(Refusal) as refused:
        sandbox.control.act("anna@example.com", "transition", issue="DEAL-1", to="Negotiation")
    assert refused.value.answer.body["errorMessages"] == [
        (
            "DEAL-1 cannot go from 'New lead' to 'Negotiation' by Анна Котова. It can go to: Done, "
            "In production, Lost."
        )
    ]
    moved = api.post("/issue/DEAL-1/transitions", {"transition": {"id": number}})
    assert moved.status_code == 204


@pytest.mark.parametrize("ruled", [with_rules(restricted("usersAndAPI"))], indirect=True)
def test_closed_to_users_and_api_is_closed(ruled: tuple[Sandbox, Api]) -> None:
    _, api = ruled
    shown = api.get("/issue/DEAL-1/transitions", includeUnavailableTransitions="true").json()
    number = next(t["id"] for t in shown["transitions"] if t["to"]["name"] == "Negotiation")
    moved = api.post("/issue/DEAL-1/transitions", {"transition": {"id": number}})
    assert moved.status_code == 400


VALIDATED = {
    **TO_NEGOTIATION,
    "validators": [
        {
            "rule": "system:validate-field-value",
            "ruleType": "fieldRequired",
            "fieldsRequired": "Итог",
            "ignoreContext": "false",
            "errorMessage": "Чек-лист не закрыт",
        }
    ],
}


@pytest.mark.parametrize("ruled", [with_rules(VALIDATED)], indirect=True)
def test_a_validator_shows_the_button_and_says_why(ruled: tuple[Sandbox, Api]) -> None:
    _, api = ruled
    assert "Negotiation" in api.transitions("DEAL-1")
    refused = api.go("DEAL-1", "Negotiation")
    assert refused.status_code == 400
    assert refused.json()["errorMessages"] == ["Чек-лист не закрыт"]
    assert api.status("DEAL-1") == "New lead"
    filled = api.put("/issue/DEAL-1", {"fields": {field_id(api, "Итог"): "да"}})
    assert filled.status_code == 204
    assert api.go("DEAL-1", "Negotiation").status_code == 204


CHECKED = {
    **TO_NEGOTIATION,
    "conditions": [
        {
            "rule": "system:check-field-value",
            "fieldId": "Открыто",
            "fieldValue": '["0"]',
            "comparator": "=",
            "comparisonType": "NUMBER",
        }
    ],
}


@pytest.mark.parametrize("ruled", [with_rules(CHECKED)], indirect=True)
def test_a_number_field_can_hide_a_transition(ruled: tuple[Sandbox, Api]) -> None:
    _, api = ruled
    number = field_id(api, "Открыто")
    assert "Negotiation" not in api.transitions("DEAL-1")
    for value, offered in ((2, False), (0, True), (1, False)):
        assert api.put("/issue/DEAL-1", {"fields": {number: value}}).status_code == 204
        assert ("Negotiation" in api.transitions("DEAL-1")) is offered


SCREENED = {"from": ["New lead"], "to": "Done", "required": ["resolution"]}


@pytest.mark.parametrize("ruled", [with_rules(SCREENED)], indirect=True)
def test_a_screen_may_require_a_resolution(ruled: tuple[Sandbox, Api]) -> None:
    _, api = ruled
    shown = api.get("/issue/DEAL-1/transitions", expand="transitions.fields").json()
    done = next(t for t in shown["transitions"] if t["to"]["name"] == "Done")
    assert done["hasScreen"] is True
    assert done["fields"]["resolution"]["required"] is True
    assert api.go("DEAL-1", "Done").json()["errors"] == {"resolution": "Resolution is required."}
    assert api.go("DEAL-1", "Done", fields={"resolution": {"name": "Done"}}).status_code == 204
    fields = api.get("/issue/DEAL-1").json()["fields"]
    assert fields["resolution"]["name"] == "Done"
    assert fields["resolutiondate"] == fields["updated"]


def test_done_sets_no_resolution_by_itself(api: Api) -> None:
    assert api.go("DEAL-1", "Done").status_code == 204
    fields = api.get("/issue/DEAL-1").json()["fields"]
    assert fields["status"]["statusCategory"]["key"] == "done"
    assert fields["resolution"] is None


@pytest.mark.parametrize("ruled", [with_rules(CHILD_RULE)], indirect=True)
def test_workflows_are_read_with_their_rules(ruled: tuple[Sandbox, Api]) -> None:
    _, api = ruled
    told = api.post("/workflows", {"workflowNames": ["Deal workflow"]}).json()
    (workflow,) = told["workflows"]
    references = {s["name"]: s["statusReference"] for s in told["statuses"]}
    assert references.keys() == {"New lead", "Negotiation", "In production", "Done", "Lost"}
    ruled_one = [t for t in workflow["transitions"] if t.get("conditions")]
    assert len(ruled_one) == 1
    (transition,) = ruled_one
    assert transition["toStatusReference"] == references["Negotiation"]
    assert transition["links"][0]["fromStatusReference"] == references["New lead"]
    assert transition["conditions"]["conditionGroups"] == []
    (rule,) = transition["conditions"]["conditions"]
    assert rule["ruleKey"] == "system:parent-or-child-blocking-condition"
    assert rule["parameters"]["blocker"] == "CHILD"
    listed = api.get("/workflows/search").json()["values"]
    assert not any(t.get("conditions") for w in listed for t in w["transitions"])


def test_workflows_are_found_by_project_and_type(api: Api, boris: Api) -> None:
    project = api.get("/project/DEAL").json()
    kind = next(k for k in project["issueTypes"] if k["subtask"])
    pair = {"projectId": project["id"], "issueTypeId": kind["id"]}
    told = api.post("/workflows", {"projectAndIssueTypes": [pair]}).json()
    assert [w["name"] for w in told["workflows"]] == ["Checklist workflow"]
    known = api.get("/workflows/capabilities", **pair).json()
    assert "system:parent-or-child-blocking-condition" in {
        r["ruleKey"] for r in known["systemRules"]
    }
    assert known["editorScope"] == "GLOBAL"
    assert boris.post("/workflows", {"workflowNames": ["Deal workflow"]}).status_code == 401


# -- changing workflows ------------------------------------------------------------------------


def read_for_update(api: Api) -> dict[str, Any]:
    told: dict[str, Any] = api.post("/workflows", {"workflowNames": ["Deal workflow"]}).json()
    for status in told["statuses"]:
        del status["scope"]
    for workflow in told["workflows"]:
        del workflow["scope"], workflow["isEditable"]
    return told


def block(payload: dict[str, Any], source: str, target: str, rule: dict[str, Any]) -> str:
    """Put a condition on one directed transition; returns the transition's id."""
    names = {s["name"]: s["statusReference"] for s in payload["statuses"]}
    for transition in payload["workflows"][0]["transitions"]:
        links = [link["fromStatusReference"] for link in transition["links"]]
        if transition["toStatusReference"] == names[target] and links == [names[source]]:
            transition["conditions"] = {
                "operation": "ALL",
                "conditionGroups": [],
                "conditions": [rule],
            }
            return str(transition["id"])
    raise AssertionError(target)


def test_a_rule_is_installed_by_sending_the_workflow_back(api: Api) -> None:
    payload = read_for_update(api)
    done = next(s["id"] for s in api.get("/status").json() if s["name"] == "Done")
    parameters = {"blocker": "CHILD", "statusIds": done}
    rule = {"ruleKey": "system:parent-or-child-blocking-condition", "parameters": parameters}
    block(payload, "New lead", "Negotiation", rule)
    checked = api.post("/workflows/update/validation", {"payload": payload})
    assert checked.json() == {"errors": []}
    answer = api.post("/workflows/update", payload)
    assert answer.status_code == 200
    version = answer.json()["workflows"][0]["version"]["versionNumber"]
    assert version == payload["workflows"][0]["version"]["versionNumber"] + 1
    api.make_subtask("DEAL-1")
    assert "Negotiation" not in api.transitions("DEAL-1")
    assert "Negotiation" in api.transitions("DEAL-2")
    again = api.post("/workflows/update", payload)
    assert again.status_code == 409
    assert again.json()["errorMessages"] == ["Workflow version and version token must match."]


def test_what_is_not_sent_back_is_dropped(api: Api) -> None:
    payload = read_for_update(api)
    (workflow,) = payload["workflows"]
    workflow["transitions"] = [t for t in workflow["transitions"] if t["type"] == "INITIAL"]
    assert api.post("/workflows/update", payload).status_code == 200
    assert api.transitions("DEAL-1") == {}


def test_bad_updates_are_told_and_change_nothing(api: Api, boris: Api) -> None:
    payload = read_for_update(api)
    assert boris.post("/workflows/update", payload).status_code == 401
    block(payload, "New lead", "Negotiation", {"ruleKey": "system:magic", "parameters": {}})
    payload["workflows"][0]["statuses"] = payload["workflows"][0]["statuses"][:4]
    (found, outside, mapping) = (
        "The rule system:magic does not exist.",
        "The transition 'Lost' uses a status that the workflow lacks.",
        "Work items in the status 'Lost' need a mapping.",
    )
    errors = api.post("/workflows/update/validation", {"payload": payload}).json()["errors"]
    messages = [e["message"] for e in errors]
    assert messages[0] == found
    assert outside in messages
    assert messages[-1] == mapping
    refused = api.post("/workflows/update", payload)
    assert refused.status_code == 400
    assert refused.json()["errorMessages"] == messages
    assert len(read_for_update(api)["workflows"][0]["statuses"]) == 5


def test_condition_groups_must_be_there(api: Api) -> None:
    payload = read_for_update(api)
    transition = payload["workflows"][0]["transitions"][1]
    transition["conditions"] = {"operation": "ALL", "conditions": []}
    refused = api.post("/workflows/update", payload)
    assert refused.json()["errorMessages"] == ["conditions.conditionGroups must be a list"]
    with_scope = read_for_update(api)
    with_scope["workflows"][0]["scope"] = {"type": "GLOBAL"}
    assert api.post("/workflows/update", with_scope).status_code == 400


def test_a_new_status_and_a_new_transition(api: Api) -> None:
    payload = read_for_update(api)
    (workflow,) = payload["workflows"]
    reference = "0a9f5d6e-0000-4000-8000-000000000001"
    payload["statuses"].append(
        {"name": "Paused", "statusCategory": "IN_PROGRESS", "statusReference": reference}
    )
    workflow["statuses"].append({"statusReference": reference, "properties": {}})
    workflow["transitions"].append(
        {"name": "Pause", "type": "GLOBAL", "toStatusReference": reference, "links": []}
    )
    assert api.post("/workflows/update", payload).status_code == 200
    assert api.go("DEAL-1", "Paused").status_code == 204
    assert api.status("DEAL-1") == "Paused"
