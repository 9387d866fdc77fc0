"""Finds a way through a workflow: from one status to another in as few transitions as possible."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any, TypeAlias

from readygate.pipeline import Pipeline
from readygate_http import Answer
from readygate_http.shapes import ident, objects
from readygate_jira.place import Place
from readygate_jira.site import Site
from readygate_jira.translate import Json

MOST_HOPS = 4
"""Every hop notifies people and starts automations: a longer way is the admin's to shorten."""

MOST_SAMPLES = 10
"""Deals looked at in one run to learn ways that only an admin could read all at once."""

Edges: TypeAlias = Mapping[str, frozenset[str]]


class Ways:
    """Knows which status leads where for the deals of a site, as far as our account may know.

    An admin's account reads the workflow. Any other asks one deal in each status on the way what
    it could do next; nothing is moved to find out.
    """

    def __init__(self, site: Site) -> None:
        self._site = site
        self._edges: dict[str, Edges | None] = {}
        self._sampled: dict[tuple[str, str], frozenset[str]] = {}

    def find(
        self,
        place: Place,
        start: str,
        target: str,
        *,
        first: Collection[str],
        avoid: Collection[str],
    ) -> tuple[str, ...]:
        """The statuses of a shortest way after `start`, ending with `target`; () if there is none.

        `first` are the statuses that the deal itself can go to now.
        """
        key = f"{place.project}/{place.deal_type}"
        if key not in self._edges:
            self._edges[key] = read_edges(self._site, place)
        edges = self._edges[key]
        self._sampled[key, start] = frozenset(first)
        after = partial(self._sample, key, place) if edges is None else partial(_known, edges)
        return way(after, start, target, avoid)

    def _sample(self, key: str, place: Place, status: str) -> frozenset[str]:
        if (key, status) not in self._sampled:
            known = len(self._sampled) < MOST_SAMPLES
            self._sampled[key, status] = (
                _ask_a_deal(self._site, place, status) if known else frozenset()
            )
        return self._sampled[key, status]


def _known(edges: Edges, status: str) -> frozenset[str]:
    return edges.get(status, frozenset())


def _ask_a_deal(site: Site, place: Place, status: str) -> frozenset[str]:
    """Where a deal in this status can go; nowhere, if there is none to ask."""
    deal = a_deal_in(site, place, status)
    if not deal:
        return frozenset()
    doing = f"looking for a way through the workflow of {place.project_key}"
    options = ask_transitions(site, deal, doing)
    with site.understanding(doing):
        return frozenset(ident(option["to"]["id"]) for option in options)


def a_deal_in(site: Site, place: Place, status: str) -> str:
    """The id of some deal in this status; "" if there is none that we see."""
    doing = f"looking for a deal of {place.project_key} in {place.status_name(status)!r}"
    jql = f"project = {place.project} AND issuetype = {place.deal_type} AND status = {status}"
    asked = {"jql": jql, "maxResults": 1, "fields": ["status"]}
    answer = site.ask("POST", "/search/jql", name="ways", doing=doing, json=asked)
    with site.understanding(doing):
        return next((ident(issue["id"]) for issue in objects(answer.body["issues"])), "")


def ask_transitions(site: Site, issue: str, doing: str) -> list[Json]:
    """What our account may do with an issue from where it stands, with the fields that it takes."""
    answer = site.ask(
        "GET",
        f"/issue/{issue}/transitions",
        name="transitions",
        doing=doing,
        params={"expand": "transitions.fields"},
    )
    with site.understanding(doing):
        listed = objects(answer.body["transitions"])
        return [option for option in listed if option.get("isAvailable") is not False]


def required_fields(option: Json) -> dict[str, Json]:
    """The fields, by id, that a transition of `ask_transitions` wants a person to fill in."""
    return {
        str(ref): known
        for ref, known in (option.get("fields") or {}).items()
        if known.get("required") and not known.get("hasDefaultValue")
    }


def read_edges(site: Site, place: Place) -> Edges | None:
    """Read which status leads where for deals; None where we may not (it takes an admin)."""
    doing = f"reading the workflow of {place.project_key}"
    body = read_workflow(site, place.project, place.deal_type, doing)
    if body is None:
        return None
    with site.understanding(doing):
        return edges_of(body)


def read_workflow(site: Site, project: str, issue_type: str, doing: str) -> Json | None:
    """The workflow of an issue type in a project (ids), as Jira tells it; None where we may not."""
    answer = ask_workflow(site, project, issue_type, doing)
    found: Json | None = answer.body if answer.status == 200 else None
    return found


def ask_workflow(site: Site, project: str, issue_type: str, doing: str) -> Answer:
    """What Jira answers for the workflow of an issue type in a project (ids): 200 where we may."""
    return site.ask(
        "POST",
        "/workflows",
        name="workflow",
        doing=doing,
        json={"projectAndIssueTypes": [{"projectId": project, "issueTypeId": issue_type}]},
        allow=(400, 401, 403, 404),  # 401 is how Jira says "no permission" here
    )


def edges_of(body: Mapping[str, Any]) -> Edges:
    """Which status leads where in a workflow as Jira tells it, by ids."""
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


def way(
    after: Callable[[str], Collection[str]], start: str, target: str, avoid: Collection[str]
) -> tuple[str, ...]:
    """The statuses of a shortest way after `start`, ending with `target`; () if there is none.

    `after` tells where a status leads. A way never leads through a status of `avoid` and never
    takes more than MOST_HOPS.
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
        following = sorted(set(after(status)) - before.keys())
        for step in following:
            if step == target or step not in avoid:
                before[step] = status
                waiting.append((step, hops + 1))
    return ()


def not_through(pipeline: Pipeline, before: str) -> frozenset[str]:
    """Stages a way back must not lead through, as refs: exits, and whatever lies further on."""
    start = pipeline.position(before)
    return frozenset(
        stage.ref
        for stage in pipeline.stages
        if stage.exit or (start is not None and (pipeline.position(stage.ref) or 0) > start)
    )
