"""Comments on records: who may write which, and what becomes of mentions."""

import re

from readygate_sandbox.airtable.errors import invalid_request, not_permitted, refusal
from readygate_sandbox.airtable.ids import new_id
from readygate_sandbox.airtable.model import Base, Comment, Record, User
from readygate_sandbox.airtable.store import Store

MOST_TEXT = 10_000
_MENTION = re.compile(r"@\[([^\[\]\s]+)\]")


def rewritten(store: Store, base: Base, text: str) -> str:
    """`@[email]` of somebody in the base becomes `@[usr…]`; other texts stay as they are."""

    def by_id(found: re.Match[str]) -> str:
        user = store.find_user(found[1]) if "@" in found[1] else None
        if user is None or base.level_of(user) == "none":
            return found[0]
        return f"@[{user.id}]"

    return _MENTION.sub(by_id, text)


def check_text(text: object) -> str:
    """The text of a comment. Raises 422."""
    if not isinstance(text, str) or not text.strip() or len(text) > MOST_TEXT:
        raise invalid_request()
    return text


def add(
    store: Store, base: Base, record: Record, author: User, *, text: object, parent: object = None
) -> Comment:
    """Write a comment. Raises 422 for an empty text and for an unknown parent."""
    said = rewritten(store, base, check_text(text))
    if parent is not None and all(c.id != parent for c in record.comments):
        raise invalid_request()
    comment = Comment(
        new_id("com"), author.id, said, store.clock.now_ms(),
        parent=str(parent) if parent is not None else None,
    )  # fmt: skip
    record.comments = (*record.comments, comment)
    store.version += 1
    return comment


def own(record: Record, author: User, ref: str) -> Comment:
    """A comment that its author may change. Raises 404, and 403 for what others wrote."""
    found = next((c for c in record.comments if c.id == ref), None)
    if found is None:
        raise refusal(404, "MODEL_ID_NOT_FOUND", "Comment not found")
    if found.author != author.id:
        raise not_permitted()
    return found


def edit(store: Store, base: Base, comment: Comment, text: object) -> Comment:
    """Change the text of a comment."""
    comment.text = rewritten(store, base, check_text(text))
    comment.updated = store.clock.now_ms()
    store.version += 1
    return comment


def remove(store: Store, record: Record, comment: Comment) -> None:
    """Delete a comment."""
    record.comments = tuple(c for c in record.comments if c is not comment)
    store.version += 1
