"""Everything the look-alike remembers, with the indexes that keep 80,000 issues quick.

The store knows no HTTP and no rights: it keeps, finds and counts. Every method expects the
caller to hold `lock`.
"""

import bisect
import copy
import threading
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field

from readygate_sandbox.clock import Clock
from readygate_sandbox.jira_cloud.model import (
    CustomField,
    Issue,
    IssueType,
    Named,
    Project,
    Status,
    User,
    Workflow,
)


@dataclass(slots=True)
class SiteInfo:
    """What the site says of itself. An empty `url` means: the address that it is served on."""

    title: str = "Readygate sandbox"
    url: str = ""
    cloud_id: str = "6f1c0f2e-5b8e-4d0e-9a7e-3d1f2c4b5a69"


@dataclass(slots=True)
class Quirks:
    """Behaviours on which the sources disagree; a seed or the control API chooses.

    `child_condition`: whether `statusIds` of the parent-or-child blocking condition lists the
    statuses that let the parent pass (`allow`) or those that block it (`deny`): Data
    Center's source does the one, a Cloud text about the legacy rule the other.
    `remote_only`: whether REST lists a transition that is closed to people only (`listed`) or only
    performs it when asked by id (`hidden`).
    """

    child_condition: str = "allow"
    remote_only: str = "hidden"


