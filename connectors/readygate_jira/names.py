"""Resolves the names of a config into Jira's ids: all problems at once, renames followed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from readygate.pipeline import Pipeline
from readygate.suggesting import suggestion
from readygate_http.shapes import ident, objects, text
from readygate_jira.abilities import Abilities
from readygate_jira.guard.record import RECORD_PROPERTY, record_in
from readygate_jira.matching import Named, matches, named
from readygate_jira.notes import Notes
from readygate_jira.place import Place, StatusName
from readygate_jira.site import Site
from readygate_jira.translate import Json, is_done


@dataclass(frozen=True, slots=True)
class Found:
    """What resolving one pipeline brought. `place` is None when something vital is missing.

    `project` is its id, "" where it was not found; `item_statuses` are ids; `held` are the RIGHTS
    and WISHES that our account has there.
    """

    notes: Notes
    place: Place | None = None
    stages: Mapping[str, str] = field(default_factory=dict)
    project: str = ""
    item_statuses: tuple[str, ...] = ()
    held: Collection[str] = ()


class Catalogue:
    """What is the same for all pipelines of a site, asked for once and only if needed."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._known: dict[str, list[Json]] = {}

    def fields(self) -> list[Json]:
        """All fields our account can see."""
        return self._get("fields", "/field")

    def resolutions(self) -> list[Json]:
        """All resolutions."""
        return self._get("resolutions", "/resolution/search", {"maxResults": "1000"})

    def projects(self) -> list[Json]:
        """Projects our account can see, the first hundred: for suggestions."""
        return self._get("projects", "/project/search", {"maxResults": "100"})

    def _get(self, name: str, path: str, params: Mapping[str, str] | None = None) -> list[Json]:
        if name not in self._known:
            doing = f"reading the list of {name}"
            answer = self._site.ask("GET", path, name=name, doing=doing, params=params)
            with self._site.understanding(doing):
                body = answer.body
                self._known[name] = objects(body["values"] if isinstance(body, Mapping) else body)
        return self._known[name]


@dataclass(frozen=True, slots=True)
class Resolution:
    """Resolves one pipeline. `fields` are those its conditions name; `previous` what was known."""

    site: Site
    catalogue: Catalogue
    pipeline: Pipeline
    fields: Collection[str]
    previous: Place | None
    previous_stages: Mapping[str, str]

    def run(self) -> Found:
        """Ask Jira for everything. Raises TrackerError only when it cannot be asked."""
        lookup = _Lookup(self)
        return lookup.run()


