"""What the board's page asks for: one pipeline, one deal, and acts of a named person.

The shapes speak of trackers, pipelines, columns, deals and items, so that both trackers stand
behind the same page: `jira_view` and `airtable_view` fill them, `acts` reaches the right one.
"""

import secrets
from typing import Any

from readygate_sandbox.airtable.ids import is_id
from readygate_sandbox.airtable.model import User as AirtableUser
from readygate_sandbox.board import acts, airtable_view, jira_view
from readygate_sandbox.board.pages import GUARD
from readygate_sandbox.jira_cloud.model import User
from readygate_sandbox.sides import Sides
from readygate_sandbox.web import Answer, BadRequest, Refusal, Request, Routes

ROUTES = Routes()
SHOWN, MOST_SHOWN = 20, 500
_BOOT = secrets.token_hex(3)
"""Tells a page that outlived a restart that what it shows may be old."""


def revision(sides: Sides) -> str:
    """Grows with everything that a board could show; costs nothing to ask."""
    jira = sides.jira.store
    return f"{_BOOT}.{jira.schema_version}.{len(jira.changes)}.{sides.airtable.store.version}"


def _unchanged(request: Request, view: str) -> Answer | None:
    """The 304 for a caller who has seen this very state."""
    if request.header("If-None-Match") == f'"{view}"':
        return Answer(304, None, _headers(view))
    return None


def _headers(view: str) -> tuple[tuple[str, str], ...]:
    return (*GUARD, ("Cache-Control", "no-cache"), ("ETag", f'"{view}"'))


def _email(sides: Sides, ref: str | None) -> str:
    """Whose id this is, on whichever side; empty for nobody's."""
    user = sides.jira.store.users.get(ref or "") or sides.airtable.store.users.get(ref or "")
    return user.email if user else ""


def _viewer(sides: Sides, request: Request) -> User:
    """The person who looks, as Jira knows them: as asked, or the first who may."""
    active = [u for u in sides.jira.store.users.values() if u.active]
    if not active:
        raise BadRequest("the site has no active users")
    email = _email(sides, request.arg("as"))
    return next((u for u in active if u.email == email), active[0])


def _airtable_viewer(sides: Sides, request: Request) -> AirtableUser | None:
    """The person who looks, as Airtable knows them: the same e-mail, or the first who may."""
    active = [u for u in sides.airtable.store.users.values() if u.active]
    email = _email(sides, request.arg("as"))
    found = next((u for u in active if u.email == email), None)
    return found or (active[0] if active else None)


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
def board(sides: Sides, request: Request) -> Answer:
    """People, trackers and one pipeline with its columns; 304 when nothing changed.

    Query: `as` (a person), `pipeline`, `find` (text), `show=COLUMN:N`.
    """
    now = revision(sides)
    if seen := _unchanged(request, now):
        return seen
    shown, find = _shown(request), request.arg("find") or ""
    jira, airtable = sides.jira, sides.airtable
    with jira.store.lock, airtable.store.lock:
        now = revision(sides)
        viewer, other = _viewer(sides, request), _airtable_viewer(sides, request)
        ref = request.arg("pipeline") or ""
        trackers = [jira_view.tracker(jira.store, viewer)]
        trackers += airtable_view.trackers(airtable.store, other)
        table = None
        if other is not None and (is_id(ref, "tbl") or not trackers[0]["pipelines"]):
            table = airtable_view.find_board(airtable.store, other, ref)
        shape: dict[str, Any] = {
            "revision": now,
            "title": jira.store.info.title,
            "trackers": trackers,
        }
        if table is not None:
            shape |= {
                "now": airtable.clock.now_ms(),
                "me": table.viewer.id,
                "people": airtable_view.people(airtable.store),
                "pipeline": airtable_view.pipeline(table, find=find, shown=shown, usual=SHOWN),
            }
        else:
            shape |= {
                "now": jira.clock.now_ms(),
                "me": viewer.account_id,
                "people": jira_view.people(jira.store),
                "pipeline": jira_view.pipeline(
                    jira.store, viewer, ref, find=find, shown=shown, usual=SHOWN
                ),
            }
    return Answer(200, shape, _headers(now))


@ROUTES.get("/board/api/deals/<ref>")
def deal(sides: Sides, request: Request, ref: str) -> Answer:
    """One deal with everything on it; the key of an item finds its deal. 404 for what the person
    may not see."""
    now = revision(sides)
    if seen := _unchanged(request, now):
        return seen
    side = sides.airtable if is_id(ref, "rec") else sides.jira
    with side.store.lock:
        now = revision(sides)
        if is_id(ref, "rec"):
            other = _airtable_viewer(sides, request)
            found = airtable_view.deal_page(sides.airtable.store, other, ref) if other else None
        else:
            found = jira_view.deal_page(sides.jira.store, _viewer(sides, request), ref)
    if found is None:
        return _problem(404, [f"There is no deal {ref}, or you may not see it."])
    return Answer(200, {"revision": now, "now": side.clock.now_ms(), **found}, _headers(now))


@ROUTES.post("/board/api/act")
def act(sides: Sides, request: Request) -> Answer:
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
        person = _email(sides, told["as"]) or told["as"]
        if acts.concerns_airtable(told):
            done = acts.act_in_airtable(sides.airtable, person, told)
        else:
            done = acts.act_in_jira(sides.jira, person, told)
    except Refusal as no:
        return _problem(no.answer.status, *acts.words(no.answer))
    except ValueError as error:
        return _problem(400, [str(error)])
    return Answer(200, {**done, "revision": revision(sides)}, GUARD)


def _problem(status: int, messages: list[str], fields: dict[str, str] | None = None) -> Answer:
    return Answer(status, {"messages": messages, "fields": fields or {}}, GUARD)
