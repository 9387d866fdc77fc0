"""The control API under `/_sandbox/`: the handle of `control`, over HTTP (docs/sandbox.md)."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from readygate_sandbox.control import Control
from readygate_sandbox.faults import read_fault
from readygate_sandbox.jira_cloud import crowd, state
from readygate_sandbox.web import Answer, BadRequest, Request, Routes

ROUTES = Routes()


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


def _take(told: dict[str, Any], name: str, kind: type | tuple[type, ...], default: Any) -> Any:
    value = told.get(name, default)
    if value is not default and (not isinstance(value, kind) or isinstance(value, bool)):
        raise BadRequest(f"{name}: got a value of the wrong type")
    return value


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
    rules = read_object(request).get("faults")
    if not isinstance(rules, list):
        raise BadRequest("faults: expected a list")
    try:
        control.faults.set([read_fault(rule) for rule in rules])
    except TypeError as error:
        raise BadRequest(str(error)) from None
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
    told = read_object(request)
    seconds = _take(told, "seconds", (int, float), 0)
    control.lag(seconds, _take(told, "issues", dict, None))
    return Answer(200, {"seconds": seconds})


@ROUTES.post("/forget")
def forget(control: Control, request: Request) -> Answer:
    """`{"issues": ["DEAL-1"], "seconds": 30}`: searches do not see them; an empty list ends it."""
    told = read_object(request)
    refs = _take(told, "issues", list, [])
    if refs:
        control.forget(refs, _take(told, "seconds", (int, float), None))
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
    told = read_object(request)
    acts: dict[str, Callable[[Any], None]] = {
        "reset": lambda _: control.clock.reset(),
        "set": lambda v: control.clock.set(int(v)),
        "advance": lambda v: control.clock.advance(float(v)),
        "freeze": lambda v: control.clock.freeze() if v else control.clock.thaw(),
    }
    unknown = set(told) - set(acts)
    if unknown:
        raise BadRequest(f"unknown keys: {', '.join(sorted(unknown))}")
    for name, act in acts.items():
        if name in told:
            act(told[name])
    return clock(control, request)


@ROUTES.post("/quirks")
def set_quirks(control: Control, request: Request) -> Answer:
    """`child_condition`: allow or deny; `remote_only`: hidden or listed."""
    allowed = {"child_condition": ("allow", "deny"), "remote_only": ("hidden", "listed")}
    for name, value in read_object(request).items():
        if value not in allowed.get(name, ()):
            raise BadRequest(
                f"{name}: expected one of {', '.join(allowed.get(name, ('nothing',)))}"
            )
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
    told = read_object(request)
    user = control.set_user(str(told.pop("user", "")), **told)
    return Answer(200, {"email": user.email, "active": user.active, "rights": sorted(user.rights)})


@ROUTES.post("/hide")
def hide(control: Control, request: Request) -> Answer:
    """`{"issue": "DEAL-1", "from": [users]}`: an issue that these users cannot see."""
    told = read_object(request)
    control.hide(str(told.get("issue")), *_take(told, "from", list, []))
    return Answer(200, {"issue": told.get("issue")})


# -- the whole ---------------------------------------------------------------------------------


@ROUTES.post("/seed")
def seed(control: Control, request: Request) -> Answer:
    """Many deals at once; the keys are those of `crowd.Crowd`."""
    told = read_object(request)
    unknown = set(told) - set(crowd.Crowd.__dataclass_fields__)
    if unknown or not isinstance(told.get("deals"), int):
        raise BadRequest(f"deals is needed; unknown keys: {', '.join(sorted(unknown)) or 'none'}")
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
