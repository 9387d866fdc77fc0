"""Comments: bodies as they are sent, rights, and the per-issue limit."""

from typing import Any

from readygate_sandbox.jira_cloud import adf
from readygate_sandbox.jira_cloud.errors import bad_request, refusal
from readygate_sandbox.jira_cloud.fields import FieldProblem, rich_text
from readygate_sandbox.jira_cloud.model import Adf, Comment, Issue, Right
from readygate_sandbox.jira_cloud.rules import need, read_properties
from readygate_sandbox.jira_cloud.store import Store
from readygate_sandbox.jira_cloud.workflow import Actor
from readygate_sandbox.web import Json

MAX_COMMENTS = 5000
"""Per issue; one more is 413 (the OpenAPI document, addComment)."""

Draft = tuple[Adf, dict[str, Any]]
"""Body and properties of a comment that is not stored yet."""


def comment_body(raw: Json, *, version: int) -> tuple[Adf, dict[str, Any]]:
    """(body, properties) of a comment as sent. Raises Jira's refusal."""
    body = raw.get("body") if isinstance(raw, dict) else None
    try:
        document = rich_text(version, body)
    except FieldProblem:
        document = None
    if document is None or not (adf.words(document).strip() or _shows_something(document)):
        raise bad_request(errors={"comment": "Comment body is not valid!"})
    return document, read_properties(raw.get("properties"))


def _shows_something(document: Adf) -> bool:
    return bool(adf.to_text(document).strip())


def need_to_comment(store: Store, actor: Actor, issue: Issue) -> None:
    """Refuse without the right (400), and over the per-issue limit (413)."""
    need(
        store, actor, Right.COMMENT, issue,
        status=400, text="You do not have the permission to comment on this issue.",
    )  # fmt: skip
    if len(issue.comments) >= MAX_COMMENTS:
        raise refusal(413, f"The issue has reached the limit of {MAX_COMMENTS} comments.")


def add_comment(store: Store, actor: Actor, issue: Issue, draft: Draft) -> Comment:
    """Add a comment. Raises as `need_to_comment`."""
    need_to_comment(store, actor, issue)
    store.touch(issue)
    return append_comment(store, issue, actor.user.account_id, draft)


def append_comment(store: Store, issue: Issue, author: str, draft: Draft) -> Comment:
    """Put a comment at the end, dated as the issue's last change."""
    body, properties = draft
    at = issue.updated
    number = str(store.next_id("comment"))
    comment = Comment(number, author, body, at, at, author, properties=properties)
    issue.comments = (*issue.comments, comment)
    return comment


def find_comment(issue: Issue, comment_id: str) -> Comment:
    """One comment of an issue, or a 404."""
    for comment in issue.comments:
        if comment.id == comment_id:
            return comment
    raise refusal(404, f"Can not find a comment for the id: {comment_id}.")


def sent_comments(payload: Json, version: int) -> list[Draft]:
    """The comments in `update` of a payload, checked."""
    operations = (payload.get("update") or {}).get("comment") or []
    return [
        comment_body(operation.get("add"), version=version)
        for operation in operations
        if isinstance(operation, dict) and "add" in operation
    ]
