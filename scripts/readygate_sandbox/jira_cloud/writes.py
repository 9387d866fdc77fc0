"""Changes to issues that are there, under the same rules for REST, board and control API."""

import re
from copy import copy

from readygate_sandbox.jira_cloud.commenting import add_comment, need_to_comment, sent_comments
from readygate_sandbox.jira_cloud.creating import NewIssue, store_new
from readygate_sandbox.jira_cloud.errors import bad_request
from readygate_sandbox.jira_cloud.fields import (
    FieldContext,
    Values,
    differs,
    known_fields,
    put_values,
    read_fields,
)
from readygate_sandbox.jira_cloud.model import Change, Issue, Project, Right, Transition
from readygate_sandbox.jira_cloud.rights import may
from readygate_sandbox.jira_cloud.rules import (
    check_payload,
    check_property,
    need,
    read_properties,
    remember,
)
from readygate_sandbox.jira_cloud.store import Store
from readygate_sandbox.jira_cloud.workflow import (
    Actor,
    complaints,
    enter,
    from_here,
    performable,
    updates_of,
)
from readygate_sandbox.web import Json

# -- editing -----------------------------------------------------------------------------------


def edit(store: Store, actor: Actor, issue: Issue, payload: Json, *, version: int) -> None:
    """`PUT /issue`: fields, update, properties, historyMetadata; a transition is ignored."""
    need(
        store, actor, Right.EDIT, issue,
        status=403, text="You do not have permission to edit issues in this project.",
    )  # fmt: skip
    check_payload(payload)
    context = FieldContext(store, store.projects[issue.project], actor.user, version)
    allowed = known_fields(store) - _not_editable(store, actor, issue)
    values, problems = read_fields(context, payload, allowed=allowed, current=issue)
    if "parent" in values:
        problems.update(_new_parent_problems(store, issue, values["parent"]))
    if problems:
        raise bad_request(errors=problems)
    properties = read_properties(payload.get("properties"))
    comments = sent_comments(payload, version)
    if comments:
        need_to_comment(store, actor, issue)
    if differs(issue, values) or properties:
        at = store.touch(issue)
        old_parent = issue.parent
        items = put_values(store, issue, values)
        if properties:
            issue.properties = {**issue.properties, **properties}
        if issue.parent != old_parent:
            _reparent(store, issue, old_parent)
        remember(store, issue, actor, at, items, metadata=payload.get("historyMetadata"))
    for draft in comments:
        add_comment(store, actor, issue, draft)


def _not_editable(store: Store, actor: Actor, issue: Issue) -> set[str]:
    """Fields that are on no screen of the project, and for people those that only REST fills."""
    by_hand = actor.via == "ui"
    return {
        field.id
        for field in store.fields.values()
        if not field.is_on_screen(issue.project) or (by_hand and field.read_only)
    }


def put(store: Store, actor: Actor, issue: Issue, values: Values) -> None:
    """Set values that were read and checked already."""
    if differs(issue, values):
        at = store.touch(issue)
        remember(store, issue, actor, at, put_values(store, issue, values))


def _new_parent_problems(store: Store, issue: Issue, parent_id: int) -> dict[str, str]:
    parent = store.issues[parent_id]
    subtask = store.issue_types[issue.type].subtask
    wrong = not subtask or store.issue_types[parent.type].subtask or parent.project != issue.project
    if wrong or parent.id == issue.id:
        return {"parentId": "Given parent work item does not belong to appropriate hierarchy."}
    return {}


def _reparent(store: Store, issue: Issue, old_parent: int | None) -> None:
    if old_parent in store.issues:
        before = store.issues[old_parent]
        store.note(before)
        before.subtasks = tuple(s for s in before.subtasks if s != issue.id)
    if issue.parent is not None:
        after = store.issues[issue.parent]
        store.note(after)
        after.subtasks = (*after.subtasks, issue.id)


def set_property(store: Store, issue: Issue, key: str, value: Json) -> bool:
    """Set one issue property; True when it is new. Properties leave no history."""
    check_property(key, value)
    new = key not in issue.properties
    store.touch(issue)
    issue.properties = {**issue.properties, key: value}
    return new


def delete_property(store: Store, issue: Issue, key: str) -> bool:
    """Remove one issue property; False when there is none."""
    if key not in issue.properties:
        return False
    store.touch(issue)
    issue.properties = {k: v for k, v in issue.properties.items() if k != key}
    return True


# -- moving through the workflow ---------------------------------------------------------------


