"""The control API under `/_sandbox/`: the handle of `control`, over HTTP (docs/sandbox.md)."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from readygate_sandbox.control import Control
from readygate_sandbox.faults import read_fault
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
from readygate_sandbox.jira_cloud import crowd, state
from readygate_sandbox.web import Answer, BadRequest, Request, Routes

ROUTES = Routes()

LAST_MS = 4_102_444_800_000
"""2100-01-01: as far as the clock goes."""


def read_object(request: Request) -> dict[str, Any]:
    """The JSON object of a control request. Raises BadRequest."""
    try:
        told = request.json()
    except ValueError:
        raise BadRequest("the body is not JSON") from None
    if told is None:
        return {}
    if not isinstance(told, dict):
        raise BadRequest("expected a JSON object")
    return told


def _told(request: Request, kinds: Kinds) -> dict[str, Any]:
    return fit(read_object(request), kinds)


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


# -- the log -----------------------------------------------------------------------------------


@ROUTES.get("/log")
def log(control: Control, request: Request) -> Answer:
    """Requests after `since` (an id), the newest `limit` of them, and counts by kind."""
    since = int(request.arg("since") or 0)
    limit = request.arg("limit")
    return Answer(200, control.log.describe(since=since, limit=int(limit) if limit else None))


@ROUTES.delete("/log")
@ROUTES.post("/log/clear")
def clear_log(control: Control, request: Request) -> Answer:
    """Forget the log."""
    del request
    control.log.clear()
    return Answer(200, {"cleared": True})


# -- faults, limits, lag, clock ----------------------------------------------------------------


def _faults(control: Control) -> Answer:
    return Answer(200, {"faults": [asdict(rule) for rule in control.faults.rules()]})


@ROUTES.get("/faults")
def faults(control: Control, request: Request) -> Answer:
    """The rules with their counters."""
    del request
    return _faults(control)


@ROUTES.post("/faults")
def set_faults(control: Control, request: Request) -> Answer:
    """Replace the rules by `{"faults": [...]}`; an empty list behaves well again."""
    rules = _told(request, {"faults": LIST}).get("faults")
    if rules is None:
        raise BadRequest("faults: expected a list")
    control.faults.set([read_fault(rule) for rule in rules])
    return _faults(control)


@ROUTES.delete("/faults")
def clear_faults(control: Control, request: Request) -> Answer:
    """Behave well again."""
    del request
    control.faults.clear()
    return _faults(control)


@ROUTES.get("/limits")
def limits(control: Control, request: Request) -> Answer:
    """Which limits are on, and how many requests they refused."""
    del request
    return Answer(200, {**asdict(control.limits.settings), "refused": control.limits.refused})


@ROUTES.post("/limits")
def set_limits(control: Control, request: Request) -> Answer:
    """Switch limits on and off; keys that are not given stay."""
    control.limits.configure(read_object(request))
    return limits(control, request)


@ROUTES.post("/lag")
def lag(control: Control, request: Request) -> Answer:
    """`{"seconds": 5, "issues": {"DEAL-1": 60}}`: searches see issues as of then."""
    told = _told(request, {"seconds": NUMBER, "issues": OBJECT})
    issues = told.get("issues", {})
    fit(issues, dict.fromkeys(issues, NUMBER))
    control.lag(told.get("seconds", 0), issues)
    return Answer(200, {"seconds": told.get("seconds", 0)})


@ROUTES.post("/forget")
def forget(control: Control, request: Request) -> Answer:
    """`{"issues": ["DEAL-1"], "seconds": 30}`: searches do not see them; an empty list ends it."""
    told = _told(request, {"issues": LIST, "seconds": (*NUMBER, *NOTHING)})
    if refs := told.get("issues"):
        control.forget([str(ref) for ref in refs], told.get("seconds"))
    else:
        control.remember()
    return Answer(200, {"forgotten": [str(n) for n in control.site.index.forgotten]})


@ROUTES.get("/clock")
def clock(control: Control, request: Request) -> Answer:
    """The tracker's time."""
    del request
    return Answer(200, control.clock.describe())


