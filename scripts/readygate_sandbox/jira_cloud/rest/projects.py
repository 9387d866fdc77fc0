"""Projects: reading, creating, removing."""

import re
from typing import Any

from readygate_sandbox.clock import jira_time
from readygate_sandbox.jira_cloud import payload as kinds
from readygate_sandbox.jira_cloud.building import default_project
from readygate_sandbox.jira_cloud.errors import bad_request, no_project, refusal
from readygate_sandbox.jira_cloud.model import Project, Right
from readygate_sandbox.jira_cloud.rights import may
from readygate_sandbox.jira_cloud.site import Call
from readygate_sandbox.web import Answer, Routes

ROUTES = Routes()

KEY = re.compile(r"[A-Z][A-Z0-9_]{1,9}")
_DETAILS: dict[str, kinds.Kind] = dict.fromkeys(
    ("key", "name", "description", "lead", "leadAccountId", "projectTypeKey"), kinds.text
)
_KINDS = frozenset({"software", "service_desk", "business"})


def _visible(call: Call) -> list[Project]:
    found = [p for p in call.store.projects.values() if may(call.user, Right.BROWSE, p)]
    return sorted(found, key=lambda p: p.key)


def find_project(call: Call, ref: str) -> Project:
    """A project that the caller may see, or the 404."""
    project = call.store.project(ref)
    if project is None or not may(call.user, Right.BROWSE, project):
        raise no_project(ref)
    return project


def _short(call: Call, project: Project) -> dict[str, Any]:
    return {
        "expand": "description,lead,issueTypes,url,projectKeys,permissions,insight",
        **call.render.project(project),
        "style": "classic",
        "isPrivate": False,
        "properties": {
            name: project.properties[name]
            for name in call.names("properties")
            if name in project.properties
        },
        "entityId": project.uuid,
        "uuid": project.uuid,
    }


def _with_expansions(call: Call, project: Project) -> dict[str, Any]:
    shape, expand = _short(call, project), call.names("expand")
    if "description" in expand:
        shape["description"] = project.description
    if "lead" in expand:
        shape["lead"] = call.render.person(project.lead)
    if "issueTypes" in expand:
        shape["issueTypes"] = _types(call, project)
    if "projectKeys" in expand:
        shape["projectKeys"] = [project.key, *project.old_keys]
    if "insight" in expand:
        times = [i.updated for i in call.store.project_issues(project.id)]
        shape["insight"] = {"totalIssueCount": len(times)}
        if times:
            shape["insight"]["lastIssueUpdateTime"] = jira_time(max(times))
    return shape


def _types(call: Call, project: Project) -> list[dict[str, Any]]:
    return [call.render.issue_type(call.store.issue_types[t]) for t in project.issue_types]


@ROUTES.get("/project")
def projects(call: Call) -> Answer:
    """Every visible project."""
    return Answer(200, [_with_expansions(call, p) for p in _visible(call)])


@ROUTES.get("/project/recent")
def recent(call: Call) -> Answer:
    """Visible projects, the first twenty."""
    return Answer(200, [_with_expansions(call, p) for p in _visible(call)[:20]])


@ROUTES.get("/project/search")
def search(call: Call) -> Answer:
    """Visible projects in pages."""
    keys, ids, query = call.names("keys"), call.names("id"), call.arg("query").casefold()
    wanted, action = call.names("typeKey"), call.arg("action", "view")
    right = {"create": Right.CREATE, "edit": Right.ADMINISTER_PROJECTS}.get(action, Right.BROWSE)
    found = [
        p
        for p in _visible(call)
        if (not keys or p.key in keys)
        and (not ids or p.id in ids)
        and (query in p.name.casefold() or query in p.key.casefold())
        and (not wanted or p.kind in wanted)
        and may(call.user, right, p)
    ]
    order = call.arg("orderBy", "key")
    if order.lstrip("+-") == "name":
        found.sort(key=lambda p: p.name)
    if order.startswith("-"):
        found.reverse()
    start, size = call.page(50, 100)
    address = f"{call.render.api}/project/search?maxResults={size}"
    last = start + size >= len(found)
    body: dict[str, Any] = {
        "self": f"{address}&startAt={start}",
        "maxResults": size,
        "startAt": start,
        "total": len(found),
        "isLast": last,
        "values": [_with_expansions(call, p) for p in found[start : start + size]],
    }
    if not last:
        body["nextPage"] = f"{address}&startAt={start + size}"
    return Answer(200, body)


@ROUTES.get("/project/type")
def types(call: Call) -> Answer:
    """The kinds of projects that a site knows."""
    del call
    names = {"software": "Software", "service_desk": "Service Desk", "business": "Business"}
    return Answer(
        200,
        [
            {"key": key, "formattedKey": name, "descriptionI18nKey": "", "icon": "", "color": ""}
            for key, name in names.items()
        ],
    )


