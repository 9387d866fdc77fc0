"""Creating issues: check first, store after, so that a batch can tell its failures apart."""

from dataclasses import dataclass, field
from typing import Any

from readygate_sandbox.jira_cloud.commenting import Draft, append_comment, sent_comments
from readygate_sandbox.jira_cloud.errors import bad_request, refusal
from readygate_sandbox.jira_cloud.fields import (
    FieldContext,
    Values,
    known_fields,
    put_values,
    read_fields,
)
from readygate_sandbox.jira_cloud.model import Issue, IssueType, Project, Right, Transition
from readygate_sandbox.jira_cloud.rights import may, sees
from readygate_sandbox.jira_cloud.rules import check_payload, read_properties, remember
from readygate_sandbox.jira_cloud.store import Store
from readygate_sandbox.jira_cloud.workflow import Actor, enter
from readygate_sandbox.web import Json


@dataclass(slots=True)
class NewIssue:
    """A checked creation, not stored yet."""

    project: Project
    type: IssueType
    values: Values
    properties: dict[str, Any] = field(default_factory=dict)
    comments: list[Draft] = field(default_factory=list)
    transition: Transition | None = None


def check_new(store: Store, actor: Actor, payload: Json, *, version: int) -> NewIssue:
    """Check a creation as `POST /issue` does. Raises a refusal with every field's problem."""
    check_payload(payload)
    fields = payload.get("fields") or {}
    project = _project_of(store, actor, fields.get("project"), fields.get("parent"))
    kind = _type_of(store, project, fields.get("issuetype"))
    if not may(actor.user, Right.CREATE, project):
        raise refusal(403, "You do not have permission to create issues in this project.")
    context = FieldContext(store, project, actor.user, version)
    values, problems = read_fields(context, payload, allowed=known_fields(store))
    if "summary" not in values and "summary" not in problems:
        problems["summary"] = "You must specify a summary of the issue."
    problems.update(_parent_problems(store, actor, project, kind, values=values, sent=fields))
    if problems:
        raise bad_request(errors=problems)
    new = NewIssue(project, kind, values)
    new.properties = read_properties(payload.get("properties"))
    new.comments = sent_comments(payload, version)
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
    """Types of the project by id or name; a wrong name is told something misleading."""
    if isinstance(raw, dict):
        for type_id in project.issue_types:
            kind = store.issue_types[type_id]
            if kind.id == str(raw.get("id")) or ("id" not in raw and kind.name == raw.get("name")):
                return kind
        if "id" in raw:
            raise bad_request(errors={"issuetype": "The issue type selected is invalid."})
    raise bad_request(errors={"issuetype": "issue type is required"})


def _parent_problems(
    store: Store, actor: Actor, project: Project, kind: IssueType, *, values: Values, sent: Json
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
    for draft in new.comments:
        append_comment(store, issue, me, draft)
    if new.transition is not None:
        at = store.touch(issue)
        remember(store, issue, actor, at, [enter(store, issue, new.transition.to, at)])
    return issue
