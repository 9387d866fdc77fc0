"""One Airtable base: its session, its addresses, its clock, and what its errors mean.

Nobody is asked who we are: a token that is not accepted is refused by every request (401, 403), and
an empty answer is never what a stranger gets.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from readygate.errors import (
    OutcomeUnknown,
    TrackerDenied,
    TrackerError,
    TrackerUnavailable,
)
from readygate.ports import Clock
from readygate_airtable.account import account_pace
from readygate_airtable.refusals import ADVICE, RECORDS, Needs, Refused, error_kind
from readygate_http import Answer, Forbidden, Http, HttpSettings, Looks, Missing, Observer
from readygate_http.shapes import ident, understood

if TYPE_CHECKING:
    from pyairtable import Api

Json: TypeAlias = Mapping[str, Any]

URL = "https://api.airtable.com"
SITE = "https://airtable.com"
TOKENS_PAGE = "https://airtable.com/create/tokens"
SCOPES = (
    "data.records:read",
    "data.records:write",
    "data.recordComments:read",
    "data.recordComments:write",
    "schema.bases:read",
)
"""What the token must be allowed; `readygate setup` also needs schema.bases:write."""

SETTINGS = HttpSettings(
    most=5,  # a second and base
    spacing=0.2,
    limited_wait=30.0,  # "wait 30 seconds before subsequent requests will succeed", without header
    patience=100.0,  # three of those waits; more is the business of a later run
    spent={
        "PUBLIC_API_BILLING_LIMIT_EXCEEDED": "the workspace has used up its API calls of this"
        " month; until the month ends nothing will be answered. Run less often"
        " (docs/airtable.md, “What it costs”) or choose a plan with more calls"
    },
)


class Base:
    """Speaks to one base. Paths are relative to `/v0`; `now` is its own time, `clock` ours."""

    def __init__(
        self,
        *,
        key: str,
        base: str,
        token: str,
        clock: Clock,
        url: str = URL,
        observe: Observer | None = None,
        settings: HttpSettings = SETTINGS,
    ) -> None:
        self.ref = base
        self.variable = f"READYGATE_TRACKERS__{key.upper()}__TOKEN"
        self.now: datetime | None = None
        self.clock = clock
        self.looks = Looks(clock)
        self._api = _client(token, url)
        self.http = Http(
            self._api.session,
            base=f"{url}/v0",
            service="Airtable",
            clock=clock,
            settings=settings,
            secrets=(token,),
            login_hint=f"Check the token ({self.variable}); new ones are made at {TOKENS_PAGE}.",
            inspect=self._hear,
            observe=observe,
            account=account_pace(url, token, clock),
        )

    @property
    def called(self) -> str:
        """How messages name this base."""
        return f"Airtable at {self.http.host}"

    def close(self) -> None:
        """Give the connections back."""
        self._api.session.close()

    def record_url(self, table: str, record: str) -> str:
        """The page of a record for people."""
        return f"{SITE}/{self.ref}/{table}/{record}"

    def ask(
        self,
        method: str,
        path: str,
        *,
        name: str,
        doing: str,
        json: Any = None,
        params: Mapping[str, str] | None = None,
        allow: Collection[int] = (),
    ) -> Answer:
        """Send a request that changes nothing; statuses in `allow` are given back as answers."""
        try:
            return self.http.read(
                method, path, name=name, doing=doing, json=json, params=params, allow=allow
            )
        except Forbidden as error:
            raise self._denied(error, doing, 403) from error
        except Missing as error:
            raise self._denied(error, doing, 404) from error

    def change(
        self,
        method: str,
        path: str,
        *,
        name: str,
        doing: str,
        json: Any = None,
        needs: Needs = RECORDS,
        allow: Collection[int] = (),
        good_for: float | None = None,
    ) -> Answer:
        """Send a request that changes something, once. Raises Refused with the type of error,
        Forbidden with what it `needs`, and Stale if it cannot be sent within `good_for` seconds."""
        answer = self.http.write(
            method,
            path,
            name=name,
            doing=doing,
            json=json,
            allow={403, 422, *allow},
            good_for=good_for,
        )
        if answer.status == 403 and 403 not in allow:
            raise self._forbidden(answer, doing, needs)
        if answer.status == 422 and 422 not in allow:
            raise self.refused(answer, doing)
        return answer

    def refused(self, answer: Answer, doing: str) -> Refused:
        """The error of an answer that refuses a request."""
        kind = error_kind(answer.body)
        said = answer.said if answer.said and answer.said != kind else ""
        told = f"{kind}: {said}" if said and kind else kind or said or str(answer.status)
        text = f"{self.called}, {doing}: it refuses the request ({answer.status}): {told}"
        return Refused(
            f"{_sentence(text)} {ADVICE.get(kind, '')}".rstrip(),
            kind=kind,
            detail=f"{answer.status} {told}",
        )

    def _forbidden(self, answer: Answer, doing: str, needs: Needs) -> Forbidden:
        said = answer.said or error_kind(answer.body)
        text = f"{self.called}, {doing}: our account may not do this (403){said and f': {said}'}"
        return Forbidden(f"{_sentence(text)} {needs}", detail=f"403: {said}")

    def understanding(self, doing: str) -> AbstractContextManager[None]:
        """Read the answer to a question inside: a shape we do not know is TrackerUnavailable."""
        return understood(f"{self.called}, {doing}", TrackerUnavailable)

    def understanding_write(self, doing: str) -> AbstractContextManager[None]:
        """Read the answer to a change inside: a shape we do not know is OutcomeUnknown."""
        return understood(f"{self.called}, {doing}", OutcomeUnknown)

    def whoami(self) -> str:
        """Our user id."""
        doing = "asking who we are"
        answer = self.ask("GET", "/meta/whoami", name="identity", doing=doing)
        with self.understanding(doing):
            return ident(answer.body["id"])

    def _hear(self, answer: Answer) -> None:
        """Learn the base's time from every answer."""
        if answer.date and (self.now is None or answer.date > self.now):
            self.now = answer.date

    def _denied(self, error: TrackerError, doing: str, status: int) -> TrackerDenied:
        text = (
            f"{self.called}, {doing}: our token may not do this, or the base or table is not there"
            f" ({status}). At {TOKENS_PAGE} see that the token has the scopes {', '.join(SCOPES)}"
            f" and that the base {self.ref} is in its list, and that its user is an editor of the"
            " base."
        )
        return TrackerDenied(text, detail=error.detail)


def _sentence(text: str) -> str:
    return text if text.endswith((".", "…")) else f"{text}."


def _client(token: str, url: str) -> Api:
    from pyairtable import Api  # noqa: PLC0415 - slow to import; offline commands never need it

    # Its retries would send a create six times; its waiting is too short for the 30 s penalty.
    return Api(token, timeout=(5, 60), retry_strategy=None, endpoint_url=url, use_field_ids=True)


__all__ = ["Base", "Json", "Refused", "error_kind"]
