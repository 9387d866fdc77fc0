"""Who else lives with a workflow: the projects and issue types that share it; their subtasks."""

from __future__ import annotations

from dataclasses import dataclass, field

from readygate_jira.place import Place
from readygate_jira.site import Site
from readygate_jira.translate import Json, is_done

MOST_PROJECTS = 50
"""Projects whose subtasks are looked at: every one costs two requests."""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """What a change of the workflow touches besides the deals.

    `texts` name it for people. `closed` and `open` are the statuses of subtasks, by id with their
    names, in all of it.
    """

    texts: tuple[str, ...] = ()
    closed: dict[str, str] = field(default_factory=dict)
    open: dict[str, str] = field(default_factory=dict)


def neighbours(site: Site, place: Place, workflow: str) -> Neighbours:
    """Ask who shares a workflow."""
    texts: list[str] = []
    closed: dict[str, str] = {}
    still_open: dict[str, str] = {}
    own = _types(site, place.project)
    types = _usages(site, f"/workflow/{workflow}/project/{place.project}/issueTypeUsages")
    projects = _usages(site, f"/workflow/{workflow}/projectUsages")
    sharing = set(types or ())
    for kind in own:
        ref = str(kind["id"])
        if ref in sharing and ref != place.deal_type:
            texts.append(f"the issue type {kind['name']!r} of {place.project_key}")
    if types is None or projects is None:
        texts.append("whoever else has it: Jira does not tell our account who that is")
    others = [project for project in projects or () if project != place.project]
    listed = [own]
    for project in others[:MOST_PROJECTS]:
        texts.append(f"the project {_name(site, project)}")
        listed.append(_types(site, project))
    if len(others) > MOST_PROJECTS:
        texts.append(f"and {len(others) - MOST_PROJECTS} more projects")
    with site.understanding("reading the statuses of subtasks"):
        for kind in (kind for kinds in listed for kind in kinds if kind.get("subtask")):
            for status in kind["statuses"]:
                known = closed if is_done(status) else still_open
                known[str(status["id"])] = str(status["name"])
    return Neighbours(tuple(texts), closed, still_open)


def _types(site: Site, project: str) -> list[Json]:
    doing = "reading the statuses of subtasks"
    path = f"/project/{project}/statuses"
    answer = site.ask("GET", path, name="project statuses", doing=doing, allow=(403, 404))
    with site.understanding(doing):
        return list(answer.body) if answer.status == 200 else []


def _name(site: Site, project: str) -> str:
    doing = "reading the names of projects"
    path = f"/project/{project}"
    answer = site.ask("GET", path, name="project", doing=doing, allow=(403, 404))
    with site.understanding(doing):
        if answer.status == 200:
            return f"{answer.body['name']} ({answer.body['key']})"
    return f"{project}, which our account may not see"


def _usages(site: Site, path: str) -> list[str] | None:
    """Ids of what uses the workflow; None where Jira does not tell."""
    doing = "asking who shares the workflow"
    found: list[str] = []
    token = ""
    for _ in range(MOST_PROJECTS):
        params = {"maxResults": "200"} | ({"nextPageToken": token} if token else {})
        answer = site.ask(
            "GET",
            path,
            name="workflow usages",
            doing=doing,
            params=params,
            allow=(400, 401, 403, 404),
        )
        if answer.status != 200:
            return None
        with site.understanding(doing):
            page = answer.body.get("projects") or answer.body.get("issueTypes") or {}
            found += [str(one["id"]) for one in page.get("values") or ()]
            token = str(page.get("nextPageToken") or "")
        if not token:
            break
    return found
