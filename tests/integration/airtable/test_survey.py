"""What Airtable shows to `readygate init`: bases, tables, stage fields, people."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from integration.airtable.rig import BASE, BOT, TOKEN, seed
from readygate.errors import ConfigError, TrackerDenied
from readygate.survey import FoundStage, Part
from readygate.testing import FakeClock
from readygate_airtable.survey import CHECKLIST, AirtableSurvey, AirtableSurveyor
from readygate_sandbox import running_sandbox

CHOSEN = {"base": BASE, "table": "Deals", "stage_field": "Stage", "plan": "Team"}


@contextmanager
def surveying(document: dict[str, Any], token: str = TOKEN) -> Iterator[AirtableSurvey]:
    with running_sandbox(document) as sandbox:
        given = {"url": sandbox.airtable_url, "token": token}
        survey = AirtableSurveyor().begin(key="base", answers=given, clock=FakeClock())
        try:
            yield survey
        finally:
            survey.close()


def bare(**changes: Any) -> dict[str, Any]:
    """The base without the checklist table."""
    document = seed(**changes)
    document["airtable"]["bases"][0].pop("checklist")
    return document


def test_it_proves_who_we_are() -> None:
    with surveying(seed()) as survey:
        assert survey.identify()
    with surveying(seed(), "patWRONG.0123456789") as survey, pytest.raises(TrackerDenied):
        survey.identify()


def test_a_token_that_may_not_list_bases_is_told_what_it_lacks() -> None:
    document = seed()
    narrow = {"token": "patNARROW.01234567", "scopes": ["data.records:read"]}
    document["airtable"]["users"][0]["tokens"] = [narrow]
    with surveying(document, "patNARROW.01234567") as survey, pytest.raises(TrackerDenied) as told:
        survey.identify()
    assert "our token may not list bases (403)" in str(told.value)
    assert "schema.bases:read" in str(told.value)


def test_base_table_and_field_are_asked_for_in_turn() -> None:
    with surveying(seed()) as survey:
        survey.identify()
        base = survey.question({})
        assert base is not None
        assert (base.name, base.part) == ("base", Part.TRACKER)
        assert [(c.value, c.label, c.problem) for c in base.choices] == [(BASE, "Sales", "")]
        table = survey.question({"base": BASE})
        assert table is not None
        assert {c.value: c.problem for c in table.choices} == {
            "Deals": "",
            "Checklist": "it has no single-select field for the stage",
        }
        assert table.default == "Deals"
        stage = survey.question({"base": BASE, "table": "Deals"})
        assert stage is not None
        assert [c.value for c in stage.choices] == ["Stage", "Service", "Requested stage"]
        assert stage.default == "Stage"
        plan = survey.question({"base": BASE, "table": "Deals", "stage_field": "Stage"})
        assert plan is not None
        assert [(c.value, c.label) for c in plan.choices] == [
            ("Free", "1,000 a month"),
            ("Team", "100,000 a month"),
            ("Business", "no limit"),
        ]
        assert (plan.default, plan.part) == ("Team", Part.NOTHING)
        assert survey.question(CHOSEN) is None


@pytest.mark.parametrize(
    ("plan", "tracker", "every"),
    [
        ("Free", {"requests_per_month": 1_000}, "0 */3 * * *"),
        ("Team", {"requests_per_month": 100_000}, "*/5 * * * *"),
        ("Business", {}, "* * * * *"),
    ],
)
def test_the_plan_gives_the_budget_and_the_period(
    plan: str, tracker: dict[str, int], every: str
) -> None:
    with surveying(seed()) as survey:
        survey.identify()
        sight = survey.look(CHOSEN | {"plan": plan})
    assert (sight.tracker, sight.every) == (tracker, every)


def test_a_base_that_we_may_only_read_is_ruled_out() -> None:
    with surveying(seed(collaborators={BOT: "read"})) as survey:
        survey.identify()
        base = survey.question({})
        assert base is not None
        assert [c.problem for c in base.choices] == [
            "our user may not edit it: make it an editor of the base"
        ]


def test_stages_people_and_fields() -> None:
    with surveying(bare()) as survey:
        survey.identify()
        sight = survey.look(CHOSEN)
    assert sight.stages == (
        FoundStage("New lead"),
        FoundStage("Negotiation"),
        FoundStage("In production"),
        FoundStage("Lost", exit=True),
    )
    assert [one.email for one in sight.people] == ["anna@example.com", "boris@example.com"]
    assert "Service" in sight.fields
    assert "Open items" not in sight.fields
    assert sight.prepare
    assert sight.settings == {"checklist": CHECKLIST}


def test_our_own_checklist_is_found_again_and_a_strangers_is_let_be() -> None:
    with surveying(seed()) as survey:
        survey.identify()
        assert survey.look(CHOSEN).settings["checklist"]["table"] == "Checklist"
    document = bare()
    document["airtable"]["bases"][0]["tables"].append(
        {"name": "Checklist", "fields": [{"name": "Name", "type": "singleLineText"}]}
    )
    with surveying(document) as survey:
        survey.identify()
        assert survey.look(CHOSEN).settings["checklist"]["table"] == "Handover checklist"


def test_plain_http_is_only_for_this_machine() -> None:
    given = {"url": "http://api.example.com", "token": TOKEN}
    with pytest.raises(ConfigError, match="plain http would show the token"):
        AirtableSurveyor().begin(key="base", answers=given, clock=FakeClock())
