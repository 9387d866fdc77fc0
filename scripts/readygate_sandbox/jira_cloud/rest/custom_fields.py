"""Making custom fields, and putting them on screens.

A new field is on none: who edits an issue with it is refused until it is.
"""

from typing import Any

from readygate_sandbox.jira_cloud import payload as kinds
from readygate_sandbox.jira_cloud.errors import bad_request, refusal
from readygate_sandbox.jira_cloud.model import CustomField, FieldKind, Project, Right
from readygate_sandbox.jira_cloud.rest.schema import field_shape, need_admin
from readygate_sandbox.jira_cloud.rights import may
from readygate_sandbox.jira_cloud.site import Call
from readygate_sandbox.web import Answer, Routes

ROUTES = Routes()

_PREFIX = "com.atlassian.jira.plugin.system.customfieldtypes:"
_KINDS: dict[str, FieldKind] = {
    "textfield": "text",
    "readonlyfield": "text",
    "textarea": "textarea",
    "float": "number",
    "select": "select",
    "multiselect": "multiselect",
    "userpicker": "user",
    "datepicker": "date",
    "datetime": "datetime",
    "labels": "labels",
}
_NEW: dict[str, kinds.Kind] = dict.fromkeys(
    ("name", "description", "type", "searcherKey"), kinds.text
)
_TAB = 1


@ROUTES.post("/field")
def create(call: Call) -> Answer:
    """A new custom field: 201; without the right 400, as the document has it."""
    if not may(call.actor.user, Right.ADMINISTER):
        raise bad_request("You do not have the permission to create custom fields.")
    told = kinds.shaped(call.body(), _NEW, closed=True)
    kind = str(told.get("type", "")).removeprefix(_PREFIX)
    if not told.get("name") or kind not in _KINDS:
        raise bad_request("A custom field needs a name and a known type.")
    taken = [field.number for field in call.store.fields.values()]
    number = max([call.store.next_id("field"), *(one + 1 for one in taken)])
    field = CustomField(
        number,
        str(told["name"]),
        _KINDS[kind],
        description=str(told.get("description") or ""),
        read_only=kind == "readonlyfield",
        screens=[],
    )
    call.store.fields[field.id] = field
    call.store.schema_changed()
    return Answer(201, field_shape(call, field))


@ROUTES.get("/issuetypescreenscheme/project")
def type_schemes(call: Call) -> Answer:
    """One scheme per project here; schemes, screen schemes and screens bear the project's id."""
    need_admin(call)
    wanted = call.names("projectId")
    return _page(
        [
            {
                "issueTypeScreenScheme": {"id": p.id, "name": f"{p.key}: Screen Scheme"},
                "projectIds": [p.id],
            }
            for p in call.store.projects.values()
            if p.id in wanted
        ]
    )


@ROUTES.get("/issuetypescreenscheme/mapping")
def mapping(call: Call) -> Answer:
    """Every issue type of a project has its one screen scheme."""
    need_admin(call)
    wanted = call.names("issueTypeScreenSchemeId")
    return _page(
        [
            {"issueTypeId": "default", "issueTypeScreenSchemeId": p.id, "screenSchemeId": p.id}
            for p in call.store.projects.values()
            if not wanted or p.id in wanted
        ]
    )


@ROUTES.get("/screenscheme")
def screen_schemes(call: Call) -> Answer:
    """One screen for everything."""
    need_admin(call)
    wanted = call.names("id")
    return _page(
        [
            {"id": int(p.id), "name": f"{p.key}: Screens", "screens": {"default": int(p.id)}}
            for p in call.store.projects.values()
            if not wanted or p.id in wanted
        ]
    )


@ROUTES.get("/screens/<screen>/tabs")
def tabs(call: Call, screen: str) -> Answer:
    """One tab."""
    need_admin(call)
    _project(call, screen)
    return Answer(200, [{"id": _TAB, "name": "Fields"}])


@ROUTES.get("/screens/<screen>/tabs/<tab>/fields")
def shown(call: Call, screen: str, tab: str) -> Answer:
    """The custom fields of a screen."""
    need_admin(call)
    project = _project(call, screen, tab)
    fields = [f for f in call.store.fields.values() if f.is_on_screen(project.id)]
    return Answer(200, [{"id": f.id, "name": f.name} for f in fields])


@ROUTES.post("/screens/<screen>/tabs/<tab>/fields")
def put_on(call: Call, screen: str, tab: str) -> Answer:
    """Put a field on a screen: 400 where it is already."""
    need_admin(call)
    project = _project(call, screen, tab)
    field = call.store.fields.get(str(call.body().get("fieldId")))
    if field is None:
        raise refusal(404, "The field was not found.")
    if field.is_on_screen(project.id):
        raise bad_request(f"The field with id {field.id} already exists on the screen.")
    field.screens = [*(field.screens or ()), project.id]
    return Answer(200, {"id": field.id, "name": field.name})


def _project(call: Call, screen: str, tab: str = str(_TAB)) -> Project:
    if screen not in call.store.projects or tab != str(_TAB):
        raise refusal(404, "The screen was not found.")
    return call.store.projects[screen]


def _page(values: list[Any]) -> Answer:
    whole = {"startAt": 0, "maxResults": 50, "total": len(values), "isLast": True}
    return Answer(200, {**whole, "values": values})
