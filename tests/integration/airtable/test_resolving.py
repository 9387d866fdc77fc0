"""Names become ids: everything wrong is told at once, what was renamed is followed."""

from __future__ import annotations

import pytest

from integration.airtable.rig import ANNA, BOT, LOCKED, PLACE, STAGES, pipeline
from readygate.contract import Person
from readygate.errors import ConfigError, TrackerDenied
from readygate.pipeline import Stage


def problems(rig, **options):
    with pytest.raises(ConfigError) as error:
        rig.resolve(**options)
    return [str(problem) for problem in error.value.problems]


def placed(**changes):
    return pipeline(place={**PLACE, **changes})


def renamed(rig, what, **told):
    rig.control.act(BOT, f"rename_{what}", **told)


def again(rig, previous):
    binding = rig.resolve(previous=previous)
    return binding, [finding.text for finding in binding.findings]


def test_names_cost_two_requests(rig):
    rig.resolve()
    rig.tracker.resolve((pipeline(),), (), {}, None)
    assert rig.counts() == {"GET /meta/whoami": 1, "GET /meta/bases/<base>/tables": 1}


def test_everything_wrong_is_told_at_once(make_rig):
    stages = (*STAGES[:2], Stage("In prodction", "delivery"))
    wrong = pipeline(
        stages=stages,
        place={**PLACE, "checklist.done": "Dne", "checklist.owner": "Due", "missing_field": "Gap"},
    )
    rig = make_rig(path=wrong)
    assert problems(rig, fields={"deals": ["Servise", "Open items"]}) == [
        (
            "pipelines.deals.missing_field: the table 'Deals' has no field 'Gap'\n"
            "    There are: 'Name', 'Stage', 'Service', 'VIP', 'Requested stage', 'What is"
            " missing',"
            " 'Open items', 'Checklist'. `readygate setup` can create what is missing."
        ),
        (
            "pipelines.deals.checklist.done: the table 'Checklist' has no field 'Dne'\n"
            "    Did you mean 'Done'? There are: 'Item', 'Key', 'Deal', 'Owner', 'Due', 'Done',"
            " 'Waived because', 'Retired'. `readygate setup` can create what is missing."
        ),
        (
            "pipelines.deals.checklist.owner: the field 'Due' of 'Checklist' is of the type"
            " 'date'\n"
            "    It must be of the type 'user'."
        ),
        (
            "pipelines.deals.when.Open items: `when` names the field 'Open items', which Airtable"
            " computes (rollup)\n"
            "    Airtable does not tell when a computed value changes, so the checklist would not"
            " follow it. Name a field that people fill in."
        ),
        (
            "pipelines.deals.when.Servise: `when` names the field 'Servise', which the table"
            " 'Deals' has not\n"
            "    Did you mean 'Service'? There are: 'Name', 'Stage', 'Service', 'VIP',"
            " 'Requested stage', 'What is missing', 'Open items', 'Checklist'. `readygate setup`"
            " can create what is missing."
        ),
        (
            "pipelines.deals.stages[2].stage: the field 'Stage' has no choice 'In prodction'\n"
            "    Did you mean 'In production'? There are: 'New lead', 'Negotiation', 'In"
            " production',"
            " 'Lost'."
        ),
    ]


def test_a_table_that_is_not_there(make_rig):
    rig = make_rig(path=placed(table="Deal"))
    assert problems(rig) == [
        (
            "pipelines.deals.table: the base has no table 'Deal'\n"
            "    Did you mean 'Deals'? There are: 'Deals', 'Checklist'. `readygate setup` can"
            " create what is missing."
        )
    ]


def test_a_link_to_elsewhere_is_no_condition(make_rig):
    rig = make_rig()
    assert problems(rig, fields={"deals": ["Checklist"]}) == [
        (
            "pipelines.deals.when.Checklist: `when` names the field 'Checklist', which links to"
            " other records\n"
            "    Airtable tells only their ids. Name a select, text, number or checkbox field."
        )
    ]


def test_renames_are_followed_and_told(rig):
    first, deal_ref = rig.binding, rig.ref("Deal 1")
    renamed(rig, "table", table="Deals", to="Sales")
    renamed(rig, "field", table="Sales", field="Stage", to="Step")
    renamed(rig, "choice", table="Sales", field="Step", choice="Negotiation", to="Talks")
    renamed(rig, "field", table="Checklist", field="Done", to="Handed over")
    renamed(rig, "field", table="Sales", field="Service", to="Product")
    binding, findings = again(rig, first)
    assert binding.stages == first.stages
    assert findings == [
        "deals: the table 'Deals' is called 'Sales' now; change it in the config",
        "deals: the field 'Stage' of 'Sales' is called 'Step' now; change it in the config",
        (
            "deals: the field 'Done' of 'Checklist' is called 'Handed over' now; change it in the"
            " config"
        ),
        "deals: the field 'Service' is called 'Product' now; change it in the config",
        "deals: the stage 'Negotiation' is called 'Talks' now; change it in the config",
    ]
    rig.control.act(ANNA, "edit", record=deal_ref, fields={"Step": "Talks"})
    (deal,) = rig.tracker.look(rig.pipeline, [deal_ref]).deals
    assert deal.stage == first.stages["deals"]["Negotiation"]
    assert deal.fields == {"Service": ("Site",)}


def test_runs_go_on_with_old_names_until_the_day_is_over(rig):
    rig.open("Deal 1", "scan")
    row = rig.row("Deal 1", "scan")
    renamed(rig, "table", table="Checklist", to="Handover")
    renamed(rig, "field", table="Handover", field="Key", to="Readygate")
    assert [item.ref for item in rig.look("Deal 1").items] == [row]
    assert [str(outcome.status) for outcome in rig.open("Deal 1", "scan")] == ["done"]


def test_another_name_in_the_config_is_not_followed(rig):
    rig.pipeline = placed(stage_field="Stge")
    told = problems(rig, previous=rig.binding)
    assert told[0].startswith(
        "pipelines.deals.stage_field: the table 'Deals' has no field 'Stge'\n"
        "    Did you mean 'Stage'?"
    )


def test_people_by_id_by_address_and_not_at_all(rig):
    people = (
        Person("anna", "Anna", "anna@example.com", {"airtable": "usrANNA0000000000"}),
        Person("boris", "Boris", "boris@example.com"),
        Person("vera", "Vera"),
    )
    binding = rig.resolve(people=people)
    assert binding.people == {"anna": "usrANNA0000000000", "boris": "boris@example.com"}
    assert [finding.text for finding in binding.findings] == [
        (
            "Nothing tells who Vera is in Airtable (appREADYGATE00001): nothing is assigned"
            " to them and"
            " they are not mentioned. Set `email:` or `airtable: usr…` for people.vera."
        )
    ]


def test_stages_that_nobody_can_ask_for_are_told(make_rig):
    stages = (*STAGES, Stage("Done", "delivery"))
    rig = make_rig(path=pipeline(place=LOCKED, stages=stages))
    rig.control.act(BOT, "add_choice", table="Deals", field="Stage", to="Done")
    assert [finding.text for finding in rig.resolve().findings] == [
        "deals: the field 'Requested stage' has no choice 'Done', so nobody can ask for it"
    ]


def test_a_base_that_the_token_does_not_cover(make_rig):
    rig = make_rig()
    rig.control.set_user(BOT, bases=["appOTHERBASE00001"])
    with pytest.raises(TrackerDenied) as error:
        rig.resolve()
    assert "the base appREADYGATE00001 is in its list" in str(error.value)