def transition(store: Store, actor: Actor, issue: Issue, payload: Json, *, version: int) -> None:
    """`POST transitions`: conditions, screen, validators, then the move, fields and comment."""
    check_payload(payload)
    chosen = _chosen(store, actor, issue, payload.get("transition"))
    context = FieldContext(store, store.projects[issue.project], actor.user, version)
    values, problems = read_fields(
        context, payload, allowed={*chosen.screen, *chosen.required}, current=issue
    )
    for name in chosen.required:
        if name not in problems and name not in values and not _has(store, issue, name):
            problems[name] = f"{_field_name(store, name)} is required."
    if problems:
        raise bad_request(errors=problems)
    comments = sent_comments(payload, version)
    properties = read_properties(payload.get("properties"))
    if comments:
        need_to_comment(store, actor, issue)
    _check_validators(store, actor, issue, chosen, values)
    at = store.touch(issue)
    items = put_values(store, issue, values)
    if "resolution" in values:
        issue.resolved = at if issue.resolution else None
    if chosen.to != issue.status:
        items.append(enter(store, issue, chosen.to, at))
    items += put_values(store, issue, updates_of(store, chosen))
    if properties:
        issue.properties = {**issue.properties, **properties}
    remember(store, issue, actor, at, items, metadata=payload.get("historyMetadata"))
    for draft in comments:
        add_comment(store, actor, issue, draft)


def _chosen(store: Store, actor: Actor, issue: Issue, raw: Json) -> Transition:
    if not isinstance(raw, dict) or raw.get("id") is None:
        raise bad_request("Missing 'transition' identifier")
    wanted = str(raw["id"])
    if not re.fullmatch(r"\d+", wanted):
        raise bad_request("'transition' identifier must be an integer")
    known = next((t for t in store.workflow_of(issue).transitions if t.id == wanted), None)
    if known is None:
        raise bad_request(f"Transition id '{wanted}' is not valid for this issue.")
    right = may(actor.user, Right.TRANSITION, store.projects[issue.project])
    if (
        not right
        or known not in from_here(store, issue)
        or not performable(store, issue, known, actor)
    ):
        raise bad_request(
            f"It seems that you have tried to perform a workflow operation ({known.name}) that is "
            f"not valid for the current state of this issue {issue.key}. The likely cause is that "
            "somebody has changed the issue recently, please look at the issue history for details."
        )
    return known


def _has(store: Store, issue: Issue, name: str) -> bool:
    if name in store.fields:
        return issue.custom.get(name) not in (None, ())
    return getattr(issue, {"duedate": "due"}.get(name, name), None) not in (None, (), "")


def _field_name(store: Store, name: str) -> str:
    return store.fields[name].name if name in store.fields else name.capitalize()


def _check_validators(
    store: Store, actor: Actor, issue: Issue, chosen: Transition, values: Values
) -> None:
    """Validators look at the issue with its new values, before anything is stored."""
    if not chosen.validators:
        return
    trial = copy(issue)
    put_values(store, trial, values)
    said = complaints(store, trial, chosen, actor)
    if said:
        raise bad_request(*said)


# -- deleting, cloning, moving -----------------------------------------------------------------


def delete(store: Store, actor: Actor, issue: Issue, *, subtasks_too: bool) -> None:
    """`DELETE /issue`: with sub-tasks only when asked."""
    need(
        store, actor, Right.DELETE, issue,
        status=403, text="You do not have permission to delete issues in this project.",
    )  # fmt: skip
    children = [store.issues[s] for s in issue.subtasks if s in store.issues]
    if children and not subtasks_too:
        raise bad_request(
            f"The issue '{issue.key}' has subtasks.  You must specify the 'deleteSubtasks' "
            "parameter to delete this issue and all its subtasks."
        )
    for child in children:
        store.remove(child)
    store.remove(issue)


def clone(store: Store, actor: Actor, issue: Issue, *, parent: int | None = None) -> Issue:
    """A copy as the Clone action may make one: labels, fields and also issue properties are
    copied (what Cloud copies is not documented: the harsher reading); status starts anew, sub-tasks
    are cloned too."""
    project = store.projects[issue.project]
    kind = store.issue_types[issue.type]
    copied: Values = {
        "summary": f"CLONE - {issue.summary}" if parent is None else issue.summary,
        "description": issue.description,
        "labels": issue.labels,
        "assignee": issue.assignee,
        "priority": issue.priority,
        "duedate": issue.due,
        **issue.custom,
    }
    if issue.parent is not None:
        copied["parent"] = parent if parent is not None else issue.parent
    new = NewIssue(project, kind, copied, properties=dict(issue.properties))
    made = store_new(store, actor, new)
    for child in issue.subtasks:
        if child in store.issues:
            clone(store, actor, store.issues[child], parent=made.id)
    return made


def move(store: Store, actor: Actor, issue: Issue, target: Project) -> None:
    """Move an issue and its sub-tasks to another project: new keys, old keys still resolve."""
    for one in (issue, *(store.issues[s] for s in issue.subtasks if s in store.issues)):
        at = store.touch(one)
        old = one.key
        one.project, one.moved = target.id, True
        one.key = f"{target.key}-{target.next_number}"
        target.next_number += 1
        store.keys[one.key] = one.id
        remember(store, one, actor, at, [Change("Key", "", None, old, None, one.key)])
