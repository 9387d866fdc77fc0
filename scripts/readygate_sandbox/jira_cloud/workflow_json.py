"""Workflows as the bulk workflow API shows and takes them."""

from typing import Any

from readygate_sandbox.clock import jira_time
from readygate_sandbox.jira_cloud.model import (
    CategoryKey,
    ConditionGroup,
    Rule,
    Status,
    Transition,
    Workflow,
)
from readygate_sandbox.jira_cloud.store import Store, new_uuid

Shape = dict[str, Any]


class BadRule(ValueError):
    """A rule or group of rules that cannot be read."""


CATEGORY_OUT: dict[CategoryKey, str] = {
    "new": "TODO",
    "indeterminate": "IN_PROGRESS",
    "done": "DONE",
}


def workflow_shape(workflow: Workflow, *, rules: bool = True) -> Shape:
    """A `JiraWorkflow`; without `rules` as `GET /workflows/search` answers, which omits them."""
    return {
        "id": workflow.id,
        "name": workflow.name,
        "description": workflow.description,
        "isEditable": workflow.editable,
        "scope": {"type": "GLOBAL"},
        "version": {"id": workflow.version_id, "versionNumber": workflow.version},
        "created": jira_time(workflow.created),
        "updated": jira_time(workflow.updated),
        "startPointLayout": {"x": -100.0, "y": -153.0},
        "statuses": [
            {
                "statusReference": status_id,
                "layout": workflow.layouts.get(status_id, {"x": 100.0 * number, "y": 0.0}),
                "properties": {},
                "deprecated": False,
            }
            for number, status_id in enumerate(workflow.statuses)
        ],
        "transitions": [_transition(t, rules=rules) for t in workflow.transitions],
    }


def _transition(transition: Transition, *, rules: bool) -> Shape:
    shape: Shape = {
        "id": transition.id,
        "type": transition.kind,
        "toStatusReference": transition.to,
        "links": [
            {"fromStatusReference": source, "fromPort": 0, "toPort": 0}
            for source in transition.sources
        ],
        "name": transition.name,
        "description": transition.description,
        "actions": [_rule(r) for r in transition.actions] if rules else [],
        "validators": [_rule(r) for r in transition.validators] if rules else [],
        "triggers": [],
        "properties": transition.extras,
    }
    group = transition.conditions
    if rules and (group.conditions or group.groups):
        shape["conditions"] = _group(group)
    if rules and transition.screen:
        shape["transitionScreen"] = {
            "ruleKey": "system:transition-screen",
            "parameters": {"screenId": transition.id},
        }
    return shape


def _group(group: ConditionGroup) -> Shape:
    return {
        "operation": group.operation,
        "conditions": [_rule(r) for r in group.conditions],
        "conditionGroups": [_group(g) for g in group.groups],
    }


def _rule(rule: Rule) -> Shape:
    return {"id": rule.id, "ruleKey": rule.key, "parameters": rule.parameters}


def status_shape(status: Status) -> Shape:
    """A `JiraWorkflowStatus`."""
    return {
        "id": status.id,
        "name": status.name,
        "description": status.description,
        "statusCategory": CATEGORY_OUT[status.category],
        "statusReference": status.id,
        "scope": {"type": "GLOBAL"},
    }


def statuses_of(store: Store, workflows: list[Workflow]) -> list[Shape]:
    """The statuses that workflows use, each once."""
    ids = dict.fromkeys(s for w in workflows for s in w.statuses)
    return [status_shape(store.statuses[i]) for i in ids]


def read_group(raw: Any) -> ConditionGroup:
    """A condition group as sent. Raises BadRule; `conditionGroups` must be there
    (JRACLOUD-82794)."""
    if raw is None:
        return ConditionGroup()
    if not isinstance(raw, dict) or raw.get("operation") not in ("ALL", "ANY"):
        raise BadRule("conditions.operation must be ALL or ANY")
    if not isinstance(raw.get("conditionGroups"), list):
        raise BadRule("conditions.conditionGroups must be a list")
    if not isinstance(raw.get("conditions") or [], list):
        raise BadRule("conditions.conditions must be a list")
    return ConditionGroup(
        raw["operation"],
        [read_rule(r) for r in raw.get("conditions") or ()],
        [read_group(g) for g in raw["conditionGroups"]],
    )


def read_rule(raw: Any) -> Rule:
    """A rule as sent. Raises BadRule."""
    if not isinstance(raw, dict) or not isinstance(raw.get("ruleKey"), str):
        raise BadRule("a rule needs a ruleKey")
    parameters = raw.get("parameters") or {}
    if not isinstance(parameters, dict) or not all(isinstance(v, str) for v in parameters.values()):
        raise BadRule(f"the parameters of {raw['ruleKey']} must be strings")
    return Rule(raw["ruleKey"], dict(parameters), raw.get("id") or new_uuid())
