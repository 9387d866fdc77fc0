"""Sends requests by one policy: reads are repeated freely, writes only if they were never sent.

The policy prepares and sends through a `requests.Session` directly, so that a library which
overrides `Session.request` with retries of its own keeps its authentication and nothing else.
"""

from __future__ import annotations

import json
import logging
import math
import random
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from http.cookiejar import DefaultCookiePolicy
from importlib.metadata import PackageNotFoundError, version
from typing import Any, NoReturn, TypeAlias
from urllib.parse import urljoin, urlsplit

import requests
import tenacity
from requests.structures import CaseInsensitiveDict
from requests.utils import requote_uri
from urllib3.exceptions import HTTPError

from readygate.errors import TrackerDenied, TrackerError
from readygate.ports import Clock
from readygate_http.bodies import text_of
from readygate_http.failures import Fate, fate
from readygate_http.pacing import Pace
from readygate_http.redact import Redactor
from readygate_http.settings import HttpSettings
from readygate_http.verdicts import Verdicts
from readygate_http.waiting import http_date, near_limit, quota_spent, retry_after

log = logging.getLogger("readygate.http")

Observer: TypeAlias = Callable[[Mapping[str, Any]], None]
"""Told about every request sent: `name`, `kind` (read or write), `method`, `path`, `status` (0
without an answer), `attempt` (from 1) and `seconds`."""


class Kind(StrEnum):
    """Whether a request changes anything. A POST that only asks is a read."""

    READ = "read"
    WRITE = "write"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `body` is parsed JSON, None where there is none; `said` is its error text."""

    status: int
    headers: Mapping[str, str]
    body: Any = None
    said: str = ""

    @property
    def date(self) -> datetime | None:
        """The tracker's clock at the time of the answer, UTC."""
        return http_date(self.headers.get("Date"))


