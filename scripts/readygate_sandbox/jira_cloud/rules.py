"""What every write checks before and leaves behind: sight, rights, properties, history."""

import json
from collections.abc import Iterable
from typing import Any

from readygate_sandbox.jira_cloud.errors import bad_request, invalid_payload, no_issue, refusal
from readygate_sandbox.jira_cloud.model import Change, History, Issue, Right
from readygate_sandbox.jira_cloud.rights import may, sees
from readygate_sandbox.jira_cloud.store import Store
from readygate_sandbox.jira_cloud.workflow import Actor
from readygate_sandbox.web import Json

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


def check_payload(payload: Json) -> dict[str, Any]:
    """An `IssueUpdateDetails` whose parts have the right kinds, or the 400."""
    if not isinstance(payload, dict):
        raise invalid_payload()
    for name in ("fields", "update", "transition", "historyMetadata"):
        if not isinstance(payload.get(name), dict | None):
            raise invalid_payload()
    for operations in (payload.get("update") or {}).values():
        if not isinstance(operations, list) or not all(isinstance(o, dict) for o in operations):
            raise invalid_payload()
    checked: dict[str, Any] = payload
    return checked


def read_properties(raw: Json) -> dict[str, Any]:
    """`properties` of a payload: `[{"key", "value"}]`. Raises the 400."""
    if raw is None:
        return {}
    if not isinstance(raw, list):
        raise invalid_payload()
    found: dict[str, Any] = {}
    for entry in raw:
        if not isinstance(entry, dict) or not isinstance(entry.get("key"), str):
            raise invalid_payload()
        check_property(entry["key"], entry.get("value"))
        found[entry["key"]] = entry.get("value")
    return found


def check_property(key: str, value: Json) -> None:
    """Refuse keys and values over the documented lengths."""
    if not key or len(key) > MAX_PROPERTY_KEY:
        raise bad_request(f"The property key must be at most {MAX_PROPERTY_KEY} characters long.")
    if len(json.dumps(value, ensure_ascii=False)) > MAX_PROPERTY:
        raise bad_request(f"The property value must be at most {MAX_PROPERTY} characters long.")


def remember(
    store: Store,
    issue: Issue,
    actor: Actor,
    at: int,
    items: Iterable[Change],
    *,
    metadata: Json = None,
) -> None:
    """Append one entry to the changelog; no entry for no items."""
    kept = list(items)
    if kept:
        entry = History(str(store.next_id("history")), actor.user.account_id, at, kept)
        entry.metadata = metadata if isinstance(metadata, dict) else None
        issue.history = (*issue.history, entry)
