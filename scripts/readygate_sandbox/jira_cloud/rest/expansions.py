"""What `expand` adds to an issue."""

from typing import Any

from readygate_sandbox.jira_cloud import adf
from readygate_sandbox.jira_cloud.fields import known_fields
from readygate_sandbox.jira_cloud.model import Adf, Issue
from readygate_sandbox.jira_cloud.rest.metadata import editable_fields
from readygate_sandbox.jira_cloud.rest.transition_shapes import transition_shapes
from readygate_sandbox.jira_cloud.site import Call


def expand_issue(
    call: Call, issue: Issue, shape: dict[str, Any], expand: set[str], *, histories: int
) -> None:
    """Add what was asked for. `changelog` is newest first and capped (bulkFetchIssues)."""
    if not expand:
        return
    if "changelog" in expand:
        newest = list(reversed(issue.history))[:histories]
        shape["changelog"] = {
            "startAt": 0,
            "maxResults": len(newest),
            "total": len(issue.history),
            "histories": [call.render.history(entry) for entry in newest],
        }
    if "names" in expand:
        shape["names"] = call.render.field_names()
    if "schema" in expand:
        shape["schema"] = {f: call.render.field_schema(f) for f in shape.get("fields", {})}
    if "renderedFields" in expand:
        shape["renderedFields"] = {"description": _html(issue.description)}
    if "transitions" in expand and call.user is not None:
        shape["transitions"] = transition_shapes(call, issue, with_fields=False)
    if "editmeta" in expand:
        shape["editmeta"] = {"fields": editable_fields(call, sorted(known_fields(call.store)))}
    if "operations" in expand:
        shape["operations"] = {"linkGroups": []}


def _html(document: Adf | None) -> str:
    text = adf.to_text(document).replace("&", "&amp;").replace("<", "&lt;")
    return f"<p>{text}</p>" if text else ""
