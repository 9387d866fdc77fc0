"""Project properties: whoever browses a project reads them, its administrators write them."""

from readygate_sandbox.jira_cloud.errors import refusal
from readygate_sandbox.jira_cloud.model import Project, Right
from readygate_sandbox.jira_cloud.rest.projects import find_project
from readygate_sandbox.jira_cloud.rest.properties import property_value
from readygate_sandbox.jira_cloud.rights import may
from readygate_sandbox.jira_cloud.rules import check_property
from readygate_sandbox.jira_cloud.site import Call
from readygate_sandbox.web import Answer, Routes

ROUTES = Routes()


@ROUTES.get("/project/<key>/properties")
def property_keys(call: Call, key: str) -> Answer:
    """Keys of a project's properties."""
    project = find_project(call, key)
    base = f"{call.render.api}/project/{project.key}/properties"
    keys = [{"self": f"{base}/{name}", "key": name} for name in project.properties]
    return Answer(200, {"keys": keys})


@ROUTES.get("/project/<key>/properties/<path:name>")
def get_property(call: Call, key: str, name: str) -> Answer:
    """One property."""
    project = find_project(call, key)
    if name not in project.properties:
        raise refusal(404, f"The property with key '{name}' does not exist.")
    return Answer(200, {"key": name, "value": project.properties[name]})


@ROUTES.put("/project/<key>/properties/<path:name>")
def set_property(call: Call, key: str, name: str) -> Answer:
    """Set one property: 201 when new, 200 when replaced."""
    project = _governed(call, key)
    value = property_value(call)
    check_property(name, value)
    new = name not in project.properties
    project.properties[name] = value
    return Answer(201 if new else 200, {})


@ROUTES.delete("/project/<key>/properties/<path:name>")
def delete_property(call: Call, key: str, name: str) -> Answer:
    """Remove one property: 204."""
    project = _governed(call, key)
    if project.properties.pop(name, None) is None:
        raise refusal(404, f"The property with key '{name}' does not exist.")
    return Answer(204)


def _governed(call: Call, key: str) -> Project:
    project = find_project(call, key)
    user = call.actor.user
    if not (may(user, Right.ADMINISTER) or may(user, Right.ADMINISTER_PROJECTS, project)):
        raise refusal(403, "You do not have permission to administer this project.")
    return project
