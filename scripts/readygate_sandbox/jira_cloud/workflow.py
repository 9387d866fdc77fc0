"""Which transitions an issue offers to whom, and what performing one does.

Rules are those of the description of `GET /workflows/capabilities` in the OpenAPI document. A rule
that the sandbox does not know lets everything pass, and `UNKNOWN_RULES_PASS` says so.
"""

import json
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from readygate_sandbox.jira_cloud import adf
from readygate_sandbox.jira_cloud.model import (
    Change,
    ConditionGroup,
    Issue,
    Right,
    Rule,
    Transition,
    User,
)
from readygate_sandbox.jira_cloud.rights import may
from readygate_sandbox.jira_cloud.store import Store

CHILD_CONDITION = "system:parent-or-child-blocking-condition"
PARENT_VALIDATOR = "system:parent-or-child-blocking-validator"
RESTRICT_ALL = "system:restrict-from-all-users"
RESTRICT_SOME = "system:restrict-issue-transition"
CHECK_FIELD = "system:check-field-value"
PREVIOUS_STATUS = "system:previous-status-condition"
SEPARATION = "system:separation-of-duties"
VALIDATE_FIELD = "system:validate-field-value"
CHECK_PERMISSION = "system:check-permission-validator"
PREVIOUS_STATUS_VALIDATOR = "system:previous-status-validator"

UPDATE_FIELD = "system:update-field"

CONDITIONS: dict[str, str] = {
    CHECK_FIELD: "Check field value",
    RESTRICT_SOME: "Restrict who can move a work item",
    PREVIOUS_STATUS: "Check the previous status",
    CHILD_CONDITION: "Block by the status of sub-tasks",
    SEPARATION: "Separation of duties",
    RESTRICT_ALL: "Restrict from all users",
}
VALIDATORS: dict[str, str] = {
    CHECK_PERMISSION: "Check a permission",
    PARENT_VALIDATOR: "Block by the status of the parent",
    PREVIOUS_STATUS_VALIDATOR: "Check the previous status",
    VALIDATE_FIELD: "Validate a field",
}
FUNCTIONS: dict[str, str] = {UPDATE_FIELD: "Update field"}

Via = Literal["api", "ui"]
"""How a person acts: through REST, or as if through the browser."""


@dataclass(frozen=True, slots=True)
class Actor:
    """A user and the way in."""

    user: User
    via: Via = "api"


def from_here(store: Store, issue: Issue) -> list[Transition]:
    """Every transition that the workflow draws from the issue's status, allowed or not."""
    return [
        t
        for t in store.workflow_of(issue).transitions
        if t.kind == "GLOBAL" or (t.kind == "DIRECTED" and issue.status in t.sources)
    ]


def listed(store: Store, issue: Issue, actor: Actor) -> list[tuple[Transition, bool]]:
    """(transition, available) for `GET transitions`; empty without the right to transition."""
    if not may(actor.user, Right.TRANSITION, store.projects[issue.project]):
        return []
    return [(t, allowed(store, issue, t, actor)) for t in from_here(store, issue)]


def allowed(store: Store, issue: Issue, transition: Transition, actor: Actor) -> bool:
    """Whether the conditions let the actor see the transition."""
    return _group(store, issue, transition.conditions, actor, listing=True)


def performable(store: Store, issue: Issue, transition: Transition, actor: Actor) -> bool:
    """Whether the conditions let the actor perform it; REST may do what is hidden from users."""
    return _group(store, issue, transition.conditions, actor, listing=False)


def _group(
    store: Store, issue: Issue, group: ConditionGroup, actor: Actor, *, listing: bool
) -> bool:
    results = [_condition(store, issue, rule, actor, listing=listing) for rule in group.conditions]
    results += [_group(store, issue, inner, actor, listing=listing) for inner in group.groups]
    if not results:
        return True
    return all(results) if group.operation == "ALL" else any(results)


def _condition(store: Store, issue: Issue, rule: Rule, actor: Actor, *, listing: bool) -> bool:
    told = rule.parameters
    match rule.key:
        case "system:parent-or-child-blocking-condition":
            return _children_allow(store, issue, _ids(told.get("statusIds")))
        case "system:restrict-from-all-users":
            return _open_to(store, told.get("restrictMode"), actor, listing=listing)
        case "system:restrict-issue-transition":
            return _restricted(store, issue, told, actor)
        case "system:check-field-value":
            return _field_matches(store, issue, told)
        case "system:previous-status-condition":
            return _was_in(issue, told) is not (told.get("not") == "true")
        case "system:separation-of-duties":
            return not any(
                h.author == actor.user.account_id
                and any(
                    c.field_id == "status" and c.old == told.get("fromStatusId") for c in h.items
                )
                for h in issue.history
            )
        case "system:check-permission-condition" | "system:check-permission-validator":
            return _has_permission(store, issue, told, actor)
        case _:
            return True


def _children_allow(store: Store, issue: Issue, status_ids: set[str]) -> bool:
    """All sub-tasks count; none at all lets the parent pass (SubTaskBlockingCondition)."""
    listed_statuses = [
        store.issues[s].status in status_ids for s in issue.subtasks if s in store.issues
    ]
    if store.quirks.child_condition == "deny":
        return not any(listed_statuses)
    return all(listed_statuses)


def _open_to(store: Store, mode: str | None, actor: Actor, *, listing: bool) -> bool:
    """Mode `users` closes a transition to people but not to REST; whether REST lists it is not
    documented, so it does not unless the quirk says so."""
    if mode == "usersAndAPI" or actor.via == "ui":
        return False
    return not listing or store.quirks.remote_only == "listed"


