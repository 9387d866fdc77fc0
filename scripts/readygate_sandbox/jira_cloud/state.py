"""A site as JSON values, for the state file."""

from dataclasses import asdict
from typing import Any

from readygate_sandbox.jira_cloud.model import (
    Change,
    Comment,
    ConditionGroup,
    CustomField,
    History,
    Issue,
    IssueType,
    Named,
    Project,
    Right,
    Rule,
    Status,
    Transition,
    User,
    Workflow,
)
from readygate_sandbox.jira_cloud.seed import clear
from readygate_sandbox.jira_cloud.store import Quirks, SiteInfo, Store

FORMAT = 1


class StateError(ValueError):
    """A state file that cannot be used."""


def dump(store: Store) -> dict[str, Any]:
    """Everything the site holds, as JSON values. Issues keep their order."""
    return {
        "format": FORMAT,
        "info": asdict(store.info),
        "quirks": asdict(store.quirks),
        "next_ids": dict(store.next_ids),
        "keys": dict(store.keys),
        "users": [_user(u) for u in store.users.values()],
        "statuses": [asdict(s) for s in store.statuses.values()],
        "issue_types": [asdict(t) for t in store.issue_types.values()],
        "fields": [asdict(f) for f in store.fields.values()],
        "priorities": [asdict(p) for p in store.priorities],
        "resolutions": [asdict(r) for r in store.resolutions],
        "workflows": [asdict(w) for w in store.workflows.values()],
        "projects": [asdict(p) for p in store.projects.values()],
        "issues": [_plain_issue(i) for i in store.issues.values()],
    }


def _user(user: User) -> dict[str, Any]:
    told = asdict(user)
    told["rights"] = sorted(user.rights)
    told["project_rights"] = {k: sorted(v) for k, v in user.project_rights.items()}
    return told


def _plain_issue(issue: Issue) -> dict[str, Any]:
    """`asdict` copies deeply and is slow on 80,000 issues; most of them have no such parts."""
    told = {name: getattr(issue, name) for name in Issue.__slots__}
    told["comments"] = [asdict(c) for c in issue.comments]
    told["history"] = [asdict(h) for h in issue.history]
    return told


def restore(store: Store, told: dict[str, Any]) -> None:
    """Put a dump back. Raises StateError; the store is then left empty."""
    clear(store)
    try:
        if told["format"] != FORMAT:
            raise StateError(f"the state has format {told['format']}, expected {FORMAT}")
        _restore(store, told)
    except (KeyError, TypeError, ValueError) as error:
        clear(store)
        if isinstance(error, StateError):
            raise
        raise StateError(f"the state cannot be read: {error!r}") from error
    store.rebuild_updates()
    store.schema_changed()


def _restore(store: Store, told: dict[str, Any]) -> None:
    store.info = SiteInfo(**told["info"])
    store.quirks = Quirks(**told["quirks"])
    store.next_ids.update(told["next_ids"])
    store.priorities = [Named(**p) for p in told["priorities"]]
    store.resolutions = [Named(**r) for r in told["resolutions"]]
    for raw in told["users"]:
        user = User(**raw)
        user.rights = frozenset(map(Right, raw["rights"]))
        user.project_rights = {
            k: frozenset(map(Right, v)) for k, v in raw["project_rights"].items()
        }
        store.users[user.account_id] = user
    for raw in told["statuses"]:
        store.statuses[raw["id"]] = Status(**raw)
    for raw in told["issue_types"]:
        store.issue_types[raw["id"]] = IssueType(**raw)
    for raw in told["fields"]:
        field = CustomField(**{**raw, "options": [Named(**o) for o in raw["options"]]})
        store.fields[field.id] = field
    for raw in told["workflows"]:
        transitions = [_transition(t) for t in raw["transitions"]]
        store.workflows[raw["id"]] = Workflow(**{**raw, "transitions": transitions})
    for raw in told["projects"]:
        store.projects[raw["id"]] = Project(**raw)
    for raw in told["issues"]:
        issue = _issue(raw)
        store.issues[issue.id] = issue
    store.keys.update(told["keys"])


def _transition(raw: dict[str, Any]) -> Transition:
    parts = {
        "sources": tuple(raw["sources"]),
        "screen": tuple(raw["screen"]),
        "required": tuple(raw["required"]),
        "conditions": _group(raw["conditions"]),
        "validators": [Rule(**r) for r in raw["validators"]],
        "actions": [Rule(**r) for r in raw["actions"]],
    }
    return Transition(**{**raw, **parts})


def _group(raw: dict[str, Any]) -> ConditionGroup:
    return ConditionGroup(
        raw["operation"], [Rule(**r) for r in raw["conditions"]], [_group(g) for g in raw["groups"]]
    )


def _issue(raw: dict[str, Any]) -> Issue:
    told = dict(raw)
    for name in ("labels", "subtasks", "watchers", "hidden_from"):
        told[name] = tuple(raw[name])
    told["custom"] = {k: tuple(v) if isinstance(v, list) else v for k, v in raw["custom"].items()}
    told["comments"] = tuple(Comment(**c) for c in raw["comments"])
    told["history"] = tuple(
        History(**{**h, "items": [Change(**c) for c in h["items"]]}) for h in raw["history"]
    )
    return Issue(**told)