@ROUTES.post("/clock")
def set_clock(control: Control, request: Request) -> Answer:
    """`{"advance": seconds}`, `{"set": epoch ms}`, `{"freeze": true|false}`, `{"reset": true}`."""
    told = _told(request, {"reset": FLAG, "set": COUNT, "advance": NUMBER, "freeze": FLAG})
    if not 0 <= told.get("set", 0) <= LAST_MS or abs(told.get("advance", 0)) > LAST_MS / 1000:
        raise BadRequest("the clock cannot go there")
    acts: dict[str, Callable[[Any], None]] = {
        "reset": lambda yes: control.clock.reset() if yes else None,
        "set": control.clock.set,
        "advance": control.clock.advance,
        "freeze": lambda yes: control.clock.freeze() if yes else control.clock.thaw(),
    }
    for name, act in acts.items():
        if name in told:
            act(told[name])
    return clock(control, request)


@ROUTES.post("/quirks")
def set_quirks(control: Control, request: Request) -> Answer:
    """`child_condition`: allow or deny; `remote_only`: hidden or listed."""
    allowed = {"child_condition": ("allow", "deny"), "remote_only": ("hidden", "listed")}
    told = _told(request, dict.fromkeys(allowed, TEXT))
    for name, value in told.items():
        if value not in allowed[name]:
            raise BadRequest(f"{name}: expected one of {', '.join(allowed[name])}")
    for name, value in told.items():
        setattr(control.store.quirks, name, value)
    return Answer(200, asdict(control.store.quirks))


# -- people ------------------------------------------------------------------------------------


@ROUTES.post("/act")
def act(control: Control, request: Request) -> Answer:
    """Somebody does something as if in the browser; Jira's own refusals come back as they are."""
    told = read_object(request)
    who, do = told.pop("as", None), told.pop("do", None)
    if not isinstance(who, str) or not isinstance(do, str):
        raise BadRequest("as and do are needed")
    return Answer(200, control.act(who, do, **told))


@ROUTES.post("/users")
def set_user(control: Control, request: Request) -> Answer:
    """`{"user": ref, "token" | "expired" | "active" | "rights" | "project_rights": …}`."""
    told = _told(
        request,
        {"user": TEXT, "token": TEXT, "expired": FLAG, "active": FLAG, "rights": LIST,
         "project_rights": OBJECT},
    )  # fmt: skip
    user = control.set_user(told.pop("user", ""), **told)
    return Answer(200, {"email": user.email, "active": user.active, "rights": sorted(user.rights)})


@ROUTES.post("/hide")
def hide(control: Control, request: Request) -> Answer:
    """`{"issue": "DEAL-1", "from": [users]}`: an issue that these users cannot see."""
    told = _told(request, {"issue": TEXT, "from": LIST})
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
    told = _told(request, _CROWD)
    for child in told.get("subtasks", []):
        fit(child, {"summary": TEXT, "status": TEXT, "properties": OBJECT})
    total = told.get("deals", 0) * (1 + len(told.get("subtasks", [])))
    if not 0 < total <= MAX_CROWD:
        raise BadRequest(f"deals: from 1 to {MAX_CROWD} issues can be made at once")
    with control.store.lock:
        made = crowd.populate(control.store, crowd.Crowd(**told))
    return Answer(200, {"made": len(made), "first": made[:1], "last": made[-1:]})


@ROUTES.post("/reset")
def reset(control: Control, request: Request) -> Answer:
    """Back to the seed."""
    del request
    control.reset()
    return Answer(200, {"reset": True})


@ROUTES.get("/state")
def get_state(control: Control, request: Request) -> Answer:
    """Everything the site holds."""
    del request
    with control.store.lock:
        return Answer(200, state.dump(control.store))


@ROUTES.post("/save")
def save(control: Control, request: Request) -> Answer:
    """Write the state file now."""
    del request
    if control.state_file is None:
        raise BadRequest("the sandbox was started without --state")
    with control.store.lock:
        state.save(control.store, control.state_file)
    return Answer(200, {"saved": str(control.state_file)})
