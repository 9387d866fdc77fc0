"""Names become ids: all problems at once, renames followed, missing rights named."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from integration.jira.rig import MEMBER, PEOPLE, STAGES, pipeline, seed
from readygate.contract import Person
from readygate.errors import ConfigError, TrackerDenied, TrackerUnavailable
from readygate.pipeline import Guard, Stage
from readygate.ports import Binding
from readygate_jira.connector import connect


def problems(rig, **options):
    with pytest.raises(ConfigError) as caught:
        rig.resolve(**options)
    return [(problem.dotted, problem.message, problem.hint) for problem in caught.value.problems]


def stored(binding: Binding) -> Binding:
    """A binding as the ledger gives it back."""
    data = json.loads(json.dumps(dict(binding.data), ensure_ascii=False))
    assert data == binding.data
    return Binding(binding.stages, binding.people, data)


def rename_status(rig, old, new):
    status = next(s for s in rig.control.store.statuses.values() if s.name == old)
    status.name = new
    rig.control.store.schema_changed()


def test_everything_becomes_ids_and_plain_json(make_rig):
    rig = make_rig()
    binding = rig.resolve()
    store = rig.control.store
    assert {name: store.statuses[ref].name for name, ref in binding.stages["deals"].items()} == {
        stage.name: stage.name for stage in STAGES
    }
    assert binding.people == {
        "anna": rig.control.user("anna@example.com").account_id,
        "boris": rig.control.user("boris@example.com").account_id,
    }
    place = stored(binding).data["pipelines"]["deals"]
    assert store.projects[place["project"]].key == "DEAL"
    assert store.issue_types[place["deal_type"]].name == "Deal"
    assert store.issue_types[place["item_type"]].subtask
    assert place["fields"] == {"Услуга": "customfield_10050"}
    assert place["item_fields"] == ["description", "assignee", "duedate"]
    assert [store.statuses[ref].name for ref in place["waived_statuses"]] == ["Won't do"]
    assert binding.findings == ()
    assert binding.unnamed == {"deals": ()}


def test_resolving_takes_few_requests(make_rig):
    rig = make_rig()
    rig.tracker.identify()
    rig.control.log.clear()
    rig.tracker.resolve([rig.pipeline], PEOPLE, {"deals": ["Услуга"]}, None)
    assert rig.counts() == {
        "GET /project/<ref>": 1,
        "GET /project/<ref>/statuses": 1,
        "GET /mypermissions": 1,
        "GET /issue/createmeta/<ref>/issuetypes/<type_id>": 1,
        "GET /field": 1,
        "GET /resolution/search": 1,
        "GET /user/search": 2,
    }


def test_a_remembered_binding_needs_no_request_before_the_first_search(rig):
    tracker = rig.again()
    list(tracker.read(rig.pipeline, None))
    assert rig.counts() == {"POST /search/jql": 1}


def test_stages_that_the_config_does_not_name_are_told(make_rig):
    rig = make_rig(path=pipeline(stages=STAGES[:2]))
    binding = rig.resolve()
    names = [rig.control.store.statuses[ref].name for ref in binding.unnamed["deals"]]
    assert names == ["In production", "Lost"]


def test_names_are_matched_ignoring_case(make_rig):
    path = pipeline(
        stages=(Stage("new LEAD", "marketing"), Stage("negotiation", "sales")),
        place={"project": "DEAL", "issue_type": "deal"},
    )
    assert set(make_rig(path=path).resolve().stages["deals"]) == {"new LEAD", "negotiation"}


def test_all_problems_are_told_at_once(make_rig):
    path = pipeline(
        stages=(Stage("New led", "marketing"), Stage("Negotiation", "sales"), Stage("Zzz", "x")),
        waived_as=("Wont do", "To Do"),
    )
    rig = make_rig(path=path)
    found = problems(rig, fields={"deals": ["Услуги"]})
    everything = "'New lead', 'Negotiation', 'In production', 'Lost'"
    assert found[0][:2] == (
        "pipelines.deals.when.Услуги",
        "there is no field 'Услуги', which a condition (`when:`) uses",
    )
    assert found[0][2].startswith("Did you mean 'Услуга'? There are: ")
    assert found[1:3] == [
        (
            "pipelines.deals.stages[0].stage",
            "deals of 'DEAL' have no status 'New led'",
            f"Did you mean 'New lead'? There are: {everything}.",
        ),
        (
            "pipelines.deals.stages[2].stage",
            "deals of 'DEAL' have no status 'Zzz'",
            f"There are: {everything}.",
        ),
    ]
    assert found[3][:2] == (
        "pipelines.deals.waived_as[0]",
        "subtasks of 'DEAL' have no status or resolution 'Wont do'",
    )
    assert found[3][2].startswith("Did you mean 'Won't ") or found[3][2].startswith(
        'Did you mean "'
    )
    assert found[4] == (
        "pipelines.deals.waived_as[1]",
        "the status 'To Do' does not mean done, so it cannot mean waived",
        "Use a status of the category Done, or move this one there in Jira.",
    )


def test_a_missing_project_is_told_with_what_there_is(make_rig):
    rig = make_rig(path=pipeline(place={"project": "DEALS", "issue_type": "Deal"}))
    host = rig.url.removeprefix("http://")
    assert problems(rig) == [
        (
            "pipelines.deals.project",
            f"there is no project 'DEALS' at {host} that our account can see",
            (
                "Did you mean 'DEAL'? There are: 'DEAL'. If it exists, give our account the"
                " right to browse it."
            ),
        )
    ]


def test_a_missing_issue_type_and_a_subtask_as_deal_are_told(make_rig):
    rig = make_rig(path=pipeline(place={"project": "DEAL", "issue_type": "Lead"}))
    assert problems(rig) == [
        (
            "pipelines.deals.issue_type",
            "the project 'DEAL' has no issue type 'Lead'",
            "There are: 'Deal'.",
        )
    ]
    rig.pipeline = pipeline(place={"project": "DEAL", "issue_type": "Sub-task"})
    assert problems(rig)[0][1] == "'Sub-task' is a subtask type; deals cannot be subtasks"


def test_subtask_types_must_be_named_where_there_are_several(make_rig):
    document = seed()
    document["issue_types"].append({"name": "Checklist", "subtask": True})
    document["projects"][0]["issue_types"].append("Checklist")
    document["projects"][0]["workflows"]["Checklist"] = "items"
    rig = make_rig(document)
    assert problems(rig) == [
        (
            "pipelines.deals.issue_type",
            "the project 'DEAL' has 2 subtask types",
            (
                "Say which one checklist items shall have: `subtask_type: Sub-task`. There are:"
                " 'Sub-task', 'Checklist'."
            ),
        )
    ]
    place = {"project": "DEAL", "issue_type": "Deal", "subtask_type": "Checklist"}
    rig.pipeline = pipeline(place=place)
    rig.resolve()
    (outcome,) = rig.open("DEAL-1", "a")
    issue = rig.control.issue(outcome.ref)
    assert rig.control.store.issue_types[issue.type].name == "Checklist"


def test_a_project_without_subtask_types_is_told(make_rig):
    document = seed()
    document["projects"][0]["issue_types"] = ["Deal"]
    document["projects"][0]["workflows"].pop("Sub-task")
    assert problems(make_rig(document)) == [
        (
            "pipelines.deals.issue_type",
            "the project 'DEAL' has no subtask type for checklist items",
            "Add a subtask type to the issue type scheme of the project.",
        )
    ]


def test_two_names_of_one_status_are_told(make_rig):
    path = pipeline(stages=(Stage("New lead", "marketing"), Stage("new lead", "sales")))
    assert problems(make_rig(path=path)) == [
        (
            "pipelines.deals.stages[1].stage",
            "'new lead' is the same status as 'New lead'",
            "Name each stage once.",
        )
    ]


def test_two_fields_of_one_name_must_be_told_apart_by_id(make_rig):
    document = seed()
    document["fields"].append({"name": "Услуга", "type": "text"})
    for issue in document["issues"]:
        issue["fields"] = {}
    rig = make_rig(document)
    assert problems(rig) == [
        (
            "pipelines.deals.when.Услуга",
            "several fields are called 'Услуга', which a condition (`when:`) uses",
            "Name it by its id, one of: customfield_10050, customfield_10051.",
        )
    ]
    rig.resolve(fields={"deals": ["customfield_10051"]})


def test_missing_rights_are_named_all_at_once(make_rig):
    document = seed()
    document["users"][0]["rights"] = ["browse", "browse_users", "edit", "assign"]
    rig = make_rig(document)
    host = rig.url.removeprefix("http://")
    with pytest.raises(TrackerDenied) as caught:
        rig.resolve()
    assert str(caught.value) == (
        f"Jira at {host} does not give our account what it needs: 'Create issues' in the project"
        " DEAL, 'Transition issues' in the project DEAL, 'Add comments' in the project DEAL. An"
        " admin of the project can give it these rights."
    )


def test_advice_needs_no_right_to_move(make_rig):
    document = seed()
    document["users"][0]["rights"] = [right for right in MEMBER if right != "transition"]
    rig = make_rig(document, path=pipeline(guard=Guard.ADVISE))
    rig.resolve()


def test_lesser_rights_are_findings_and_nothing_is_assigned_without(make_rig):
    document = seed()
    document["users"][0]["rights"] = [
        right for right in MEMBER if right not in {"assign", "edit_own_comments"}
    ]
    rig = make_rig(document)
    binding = rig.resolve()
    assert [finding.text for finding in binding.findings] == [
        (
            "Our account lacks the right 'Assign issues' in the project DEAL: checklist items are"
            " opened without an assignee."
        ),
        (
            "Our account lacks the right 'Edit own comments' in the project DEAL: earlier"
            " explanations cannot be brought up to date."
        ),
    ]
    (outcome,) = rig.open("DEAL-1", "a", assignee=binding.people["anna"])
    assert rig.control.issue(outcome.ref).assignee is None
    assert outcome.message == ""


def test_people_are_found_by_account_email_or_name_and_never_guessed(make_rig):
    document = seed()
    document["users"] += [
        {"name": "Ольга", "email": "olga1@example.com", "token": "t1-token"},
        {"name": "Ольга", "email": "olga2@example.com", "token": "t2-token"},
    ]
    rig = make_rig(document)
    people = (
        Person("given", "X", accounts={"jira": "acc-1"}),
        Person("mail", "Другое имя", "anna@example.com"),
        Person("name", "Борис Лыков"),
        Person("two", "Ольга"),
        Person("none", "Никто", "nobody@example.com"),
    )
    binding = rig.resolve(people=people)
    assert binding.people == {
        "given": "acc-1",
        "mail": rig.control.user("anna@example.com").account_id,
        "name": rig.control.user("boris@example.com").account_id,
    }
    assert [(f.code, f.data) for f in binding.findings] == [
        ("unknown-person", {"person": "two"}),
        ("unknown-person", {"person": "none"}),
    ]
    assert binding.findings[1].text == (
        f"No single Jira account at {rig.url.removeprefix('http://')} belongs to Никто"
        " (nobody@example.com): nothing is assigned to them and they are not mentioned. Set"
        " `jira: <account id>` for people.none."
    )


def test_renames_are_followed_and_told(make_rig):
    rig = make_rig()
    first = rig.resolve()
    rename_status(rig, "Negotiation", "Talks")
    store = rig.control.store
    next(iter(t for t in store.issue_types.values() if t.name == "Deal")).name = "Opportunity"
    store.fields["customfield_10050"].name = "Service"
    store.schema_changed()
    rig.pipeline = pipeline()
    second = rig.resolve(previous=stored(first))
    assert second.stages == first.stages
    assert (
        second.data["pipelines"]["deals"]["deal_type"]
        == (first.data["pipelines"]["deals"]["deal_type"])
    )
    assert [(f.code, f.text) for f in second.findings] == [
        (
            "type-renamed",
            (
                "The issue type 'Deal' is called 'Opportunity' now; it was followed. Change the"
                " config."
            ),
        ),
        (
            "field-renamed",
            "The field 'Услуга' is called 'Service' now; it was followed. Change the config.",
        ),
        (
            "stage-renamed",
            (
                "The stage 'Negotiation' of DEAL is called 'Talks' now; it was followed. Change the"
                " config."
            ),
        ),
    ]


def test_a_renamed_project_is_followed_by_its_id(make_rig):
    rig = make_rig()
    first = rig.resolve()
    project = next(iter(rig.control.store.projects.values()))
    project.key = "SALES"
    rig.control.store.schema_changed()
    rig.pipeline = pipeline()
    second = rig.resolve(previous=stored(first))
    assert [finding.code for finding in second.findings] == ["project-renamed"]
    assert second.data["pipelines"]["deals"]["project"] == project.id


def test_a_stage_whose_status_is_gone_is_not_followed(make_rig):
    rig = make_rig()
    first = rig.resolve()
    stages = {"deals": {**first.stages["deals"], "Qualified": "99999"}}
    rig.pipeline = pipeline(stages=(*STAGES, Stage("Qualified", "sales")))
    found = problems(rig, previous=Binding(stages, {}, first.data))
    assert [message for _, message, _ in found] == ["deals of 'DEAL' have no status 'Qualified'"]


def test_a_rename_never_steals_the_status_of_another_stage(make_rig):
    rig = make_rig()
    first = rig.resolve()
    stages = {**first.stages["deals"], "Old name": first.stages["deals"]["Negotiation"]}
    rig.pipeline = pipeline(stages=(*STAGES, Stage("Old name", "sales")))
    found = problems(rig, previous=Binding({"deals": stages}, {}, first.data))
    assert [message for _, message, _ in found] == ["deals of 'DEAL' have no status 'Old name'"]


def test_a_scoped_token_goes_through_the_gateway_and_links_stay_on_the_site(make_rig, monkeypatch):
    rig = make_rig()
    cloud_id = rig.control.store.info.cloud_id
    monkeypatch.setattr("readygate_jira.connector.SCOPED_API", f"{rig.url}/ex/jira/")
    options = {"url": rig.url, "email": "bot@example.com", "cloud_id": cloud_id}
    tracker = connect("main", options, {"token": "bot-token-123456"}, rig.clock)
    tracker.identify()
    tracker.use(tracker.resolve([rig.pipeline], [], {}, None))
    deals = [deal for page in tracker.read(rig.pipeline, None) for deal in page.deals]
    assert deals[0].url == f"{rig.url}/browse/DEAL-1"
    paths = {entry.path.startswith(f"/ex/jira/{cloud_id}/") for entry in rig.control.log.entries()}
    assert paths == {True}
    tracker.close()


def field(ref, name, **more):
    return {"fieldId": ref, "key": ref, "name": name, "required": False} | more


def test_what_the_create_screen_lacks_is_told_and_not_sent(make_rig):
    rig = make_rig(path=pipeline(due_days=3))
    rig.tracker.identify()
    known = [
        field("summary", "Summary", required=True),
        field("description", "Description"),
        field("customfield_7", "Client", required=True),
        field("customfield_8", "Source", required=True, hasDefaultValue=True),
    ]
    rig.pretend("createmeta", {"fields": known[:2], "total": 4}, count=1)
    rig.pretend("createmeta", {"fields": known[2:], "total": 4})
    binding = rig.resolve()
    where = "the create screen of 'Sub-task' in DEAL"
    assert [finding.text for finding in binding.findings] == [
        f"The assignee is not on {where}: checklist items get none.",
        f"The due date is not on {where}: checklist items get none.",
        (
            f"The field 'Client' is required on {where}, and we cannot fill it: items cannot be"
            " opened until it is optional there."
        ),
    ]
    (outcome,) = rig.open("DEAL-1", "a", text="x", assignee=binding.people["anna"])
    issue = rig.control.issue(outcome.ref)
    assert (issue.assignee, issue.description is None) == (None, False)


def test_a_create_screen_that_cannot_be_read_is_taken_as_complete(make_rig):
    rig = make_rig()
    rig.tracker.identify()
    rig.pretend("createmeta", {}, 404)
    assert rig.resolve().data["pipelines"]["deals"]["item_fields"] == [
        "description",
        "assignee",
        "duedate",
    ]


def test_an_archived_project_is_told(make_rig):
    rig = make_rig()
    rig.tracker.identify()
    rig.pretend("/project/DEAL$", {"id": "1", "key": "DEAL", "archived": True})
    assert problems(rig) == [
        (
            "pipelines.deals.project",
            "the project 'DEAL' is archived",
            "Restore it, or remove the pipeline.",
        )
    ]


def test_names_that_several_things_bear_must_be_told_apart_by_id(make_rig):
    rig = make_rig()
    rig.tracker.identify()
    kinds = [{"id": str(n), "name": name, "subtask": sub} for n, name, sub in (
        (1, "Deal", False), (2, "Deal", False), (3, "Sub-task", True))]  # fmt: skip
    rig.pretend("/project/DEAL$", {"id": "10000", "key": "DEAL", "issueTypes": kinds})
    assert problems(rig) == [
        (
            "pipelines.deals.issue_type",
            "several issue types are called 'Deal'",
            "Name it by its id, one of: 1, 2.",
        )
    ]


def test_an_unknown_subtask_type_is_told(make_rig):
    place = {"project": "DEAL", "issue_type": "Deal", "subtask_type": "Subtask"}
    assert problems(make_rig(path=pipeline(place=place))) == [
        (
            "pipelines.deals.subtask_type",
            "the project 'DEAL' has no subtask type 'Subtask'",
            "Did you mean 'Sub-task'? There are: 'Sub-task'.",
        )
    ]


def test_two_statuses_of_one_name_must_be_told_apart_by_id(make_rig):
    rig = make_rig(path=pipeline(waived_as=()))
    rig.resolve()
    category = {"id": 2, "key": "new", "name": "To Do"}
    statuses = [
        {"id": str(n), "name": name, "statusCategory": category}
        for n, name in ((1, "New lead"), (2, "New lead"), (3, "Negotiation"), (4, "In production"))
    ]
    place = rig.binding.data["pipelines"]["deals"]
    kinds = [{"id": place[name], "statuses": statuses} for name in ("deal_type", "item_type")]
    rig.pretend("/statuses$", kinds)
    rig.pipeline = pipeline(waived_as=(), stages=STAGES[:3])
    assert problems(rig) == [
        (
            "pipelines.deals.stages[0].stage",
            "several statuses are called 'New lead'",
            "Name it by its id, one of: 1, 2.",
        )
    ]


def test_a_field_of_another_team_managed_project_is_not_meant(make_rig):
    rig = make_rig()
    rig.tracker.identify()
    scope = {"type": "PROJECT", "project": {"id": "999"}}
    own = {"type": "PROJECT", "project": {"id": "10000"}}
    fields = [
        {"id": "customfield_1", "name": "Услуга", "scope": scope},
        {"id": "customfield_2", "name": "Услуга", "scope": own},
    ]
    rig.pretend("/field$", fields)
    assert rig.resolve().data["pipelines"]["deals"]["fields"] == {"Услуга": "customfield_2"}


def test_an_unknown_shape_while_resolving_is_unavailable(make_rig):
    rig = make_rig()
    rig.tracker.identify()
    rig.pretend("/mypermissions", {"permissions": None})
    with pytest.raises(TrackerUnavailable, match="its answer has a shape that we do not know"):
        rig.resolve()


def test_an_issue_type_that_the_config_has_changed_is_not_taken_for_a_rename(make_rig):
    rig = make_rig()
    first = rig.resolve()
    rig.pipeline = replace(pipeline(), place={**pipeline().place, "issue_type": "Dael"})
    with pytest.raises(ConfigError) as refused:
        rig.resolve(previous=stored(first))
    (problem,) = refused.value.problems
    assert problem.message == "the project 'DEAL' has no issue type 'Dael'"
    assert problem.hint.startswith("Did you mean 'Deal'?")
