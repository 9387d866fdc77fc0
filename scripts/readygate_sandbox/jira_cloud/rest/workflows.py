"""Workflows: bulk read, search, and what rules there are."""

from typing import Any

from readygate_sandbox.jira_cloud import payload as kinds
from readygate_sandbox.jira_cloud.errors import bad_request, refusal
from readygate_sandbox.jira_cloud.model import Right, Workflow
from readygate_sandbox.jira_cloud.rights import may
from readygate_sandbox.jira_cloud.site import Call
from readygate_sandbox.jira_cloud.workflow import CONDITIONS, FUNCTIONS, VALIDATORS
from readygate_sandbox.jira_cloud.workflow_json import statuses_of, workflow_shape
from readygate_sandbox.web import Answer, Routes

ROUTES = Routes()


_READ: dict[str, kinds.Kind] = {
    "workflowNames": kinds.many(kinds.text),
    "workflowIds": kinds.many(kinds.text),
    "projectAndIssueTypes": kinds.many(kinds.item),
}


def need_admin(call: Call) -> None:
    """*Administer Jira*; the document answers 401 without it."""
    if not may(call.actor.user, Right.ADMINISTER):
        raise refusal(401, "You do not have the permission to perform this operation.")


@ROUTES.post("/workflows")
def read(call: Call) -> Answer:
    """Workflows by name, id, or project and issue type, with every rule."""
    need_admin(call)
    body, store = kinds.shaped(call.body(), _READ, closed=True), call.store
    names, ids = body.get("workflowNames") or [], body.get("workflowIds") or []
    pairs = body.get("projectAndIssueTypes") or []
    if not (names or ids or pairs):
        raise bad_request(
            "At least one of workflowNames, workflowIds or projectAndIssueTypes is required."
        )
    found: dict[str, Workflow] = {}
    for workflow in store.workflows.values():
        if workflow.name in names or workflow.id in ids:
            found[workflow.id] = workflow
    for pair in pairs:
        project = store.projects.get(str(pair.get("projectId")))
        type_id = str(pair.get("issueTypeId"))
        if project is None or type_id not in project.workflows:
            raise bad_request("The project or issue type does not exist.")
        workflow = store.workflow_for(project, type_id)
        found[workflow.id] = workflow
    chosen = list(found.values())
    return Answer(
        200,
        {"statuses": statuses_of(store, chosen), "workflows": [workflow_shape(w) for w in chosen]},
    )


@ROUTES.get("/workflows/search")
def search(call: Call) -> Answer:
    """Workflows in pages, without their rules (salto-io/salto, jira-adapter)."""
    need_admin(call)
    query = call.arg("queryString").casefold()
    found = [w for w in call.store.workflows.values() if query in w.name.casefold()]
    start, size = call.page(50, 1000)
    chosen = found[start : start + size]
    body: dict[str, Any] = {
        "self": f"{call.render.api}/workflows/search?startAt={start}&maxResults={size}",
        "startAt": start,
        "maxResults": size,
        "total": len(found),
        "isLast": start + size >= len(found),
        "values": [workflow_shape(w, rules=False) for w in chosen],
        "statuses": statuses_of(call.store, chosen),
    }
    return Answer(200, body)


@ROUTES.get("/workflows/capabilities")
def capabilities(call: Call) -> Answer:
    """The rules that this site knows, for one workflow or one project and issue type."""
    need_admin(call)
    store = call.store
    workflow_id, project_id = call.arg("workflowId"), call.arg("projectId")
    if workflow_id:
        if workflow_id not in store.workflows:
            raise bad_request("The workflow does not exist.")
    elif project_id not in store.projects or (
        call.arg("issueTypeId") not in store.projects[project_id].workflows
    ):
        raise bad_request("Either workflowId or projectId and issueTypeId is required.")
    rules = [("Condition", CONDITIONS), ("Validator", VALIDATORS), ("Function", FUNCTIONS)]
    return Answer(
        200,
        {
            "editorScope": "GLOBAL",
            "projectTypes": ["software", "business"],
            "systemRules": [
                {
                    "ruleKey": key,
                    "name": name,
                    "description": name,
                    "ruleType": kind,
                    "incompatibleRuleKeys": [],
                    "isAvailableForInitialTransition": kind == "Validator",
                    "isVisible": True,
                }
                for kind, known in rules
                for key, name in known.items()
            ],
            "connectRules": [],
            "forgeRules": [],
            "triggerRules": [],
        },
    )