def _restricted(store: Store, issue: Issue, told: dict[str, str], actor: Actor) -> bool:
    """True if any criterion is met."""
    me = actor.user.account_id
    project = store.projects[issue.project]
    for account in _ids(told.get("accountIds")):
        if account == me:
            return True
        if account == "allow-reporter" and issue.reporter == me:
            return True
        if account == "allow-assignee" and issue.assignee == me:
            return True
    for key in _ids(told.get("permissionKeys")):
        if key in Right.__members__.values() and may(actor.user, Right(key), project):
            return True
    return any(issue.custom.get(f) == me for f in _ids(told.get("allowUserCustomFields")))


def _has_permission(store: Store, issue: Issue, told: dict[str, str], actor: Actor) -> bool:
    key = told.get("permissionKey", "")
    known = key in {right.value for right in Right}
    return known and may(actor.user, Right(key), store.projects[issue.project])


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def _field_matches(store: Store, issue: Issue, told: dict[str, str]) -> bool:
    """An empty field matches only `!=`: how Cloud reads it is not documented."""
    compare = _COMPARE.get(told.get("comparator", "="), _COMPARE["="])
    try:
        wanted = json.loads(told.get("fieldValue", "[]"))
    except ValueError:
        return False
    actual = field_text(store, issue, told.get("fieldId", ""))
    if actual is None:
        return told.get("comparator") == "!="
    kind = told.get("comparisonType", "STRING")
    try:
        pairs = [
            (float(actual), float(w)) if kind == "NUMBER" else (actual, str(w)) for w in wanted
        ]
    except ValueError:
        return False
    return any(compare(a, w) for a, w in pairs)


def field_text(store: Store, issue: Issue, field_id: str) -> str | None:
    """A field's value as rules compare it: option ids, account ids, bare text; None when empty."""
    value: Any
    if field_id in store.fields:
        value = issue.custom.get(field_id)
    else:
        attribute = {"duedate": "due", "issuetype": "type"}.get(field_id, field_id)
        value = getattr(issue, attribute, None)
    if value in (None, "", ()):
        return None
    if isinstance(value, dict):
        return adf.words(value) or None
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _was_in(issue: Issue, told: dict[str, str]) -> bool:
    wanted = _ids(told.get("previousStatusIds"))
    left = [c.old for h in issue.history for c in h.items if c.field_id == "status"]
    if told.get("includeCurrentStatus") == "true" and issue.status in wanted:
        return True
    if told.get("mostRecentStatusOnly") == "true":
        return bool(left) and left[-1] in wanted
    return not wanted.isdisjoint(left)


def _ids(text: str | None) -> set[str]:
    return {part.strip() for part in (text or "").split(",") if part.strip()}


# -- validators --------------------------------------------------------------------------------


def complaints(store: Store, issue: Issue, transition: Transition, actor: Actor) -> list[str]:
    """What the validators say against the issue as it would be after its fields are set."""
    return [
        text
        for rule in transition.validators
        if (text := _complaint(store, issue, rule, actor)) is not None
    ]


def _complaint(store: Store, issue: Issue, rule: Rule, actor: Actor) -> str | None:
    told = rule.parameters
    match rule.key:
        case "system:validate-field-value":
            return _field_complaint(store, issue, told)
        case "system:check-permission-validator":
            if not _has_permission(store, issue, told, actor):
                return "You do not have the permission that this transition needs."
        case "system:parent-or-child-blocking-validator":
            parent = store.issues.get(issue.parent) if issue.parent is not None else None
            if parent is not None and parent.status not in _ids(told.get("statusIds")):
                return "The parent's status does not allow this transition."
        case "system:previous-status-validator":
            if not _was_in(issue, told):
                return "The issue has not been in the status that this transition needs."
        case _:
            return None
    return None


def _field_complaint(store: Store, issue: Issue, told: dict[str, str]) -> str | None:
    match told.get("ruleType"):
        case "fieldRequired":
            for field_id in sorted(_ids(told.get("fieldsRequired"))):
                if field_text(store, issue, field_id) is None:
                    name = store.fields[field_id].name if field_id in store.fields else field_id
                    return told.get("errorMessage") or f"{name} is required."
        case "fieldMatchesRegularExpression":
            text = field_text(store, issue, told.get("fieldKey", "")) or ""
            if not re.search(told.get("regexp", ""), text):
                return told.get("errorMessage") or "The field does not match the expected pattern."
        case _:
            return None
    return None


# -- doing it ----------------------------------------------------------------------------------


def updates_of(store: Store, transition: Transition) -> dict[str, Any]:
    """What the post-functions `system:update-field` set; only text fields, only replacing."""
    told = [rule.parameters for rule in transition.actions if rule.key == UPDATE_FIELD]
    return {
        one["field"]: one.get("value") or None
        for one in told
        if one.get("field") in store.fields and store.fields[one["field"]].kind == "text"
    }


def enter(store: Store, issue: Issue, status_id: str, at: int) -> Change:
    """Put the issue into a status and return the history item. A done status sets no resolution
    by itself: that takes a screen or a rule, as in Jira."""
    old, new = store.statuses[issue.status], store.statuses[status_id]
    issue.status = status_id
    if old.category != new.category:
        issue.status_since = at
    return Change("status", "status", old.id, old.name, new.id, new.name)
