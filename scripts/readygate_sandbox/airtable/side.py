"""The door of the Airtable side: who is asking, which operation, the limits on the way."""

import secrets

from werkzeug.exceptions import MethodNotAllowed, NotFound

from readygate_sandbox.airtable.errors import refusal
from readygate_sandbox.airtable.limits import Limits
from readygate_sandbox.airtable.model import Token, User
from readygate_sandbox.airtable.rest import GROUPS
from readygate_sandbox.airtable.workspace import Call, Workspace
from readygate_sandbox.clock import http_date
from readygate_sandbox.faults import AIRTABLE_PAGE
from readygate_sandbox.web import Answer, Match, Refusal, Request, Router, Seen

PREFIX = "/v0"
MOST_URL = 16_000


class AirtableSide:
    """Answers `/v0/…` of one workspace."""

    page = AIRTABLE_PAGE

    def __init__(self, workspace: Workspace, limits: Limits) -> None:
        self.workspace = workspace
        self.limits = limits
        self._router = Router(GROUPS)

    def serves(self, path: str) -> bool:
        """Whether a path is ours."""
        return path == PREFIX or path.startswith(f"{PREFIX}/")

    def answer(self, request: Request, seen: Seen) -> Answer:
        """Answer one request."""
        try:
            answer = self._answered(request, seen)
        except Refusal as no:
            answer = no.answer
        headers = (
            ("Date", http_date(self.workspace.store.clock.now_ms())),
            ("Server", "airtable-http-gateway"),
            ("X-Airtable-Request-Id", "req" + secrets.token_hex(7)),
            *answer.headers,
        )
        return Answer(answer.status, answer.body, headers, answer.content_type, answer.cut)

    def _answered(self, request: Request, seen: Seen) -> Answer:
        target = len(request.path.encode()) + len(request.raw_query) + 1
        if len("http://") + len(request.header("Host")) + target >= MOST_URL:
            raise refusal(414, "REQUEST_URI_TOO_LONG", "The request URI is too long.")
        user, token = self._identify(request)
        seen.user = user.email
        found = self._match(request)
        seen.kind = found.pattern
        meta = found.pattern.startswith("/meta/")
        refused = self.limits.check(found.values.get("base"), user.id, meta=meta)
        if refused is not None:
            return refused
        with self.workspace.store.lock:
            return found.handler(Call(self.workspace, request, user, token), **found.values)

    def _identify(self, request: Request) -> tuple[User, Token]:
        scheme, _, value = request.header("Authorization").partition(" ")
        found = self.workspace.store.by_token(value.strip())
        if scheme.lower() != "bearer" or found is None:
            raise refusal(401, "AUTHENTICATION_REQUIRED", "Authentication required")
        return found

    def _match(self, request: Request) -> Match:
        """The operation; a slash at the end is taken (facts, section 10). Raises 404."""
        path = request.path.removeprefix(PREFIX).rstrip("/") or "/"
        method = "GET" if request.method == "HEAD" else request.method
        try:
            return self._router.find(method, path)
        except (NotFound, MethodNotAllowed):
            if self.workspace.store.quirks.not_found == "object":
                raise refusal(404, "NOT_FOUND") from None
            raise Refusal(Answer(404, {"error": "NOT_FOUND"})) from None