@ROUTES.get("/project/<ref>")
def project(call: Call, ref: str) -> Answer:
    """One project in full."""
    found = find_project(call, ref)
    return Answer(
        200,
        {
            **_with_expansions(call, found),
            "description": found.description,
            "lead": call.render.person(found.lead),
            "components": [],
            "issueTypes": _types(call, found),
            "assigneeType": "UNASSIGNED",
            "versions": [],
            "roles": {},
        },
    )


@ROUTES.get("/project/<ref>/statuses")
def statuses(call: Call, ref: str) -> Answer:
    """Statuses per issue type."""
    found, store = find_project(call, ref), call.store
    told = []
    for type_id in found.issue_types:
        kind = store.issue_types[type_id]
        workflow = store.workflow_for(found, type_id)
        told.append(
            {
                "self": f"{call.render.api}/issuetype/{kind.id}",
                "id": kind.id,
                "name": kind.name,
                "subtask": kind.subtask,
                "statuses": [call.render.status(store.statuses[s]) for s in workflow.statuses],
            }
        )
    return Answer(200, told)


@ROUTES.get("/project/<ref>/components", "/project/<ref>/versions")
def nothing(call: Call, ref: str) -> Answer:
    """Components and versions are not kept."""
    find_project(call, ref)
    return Answer(200, [])


@ROUTES.post("/project")
def create(call: Call) -> Answer:
    """Create a project: 201. Needs *Administer Jira*."""
    actor, body = call.actor, kinds.shaped(call.body(), _DETAILS)
    if not may(actor.user, Right.ADMINISTER):
        raise refusal(403, "You cannot edit the configuration of this project.")
    problems: dict[str, str] = {}
    key, name = body.get("key"), body.get("name")
    if not isinstance(key, str) or not KEY.fullmatch(key):
        problems["projectKey"] = (
            "Project keys must start with an uppercase letter, followed by one or more uppercase "
            "alphanumeric characters."
        )
    elif other := call.store.project(key):
        problems["projectKey"] = f"Project '{other.name}' uses this project key."
    if not isinstance(name, str) or not name.strip():
        problems["projectName"] = "You must specify a valid project name."
    elif any(p.name.casefold() == name.casefold() for p in call.store.projects.values()):
        problems["projectName"] = "A project with that name already exists."
    lead = call.store.users.get(str(body.get("leadAccountId") or body.get("lead") or ""))
    if lead is None:
        problems["projectLead"] = "The lead specified does not exist."
    kind = body.get("projectTypeKey", "business")
    if kind not in _KINDS:
        problems["projectType"] = "An invalid project type was specified."
    if problems or lead is None:
        raise bad_request(errors=problems)
    made = default_project(
        call.store,
        str(key),
        str(name).strip(),
        lead=lead,
        kind=str(kind),
        description=str(body.get("description") or ""),
    )
    return Answer(
        201, {"self": f"{call.render.api}/project/{made.id}", "id": int(made.id), "key": made.key}
    )


@ROUTES.put("/project/<ref>")
def update(call: Call, ref: str) -> Answer:
    """Rename, re-key or describe a project."""
    actor, found = call.actor, find_project(call, ref)
    body = kinds.shaped(call.body(), _DETAILS)
    if not (may(actor.user, Right.ADMINISTER_PROJECTS, found) or may(actor.user, Right.ADMINISTER)):
        raise refusal(403, "You cannot edit the configuration of this project.")
    if body.get("name"):
        found.name = body["name"]
    if "description" in body:
        found.description = body["description"]
    if body.get("key", found.key) != found.key:
        _rekey(call, found, body["key"])
    call.store.schema_changed()
    return project(call, found.id)


def _rekey(call: Call, found: Project, key: str) -> None:
    if not KEY.fullmatch(key) or call.store.project(key) not in {None, found}:
        raise bad_request(errors={"projectKey": "The project key is not valid or in use."})
    found.old_keys.append(found.key)
    found.key = key
    for issue in call.store.project_issues(found.id):
        call.store.note(issue)
        issue.key = f"{key}-{issue.key.rsplit('-', 1)[1]}"
        issue.moved = True
        call.store.keys[issue.key] = issue.id


@ROUTES.delete("/project/<ref>")
def delete(call: Call, ref: str) -> Answer:
    """Delete a project with its issues: 204. Needs *Administer Jira*."""
    actor, found = call.actor, find_project(call, ref)
    if not may(actor.user, Right.ADMINISTER):
        raise no_project(ref)
    for issue in sorted(call.store.project_issues(found.id), key=lambda i: i.parent is None):
        call.store.remove(issue)
    del call.store.projects[found.id]
    call.store.schema_changed()
    return Answer(204)
