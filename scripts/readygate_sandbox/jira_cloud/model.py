"""The things a Jira site holds. Values inside an issue are replaced, never changed in place, so a
shallow copy is a faithful picture of a moment (the search index keeps such pictures)."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal

Adf = dict[str, Any]


class Right(StrEnum):
    """Permission keys, as in the OpenAPI document's built-in permissions."""

    BROWSE = "BROWSE_PROJECTS"
    CREATE = "CREATE_ISSUES"
    EDIT = "EDIT_ISSUES"
    TRANSITION = "TRANSITION_ISSUES"
    COMMENT = "ADD_COMMENTS"
    EDIT_OWN_COMMENTS = "EDIT_OWN_COMMENTS"
    EDIT_ALL_COMMENTS = "EDIT_ALL_COMMENTS"
    DELETE_OWN_COMMENTS = "DELETE_OWN_COMMENTS"
    DELETE_ALL_COMMENTS = "DELETE_ALL_COMMENTS"
    DELETE = "DELETE_ISSUES"
    ASSIGN = "ASSIGN_ISSUES"
    ASSIGNABLE = "ASSIGNABLE_USER"
    SCHEDULE = "SCHEDULE_ISSUES"
    MOVE = "MOVE_ISSUES"
    LINK = "LINK_ISSUES"
    MODIFY_REPORTER = "MODIFY_REPORTER"
    MANAGE_WATCHERS = "MANAGE_WATCHERS"
    VIEW_WATCHERS = "VIEW_VOTERS_AND_WATCHERS"
    VIEW_WORKFLOW = "VIEW_READONLY_WORKFLOW"
    ADMINISTER_PROJECTS = "ADMINISTER_PROJECTS"
    ADMINISTER = "ADMINISTER"
    BULK_CHANGE = "BULK_CHANGE"
    BROWSE_USERS = "USER_PICKER"


GLOBAL_RIGHTS = frozenset({Right.ADMINISTER, Right.BULK_CHANGE, Right.BROWSE_USERS})
MEMBER_RIGHTS = frozenset(Right) - {
    Right.ADMINISTER,
    Right.ADMINISTER_PROJECTS,
    Right.EDIT_ALL_COMMENTS,
    Right.DELETE_ALL_COMMENTS,
}
"""What an ordinary colleague may do in the seeds that say nothing else."""

CategoryKey = Literal["new", "indeterminate", "done"]


@dataclass(slots=True)
class User:
    """A person or app. `rights` hold everywhere, `project_rights` replace them in one project."""

    account_id: str
    name: str
    email: str
    token: str
    rights: frozenset[Right] = MEMBER_RIGHTS
    project_rights: dict[str, frozenset[Right]] = field(default_factory=dict)
    time_zone: str = "Europe/Moscow"
    locale: str = "ru_RU"
    account_type: str = "atlassian"
    active: bool = True


@dataclass(slots=True)
class Status:
    """One status with its category: new, indeterminate or done."""

    id: str
    name: str
    category: CategoryKey
    description: str = ""


@dataclass(slots=True)
class IssueType:
    """An issue type; sub-task types have level -1."""

    id: str
    name: str
    subtask: bool = False
    description: str = ""

    @property
    def level(self) -> int:
        """The hierarchy level that the API reports."""
        return -1 if self.subtask else 0


@dataclass(slots=True)
class Named:
    """A priority, a resolution or a field option: an id and a name."""

    id: str
    name: str
    description: str = ""


FieldKind = Literal[
    "text", "textarea", "number", "select", "multiselect", "user", "date", "datetime", "labels"
]


@dataclass(slots=True)
class CustomField:
    """A custom field; its API id is `customfield_<number>`. `screens` holds the projects whose
    screens show it, None all of them; people cannot edit one that is `read_only`, REST can."""

    number: int
    name: str
    kind: FieldKind
    options: list[Named] = field(default_factory=list)
    description: str = ""
    read_only: bool = False
    screens: list[str] | None = None

    @property
    def id(self) -> str:
        """The API id."""
        return f"customfield_{self.number}"

    def is_on_screen(self, project: str) -> bool:
        """Whether issues of a project can be edited with it."""
        return self.screens is None or project in self.screens


@dataclass(slots=True)
class Rule:
    """One workflow rule: its documented key and its parameters, all strings."""

    key: str
    parameters: dict[str, str]
    id: str = ""


@dataclass(slots=True)
class ConditionGroup:
    """Conditions joined by ALL or ANY, with groups inside."""

    operation: Literal["ALL", "ANY"] = "ALL"
    conditions: list[Rule] = field(default_factory=list)
    groups: list["ConditionGroup"] = field(default_factory=list)


TransitionKind = Literal["INITIAL", "GLOBAL", "DIRECTED"]


@dataclass(slots=True)
class Transition:
    """One transition. `sources` is empty for global and initial ones."""

    id: str
    name: str
    kind: TransitionKind
    to: str
    sources: tuple[str, ...] = ()
    conditions: ConditionGroup = field(default_factory=ConditionGroup)
    validators: list[Rule] = field(default_factory=list)
    actions: list[Rule] = field(default_factory=list)
    screen: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    description: str = ""
    extras: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Workflow:
    """A workflow with the version that guards its updates."""

    id: str
    name: str
    statuses: list[str]
    transitions: list[Transition]
    version_id: str
    version: int = 1
    description: str = ""
    created: int = 0
    updated: int = 0
    layouts: dict[str, dict[str, float]] = field(default_factory=dict)
    editable: bool = True

    @property
    def initial(self) -> Transition:
        """The transition that creates issues."""
        return next(t for t in self.transitions if t.kind == "INITIAL")


@dataclass(slots=True)
class Project:
    """A company-managed project."""

    id: str
    key: str
    name: str
    lead: str
    issue_types: list[str]
    workflows: dict[str, str]
    uuid: str = ""
    description: str = ""
    next_number: int = 1
    kind: str = "business"
    old_keys: list[str] = field(default_factory=list)
    properties: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Comment:
    """A comment; the body is ADF whatever version wrote it."""

    id: str
    author: str
    body: Adf
    created: int
    updated: int
    update_author: str
    properties: dict[str, Any] = field(default_factory=dict)
    visibility: dict[str, str] | None = None


@dataclass(slots=True)
class Change:
    """One field of one history entry."""

    field: str
    field_id: str
    old: str | None
    old_text: str | None
    new: str | None
    new_text: str | None
    custom: bool = False


@dataclass(slots=True)
class History:
    """One entry of the changelog."""

    id: str
    author: str
    created: int
    items: list[Change]
    metadata: dict[str, Any] | None = None


@dataclass(slots=True)
class Issue:
    """An issue or sub-task. Times are milliseconds since the epoch; people are account ids."""

    id: int
    key: str
    project: str
    type: str
    status: str
    summary: str
    reporter: str | None
    creator: str
    created: int
    updated: int
    status_since: int
    priority: str | None = None
    assignee: str | None = None
    resolution: str | None = None
    resolved: int | None = None
    description: Adf | None = None
    environment: Adf | None = None
    due: str | None = None
    labels: tuple[str, ...] = ()
    parent: int | None = None
    subtasks: tuple[int, ...] = ()
    custom: dict[str, Any] = field(default_factory=dict)
    properties: dict[str, Any] = field(default_factory=dict)
    comments: tuple[Comment, ...] = ()
    history: tuple[History, ...] = ()
    watchers: tuple[str, ...] = ()
    hidden_from: tuple[str, ...] = ()
    moved: bool = False
