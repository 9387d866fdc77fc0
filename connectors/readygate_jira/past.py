"""Reads the changelog: who moved a deal, who ticked or waived an item, and when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from readygate.deal import History, Mark, Marking, Move
from readygate.errors import TrackerUnavailable
from readygate_http.shapes import ident, objects, optional
from readygate_jira.place import Place
from readygate_jira.site import Site
from readygate_jira.translate import Json, is_done, read_time

ISSUES = 1000
"""Issues per changelog request: the most that Jira takes."""

CHANGES = 10_000
"""Changes per answer: the most that Jira gives."""

GENERATOR = "readygate"
"""Names us in the history metadata of our own transitions."""


def history(site: Site, place: Place, deals: Sequence[str], items: Sequence[str]) -> History:
    """Give moves of deals and markings of items, oldest first."""
    doing = f"reading the history of {place.project_key}"
    logs = _changelogs(site, [*deals, *items], doing)
    with site.understanding(doing):
        changes = {ref: _in_order(logs.get(ref, ())) for ref in (*deals, *items)}
        met = {
            str(change[side])
            for ref in items
            for entry in changes[ref]
            for change in entry["items"]
            if _field(change) == "status"
            for side in ("from", "to")
            if change.get(side)
        }
    closed = _closed(site, place, met, doing)
    with site.understanding(doing):
        return History(
            {ref: tuple(_moves(changes[ref], site.account)) for ref in deals},
            {ref: tuple(_markings(changes[ref], place, closed)) for ref in items},
        )


def _changelogs(site: Site, refs: Sequence[str], doing: str) -> dict[str, list[Json]]:
    found: dict[str, list[Json]] = {}
    unique = list(dict.fromkeys(refs))
    for start in range(0, len(unique), ISSUES):
        asked: dict[str, Any] = {
            "issueIdsOrKeys": unique[start : start + ISSUES],
            "fieldIds": ["status", "resolution"],
            "maxResults": CHANGES,
        }
        seen: set[str] = set()
        while True:
            answer = site.ask(
                "POST", "/changelog/bulkfetch", name="history", doing=doing, json=asked
            )
            with site.understanding(doing):
                for log in objects(answer.body["issueChangeLogs"]):
                    entries = objects(log["changeHistories"])
                    found.setdefault(ident(log["issueId"]), []).extend(entries)
                token = optional(answer.body.get("nextPageToken"))
            if not token:
                break
            if token in seen:
                text = f"Jira at {site.host}, {doing}: it gives the same page again and again."
                raise TrackerUnavailable(text)
            seen.add(token)
            asked["nextPageToken"] = token
    return found


def _closed(site: Site, place: Place, met: set[str], doing: str) -> Mapping[str, bool]:
    """Tell which statuses mean done. Those that the binding does not know are asked for, once."""
    closed = {ref: known.category == "done" for ref, known in place.statuses.items()}
    if met <= closed.keys():
        return closed
    answer = site.ask("GET", "/status", name="statuses", doing=doing)
    with site.understanding(doing):
        for status in objects(answer.body):
            closed[ident(status["id"])] = is_done(status)
    return closed


def _in_order(log: Sequence[Json]) -> list[Json]:
    return sorted(log, key=lambda entry: (read_time(entry["created"]), int(entry["id"])))


def _field(change: Json) -> str:
    return str(change.get("fieldId") or change.get("field") or "")


def _author(entry: Json) -> str:
    return str((entry.get("author") or {}).get("accountId", ""))


def _moves(log: Sequence[Json], account: str) -> list[Move]:
    moves: list[Move] = []
    for entry in log:
        generator = ((entry.get("historyMetadata") or {}).get("generator") or {}).get("id")
        # Both: the token may belong to a person, whose own moves are judged like anybody's.
        ours = _author(entry) == account and generator == GENERATOR
        moves.extend(
            Move(
                at=read_time(entry["created"]),
                before=str(change.get("from") or ""),
                after=str(change.get("to") or ""),
                author=_author(entry),
                ours=ours,
            )
            for change in entry["items"]
            if _field(change) == "status"
        )
    return moves


def _markings(log: Sequence[Json], place: Place, closed: Mapping[str, bool]) -> list[Marking]:
    now = {name: _first(log, name) for name in ("status", "resolution")}
    markings: list[Marking] = []
    before = _mark(now, place, closed)
    for entry in log:
        for change in entry["items"]:
            if _field(change) in now:
                now[_field(change)] = str(change.get("to") or "")
        after = _mark(now, place, closed)
        if after is not before:
            markings.append(Marking(read_time(entry["created"]), before, after, _author(entry)))
        before = after
    return markings


def _first(log: Sequence[Json], name: str) -> str:
    """What a field held before its first change: how the issue was created."""
    changes = (change for entry in log for change in entry["items"] if _field(change) == name)
    return next((str(change.get("from") or "") for change in changes), "")


def _mark(now: Mapping[str, str], place: Place, closed: Mapping[str, bool]) -> Mark:
    return place.mark(
        now["status"], closed=closed.get(now["status"], False), resolution=now["resolution"]
    )
