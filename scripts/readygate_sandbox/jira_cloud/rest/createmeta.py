"""What may be created where."""

from typing import Any

from readygate_sandbox.jira_cloud.errors import no_project, refusal
from readygate_sandbox.jira_cloud.model import IssueType, Project, Right
from readygate_sandbox.jira_cloud.rest.metadata import create_fields
from readygate_sandbox.jira_cloud.rights import may
from readygate_sandbox.jira_cloud.site import Call
from readygate_sandbox.web import Answer, Routes

ROUTES = Routes()


def _open_projects(call: Call) -> list[Project]:
    return [p for p in call.store.projects.values() if may(call.user, Right.CREATE, p)]


def _project(call: Call, ref: str) -> Project:
    project = call.store.project(ref)
    if project is None or not may(call.user, Right.CREATE, project):
        raise no_project(ref)
    return project


def _types(call: Call, project: Project) -> list[IssueType]:
    return [call.store.issue_types[t] for t in project.issue_types]


def _type_shape(call: Call, kind: IssueType) -> dict[str, Any]:
    """An `IssueTypeIssueCreateMetadata`, which has no `untranslatedName`."""
    return {k: v for k, v in call.render.issue_type(kind).items() if k != "untranslatedName"}


@ROUTES.get("/issue/createmeta")
def create_metadata(call: Call) -> Answer:
    """Everything at once (deprecated, still served)."""
    keys, ids = call.names("projectKeys"), call.names("projectIds")
    type_ids, type_names = call.names("issuetypeIds"), call.names("issuetypeNames")
    with_fields = "projects.issuetypes.fields" in call.names("expand")
    projects = []
    for project in _open_projects(call):
        if (keys or ids) and project.key not in keys and project.id not in ids:
            continue
        kinds = []
        for kind in _types(call, project):
            if (type_ids or type_names) and kind.id not in type_ids and kind.name not in type_names:
                continue
            shape = _type_shape(call, kind)
            if with_fields:
                shape |= {"expand": "fields", "fields": create_fields(call, project, kind)}
            kinds.append(shape)
        base = call.render.project(project)
        names = ("self", "id", "key", "name", "avatarUrls")
        projects.append({**{n: base[n] for n in names}, "issuetypes": kinds})
    return Answer(200, {"expand": "projects", "projects": projects})


@ROUTES.get("/issue/createmeta/<ref>/issuetypes")
def create_types(call: Call, ref: str) -> Answer:
    """Issue types of one project."""
    kinds = _types(call, _project(call, ref))
    start, size = call.page(50, 200)
    shown = [_type_shape(call, kind) for kind in kinds[start : start + size]]
    return Answer(
        200,
        {"startAt": start, "maxResults": size, "total": len(kinds), "issueTypes": shown},
    )


@ROUTES.get("/issue/createmeta/<ref>/issuetypes/<type_id>")
def create_type_fields(call: Call, ref: str, type_id: str) -> Answer:
    """Fields of the create screen of one type."""
    project = _project(call, ref)
    if type_id not in project.issue_types:
        raise refusal(404, "The issue type selected is invalid.")
    fields = create_fields(call, project, call.store.issue_types[type_id])
    start, size = call.page(50, 200)
    shown = [{**meta, "fieldId": name} for name, meta in list(fields.items())[start : start + size]]
    return Answer(
        200, {"startAt": start, "maxResults": size, "total": len(fields), "fields": shown}
    )
