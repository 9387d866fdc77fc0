"""Fields of the deal that we keep: found by a mark in their description, made, put on screen.

People cannot edit them ("read-only" text fields are filled through REST alone), but Jira takes a
value through REST only for fields of the issue's edit screen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from readygate.errors import TrackerRejected
from readygate_jira.place import Place
from readygate_jira.site import Site
from readygate_jira.translate import Json

_TYPES = "com.atlassian.jira.plugin.system.customfieldtypes:"
READ_ONLY = f"{_TYPES}readonlyfield"
PLAIN = f"{_TYPES}textfield"
_SEARCHER = f"{_TYPES}textsearcher"


def mark_of_field(place: Place, purpose: str) -> str:
    """The mark in a description that says which field this is."""
    return f"[readygate {place.project} {place.deal_type} {purpose}]"


def find_fields(site: Site, place: Place, purposes: Sequence[str]) -> dict[str, str]:
    """The fields that we made before: purpose -> field id."""
    doing = "looking for our fields"
    answer = site.ask(
        "GET",
        "/field/search",
        name="our fields",
        doing=doing,
        params={
            "type": "custom",
            "query": f"[readygate {place.project} {place.deal_type} ",
            "maxResults": "100",
        },
    )
    with site.understanding(doing):
        found: list[Json] = list(answer.body["values"])
        return {
            purpose: str(one["id"])
            for purpose in purposes
            for one in reversed(found)
            if mark_of_field(place, purpose) in str(one.get("description", ""))
        }


def make_field(
    site: Site, place: Place, purpose: str, name: str, *, known: str = "", kind: str = READ_ONLY
) -> str:
    """Make a field unless it is `known`, and see that deals can be edited with it; its id."""
    ref = known or _create(site, place, purpose, name, kind)
    _put_on_screen(site, place, ref)
    return ref


def _create(site: Site, place: Place, purpose: str, name: str, kind: str) -> str:
    doing = f"creating the field {name!r}"
    asked = {
        "name": name,
        "description": f"Kept by Readygate. {mark_of_field(place, purpose)}",
        "type": kind,
        "searcherKey": _SEARCHER,
    }
    answer = site.change(
        "POST",
        "/field",
        name="create field",
        doing=doing,
        json=asked,
        allow=(400,),
        expect_body=True,
    )
    if answer.status == 400:
        text = f"Jira at {site.host} refuses to create the field {name!r}: {answer.said}"
        raise TrackerRejected(f"{text} It takes the right 'Administer Jira'.", detail=answer.said)
    with site.understanding_write(doing):
        return str(answer.body["id"])


def _put_on_screen(site: Site, place: Place, ref: str) -> None:
    """Put a field on the edit screen of deals; fine if it is there."""
    doing = "looking for the edit screen of deals"
    screen = _edit_screen(site, place, doing)
    answer = site.ask("GET", f"/screens/{screen}/tabs", name="screens", doing=doing)
    with site.understanding(doing):
        tab = str(answer.body[0]["id"])
    path = f"/screens/{screen}/tabs/{tab}/fields"
    answer = site.ask("GET", path, name="screens", doing=doing)
    with site.understanding(doing):
        if any(str(one["id"]) == ref for one in answer.body):
            return
    site.change(
        "POST",
        path,
        name="put on screen",
        doing="putting our field on the edit screen of deals",
        json={"fieldId": ref},
        allow=(400,),  # it is there already, on another tab
    )


def _edit_screen(site: Site, place: Place, doing: str) -> str:
    """The screen on which deals are edited: project -> scheme of types -> scheme -> screen."""

    def page(path: str, **params: str) -> list[Any]:
        answer = site.ask("GET", path, name="screens", doing=doing, params=params)
        with site.understanding(doing):
            return list(answer.body["values"])

    schemes = page("/issuetypescreenscheme/project", projectId=place.project)
    with site.understanding(doing):
        ref = str(schemes[0]["issueTypeScreenScheme"]["id"])
        mapped = {
            str(one["issueTypeId"]): str(one["screenSchemeId"])
            for one in page("/issuetypescreenscheme/mapping", issueTypeScreenSchemeId=ref)
        }
        scheme = mapped.get(place.deal_type) or mapped["default"]
        screens = next(
            one["screens"] for one in page("/screenscheme", id=scheme) if str(one["id"]) == scheme
        )
        return str(screens.get("edit") or screens["default"])
