"""Comments and their properties."""

from dataclasses import replace
from typing import Any

from readygate_sandbox.jira_cloud import commenting
from readygate_sandbox.jira_cloud import payload as kinds
from readygate_sandbox.jira_cloud.errors import bad_request, invalid_payload, refusal
from readygate_sandbox.jira_cloud.model import Comment, Issue, Right
from readygate_sandbox.jira_cloud.rest.properties import property_value
from readygate_sandbox.jira_cloud.rights import may, sees
from readygate_sandbox.jira_cloud.rules import check_property
from readygate_sandbox.jira_cloud.site import Call
from readygate_sandbox.web import Answer, Routes

ROUTES = Routes()
DEFAULT_PAGE = 100
"""`maxResults` of comments defaults to 100 in this state of the OpenAPI document."""


@ROUTES.get("/issue/<key>/comment")
def get_comments(call: Call, key: str) -> Answer:
    """Comments of an issue, oldest first unless `orderBy=-created`."""
    issue = call.issue(key)
    order = call.arg("orderBy", "created")
    if order.lstrip("+-") != "created":
        raise bad_request("Can only order comments by 'created'.")
    comments = list(issue.comments)
    if order.startswith("-"):
        comments.reverse()
    start, size = call.page(DEFAULT_PAGE, 5000)
    with_properties = "properties" in call.names("expand")
    shown = [
        call.render.comment(issue, comment, with_properties=with_properties)
        for comment in comments[start : start + size]
    ]
    return Answer(
        200, {"startAt": start, "maxResults": size, "total": len(comments), "comments": shown}
    )


@ROUTES.post("/issue/<key>/comment")
def add_comment(call: Call, key: str) -> Answer:
    """Add a comment, properties with it: 201."""
    actor, issue = call.actor, call.issue(key)
    draft = commenting.comment_body(call.body(), version=call.version)
    comment = commenting.add_comment(call.store, actor, issue, draft)
    return Answer(201, _shape(call, issue, comment))


@ROUTES.get("/issue/<key>/comment/<number>")
def get_comment(call: Call, key: str, number: str) -> Answer:
    """One comment."""
    issue = call.issue(key)
    return Answer(200, _shape(call, issue, commenting.find_comment(issue, number)))


@ROUTES.put("/issue/<key>/comment/<number>")
def edit_comment(call: Call, key: str, number: str) -> Answer:
    """Edit one comment: 200 with the comment."""
    actor, issue = call.actor, call.issue(key)
    comment = commenting.find_comment(issue, number)
    _need(call, issue, comment, verb="edit")
    body, properties = commenting.comment_body(call.body(), version=call.version)
    at = call.store.touch(issue)
    edited = replace(
        comment,
        body=body,
        updated=at,
        update_author=actor.user.account_id,
        properties={**comment.properties, **properties},
    )
    _swap(issue, edited)
    return Answer(200, _shape(call, issue, edited))


@ROUTES.delete("/issue/<key>/comment/<number>")
def delete_comment(call: Call, key: str, number: str) -> Answer:
    """Delete one comment: 204."""
    _, issue = call.actor, call.issue(key)
    comment = commenting.find_comment(issue, number)
    _need(call, issue, comment, verb="delete")
    call.store.touch(issue)
    issue.comments = tuple(c for c in issue.comments if c.id != number)
    return Answer(204)


_RIGHTS = {
    "edit": (Right.EDIT_ALL_COMMENTS, Right.EDIT_OWN_COMMENTS),
    "delete": (Right.DELETE_ALL_COMMENTS, Right.DELETE_OWN_COMMENTS),
}


def _need(call: Call, issue: Issue, comment: Comment, *, verb: str) -> None:
    all_right, own_right = _RIGHTS[verb]
    user = call.actor.user
    project = call.store.projects[issue.project]
    own = comment.author == user.account_id and may(user, own_right, project)
    if not (own or may(user, all_right, project)):
        raise bad_request(f"You do not have permission to {verb} comment with id: {comment.id}.")


def _swap(issue: Issue, edited: Comment) -> None:
    issue.comments = tuple(edited if c.id == edited.id else c for c in issue.comments)


def _shape(call: Call, issue: Issue, comment: Comment) -> dict[str, Any]:
    with_properties = "properties" in call.names("expand")
    return call.render.comment(issue, comment, with_properties=with_properties)


@ROUTES.post("/comment/list")
def comments_by_ids(call: Call) -> Answer:
    """Comments of any issues by their ids (at most a thousand)."""
    wanted = kinds.shaped(call.body(), {"ids": kinds.many(kinds.whole)}).get("ids")
    if wanted is None or len(wanted) > 1000:
        raise invalid_payload()
    ids = {str(w) for w in wanted}
    shown = [
        _shape(call, issue, comment) for issue, comment in _all_comments(call) if comment.id in ids
    ]
    size = len(shown)
    return Answer(
        200, {"startAt": 0, "maxResults": 1000, "total": size, "isLast": True, "values": shown}
    )


# -- properties of comments --------------------------------------------------------------------


def _all_comments(call: Call) -> list[tuple[Issue, Comment]]:
    store = call.store
    return [
        (issue, comment)
        for issue in store.issues.values()
        if issue.comments and sees(call.user, issue, store.projects[issue.project])
        for comment in issue.comments
    ]


def _find(call: Call, number: str) -> tuple[Issue, Comment]:
    for issue, comment in _all_comments(call):
        if comment.id == number:
            return issue, comment
    raise refusal(404, f"Can not find a comment for the id: {number}.")


@ROUTES.get("/comment/<number>/properties")
def property_keys(call: Call, number: str) -> Answer:
    """Keys of a comment's properties."""
    _, comment = _find(call, number)
    base = f"{call.render.api}/comment/{number}/properties"
    return Answer(
        200, {"keys": [{"self": f"{base}/{key}", "key": key} for key in comment.properties]}
    )


@ROUTES.get("/comment/<number>/properties/<path:name>")
def get_property(call: Call, number: str, name: str) -> Answer:
    """One property."""
    _, comment = _find(call, number)
    if name not in comment.properties:
        raise refusal(404, f"The property with key '{name}' does not exist.")
    return Answer(200, {"key": name, "value": comment.properties[name]})


@ROUTES.put("/comment/<number>/properties/<path:name>")
def set_property(call: Call, number: str, name: str) -> Answer:
    """Set one property: 201 when new, 200 when replaced."""
    issue, comment, value = *_writable(call, number), property_value(call)
    check_property(name, value)
    new = name not in comment.properties
    call.store.note(issue)
    _swap(issue, replace(comment, properties={**comment.properties, name: value}))
    return Answer(201 if new else 200, {})


@ROUTES.delete("/comment/<number>/properties/<path:name>")
def delete_property(call: Call, number: str, name: str) -> Answer:
    """Remove one property: 204."""
    issue, comment = _writable(call, number)
    if name not in comment.properties:
        raise refusal(404, f"The property with key '{name}' does not exist.")
    call.store.note(issue)
    kept = {k: v for k, v in comment.properties.items() if k != name}
    _swap(issue, replace(comment, properties=kept))
    return Answer(204)


def _writable(call: Call, number: str) -> tuple[Issue, Comment]:
    user = call.actor.user
    issue, comment = _find(call, number)
    project = call.store.projects[issue.project]
    own = comment.author == user.account_id and may(user, Right.EDIT_OWN_COMMENTS, project)
    if not (own or may(user, Right.EDIT_ALL_COMMENTS, project)):
        raise refusal(403, f"You do not have permission to edit comment with id: {number}.")
    return issue, comment
