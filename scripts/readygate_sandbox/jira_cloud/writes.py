"""Everything that changes issues, under the same rules for REST, the board and the control API."""

import json
import re
from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass, field
from typing import Any

from readygate_sandbox.jira_cloud import adf
from readygate_sandbox.jira_cloud.errors import bad_request, no_issue, refusal
from readygate_sandbox.jira_cloud.fields import (
    FieldContext,
    FieldProblem,
    Values,
    differs,
    known_fields,
    put_values,
    read_fields,
    rich_text,
)
from readygate_sandbox.jira_cloud.model import (
    Change,
    Comment,
    History,
    Issue,
    IssueType,
    Project,
    Right,
    Transition,
)
from readygate_sandbox.jira_cloud.rights import may, sees
from readygate_sandbox.jira_cloud.store import Store
from readygate_sandbox.jira_cloud.workflow import (
    Actor,
    complaints,
    enter,
    from_here,
    performable,
)
from readygate_sandbox.web import Json

MAX_COMMENTS = 5000
MAX_PROPERTY = 32768
MAX_PROPERTY_KEY = 255


def visible_issue(store: Store, ref: str, actor: Actor | None) -> Issue:
    """The issue that the actor may see, or a 404."""
    issue = store.issue(ref)
    if issue is None:
        raise no_issue()
    user = actor.user if actor else None
    if not sees(user, issue, store.projects[issue.project]):
        raise no_issue()
    return issue


def need(store: Store, actor: Actor, right: Right, issue: Issue, *, status: int, text: str) -> None:
    """Refuse when the actor lacks a right on the issue's project."""
    if not may(actor.user, right, store.projects[issue.project]):
        raise refusal(status, text)


# -- creating ----------------------------------------------------------------------------------


@dataclass(slots=True)
class NewIssue:
    """A checked creation, not stored yet."""

    project: Project
    type: IssueType
    values: Values
    properties: dict[str, Any] = field(default_factory=dict)
    comments: list[adf.Adf] = field(default_factory=list)
    transition: Transition | None = None


def check_new(store: Store, actor: Actor, payload: Json, *, version: int) -> NewIssue:
    """Check a creation as `POST /issue` does. Raises a refusal with every field's problem."""
    if not isinstance(payload, dict) or not isinstance(payload.get("fields", {}), dict):
        raise bad_request(
            "Invalid request payload. Refer to the REST API documentation and try again."
        )
    fields = payload.get("fields") or {}
    project = _project_of(store, actor, fields.get("project"), fields.get("parent"))
    kind = _type_of(store, project, fields.get("issuetype"))
    if not may(actor.user, Right.CREATE, project):
        raise refusal(403, "You do not have permission to create issues in this project.")
    context = FieldContext(store, project, actor.user, version)
    values, problems = read_fields(context, payload, allowed=known_fields(store))
    if "summary" not in values and "summary" not in problems:
        problems["summary"] = "You must specify a summary of the issue."
    problems.update(_parent_problems(store, actor, project, kind, values, fields))
    if problems:
        raise bad_request(errors=problems)
    new = NewIssue(project, kind, values)
    new.properties = _properties_of(payload.get("properties"))
    new.comments = _comments_of(payload, version)
    new.transition = _first_transition(store, project, kind, payload.get("transition"))
    return new


def _project_of(store: Store, actor: Actor, raw: Json, parent: Json) -> Project:
    ref = (raw.get("id") or raw.get("key")) if isinstance(raw, dict) else None
    if ref is None and raw is None and isinstance(parent, dict):
        above = store.issue(str(parent.get("id") or parent.get("key") or ""))
        ref = above.project if above else None
    project = store.project(str(ref)) if ref is not None else None
    if project is None or not may(actor.user, Right.BROWSE, project):
        raise bad_request(errors={"project": "valid project is required"})
    return project


def _type_of(store: Store, project: Project, raw: Json) -> IssueType:
    """Types of the project by id or name. A wrong name gets a misleading text (facts, section 4)."""
    if isinstance(raw, dict):
        for type_id in project.issue_types:
            kind = store.issue_types[type_id]
            if kind.id == str(raw.get("id")) or ("id" not in raw and kind.name == raw.get("name")):
                return kind
        if "id" in raw:
            raise bad_request(errors={"issuetype": "The issue type selected is invalid."})
    raise bad_request(errors={"issuetype": "issue type is required"})


