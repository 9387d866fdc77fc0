"""Descriptions of fields: what create, edit and transition screens offer."""

from collections.abc import Iterable
from typing import Any

from readygate_sandbox.jira_cloud.model import IssueType, Project
from readygate_sandbox.jira_cloud.site import Call

_SET = ["set"]
_MANY = ["add", "set", "remove"]


def describe_field(call: Call, field_id: str, *, required: bool) -> dict[str, Any]:
    """A `FieldMetadata`."""
    render, store = call.render, call.store
    custom = store.fields.get(field_id)
    schema = render.field_schema(field_id)
    told: dict[str, Any] = {
        "required": required,
        "schema": schema,
        "name": custom.name if custom else render.field_names()[field_id],
        "key": field_id,
        "hasDefaultValue": field_id == "priority",
        "operations": _MANY if schema["type"] == "array" else _SET,
    }
    if custom and custom.options:
        told["allowedValues"] = [render.option(o) for o in custom.options]
    if field_id == "priority":
        told["allowedValues"] = [render.priority(p) for p in store.priorities]
    if field_id == "resolution":
        told["allowedValues"] = [render.resolution(r) for r in store.resolutions]
    if field_id in {"assignee", "reporter"}:
        told["autoCompleteUrl"] = f"{render.api}/user/assignable/search?query="
    return told


def editable_fields(call: Call, names: Iterable[str]) -> dict[str, Any]:
    """Field id -> metadata for the edit screen."""
    return {
        name: describe_field(call, name, required=name == "summary")
        for name in names
        if name != "parent"
    }


def create_fields(call: Call, project: Project, kind: IssueType) -> dict[str, dict[str, Any]]:
    """Field id -> metadata for the create screen of one type in one project."""
    names = ["summary", "issuetype", "project", "description", "assignee", "reporter",
             "priority", "labels", "duedate", "environment", *call.store.fields]  # fmt: skip
    if kind.subtask:
        names.insert(1, "parent")
    required = {"summary", "issuetype", "project", "reporter", "parent"}
    told = {name: describe_field(call, name, required=name in required) for name in names}
    told["issuetype"]["allowedValues"] = [call.render.issue_type(kind)]
    told["project"]["allowedValues"] = [call.render.project(project)]
    told["reporter"]["hasDefaultValue"] = True
    return told
