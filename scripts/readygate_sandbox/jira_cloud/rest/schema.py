"""What a site is made of: fields, statuses, categories, priorities, resolutions, issue types."""

from typing import Any

from readygate_sandbox.jira_cloud.errors import bad_request, no_project, refusal
from readygate_sandbox.jira_cloud.field_table import CATEGORIES, NOT_NAVIGABLE, SYSTEM_FIELDS
from readygate_sandbox.jira_cloud.model import CustomField, Right, Status
from readygate_sandbox.jira_cloud.rights import may
from readygate_sandbox.jira_cloud.site import Call
from readygate_sandbox.web import Answer, Routes

ROUTES = Routes()

WORKFLOW_CATEGORY = {"new": "TODO", "indeterminate": "IN_PROGRESS", "done": "DONE"}
_ORDERABLE = frozenset(
    {"summary", "priority", "labels", "assignee", "reporter", "issuetype", "project", "duedate",
     "description", "environment", "resolution", "parent", "fixVersions", "versions",
     "components"}
)  # fmt: skip


def _fields(call: Call) -> list[dict[str, Any]]:
    shapes = [
        {
            "id": name,
            "key": name,
            "name": shown,
            "custom": False,
            "orderable": name in _ORDERABLE,
            "navigable": name not in NOT_NAVIGABLE,
            "searchable": True,
            "clauseNames": [name],
            "schema": call.render.field_schema(name),
        }
        for name, (shown, _) in SYSTEM_FIELDS.items()
    ]
    return [*shapes, *(field_shape(call, field) for field in call.store.fields.values())]


def field_shape(call: Call, field: CustomField) -> dict[str, Any]:
    """A custom field as `GET /field` lists it."""
    return {
        "id": field.id,
        "key": field.id,
        "name": field.name,
        "untranslatedName": field.name,
        "custom": True,
        "orderable": True,
        "navigable": True,
        "searchable": True,
        "clauseNames": [f"cf[{field.number}]", field.name],
        "schema": call.render.field_schema(field.id),
    }


@ROUTES.get("/field")
def fields(call: Call) -> Answer:
    """Every field; custom ones only for users who see a project."""
    shapes = _fields(call)
    if call.user is None:
        shapes = [s for s in shapes if not s["custom"]]
    return Answer(200, shapes)


@ROUTES.get("/field/search")
def field_search(call: Call) -> Answer:
    """Fields by type, id and name, in pages."""
    call.actor  # noqa: B018 - refuses nobody
    kinds, ids, query = call.names("type"), call.names("id"), call.arg("query").casefold()
    about = {f.id: f.description for f in call.store.fields.values()}
    chosen = [
        {
            "id": s["id"],
            "name": s["name"],
            "schema": s["schema"],
            "description": about.get(s["id"], ""),
        }
        for s in _fields(call)
        if (not kinds or ("custom" if s["custom"] else "system") in kinds)
        and (not ids or s["id"] in ids)
        and (query in s["name"].casefold() or query in about.get(s["id"], "").casefold())
    ]
    return _paged(call, chosen)


def _paged(call: Call, values: list[Any], *, default: int = 50, most: int = 200) -> Answer:
    start, size = call.page(default, most)
    return Answer(
        200,
        {
            "maxResults": size,
            "startAt": start,
            "total": len(values),
            "isLast": start + size >= len(values),
            "values": values[start : start + size],
        },
    )


@ROUTES.get("/field/<field_id>/context")
def field_contexts(call: Call, field_id: str) -> Answer:
    """The one default context of a custom field."""
    need_admin(call)
    if field_id not in call.store.fields:
        raise refusal(404, "The custom field was not found.")
    context = {
        "id": _context_id(field_id),
        "name": "Default Configuration Scheme",
        "description": "Default configuration scheme",
        "isGlobalContext": True,
        "isAnyIssueType": True,
    }
    return _paged(call, [context])


