"""One fault each: how a healthy tracker, config or machine is made ill."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from cli.clinic import ANNA, BOT, MEMBER, VERA, Clinic, Patient


@dataclass(frozen=True)
class Fault:
    """What is wrong: `before` the sandbox starts (seed, config), and `after` it (the rest)."""

    kind: str
    before: Callable[[Patient], object] = lambda _patient: None
    after: Callable[[Clinic, pytest.MonkeyPatch], object] = lambda _clinic, _env: None
    arguments: tuple[str, ...] = ()


def lacking(*rights: str) -> Callable[[Patient], None]:
    def strip(patient: Patient) -> None:
        held = [right for right in MEMBER if right not in rights]
        patient.seed["users"][0]["rights"] = held

    return strip


def config(old: str, new: str) -> Callable[[Patient], None]:
    return lambda patient: patient.change(old, new)


def types(*names: str) -> Callable[[Patient], None]:
    def change(patient: Patient) -> None:
        kinds = [{"name": name, "subtask": name != "Deal"} for name in names]
        patient.seed["issue_types"] = kinds
        project = patient.seed["projects"][0]
        project["issue_types"] = list(names)
        project["workflows"] = {n: "deals" if n == "Deal" else "items" for n in names}

    return change


def workflow(number: int, **changes: object) -> Callable[[Patient], None]:
    return lambda patient: patient.seed["workflows"][number].update(changes)


def one_way(patient: Patient) -> None:
    """Deals go forwards, and nowhere else."""
    steps = [("New lead", "Negotiation"), ("Negotiation", "In production")]
    moves = [{"from": [start], "to": to} for start, to in steps]
    patient.seed["workflows"][0].update(moves="none", transitions=moves)


def admin_one_way(patient: Patient) -> None:
    one_way(patient)
    patient.seed["users"][0] = {**patient.seed["users"][0], "admin": True}
    del patient.seed["users"][0]["rights"]


def asking_way(patient: Patient) -> None:
    """Whoever moves a deal back to Negotiation has to fill in a field."""
    back = {"from": ["In production"], "to": "Negotiation", "required": ["Service"]}
    patient.seed["workflows"][0].update(transitions=[back])


def native(patient: Patient) -> None:
    """Jira itself shall refuse moves, and nobody has told it."""
    patient.change("guard: return", "guard: native")
    patient.seed["users"][0]["rights"] = [*MEMBER, "administer"]


def no_such_answer(patient: Patient) -> None:
    """Subtasks have no status that means done."""
    patient.seed["workflows"][1].update(statuses=["To Do", "Won't do"])


def person(number: int, **changes: object) -> Callable[[Patient], None]:
    return lambda patient: patient.seed["users"][number].update(changes)


def renamed_status(patient: Patient) -> None:
    for status in patient.seed["statuses"]:
        if status["name"] == "Negotiation":
            status["name"] = "Negotiations"
    patient.seed["workflows"][0]["statuses"] = ["New lead", "Negotiations", "In production", "Lost"]
    patient.seed["issues"] = []


def airtable_user(**changes: object) -> Callable[[Clinic, pytest.MonkeyPatch], None]:
    def change(clinic: Clinic, _env: pytest.MonkeyPatch) -> None:
        clinic.sandbox.airtable.set_user(BOT, **changes)

    return change


def airtable_choices(field: str, *names: str) -> Callable[[Patient], None]:
    return lambda patient: patient.field("Deals", field).update(choices=list(names))


def retyped(table: str, field: str, kind: str) -> Callable[[Patient], None]:
    return lambda patient: patient.field(table, field).update(type=kind)


def stranger(patient: Patient) -> None:
    del patient.base["collaborators"][VERA]


def linked_elsewhere(patient: Patient) -> None:
    tables = patient.base["tables"]
    tables.insert(1, {"name": "Clients", "fields": [{"name": "Name", "type": "singleLineText"}]})
    patient.field("Checklist", "Deal").update(link="Clients")


def env(name: str, value: str) -> Callable[[Clinic, pytest.MonkeyPatch], None]:
    return lambda _clinic, patch: patch.setenv(name, value)


def readable_env_file(clinic: Clinic, patch: pytest.MonkeyPatch) -> None:
    patch.delenv("READYGATE_TRACKERS__MAIN__TOKEN")
    file = clinic.folder / ".env"
    file.write_text("READYGATE_TRACKERS__MAIN__TOKEN=sandbox-token\n", encoding="utf-8")
    file.chmod(0o644)


def no_token(_clinic: Clinic, patch: pytest.MonkeyPatch) -> None:
    patch.delenv("READYGATE_TRACKERS__MAIN__TOKEN")


def damaged_ledger(clinic: Clinic, _patch: pytest.MonkeyPatch) -> None:
    (clinic.folder / "readygate.db").write_bytes(b"not a database" * 100)


def no_ledger_folder(clinic: Clinic, patch: pytest.MonkeyPatch) -> None:
    patch.setenv("READYGATE_LEDGER", str(clinic.folder / "gone" / "readygate.db"))


def failed_run(clinic: Clinic, _patch: pytest.MonkeyPatch) -> None:
    clinic.sandbox.control.set_user(BOT, expired=True)
    assert clinic.run("sync")[0] == 5
    clinic.sandbox.control.set_user(BOT, token="sandbox-token")


def late(clinic: Clinic, _patch: pytest.MonkeyPatch) -> None:
    clinic.sandbox.control.clock.advance(600)


def expired(clinic: Clinic, _patch: pytest.MonkeyPatch) -> None:
    clinic.sandbox.control.set_user(BOT, expired=True)


def down(clinic: Clinic, _patch: pytest.MonkeyPatch) -> None:
    clinic.sandbox.control.faults.add("refuse", status=503, body={})


J, A = "jira", "airtable"
FAULTS = {
    "jira: the token has expired": Fault(J, after=expired),
    "jira: somebody else's e-mail": Fault(J, after=env("READYGATE_TRACKERS__MAIN__EMAIL", ANNA)),
    "jira: no token": Fault(J, after=no_token),
    "jira: out of order": Fault(J, after=down),
    "jira: no right to browse": Fault(J, lacking("browse")),
    "jira: no right to create": Fault(J, lacking("create")),
    "jira: no right to move": Fault(J, lacking("transition")),
    "jira: no right to comment": Fault(J, lacking("comment")),
    "jira: no right to assign": Fault(J, lacking("assign")),
    "jira: no such project": Fault(J, config("project: DEAL", "project: DEALS")),
    "jira: no such type": Fault(J, config("issue_type: Deal", "issue_type: Sale")),
    "jira: no subtask type": Fault(J, types("Deal")),
    "jira: two subtask types": Fault(J, types("Deal", "Sub-task", "Step")),
    "jira: a status was renamed": Fault(J, renamed_status),
    "jira: a condition's field is gone": Fault(J, config("field: Service", "field: Services")),
    "jira: a condition's value is not offered": Fault(J, config("[Website,", "[Webste,")),
    "jira: waived as nothing known": Fault(J, config("Won't do", "Never")),
    "jira: subtasks cannot be done": Fault(J, no_such_answer),
    "jira: somebody is not found": Fault(J, person(2, email="b@example.com", name="B. Lykov")),
    "jira: somebody cannot be assigned": Fault(J, person(2, rights=["browse"])),
    "jira: an account of nobody": Fault(
        J, config("boris@example.com }", "boris@example.com, jira: 712020:nobody }")
    ),
    "jira: no way back, an admin looks": Fault(J, admin_one_way),
    "jira: no way back, a member looks": Fault(J, one_way),
    "jira: the way back asks for a field": Fault(J, asking_way),
    "jira: a guard that is not installed": Fault(J, native),
    "jira: the clocks differ": Fault(J, after=late),
    "here: tokens that others can read": Fault(J, after=readable_env_file),
    "here: a damaged ledger": Fault(J, after=damaged_ledger),
    "here: no folder for the ledger": Fault(J, after=no_ledger_folder),
    "here: the last run failed": Fault(J, after=failed_run),
    "here: a config with a mistake": Fault(J, config("owner: vera", "owner: vlad")),
    "airtable: a token of something else": Fault(
        A, after=env("READYGATE_TRACKERS__BASE__TOKEN", "pat-of-another")
    ),
    "airtable: the base is not in the token's list": Fault(A, after=airtable_user(bases=[])),
    "airtable: the schema may not be read": Fault(
        A, after=airtable_user(scopes=["data.records:read", "data.records:write"])
    ),
    "airtable: records may not be read": Fault(
        A, after=airtable_user(scopes=["schema.bases:read"])
    ),
    "airtable: comments may not be read": Fault(
        A, after=airtable_user(scopes=["schema.bases:read", "data.records:read"])
    ),
    "airtable: only a commenter": Fault(A, after=airtable_user(level="comment")),
    "airtable: no such table": Fault(A, config("table: Deals", "table: Deal list")),
    "airtable: no checklist": Fault(A, lambda patient: patient.base["tables"].pop()),
    "airtable: a choice was renamed": Fault(A, config("stage: Negotiation", "stage: Negotiations")),
    "airtable: done is a text": Fault(A, retyped("Checklist", "Done", "singleLineText")),
    "airtable: the link leads elsewhere": Fault(A, linked_elsewhere),
    "airtable: a condition on a computed field": Fault(A, config("field: Service", "field: Score")),
    "airtable: a condition's value is not offered": Fault(A, config("[Website,", "[website,")),
    "airtable: nobody can ask for a stage": Fault(
        A, airtable_choices("Requested stage", "New lead", "Negotiation", "Lost")
    ),
    "airtable: an owner is a stranger there": Fault(A, stranger),
    "airtable: too many runs": Fault(
        A, config("month: 100000", "month: 1000"), arguments=("--every", "5m")
    ),
}
