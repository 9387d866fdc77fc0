"""The control API of the Airtable side: what its port has beyond log, faults, limits and clock."""

from dataclasses import asdict
from typing import Any

from readygate_sandbox.airtable.control import AirtableControl
from readygate_sandbox.airtable.seed import QUIRKS
from readygate_sandbox.control_common import read_told
from readygate_sandbox.fitting import COUNT, FLAG, LIST, NOTHING, NUMBER, OBJECT, TEXT
from readygate_sandbox.web import Answer, BadRequest, Request, Routes

ROUTES = Routes()
MAX_CROWD = 1_000_000


@ROUTES.get("/")
def index(control: AirtableControl, request: Request) -> Answer:
    """What is running, in short."""
    del request
    with control.store.lock:
        return Answer(
            200,
            {
                "bases": bases_shape(control),
                "users": users_shape(control),
                "clock": control.clock.describe(),
                "quirks": asdict(control.store.quirks),
            },
        )


def users_shape(control: AirtableControl) -> list[dict[str, str]]:
    """Who may sign in, with tokens: this is a toy."""
    return [
        {**user.shape(), "token": user.tokens[0].value}
        for user in control.store.users.values()
        if user.tokens
    ]


def bases_shape(control: AirtableControl) -> list[dict[str, Any]]:
    """Bases and how many records their tables hold."""
    return [
        {
            "id": base.id,
            "name": base.name,
            "tables": {t.name: len(t.records) for t in base.tables.values()},
        }
        for base in control.store.bases.values()
    ]


@ROUTES.post("/quirks")
def set_quirks(control: AirtableControl, request: Request) -> Answer:
    """How undocumented questions are answered."""
    control.set_quirks(**read_told(request, dict.fromkeys(QUIRKS, TEXT)))
    return Answer(200, asdict(control.store.quirks))


@ROUTES.post("/expire")
def expire(control: AirtableControl, request: Request) -> Answer:
    """Every offset expires now; `{"after_seconds": n}` sets how long new ones live."""
    told = read_told(request, {"after_seconds": NUMBER})
    if "after_seconds" in told:
        control.workspace.listings.lives_ms = int(told["after_seconds"] * 1000)
        return Answer(200, {"after_seconds": told["after_seconds"]})
    return Answer(200, {"expired": control.expire_offsets()})


@ROUTES.post("/users")
def set_user(control: AirtableControl, request: Request) -> Answer:
    """`{"user": ref, "token" | "expired" | "active" | "scopes" | "bases" | "level": …}`."""
    told = read_told(
        request,
        {"user": TEXT, "token": TEXT, "expired": FLAG, "active": FLAG, "scopes": LIST,
         "bases": (*LIST, *NOTHING), "level": TEXT, "base": TEXT},
    )  # fmt: skip
    user = control.set_user(told.pop("user", ""), **told)
    return Answer(200, {"email": user.email, "active": user.active})


@ROUTES.post("/permit")
def permit(control: AirtableControl, request: Request) -> Answer:
    """`{"table", "field", "by"}`: who may edit a field."""
    told = read_told(request, {"table": TEXT, "field": TEXT, "by": (*TEXT, *LIST), "base": TEXT})
    control.permit(
        told.get("table", ""), told.get("field", ""), told.get("by"), told.get("base", "")
    )
    return Answer(200, {"by": told.get("by")})


@ROUTES.post("/seed")
def seed(control: AirtableControl, request: Request) -> Answer:
    """Many records at once; the keys are those of `crowd.Crowd`."""
    told = read_told(
        request,
        {"deals": COUNT, "base": TEXT, "table": TEXT, "fields": OBJECT, "rows": LIST,
         "rows_table": TEXT, "link": TEXT, "spread_seconds": NUMBER,
         "ending_seconds_ago": NUMBER},
    )  # fmt: skip
    if not all(isinstance(row, dict) for row in told.get("rows", [])):
        raise BadRequest("rows: expected objects")
    if not 0 < told.get("deals", 0) * (1 + len(told.get("rows", []))) <= MAX_CROWD:
        raise BadRequest(f"deals: from 1 to {MAX_CROWD} records can be made at once")
    made = control.populate(**told)
    return Answer(200, {"made": len(made), "first": made[:1], "last": made[-1:]})
