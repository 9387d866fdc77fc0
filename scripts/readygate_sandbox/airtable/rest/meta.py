"""The meta API: who am I, bases and their collaborators, tables and fields."""

from typing import Any

from readygate_sandbox.airtable import schema
from readygate_sandbox.airtable.errors import invalid, invalid_request, no_such_model
from readygate_sandbox.airtable.model import Base, iso, reaches
from readygate_sandbox.airtable.params import need_field
from readygate_sandbox.airtable.workspace import Call
from readygate_sandbox.web import Answer, Routes

ROUTES = Routes()
READ, WRITE = "schema.bases:read", "schema.bases:write"
PAGE = 1000


@ROUTES.get("/meta/whoami")
def whoami(call: Call) -> Answer:
    """The token's user; no scope is needed, the e-mail comes with `user.email:read`."""
    told: dict[str, Any] = {"id": call.user.id}
    if "user.email:read" in call.token.scopes:
        told["email"] = call.user.email
    return Answer(200, told)


@ROUTES.get("/meta/bases")
def list_bases(call: Call) -> Answer:
    """Bases of the token, a thousand a page."""
    call.need_scope(READ)
    bases = [b for b in call.store.bases.values() if call.level(b) != "none"]
    start, offset = 0, call.request.arg("offset")
    if offset:
        places = [n for n, b in enumerate(bases) if b.id == offset]
        if not places:
            raise invalid("INVALID_OFFSET_VALUE", "The value of offset is invalid.")
        start = places[0]
    shown = bases[start : start + PAGE]
    body: dict[str, Any] = {
        "bases": [{"id": b.id, "name": b.name, "permissionLevel": call.level(b)} for b in shown]
    }
    if start + PAGE < len(bases):
        body["offset"] = bases[start + PAGE].id
    return Answer(200, body)


@ROUTES.get("/meta/bases/<base>")
def base_info(call: Call, base: str) -> Answer:
    """A base, with its people for `include=collaborators`."""
    call.need_scope(READ)
    where = call.base(base)
    body: dict[str, Any] = {
        "id": where.id,
        "name": where.name,
        "createdTime": iso(where.created),
        "permissionLevel": call.level(where),
        "workspaceId": where.workspace,
    }
    asked = [*call.request.query.get("include", []), *call.request.query.get("include[]", [])]
    if "collaborators" in asked:
        body |= {
            "individualCollaborators": {
                "baseCollaborators": _people(call, where),
                "workspaceCollaborators": [],
            },
            "groupCollaborators": {"baseCollaborators": [], "workspaceCollaborators": []},
        }
    return Answer(200, body)


def _people(call: Call, base: Base) -> list[dict[str, Any]]:
    owner = next((u for u, level in base.levels.items() if level == "create"), "")
    return [
        {
            "userId": user,
            "email": call.store.users[user].email,
            "permissionLevel": level,
            "createdTime": iso(base.created),
            "grantedByUserId": owner,
        }
        for user, level in base.levels.items()
        if reaches(level, "read") and user in call.store.users
    ]


@ROUTES.get("/meta/bases/<base>/tables")
def list_tables(call: Call, base: str) -> Answer:
    """Every table with fields and views."""
    call.need_scope(READ)
    where = call.base(base)
    asked = [*call.request.query.get("include", []), *call.request.query.get("include[]", [])]
    visible = "visibleFieldIds" in asked
    tables = [schema.table_shape(t, visible=visible) for t in where.tables.values()]
    return Answer(200, {"tables": tables})


def _writable(call: Call, base: str) -> Base:
    """A base whose schema the caller may change: a creator with the scope."""
    call.need_scope(WRITE)
    where = call.base(base)
    if call.level(where) != "create":
        raise no_such_model()
    return where


@ROUTES.post("/meta/bases/<base>/tables")
def create_table(call: Call, base: str) -> Answer:
    """A new table."""
    where = _writable(call, base)
    return Answer(200, schema.table_shape(schema.create_table(call.store, where, call.body())))


@ROUTES.on("PATCH", "/meta/bases/<base>/tables/<table>")
def update_table(call: Call, base: str, table: str) -> Answer:
    """Another name or description."""
    where = _writable(call, base)
    found = call.table(where, table)
    schema.update_table(call.store, where, found, call.body())
    return Answer(200, schema.table_shape(found))


@ROUTES.post("/meta/bases/<base>/tables/<table>/fields")
def create_field(call: Call, base: str, table: str) -> Answer:
    """A new field."""
    where = _writable(call, base)
    found = call.table(where, table)
    made = schema.create_field(call.store, where, found, call.body())
    return Answer(200, schema.field_shape(made))


@ROUTES.on("PATCH", "/meta/bases/<base>/tables/<table>/fields/<field>")
def update_field(call: Call, base: str, table: str, field: str) -> Answer:
    """Another name, description or formula."""
    where = _writable(call, base)
    found = call.table(where, table)
    one = need_field(found, field)
    if one.id != field:
        raise invalid_request()
    schema.update_field(call.store, found, one, call.body())
    return Answer(200, schema.field_shape(one))
