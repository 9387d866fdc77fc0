"""Seeds: a site described in YAML (docs/sandbox.md), read with every problem told at once."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from readygate_sandbox.jira_cloud import adf, building
from readygate_sandbox.jira_cloud.fields import FieldContext, FieldProblem, read_fields
from readygate_sandbox.jira_cloud.model import (
    MEMBER_RIGHTS,
    Change,
    Comment,
    ConditionGroup,
    CustomField,
    History,
    Issue,
    Named,
    Project,
    Right,
    Rule,
    Status,
    Transition,
    User,
    Workflow,
)
from readygate_sandbox.jira_cloud.seed_reading import SeedProblem, Told, read_moment, read_rights
from readygate_sandbox.jira_cloud.store import Store, new_uuid

DEMO, DEMO_EN = "demo", "demo-en"
"""The built-in seeds, in Russian and in English."""


class SeedError(ValueError):
    """A seed that cannot be used; the text lists every problem with its place in the file."""

    def __init__(self, source: str, problems: list[str]) -> None:
        super().__init__("\n".join(f"{source}: {p}" for p in problems))
        self.problems = problems


def load_seed(source: str) -> dict[str, Any]:
    """The document of a built-in seed, or of a file. Raises SeedError."""
    if source in {DEMO, DEMO_EN}:
        return _built_in(source)
    try:
        text = Path(source).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SeedError(source, [f"cannot be read: {error}"]) from None
    return _parsed(source, text)


@cache
def _built_in(name: str) -> dict[str, Any]:
    """Parsed once: tests start many sandboxes, and planting changes no document."""
    text = (files("readygate_sandbox") / "seeds" / f"{name}.yaml").read_text(encoding="utf-8")
    return _parsed(name, text)


def _parsed(source: str, text: str) -> dict[str, Any]:
    try:
        document = YAML(typ="safe", pure=True).load(text)
    except YAMLError as error:
        raise SeedError(source, [f"is not YAML: {error}"]) from None
    if not isinstance(document, dict):
        raise SeedError(source, ["expected a mapping with users, projects and so on"])
    return document


def plant(store: Store, document: dict[str, Any], source: str = "seed") -> None:
    """Replace what the store holds by what a seed describes. Raises SeedError with every problem;
    the store is then left empty."""
    clear(store)
    planter = _Planter(store)
    planter.run(document)
    if planter.problems:
        clear(store)
        raise SeedError(source, planter.problems)
    store.rebuild_updates()
    store.schema_changed()


def clear(store: Store) -> None:
    """An empty site."""
    for kept in (
        store.users,
        store.statuses,
        store.issue_types,
        store.fields,
        store.workflows,
        store.projects,
        store.issues,
        store.keys,
        store.next_ids,
        store.pictures,
    ):
        kept.clear()
    store.changes.clear()
    store.updates.clear()
    building.fill_defaults(store)
    store.schema_changed()


_SECTIONS = ("site", "quirks", "users", "fields", "issue_types", "statuses", "workflows",
             "projects", "issues")  # fmt: skip


@dataclass
class _Planter:
    store: Store
    problems: list[str] = field(default_factory=list)

    def run(self, document: dict[str, Any]) -> None:
        for name in document:
            if name not in _SECTIONS:
                known = ", ".join(_SECTIONS)
                self.problems.append(f"{name}: there is no such section; there are: {known}")
        with self.catching():
            self.site(Told(document.get("site") or {}, "site"))
        with self.catching():
            self.quirks(Told(document.get("quirks") or {}, "quirks"))
        sections: tuple[tuple[str, Callable[[Told], None]], ...] = (
            ("users", self.user),
            ("fields", self.field),
            ("issue_types", self.issue_type),
            ("statuses", self.status),
            ("workflows", self.workflow),
            ("projects", self.project),
            ("issues", self.issue),
        )
        for name, plant_one in sections:
            entries = document.get(name) or []
            if not isinstance(entries, list):
                self.problems.append(f"{name}: expected a list")
                continue
            for number, entry in enumerate(entries):
                with self.catching():
                    told = Told(entry, f"{name}[{number}]")
                    plant_one(told)
                    told.finish()

    @contextmanager
    def catching(self) -> Iterator[None]:
        try:
            yield
        except SeedProblem as problem:
            self.problems.append(str(problem))

    # -- the site --------------------------------------------------------------------------

    def site(self, told: Told) -> None:
        info = self.store.info
        info.title = told.text("title", info.title)
        info.url = told.text("url", "").rstrip("/")
        info.cloud_id = told.text("cloud_id", info.cloud_id)
        told.finish()

    def quirks(self, told: Told) -> None:
        quirks = self.store.quirks
        quirks.child_condition = told.choice("child_condition", ("allow", "deny"), "allow")
        quirks.remote_only = told.choice("remote_only", ("hidden", "listed"), "hidden")
        told.finish()

    def user(self, told: Told) -> None:
        email = told.text("email")
        rights = MEMBER_RIGHTS
        if "rights" in told.raw:
            rights = read_rights(told.raw_value("rights"), told.path_of("rights"))
        if told.flag("admin"):
            rights = frozenset(Right)
        per_project = told.mapping("project_rights")
        user = User(
            account_id=told.text("account_id", building.account_id(email)),
            name=told.text("name"),
            email=email,
            token=told.text("token"),
            rights=rights,
            project_rights={
                k: read_rights(v, told.path_of(f"project_rights.{k}"))
                for k, v in per_project.items()
            },
            time_zone=told.text("time_zone", "Europe/Moscow"),
            locale=told.text("locale", "ru_RU"),
            active=not told.flag("inactive"),
        )
        if self.store.find_user(email):
            raise told.problem("email", f"{email} is there twice")
        self.store.users[user.account_id] = user

    def field(self, told: Told) -> None:
        kinds = ("text", "textarea", "number", "select", "multiselect", "user", "date", "datetime",
                 "labels")  # fmt: skip
        given = told.text("id", "") or "0"
        if not re.fullmatch(r"[0-9]{1,18}", given):
            raise told.problem("id", "expected a number")
        number = int(given) or self.store.next_id("field", 10050)
        made = CustomField(
            number,
            told.text("name"),
            told.choice("type", kinds),  # type: ignore[arg-type]  # checked against the same list
            [Named(self.option_id(), str(o)) for o in told.items("options")],
        )
        self.store.fields[made.id] = made

    def option_id(self) -> str:
        return str(self.store.next_id("option", 10100))

    def issue_type(self, told: Told) -> None:
        kind = building.ensure_type(
            self.store, told.text("name"), told.text("id", ""), subtask=told.flag("subtask")
        )
        kind.description = told.text("description", "")

    def status(self, told: Told) -> None:
        category = told.choice("category", ("new", "indeterminate", "done"))
        name = told.text("name")
        status = building.ensure_status(self.store, name, category, told.text("id", ""))  # type: ignore[arg-type]  # checked against the same list
        status.description = told.text("description", "")

    # -- workflows -------------------------------------------------------------------------

    def find_status(self, told: Told, key: str, name: str) -> Status:
        found = next((s for s in self.store.statuses.values() if name in {s.name, s.id}), None)
        if found is None:
            raise told.problem(key, f"there is no status '{name}'")
        return found

    def field_id(self, told: Told, key: str, name: str) -> str:
        custom = next((f for f in self.store.fields.values() if name in {f.name, f.id}), None)
        if custom is not None:
            return custom.id
        if name in {"resolution", "assignee", "duedate", "labels", "priority", "summary",
                    "description"}:  # fmt: skip
            return name
        raise told.problem(key, f"there is no field '{name}'")

    def workflow(self, told: Told) -> None:
        names = [str(s) for s in told.items("statuses")]
        if not names:
            raise told.problem("statuses", "at least one is needed")
        statuses = [self.find_status(told, "statuses", n) for n in names]
        initial = self.find_status(told, "initial", told.text("initial", names[0]))
        workflow = building.draw_workflow(
            self.store,
            told.text("name"),
            statuses,
            moves=told.choice("moves", ("all", "global", "none"), "none"),
            initial=initial.id,
        )
        workflow.description = told.text("description", "")
        for number, raw in enumerate(told.items("transitions")):
            inner = Told(raw, told.path_of(f"transitions[{number}]"))
            self.transition(inner, workflow)
            inner.finish()

    def transition(self, told: Told, workflow: Workflow) -> None:
        """A new transition, or rules added to those that `moves` drew from the same places."""
        to = self.find_status(told, "to", told.text("to"))
        sources = told.items("from")
        source_ids = tuple(self.find_status(told, "from", str(s)).id for s in sources)
        name = told.text("name", to.name)
        drawn = [
            t
            for t in workflow.transitions
            if t.to == to.id and t.kind == "DIRECTED" and set(t.sources) <= set(source_ids)
        ]
        if not drawn:
            number = max(int(t.id) for t in workflow.transitions) + 10
            kind = "DIRECTED" if source_ids else "GLOBAL"
            drawn = [Transition(str(number), name, kind, to.id, source_ids)]  # type: ignore[arg-type]  # one of two literals
            workflow.transitions.extend(drawn)
        screen = tuple(self.field_id(told, "screen", str(f)) for f in told.items("screen"))
        required = tuple(self.field_id(told, "required", str(f)) for f in told.items("required"))
        for one in drawn:
            one.name = name
            one.screen, one.required = (*screen, *required), required
        operation = told.choice("any_or_all", ("ALL", "ANY"), "ALL")
        conditions = [self.rule(told, "conditions", r) for r in told.items("conditions")]
        validators = [self.rule(told, "validators", r) for r in told.items("validators")]
        for one in drawn:
            one.conditions = ConditionGroup(operation, list(conditions))  # type: ignore[arg-type]  # checked against the same list
            one.validators = list(validators)

    def rule(self, told: Told, key: str, raw: Any) -> Rule:
        """`{rule: system:…, parameter: value, …}`; statuses and fields may be named."""
        if not isinstance(raw, dict) or not isinstance(raw.get("rule"), str):
            raise told.problem(key, "expected {rule: system:…, and its parameters}")
        parameters = {}
        for name, value in raw.items():
            if name == "rule":
                continue
            if name in {"statusIds", "previousStatusIds"}:
                names = value if isinstance(value, list) else str(value).split(",")
                value = ",".join(self.find_status(told, key, str(n).strip()).id for n in names)  # noqa: PLW2901 - names become ids
            elif name in {"fieldId", "fieldKey", "fieldsRequired"}:
                value = self.field_id(told, key, str(value))  # noqa: PLW2901 - names become ids
            parameters[name] = str(value)
        return Rule(raw["rule"], parameters, new_uuid())

    # -- projects and issues ---------------------------------------------------------------

    def person(self, told: Told, key: str, default: str | None = None) -> str | None:
        ref = told.text(key, default or "")
        if not ref:
            return None
        user = self.store.find_user(ref)
        if user is None:
            raise told.problem(key, f"there is no user '{ref}'")
        return user.account_id

    def project(self, told: Told) -> None:
        key = told.text("key")
        if self.store.project(key):
            raise told.problem("key", f"{key} is there twice")
        names = [str(n) for n in told.items("issue_types")]
        kinds = {t.name: t for t in self.store.issue_types.values()}
        for name in names:
            if name not in kinds:
                raise told.problem("issue_types", f"there is no issue type '{name}'")
        drawn = {w.name: w for w in self.store.workflows.values()}
        chosen = told.mapping("workflows")
        workflows = {}
        for name in names:
            workflow = drawn.get(str(chosen.get(name)))
            if workflow is None:
                raise told.problem(
                    f"workflows.{name}", f"there is no workflow '{chosen.get(name)}'"
                )
            workflows[kinds[name].id] = workflow.id
        first = next(iter(self.store.users.values()), None)
        lead = self.person(told, "lead", first.email if first else None)
        if lead is None:
            raise told.problem("lead", "a project needs a user")
        project = Project(
            id=told.text("id", "") or str(self.store.next_id("project")),
            key=key,
            name=told.text("name", key),
            lead=lead,
            issue_types=[kinds[n].id for n in names],
            workflows=workflows,
            description=told.text("description", ""),
            kind=told.choice("kind", ("business", "software", "service_desk"), "business"),
        )
        building.add_project(self.store, project)

    def issue(self, told: Told, parent: Issue | None = None) -> None:
        store = self.store
        project = store.projects[parent.project] if parent else store.project(told.text("project"))
        if project is None:
            raise told.problem("project", f"there is no project '{told.raw.get('project')}'")
        kinds = [store.issue_types[t] for t in project.issue_types]
        fallback = next((k.name for k in kinds if k.subtask is (parent is not None)), "")
        kind = next((k for k in kinds if k.name == told.text("type", fallback)), None)
        if kind is None:
            raise told.problem("type", f"{project.key} has no issue type '{told.raw.get('type')}'")
        if kind.subtask and parent is None:
            raise told.problem("type", "a sub-task belongs under `subtasks` of an issue")
        workflow = store.workflow_for(project, kind.id)
        status = self.find_status(told, "status", told.text("status", workflow.initial.to))
        if status.id not in workflow.statuses:
            raise told.problem(
                "status", f"workflow '{workflow.name}' has no status '{status.name}'"
            )
        reporter = self.person(told, "reporter", store.users[project.lead].email)
        created = read_moment(told, "created", store.clock.now_ms())
        issue = Issue(
            id=store.next_id("issue"),
            key=f"{project.key}-{project.next_number}",
            project=project.id,
            type=kind.id,
            status=status.id,
            summary=told.text("summary"),
            reporter=reporter,
            creator=reporter or project.lead,
            created=created,
            updated=created,
            status_since=created,
            priority=p.id if (p := store.default_priority()) else None,
            assignee=self.person(told, "assignee"),
            due=told.text("due", "") or None,
            labels=tuple(str(label) for label in told.items("labels")),
            parent=parent.id if parent else None,
            properties=told.mapping("properties"),
        )
        if text := told.text("description", ""):
            issue.description = adf.from_text(text)
        issue.custom = self.custom(told, project, store.users[issue.creator])
        project.next_number += 1
        self.past(told, issue, workflow)
        store.add(issue)
        for number, raw in enumerate(told.items("subtasks")):
            inner = Told(raw, told.path_of(f"subtasks[{number}]"))
            self.issue(inner, issue)
            inner.finish()

    def custom(self, told: Told, project: Project, author: User) -> dict[str, Any]:
        sent: dict[str, Any] = {}
        for name, value in told.mapping("fields").items():
            field_id = self.field_id(told, f"fields.{name}", str(name))
            kind = self.store.fields[field_id].kind if field_id in self.store.fields else ""
            if kind == "select":
                value = {"value": value}  # noqa: PLW2901 - plain words become options
            elif kind == "multiselect":
                if not isinstance(value, list):
                    raise told.problem(f"fields.{name}", "expected a list")
                value = [{"value": v} for v in value]  # noqa: PLW2901 - plain words become options
            elif kind == "user":
                found = self.store.find_user(str(value))
                value = {"accountId": found.account_id if found else str(value)}  # noqa: PLW2901 - people by e-mail
            sent[field_id] = value
        context = FieldContext(self.store, project, author, version=2)
        try:
            values, problems = read_fields(
                context, {"fields": sent}, allowed=set(self.store.fields)
            )
        except FieldProblem as problem:
            raise told.problem("fields", str(problem)) from None
        for name, text in problems.items():
            raise told.problem(f"fields.{name}", text)
        return values

    def past(self, told: Told, issue: Issue, workflow: Workflow) -> None:
        """Comments, and the one move that brought the issue to where it stands."""
        if issue.status != workflow.initial.to:
            before = self.store.statuses[workflow.initial.to]
            after = self.store.statuses[issue.status]
            at = issue.created + (self.store.clock.now_ms() - issue.created) // 2
            change = Change("status", "status", before.id, before.name, after.id, after.name)
            author = issue.assignee or issue.creator
            entry = History(str(self.store.next_id("history")), author, at, [change])
            issue.history = (entry,)
            issue.updated = issue.status_since = at
        for number, raw in enumerate(told.items("comments")):
            inner = Told(raw, told.path_of(f"comments[{number}]"))
            author = self.person(inner, "author") or issue.creator
            at = issue.updated + 60_000
            comment = Comment(
                str(self.store.next_id("comment")), author, adf.from_text(inner.text("text")),
                at, at, author,
            )  # fmt: skip
            inner.finish()
            issue.comments = (*issue.comments, comment)
            issue.updated = at