def _context_id(field_id: str) -> str:
    return str(int(field_id.rsplit("_", 1)[1]) + 100)


@ROUTES.get("/field/<field_id>/context/<context_id>/option")
def field_options(call: Call, field_id: str, context_id: str) -> Answer:
    """Options of a select field."""
    need_admin(call)
    field = call.store.fields.get(field_id)
    if field is None or context_id != _context_id(field_id):
        raise refusal(404, "The custom field was not found.")
    options = [{"id": o.id, "value": o.name, "disabled": False} for o in field.options]
    return _paged(call, options, default=100, most=1000)


def need_admin(call: Call) -> None:
    if not may(call.actor.user, Right.ADMINISTER):
        raise refusal(403, "Only Jira administrators can access custom field contexts.")


# -- statuses ----------------------------------------------------------------------------------


def _used(call: Call) -> list[Status]:
    """Statuses of active workflows that the caller's projects use."""
    store = call.store
    used: dict[str, Status] = {}
    for project in store.projects.values():
        if may(call.user, Right.BROWSE, project):
            for workflow_id in project.workflows.values():
                for status_id in store.workflows[workflow_id].statuses:
                    used[status_id] = store.statuses[status_id]
    return sorted(used.values(), key=lambda s: int(s.id))


@ROUTES.get("/status")
def statuses(call: Call) -> Answer:
    """Statuses of active workflows."""
    return Answer(200, [call.render.status(s) for s in _used(call)])


@ROUTES.get("/status/<ref>")
def status(call: Call, ref: str) -> Answer:
    """One status by id, else by name."""
    for found in _used(call):
        if found.id == ref:
            return Answer(200, call.render.status(found))
    for found in _used(call):
        if found.name == ref:
            return Answer(200, call.render.status(found))
    raise refusal(404, f"The status with id '{ref}' does not exist")


def _jira_status(status: Status) -> dict[str, Any]:
    return {
        "id": status.id,
        "name": status.name,
        "statusCategory": WORKFLOW_CATEGORY[status.category],
        "scope": {"type": "GLOBAL"},
        "description": status.description,
    }


@ROUTES.get("/statuses")
def statuses_by_ids(call: Call) -> Answer:
    """Statuses by their ids."""
    _need_project_admin(call)
    ids = call.names("id")
    if not ids:
        raise bad_request("The id parameter is required.")
    found = [_jira_status(s) for i in ids if (s := call.store.statuses.get(i))]
    return Answer(200, found)


@ROUTES.get("/statuses/search")
def status_search(call: Call) -> Answer:
    """Statuses by a part of the name, in pages."""
    _need_project_admin(call)
    query = call.arg("searchString").casefold()
    wanted = call.arg("statusCategory")
    found = [
        shape
        for s in call.store.statuses.values()
        if query in s.name.casefold()
        and (not wanted or (WORKFLOW_CATEGORY[s.category] == wanted))
        and (shape := _jira_status(s))
    ]
    return _paged(call, found, default=200)


def _need_project_admin(call: Call) -> None:
    user = call.actor.user
    if not may(user, Right.ADMINISTER) and not any(
        may(user, Right.ADMINISTER_PROJECTS, p) for p in call.store.projects.values()
    ):
        raise refusal(401, "You do not have the permission to perform this operation.")


@ROUTES.get("/statuscategory")
def categories(call: Call) -> Answer:
    """The four categories."""
    return Answer(200, [call.render.category(key) for key in CATEGORIES])


@ROUTES.get("/statuscategory/<ref>")
def category(call: Call, ref: str) -> Answer:
    """One category by id or key."""
    for key, (number, _, _) in CATEGORIES.items():
        if ref in {key, str(number)}:
            return Answer(200, call.render.category(key))
    raise refusal(404, f"The status category with id '{ref}' does not exist")


# -- priorities, resolutions, types ------------------------------------------------------------


