"""Words every failure twice: what, where, what to do for people; the foreign text for the log."""

from __future__ import annotations

from typing import Any

import requests

from readygate.errors import (
    OutcomeUnknown,
    Stale,
    TrackerDenied,
    TrackerError,
    TrackerRejected,
    TrackerUnavailable,
)
from readygate_http.bodies import said, text_of
from readygate_http.errors import Conflict, Forbidden, Missing, Unauthorized
from readygate_http.redact import Redactor

_UNKNOWN_TODO = "Whether it happened will be looked up; it is not sent again blindly."


class Verdicts:
    """Makes the errors of one tracker. `doing` tells what was being done: "reading DEAL"."""

    def __init__(self, service: str, host: str, redact: Redactor, login_hint: str) -> None:
        self._service = service
        self._host = host
        self._redact = redact
        self._login_hint = login_hint or "Check the credentials."

    def quote(self, response: requests.Response, body: Any) -> str:
        """What the tracker said in an error answer, cut and redacted."""
        text, _ = said(body)
        if not text and body is None and "html" not in response.headers.get("Content-Type", ""):
            text = text_of(response)
        return self._redact(text)

    def malformed(self, doing: str, error: Exception) -> TrackerError:
        """The request could not even be put together: an address or a secret is not usable."""
        todo = "Check the address and the credentials for stray characters."
        detail = f"{type(error).__name__}: {self._redact(str(error))}"
        return TrackerDenied(self._text(doing, "the request cannot be made", todo), detail=detail)

    def untrusted(self, doing: str, error: Exception) -> TrackerError:
        """The certificate is not trusted; nothing was sent."""
        todo = (
            "If a proxy of your company inspects traffic, point REQUESTS_CA_BUNDLE to its"
            " certificate; checking cannot be switched off."
        )
        what = "the certificate of the server is not trusted"
        return TrackerUnavailable(self._text(doing, what, todo), detail=self._detail(error))

    def unreachable(self, doing: str, error: Exception) -> TrackerError:
        """No connection was made; nothing was sent."""
        todo = "Check the address and the network; the next run tries again."
        what = "no connection could be made"
        return TrackerUnavailable(self._text(doing, what, todo), detail=self._detail(error))

    def lost_read(self, doing: str, error: Exception) -> TrackerError:
        """A question brought no complete answer."""
        what = "the connection broke or the answer did not come in time"
        todo = "The next run tries again."
        return TrackerUnavailable(self._text(doing, what, todo), detail=self._detail(error))

    def lost_write(self, doing: str, error: Exception) -> TrackerError:
        """A change was sent and its answer lost."""
        what = "it was sent and the answer was lost"
        return OutcomeUnknown(self._text(doing, what, _UNKNOWN_TODO), detail=self._detail(error))

    def unreadable_write(self, doing: str, status: int, text: str) -> TrackerError:
        """A change was sent and the answer does not tell what became of it."""
        what = f"it was sent and the answer does not tell what became of it ({status})"
        detail = f"{status}: {self._redact(text)}"
        return OutcomeUnknown(self._text(doing, what, _UNKNOWN_TODO), detail=detail)

    def unproven_write(self, doing: str, error: TrackerDenied) -> TrackerError:
        """A change was answered well, but not to us."""
        what = f"it was sent, but the answer is not to be trusted: {error}"
        return OutcomeUnknown(self._text(doing, what, _UNKNOWN_TODO), detail=error.detail)

    def too_late(self, doing: str) -> TrackerError:
        """A change had to wait until nobody knew any more what it would meet."""
        what = "it made us wait, and what this change rests on was seen too long ago"
        return Stale(self._text(doing, what, "Nothing was changed; the next run looks again."))

    def unauthorized(self, doing: str, response: requests.Response) -> TrackerError:
        """401."""
        what = "our login is not accepted (401)"
        return Unauthorized(
            self._text(doing, what, self._login_hint),
            detail=self._status_detail(response),
            headers=response.headers,
        )

    def redirected(self, doing: str, target: str) -> TrackerError:
        """We were sent elsewhere; credentials do not follow."""
        what = f"it sends us elsewhere: {self._redact(target.partition('?')[0])}"
        todo = f"Check the address in the config. {self._login_hint}"
        return Unauthorized(self._text(doing, what, todo), detail=self._redact(target))

    def limited(
        self, doing: str, response: requests.Response, wait: float | None, *, why: str = ""
    ) -> TrackerUnavailable:
        """429; `why` tells what it is about where no waiting will mend it."""
        if why:
            return TrackerUnavailable(
                self._text(doing, f"{why} (429)"), detail=self._status_detail(response)
            )
        asked = "" if wait is None else f" and asks for {wait:.0f} s of patience"
        what = f"it limits our requests (429){asked}"
        detail = f"{self._status_detail(response)} {response.headers.get('RateLimit-Reason', '')}"
        todo = "A later run goes on from here."
        return TrackerUnavailable(
            self._text(doing, what, todo), retry_after=wait, detail=detail.strip()
        )

    def broken(
        self, doing: str, response: requests.Response, wait: float | None
    ) -> TrackerUnavailable:
        """5xx to a question."""
        what = f"it is out of order ({response.status_code})"
        todo = "The next run tries again."
        return TrackerUnavailable(
            self._text(doing, what, todo), retry_after=wait, detail=self._status_detail(response)
        )

    def page_instead(self, doing: str, response: requests.Response) -> TrackerError:
        """A web page came where data was expected: a portal, a proxy, a wrong address."""
        what = "it answers with a web page instead of data"
        todo = "Check the address in the config, and whether a login portal is in between."
        return TrackerUnavailable(
            self._text(doing, what, todo), detail=self._status_detail(response)
        )

    def garbled(self, doing: str, response: requests.Response) -> TrackerError:
        """The answer cannot be read."""
        what = "its answer is incomplete or not JSON"
        todo = "The next run tries again."
        return TrackerUnavailable(
            self._text(doing, what, todo), detail=self._status_detail(response)
        )

    def refused(self, doing: str, response: requests.Response, body: Any) -> TrackerError:
        """Any other 4xx."""
        status = response.status_code
        words = self.quote(response, body)
        told = f": {words}" if words else ""
        detail = self._status_detail(response)
        match status:
            case 403:
                todo = "An admin of the tracker can give our account the right."
                what = f"our account may not do this (403){told}"
                return Forbidden(self._text(doing, what, todo), detail=detail)
            case 404 | 410:
                what = f"it is gone, or hidden from our account ({status}){told}"
                todo = "Check that it exists and that our account may see it."
                return Missing(self._text(doing, what, todo), detail=detail)
            case 409 | 412:
                what = f"somebody changed it at the same moment ({status}){told}"
                todo = "The next run looks again."
                return Conflict(self._text(doing, what, todo), detail=detail)
            case _:
                fields = {name: self._redact(text) for name, text in said(body)[1].items()}
                what = f"it refuses the request ({status}){told}"
                return TrackerRejected(self._text(doing, what), field_errors=fields, detail=detail)

    def _text(self, doing: str, what: str, todo: str = "") -> str:
        text = self._redact(f"{self._service} at {self._host}, {doing}: {what}", limit=600)
        text = text if text.endswith((".", "…")) else f"{text}."
        return f"{text} {todo}" if todo else text

    def _status_detail(self, response: requests.Response) -> str:
        return f"{response.status_code}: {self._redact(text_of(response))}"

    def _detail(self, error: Exception) -> str:
        return f"{type(error).__name__}: {self._redact(str(error))}"
