"""People at work: what somebody does in the browser, under the rules that REST obeys."""

from collections.abc import Callable
from typing import Any

from readygate_sandbox.fitting import COUNT, FLAG, LIST, NOTHING, OBJECT, TEXT, Kinds, fit
from readygate_sandbox.jira_cloud import writes
from readygate_sandbox.jira_cloud.commenting import add_comment, comment_body
from readygate_sandbox.jira_cloud.creating import check_new, store_new
from readygate_sandbox.jira_cloud.errors import bad_request
from readygate_sandbox.jira_cloud.model import Issue, Right, Transition, User
from readygate_sandbox.jira_cloud.rules import need, visible_issue
from readygate_sandbox.jira_cloud.store import Store
from readygate_sandbox.jira_cloud.workflow import Actor, listed
from readygate_sandbox.web import BadRequest

Told = dict[str, Any]
_KINDS: Kinds = {
    "issue": (*TEXT, *COUNT),
    "to": (*TEXT, *NOTHING),
    "transition": (*TEXT, *COUNT),
    "text": TEXT,
    "fields": OBJECT,
    "properties": LIST,
    "project": TEXT,
    "type": TEXT,
    "parent": (*TEXT, *COUNT, *NOTHING),
    "summary": TEXT,
    "status": TEXT,
    "subtasks": FLAG,
}

Act = Callable[[Store, Actor, Issue, Told], Issue | None]


def act(store: Store, user: User, do: str, told: Told) -> dict[str, Any]:
    """Do one thing. Raises web.Refusal with Jira's answer, web.BadRequest for what cannot be read.

    Returns `{"id", "key"}` of the issue concerned: of the new one after `create` and `clone`.
    """
    fit(told, _KINDS)
    actor = Actor(user, "ui")
    if do == "create":
        return _told(_create(store, actor, told))
    if do not in _ACTS:
        raise BadRequest(f"do: expected one of {', '.join(sorted(_ACTS))}, create; got {do!r}")
    ref = told.get("issue")
    if ref is None:
        raise BadRequest(f"{do}: which issue?")
    issue = visible_issue(store, str(ref), actor)
    return _told(_ACTS[do](store, actor, issue, told) or issue)


def _told(issue: Issue) -> dict[str, Any]:
    return {"id": str(issue.id), "key": issue.key}


def _fields(store: Store, told: Told) -> dict[str, Any]:
    """`fields` with custom fields by name, and select values as plain words."""
    fields: dict[str, Any] = {}
    for name, value in (told.get("fields") or {}).items():
        custom = next((f for f in store.fields.values() if name in {f.name, f.id}), None)
        if custom is None:
            fields[name] = value
        elif custom.kind == "select" and isinstance(value, str):
            fields[custom.id] = {"value": value}
        elif custom.kind == "multiselect" and isinstance(value, list):
            fields[custom.id] = [{"value": v} if isinstance(v, str) else v for v in value]
        else:
            fields[custom.id] = value
    return fields


def _create(store: Store, actor: Actor, told: Told) -> Issue:
    """`project` and `type` by name, or `parent` and the project's first sub-task type."""
    fields = {"summary": told.get("summary"), **_fields(store, told)}
    parent = store.issue(str(told["parent"])) if told.get("parent") else None
    project = store.projects[parent.project] if parent else store.project(str(told.get("project")))
    if project is None:
        raise BadRequest(f"create: there is no project {told.get('project')}")
    kinds = [store.issue_types[t] for t in project.issue_types]
    wanted = told.get("type")
    kind = next(
        (k for k in kinds if (k.name == wanted if wanted else k.subtask is bool(parent))), None
    )
    if kind is None:
        raise BadRequest(f"create: project {project.key} has no issue type {wanted}")
    fields |= {"project": {"id": project.id}, "issuetype": {"id": kind.id}}
    if parent:
        fields["parent"] = {"id": str(parent.id)}
    payload = {"fields": fields, "properties": told.get("properties")}
    new = check_new(store, actor, payload, version=2)
    issue = store_new(store, actor, new)
    if told.get("status"):
        _transition(store, actor, issue, {"to": told["status"]})
    return issue