Inspector: TypeAlias = Callable[[Answer], None]
"""Looks at an answer before anything in it is believed; raises TrackerDenied."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    """One request as the connector asked for it. `doing` completes "Jira at host, …"."""

    kind: Kind
    method: str
    path: str
    name: str
    doing: str
    params: Mapping[str, str] | None
    json: Any
    allow: Collection[int]
    expect_body: bool
    promised: Collection[int] = ()
    good_for: float | None = None


class _Again(Exception):  # a signal to tenacity, never seen outside
    """The attempt failed with `error` and may be repeated, after `wait` seconds if it is known."""

    def __init__(self, error: TrackerError, wait: float | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.wait = wait


class Http:
    """The way to one tracker for one run. `counts` holds how often each named request was sent."""

    def __init__(
        self,
        session: requests.Session,
        *,
        base: str,
        service: str,
        clock: Clock,
        settings: HttpSettings | None = None,
        secrets: Collection[str] = (),
        login_hint: str = "",
        inspect: Inspector | None = None,
        observe: Observer | None = None,
        account: Pace | None = None,
        uniform: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self.base = base.rstrip("/")
        self.host = urlsplit(self.base).netloc.rpartition("@")[2]
        self.redact = Redactor(secrets)
        self.redact.learn(session)
        self.counts: Counter[str] = Counter()
        self._session = session
        self._clock = clock
        self._settings = settings or HttpSettings()
        self._verdicts = Verdicts(service, self.host, self.redact, login_hint)
        self._inspect = inspect
        self._observe = observe
        self._uniform = uniform
        self._pace = Pace(clock, self._settings.most, self._settings.spacing)
        self._paces = (self._pace, account) if account else (self._pace,)
        self._patience = self._settings.patience
        session.headers["User-Agent"] = user_agent()
        # Every request proves itself by its own credentials; a cookie could outlive a token.
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    def read(
        self,
        method: str,
        path: str,
        *,
        name: str,
        doing: str,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        allow: Collection[int] = (),
    ) -> Answer:
        """Ask something. Repeated after lost answers, 5xx and 429, within the patience of the run.

        `allow` names statuses that the caller wants as answers instead of errors. Raises
        TrackerError: never OutcomeUnknown.
        """
        return self._send(
            _Call(
                kind=Kind.READ,
                method=method,
                path=path,
                name=name,
                doing=doing,
                params=params,
                json=json,
                allow=allow,
                expect_body=True,
            )
        )

    def write(
        self,
        method: str,
        path: str,
        *,
        name: str,
        doing: str,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        allow: Collection[int] = (),
        expect_body: bool = True,
        promised: Collection[int] = (),
        good_for: float | None = None,
    ) -> Answer:
        """Change something. Repeated only after 429 or when the connection was never made.

        `promised`: the statuses of success that the documentation names; another one proves nothing
        where no body could prove it. `good_for`: seconds after which it is not sent any more,
        because what it rests on was seen too long ago; then raises Stale. Raises OutcomeUnknown
        whenever the change may have happened and the answer does not tell.
        """
        return self._send(
            _Call(
                kind=Kind.WRITE,
                method=method,
                path=path,
                name=name,
                doing=doing,
                params=params,
                json=json,
                allow=allow,
                expect_body=expect_body,
                promised=promised,
                good_for=good_for,
            )
        )

    def _send(self, call: _Call) -> Answer:
        request = requests.Request(
            call.method,
            self.base + call.path,
            params=dict(call.params) if call.params else None,
            json=call.json,
        )
        try:
            prepared = self._session.prepare_request(request)
        except (requests.RequestException, UnicodeError) as error:
            raise self._verdicts.malformed(call.doing, error) from None
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_Again),
            wait=self._wait,
            stop=self._enough,
            sleep=self._sleep,
            reraise=True,
        )
        attempts = iter(range(1, len(self._settings.delays) + 2))
        until = math.inf if call.good_for is None else self._clock.monotonic() + call.good_for
        try:
            return retrying(lambda: self._attempt(prepared, call, next(attempts), until))
        except _Again as again:
            raise again.error from again.__cause__

    def _wait(self, state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        delays = self._settings.delays
        low, high = self._settings.jitter
        if isinstance(error, _Again) and error.wait is not None:
            return error.wait * self._uniform(1.0, max(1.0, high))
        if state.attempt_number > len(delays):
            return 0.0
        return delays[state.attempt_number - 1] * self._uniform(low, high)

    def _enough(self, state: tenacity.RetryCallState) -> bool:
        spent = state.upcoming_sleep > self._patience
        return spent or state.attempt_number > len(self._settings.delays)

    def _sleep(self, seconds: float) -> None:
        self._patience -= seconds
        self._clock.sleep(seconds)

    def _attempt(
        self, prepared: requests.PreparedRequest, call: _Call, attempt: int, until: float
    ) -> Answer:
        for _ in range(self._settings.max_redirects + 1):
            response = self._exchange(prepared, call, attempt, until)
            if not response.is_redirect:
                return self._judge(response, call)
            prepared = self._follow(prepared, response, call)
        raise self._verdicts.redirected(call.doing, prepared.url or "")

    def _exchange(
        self, prepared: requests.PreparedRequest, call: _Call, attempt: int, until: float
    ) -> requests.Response:
        """Send once. A failure is sorted by what is known about the request's fate."""
        with ExitStack() as paces:
            for pace in self._paces:
                paces.enter_context(pace.request())
            settings = self._session.merge_environment_settings(
                url=prepared.url, proxies={}, stream=False, verify=None, cert=None
            )
            started = self._clock.monotonic()
            if (
                started > until
            ):  # the last moment to know: we may have been held up, or put to sleep
                raise self._verdicts.too_late(call.doing)
            status = 0
            try:
                response = self._session.send(
                    prepared,
                    timeout=(self._settings.connect_timeout, self._settings.read_timeout),
                    allow_redirects=False,
                    **settings,
                )
                status = response.status_code
            except (requests.RequestException, HTTPError, ValueError) as error:
                # ValueError: requests looks at where a redirect leads even if it shall not follow.
                # The library's own texts hold whole URLs and headers: `from None` keeps them out.
                raise self._unanswered(error, call) from None
            finally:
                seconds = self._clock.monotonic() - started
                for pace in self._paces if status else ():
                    pace.took(seconds)
                self._tell(call, attempt, status, seconds)
        return response

    def _unanswered(self, error: Exception, call: _Call) -> Exception:
        match fate(error):
            case Fate.UNTRUSTED:
                return self._verdicts.untrusted(call.doing, error)
            case Fate.NEVER_SENT:
                return _Again(self._verdicts.unreachable(call.doing, error))
            case Fate.LOST if call.kind is Kind.READ:
                return _Again(self._verdicts.lost_read(call.doing, error))
            case Fate.LOST:
                return self._verdicts.lost_write(call.doing, error)

    def _tell(self, call: _Call, attempt: int, status: int, seconds: float) -> None:
        self.counts[call.name] += 1
        log.debug(
            "%s %s: %s in %.3f s (attempt %d)", call.method, call.path, status, seconds, attempt
        )
        if self._observe:
            self._observe(
                {
                    "name": call.name,
                    "kind": call.kind.value,
                    "method": call.method,
                    "path": call.path,
                    "status": status,
                    "attempt": attempt,
                    "seconds": seconds,
                }
            )

    def _follow(
        self, prepared: requests.PreparedRequest, response: requests.Response, call: _Call
    ) -> requests.PreparedRequest:
        """The same question at the place that the answer names: on this host, and not a login."""
        location = response.headers.get("Location", "")
        if call.kind is Kind.WRITE or call.method != "GET":
            raise self._elsewhere(location, response, call)
        # An address that cannot be read has failed before: requests looks at it as well.
        target = requote_uri(urljoin(prepared.url or "", location))
        here, there = urlsplit(prepared.url or ""), urlsplit(target)
        same_place = (here.scheme, here.netloc) == (there.scheme, there.netloc)
        if not same_place or "login" in there.path.lower():
            raise self._elsewhere(target, response, call)
        followed = prepared.copy()
        followed.url = target
        return followed

    def _elsewhere(self, target: str, response: requests.Response, call: _Call) -> TrackerError:
        """We are sent elsewhere. A change may be made all the same: many servers answer so."""
        denied = self._verdicts.redirected(call.doing, target)
        if call.kind is Kind.READ:
            return denied
        unknown = self._verdicts.unreadable_write(call.doing, response.status_code, target)
        unknown.__cause__ = denied
        return unknown

    def _judge(self, response: requests.Response, call: _Call) -> Answer:
        """Turn an answer into a value or an error; nothing in it is believed before inspection."""
        status, headers = response.status_code, response.headers
        if near_limit(headers):
            self._pace.strain(self._settings.strained_for, self._settings.strained_spacing)
        if status == 401 and status not in call.allow:
            raise self._verdicts.unauthorized(call.doing, response)
        if status == 429:
            self._limited(response, call)
        if status >= 500 or status in {408, 425}:
            if call.kind is Kind.WRITE:
                raise self._verdicts.unreadable_write(call.doing, status, text_of(response))
            wait = retry_after(headers, self._clock.now())
            raise _Again(self._verdicts.broken(call.doing, response, wait), wait)
        answer = self._parse(response, call)
        if self._inspect and status != 413:  # a 413 comes from the edge, which knows nobody
            self._examine(self._inspect, answer, call)
        good = status // 100 == 2 and (not call.promised or status in call.promised)
        if good or status in call.allow:
            return answer
        if status < 400:  # neither what was promised nor a place to go to
            raise self._unreadable(response, call)
        raise self._verdicts.refused(call.doing, response, answer.body)

    def _limited(self, response: requests.Response, call: _Call) -> NoReturn:
        wait = retry_after(response.headers, self._clock.now())
        known, text = self._settings.spent.items(), text_of(response)
        spent = next((why for kind, why in known if kind in text), "")
        error = self._verdicts.limited(call.doing, response, wait, why=spent)
        if spent or quota_spent(response.headers):
            raise error
        wait = self._settings.limited_wait if wait is None else wait
        self._pace.strain(self._settings.strained_for, self._settings.strained_spacing)
        raise _Again(error, wait)

    def _examine(self, inspect: Inspector, answer: Answer, call: _Call) -> None:
        try:
            inspect(answer)
        except TrackerDenied as error:
            if call.kind is Kind.WRITE and answer.status < 300:
                raise self._verdicts.unproven_write(call.doing, error) from error
            raise

    def _parse(self, response: requests.Response, call: _Call) -> Answer:
        headers = CaseInsensitiveDict(response.headers)
        body: Any = None
        readable = True
        if response.content:
            try:
                body = json.loads(response.content)
            except (ValueError, RecursionError):  # not JSON, or nested without end
                readable = False
        elif call.expect_body:
            readable = False
        good = response.status_code // 100 == 2
        if good and not readable:
            raise self._unreadable(response, call)
        said = "" if good else self._verdicts.quote(response, body)
        return Answer(response.status_code, headers, body, said)

    def _unreadable(self, response: requests.Response, call: _Call) -> Exception:
        """The answer says nothing about the request."""
        if call.kind is Kind.WRITE:
            text = text_of(response)
            return self._verdicts.unreadable_write(call.doing, response.status_code, text)
        if "html" in response.headers.get("Content-Type", "").lower():
            return self._verdicts.page_instead(call.doing, response)
        return _Again(self._verdicts.garbled(call.doing, response))


def user_agent() -> str:
    """The name we go by: readygate/<version>."""
    try:
        return f"readygate/{version('readygate')}"
    except PackageNotFoundError:  # run from a bare source tree
        return "readygate/0"


__all__ = [
    "Answer",
    "Http",
    "Inspector",
    "Kind",
    "Observer",
    "user_agent",
]
