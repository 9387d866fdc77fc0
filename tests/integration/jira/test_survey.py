"""What a Jira site shows to `readygate init`: projects, stages in their order, people, fields."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from integration.jira.rig import MEMBER, TOKEN, seed
from readygate.errors import ConfigError, TrackerDenied
from readygate.survey import FoundStage
from readygate.testing import FakeClock
from readygate_jira.survey import JiraSurvey, JiraSurveyor
from readygate_sandbox import running_sandbox

CHOSEN = {"project": "DEAL", "issue_type": "Deal"}
CHAIN = {
    "name": "deals",
    "statuses": ["Lost", "In production", "Negotiation", "New lead", "Done"],
    "initial": "New lead",
    "transitions": [
        {"name": "talk", "from": "New lead", "to": "Negotiation"},
        {"name": "work", "from": "Negotiation", "to": "In production"},
        {"name": "finish", "from": "In production", "to": "Done"},
        {"name": "again", "from": "In production", "to": "Negotiation"},
        {"name": "lose", "from": "New lead", "to": "Lost"},
    ],
}


@contextmanager
def surveying(document: dict[str, Any], **answers: str) -> Iterator[JiraSurvey]:
    with running_sandbox(document) as sandbox:
        given = {"url": sandbox.url, "email": "bot@example.com", "token": TOKEN, **answers}
        survey = JiraSurveyor().begin(key="main", answers=given, clock=FakeClock())
        try:
            yield survey
        finally:
            survey.close()


def admin(**changes: Any) -> dict[str, Any]:
    """The site, where our account may read workflows."""
    document = seed(**changes)
    document["users"][0] |= {"rights": None, "admin": True}
    del document["users"][0]["rights"]
    return document


def chained() -> list[Any]:
    return [CHAIN, seed()["workflows"][1]]


def test_it_proves_who_we_are() -> None:
    with surveying(seed()) as survey:
        assert survey.identify() == "Bot"
    with surveying(seed(), token="wrong") as survey, pytest.raises(TrackerDenied):
        survey.identify()


def test_one_type_and_one_subtask_leave_only_the_project_to_choose() -> None:
    with surveying(seed()) as survey:
        survey.identify()
        first = survey.question({})
        assert first is not None
        assert (first.name, [(c.value, c.label, c.problem) for c in first.choices]) == (
            "project",
            [("DEAL", "DEAL", "")],
        )
        second = survey.question({"project": "DEAL"})
        assert second is not None
        assert (second.name, second.default) == ("issue_type", "Deal")
        assert survey.question(CHOSEN) is None


def test_several_subtask_types_are_asked_about_and_none_rules_a_project_out() -> None:
    types = [{"name": "Task"}, *seed()["issue_types"], {"name": "Check", "subtask": True}]
    document = seed(issue_types=types)
    names = ["Task", "Deal", "Sub-task", "Check"]
    document["projects"][0]["issue_types"] = names
    document["projects"][0]["workflows"] |= {"Task": "deals", "Check": "items"}
    bare = {"key": "BARE", "issue_types": ["Task"], "workflows": {"Task": "deals"}}
    document["projects"].append(bare)
    with surveying(document) as survey:
        survey.identify()
        projects = survey.question({})
        assert projects is not None
        assert {one.value: one.problem for one in projects.choices} == {
            "BARE": "it has no subtask type for checklist items: add one to the issue type scheme"
            " of the project",
            "DEAL": "",
        }
        kinds = survey.question({"project": "DEAL"})
        assert kinds is not None
        assert ([one.value for one in kinds.choices], kinds.default) == (["Task", "Deal"], "Deal")
        subtasks = survey.question(CHOSEN)
        assert subtasks is not None
        assert subtasks.name == "subtask_type"
        assert [one.value for one in subtasks.choices] == ["Sub-task", "Check"]
        assert subtasks.default == "Sub-task"
        assert survey.question({**CHOSEN, "subtask_type": "Check"}) is None


def test_stages_come_in_the_order_of_the_workflow_and_exits_at_the_end() -> None:
    with surveying(admin(workflows=chained())) as survey:
        survey.identify()
        assert survey.look(CHOSEN).stages == (
            FoundStage("New lead"),
            FoundStage("Negotiation"),
            FoundStage("In production"),
            FoundStage("Done", done=True),
            FoundStage("Lost", done=True, exit=True),
        )


def test_without_the_right_to_read_workflows_categories_and_jiras_order_decide() -> None:
    with surveying(seed(workflows=chained())) as survey:
        survey.identify()
        assert [stage.name for stage in survey.look(CHOSEN).stages] == [
            "New lead",
            "In production",
            "Negotiation",
            "Done",
            "Lost",
        ]


def test_a_project_that_was_named_is_looked_up_alone() -> None:
    document = seed()
    document["projects"] += [
        {"key": f"P{n}", "issue_types": ["Deal"], "workflows": {"Deal": "deals"}} for n in range(3)
    ]
    for wanted, seen in (("DEAL", ["DEAL"]), ("deal", None), ("NOSUCH", None), ("", None)):
        with surveying(document, project=wanted) as survey:
            survey.identify()
            projects = survey.question({})
            assert projects is not None
            keys = [one.value for one in projects.choices]
            assert keys == (seen or ["DEAL", "P0", "P1", "P2"])


def test_people_fields_and_what_means_waived() -> None:
    with surveying(seed()) as survey:
        survey.identify()
        sight = survey.look(CHOSEN)
        assert [(one.name, one.email) for one in sight.people] == [
            ("Анна Котова", "anna@example.com"),
            ("Борис Лыков", "boris@example.com"),
        ]
        assert sight.fields == ("Услуга",)
        assert sight.settings == {"adopt": {"updated_within": "30d"}, "waived_as": ["Won't do"]}
        assert not sight.prepare


@pytest.mark.parametrize(
    ("written", "tidied"),
    [
        ("example.atlassian.net", "https://example.atlassian.net"),
        (
            " https://example.atlassian.net/jira/software/projects/DEAL/boards/1?x=1 ",
            "https://example.atlassian.net",
        ),
    ],
)
def test_an_address_is_tidied(written: str, tidied: str) -> None:
    given = {"url": written, "email": "bot@example.com", "token": TOKEN}
    survey = JiraSurveyor().begin(key="main", answers=given, clock=FakeClock())
    assert survey.settings == {"url": tidied}
    survey.close()


@pytest.mark.parametrize("written", ["http://example.atlassian.net", "a b", "", "https://x:y@z.de"])
def test_an_address_that_cannot_be_used_is_refused(written: str) -> None:
    given = {"url": written, "email": "bot@example.com", "token": TOKEN}
    with pytest.raises(ConfigError):
        JiraSurveyor().begin(key="main", answers=given, clock=FakeClock())


def test_a_member_is_no_admin() -> None:
    assert "administer" not in MEMBER  # or the test about rights would prove nothing
