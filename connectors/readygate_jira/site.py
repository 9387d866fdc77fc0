"""One Jira Cloud site: its session, its addresses, and the proof that every answer is meant for us.

An expired token makes Jira answer as it would answer anybody: 200 and nothing. Therefore every
answer must name our account.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from readygate.deal import Identity
from readygate.errors import OutcomeUnknown, TrackerDenied, TrackerUnavailable
from readygate.ports import Clock
from readygate_http import Answer, Http, HttpSettings, Looks, Missing, Observer, Unauthorized
from readygate_http.shapes import understood
from readygate_jira.translate import Links

if TYPE_CHECKING:
    from jira import JIRA

API = "/rest/api/3"
TOKENS_PAGE = "https://id.atlassian.com/manage-profile/security/api-tokens"
_DATA_CENTER_HEADERS = ("X-AUSERNAME", "X-ANODEID")


class Guard:
    """Believes an answer only if it names our account; `account` is "" until it is proven."""

    def __init__(self, host: str, todo: str) -> None:
        self.account = ""
        self._host = host
        self._todo = todo

    def __call__(self, answer: Answer) -> None:
        """Raise TrackerDenied for an answer that is not meant for us."""
        reason = answer.headers.get("X-Seraph-LoginReason", "")
        if "AUTHENTICATED_FAILED" in reason or "AUTHENTICATION_DENIED" in reason:
            text = f"Jira at {self._host} does not know us any more: the API token has expired or"
            raise TrackerDenied(f"{text} was revoked. {self._todo}", detail=reason)
        named = answer.headers.get("X-AAccountId", "")
        if self.account and named != self.account:
            told = f"speaks to the account {named}" if named else "does not say whom it speaks to"
            text = f"Jira at {self._host} {told}, so nothing in its answer is believed."
            raise TrackerDenied(f"{text} {self._todo}", detail=f"X-AAccountId: {named!r}")


class Site:
    """Speaks to one site as one account. Paths are relative to `/rest/api/3`."""

    def __init__(
        self,
        *,
        key: str,
        url: str,
        base: str,
        email: str,
        token: str,
        clock: Clock,
        observe: Observer | None = None,
        settings: HttpSettings | None = None,
    ) -> None:
        self.host = urlsplit(url).netloc
        self.links = Links(url)
        variable = f"READYGATE_TRACKERS__{key.upper()}__TOKEN"
        self._guard = Guard(self.host, f"Make a new token at {TOKENS_PAGE} and set {variable}.")
        self._clock = clock
        self.looks = Looks(clock)
        self._jira = _client(base, email, token)
        self.http = Http(
            self._jira._session,  # noqa: SLF001 - the library offers no other way to its session
            base=base,
            service="Jira",
            clock=clock,
            settings=settings,
            secrets=(token, f"{email}:{token}"),
            login_hint=_login_hint(variable, url, scoped=base != url),
            inspect=self._guard,
            observe=observe,
        )

    @property
    def account(self) -> str:
        """Our proven account id; "" before `identify`."""
        return self._guard.account

    def close(self) -> None:
        """Give the connections back."""
        self._jira._session.close()  # noqa: SLF001 - `JIRA.close` also unsets it

    def identify(self) -> Identity:
        """Prove who we are: exactly one request where all is well.

        Raises TrackerDenied where Jira does not say so itself, and for Jira Data Center.
        """
        doing = "proving who we are"
        try:
            answer = self.http.read("GET", f"{API}/myself", name="identity", doing=doing)
        except Unauthorized as error:
            if any(name in error.headers for name in _DATA_CENTER_HEADERS):
                raise self._data_center() from error
            raise
        except Missing as error:
            raise self._not_cloud() from error
        body = answer.body if isinstance(answer.body, Mapping) else {}
        account = body.get("accountId")
        if not isinstance(account, str) or not account:
            if any(name in answer.headers for name in _DATA_CENTER_HEADERS):
                raise self._data_center()
            text = f"Jira at {self.host} does not tell our account id."
            raise TrackerDenied(f"{text} Check the address: is it a Jira Cloud site?")
        self._guard.account = account
        self._guard(answer)
        return Identity(account, str(body.get("displayName", "")), answer.date or self._clock.now())

    def _not_cloud(self) -> TrackerDenied:
        answer = self.http.read(
            "GET",
            "/rest/api/2/serverInfo",
            name="server info",
            doing="finding out what kind of Jira this is",
            allow=(403, 404),
        )
        kind = answer.body.get("deploymentType", "") if isinstance(answer.body, Mapping) else ""
        if kind and kind != "Cloud":
            return self._data_center()
        if self.http.host != self.host:  # the door for scoped tokens, where a site has a number
            text = f"No Jira Cloud with this `cloud_id` answers at {self.http.host}."
            todo = f"Take the one that https://{self.host}/_edge/tenant_info shows."
            return TrackerDenied(f"{text} {todo}")
        text = f"No Jira Cloud answers at {self.host}."
        return TrackerDenied(f"{text} Check `url`: it looks like https://example.atlassian.net.")

    def _data_center(self) -> TrackerDenied:
        return TrackerDenied(
            f"{self.host} is a Jira Data Center or Server. Readygate speaks to Jira Cloud only, as"
            " yet; nothing was read or changed."
        )

    def ask(
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
        """Send a request that changes nothing."""
        return self.http.read(
            method,
            API + path,
            name=name,
            doing=doing,
            params=params,
            json=json,
            allow=allow,
        )

    def change(
        self,
        method: str,
        path: str,
        *,
        name: str,
        doing: str,
        params: Mapping[str, str] | None = None,
        json: Any = None,
        allow: Collection[int] = (),
        expect_body: bool = False,
        promised: Collection[int] = (),
        good_for: float | None = None,
    ) -> Answer:
        """Send a request that changes something; never twice, nor later than `good_for` seconds."""
        return self.http.write(
            method,
            API + path,
            name=name,
            doing=doing,
            params=params,
            json=json,
            allow=allow,
            expect_body=expect_body,
            promised=promised,
            good_for=good_for,
        )

    def understanding(self, doing: str) -> AbstractContextManager[None]:
        """Read the answer to a question inside: a shape we do not know is TrackerUnavailable."""
        return understood(f"Jira at {self.host}, {doing}", TrackerUnavailable)

    def understanding_write(self, doing: str) -> AbstractContextManager[None]:
        """Read the answer to a change inside: a shape we do not know is OutcomeUnknown."""
        return understood(f"Jira at {self.host}, {doing}", OutcomeUnknown)


def _login_hint(variable: str, url: str, *, scoped: bool) -> str:
    """What to look at when our login is refused. Which of the two it is Jira does not tell."""
    place = f"{url}/_edge/tenant_info"
    hint = (
        f"Check the e-mail and the API token ({variable}); tokens live for a year at most, new ones"
        f" are made at {TOKENS_PAGE}."
    )
    if scoped:
        return (
            f"{hint} Check that `cloud_id` is the one that {place} shows, and that the token has"
            " the scopes read:jira-work, write:jira-work and read:jira-user."
        )
    return f"{hint} A token with scopes also needs `cloud_id` in the config: {place} shows it."


def _client(base: str, email: str, token: str) -> JIRA:
    from jira import JIRA  # noqa: PLC0415 - slow to import, and offline commands never need it

    client = JIRA(
        base,
        basic_auth=(email, token),
        options={"rest_api_version": "3", "check_update": False},
        max_retries=0,
        get_server_info=False,
        logging=False,  # its log lines hold whole answers with their headers
    )
    # requests encodes texts as Latin-1 and fails on others; bytes go as they are.
    credentials: Any = (email.encode(), token.encode())
    client._session.auth = credentials  # noqa: SLF001 - see above
    return client
