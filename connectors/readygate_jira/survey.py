"""Looks at a Jira site for `readygate init`: its projects, issue types, statuses and people.

Five requests for a pipeline, and one per hundred projects; one where the project was named.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from readygate.errors import ConfigError, Problem
from readygate.ports import Clock
from readygate.survey import (
    Asked,
    Choice,
    FoundPerson,
    FoundStage,
    Question,
    Sight,
    Survey,
    Surveyor,
    looks_like_exit,
)
from readygate_jira.connector import connect
from readygate_jira.names import in_scope
from readygate_jira.people import is_person
from readygate_jira.site import TOKENS_PAGE, Site
from readygate_jira.translate import Json, is_done
from readygate_jira.workflow import Edges, edges_of, read_workflow

_DEALS = ("deal", "сделк", "opportunit", "lead", "лид", "заявк", "order", "заказ")
_SUBTASKS = ("sub-task", "subtask", "подзадача")
_RANKS = {"new": 0, "indeterminate": 1, "done": 2}
_WAIVED = ("won't", "wont", "not needed", "не нуж", "не треб", "не буд")
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_KEY = re.compile(r"[A-Z][A-Z0-9_]+")
_MOST_PAGES = 20
_PAGE = 100

CHOOSES = {
    "project": "the project that the deals live in",
    "issue_type": "the issue type of the deals",
    "subtask_type": "the type of subtask that checklist items get",
}


class JiraSurveyor:
    """See `readygate.survey.Surveyor`."""

    key = "main"
    title = "Jira Cloud"
    asks = (
        Asked("url", "the address of your Jira site", "https://example.atlassian.net"),
        Asked("email", "the e-mail of Readygate's account in Jira", kept_apart=True),
        Asked(
            "token",
            f"the API token of that account (made at {TOKENS_PAGE})",
            kept_apart=True,
            secret=True,
        ),
        Asked("cloud_id", "the cloud id, for scoped tokens", optional=True),
    )
    chooses = CHOOSES

    def begin(
        self,
        *,
        key: str,
        answers: Mapping[str, str],
        clock: Clock,
        observe: Callable[[Mapping[str, Any]], None] | None = None,
    ) -> JiraSurvey:
        """See `Surveyor.begin`. A pasted address of a board is cut to that of the site."""
        settings = {"url": _site(key, answers.get("url", ""))}
        if answers.get("cloud_id"):
            settings["cloud_id"] = answers["cloud_id"]
        tracker = connect(key, settings, answers, clock, observe)
        return JiraSurvey(tracker.site, settings, answers.get("project", ""))


class JiraSurvey:
    """See `readygate.survey.Survey`. `wanted` is a project that was named beforehand, or ""."""

    def __init__(self, site: Site, settings: Mapping[str, str], wanted: str = "") -> None:
        self.settings = settings
        self._wanted = wanted
        self._site = site
        self._projects: list[Json] | None = None

    def identify(self) -> str:
        """See `Survey.identify`."""
        found = self._site.identify()
        return found.name or found.account

    def close(self) -> None:
        """See `Survey.close`."""
        self._site.close()

    def question(self, chosen: Mapping[str, str]) -> Question | None:
        """A project, its type of deals, and its type of subtasks where it has several."""
        if "project" not in chosen:
            choices = tuple(_project(one) for one in self._listed())
            return Question("project", CHOOSES["project"], choices)
        types = self._types(chosen["project"])
        if "issue_type" not in chosen:
            deals = [_text(one, "name") for one in types if _is_deal(one)]
            likely = [name for name in deals if name.casefold().startswith(_DEALS)]
            default = likely[0] if len(likely) == 1 else ""
            choices = tuple(Choice(name) for name in deals)
            return Question("issue_type", CHOOSES["issue_type"], choices, default)
        subtasks = [_text(one, "name") for one in types if one.get("subtask")]
        if len(subtasks) > 1 and "subtask_type" not in chosen:
            likely = [name for name in subtasks if name.casefold() in _SUBTASKS]
            return Question(
                "subtask_type",
                CHOOSES["subtask_type"],
                tuple(Choice(name) for name in subtasks),
                likely[0] if len(likely) == 1 else "",
            )
        return None

    def look(self, chosen: Mapping[str, str]) -> Sight:
        """See `Survey.look`."""
        project = self._project(chosen["project"])
        doing = f"reading the project {chosen['project']}"
        with self._site.understanding(doing):
            ref = str(project["id"])
            types = {_text(one, "name"): str(one["id"]) for one in project["issueTypes"]}
            deal = types[chosen["issue_type"]]
            subtask = chosen.get("subtask_type") or next(
                _text(one, "name") for one in project["issueTypes"] if one.get("subtask")
            )
        statuses = self._statuses(ref, doing)
        with self._site.understanding(doing):
            mine = statuses[deal]
            stages = _stages(mine, *self._workflow(ref, deal, doing))
            waived = [
                _text(one, "name")
                for one in statuses[types[subtask]]
                if is_done(one) and any(word in _text(one, "name").casefold() for word in _WAIVED)
            ]
        settings: dict[str, Any] = {"adopt": {"updated_within": "30d"}}
        if waived:
            settings["waived_as"] = waived
        return Sight(
            stages=stages,
            people=self._people(chosen["project"]),
            fields=self._fields(ref),
            settings=settings,
            guards={"native": {}, "locked": {}},
            installed=("native", "locked"),
        )

    def _listed(self) -> list[Json]:
        if self._projects is None:
            named = self._search(keys=self._wanted) if _KEY.fullmatch(self._wanted) else []
            self._projects = named or self._search()
        return self._projects

    def _search(self, **narrowed: str) -> list[Json]:
        doing = "reading the list of projects"
        found: list[Json] = []
        for _ in range(_MOST_PAGES):
            params = {"startAt": str(len(found)), "maxResults": str(_PAGE), "expand": "issueTypes"}
            answer = self._site.ask(
                "GET",
                "/project/search",
                name="projects",
                doing=doing,
                params=params | narrowed,
                allow=(400, 404) if narrowed else (),
            )
            if answer.status != 200:
                return []
            with self._site.understanding(doing):
                page = list(answer.body["values"])
                found += page
                if not page or answer.body.get("isLast", len(page) < _PAGE):
                    break
        return found

    def _project(self, key: str) -> Json:
        return next(one for one in self._listed() if _text(one, "key") == key)

    def _types(self, key: str) -> Sequence[Json]:
        with self._site.understanding("reading the issue types"):
            found: Sequence[Json] = self._project(key)["issueTypes"]
            return found

    def _statuses(self, ref: str, doing: str) -> dict[str, list[Json]]:
        path = f"/project/{ref}/statuses"
        answer = self._site.ask("GET", path, name="project statuses", doing=doing)
        with self._site.understanding(doing):
            return {str(one["id"]): list(one["statuses"]) for one in answer.body}

    def _workflow(self, ref: str, deal: str, doing: str) -> tuple[str, Edges]:
        """Where deals begin and which status leads where; nothing where only an admin may read."""
        body = read_workflow(self._site, ref, deal, doing)
        if body is None:
            return "", {}
        with self._site.understanding(doing):
            ids = {one["statusReference"]: str(one["id"]) for one in body["statuses"]}
            starts = [
                ids.get(transition.get("toStatusReference"), "")
                for workflow in body["workflows"]
                for transition in workflow["transitions"]
                if transition["type"] == "INITIAL"
            ]
            return (starts[0] if starts else ""), edges_of(body)

    def _people(self, key: str) -> tuple[FoundPerson, ...]:
        doing = f"reading who can be assigned in {key}"
        answer = self._site.ask(
            "GET",
            "/user/assignable/search",
            name="people",
            doing=doing,
            params={"project": key, "maxResults": "200"},
            allow=(400, 403, 404),
        )
        if answer.status != 200:
            return ()
        with self._site.understanding(doing):
            return tuple(
                FoundPerson(
                    str(user["accountId"]),
                    str(user.get("displayName") or ""),
                    str(user.get("emailAddress") or ""),
                )
                for user in answer.body
                if is_person(user) and user["accountId"] != self._site.account
            )

    def _fields(self, project: str) -> tuple[str, ...]:
        doing = "reading the list of fields"
        answer = self._site.ask("GET", "/field", name="fields", doing=doing)
        with self._site.understanding(doing):
            names = [
                str(one["name"])
                for one in answer.body
                if one.get("custom") and in_scope(one.get("scope"), project)
            ]
        return tuple(name for name in dict.fromkeys(names) if names.count(name) == 1)


def _site(key: str, text: str) -> str:
    """The address of the site, tidied; plain http would show the token on the way."""
    where = ("trackers", key, "url")
    written = text.strip()
    parts = urlsplit(written if "://" in written else f"https://{written}")
    if not parts.hostname or any(char.isspace() for char in parts.netloc):
        message = f"{written!r} is not the address of a Jira site"
        raise ConfigError([Problem(where, message, "Write it like https://example.atlassian.net.")])
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        message = f"plain http would show the token to everybody on the way to {parts.hostname}"
        raise ConfigError([Problem(where, message, "Write https://.")])
    return f"{parts.scheme}://{parts.netloc}"


def _project(told: Json) -> Choice:
    types = told.get("issueTypes") or ()
    problem = ""
    if not any(one.get("subtask") for one in types):
        problem = (
            "it has no subtask type for checklist items: add one to the issue type scheme of the"
            " project"
        )
    elif not any(_is_deal(one) for one in types):
        problem = "it has no issue type for deals"
    return Choice(_text(told, "key"), _text(told, "name"), problem)


def _is_deal(told: Json) -> bool:
    return not told.get("subtask") and told.get("hierarchyLevel", 0) == 0


def _stages(statuses: Iterable[Json], start: str, edges: Edges) -> tuple[FoundStage, ...]:
    """Statuses in the order in which deals pass them: by category, then by distance from the start.

    Where the workflow may not be read, or lets everything go everywhere, Jira's own order decides.
    """
    distance = _distances(start, edges)
    listed = list(statuses)
    far = len(listed)

    def order(entry: tuple[int, Json]) -> tuple[int, bool, int, int]:
        number, status = entry
        rank = _RANKS.get(status["statusCategory"]["key"], 1)
        exits = looks_like_exit(_text(status, "name"))
        ref = str(status["id"])
        return rank, exits, distance.get(ref, far), number

    names = [_text(status, "name") for status in listed]
    return tuple(
        FoundStage(
            _text(status, "name") if names.count(_text(status, "name")) == 1 else str(status["id"]),
            done=is_done(status),
            exit=is_done(status) and looks_like_exit(_text(status, "name")),
        )
        for _, status in sorted(enumerate(listed), key=order)
    )


def _distances(start: str, edges: Edges) -> dict[str, int]:
    found = {start: 0} if start else {}
    waiting = [start] if start else []
    for status in waiting:
        for step in edges.get(status, ()):
            if step not in found:
                found[step] = found[status] + 1
                waiting.append(step)
    return found


def _text(told: Json, name: str) -> str:
    return str(told[name])


if TYPE_CHECKING:

    def _conforms(one: JiraSurveyor, other: JiraSurvey) -> tuple[Surveyor, Survey]:
        return one, other  # checked by mypy: the shape is all that the core asks for