def _priority(call: Call, index: int) -> dict[str, Any]:
    value = call.store.priorities[index]
    default = call.store.default_priority()
    return {
        **call.render.priority(value),
        "statusColor": "#ea7d24",
        "description": value.description,
        "isDefault": value is default,
    }


@ROUTES.get("/priority")
def priorities(call: Call) -> Answer:
    """Every priority, highest first."""
    return Answer(200, [_priority(call, i) for i in range(len(call.store.priorities))])


@ROUTES.get("/priority/search")
def priority_search(call: Call) -> Answer:
    """Priorities in pages."""
    call.actor  # noqa: B018 - refuses nobody
    return _paged(call, [_priority(call, i) for i in range(len(call.store.priorities))])


@ROUTES.get("/priority/<ref>")
def priority(call: Call, ref: str) -> Answer:
    """One priority."""
    for index, value in enumerate(call.store.priorities):
        if value.id == ref:
            return Answer(200, _priority(call, index))
    raise refusal(404, f"The priority with id '{ref}' does not exist")


@ROUTES.get("/resolution")
def resolutions(call: Call) -> Answer:
    """Every resolution."""
    return Answer(200, [call.render.resolution(r) for r in call.store.resolutions])


@ROUTES.get("/resolution/search")
def resolution_search(call: Call) -> Answer:
    """Resolutions in pages."""
    call.actor  # noqa: B018 - refuses nobody
    shapes = [
        {"id": r.id, "name": r.name, "description": r.description, "default": False}
        for r in call.store.resolutions
    ]
    return _paged(call, shapes)


@ROUTES.get("/resolution/<ref>")
def resolution(call: Call, ref: str) -> Answer:
    """One resolution."""
    for value in call.store.resolutions:
        if value.id == ref:
            return Answer(200, call.render.resolution(value))
    raise refusal(404, f"The resolution with id '{ref}' does not exist")


@ROUTES.get("/issuetype")
def issue_types(call: Call) -> Answer:
    """Issue types; nobody sees none of a private site's."""
    kinds = call.store.issue_types.values() if call.user else ()
    return Answer(200, [call.render.issue_type(k) for k in kinds])


@ROUTES.get("/issuetype/project")
def issue_types_of_project(call: Call) -> Answer:
    """Issue types of one project, one level when asked."""
    ref, level = call.arg("projectId"), call.request.arg("level")
    project = call.store.project(ref)
    if project is None or not may(call.user, Right.BROWSE, project):
        raise no_project(ref)
    kinds = [call.store.issue_types[t] for t in project.issue_types]
    chosen = [k for k in kinds if level in {None, "", str(k.level)}]
    return Answer(200, [call.render.issue_type(k) for k in chosen])


@ROUTES.get("/issuetype/<ref>")
def issue_type(call: Call, ref: str) -> Answer:
    """One issue type."""
    kind = call.store.issue_types.get(ref)
    if kind is None or call.user is None:
        raise refusal(404, "The issue type was not found.")
    return Answer(200, call.render.issue_type(kind))


@ROUTES.get("/label")
def labels(call: Call) -> Answer:
    """Every label in use."""
    call.actor  # noqa: B018 - refuses nobody
    found: set[str] = set()
    for issue in call.store.issues.values():
        found.update(issue.labels)
    return _paged(call, sorted(found), default=1000, most=1000)


@ROUTES.get("/issueLinkType")
def link_types(call: Call) -> Answer:
    """The link types of a fresh site; links themselves are not kept."""
    names = (("10000", "Blocks", "is blocked by", "blocks"),
             ("10003", "Relates", "relates to", "relates to"))  # fmt: skip
    return Answer(
        200,
        {
            "issueLinkTypes": [
                {
                    "id": number,
                    "name": name,
                    "inward": inward,
                    "outward": outward,
                    "self": f"{call.render.api}/issueLinkType/{number}",
                }
                for number, name, inward, outward in names
            ]
        },
    )
