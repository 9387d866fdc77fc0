"""The door of the Jira side: who is asking, which operation, and the headers of every answer."""

import base64
import binascii
import secrets
from dataclasses import dataclass

from werkzeug.exceptions import MethodNotAllowed, NotFound

from readygate_sandbox.clock import http_date
from readygate_sandbox.jira_cloud.errors import problem, refusal
from readygate_sandbox.jira_cloud.model import User
from readygate_sandbox.jira_cloud.rest import GROUPS
from readygate_sandbox.jira_cloud.site import Call, Site
from readygate_sandbox.web import Answer, Headers, Match, Refusal, Request, Router

VERSIONS = {"3": 3, "2": 2, "latest": 2}
PREFIX = "/rest/api/"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who is asking. `failed`: credentials came and were wrong, so the caller is nobody."""

    user: User | None
    failed: bool = False


class JiraApi:
    """Answers `/rest/api/…` and `/_edge/tenant_info` of one site."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._router = Router(GROUPS)

    def serves(self, path: str) -> bool:
        """Whether a path is ours."""
        return path.startswith((PREFIX, "/rest/", "/_edge/", self._gateway))

    @property
    def _gateway(self) -> str:
        """Scoped tokens and service accounts come through here (pycontribs/jira#2368)."""
        return f"/ex/jira/{self.site.store.info.cloud_id}/"

    def local_path(self, path: str) -> str:
        """The path as the site knows it."""
        return path[len(self._gateway) - 1 :] if path.startswith(self._gateway) else path

    def identify(self, request: Request) -> Identity:
        """Basic authentication with e-mail and token. Wrong credentials are nobody, not an error:
        operations open to nobody then answer 200 (MrRefactoring/jira.js#418)."""
        header = request.header("Authorization")
        if not header:
            return Identity(None)
        scheme, _, value = header.partition(" ")
        if scheme.lower() != "basic":
            raise Refusal(Answer(403, {"error": "Failed to parse Connect Session Auth Token"}))
        try:
            email, _, token = base64.b64decode(value).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return Identity(None, failed=True)
        user = self.site.store.user_by_email(email)
        if (
            user is None
            or not user.active
            or not secrets.compare_digest(user.token.encode(), token.encode())
        ):
            return Identity(None, failed=True)
        return Identity(user)

    def match(self, request: Request, path: str) -> tuple[Match, int]:
        """(operation, version). Raises a refusal for what there is not."""
        version, _, rest = path.removeprefix(PREFIX).partition("/")
        if not path.startswith(PREFIX) or version not in VERSIONS:
            raise Refusal(self._nothing_at(path))
        method = "GET" if request.method == "HEAD" else request.method
        try:
            return self._router.find(method, f"/{rest}"), VERSIONS[version]
        except NotFound:
            raise Refusal(self._nothing_at(path)) from None
        except MethodNotAllowed as error:
            detail = f"Method '{method}' is not supported."
            answer = problem(405, "Method Not Allowed", detail, path)
            allow = ", ".join(sorted(error.valid_methods or ()))
            raise Refusal(
                Answer(405, answer.body, (("Allow", allow),), answer.content_type)
            ) from None

    def _nothing_at(self, path: str) -> Answer:
        return problem(404, "Not Found", f"No static resource {path.lstrip('/')}.", path)

    def tenant_info(self) -> Answer:
        """`/_edge/tenant_info`: where clients learn the cloud id."""
        return Answer(200, {"cloudId": self.site.store.info.cloud_id})

    def answer(self, request: Request, found: Match, identity: Identity, version: int) -> Answer:
        """Carry out one operation under the store's lock."""
        if request.method in {"POST", "PUT"} and request.body:
            kind = request.header("Content-Type").partition(";")[0].strip().lower()
            if kind != "application/json":
                return refusal(415, f"Content type '{kind}' is not supported.").answer
        call = Call(self.site, request, identity.user, version)
        with self.site.store.lock:
            try:
                return found.handler(call, **found.values)
            except Refusal as no:
                return no.answer

    def headers(self, identity: Identity) -> Headers:
        """What every answer carries; `X-AAccountId` proves who was asking."""
        headers: list[tuple[str, str]] = [
            ("Date", http_date(self.site.store.clock.now_ms())),
            ("Server", "AtlassianEdge"),
            ("X-AREQUESTID", secrets.token_hex(16)),
            ("Atl-Traceid", secrets.token_hex(16)),
            ("Cache-Control", "no-cache, no-store, no-transform"),
            ("X-Content-Type-Options", "nosniff"),
        ]
        if identity.user is not None:
            headers.append(("X-AAccountId", identity.user.account_id))
        if identity.failed:
            headers.append(("X-Seraph-LoginReason", "AUTHENTICATED_FAILED"))
        return tuple(headers)
