"""Holds the values of `when:` against what the fields of deals offer in Jira."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from readygate.checkup import Area, Checkup, Inquiry, State, unoffered
from readygate.pipeline import Pipeline
from readygate.suggesting import suggestion
from readygate_http.shapes import objects
from readygate_jira.abilities import Abilities
from readygate_jira.matching import Named
from readygate_jira.notes import Notes
from readygate_jira.place import Place
from readygate_jira.site import Site
from readygate_jira.translate import Json, field_texts


def check_conditions(site: Site, inquiry: Inquiry, place: Place) -> Iterator[Checkup]:
    """Every value of every condition: offered by its field, not offered, or not known.

    One request for the create screen; two more where a field is not on it and there is a deal.
    """
    conditions = {
        item: when for item, when in inquiry.conditions.items() if when.field in place.fields
    }  # a field that is not there is told with the names
    if not conditions:
        return
    screen = _create_screen(site, inquiry.pipeline, place)
    if any(place.fields[when.field] not in screen for when in conditions.values()):
        screen = {**_edit_screen(site, place), **screen}
    fine = True
    for item, when in conditions.items():
        told = screen.get(place.fields[when.field])
        if told is None:
            fine = False
            yield _unseen(inquiry, item, when.field)
            continue
        offered = _offered(told)
        for found in unoffered(inquiry, item, offered, partial(suggestion, offered=offered)):
            fine = False
            yield found
    if fine:
        text = "The values of every `when` are offered by their fields."
        yield Checkup(Area.CONDITIONS, State.OK, text, pipeline=inquiry.key)


def _create_screen(site: Site, pipeline: Pipeline, place: Place) -> dict[str, Json]:
    abilities = Abilities(site, pipeline, place.project, place.project_key, Notes(pipeline.key))
    kind = Named(place.deal_type, pipeline.place.get("issue_type", ""))
    return {
        str(one.get("fieldId") or one.get("key")): one
        for one in abilities.create_screen(kind) or ()
    }


def _edit_screen(site: Site, place: Place) -> Mapping[str, Json]:
    """The fields that some deal can be edited with; nothing where there is no deal."""
    doing = f"reading the edit screen of a deal of {place.project_key}"
    jql = f"project = {place.project} AND issuetype = {place.deal_type}"
    asked = {"jql": jql, "maxResults": 1, "fields": ["status"]}
    answer = site.ask("POST", "/search/jql", name="sample", doing=doing, json=asked)
    with site.understanding(doing):
        found = [str(issue["id"]) for issue in objects(answer.body["issues"])]
    if not found:
        return {}
    path = f"/issue/{found[0]}/editmeta"
    answer = site.ask("GET", path, name="edit screen", doing=doing, allow=(403, 404))
    if answer.status != 200:
        return {}
    with site.understanding(doing):
        fields: Mapping[str, Json] = answer.body["fields"]
        return fields


def _offered(told: Json) -> list[str]:
    """What a field offers, as conditions see it; nothing for a field that takes anything."""
    found: dict[str, None] = {}
    for value in told.get("allowedValues") or ():
        for part in (value, *(value.get("children") or ())):
            found.update(dict.fromkeys(field_texts(part)))
    return list(found)


def _unseen(inquiry: Inquiry, item: str, field: str) -> Checkup:
    return Checkup(
        Area.CONDITIONS,
        State.UNKNOWN,
        f"Whether the field {field!r} offers what `when` of items.{item} names is not known: it is"
        " on no screen that our account can see.",
        "A value that it does not offer would be asked of nobody.",
        "Put the field on the create or edit screen of deals, or compare by hand.",
        inquiry.key,
    )
