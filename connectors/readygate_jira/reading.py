"""Reads deals and their items: what changed by search, what is about to be judged by bulk fetch.

A search lags behind and may forget what it showed; a bulk fetch sees what was written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from readygate.deal import ChecklistItem, Deal, Look, Page
from readygate.errors import TrackerUnavailable
from readygate_http.shapes import MOST_PAGES, objects, optional
from readygate_jira.place import ITEM_PROPERTY, Place
from readygate_jira.site import Site
from readygate_jira.translate import Json, child_ids, deal_of, item_of

PAGE = 100
"""Issues per search page and per bulk fetch: the most that Jira gives with fields."""

_FIELDS = (
    "summary",
    "status",
    "issuetype",
    "project",
    "parent",
    "created",
    "updated",
    "resolution",
    "assignee",
)


def search(site: Site, place: Place, since: datetime | None) -> Iterator[Page]:
    """Yield deals and items changed since a moment, or all; an iterator that ends is complete."""
    doing = f"reading the deals of {place.project_key}"
    # Epoch milliseconds, unquoted: dates are read in the profile's time zone and in whole minutes.
    changed = "" if since is None else f" AND updated >= {int(since.timestamp() * 1000)}"
    asked: dict[str, Any] = {
        "jql": f"project = {place.project} AND issuetype in ({place.deal_type},"
        f" {place.item_type}){changed} ORDER BY updated ASC",
        "maxResults": PAGE,
        "fields": [*_FIELDS, *place.read_fields],
        "properties": [ITEM_PROPERTY],
    }
    seen: set[str] = set()
    for _ in range(MOST_PAGES):
        answer = site.ask("POST", "/search/jql", name="search", doing=doing, json=asked)
        with site.understanding(doing):
            issues = objects(answer.body["issues"])
            token = optional(answer.body.get("nextPageToken"))
            page = Page(tuple(_deals(site, place, issues)), tuple(_items(site, place, issues)))
            last = answer.body.get("isLast") is True
        yield page
        if last or not token:
            return
        if token in seen:
            text = f"Jira at {site.host}, {doing}: it gives the same page again and again."
            raise TrackerUnavailable(f"{text} The next run reads anew.")
        seen.add(token)
        asked["nextPageToken"] = token
    raise TrackerUnavailable(f"Jira at {site.host}, {doing}: the search does not come to an end.")


def look(site: Site, place: Place, deals: Sequence[str]) -> Look:
    """Read deals and all their items afresh. All of it, or an error: never a part."""
    doing = f"looking at {len(deals)} deals of {place.project_key}"
    fields = [*_FIELDS, "subtasks", *place.read_fields]
    issues = fetch(site, deals, fields, doing)
    wanted = set(deals)
    with site.understanding(doing):
        found = [deal for deal in _deals(site, place, issues) if deal.ref in wanted]
        present = {deal.ref for deal in found}
        children = child_ids(issue for issue in issues if str(issue["id"]) in present)
    subtasks = fetch(site, children, _FIELDS, doing, properties=(ITEM_PROPERTY,))
    with site.understanding(doing):
        items = [item for item in _items(site, place, subtasks) if item.deal in present]
    absent = tuple(ref for ref in dict.fromkeys(deals) if ref not in present)
    return Look(tuple(found), tuple(items), absent)


def fetch(
    site: Site,
    refs: Sequence[str],
    fields: Sequence[str],
    doing: str,
    *,
    properties: Sequence[str] = (),
) -> list[Json]:
    """Bulk-fetch issues by id; those that do not exist or are hidden are missing from the answer.

    Raises TrackerUnavailable when Jira could not read some of them.
    """
    found: list[Json] = []
    unique = list(dict.fromkeys(refs))
    for start in range(0, len(unique), PAGE):
        asked: dict[str, Any] = {
            "issueIdsOrKeys": unique[start : start + PAGE],
            "fields": list(fields),
        }
        if properties:
            asked["properties"] = list(properties)
        answer = site.ask("POST", "/issue/bulkfetch", name="look", doing=doing, json=asked)
        with site.understanding(doing):
            errors = objects(answer.body.get("issueErrors") or [])
            found.extend(objects(answer.body["issues"]))
        if errors:
            text = f"Jira at {site.host}, {doing}: it could not read {len(errors)} of them."
            raise TrackerUnavailable(
                f"{text} The next run tries again.", detail=site.http.redact(str(errors))
            )
    return found


def current_status(site: Site, issue: str, doing: str) -> str | None:
    """The status id an issue has now, or None where it is gone."""
    found = fetch(site, [issue], ["status"], doing)
    with site.understanding(doing):
        return str(found[0]["fields"]["status"]["id"]) if found else None


def _deals(site: Site, place: Place, issues: Sequence[Json]) -> Iterator[Deal]:
    return (deal for issue in issues if (deal := deal_of(issue, place, site.links)))


def _items(site: Site, place: Place, issues: Sequence[Json]) -> Iterator[ChecklistItem]:
    return (item for issue in issues if (item := item_of(issue, place, site.links)))
