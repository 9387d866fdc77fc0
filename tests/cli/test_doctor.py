"""`readygate doctor` finds every fault, names its fix, and finds nothing where nothing is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cli.clinic import AIRTABLE_TOKEN, BASE, BOT, JIRA_TOKEN, MEMBER, Clinic, Patient, patient
from cli.faults import FAULTS
from readygate_sandbox import running_sandbox
from support.waiting import at_once

Admit = Callable[[Patient], Clinic]

DIAGNOSES = {
    block.partition("\n")[0]: block.partition("\n")[2].strip("\n")
    for block in Path(__file__).with_name("diagnoses.txt").read_text("utf-8").split("\n\n")
}
"""Fault -> exactly what is told of it."""


@pytest.fixture
def admit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Admit]:
    """Start a sandbox for a patient."""
    monkeypatch.setenv("READYGATE_TRACKERS__MAIN__EMAIL", BOT)
    monkeypatch.setenv("READYGATE_TRACKERS__MAIN__TOKEN", JIRA_TOKEN)
    monkeypatch.setenv("READYGATE_TRACKERS__BASE__TOKEN", AIRTABLE_TOKEN)
    monkeypatch.delenv("READYGATE_CONFIG", raising=False)
    monkeypatch.delenv("READYGATE_LEDGER", raising=False)
    at_once(monkeypatch)
    monkeypatch.chdir(tmp_path)
    opened = []

    def start(one: Patient) -> Clinic:
        context = running_sandbox(one.seed)
        sandbox = context.__enter__()
        opened.append(context)
        clinic = Clinic(sandbox, tmp_path, capsys)
        clinic.write(one)
        return clinic

    yield start
    for context in opened:
        context.__exit__(None, None, None)


@pytest.mark.parametrize("name", FAULTS)
def test_every_fault_is_found_with_its_fix(admit, monkeypatch, name):
    fault = FAULTS[name]
    one = patient(fault.kind)
    fault.before(one)
    clinic = admit(one)
    fault.after(clinic, monkeypatch)
    seen = clinic.doctor(*fault.arguments)
    assert seen.told == DIAGNOSES[name]
    findings = [one for one in seen.document["checks"] if one["state"] in {"warning", "failure"}]
    assert all(one["why"] and one["fix"] for one in findings)


def test_nothing_is_told_of_faults_that_are_not_tried():
    assert list(DIAGNOSES) == list(FAULTS)


@pytest.mark.parametrize("kinds", [("jira",), ("airtable",), ("jira", "airtable")])
def test_nothing_is_found_where_nothing_is_wrong(admit, kinds):
    clinic = admit(patient(*kinds))
    seen = clinic.doctor("--every", "5m", "--strict")
    assert (seen.code, seen.found) == (0, [])
    assert seen.document["ok"] is True
    assert clinic.run("sync")[0] == 0
    seen = clinic.doctor("--every", "5m", "--strict")
    assert (seen.code, seen.found) == (0, [])


def test_an_admins_account_is_well_too(admit):
    one = patient("jira")
    del one.seed["users"][0]["rights"]
    one.seed["users"][0]["admin"] = True
    seen = admit(one).doctor("--strict")
    assert (seen.code, seen.found) == (0, [])


def test_nothing_is_written_into_a_tracker_and_few_questions_are_asked(admit):
    clinic = admit(patient("jira", "airtable"))
    for control in (clinic.sandbox.control, clinic.sandbox.airtable):
        control.log.clear()
    clinic.doctor()
    asked = clinic.sandbox.control.log.entries()
    reads = ("/search/jql", "/rest/api/3/workflows")
    assert [
        entry.path for entry in asked if entry.method != "GET" and not entry.path.endswith(reads)
    ] == []
    assert len(asked) <= 24
    asked = clinic.sandbox.airtable.log.entries()
    assert {entry.method for entry in asked} == {"GET"}
    assert len(asked) == 5


def test_one_tracker_that_is_down_does_not_hide_the_other(admit):
    one = patient("jira", "airtable")
    one.field("Checklist", "Done").update(type="singleLineText")
    clinic = admit(one)
    clinic.sandbox.control.faults.add("refuse", status=503, body={})
    seen = clinic.doctor("--every", "5m")
    assert [(area, what.partition(":")[0]) for area, _, what, _ in seen.found] == [
        ("access", "Jira at JIRA, proving who we are"),
        ("names", "pipelines.orders.checklist.done"),
    ]
    assert seen.code == 5


def test_one_trackers_missing_secret_does_not_hide_the_other(admit, monkeypatch):
    monkeypatch.delenv("READYGATE_TRACKERS__BASE__TOKEN")
    seen = admit(patient("jira", "airtable")).doctor("--every", "5m")
    assert [area for area, *_ in seen.found] == ["secrets"]
    assert {one["where"] for one in seen.document["checks"] if one["state"] == "ok"} == {
        "this machine",
        "main (jira)",
        "base (airtable)",
    }


def test_a_renamed_status_that_the_last_run_knew_is_followed_and_told(admit):
    clinic = admit(patient("jira"))
    assert clinic.run("sync")[0] == 0
    store = clinic.sandbox.control.store
    with store.lock:
        (status,) = [one for one in store.statuses.values() if one.name == "Negotiation"]
        status.name = "Talks"
        store.schema_changed()
    seen = clinic.doctor()
    assert seen.code == 0
    assert [what for _, _, what, _ in seen.found] == [
        "The stage 'Negotiation' of DEAL is called 'Talks' now; it was followed."
    ]
    assert clinic.doctor("--strict").code == 1


def test_what_nobody_can_know_is_told_and_stands_in_nobodys_way(admit):
    one = patient("airtable")
    one.change("guard: return", "guard: locked")
    seen = admit(one).doctor()
    told = [check for check in seen.document["checks"] if check["state"] == "unknown"]
    assert [check["area"] for check in told] == ["rights", "guard", "budget"]
    assert told[1]["what"] == (
        "Whether our user alone may edit 'Stage' is not known: Airtable tells field permissions"
        " to nobody."
    )
    assert told[1]["fix"] == (
        "In the table of deals, the arrow beside 'Stage', “Edit field permissions”: “Specific"
        " users”, only our user. Then try it as somebody else."
    )
    assert seen.code == 0


def test_an_installed_guard_is_told_with_what_it_holds_and_its_gaps(admit):
    one = patient("jira")
    one.change("guard: return", "guard: native")
    one.seed["users"][0] = {**one.seed["users"][0], "admin": True}
    del one.seed["users"][0]["rights"]
    clinic = admit(one)
    assert clinic.run("guard", "install", "--yes")[0] == 0
    seen = clinic.doctor("--strict")
    assert (seen.code, seen.found) == (0, [])
    (told,) = [check for check in seen.document["checks"] if check["area"] == "guard"]
    assert told["what"].startswith(
        "native by subtasks: the tracker itself refuses New lead → Negotiation ('Negotiation');"
    )
    assert told["why"].startswith("What gets past it or is held beyond it: every subtask counts:")


def test_members_of_groups_are_not_called_strangers(admit):
    one = patient("airtable")
    del one.base["collaborators"]["vera@example.com"]
    clinic = admit(one)
    person = {"userId": "usrANNA", "email": "anna@example.com", "permissionLevel": "edit"}
    groups = {"baseCollaborators": [{"groupId": "ugpTEAM"}], "workspaceCollaborators": []}
    body = {
        "permissionLevel": "edit",
        "individualCollaborators": {"baseCollaborators": [person], "workspaceCollaborators": []},
        "groupCollaborators": groups,
    }
    clinic.sandbox.airtable.faults.add("replace", path=f"/meta/bases/{BASE}$", body=body)
    seen = clinic.doctor("--every", "5m")
    assert (seen.code, seen.found) == (0, [])
    told = [one["what"] for one in seen.document["checks"] if one["area"] == "people"]
    tail = " works in the base is not known: Airtable does not tell who is in its groups."
    assert told == [
        f"Whether Boris Lykov (boris@example.com){tail}",
        f"Whether Vera Ilyina (vera@example.com){tail}",
        "Working in the base: Anna Kotova.",
    ]


@pytest.mark.parametrize("level", ["edit", "comment"])
def test_where_airtable_does_not_tell_who_works_there_the_role_is_in_the_list(admit, level):
    clinic = admit(patient("airtable"))
    clinic.sandbox.airtable.set_user(BOT, level=level)
    clinic.sandbox.airtable.faults.add("refuse", path=f"/meta/bases/{BASE}$", status=403, body={})
    seen = clinic.doctor("--every", "5m")
    told = [one for one in seen.document["checks"] if one["area"] == "people"]
    assert [(one["state"], one["what"]) for one in told] == [
        ("unknown", "Who works in the base is not known: Airtable does not tell our token.")
    ]
    assert [what for _, _, what, _ in seen.found] == (
        [] if level == "edit" else [f"Our user's role in the base {BASE} is comment."]
    )


def steps(patient: Patient, *moves: tuple[str, str]) -> None:
    """Let deals go these ways alone."""
    told = [{"from": [start], "to": to} for start, to in moves]
    patient.seed["workflows"][0].update(moves="none", transitions=told)


ROUND = (
    ("New lead", "Negotiation"),
    ("Negotiation", "In production"),
    ("In production", "Negotiation"),
    ("Negotiation", "New lead"),
)


def test_a_member_finds_a_way_of_two_steps_by_asking_deals(admit):
    one = patient("jira")
    steps(one, *ROUND)
    seen = admit(one).doctor("--strict")
    assert (seen.code, seen.found) == (0, [])


def test_a_longer_way_out_of_sight_is_a_warning_and_no_failure(admit):
    one = patient("jira")
    steps(one, *ROUND)
    one.seed["issues"] = [issue for issue in one.seed["issues"] if issue["status"] != "Negotiation"]
    seen = admit(one).doctor()
    told = [check for check in seen.document["checks"] if check["area"] == "ways back"]
    assert [(check["state"], check["what"]) for check in told] == [
        (
            "unknown",
            (
                "Whether the workflow leads back from 'Negotiation' is not known: no deal stands"
                " there, and only an admin's account may read the workflow."
            ),
        ),
        (
            "warning",
            (
                "A deal in 'In production' cannot go straight back to 'New lead'; whether there is"
                " a longer way is not known."
            ),
        ),
    ]
    assert seen.code == 0


def test_as_text_and_as_markdown(admit):
    clinic = admit(patient("jira"))
    clinic.sandbox.control.set_user(BOT, rights=[*MEMBER[:3], *MEMBER[4:]])
    code, out, err = clinic.run("doctor")
    assert (code, err) == (5, "")
    assert (
        """
  FAILURE  rights: deals: Our account lacks the right “Transition issues” in the project DEAL.
           why: Without it no deal can be moved back and no item retired.
           fix: In Jira, an admin of the project gives it: Project settings"""
        in out
    )
    assert out.endswith("\n1 failure; 12 checks passed, 1 cannot be known from here.\n")
    code, out, err = clinic.run("doctor", "--format", "markdown")
    assert (code, err) == (5, "")
    assert out.startswith("### this machine\n\n- 3 checks passed\n")
    assert "- **failure** rights: deals: Our account lacks the right “Transition issues”" in out


def test_it_looks_at_the_pipelines_that_are_named(admit):
    clinic = admit(patient("jira", "airtable"))
    seen = clinic.doctor("--pipeline", "orders")
    assert {one["where"] for one in seen.document["checks"]} == {"this machine", "base (airtable)"}