def _transition(store: Store, actor: Actor, issue: Issue, told: Told) -> None:
    """To a status (`to`: name or id) or by a transition (`transition`: name or id)."""
    offered = [t for t, available in listed(store, issue, actor) if available]
    target, name = told.get("to"), told.get("transition")
    chosen = next(
        (
            t
            for t in offered
            if (target is not None and target in {t.to, store.statuses[t.to].name})
            or (name is not None and str(name) in {t.id, t.name})
        ),
        None,
    )
    if chosen is None:
        said = ", ".join(sorted({store.statuses[t.to].name for t in offered})) or "nowhere"
        here = store.statuses[issue.status].name
        raise bad_request(
            f"{issue.key} cannot go from '{here}' to '{target or name}' by {actor.user.name}. "
            f"It can go to: {said}."
        )
    _perform(store, actor, issue, chosen, told)


def _perform(store: Store, actor: Actor, issue: Issue, chosen: Transition, told: Told) -> None:
    payload = {"transition": {"id": chosen.id}, "fields": _fields(store, told)}
    writes.transition(store, actor, issue, payload, version=2)


def _go(store: Store, actor: Actor, issue: Issue, *, done: bool) -> None:
    """Tick or un-tick: the first transition into, or out of, the category done."""
    if (store.statuses[issue.status].category == "done") is done:
        return
    for transition, available in listed(store, issue, actor):
        if available and (store.statuses[transition.to].category == "done") is done:
            _perform(store, actor, issue, transition, {})
            return
    verb = "ticked" if done else "un-ticked"
    raise bad_request(f"{issue.key} cannot be {verb} by {actor.user.name} from here.")


def _tick(store: Store, actor: Actor, issue: Issue, _: Told) -> None:
    _go(store, actor, issue, done=True)


def _untick(store: Store, actor: Actor, issue: Issue, _: Told) -> None:
    _go(store, actor, issue, done=False)


def _comment(store: Store, actor: Actor, issue: Issue, told: Told) -> None:
    draft = comment_body({"body": str(told.get("text") or "")}, version=2)
    add_comment(store, actor, issue, draft)


def _delete(store: Store, actor: Actor, issue: Issue, told: Told) -> None:
    writes.delete(store, actor, issue, subtasks_too=bool(told.get("subtasks", True)))


def _clone(store: Store, actor: Actor, issue: Issue, _: Told) -> Issue:
    need(
        store, actor, Right.CREATE, issue,
        status=403, text="You do not have permission to create issues in this project.",
    )  # fmt: skip
    return writes.clone(store, actor, issue)


def _move(store: Store, actor: Actor, issue: Issue, told: Told) -> None:
    target = store.project(str(told.get("project")))
    if target is None:
        raise BadRequest(f"move: there is no project {told.get('project')}")
    writes.move(store, actor, issue, target)


def _assign(store: Store, actor: Actor, issue: Issue, told: Told) -> None:
    who = store.find_user(str(told["to"])) if told.get("to") else None
    if told.get("to") and who is None:
        raise BadRequest(f"assign: there is no user {told['to']}")
    fields = {"assignee": {"accountId": who.account_id if who else None}}
    writes.edit(store, actor, issue, {"fields": fields}, version=2)


def _edit(store: Store, actor: Actor, issue: Issue, told: Told) -> None:
    writes.edit(store, actor, issue, {"fields": _fields(store, told)}, version=2)


_ACTS: dict[str, Act] = {
    "transition": _transition,
    "tick": _tick,
    "untick": _untick,
    "comment": _comment,
    "delete": _delete,
    "clone": _clone,
    "move": _move,
    "assign": _assign,
    "edit": _edit,
}