def _parent_problems(
    store: Store,
    actor: Actor,
    project: Project,
    kind: IssueType,
    values: Values,
    sent: dict[str, Any],
) -> dict[str, str]:
    if not kind.subtask:
        if "parent" in values:
            return {"parentId": "Given parent work item does not belong to appropriate hierarchy."}
        return {}
    if sent.get("parent") is None and "parent" not in values:
        return {"issuetype": "Issue type is a sub-task but parent issue key or id not specified."}
    parent = store.issues.get(values.get("parent", -1))
    if parent is None:
        return {}
    if not sees(actor.user, parent, store.projects[parent.project]):
        return {"parent": "Could not find issue by id or key."}
    if store.issue_types[parent.type].subtask:
        return {"parentId": "Given parent work item does not belong to appropriate hierarchy."}
    if parent.project != project.id:
        return {"parentId": "Sub-tasks must be created in the same project as the parent."}
    return {}


def _properties_of(raw: Json) -> dict[str, Any]:
    if raw is None:
        return {}
    if not isinstance(raw, list):
        raise bad_request(
            "Invalid request payload. Refer to the REST API documentation and try again."
        )
    found: dict[str, Any] = {}
    for entry in raw:
        if not isinstance(entry, dict) or not isinstance(entry.get("key"), str):
            raise bad_request(
                "Invalid request payload. Refer to the REST API documentation and try again."
            )
        check_property(entry["key"], entry.get("value"))
        found[entry["key"]] = entry.get("value")
    return found


def check_property(key: str, value: Json) -> None:
    """Refuse keys and values over the documented lengths."""
    if not key or len(key) > MAX_PROPERTY_KEY:
        raise bad_request(f"The property key must be at most {MAX_PROPERTY_KEY} characters long.")
    if len(json.dumps(value, ensure_ascii=False)) > MAX_PROPERTY:
        raise bad_request(f"The property value must be at most {MAX_PROPERTY} characters long.")


def _comments_of(payload: Json, version: int) -> list[adf.Adf]:
    operations = (payload.get("update") or {}).get("comment") or []
    return [
        comment_body(op.get("add"), version=version)[0]
        for op in operations
        if isinstance(op, dict) and "add" in op
    ]


def _first_transition(
    store: Store, project: Project, kind: IssueType, raw: Json
) -> Transition | None:
    if raw is None:
        return None
    workflow = store.workflow_for(project, kind.id)
    start = workflow.initial.to
    wanted = str(raw.get("id")) if isinstance(raw, dict) else ""
    for transition in workflow.transitions:
        if transition.id == wanted and (transition.kind == "GLOBAL" or start in transition.sources):
            return transition
    raise bad_request(f"Transition id '{wanted}' is not valid for this issue.")


def store_new(store: Store, actor: Actor, new: NewIssue) -> Issue:
    """Store a checked creation; no change is written into the history of a new issue."""
    now = store.clock.now_ms()
    project = new.project
    priority = store.default_priority()
    workflow = store.workflow_for(project, new.type.id)
    me = actor.user.account_id
    issue = Issue(
        id=store.next_id("issue"),
        key=f"{project.key}-{project.next_number}",
        project=project.id,
        type=new.type.id,
        status=workflow.initial.to,
        summary=new.values["summary"],
        reporter=me,
        creator=me,
        created=now,
        updated=now,
        status_since=now,
        priority=priority.id if priority else None,
        watchers=(me,),
        properties=new.properties,
    )
    project.next_number += 1
    put_values(store, issue, new.values)
    store.add(issue)
    for body in new.comments:
        _append_comment(store, issue, me, body, {})
    if new.transition is not None:
        at = store.touch(issue)
        remember(store, issue, actor, at, [enter(store, issue, new.transition.to, at)])
    return issue


# -- editing -----------------------------------------------------------------------------------


