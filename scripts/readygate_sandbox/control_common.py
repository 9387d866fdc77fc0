"""What the control API is on every port: log, faults, limits, clock, people, the whole."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

from readygate_sandbox.clock import Clock
from readygate_sandbox.faults import Faults, read_fault
from readygate_sandbox.fitting import COUNT, FLAG, LIST, NUMBER, Kinds, fit
from readygate_sandbox.requestlog import RequestLog
from readygate_sandbox.web import Answer, BadRequest, Request, Routes

ROUTES = Routes()


class Limited(Protocol):
    """Limits that can be looked at and switched."""

    def configure(self, told: dict[str, Any]) -> None:
        """Set what is given, leave the rest. Raises BadRequest."""
        ...

    def describe(self) -> dict[str, Any]:
        """What is on, and how many requests were refused."""
        ...


class Controlled(Protocol):
    """The handle of one side."""

    log: RequestLog
    faults: Faults

    @property
    def clock(self) -> Clock:
        """The tracker's clock."""
        ...

    @property
    def limits(self) -> Limited:
        """The tracker's limits."""
        ...

    def act(self, as_: str, do: str, **told: Any) -> dict[str, Any]:
        """A person does something."""
        ...

    def dump(self) -> dict[str, Any]:
        """Everything the side holds."""
        ...

    def reset(self) -> None:
        """Back to the seed."""
        ...

    def save(self) -> Path | None:
        """Write the state file, where there is one, and tell which."""
        ...


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


def read_told(request: Request, kinds: Kinds) -> dict[str, Any]:
    """A control request whose keys are all known. Raises BadRequest."""
    return fit(read_object(request), kinds)


# -- the log -----------------------------------------------------------------------------------


@ROUTES.get("/log")
def log(control: Controlled, request: Request) -> Answer:
    """Requests after `since` (an id), the newest `limit` of them, and counts by kind."""
    since = int(request.arg("since") or 0)
    limit = request.arg("limit")
    return Answer(200, control.log.describe(since=since, limit=int(limit) if limit else None))


@ROUTES.delete("/log")
@ROUTES.post("/log/clear")
def clear_log(control: Controlled, request: Request) -> Answer:
    """Forget the log."""
    del request
    control.log.clear()
    return Answer(200, {"cleared": True})


# -- faults, limits, lag, clock ----------------------------------------------------------------


def _faults(control: Controlled) -> Answer:
    return Answer(200, {"faults": [asdict(rule) for rule in control.faults.rules()]})


@ROUTES.get("/faults")
def faults(control: Controlled, request: Request) -> Answer:
    """The rules with their counters."""
    del request
    return _faults(control)


@ROUTES.post("/faults")
def set_faults(control: Controlled, request: Request) -> Answer:
    """Replace the rules by `{"faults": [...]}`; an empty list behaves well again."""
    rules = read_told(request, {"faults": LIST}).get("faults")
    if rules is None:
        raise BadRequest("faults: expected a list")
    control.faults.set([read_fault(rule) for rule in rules])
    return _faults(control)


@ROUTES.delete("/faults")
def clear_faults(control: Controlled, request: Request) -> Answer:
    """Behave well again."""
    del request
    control.faults.clear()
    return _faults(control)


@ROUTES.get("/limits")
def limits(control: Controlled, request: Request) -> Answer:
    """Which limits are on, and how many requests they refused."""
    del request
    return Answer(200, control.limits.describe())


@ROUTES.post("/limits")
def set_limits(control: Controlled, request: Request) -> Answer:
    """Switch limits on and off; keys that are not given stay."""
    control.limits.configure(read_object(request))
    return limits(control, request)


@ROUTES.get("/clock")
def clock(control: Controlled, request: Request) -> Answer:
    """The tracker's time."""
    del request
    return Answer(200, control.clock.describe())


@ROUTES.post("/clock")
def set_clock(control: Controlled, request: Request) -> Answer:
    """`{"advance": seconds}`, `{"set": epoch ms}`, `{"freeze": true|false}`, `{"reset": true}`."""
    told = read_told(request, {"reset": FLAG, "set": COUNT, "advance": NUMBER, "freeze": FLAG})
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


# -- people and the whole --------------------------------------------------------------------


@ROUTES.post("/act")
def act(control: Controlled, request: Request) -> Answer:
    """Somebody does something as if in the browser; the tracker's own refusals come back as they
    are."""
    told = read_object(request)
    who, do = told.pop("as", None), told.pop("do", None)
    if not isinstance(who, str) or not isinstance(do, str):
        raise BadRequest("as and do are needed")
    return Answer(200, control.act(who, do, **told))


@ROUTES.post("/reset")
def reset(control: Controlled, request: Request) -> Answer:
    """Back to the seed."""
    del request
    control.reset()
    return Answer(200, {"reset": True})


@ROUTES.get("/state")
def get_state(control: Controlled, request: Request) -> Answer:
    """Everything the side holds."""
    del request
    return Answer(200, control.dump())


@ROUTES.post("/save")
def save(control: Controlled, request: Request) -> Answer:
    """Write the state file of both sides now."""
    del request
    saved = control.save()
    if saved is None:
        raise BadRequest("the sandbox was started without --state")
    return Answer(200, {"saved": str(saved)})
