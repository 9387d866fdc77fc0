"""What the board's page asks for: one pipeline, one deal, and acts of a named person.

The shapes speak of trackers, pipelines, columns, deals and items, so that another tracker can stand
behind the same page; `jira_view` fills them from the Jira side.
"""

import secrets
from typing import Any

from readygate_sandbox.board import jira_view
from readygate_sandbox.board.pages import GUARD
from readygate_sandbox.control import Control
from readygate_sandbox.jira_cloud.model import User
from readygate_sandbox.web import Answer, BadRequest, Json, Refusal, Request, Routes

ROUTES = Routes()
SHOWN, MOST_SHOWN = 20, 500
_BOOT = secrets.token_hex(3)
"""Tells a page that outlived a restart that what it shows may be old."""


def revision(control: Control) -> str:
    """Grows with everything that a board could show; costs nothing to ask."""
    return f"{_BOOT}.{control.store.schema_version}.{len(control.store.changes)}"


def _unchanged(request: Request, view: str) -> Answer | None:
    """The 304 for a caller who has seen this very state."""
    if request.header("If-None-Match") == f'"{view}"':
        return Answer(304, None, _headers(view))
    return None


def _headers(view: str) -> tuple[tuple[str, str], ...]:
    return (*GUARD, ("Cache-Control", "no-cache"), ("ETag", f'"{view}"'))


def _viewer(control: Control, request: Request) -> User:
    """The person who looks: as asked, or the first who may."""
    active = [u for u in control.store.users.values() if u.active]
    if not active:
        raise BadRequest("the site has no active users")
    asked = request.arg("as")
    return next((u for u in active if u.account_id == asked), active[0])


def _shown(request: Request) -> dict[str, int]:
    """`show=COLUMN:N`, repeated: how many deals of a column to list."""
    shown = {}
    for told in request.query.get("show", []):
        column, _, number = told.rpartition(":")
        if not (column and number.isascii() and number.isdigit()):
            raise BadRequest("show: expected COLUMN:NUMBER")
        shown[column] = min(int(number), MOST_SHOWN)
    return shown


@ROUTES.get("/board/api/board")
def board(control: Control, request: Request) -> Answer:
    """People, trackers and one pipeline with its columns; 304 when nothing changed.

    Query: `as` (a person), `pipeline`, `find` (text), `show=COLUMN:N`.
    """
    now = revision(control)
    if seen := _unchanged(request, now):
        return seen
    shown = _shown(request)
    with control.store.lock:
        now = revision(control)
        viewer = _viewer(control, request)
        shape = {
            "revision": now,
            "now": control.clock.now_ms(),
            "title": control.store.info.title,
            "me": viewer.account_id,
            "people": jira_view.people(control.store),
            "trackers": [jira_view.tracker(control.store, viewer)],
            "pipeline": jira_view.pipeline(
                control.store,
                viewer,
                request.arg("pipeline") or "",
                find=request.arg("find") or "",
                shown=shown,
                usual=SHOWN,
            ),
        }
    return Answer(200, shape, _headers(now))


@ROUTES.get("/board/api/deals/<ref>")
def deal(control: Control, request: Request, ref: str) -> Answer:
    """One deal with everything on it; the key of an item finds its deal. 404 for what the person
    may not see."""
    now = revision(control)
    if seen := _unchanged(request, now):
        return seen
    with control.store.lock:
        now = revision(control)
        found = jira_view.deal_page(control.store, _viewer(control, request), ref)
    if found is None:
        return _problem(404, [f"There is no deal {ref}, or you may not see it."])
    return Answer(200, {"revision": now, "now": control.clock.now_ms(), **found}, _headers(now))


@ROUTES.post("/board/api/act")
def act(control: Control, request: Request) -> Answer:
    """A person does something: `{"as", "do", …}` with `do` one of `move`, `tick`, `untick`,
    `waive`, `comment`, `create`, `set`. A refusal of the tracker keeps its status and its words:
    `{"messages": [...], "fields": {name: text}}`."""
    try:
        told = request.json()
    except ValueError:
        raise BadRequest("the body is not JSON") from None
    if not isinstance(told, dict) or not isinstance(told.get("as"), str):
        raise BadRequest("expected a JSON object with as and do")
    try:
        done = _do(control, told["as"], told)
    except Refusal as no:
        return _refused(no.answer)
    except ValueError as error:
        return _problem(400, [str(error)])
    return Answer(200, {**done, "revision": revision(control)}, GUARD)


def _do(control: Control, person: str, told: dict[str, Any]) -> dict[str, Any]:
    match told:
        case {"do": "move", "deal": ref, "by": way}:
            return control.act(person, "transition", issue=ref, transition=way)
        case {"do": "move", "deal": ref, "to": column}:
            name = jira_view.column_name(control.store, column)  # refusals repeat what they got
            return control.act(person, "transition", issue=ref, to=name)
        case {"do": "tick" | "untick" as do, "item": ref}:
            return control.act(person, do, issue=ref)
        case {"do": "waive", "item": ref, "by": way, "reason": reason}:
            done = control.act(person, "transition", issue=ref, transition=way)
            if str(reason).strip():
                control.act(person, "comment", issue=ref, text=reason)
            return done
        case {"do": "comment", "deal": ref, "text": text}:
            return control.act(person, "comment", issue=ref, text=text)
        case {"do": "create", "pipeline": project, "title": title}:
            fields = told.get("fields") or {}
            return control.act(person, "create", project=project, summary=title, fields=fields)
        case {"do": "set", "deal": ref, "fields": dict(fields)}:
            return control.act(person, "edit", issue=ref, fields=fields)
        case _:
            raise BadRequest(f"do: cannot do {told.get('do')!r} with what was sent")


def _refused(answer: Answer) -> Answer:
    body: Json = answer.body
    if isinstance(body, dict):
        return _problem(answer.status, body.get("errorMessages") or [], body.get("errors") or {})
    return _problem(answer.status, [bytes(body or b"").decode()])


def _problem(status: int, messages: list[str], fields: dict[str, str] | None = None) -> Answer:
    return Answer(status, {"messages": messages, "fields": fields or {}}, GUARD)