def edit(store: Store, actor: Actor, issue: Issue, payload: Json, *, version: int) -> None:
    """`PUT /issue`: fields, update, properties, historyMetadata; a transition is ignored."""
    need(
        store, actor, Right.EDIT, issue,
        status=403, text="You do not have permission to edit issues in this project.",
    )  # fmt: skip
    if not isinstance(payload, dict):
        raise bad_request(
            "Invalid request payload. Refer to the REST API documentation and try again."
        )
    context = FieldContext(store, store.projects[issue.project], actor.user, version)
    values, problems = read_fields(context, payload, allowed=known_fields(store), current=issue)
    if "parent" in values:
        problems.update(_new_parent_problems(store, issue, values["parent"]))
    if problems:
        raise bad_request(errors=problems)
    properties = _properties_of(payload.get("properties"))
    comments = _comments_of(payload, version)
    if differs(issue, values) or properties:
        at = store.touch(issue)
        old_parent = issue.parent
        items = put_values(store, issue, values)
        if properties:
            issue.properties = {**issue.properties, **properties}
        if issue.parent != old_parent:
            _reparent(store, issue, old_parent)
        remember(store, issue, actor, at, items, payload.get("historyMetadata"))
    for body in comments:
        add_comment(store, actor, issue, body, {})


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


def remember(
    store: Store,
    issue: Issue,
    actor: Actor,
    at: int,
    items: Iterable[Change],
    metadata: Json = None,
) -> None:
    """Append one entry to the changelog; no entry for no items."""
    kept = list(items)
    if kept:
        entry = History(str(store.next_id("history")), actor.user.account_id, at, kept)
        entry.metadata = metadata if isinstance(metadata, dict) else None
        issue.history = (*issue.history, entry)


# -- moving through the workflow ---------------------------------------------------------------


def transition(store: Store, actor: Actor, issue: Issue, payload: Json, *, version: int) -> None:
    """`POST transitions`: conditions, screen, validators, then the move, fields and comment."""
    if not isinstance(payload, dict):
        raise bad_request(
            "Invalid request payload. Refer to the REST API documentation and try again."
        )
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
    comments = _comments_of(payload, version)
    properties = _properties_of(payload.get("properties"))
    _check_validators(store, actor, issue, chosen, values)
    at = store.touch(issue)
    items = put_values(store, issue, values)
    if "resolution" in values:
        issue.resolved = at if issue.resolution else None
    items.append(enter(store, issue, chosen.to, at))
    if properties:
        issue.properties = {**issue.properties, **properties}
    remember(store, issue, actor, at, items, payload.get("historyMetadata"))
    for body in comments:
        add_comment(store, actor, issue, body, {})


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
    copied (the harsher reading of facts, section 9); status starts anew, sub-tasks are cloned too."""
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


# -- comments ----------------------------------------------------------------------------------


def comment_body(raw: Json, *, version: int) -> tuple[adf.Adf, dict[str, Any]]:
    """(body, properties) of a comment as sent. Raises Jira's refusal."""
    body = raw.get("body") if isinstance(raw, dict) else None
    try:
        document = rich_text(version, body)
    except FieldProblem:
        document = None
    if document is None or not (adf.words(document).strip() or _shows_something(document)):
        raise bad_request(errors={"comment": "Comment body is not valid!"})
    return document, _properties_of(raw.get("properties"))


def _shows_something(document: adf.Adf) -> bool:
    return bool(adf.to_text(document).strip())


def add_comment(
    store: Store, actor: Actor, issue: Issue, body: adf.Adf, properties: dict[str, Any]
) -> Comment:
    """Add a comment. Raises 400 without the right, 413 at the per-issue limit."""
    need(
        store, actor, Right.COMMENT, issue,
        status=400, text="You do not have the permission to comment on this issue.",
    )  # fmt: skip
    if len(issue.comments) >= MAX_COMMENTS:
        raise refusal(413, f"The issue has reached the limit of {MAX_COMMENTS} comments.")
    store.touch(issue)
    return _append_comment(store, issue, actor.user.account_id, body, properties)


def _append_comment(
    store: Store, issue: Issue, author: str, body: adf.Adf, properties: dict[str, Any]
) -> Comment:
    at = issue.updated
    comment = Comment(
        str(store.next_id("comment")), author, body, at, at, author, properties=properties
    )
    issue.comments = (*issue.comments, comment)
    return comment


def find_comment(issue: Issue, comment_id: str) -> Comment:
    """One comment of an issue, or a 404."""
    for comment in issue.comments:
        if comment.id == comment_id:
            return comment
    raise refusal(404, f"Can not find a comment for the id: {comment_id}.")
