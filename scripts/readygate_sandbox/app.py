"""One request through the sandbox: log, faults, then a tracker's side, the control API or the
board."""

import time
from collections.abc import Callable, Iterable
from typing import Protocol

from werkzeug.exceptions import MethodNotAllowed, NotFound

from readygate_sandbox.control_common import Controlled
from readygate_sandbox.faults import suffer
from readygate_sandbox.jira_cloud.side import JiraSide
from readygate_sandbox.sides import Sides
from readygate_sandbox.web import Answer, Refusal, Request, Router, Routes, Seen

CONTROL_PREFIX = "/_sandbox"
Observer = Callable[[Request, str, Answer], None]
"""Gets a request to the Jira side, its path as the site knows it, and the answer before faults."""

observers: list[Observer] = []
"""Who watches every sandbox of this process: tests hold what they see against the published API."""

_NOT_FOUND = Answer(404, {"error": "There is nothing here."})


class Side(Protocol):
    """One tracker's look-alike. `page` is the web page that its service shows when it is broken."""

    page: bytes

    def serves(self, path: str) -> bool:
        """Whether a path is the tracker's."""
        ...

    def answer(self, request: Request, seen: Seen) -> Answer:
        """Answer one request to the tracker."""
        ...


class SandboxApp:
    """Everything that is served on one port: a tracker's side, its control API (handlers get
    `(control, request, **path values)`) and the board's `pages` (handlers get `sides` instead)."""

    def __init__(
        self, side: Side, control: Controlled, control_routes: Iterable[Routes], *,
        sides: Sides, pages: Routes,
    ) -> None:  # fmt: skip
        self.side = side
        self.control = control
        self.sides = sides
        self._control_router = Router(control_routes)
        self._page_router = Router([pages])

    def __call__(self, request: Request) -> Answer:
        """Answer one request. Raises Dropped where a fault breaks the connection."""
        path = request.path
        if path.startswith(CONTROL_PREFIX):
            own = path[len(CONTROL_PREFIX) :] or "/"
            return self._own(self._control_router, request, own, self.control)
        if self.side.serves(path):
            return self._served(request)
        return self._own(self._page_router, request, path, self.sides)

    # -- the tracker's side ----------------------------------------------------------------

    def _served(self, request: Request) -> Answer:
        started = time.perf_counter()
        at = self.control.clock.now_ms()
        fault = self.control.faults.pick(request)
        seen = Seen(request.path)
        status = 0
        try:
            if fault is not None:
                answer = suffer(fault, lambda: self._carry_out(request, seen), page=self.side.page)
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

    def _carry_out(self, request: Request, seen: Seen) -> Answer:
        answer = self.side.answer(request, seen)
        if isinstance(self.side, JiraSide):
            path = self.side.api.local_path(request.path)
            for observe in tuple(observers):
                observe(request, path, answer)
        return answer

    # -- control and board -----------------------------------------------------------------

    def _own(self, router: Router, request: Request, path: str, handle: object) -> Answer:
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
            handle, request, **found.values
        )
        try:
            return run()
        except Refusal as no:
            return no.answer
        except ValueError as error:
            return Answer(400, {"error": str(error)})
