"""Issue properties. JQL does not know them: that takes an app's declaration."""

from readygate_sandbox.jira_cloud import writes
from readygate_sandbox.jira_cloud.errors import bad_request, invalid_payload, refusal
from readygate_sandbox.jira_cloud.model import Issue, Right
from readygate_sandbox.jira_cloud.rules import need
from readygate_sandbox.jira_cloud.site import Call
from readygate_sandbox.web import Answer, Json, Routes

ROUTES = Routes()


@ROUTES.get("/issue/<key>/properties")
def property_keys(call: Call, key: str) -> Answer:
    """Keys of an issue's properties."""
    issue = call.issue(key)
    base = f"{call.render.api}/issue/{issue.key}/properties"
    return Answer(
        200, {"keys": [{"self": f"{base}/{name}", "key": name} for name in issue.properties]}
    )


@ROUTES.get("/issue/<key>/properties/<path:name>")
def get_property(call: Call, key: str, name: str) -> Answer:
    """One property."""
    issue = call.issue(key)
    if name not in issue.properties:
        raise refusal(404, f"The property with key '{name}' does not exist.")
    return Answer(200, {"key": name, "value": issue.properties[name]})


@ROUTES.put("/issue/<key>/properties/<path:name>")
def set_property(call: Call, key: str, name: str) -> Answer:
    """Set one property: 201 when new, 200 when replaced."""
    issue = _writable(call, key)
    value = property_value(call)
    new = writes.set_property(call.store, issue, name, value)
    return Answer(201 if new else 200, {})


@ROUTES.delete("/issue/<key>/properties/<path:name>")
def delete_property(call: Call, key: str, name: str) -> Answer:
    """Remove one property: 204."""
    if not writes.delete_property(call.store, _writable(call, key), name):
        raise refusal(404, f"The property with key '{name}' does not exist.")
    return Answer(204)


def property_value(call: Call) -> Json:
    """The value that a property is set to: the whole body. Raises 400."""
    try:
        value = call.request.json()
    except ValueError:
        raise invalid_payload() from None
    if not call.request.body.strip():
        raise bad_request("The property value must not be empty.")
    return value


def _writable(call: Call, key: str) -> Issue:
    actor, issue = call.actor, call.issue(key)
    need(
        call.store, actor, Right.EDIT, issue,
        status=403, text="You do not have permission to edit issues in this project.",
    )  # fmt: skip
    return issue
