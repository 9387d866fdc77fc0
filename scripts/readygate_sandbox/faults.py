"""Misbehaviour on request: refusals, delays, broken connections and broken bodies."""

import gzip
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from readygate_sandbox.fitting import (
    COUNT,
    FLAG,
    NOTHING,
    NUMBER,
    OBJECT,
    TEXT,
    Kinds,
    fit,
)
from readygate_sandbox.web import Answer, BadRequest, Dropped, Request

FaultKind = Literal[
    "refuse", "delay", "drop", "garbage", "html", "truncate", "gzip", "empty", "replace", "redirect"
]
_STORED_BY_DEFAULT = frozenset({"garbage", "html", "truncate", "gzip", "empty", "replace"})
JIRA_PAGE = (
    b"<!DOCTYPE html><html><head><title>Atlassian Cloud Notifications</title></head>"
    b"<body><h1>We're sorry, something went wrong</h1></body></html>"
)
AIRTABLE_PAGE = (
    b"<!DOCTYPE html><html><head><title>Airtable</title></head>"
    b"<body><h1>Something went wrong</h1></body></html>"
)


@dataclass(slots=True)
class Fault:
    """One rule. It looks at requests whose method and path match and whose body contains
    `contains`; of these it lets `after` pass, then strikes every `every`-th, `count` times in all
    (None: without end).

    `stored` says whether the request is carried out before the fault shows: a `drop` with it is an
    answer lost on the way, without it a connection that broke before the tracker saw anything.
    `replace` gives a good answer's status and headers with another `body`. `seconds` is how long a
    `delay` or a `drop` keeps the client waiting.
    """

    do: FaultKind
    method: str = ".*"
    path: str = ".*"
    contains: str = ""
    after: int = 0
    every: int = 1
    count: int | None = None
    stored: bool = False
    status: int = 503
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    seconds: float = 0.0
    seen: int = 0
    struck: int = 0

    def strikes(self, request: Request) -> bool:
        """Whether this request is hit; counts it."""
        if not (
            re.fullmatch(self.method, request.method)
            and re.search(self.path, request.path)
            and (not self.contains or self.contains.encode() in request.body)
        ):
            return False
        self.seen += 1
        number = self.seen - self.after
        if (
            number < 1
            or number % self.every
            or (self.count is not None and self.struck >= self.count)
        ):
            return False
        self.struck += 1
        return True


_KINDS: Kinds = {
    "do": TEXT,
    "method": TEXT,
    "path": TEXT,
    "contains": TEXT,
    "nth": COUNT,
    "after": COUNT,
    "every": COUNT,
    "count": (*COUNT, *NOTHING),
    "stored": FLAG,
    "status": COUNT,
    "headers": OBJECT,
    "body": (dict, list, str, int, float, bool, *NOTHING),
    "seconds": NUMBER,
}
MAX_DELAY = 600


def read_fault(raw: Any) -> Fault:
    """A rule from JSON; `nth: 3` is short for `after: 2, count: 1`. Raises BadRequest."""
    told = fit(raw, _KINDS)
    if "nth" in told:
        told |= {"after": told.pop("nth") - 1, "count": 1}
    kind = told.get("do")
    if kind not in get_args(FaultKind):
        raise BadRequest(f"do: expected one of {', '.join(get_args(FaultKind))}, got {kind!r}")
    told.setdefault("stored", kind in _STORED_BY_DEFAULT)
    for name in ("method", "path"):
        try:
            re.compile(told.get(name, ""))
        except re.error as error:
            raise BadRequest(f"{name}: not a regular expression ({error})") from None
    if told.get("every", 1) < 1:
        raise BadRequest("every: must be at least 1")
    if not 200 <= told.get("status", 503) <= 599:
        raise BadRequest("status: must be between 200 and 599")
    if not 0 <= told.get("seconds", 0) <= MAX_DELAY:
        raise BadRequest(f"seconds: must be between 0 and {MAX_DELAY}")
    if not all(isinstance(value, str) for value in told.get("headers", {}).values()):
        raise BadRequest("headers: expected texts")
    return Fault(**told)


class Faults:
    """The rules in force; the first that strikes is the one that counts."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: list[Fault] = []

    def set(self, rules: list[Fault]) -> None:
        """Replace all rules."""
        with self._lock:
            self._rules = list(rules)

    def add(self, do: FaultKind, **told: Any) -> Fault:
        """Add one rule; keywords are those of `Fault` and `nth`. Raises BadRequest."""
        rule = read_fault({"do": do, **told})
        with self._lock:
            self._rules.append(rule)
        return rule

    def clear(self) -> None:
        """Behave well again."""
        self.set([])

    def rules(self) -> list[Fault]:
        """The rules with their counters."""
        with self._lock:
            return list(self._rules)

    def pick(self, request: Request) -> Fault | None:
        """The rule that strikes this request."""
        with self._lock:
            if not self._rules:
                return None
            return next((rule for rule in self._rules if rule.strikes(request)), None)


def suffer(fault: Fault, carry_out: Callable[[], Answer], *, page: bytes) -> Answer:
    """What the client gets instead of the plain answer; `page` is the web page of `html`. Raises
    Dropped."""
    if fault.do == "delay":
        return _delayed(fault, carry_out)
    answer = carry_out() if fault.stored else Answer(200, {})
    headers = (*answer.headers, *fault.headers.items())
    match fault.do:
        case "drop":
            time.sleep(fault.seconds)
            raise Dropped
        case "refuse":
            return Answer(fault.status, fault.body, tuple(fault.headers.items()))
        case "garbage":
            return Answer(answer.status, b'{"issues": [{"id": "1', headers)
        case "html":
            return Answer(200, page, headers, "text/html;charset=UTF-8")
        case "truncate":
            return Answer(
                answer.status, answer.body, headers, cut=max(1, len(answer.encode()) // 2)
            )
        case "gzip":
            packed = gzip.compress(answer.encode())
            packed = packed[: max(1, len(packed) - 12)]
            return Answer(answer.status, packed, (*headers, ("Content-Encoding", "gzip")))
        case "empty":
            return Answer(200, b"", headers)
        case "replace":
            return Answer(answer.status, fault.body, headers)
        case "redirect":
            status = fault.status if 300 <= fault.status < 400 else 302
            return Answer(status, b"", tuple(fault.headers.items()))


def _delayed(fault: Fault, carry_out: Callable[[], Answer]) -> Answer:
    if not fault.stored:
        time.sleep(fault.seconds)
        return carry_out()
    answer = carry_out()
    time.sleep(fault.seconds)
    return answer
