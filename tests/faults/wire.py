"""Every way in which one request can go wrong, played on the requests of one kind in one run.

The sandbox misbehaves over real HTTP. A kind is what the connector calls its request when it tells
of it (`name`); a run is told afterwards by what it did about the fault.
"""

from __future__ import annotations

import json
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import pytest

from readygate.action import Status
from readygate.errors import ConfigError, ReadygateError, Stale, TrackerDenied, TrackerUnavailable
from readygate.report import RunReport
from readygate_http import Http

SHORT = 0.03
"""Seconds after which we give up waiting for an answer that never comes."""

LONG = 0.3
"""The same where the request is to be stored before: time for a busy machine to do it."""


@dataclass(frozen=True)
class Fault:
    """One way to go wrong. `rule` is the sandbox's; `patience` in seconds instead of ours.

    `refused`: no connection can be made. `lasting`: it makes sense to try it on every request of a
    run. `stored`: it shows after the request was carried out, which only matters to changes.
    `expires`: our credentials are worthless from this request on. `spoil` changes the JSON of a
    good answer on its way.
    """

    name: str
    rule: Mapping[str, Any] = field(default_factory=dict)
    patience: float | None = None
    refused: bool = False
    lasting: bool = False
    stored: bool = False
    expires: bool = False
    spoil: Callable[[Any], Any] | None = None


Send = Callable[[Any], Any]
"""Sends a prepared request and gives the answer."""


@cache
def closed_port() -> int:
    """A port of this host on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@dataclass
class Line:
    """The way to a tracker during one run: counts what goes over it, and misbehaves.

    The fault strikes the requests called `kind` from the `nth` on: one of them, or all.
    """

    add: Callable[..., Any]
    clear: Callable[[], None]
    expire: Callable[[], None]
    kind: str = ""
    fault: Fault | None = None
    nth: int = 1
    lasting: bool = False
    sent: Counter[str] = field(default_factory=Counter)
    repeated: int = 0
    struck: int = 0

    def send(self, send: Send, http: Http, prepared: Any, name: str, attempt: int) -> Any:
        """Send one request, well or badly."""
        self.sent[name] += 1
        if name != self.kind:
            return send(prepared)
        if self.struck and attempt > 1:
            self.repeated += 1
        done = self.struck and not self.lasting
        if self.fault is None or done or self.sent[name] < self.nth:
            return send(prepared)
        self.struck += 1
        return self._misbehave(self.fault, send, http, prepared)

    def _misbehave(self, fault: Fault, send: Send, http: Http, prepared: Any) -> Any:
        if fault.expires:
            self.expire()
            return send(prepared)
        if fault.spoil:
            answer = send(prepared)
            if answer.content:
                answer._content = json.dumps(fault.spoil(json.loads(answer.content))).encode()
            return answer
        if fault.refused:
            elsewhere = prepared.copy()
            elsewhere.url = f"http://127.0.0.1:{closed_port()}/"
            return send(elsewhere)
        before = http._settings
        if fault.patience is not None:
            http._settings = replace(before, read_timeout=fault.patience)
        rule = self.add(**fault.rule, count=1)
        try:
            return send(prepared)
        finally:
            while fault.patience is not None and not rule.struck:
                time.sleep(0.001)  # we gave up before a busy server has even seen it
            self.clear()
            http._settings = before


@contextmanager
def on(line: Line) -> Iterator[Line]:
    """Let everything that is sent inside go over this line."""
    exchange = Http._exchange

    def sent(http: Http, prepared: Any, call: Any, attempt: int, *more: Any) -> Any:
        def send(changed: Any) -> Any:
            return exchange(http, changed, call, attempt, *more)

        return line.send(send, http, prepared, call.name, attempt)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Http, "_exchange", sent)
        yield line


# -- telling what a run did --------------------------------------------------------------------

_ENDS = {
    Status.UNKNOWN: "looked up in the next run",
    Status.STALE: "looked at again in the next run",
    Status.FAILED: "this action fails",
}


def told(report: RunReport, line: Line, usual: str = "") -> str:
    """What a run did about a fault, in the words of the table; `usual` is the error with which it
    ends even undisturbed."""
    error = next((one for one in _errors(report)), None)
    if error is not None and usual == str(error):
        return "repeated; 0" if line.repeated else "goes on; 0"
    bad = [o for one in report.pipelines for o in one.outcomes if o.status in _ENDS]
    stops = {outcome.stops for outcome in bad} - {""}
    words = ["repeated"] if line.repeated else []
    if error is not None:
        words.append(_ended(error))
    elif bad:
        statuses = [status for status in _ENDS if any(o.status is status for o in bad)]
        words += [_ENDS[status] for status in statuses]
        words += [f"the tracker is left alone ({why})" for why in sorted(stops)]
    elif not line.repeated:
        words.append("goes on")
    return f"{', '.join(words)}; {report.exit_code}"


def error_of(report: RunReport) -> str:
    """The error with which a run ended, "" without one."""
    return next((str(one) for one in _errors(report)), "")


def _errors(report: RunReport) -> Iterator[ReadygateError]:
    for tracker in report.trackers:
        if tracker.error:
            yield tracker.error
        yield from (one.error for one in tracker.pipelines if one.error)


def _ended(error: ReadygateError) -> str:
    match error:
        case TrackerUnavailable():
            return "nothing more is done (unavailable)"
        case TrackerDenied():
            return "nothing more is done (denied)"
        case ConfigError():
            return "the config is blamed"
        case Stale():
            return "nothing more is done (changed meanwhile)"
        case _:
            return "nothing more is done (refused)"
