"""Checking and applying a whole workflow as `POST /workflows/update` takes it.

What is not sent back is dropped: the shape has it so, no text says it, and it is the harsher way.
"""

from dataclasses import dataclass, field
from typing import Any

from readygate_sandbox.jira_cloud import payload as kinds
from readygate_sandbox.jira_cloud.building import ensure_status
from readygate_sandbox.jira_cloud.model import (
    CategoryKey,
    ConditionGroup,
    Issue,
    Rule,
    Status,
    Transition,
    Workflow,
)
from readygate_sandbox.jira_cloud.store import Store, new_uuid
from readygate_sandbox.jira_cloud.workflow import CONDITIONS, VALIDATORS
from readygate_sandbox.jira_cloud.workflow_json import BadRule, read_group, read_rule
from readygate_sandbox.web import Json

CATEGORY_IN: dict[str, CategoryKey] = {
    "TODO": "new",
    "IN_PROGRESS": "indeterminate",
    "DONE": "done",
}
_TRANSITION: dict[str, kinds.Kind] = {
    **dict.fromkeys(("id", "name", "type", "toStatusReference", "description"), kinds.text),
    **dict.fromkeys(("links", "validators", "actions"), kinds.many(kinds.item)),
    **dict.fromkeys(("conditions", "properties", "transitionScreen"), kinds.item),
}
KINDS = frozenset({"INITIAL", "GLOBAL", "DIRECTED"})


@dataclass(frozen=True, slots=True)
class Problem:
    """A `WorkflowValidationError`."""

    code: str
    kind: str
    message: str
    element: dict[str, str] = field(default_factory=dict)

    def shape(self) -> dict[str, Any]:
        """As the API tells it."""
        told: dict[str, Any] = {
            "code": self.code,
            "level": "ERROR",
            "message": self.message,
            "type": self.kind,
        }
        if self.element:
            told["elementReference"] = self.element
        return told


@dataclass(slots=True)
class Draft:
    """One workflow as it would be; references are ids, or names of statuses to be made."""

    workflow: Workflow
    statuses: list[str]
    transitions: list[Transition]
    layouts: dict[str, dict[str, float]]
    description: str


def version_matches(workflow: Workflow, raw: Json) -> bool:
    """Whether the sent version is the one in force; if not, somebody was faster: 409."""
    return isinstance(raw, dict) and (raw.get("id"), raw.get("versionNumber")) == (
        workflow.version_id,
        workflow.version,
    )


def read_draft(
    store: Store, workflow: Workflow, raw: dict[str, Any], known: dict[str, str]
) -> tuple[Draft, list[Problem]]:
    """Read one workflow of a request. `known` maps status references to status ids; references of
    statuses to be made map to themselves."""
    problems: list[Problem] = []
    statuses, layouts = [], {}
    for entry in raw.get("statuses") or ():
        reference = known.get(str(entry.get("statusReference")))
        if reference is None:
            problems.append(_unknown_status(entry.get("statusReference")))
            continue
        statuses.append(reference)
        if isinstance(entry.get("layout"), dict):
            layouts[reference] = entry["layout"]
    transitions = []
    for entry in raw.get("transitions") or ():
        transition, wrong = _read_transition(workflow, entry, known)
        problems += wrong
        if transition is not None:
            transitions.append(transition)
    problems += _whole(transitions, statuses)
    problems += _abandoned(store, workflow, statuses)
    draft = Draft(workflow, statuses, transitions, layouts, raw.get("description") or "")
    return draft, problems


def _unknown_status(reference: Json) -> Problem:
    return Problem(
        "STATUS_REFERENCE_NOT_FOUND", "STATUS", f"The status reference {reference} does not exist."
    )


