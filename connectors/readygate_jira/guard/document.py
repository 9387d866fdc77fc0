"""A workflow as the bulk workflow API gives and takes it, and the small changes that we make to it.

Documents are plain JSON and never changed in place. Statuses are told by their ids; Jira's own
references stay inside.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from readygate_jira.translate import Json

CHILD_CONDITION = "system:parent-or-child-blocking-condition"
RESTRICT_CONDITION = "system:restrict-from-all-users"
FIELD_VALIDATOR = "system:validate-field-value"
UPDATE_FIELD = "system:update-field"

LONGEST_NAME = 60
"""Characters of a transition's name: the limit of the older API, the newer one names none."""

_WORKFLOW = (
    "id",
    "description",
    "version",
    "startPointLayout",
    "loopedTransitionContainerLayout",
)
_STATUS_IN_WORKFLOW = ("statusReference", "layout", "properties", "approvalConfiguration")
_STATUS = ("id", "name", "description", "statusCategory", "statusReference")
_TRANSITION = (
    "id",
    "name",
    "description",
    "type",
    "toStatusReference",
    "links",
    "actions",
    "validators",
    "conditions",
    "triggers",
    "properties",
    "transitionScreen",
    "customIssueEventId",
)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: a condition or a validator with its documented key and its parameters."""

    key: str
    parameters: Mapping[str, str]

    @property
    def is_condition(self) -> bool:
        """Whether it decides if the move is offered at all."""
        return self.key in {CHILD_CONDITION, RESTRICT_CONDITION}

    def shape(self) -> dict[str, Any]:
        """As the API takes it."""
        return {"ruleKey": self.key, "parameters": dict(self.parameters)}

    def matches(self, raw: Json) -> bool:
        """Whether a rule as the API gives it is this one; Jira may have added parameters of its
        own, and may list ids in another order."""
        told = raw.get("parameters") or {}
        return raw.get("ruleKey") == self.key and all(
            _alike(told.get(name), value) for name, value in self.parameters.items()
        )


def update_of(field: str, value: str) -> dict[str, Any]:
    """A post-function that writes a text into a field."""
    parameters = {"field": field, "value": value, "mode": "replace"}
    return {"ruleKey": UPDATE_FIELD, "parameters": parameters}


class Workflow:
    """One workflow as it was read. `transitions` may be replaced to make another one."""

    def __init__(self, statuses: Sequence[Json], workflow: Json) -> None:
        self._statuses = statuses
        self._workflow = workflow
        self._ids = {str(one["statusReference"]): str(one["id"]) for one in statuses}
        self._references = {ref: reference for reference, ref in self._ids.items()}
        self._names = {str(one["id"]): str(one["name"]) for one in statuses}
        self.id = str(workflow["id"])
        self.name = str(workflow.get("name", ""))
        self.editable = workflow.get("isEditable") is not False
        self.transitions: tuple[dict[str, Any], ...] = tuple(
            _given(one, _TRANSITION) for one in workflow["transitions"]
        )

    @property
    def members(self) -> tuple[str, ...]:
        """The statuses of the workflow, in its order."""
        return tuple(self._ids[str(one["statusReference"])] for one in self._workflow["statuses"])

    @property
    def raw(self) -> Json:
        """The workflow as Jira gave it, for people to put things right from."""
        return {"statuses": list(self._statuses), "workflows": [self._workflow]}

    def named(self, status: str) -> str:
        """What people call a status."""
        return self._names.get(status, status)

    def reference(self, status: str) -> str:
        """What Jira calls a status inside this document."""
        return self._references[status]

    def target(self, transition: Json) -> str:
        """The status that a transition leads to; "" for one that stays where it is."""
        return self._ids.get(str(transition.get("toStatusReference")), "")

    def sources(self, transition: Json) -> tuple[str, ...]:
        """The statuses that a transition leads from: every one for a global, none for the first."""
        match transition.get("type"):
            case "GLOBAL":
                return self.members
            case "DIRECTED":
                links = transition.get("links") or ()
                found = (self._ids.get(str(link.get("fromStatusReference"))) for link in links)
                return tuple(dict.fromkeys(status for status in found if status))
            case _:
                return ()

    def links(self, statuses: Sequence[str], like: Json) -> list[dict[str, Any]]:
        """Links from these statuses, drawn as those of another transition are where it has them."""
        known = {str(link.get("fromStatusReference")): link for link in like.get("links") or ()}
        references = [self.reference(status) for status in statuses]
        fresh = {"fromPort": 0, "toPort": 0}
        return [
            dict(known.get(reference) or {"fromStatusReference": reference, **fresh})
            for reference in references
        ]

    def with_transitions(self, transitions: Sequence[dict[str, Any]]) -> Workflow:
        """The same workflow with other transitions."""
        made = Workflow(self._statuses, self._workflow)
        made.transitions = tuple(transitions)
        return made

    def payload(self) -> dict[str, Any]:
        """The whole document, as an update takes it: what is not sent back is dropped."""
        workflow = _given(self._workflow, _WORKFLOW)
        workflow["statuses"] = [
            {"properties": {}, **_given(one, _STATUS_IN_WORKFLOW)}
            for one in self._workflow["statuses"]
        ]
        workflow["transitions"] = [deepcopy(one) for one in self.transitions]
        return {
            "statuses": [_given(one, _STATUS) for one in self._statuses],
            "workflows": [workflow],
        }


def _alike(told: Any, value: str) -> bool:
    if told == value or not isinstance(told, str) or "," not in value:
        return bool(told == value)
    return sorted(told.split(",")) == sorted(value.split(","))


def read_workflows(body: Json) -> list[Workflow]:
    """The workflows of an answer."""
    return [Workflow(body["statuses"], one) for one in body["workflows"]]


def _given(raw: Json, keys: Sequence[str]) -> dict[str, Any]:
    return {key: deepcopy(raw[key]) for key in keys if raw.get(key) is not None}


# -- rules -------------------------------------------------------------------------------------


def rules_of(transition: Json) -> Iterator[Json]:
    """Every rule of a transition that can hold a move back."""
    yield from transition.get("validators") or ()
    yield from _conditions(transition.get("conditions"))


def _conditions(group: Json | None) -> Iterator[Json]:
    yield from (group or {}).get("conditions") or ()
    for inner in (group or {}).get("conditionGroups") or ():
        yield from _conditions(inner)


def with_rule(transition: Json, rule: Rule) -> dict[str, Any]:
    """The transition with one more rule that must hold besides all others."""
    changed: dict[str, Any] = dict(deepcopy(dict(transition)))
    if not rule.is_condition:
        changed["validators"] = [*(changed.get("validators") or ()), rule.shape()]
        return changed
    group = changed.get("conditions")
    if not group or not (group.get("conditions") or group.get("conditionGroups")):
        changed["conditions"] = _all([rule.shape()], [])
    elif group.get("operation") == "ALL":
        conditions = [*(group.get("conditions") or ()), rule.shape()]
        changed["conditions"] = _all(conditions, group.get("conditionGroups") or [])
    else:
        changed["conditions"] = _all([rule.shape()], [group])
    return changed


def without_rule(transition: Json, rule: Rule) -> dict[str, Any] | None:
    """The transition without a rule as we wrote it; None where it is not there."""
    changed: dict[str, Any] = dict(deepcopy(dict(transition)))
    if not rule.is_condition:
        rest = _less(changed.get("validators") or (), rule)
        if rest is None:
            return None
        changed["validators"] = rest
        return changed
    group = changed.get("conditions") or {}
    left = _less(group.get("conditions") or (), rule)
    if left is None:
        return None
    inner = group.get("conditionGroups") or []
    if left:
        changed["conditions"] = _all(left, inner)
    elif len(inner) == 1:
        changed["conditions"] = inner[0]  # it was alone before we wrapped it
    elif inner:
        changed["conditions"] = _all([], inner)
    else:
        changed.pop("conditions", None)
    return changed


def _less(rules: Sequence[Json], rule: Rule) -> list[Json] | None:
    for index, one in enumerate(rules):
        if rule.matches(one):
            return [*rules[:index], *rules[index + 1 :]]
    return None


def _all(conditions: Sequence[Json], groups: Sequence[Json]) -> dict[str, Any]:
    return {
        "operation": "ALL",
        "conditions": list(conditions),
        "conditionGroups": list(groups),  # Jira refuses a group without this (JRACLOUD-82794)
    }
