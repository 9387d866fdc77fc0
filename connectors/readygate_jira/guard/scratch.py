"""A scratch deal on which rules are tried out: made, looked at, and removed, also after a crash."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from readygate.errors import TrackerDenied, TrackerRejected
from readygate.guarding import Journal
from readygate_jira.place import ITEM_PROPERTY, Place
from readygate_jira.reading import fetch
from readygate_jira.site import Site
from readygate_jira.translate import is_scratch

TITLE = "Readygate scratch deal: removed in a moment"
_PHRASE = "Readygate scratch deal"


@dataclass(frozen=True, slots=True)
class Scratch:
    """A scratch deal with one open subtask: ids, and the statuses that they stand in."""

    deal: str
    label: str
    child: str
    status: str
    child_status: str


def make_scratch(site: Site, place: Place, journal: Journal) -> Scratch:
    """Create a scratch deal. Raises TrackerDenied where it could not be removed again."""
    _need_right_to_delete(site, place)
    journal.note(f"about to create a scratch deal in {place.project_key}", {})
    deal, label = _create(site, place, place.deal_type, "")
    child, _ = _create(site, place, place.item_type, deal)
    doing = f"looking at the scratch deal {label}"
    found = fetch(site, [deal, child], ["status"], doing)
    with site.understanding(doing):
        statuses = {str(one["id"]): str(one["fields"]["status"]["id"]) for one in found}
        return Scratch(deal, label, child, statuses[deal], statuses[child])


def drop_scratch(site: Site, deal: str) -> None:
    """Delete a scratch deal with its subtask; one that is gone is fine."""
    site.change(
        "DELETE",
        f"/issue/{deal}",
        name="drop scratch",
        doing="removing the scratch deal",
        params={"deleteSubtasks": "true"},
        allow=(404,),
    )


def find_scratches(site: Site, place: Place) -> dict[str, str]:
    """Scratch deals that an interrupted installation has left: id -> key."""
    doing = f"looking for scratch deals in {place.project_key}"
    jql = f"project = {place.project} AND issuetype = {place.deal_type}"
    asked = {
        "jql": f'{jql} AND summary ~ "\\"{_PHRASE}\\""',
        "maxResults": 50,
        "fields": ["summary"],
        "properties": [ITEM_PROPERTY],
    }
    answer = site.ask("POST", "/search/jql", name="find scratch", doing=doing, json=asked)
    with site.understanding(doing):
        found = {str(one["id"]): str(one["key"]) for one in answer.body["issues"]}
    if not found:
        return {}
    # The index may be behind: what it shows is looked at where writes are seen.
    there = fetch(site, list(found), ["summary"], doing, properties=(ITEM_PROPERTY,))
    with site.understanding(doing):
        return {str(one["id"]): found[str(one["id"])] for one in there if is_scratch(one)}


def availability(site: Site, deal: str) -> Mapping[str, bool]:
    """Transitions of a deal by id: whether Jira offers them to our account, hidden ones too."""
    doing = "looking at what the scratch deal may do"
    answer = site.ask(
        "GET",
        f"/issue/{deal}/transitions",
        name="probe",
        doing=doing,
        params={"includeUnavailableTransitions": "true"},
    )
    with site.understanding(doing):
        return {
            str(one["id"]): one.get("isAvailable") is not False
            for one in answer.body["transitions"]
        }


def perform(site: Site, deal: str, transition: str) -> bool:
    """Perform a transition of the scratch deal; False if Jira refuses it."""
    answer = site.change(
        "POST",
        f"/issue/{deal}/transitions",
        name="try",
        doing="trying a transition on the scratch deal",
        json={"transition": {"id": transition}},
        allow=(400,),
    )
    return answer.status != 400


def _create(site: Site, place: Place, kind: str, parent: str) -> tuple[str, str]:
    doing = f"creating a scratch deal in {place.project_key}"
    fields: dict[str, Any] = {
        "project": {"id": place.project},
        "issuetype": {"id": kind},
        "summary": TITLE,
    }
    if parent:
        fields["parent"] = {"id": parent}
    answer = site.change(
        "POST",
        "/issue",
        name="create scratch",
        doing=doing,
        json={
            "fields": fields,
            "properties": [{"key": ITEM_PROPERTY, "value": {"v": 1, "scratch": True}}],
        },
        allow=(400,),
        expect_body=True,
    )
    if answer.status == 400:
        raise TrackerRejected(
            f"Jira at {site.host} refuses the scratch deal on which the rule is tried out:"
            f" {answer.said} Make those fields optional on the create screen of deals for the time"
            " of the installation.",
            detail=answer.said,
        )
    with site.understanding_write(doing):
        return str(answer.body["id"]), str(answer.body["key"])


def _need_right_to_delete(site: Site, place: Place) -> None:
    doing = f"asking for our rights in {place.project_key}"
    answer = site.ask(
        "GET",
        "/mypermissions",
        name="rights",
        doing=doing,
        params={"projectId": place.project, "permissions": "DELETE_ISSUES"},
    )
    with site.understanding(doing):
        may = answer.body["permissions"]["DELETE_ISSUES"]["havePermission"] is True
    if not may:
        raise TrackerDenied(
            "The rule is tried out on a scratch deal that is deleted afterwards, and our account"
            f" lacks the right 'Delete issues' in the project {place.project_key}. Give it for the"
            " time of the installation. Nothing was changed."
        )
