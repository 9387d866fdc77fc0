"""How transitions look to a client."""

from typing import Any

from readygate_sandbox.jira_cloud.model import Issue, Transition
from readygate_sandbox.jira_cloud.rest.metadata import describe_field
from readygate_sandbox.jira_cloud.site import Call
from readygate_sandbox.jira_cloud.workflow import listed


def transition_shapes(
    call: Call,
    issue: Issue,
    *,
    with_fields: bool,
    unavailable_too: bool = False,
    only: str | None = None,
) -> list[dict[str, Any]]:
    """`IssueTransition`s of an issue for the caller."""
    return [
        _shape(call, issue, transition, available=available, with_fields=with_fields)
        for transition, available in listed(call.store, issue, call.actor)
        if (available or unavailable_too) and (only is None or transition.id == only)
    ]


def _shape(
    call: Call, issue: Issue, transition: Transition, *, available: bool, with_fields: bool
) -> dict[str, Any]:
    conditions = transition.conditions
    shape: dict[str, Any] = {
        "id": transition.id,
        "name": transition.name,
        "to": call.render.status(call.store.statuses[transition.to]),
        "hasScreen": bool(transition.screen),
        "isGlobal": transition.kind == "GLOBAL",
        "isInitial": False,
        "isAvailable": available,
        "isConditional": bool(conditions.conditions or conditions.groups),
        "looped": transition.to == issue.status,
    }
    if with_fields:
        names = dict.fromkeys((*transition.screen, *transition.required))
        shape["fields"] = {
            name: describe_field(call, name, required=name in transition.required) for name in names
        }
    return shape
