"""Comments: list, write, change, delete."""

from readygate_sandbox.airtable import commenting
from readygate_sandbox.airtable.errors import invalid, invalid_request
from readygate_sandbox.airtable.model import Base, Level, Record
from readygate_sandbox.airtable.render import comment_shape
from readygate_sandbox.airtable.workspace import Call
from readygate_sandbox.web import Answer, Routes

ROUTES = Routes()
READ, WRITE = "data.recordComments:read", "data.recordComments:write"
_PATH = "/<base>/<table>/<record>/comments"
_ONE = f"{_PATH}/<comment>"


def _record(call: Call, base: str, table: str, record: str, *, need: Level) -> tuple[Base, Record]:
    call.need_scope(READ if need == "read" else WRITE)
    where = call.base(base, need=need)
    return where, call.record(call.table(where, table), record)


@ROUTES.get(_PATH)
def list_comments(call: Call, base: str, table: str, record: str) -> Answer:
    """One page, newest first; `offset` is null on the last one."""
    _, found = _record(call, base, table, record, need="read")
    size = call.request.arg("pageSize") or "100"
    if not (size.isascii() and size.isdigit()) or not 1 <= int(size) <= 100:
        raise invalid_request()
    comments = list(reversed(found.comments))
    start, offset = 0, call.request.arg("offset")
    if offset:
        places = [n for n, c in enumerate(comments) if c.id == offset]
        if not places:
            raise invalid("INVALID_OFFSET_VALUE", "The value of offset is invalid.")
        start = places[0]
    end = start + int(size)
    return Answer(
        200,
        {
            "comments": [comment_shape(call.store, c) for c in comments[start:end]],
            "offset": comments[end].id if end < len(comments) else None,
        },
    )


@ROUTES.post(_PATH)
def create_comment(call: Call, base: str, table: str, record: str) -> Answer:
    """Write one; mentions by e-mail come back as ids."""
    where, found = _record(call, base, table, record, need="comment")
    told = call.body()
    made = commenting.add(
        call.store, where, found, call.user,
        text=told.get("text"), parent=told.get("parentCommentId"),
    )  # fmt: skip
    return Answer(200, comment_shape(call.store, made))


@ROUTES.on("PATCH", _ONE)
def update_comment(call: Call, base: str, table: str, record: str, comment: str) -> Answer:
    """Change one's own."""
    where, found = _record(call, base, table, record, need="comment")
    one = commenting.own(found, call.user, comment)
    commenting.edit(call.store, where, one, call.body().get("text"))
    return Answer(200, comment_shape(call.store, one))


@ROUTES.delete(_ONE)
def delete_comment(call: Call, base: str, table: str, record: str, comment: str) -> Answer:
    """Delete one's own."""
    _, found = _record(call, base, table, record, need="comment")
    commenting.remove(call.store, found, commenting.own(found, call.user, comment))
    return Answer(200, {"id": comment, "deleted": True})
