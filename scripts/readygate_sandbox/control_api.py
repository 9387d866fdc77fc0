"""The control API of the Jira side under `/_sandbox/`: the handle of `control`, over HTTP
(docs/sandbox.md)."""

from dataclasses import asdict

from readygate_sandbox.control import Control
from readygate_sandbox.control_common import read_told
from readygate_sandbox.fitting import (
    COUNT,
    FLAG,
    LIST,
    NOTHING,
    NUMBER,
    OBJECT,
    TEXT,
    Kinds,
    fit,
)
from readygate_sandbox.jira_cloud import crowd
from readygate_sandbox.web import Answer, BadRequest, Request, Routes

ROUTES = Routes()


@ROUTES.get("/")
def index(control: Control, request: Request) -> Answer:
    """What is running, in short."""
    del request
    with control.store.lock:
        store = control.store
        return Answer(
            200,
            {
                "issues": len(store.issues),
                "projects": [p.key for p in store.projects.values()],
                "users": users_shape(control),
                "clock": control.clock.describe(),
                "quirks": asdict(store.quirks),
            },
        )


def users_shape(control: Control) -> list[dict[str, str]]:
    """Who may sign in, with tokens: this is a toy."""
    return [
        {"name": u.name, "email": u.email, "token": u.token, "accountId": u.account_id}
        for u in control.store.users.values()
    ]


@ROUTES.post("/lag")
def lag(control: Control, request: Request) -> Answer:
    """`{"seconds": 5, "issues": {"DEAL-1": 60}}`: searches see issues as of then."""
    told = read_told(request, {"seconds": NUMBER, "issues": OBJECT})
    issues = told.get("issues", {})
    fit(issues, dict.fromkeys(issues, NUMBER))
    control.lag(told.get("seconds", 0), issues)
    return Answer(200, {"seconds": told.get("seconds", 0)})


@ROUTES.post("/forget")
def forget(control: Control, request: Request) -> Answer:
    """`{"issues": ["DEAL-1"], "seconds": 30}`: searches do not see them; an empty list ends it."""
    told = read_told(request, {"issues": LIST, "seconds": (*NUMBER, *NOTHING)})
    if refs := told.get("issues"):
        control.forget([str(ref) for ref in refs], told.get("seconds"))
    else:
        control.remember()
    return Answer(200, {"forgotten": [str(n) for n in control.site.index.forgotten]})


@ROUTES.post("/quirks")
def set_quirks(control: Control, request: Request) -> Answer:
    """`child_condition`: allow or deny; `remote_only`: hidden or listed."""
    allowed = {"child_condition": ("allow", "deny"), "remote_only": ("hidden", "listed")}
    told = read_told(request, dict.fromkeys(allowed, TEXT))
    for name, value in told.items():
        if value not in allowed[name]:
            raise BadRequest(f"{name}: expected one of {', '.join(allowed[name])}")
    for name, value in told.items():
        setattr(control.store.quirks, name, value)
    return Answer(200, asdict(control.store.quirks))


# -- people ------------------------------------------------------------------------------------


@ROUTES.post("/users")
def set_user(control: Control, request: Request) -> Answer:
    """`{"user": ref, "token" | "expired" | "active" | "rights" | "project_rights": …}`."""
    told = read_told(
        request,
        {"user": TEXT, "token": TEXT, "expired": FLAG, "active": FLAG, "rights": LIST,
         "project_rights": OBJECT},
    )  # fmt: skip
    user = control.set_user(told.pop("user", ""), **told)
    return Answer(200, {"email": user.email, "active": user.active, "rights": sorted(user.rights)})


@ROUTES.post("/hide")
def hide(control: Control, request: Request) -> Answer:
    """`{"issue": "DEAL-1", "from": [users]}`: an issue that these users cannot see."""
    told = read_told(request, {"issue": TEXT, "from": LIST})
    control.hide(told.get("issue", ""), *(str(who) for who in told.get("from", [])))
    return Answer(200, {"issue": told.get("issue")})


# -- the whole ---------------------------------------------------------------------------------

_CROWD: Kinds = {
    "deals": COUNT,
    "project": TEXT,
    "type": TEXT,
    "subtask_type": TEXT,
    "status": TEXT,
    "summary": TEXT,
    "subtasks": LIST,
    "properties": OBJECT,
    "spread_seconds": NUMBER,
    "ending_seconds_ago": NUMBER,
}
MAX_CROWD = 1_000_000


@ROUTES.post("/seed")
def seed(control: Control, request: Request) -> Answer:
    """Many deals at once; the keys are those of `crowd.Crowd`."""
    told = read_told(request, _CROWD)
    for child in told.get("subtasks", []):
        fit(child, {"summary": TEXT, "status": TEXT, "properties": OBJECT})
    total = told.get("deals", 0) * (1 + len(told.get("subtasks", [])))
    if not 0 < total <= MAX_CROWD:
        raise BadRequest(f"deals: from 1 to {MAX_CROWD} issues can be made at once")
    with control.store.lock:
        made = crowd.populate(control.store, crowd.Crowd(**told))
    return Answer(200, {"made": len(made), "first": made[:1], "last": made[-1:]})
