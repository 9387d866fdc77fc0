"""Many deals at once, for benchmarks: straight into the store, past the rules."""

from dataclasses import dataclass, field
from typing import Any

from readygate_sandbox.jira_cloud.model import Issue, IssueType, Project
from readygate_sandbox.jira_cloud.store import Store


@dataclass(frozen=True, slots=True)
class Crowd:
    """What to make. `subtasks` are `{"summary", "status", "properties"}`; `{deal_id}`,
    `{deal_key}` and `{n}` inside texts are filled in. `status` names a status of the workflow;
    `spread_seconds` spreads `updated` evenly over the past."""

    deals: int
    project: str = ""
    type: str = ""
    subtask_type: str = ""
    status: str = ""
    summary: str = "Сделка {n}"
    subtasks: list[dict[str, Any]] = field(default_factory=list)
    properties: dict[str, Any] = field(default_factory=dict)
    spread_seconds: float = 0.0
    ending_seconds_ago: float = 0.0


def populate(store: Store, crowd: Crowd) -> list[int]:
    """Make the deals and return their ids. Raises ValueError for unknown names."""
    project = (
        store.project(crowd.project) if crowd.project else next(iter(store.projects.values()), None)
    )
    if project is None:
        raise ValueError(f"there is no project {crowd.project!r}")
    kind = _kind(store, project, crowd.type, subtask=False)
    child = _kind(store, project, crowd.subtask_type, subtask=True) if crowd.subtasks else None
    end = store.clock.now_ms() - int(crowd.ending_seconds_ago * 1000)
    made = []
    for number in range(crowd.deals):
        share = (number + 1) / crowd.deals
        at = end - int(crowd.spread_seconds * 1000 * (1 - share))
        words = {"n": str(number + 1), "deal_id": "", "deal_key": ""}
        deal = _issue(store, project, kind, at=at, status=crowd.status)
        words |= {"deal_id": str(deal.id), "deal_key": deal.key}
        deal.summary = _filled(crowd.summary, words)
        deal.properties = _filled(crowd.properties, words)
        store.add(deal)
        made.append(deal.id)
        for told in crowd.subtasks:
            assert child is not None  # noqa: S101 - made above when there are sub-tasks
            one = _issue(store, project, child, at=at, status=told.get("status", ""))
            one.summary = _filled(told.get("summary", "Пункт"), words)
            one.properties = _filled(told.get("properties", {}), words)
            one.parent = deal.id
            store.add(one)
    return made


def _kind(store: Store, project: Project, name: str, *, subtask: bool) -> IssueType:
    for type_id in project.issue_types:
        kind = store.issue_types[type_id]
        if kind.subtask is subtask and name in {"", kind.name, kind.id}:
            return kind
    raise ValueError(f"project {project.key} has no issue type {name!r}")


def _issue(store: Store, project: Project, kind: IssueType, *, at: int, status: str) -> Issue:
    workflow = store.workflow_for(project, kind.id)
    chosen = next((s for s in workflow.statuses if status in {s, store.statuses[s].name}), None)
    if chosen is None and status:
        raise ValueError(f"workflow {workflow.name} has no status {status!r}")
    priority = store.default_priority()
    issue = Issue(
        id=store.next_id("issue"),
        key=f"{project.key}-{project.next_number}",
        project=project.id,
        type=kind.id,
        status=chosen or workflow.initial.to,
        summary="",
        reporter=project.lead,
        creator=project.lead,
        created=at,
        updated=at,
        status_since=at,
        priority=priority.id if priority else None,
    )
    project.next_number += 1
    return issue


def _filled(value: Any, words: dict[str, str]) -> Any:
    if isinstance(value, str):
        for name, text in words.items():
            value = value.replace("{" + name + "}", text)
        return value
    if isinstance(value, dict):
        return {k: _filled(v, words) for k, v in value.items()}
    return [_filled(v, words) for v in value] if isinstance(value, list) else value