class _Lookup:
    def __init__(self, asked: Resolution) -> None:
        self._site = asked.site
        self._catalogue = asked.catalogue
        self._pipeline = asked.pipeline
        self._previous = asked.previous
        self._asked = asked
        self._key = asked.pipeline.place.get("project", "")
        self._notes = Notes(asked.pipeline.key)

    def run(self) -> Found:
        project = self._project()
        if project is None:
            return Found(self._notes)
        with self._site.understanding(f"reading the project {self._key}"):
            ref, key = ident(project["id"]), text(project["key"])
            types = objects(project["issueTypes"])
            deal_types = [named(kind) for kind in types if not kind.get("subtask")]
            item_types = [named(kind) for kind in types if kind.get("subtask")]
        deal_type = self._deal_type(deal_types, item_types)
        item_type = self._item_type(item_types)
        refs = self._fields(self._asked.fields, ref)
        abilities = Abilities(self._site, self._pipeline, ref, key, self._notes)
        held = abilities.check_rights()
        if deal_type is None or item_type is None:
            return Found(self._notes, project=ref, held=held)
        statuses = self._statuses(ref, (deal_type.ref, item_type.ref))
        with self._site.understanding(f"reading the statuses of {self._key}"):
            stages = self._stages(statuses[deal_type.ref], self._asked.previous_stages)
            waived_statuses, waived_resolutions = self._waived(statuses[item_type.ref])
            known = {
                ident(status["id"]): StatusName(
                    text(status["name"]), text(status["statusCategory"]["key"])
                )
                for listed in statuses.values()
                for status in listed
            }
        place = Place(
            project=ref,
            project_key=key,
            deal_type=deal_type.ref,
            item_type=item_type.ref,
            fields=refs,
            item_fields=abilities.item_fields(item_type, may_assign="ASSIGN_ISSUES" in held),
            waived_statuses=waived_statuses,
            waived_resolutions=waived_resolutions,
            statuses=known,
            deal_statuses=tuple(str(status["id"]) for status in statuses[deal_type.ref]),
            deal_type_said=self._pipeline.place.get("issue_type", ""),
            guard=record_in(project, deal_type.ref),
        )
        items = tuple(str(status["id"]) for status in statuses[item_type.ref])
        self._check_guard(place)
        return Found(self._notes, place, stages, ref, items, held)

    def _check_guard(self, place: Place) -> None:
        """Say so where the config asks for a guard in Jira that is not installed."""
        guard = self._pipeline.guard
        if not guard.in_tracker or place.guard.mode == str(guard):
            return
        other = f" (but {place.guard.mode} is)" if place.guard.mode else ""
        text = f"The guard {guard} is not installed in Jira for {self._pipeline.key}{other}: run"
        text += " `readygate guard install`. Until then deals are moved back by the next run."
        self._notes.finding("guard-not-installed", text, guard=str(guard))

    def _project(self) -> Json | None:
        doing = f"looking for the project {self._key}"
        answer = self._get_project(self._key, doing)
        if answer is None and self._previous and self._previous.project_key == self._key:
            answer = self._get_project(self._previous.project, doing)
            if answer is not None:
                text = (
                    f"The project {self._key!r} is called {answer['key']!r} now; it was followed."
                )
                self._notes.finding("project-renamed", f"{text} Change the config.", name=self._key)
        if answer is None:
            known = [str(project.get("key", "")) for project in self._catalogue.projects()]
            text = (
                f"there is no project {self._key!r} at {self._site.host} that our account can see"
            )
            seen = suggestion(self._key, known) if known else "Our account sees no project at all."
            hint = f"{seen} If it exists, give our account the right to browse it."
            self._notes.problem(("project",), text, hint)
            return None
        if answer.get("archived"):
            text = f"the project {self._key!r} is archived"
            self._notes.problem(("project",), text, "Restore it, or remove the pipeline.")
            return None
        return answer

    def _get_project(self, key: str, doing: str) -> Json | None:
        path = f"/project/{quote(key, safe='')}"
        answer = self._site.ask(
            "GET",
            path,
            name="project",
            doing=doing,
            params={"properties": RECORD_PROPERTY},
            allow=(404,),
        )
        if answer.status == 404:
            return None
        with self._site.understanding(doing):
            body: Json = answer.body
            return body if ident(body["id"]) and text(body["key"]) else None

    def _deal_type(self, types: Sequence[Named], subtasks: Sequence[Named]) -> Named | None:
        name = self._pipeline.place.get("issue_type", "")
        found = matches(name, types)
        if len(found) == 1:
            return found[0]
        # Renamed there, not here: a name that the config has changed is looked up as it is.
        previous = (
            self._previous if self._previous and self._previous.deal_type_said == name else None
        )
        old = [kind for kind in types if previous and kind.ref == previous.deal_type]
        if not found and old:
            text = f"The issue type {name!r} is called {old[0].name!r} now; it was followed."
            self._notes.finding("type-renamed", f"{text} Change the config.", name=name)
            return old[0]
        where = ("issue_type",)
        if len(found) > 1:
            refs = ", ".join(kind.ref for kind in found)
            text = f"several issue types are called {name!r}"
            self._notes.problem(where, text, f"Name it by its id, one of: {refs}.")
        elif matches(name, subtasks):
            text = f"{name!r} is a subtask type; deals cannot be subtasks"
            self._notes.problem(where, text, suggestion(name, (kind.name for kind in types)))
        else:
            text = f"the project {self._key!r} has no issue type {name!r}"
            self._notes.problem(where, text, suggestion(name, (kind.name for kind in types)))
        return None

    def _item_type(self, types: Sequence[Named]) -> Named | None:
        name = self._pipeline.place.get("subtask_type", "")
        found = matches(name, types) if name else list(types)
        if len(found) == 1:
            return found[0]
        known = [kind.name for kind in types]
        where = ("subtask_type",) if name else ("issue_type",)
        if not types:
            text = f"the project {self._key!r} has no subtask type for checklist items"
            hint = "Add a subtask type to the issue type scheme of the project."
            self._notes.problem(where, text, hint)
        elif name and not found:
            text = f"the project {self._key!r} has no subtask type {name!r}"
            self._notes.problem(where, text, suggestion(name, known))
        else:
            text = f"the project {self._key!r} has {len(found)} subtask types"
            hint = f"Say which one checklist items shall have: `subtask_type: {found[0].name}`."
            self._notes.problem(where, text, f"{hint} {suggestion('', known)}")
        return None

    def _statuses(self, project: str, types: Sequence[str]) -> dict[str, list[Json]]:
        doing = f"reading the statuses of {self._key}"
        path = f"/project/{project}/statuses"
        answer = self._site.ask("GET", path, name="project statuses", doing=doing)
        with self._site.understanding(doing):
            listed = {ident(kind["id"]): objects(kind["statuses"]) for kind in objects(answer.body)}
            return {ref: listed[ref] for ref in types}

    def _stages(self, statuses: Sequence[Json], previous: Mapping[str, str]) -> dict[str, str]:
        offered = [named(status) for status in statuses]
        stages: dict[str, str] = {}
        taken: dict[str, str] = {}
        meant = [(stage.name, matches(stage.name, offered)) for stage in self._pipeline.stages]
        claimed = {found[0].ref for _, found in meant if found}
        for index, (name, matching) in enumerate(meant):
            where = ("stages", index, "stage")
            old = [s for s in offered if s.ref == previous.get(name) and s.ref not in claimed]
            if not matching and old:
                text = f"The stage {name!r} of {self._key} is called {old[0].name!r} now;"
                text = f"{text} it was followed. Change the config."
                self._notes.finding("stage-renamed", text, name=name, now=old[0].name)
            found = matching or old
            if not found:
                text = f"deals of {self._key!r} have no status {name!r}"
                self._notes.problem(where, text, suggestion(name, (s.name for s in offered)))
            elif len(found) > 1:
                refs = ", ".join(status.ref for status in found)
                text = f"several statuses are called {name!r}"
                self._notes.problem(where, text, f"Name it by its id, one of: {refs}.")
            elif found[0].ref in taken:
                text = f"{name!r} is the same status as {taken[found[0].ref]!r}"
                self._notes.problem(where, text, "Name each stage once.")
            else:
                stages[name] = found[0].ref
                taken[found[0].ref] = name
        return stages

    def _waived(self, statuses: Sequence[Json]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        names = self._pipeline.waived_as
        if not names:
            return (), ()
        resolutions = [named(resolution) for resolution in self._catalogue.resolutions()]
        offered = [named(status) for status in statuses]
        done = {str(s["id"]) for s in statuses if is_done(s)}
        found_statuses: list[str] = []
        found_resolutions: list[str] = []
        for index, name in enumerate(names):
            by_status = matches(name, offered)
            by_resolution = matches(name, resolutions)
            closed = [status.ref for status in by_status if status.ref in done]
            found_statuses.extend(closed)
            found_resolutions.extend(resolution.ref for resolution in by_resolution)
            where = ("waived_as", index)
            if by_status and not closed and not by_resolution:
                text = f"the status {name!r} does not mean done, so it cannot mean waived"
                hint = "Use a status of the category Done, or move this one there in Jira."
                self._notes.problem(where, text, hint)
            elif not by_status and not by_resolution:
                known = [s.name for s in offered if s.ref in done] + [r.name for r in resolutions]
                text = f"subtasks of {self._key!r} have no status or resolution {name!r}"
                self._notes.problem(where, text, suggestion(name, known))
        return tuple(dict.fromkeys(found_statuses)), tuple(dict.fromkeys(found_resolutions))

    def _fields(self, names: Collection[str], project: str) -> dict[str, str]:
        if not names:
            return {}
        with self._site.understanding("reading the list of fields"):
            offered = [
                named(known)
                for known in self._catalogue.fields()
                if in_scope(known.get("scope"), project)
            ]
        refs: dict[str, str] = {}
        for name in sorted(names):
            found = matches(name, offered)
            old = self._previous.fields.get(name) if self._previous else None
            renamed = [known for known in offered if known.ref == old]
            if not found and renamed:
                text = f"The field {name!r} is called {renamed[0].name!r} now; it was followed."
                self._notes.finding("field-renamed", f"{text} Change the config.", name=name)
                found = renamed
            if len(found) == 1:
                refs[name] = found[0].ref
            elif found:
                choice = ", ".join(known.ref for known in found)
                text = f"several fields are called {name!r}, which a condition (`when:`) uses"
                self._notes.problem(("when", name), text, f"Name it by its id, one of: {choice}.")
            else:
                text = f"there is no field {name!r}, which a condition (`when:`) uses"
                hint = suggestion(name, (known.name for known in offered))
                self._notes.problem(("when", name), text, hint)
        return refs


def in_scope(scope: Any, project: str) -> bool:
    """A field of a team-managed project belongs to that project alone."""
    if not scope or scope.get("type") != "PROJECT":
        return True
    return str((scope.get("project") or {}).get("id")) == project