def _read_transition(
    workflow: Workflow, raw: dict[str, Any], known: dict[str, str]
) -> tuple[Transition | None, list[Problem]]:
    raw = kinds.shaped(raw, _TRANSITION)
    number = str(raw.get("id") or "")
    at = {"transitionId": number} if number else {}
    kind, target = raw.get("type"), known.get(str(raw.get("toStatusReference")))
    if kind not in KINDS:
        return None, [Problem("INVALID_TYPE", "TRANSITION", "The type is not known.", at)]
    if target is None:
        return None, [_unknown_status(raw.get("toStatusReference"))]
    if not raw.get("name"):
        return None, [Problem("NAME_MISSING", "TRANSITION", "A transition needs a name.", at)]
    sources = [known.get(str(link.get("fromStatusReference"))) for link in raw.get("links") or ()]
    if None in sources or (kind == "DIRECTED") is not bool(sources):
        return None, [Problem("INVALID_LINKS", "TRANSITION", "The links are not valid.", at)]
    try:
        conditions = read_group(raw.get("conditions"))
        validators = [read_rule(r) for r in raw.get("validators") or ()]
        actions = [read_rule(r) for r in raw.get("actions") or ()]
    except BadRule as error:
        return None, [Problem("INVALID_RULE", "RULE", str(error), at)]
    before = next((t for t in workflow.transitions if t.id == number), None)
    transition = Transition(
        number,
        str(raw["name"]),
        kind,
        target,
        tuple(s for s in sources if s is not None),
        conditions=conditions,
        validators=validators,
        actions=actions,
        screen=before.screen if before and raw.get("transitionScreen") else (),
        required=before.required if before and raw.get("transitionScreen") else (),
        description=raw.get("description") or "",
        extras=raw.get("properties") or {},
    )
    return transition, _unknown_rules(conditions, validators, at)


def _unknown_rules(
    group: ConditionGroup, validators: list[Rule], at: dict[str, str]
) -> list[Problem]:
    unknown = [r.key for r in _all_conditions(group) if r.key not in CONDITIONS]
    unknown += [r.key for r in validators if r.key not in VALIDATORS]
    return [
        Problem("RULE_NOT_FOUND", "RULE", f"The rule {key} does not exist.", at) for key in unknown
    ]


def _all_conditions(group: ConditionGroup) -> list[Rule]:
    return [*group.conditions, *(r for inner in group.groups for r in _all_conditions(inner))]


def _whole(transitions: list[Transition], statuses: list[str]) -> list[Problem]:
    problems = []
    if sum(t.kind == "INITIAL" for t in transitions) != 1:
        text = "A workflow needs exactly one initial transition."
        problems.append(Problem("INITIAL_TRANSITION", "WORKFLOW", text))
    ids = [t.id for t in transitions if t.id]
    if len(ids) != len(set(ids)):
        problems.append(Problem("DUPLICATE_ID", "TRANSITION", "Transition ids must be unique."))
    for transition in transitions:
        outside = {transition.to, *transition.sources} - set(statuses)
        if outside:
            text = f"The transition '{transition.name}' uses a status that the workflow lacks."
            problems.append(Problem("STATUS_NOT_IN_WORKFLOW", "TRANSITION", text))
    return problems


def _abandoned(store: Store, workflow: Workflow, statuses: list[str]) -> list[Problem]:
    """Statuses with issues in them need a mapping, which the sandbox does not do."""
    leaving = set(workflow.statuses) - set(statuses)
    if not leaving:
        return []
    stuck = {i.status for i in store.issues.values() if _governs(store, workflow, i)} & leaving
    return [
        Problem(
            "STATUS_MAPPING_REQUIRED",
            "STATUS_MAPPING",
            f"Work items in the status '{store.statuses[s].name}' need a mapping.",
            {"statusReference": s},
        )
        for s in sorted(stuck)
    ]


def _governs(store: Store, workflow: Workflow, issue: Issue) -> bool:
    return store.projects[issue.project].workflows.get(issue.type) == workflow.id


def make_statuses(store: Store, raw: Json, known: dict[str, str]) -> list[Status]:
    """Make the statuses of a request that are new, and point their references at them."""
    made = []
    for entry in raw or ():
        if not entry.get("id"):
            status = ensure_status(store, entry["name"], CATEGORY_IN[entry["statusCategory"]])
            known[str(entry["statusReference"])] = status.id
            made.append(status)
    return made


def apply_draft(store: Store, draft: Draft, known: dict[str, str]) -> None:
    """Put a checked draft in force under a new version."""
    workflow = draft.workflow
    taken = max((int(t.id) for t in draft.transitions if t.id.isdigit()), default=1)
    for transition in draft.transitions:
        if not transition.id:
            taken += 10
            transition.id = str(taken)
        transition.to = known.get(transition.to, transition.to)
        transition.sources = tuple(known.get(s, s) for s in transition.sources)
    workflow.statuses = [known.get(s, s) for s in draft.statuses]
    workflow.transitions = draft.transitions
    workflow.layouts = {known.get(s, s): layout for s, layout in draft.layouts.items()}
    workflow.description = draft.description
    workflow.version += 1
    workflow.version_id = new_uuid()
    workflow.updated = store.clock.now_ms()
    store.schema_changed()
