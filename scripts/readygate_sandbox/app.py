"""One request through the sandbox: log, faults, limits, then the Jira side, the control API or the
board."""

import time
from collections.abc import Callable

from werkzeug.exceptions import MethodNotAllowed, NotFound

from readygate_sandbox.control import Control
from readygate_sandbox.faults import suffer
from readygate_sandbox.jira_cloud.api import Identity, JiraApi
from readygate_sandbox.web import Answer, Refusal, Request, Router, Routes

CONTROL_PREFIX = "/_sandbox"
Observer = Callable[[Request, str, Answer], None]
"""Gets a request to the Jira side, its path as the site knows it, and the answer before faults."""

observers: list[Observer] = []
"""Who watches every sandbox of this process: tests hold what they see against the published API."""

_NOT_FOUND = Answer(404, {"error": "There is nothing here."})


class SandboxApp:
    """Everything that is served on the Jira port. `pages` are the routes of the board: their
    handlers get `(control, request, **path values)`."""

    def __init__(self, control: Control, control_routes: Routes, pages: Routes) -> None:
        self.control = control
        self.api = JiraApi(control.site)
        self._control_router = Router([control_routes])
        self._page_router = Router([pages])

    def __call__(self, request: Request) -> Answer:
        """Answer one request. Raises Dropped where a fault breaks the connection."""
        path = request.path
        if path.startswith(CONTROL_PREFIX):
            return self._own(self._control_router, request, path[len(CONTROL_PREFIX) :] or "/")
        if self.api.serves(path):
            return self._jira(request)
        return self._own(self._page_router, request, path)

    # -- the Jira side ---------------------------------------------------------------------

    def _jira(self, request: Request) -> Answer:
        started = time.perf_counter()
        at = self.control.clock.now_ms()
        fault = self.control.faults.pick(request)
        seen = _Seen(request.path)
        status = 0
        try:
            if fault is not None:
                answer = suffer(fault, lambda: self._carry_out(request, seen))
            else:
                answer = self._carry_out(request, seen)
            status = answer.status
        finally:
            self.control.log.add(
                at=at,
                method=request.method,
                path=request.path,
                query=request.raw_query,
                kind=seen.kind,
                status=status,
                user=seen.user,
                ms=round((time.perf_counter() - started) * 1000, 3),
                fault=fault.do if fault else None,
            )
        return answer

    def _carry_out(self, request: Request, seen: "_Seen") -> Answer:
        path = self.api.local_path(request.path)
        answer = self._answered(request, path, seen)
        for observe in tuple(observers):
            observe(request, path, answer)
        return answer

    def _answered(self, request: Request, path: str, seen: "_Seen") -> Answer:
        identity = Identity(None)
        try:
            if path == "/_edge/tenant_info":
                return self._dressed(self.api.tenant_info(), identity)
            identity = self.api.identify(request)
            seen.user = identity.user.email if identity.user else None
            found, version = self.api.match(request, path)
            seen.kind = found.pattern
            answer = self.control.limits.check(request, found.pattern)
            if answer is None:
                answer = self.api.answer(request, found, identity, version)
                self.control.limits.spend(request, answer)
        except Refusal as no:
            answer = no.answer
        return self._dressed(answer, identity)

    def _dressed(self, answer: Answer, identity: Identity) -> Answer:
        headers = (*self.api.headers(identity), *answer.headers)
        return Answer(answer.status, answer.body, headers, answer.content_type, answer.cut)

    # -- control and board -----------------------------------------------------------------

    def _own(self, router: Router, request: Request, path: str) -> Answer:
        """Our own pages. Changes need a JSON content type, which no foreign page's form can send
        without asking first."""
        method = "GET" if request.method == "HEAD" else request.method
        if method != "GET":
            kind = request.header("Content-Type").partition(";")[0].strip().lower()
            if kind != "application/json":
                return Answer(415, {"error": "Send Content-Type: application/json."})
        try:
            found = router.find(method, path)
        except NotFound:
            return _NOT_FOUND
        except MethodNotAllowed:
            return Answer(405, {"error": f"{method} is not known here."})
        run: Callable[[], Answer] = lambda: found.handler(  # noqa: E731 - named for the reader
            self.control, request, **found.values
        )
        try:
            return run()
        except Refusal as no:
            return no.answer
        except ValueError as error:
            return Answer(400, {"error": str(error)})


class _Seen:
    """What the log learns on the way."""

    __slots__ = ("kind", "user")

    def __init__(self, path: str) -> None:
        self.kind = path
        self.user: str | None = None