@dataclass
class Store:
    """One site. Issues are found by id, by key (old keys of moved issues too), and by change."""

    clock: Clock = field(default_factory=Clock)
    lock: threading.RLock = field(default_factory=threading.RLock)
    info: SiteInfo = field(default_factory=SiteInfo)
    quirks: Quirks = field(default_factory=Quirks)
    users: dict[str, User] = field(default_factory=dict)
    statuses: dict[str, Status] = field(default_factory=dict)
    issue_types: dict[str, IssueType] = field(default_factory=dict)
    fields: dict[str, CustomField] = field(default_factory=dict)
    priorities: list[Named] = field(default_factory=list)
    resolutions: list[Named] = field(default_factory=list)
    workflows: dict[str, Workflow] = field(default_factory=dict)
    projects: dict[str, Project] = field(default_factory=dict)
    issues: dict[int, Issue] = field(default_factory=dict)
    keys: dict[str, int] = field(default_factory=dict)
    next_ids: dict[str, int] = field(default_factory=dict)
    schema_version: int = 0
    """Grows when statuses, types, users or projects change: rendered pieces are kept by it."""
    changes: list[int] = field(default_factory=list)
    """Ids in the order of their changes; search caches read on from where they stopped."""
    updates: list[tuple[int, int]] = field(default_factory=list)
    """(updated, id), ascending; older entries of an issue that changed again are stale."""
    pictures: dict[int, list[tuple[int, Issue | None]]] = field(default_factory=dict)
    """While the index lags: per issue, (time of the change, what it was before), ascending."""
    keep_pictures: bool = False

    def next_id(self, kind: str, first: int = 10000) -> int:
        """A fresh number for one kind of thing; ids are never used twice."""
        value = self.next_ids.get(kind, first)
        self.next_ids[kind] = value + 1
        return value

    # -- finding ---------------------------------------------------------------------------

    def issue(self, ref: str | int) -> Issue | None:
        """An issue by id or key in any case; keys it had before a move still find it."""
        text = str(ref)
        if text.isascii() and text.isdigit():
            return self.issues.get(int(text))
        found = self.keys.get(text.upper())
        return None if found is None else self.issues.get(found)

    def project(self, ref: str) -> Project | None:
        """A project by id, key in any case, or a key it had before."""
        if ref in self.projects:
            return self.projects[ref]
        wanted = ref.upper()
        for project in self.projects.values():
            if project.key == wanted or wanted in project.old_keys:
                return project
        return None

    def user_by_email(self, email: str) -> User | None:
        """A user by e-mail, in any case."""
        wanted = email.casefold()
        return next((u for u in self.users.values() if u.email.casefold() == wanted), None)

    def find_user(self, ref: str) -> User | None:
        """A user by account id, e-mail or display name; for the control API and seeds."""
        if ref in self.users:
            return self.users[ref]
        by_name = next((u for u in self.users.values() if u.name == ref), None)
        return by_name or self.user_by_email(ref)

    def workflow_of(self, issue: Issue) -> Workflow:
        """The workflow that governs an issue."""
        return self.workflow_for(self.projects[issue.project], issue.type)

    def workflow_for(self, project: Project, type_id: str) -> Workflow:
        """The workflow of one issue type in one project."""
        return self.workflows[project.workflows[type_id]]

    def project_issues(self, project_id: str) -> Iterator[Issue]:
        """Every issue of one project, by id."""
        return (i for i in self.issues.values() if i.project == project_id)

    def default_priority(self) -> Named | None:
        """The priority of an issue that names none."""
        return next((p for p in self.priorities if p.name == "Medium"), None)

    # -- changing --------------------------------------------------------------------------

    def schema_changed(self) -> None:
        """Say that something that many answers repeat has changed."""
        self.schema_version += 1

    def note(self, issue: Issue) -> None:
        """Say that an issue is about to change in a way that leaves `updated` alone."""
        if self.keep_pictures:
            picture = copy.copy(issue)
            self.pictures.setdefault(issue.id, []).append((self.clock.now_ms(), picture))
        self.changes.append(issue.id)

    def touch(self, issue: Issue) -> int:
        """Say that an issue is about to change; its `updated` grows by at least a millisecond.

        Returns the time of the change. A sub-task's change leaves its parent's `updated` alone:
        nothing documents that it would not, and this is the harsher reading.
        """
        self.note(issue)
        issue.updated = max(self.clock.now_ms(), issue.updated + 1)
        self._log_update(issue)
        return issue.updated

    def add(self, issue: Issue) -> None:
        """Store a new issue under its key, below its parent."""
        if self.keep_pictures:
            self.pictures.setdefault(issue.id, []).append((self.clock.now_ms(), None))
        self.issues[issue.id] = issue
        self.keys[issue.key] = issue.id
        if issue.parent is not None:
            parent = self.issues[issue.parent]
            self.note(parent)
            parent.subtasks = (*parent.subtasks, issue.id)
        self.changes.append(issue.id)
        self._log_update(issue)

    def remove(self, issue: Issue) -> None:
        """Delete one issue; its sub-tasks are the caller's business."""
        self.note(issue)
        del self.issues[issue.id]
        for key in (
            [k for k, v in self.keys.items() if v == issue.id] if issue.moved else [issue.key]
        ):
            self.keys.pop(key, None)
        if issue.parent is not None and (parent := self.issues.get(issue.parent)):
            self.note(parent)
            parent.subtasks = tuple(s for s in parent.subtasks if s != issue.id)

    def updated_since(self, at_ms: int) -> list[int]:
        """Ids of the living issues whose `updated` is not before `at_ms`, oldest change first."""
        start = bisect.bisect_left(self.updates, (at_ms, -1))
        issues = self.issues
        return [
            number
            for at, number in self.updates[start:]
            if (issue := issues.get(number)) is not None and issue.updated == at
        ]

    def rebuild_updates(self) -> None:
        """Sort the update index afresh, after a bulk load."""
        self.updates = sorted((i.updated, i.id) for i in self.issues.values())

    def _log_update(self, issue: Issue) -> None:
        entry = (issue.updated, issue.id)
        if not self.updates or entry > self.updates[-1]:
            self.updates.append(entry)
        else:
            bisect.insort(self.updates, entry)
        if len(self.updates) > 4 * len(self.issues) + 1000:
            self.rebuild_updates()


def new_uuid() -> str:
    """A random id in the shape of workflow and entity ids."""
    return str(uuid.uuid4())
