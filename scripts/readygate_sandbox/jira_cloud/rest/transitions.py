"""Transitions of one issue."""

from readygate_sandbox.jira_cloud import writes
from readygate_sandbox.jira_cloud.rest.transition_shapes import transition_shapes
from readygate_sandbox.jira_cloud.site import Call
from readygate_sandbox.web import Answer, Routes

ROUTES = Routes()


@ROUTES.get("/issue/<key>/transitions")
def get_transitions(call: Call, key: str) -> Answer:
    """What the caller may do from here; an unknown id gives an empty list, not an error."""
    issue = call.issue(key)
    found = (
        []
        if call.user is None
        else transition_shapes(
            call,
            issue,
            with_fields="transitions.fields" in call.names("expand"),
            unavailable_too=call.flag("includeUnavailableTransitions"),
            only=call.request.arg("transitionId"),
        )
    )
    return Answer(200, {"expand": "transitions", "transitions": found})


@ROUTES.post("/issue/<key>/transitions")
def do_transition(call: Call, key: str) -> Answer:
    """Perform one transition: 204."""
    actor = call.actor
    writes.transition(call.store, actor, call.issue(key), call.body(), version=call.version)
    return Answer(204)
