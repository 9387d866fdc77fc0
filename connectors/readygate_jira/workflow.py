"""Finds a way through a workflow: from one status to another in as few transitions as possible."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Mapping
from typing import Any

from readygate_jira.place import Place
from readygate_jira.site import Site

MOST_HOPS = 4
"""Every hop notifies people and starts automations: a longer way is the admin's to shorten."""

Edges = Mapping[str, frozenset[str]]


def read_edges(site: Site, place: Place) -> Edges | None:
    """Read which status leads where for deals; None where we may not (it takes an admin)."""
    doing = f"reading the workflow of {place.project_key}"
    pair = {"projectId": place.project, "issueTypeId": place.deal_type}
    answer = site.ask(
        "POST",
        "/workflows",
        name="workflow",
        doing=doing,
        json={"projectAndIssueTypes": [pair]},
        allow=(400, 401, 403, 404),  # 401 is how Jira says "no permission" here
    )
    if answer.status != 200:
        return None
    with site.understanding(doing):
        return _edges(answer.body)


def _edges(body: Mapping[str, Any]) -> Edges:
    ids = {status["statusReference"]: str(status["id"]) for status in body["statuses"]}
    edges: dict[str, set[str]] = {}
    for workflow in body["workflows"]:
        members = [ids[status["statusReference"]] for status in workflow["statuses"]]
        for transition in workflow["transitions"]:
            match transition["type"]:
                case "GLOBAL":
                    sources = members
                case "DIRECTED":
                    sources = [
                        ids[link["fromStatusReference"]]
                        for link in transition.get("links") or ()
                        if link.get("fromStatusReference") in ids
                    ]
                case _:
                    sources = []
            target = ids.get(transition.get("toStatusReference"))
            if target:
                for source in sources:
                    edges.setdefault(source, set()).add(target)
    return {source: frozenset(targets) for source, targets in edges.items()}


def way(edges: Edges, start: str, target: str, avoid: Collection[str]) -> tuple[str, ...]:
    """The statuses of a shortest way after `start`, ending with `target`; () if there is none.

    It never leads through a status of `avoid` and never takes more than MOST_HOPS.
    """
    before: dict[str, str] = {start: ""}
    waiting = deque([(start, 0)])
    while waiting:
        status, hops = waiting.popleft()
        if status == target:
            found = []
            while status != start:
                found.append(status)
                status = before[status]
            return tuple(reversed(found))
        if hops == MOST_HOPS:
            continue
        for following in sorted(edges.get(status, ())):
            if following not in before and (following == target or following not in avoid):
                before[following] = status
                waiting.append((following, hops + 1))
    return ()
