"""Who shares a workflow: projects, and the issue types of one project."""

from readygate_sandbox.jira_cloud.errors import bad_request, refusal
from readygate_sandbox.jira_cloud.model import Workflow
from readygate_sandbox.jira_cloud.rest.workflows import need_admin
from readygate_sandbox.jira_cloud.site import Call
from readygate_sandbox.web import Answer, Routes

ROUTES = Routes()

MOST = 200


@ROUTES.get("/workflow/<workflow>/projectUsages")
def projects(call: Call, workflow: str) -> Answer:
    """Ids of the projects that use a workflow, in pages."""
    known = _known(call, workflow)
    ids = [p.id for p in call.store.projects.values() if known.id in p.workflows.values()]
    return Answer(200, {"workflowId": known.id, "projects": _page(call, ids)})


@ROUTES.get("/workflow/<workflow>/project/<project>/issueTypeUsages")
def issue_types(call: Call, workflow: str, project: str) -> Answer:
    """Ids of the issue types that a workflow governs in one project."""
    known = _known(call, workflow)
    place = call.store.projects.get(project)
    if place is None:
        raise bad_request("The project does not exist.")
    ids = [kind for kind, governing in place.workflows.items() if governing == known.id]
    body = {"workflowId": known.id, "projectId": place.id, "issueTypes": _page(call, ids)}
    return Answer(200, body)


def _known(call: Call, workflow: str) -> Workflow:
    need_admin(call)
    if workflow not in call.store.workflows:
        raise refusal(404, "The workflow does not exist.")
    return call.store.workflows[workflow]


def _page(call: Call, ids: list[str]) -> dict[str, object]:
    """Tokens are offsets here; a client can only hand them back."""
    token = call.arg("nextPageToken")
    start = int(token) if token.isdigit() else 0
    size = call.number("maxResults", 50)
    if not 1 <= size <= MOST:
        raise bad_request(f"maxResults must be between 1 and {MOST}.")
    page: dict[str, object] = {"values": [{"id": one} for one in ids[start : start + size]]}
    if start + size < len(ids):
        page["nextPageToken"] = str(start + size)
    return page
