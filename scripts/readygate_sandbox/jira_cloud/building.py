"""Putting a site together: ids for what a seed leaves out, workflows drawn from few words, and
what a new project gets by itself."""

import hashlib
import uuid
from collections.abc import Iterable

from readygate_sandbox.jira_cloud.model import (
    CategoryKey,
    IssueType,
    Named,
    Project,
    Status,
    Transition,
    User,
    Workflow,
)
from readygate_sandbox.jira_cloud.store import Store, new_uuid

DEFAULT_PRIORITIES = (
    ("1", "Highest"),
    ("2", "High"),
    ("3", "Medium"),
    ("4", "Low"),
    ("5", "Lowest"),
)
DEFAULT_RESOLUTIONS = (
    ("10000", "Done", "Work has been completed on this issue."),
    ("10001", "Won't Do", "This issue won't be actioned."),
    ("10002", "Duplicate", "The problem is a duplicate of an existing issue."),
    ("10003", "Cannot Reproduce", "All attempts at reproducing this issue failed."),
)


def fill_defaults(store: Store) -> None:
    """Priorities and resolutions of a fresh site."""
    store.priorities = [Named(number, name) for number, name in DEFAULT_PRIORITIES]
    store.resolutions = [Named(n, name, text) for n, name, text in DEFAULT_RESOLUTIONS]


def account_id(email: str) -> str:
    """A stable account id in the shape of Atlassian's (`712020:` and a UUID)."""
    return f"712020:{uuid.UUID(hashlib.sha256(email.casefold().encode()).hexdigest()[:32])}"


def ensure_status(store: Store, name: str, category: CategoryKey, number: str = "") -> Status:
    """The status of this name, made when it is missing."""
    found = next((s for s in store.statuses.values() if s.name == name), None)
    if found is None:
        found = Status(number or str(store.next_id("status")), name, category)
        store.statuses[found.id] = found
    return found


def ensure_type(store: Store, name: str, number: str = "", *, subtask: bool = False) -> IssueType:
    """The issue type of this name, made when it is missing."""
    found = next((t for t in store.issue_types.values() if t.name == name), None)
    if found is None:
        found = IssueType(number or str(store.next_id("issuetype")), name, subtask)
        store.issue_types[found.id] = found
    return found


def draw_workflow(
    store: Store,
    name: str,
    statuses: Iterable[Status],
    *,
    moves: str = "none",
    initial: str | None = None,
) -> Workflow:
    """A workflow with its initial transition and, as `moves` says, `all` directed ones (one per
    pair of statuses, named after the target), `global` ones (one per status), or `none`."""
    kept = list(statuses)
    now = store.clock.now_ms()
    start = initial or kept[0].id
    transitions = [Transition("1", "Create", "INITIAL", start)]
    if moves == "all":
        pairs = [(a, b) for a in kept for b in kept if a is not b]
        transitions += [
            Transition(str(11 + 10 * i), to.name, "DIRECTED", to.id, (source.id,))
            for i, (source, to) in enumerate(pairs)
        ]
    elif moves == "global":
        transitions += [
            Transition(str(11 + 10 * i), to.name, "GLOBAL", to.id) for i, to in enumerate(kept)
        ]
    workflow = Workflow(
        id=new_uuid(),
        name=name,
        statuses=[s.id for s in kept],
        transitions=transitions,
        version_id=new_uuid(),
        created=now,
        updated=now,
    )
    store.workflows[workflow.id] = workflow
    return workflow


def default_project(
    store: Store, key: str, name: str, *, lead: User, kind: str, description: str
) -> Project:
    """A company-managed project as a template makes it: Task and Sub-task, three statuses."""
    task = ensure_type(store, "Task")
    subtask = ensure_type(store, "Sub-task", subtask=True)
    workflow = draw_workflow(
        store,
        f"{key}: Project Management Workflow",
        [
            ensure_status(store, "To Do", "new"),
            ensure_status(store, "In Progress", "indeterminate"),
            ensure_status(store, "Done", "done"),
        ],
        moves="global",
    )
    return add_project(
        store,
        Project(
            id=str(store.next_id("project")),
            key=key,
            name=name,
            lead=lead.account_id,
            issue_types=[task.id, subtask.id],
            workflows={task.id: workflow.id, subtask.id: workflow.id},
            description=description,
            kind=kind,
        ),
    )


def add_project(store: Store, project: Project) -> Project:
    """Store a project."""
    project.uuid = project.uuid or new_uuid()
    store.projects[project.id] = project
    store.schema_changed()
    return project
