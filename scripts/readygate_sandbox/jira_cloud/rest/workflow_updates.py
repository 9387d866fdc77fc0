"""Changing workflows: checked whole, guarded by versions."""

from typing import Any

from readygate_sandbox.jira_cloud import payload as kinds
from readygate_sandbox.jira_cloud.errors import bad_request, invalid_payload, refusal
from readygate_sandbox.jira_cloud.rest.workflows import need_admin
from readygate_sandbox.jira_cloud.site import Call
from readygate_sandbox.jira_cloud.workflow_json import statuses_of, workflow_shape
from readygate_sandbox.jira_cloud.workflow_update import (
    CATEGORY_IN,
    Draft,
    Problem,
    apply_draft,
    make_statuses,
    read_draft,
    version_matches,
)
from readygate_sandbox.web import Answer, Json, Routes

ROUTES = Routes()

MAX_WORKFLOWS = 20
READ_ONLY = frozenset({"isEditable", "scope"})
"""Keys of a workflow as read that are not part of an update; salto-io/salto strips them too."""


_REQUEST: dict[str, kinds.Kind] = {
    "statuses": kinds.many(kinds.item),
    "workflows": kinds.many(kinds.item),
}
_STATUS: dict[str, kinds.Kind] = dict.fromkeys(
    ("id", "name", "statusCategory", "statusReference", "description"), kinds.text
)
_WORKFLOW: dict[str, kinds.Kind] = {
    "id": kinds.text,
    "version": kinds.item,
    "description": kinds.text,
    "statuses": kinds.many(kinds.item),
    "transitions": kinds.many(kinds.item),
}
_NEEDED = frozenset({"id", "statuses", "transitions", "version"})
_NAMED = frozenset({"name", "statusReference"})


@ROUTES.post("/workflows/update/validation")
def validate(call: Call) -> Answer:
    """What would be wrong with an update; nothing changes."""
    need_admin(call)
    payload = call.body().get("payload")
    if not isinstance(payload, dict):
        raise invalid_payload()
    _, _, problems = _read(call, payload, check_versions=False)
    return Answer(200, {"errors": [p.shape() for p in problems]})


@ROUTES.post("/workflows/update")
def update(call: Call) -> Answer:
    """Replace workflows: 400 with every problem, 409 when a version is not the one in force."""
    need_admin(call)
    payload = call.body()
    drafts, known, problems = _read(call, payload, check_versions=True)
    if problems:
        raise bad_request(*(p.message for p in problems))
    make_statuses(call.store, payload.get("statuses"), known)
    for draft in drafts:
        apply_draft(call.store, draft, known)
    chosen = [draft.workflow for draft in drafts]
    return Answer(
        200,
        {
            "statuses": statuses_of(call.store, chosen),
            "workflows": [workflow_shape(w) for w in chosen],
        },
    )


def _read(
    call: Call, payload: dict[str, Any], *, check_versions: bool
) -> tuple[list[Draft], dict[str, str], list[Problem]]:
    told = kinds.shaped(payload, _REQUEST, closed=True)
    workflows = told.get("workflows", [])
    if not 0 < len(workflows) <= MAX_WORKFLOWS:
        raise invalid_payload()
    known = _references(call, told.get("statuses", []))
    drafts, problems = [], []
    for entry in workflows:
        raw = kinds.shaped(entry, _WORKFLOW)
        if READ_ONLY & raw.keys() or not raw.keys() >= _NEEDED:
            raise invalid_payload()
        workflow = call.store.workflows.get(str(raw["id"]))
        if workflow is None:
            raise bad_request(f"The workflow {raw['id']} does not exist.")
        if not workflow.editable:
            raise bad_request(f"The workflow {workflow.name} cannot be edited.")
        if check_versions and not version_matches(workflow, raw["version"]):
            raise refusal(409, "Workflow version and version token must match.")
        draft, wrong = read_draft(call.store, workflow, raw, known)
        drafts.append(draft)
        problems += wrong
    return drafts, known, problems


def _references(call: Call, raw: list[Json]) -> dict[str, str]:
    """Status reference -> id; a new status stands for itself until it is made."""
    known: dict[str, str] = {}
    for entry in raw:
        told = kinds.shaped(entry, _STATUS)
        if told.get("statusCategory") not in CATEGORY_IN or not told.keys() >= _NAMED:
            raise invalid_payload()
        status_id = told.get("id")
        if status_id and status_id not in call.store.statuses:
            raise bad_request(f"The status {status_id} does not exist.")
        known[told["statusReference"]] = status_id or told["statusReference"]
    return known
