"""Field values as clients send them: read, checked, and put into an issue with their history.

Texts of refusals are those that Jira answers, where one was recorded.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from readygate_sandbox.jira_cloud import adf
from readygate_sandbox.jira_cloud.model import (
    Adf,
    Change,
    CustomField,
    Issue,
    Named,
    Project,
    Right,
    User,
)
from readygate_sandbox.jira_cloud.rights import may
from readygate_sandbox.jira_cloud.store import Store
from readygate_sandbox.web import Json

MAX_SUMMARY = 255
MAX_TEXT = 32767


class FieldProblem(ValueError):
    """One field cannot take its value; the text goes into `errors`."""


@dataclass(frozen=True, slots=True)
class FieldContext:
    """Who writes, where, and in which API version."""

    store: Store
    project: Project
    user: User
    version: int


Values = dict[str, Any]
"""Field id -> stored value: option ids, account ids, ADF, tuples of labels."""

EDITABLE_SYSTEM = (
    "summary", "description", "environment", "assignee", "reporter", "priority", "labels",
    "duedate", "parent",
)  # fmt: skip
TRANSITION_ONLY = ("resolution",)
CREATE_ONLY = ("project", "issuetype")


def off_screen(name: str) -> str:
    """What a field that the screen lacks is told."""
    return f"Field '{name}' cannot be set. It is not on the appropriate screen, or unknown."


def known_fields(store: Store, *, transition: bool = False) -> set[str]:
    """Ids of the fields that may be sent for an issue."""
    return {*EDITABLE_SYSTEM, *store.fields, *(TRANSITION_ONLY if transition else ())}


def read_fields(
    context: FieldContext,
    payload: Json,
    *,
    allowed: set[str],
    current: Issue | None = None,
) -> tuple[Values, dict[str, str]]:
    """Read `fields` and `update` of a payload. Returns (values, problems per field)."""
    values: Values = {}
    problems: dict[str, str] = {}
    sent: dict[str, Any] = payload.get("fields") or {}
    updates: dict[str, Any] = payload.get("update") or {}
    for name, raw in sent.items():
        if name in CREATE_ONLY or (name == "parent" and raw is None):
            continue
        if name in updates:
            problems[name] = f"Field '{name}' cannot appear in both 'fields' and 'update'"
        elif name not in allowed:
            problems[name] = off_screen(name)
        else:
            try:
                values[name] = _read(context, name, raw)
            except FieldProblem as problem:
                problems[name] = str(problem)
    for name, operations in updates.items():
        if name in {"comment", "worklog", "issuelinks"} or name in sent:
            continue
        if name not in allowed:
            problems[name] = off_screen(name)
        else:
            try:
                values[name] = _operate(context, name, operations, current)
            except FieldProblem as problem:
                problems[name] = str(problem)
    return values, problems


def _operate(context: FieldContext, name: str, operations: Json, current: Issue | None) -> Any:
    """Apply `[{"set": v}]`, and `add`/`remove` on fields of many values."""
    if not isinstance(operations, list):
        raise FieldProblem("data was not an array")
    value = _stored(current, name) if current else None
    many = name == "labels" or (
        (f := context.store.fields.get(name)) is not None and f.kind in {"multiselect", "labels"}
    )
    for operation in operations:
        if not isinstance(operation, dict) or len(operation) != 1:
            raise FieldProblem("data was not an object with one operation")
        ((verb, raw),) = operation.items()
        if verb == "set":
            value = _read(context, name, raw)
        elif verb in {"add", "remove"} and many:
            (one,) = _read(context, name, [raw])
            kept = tuple(v for v in (value or ()) if v != one)
            value = (*kept, one) if verb == "add" else kept
        else:
            raise FieldProblem(f"Field '{name}' does not support operation '{verb}' for field type")
    return value


def _stored(issue: Issue, name: str) -> Any:
    if name.startswith("customfield_"):
        return issue.custom.get(name)
    if name == "duedate":
        return issue.due
    return getattr(issue, name)


def _read(context: FieldContext, name: str, raw: Json) -> Any:
    custom = context.store.fields.get(name)
    if custom is not None:
        return _read_custom(context, custom, raw)
    return _READERS[name](context, raw)


# -- system fields -----------------------------------------------------------------------------


def _summary(_: FieldContext, raw: Json) -> str:
    if raw is None or raw == "":
        raise FieldProblem("You must specify a summary of the issue.")
    if not isinstance(raw, str):
        raise FieldProblem("Operation value must be a string")
    if not raw.strip():
        raise FieldProblem("You must specify a summary of the issue.")
    if "\n" in raw or "\r" in raw:
        raise FieldProblem("The summary is invalid because it contains newline characters.")
    if len(raw) > MAX_SUMMARY:
        raise FieldProblem(f"Summary must be less than {MAX_SUMMARY} characters.")
    return raw.strip()


def rich_text(version: int, raw: Json) -> Adf | None:
    """ADF in v3, a string in v2; anything else is a problem."""
    if raw is None or (raw == "" and version == 2):
        return None
    if version == 2:
        if not isinstance(raw, str):
            raise FieldProblem("Operation value must be a string")
        if len(raw) > MAX_TEXT:
            raise FieldProblem(
                "The entered text is too long. It exceeds the allowed limit of 32,767 characters."
            )
        return adf.from_text(raw)
    if not adf.is_document(raw):
        raise FieldProblem(
            "Operation value must be an Atlassian Document (see the Atlassian Document Format)"
        )
    if len(adf.words(raw)) > MAX_TEXT:
        raise FieldProblem("CONTENT_LIMIT_EXCEEDED")
    document: Adf = raw
    return document


def _rich(context: FieldContext, raw: Json) -> Adf | None:
    return rich_text(context.version, raw)


def _person(context: FieldContext, raw: Json) -> str | None:
    if raw is None:
        return None
    if not isinstance(raw, dict):
        raise FieldProblem("data was not an object")
    account = raw.get("accountId", raw.get("id"))
    if account is None and ("id" in raw or "accountId" in raw):
        return None
    if account in ("", "-1"):
        return None
    if not isinstance(account, str):
        raise FieldProblem("expected 'id' property to be present")
    user = context.store.users.get(account)
    if user is None or not user.active:
        raise FieldProblem(f"User '{account}' does not exist.")
    return user.account_id


def _assignee(context: FieldContext, raw: Json) -> str | None:
    account = _person(context, raw)
    if account is not None:
        user = context.store.users[account]
        if not may(user, Right.ASSIGNABLE, context.project):
            raise FieldProblem(f"User '{account}' cannot be assigned issues.")
        if not may(context.user, Right.ASSIGN, context.project):
            raise FieldProblem("You do not have permission to assign issues.")
    return account


def _reporter(context: FieldContext, raw: Json) -> str | None:
    account = _person(context, raw)
    if account is None:
        raise FieldProblem("Reporter is required.")
    if account != context.user.account_id and not may(
        context.user, Right.MODIFY_REPORTER, context.project
    ):
        raise FieldProblem(off_screen("reporter"))
    return account


def _one_of(things: list[Named], raw: Json, what: str) -> str:
    if not isinstance(raw, dict):
        raise FieldProblem("data was not an object")
    found = next(
        (
            t
            for t in things
            if t.id == str(raw.get("id")) or ("id" not in raw and t.name == raw.get("name"))
        ),
        None,
    )
    if found is None:
        raise FieldProblem(f"The {what} selected is invalid.")
    return found.id


def _priority(context: FieldContext, raw: Json) -> str | None:
    return None if raw is None else _one_of(context.store.priorities, raw, "priority")


def _resolution(context: FieldContext, raw: Json) -> str | None:
    return None if raw is None else _one_of(context.store.resolutions, raw, "resolution")


def _labels(_: FieldContext, raw: Json) -> tuple[str, ...]:
    if raw is None:
        return ()
    if not isinstance(raw, list) or not all(isinstance(label, str) for label in raw):
        raise FieldProblem(
            "string expected at index 0" if isinstance(raw, list) else "data was not an array"
        )
    for label in raw:
        if not label or re.search(r"\s", label):
            raise FieldProblem(f"The label '{label}' contains spaces which is invalid.")
        if len(label) > MAX_SUMMARY:
            raise FieldProblem(
                f"The label '{label}' exceeds the maximum length for single label of "
                f"{MAX_SUMMARY} characters."
            )
    return tuple(sorted(set(raw)))


def _date(_: FieldContext, raw: Json) -> str | None:
    if raw is None or raw == "":
        return None
    if not isinstance(raw, str):
        raise FieldProblem("Operation value must be a string")
    try:
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", raw):
            raise ValueError  # noqa: TRY301 - one place says it
        return date.fromisoformat(raw).isoformat()
    except ValueError:
        raise FieldProblem(f"Error parsing date string: {raw}") from None


def _parent(context: FieldContext, raw: Json) -> int:
    ref = (raw.get("id") or raw.get("key")) if isinstance(raw, dict) else None
    if ref is None:
        raise FieldProblem("data was not an object")
    parent = context.store.issue(ref)
    if parent is None:
        raise FieldProblem("Could not find issue by id or key.")
    return parent.id


_READERS: dict[str, Callable[[FieldContext, Json], Any]] = {
    "summary": _summary,
    "description": _rich,
    "environment": _rich,
    "assignee": _assignee,
    "reporter": _reporter,
    "priority": _priority,
    "resolution": _resolution,
    "labels": _labels,
    "duedate": _date,
    "parent": _parent,
}


# -- custom fields -----------------------------------------------------------------------------


def _option(custom: CustomField, raw: Json) -> str:
    if isinstance(raw, dict):
        for option in custom.options:
            if option.id == str(raw.get("id")) or (
                "id" not in raw and option.name == raw.get("value")
            ):
                return option.id
        if "id" in raw:
            raise FieldProblem(f"Option id '{raw['id']}' is not valid")
        if "value" in raw:
            raise FieldProblem(f"Option value '{raw['value']}' is not valid")
    raise FieldProblem(f"Specify a valid 'id' or 'name' for {custom.name}")


def _read_custom(context: FieldContext, custom: CustomField, raw: Json) -> Any:
    return None if raw is None else _CUSTOM_READERS[custom.kind](context, custom, raw)


def _number(_: FieldContext, __: CustomField, raw: Json) -> float:
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        raise FieldProblem("Operation value must be a number")
    return float(raw)


def _short_text(_: FieldContext, __: CustomField, raw: Json) -> str | None:
    if not isinstance(raw, str):
        raise FieldProblem("Operation value must be a string")
    if len(raw) > MAX_SUMMARY:
        raise FieldProblem(
            f"The entered text is too long. It exceeds the allowed limit of {MAX_SUMMARY} "
            "characters."
        )
    return raw or None


def _options(_: FieldContext, custom: CustomField, raw: Json) -> tuple[str, ...] | None:
    if not isinstance(raw, list):
        raise FieldProblem("data was not an array")
    chosen = {_option(custom, one) for one in raw}
    return tuple(o.id for o in custom.options if o.id in chosen) or None


def _moment(_: FieldContext, __: CustomField, raw: Json) -> str:
    if not isinstance(raw, str) or not re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d", raw):
        raise FieldProblem(f"Error parsing time: {raw}")
    return raw


_CUSTOM_READERS: dict[str, Callable[[FieldContext, CustomField, Json], Any]] = {
    "number": _number,
    "text": _short_text,
    "textarea": lambda context, _, raw: rich_text(context.version, raw),
    "select": lambda _, custom, raw: _option(custom, raw),
    "multiselect": _options,
    "labels": lambda context, _, raw: _labels(context, raw) or None,
    "user": lambda context, _, raw: _person(context, raw),
    "date": lambda context, _, raw: _date(context, raw),
    "datetime": _moment,
}


# -- putting values into issues ----------------------------------------------------------------


@dataclass(slots=True)
class Edits:
    """What an edit did: history items, in the order of the fields."""

    items: list[Change] = field(default_factory=list)


def put_values(store: Store, issue: Issue, values: Values) -> list[Change]:
    """Set every value on the issue and return the changes that history keeps. The caller has
    told the store already that the issue changes."""
    changes = []
    for name, value in values.items():
        change = _put(store, issue, name, value)
        if change is not None:
            changes.append(change)
    return changes


def differs(issue: Issue, values: Values) -> bool:
    """Whether any value would change the issue."""
    return any(_stored(issue, name) != value for name, value in values.items())


def _put(store: Store, issue: Issue, name: str, value: Any) -> Change | None:
    old = _stored(issue, name)
    if old == value:
        return None
    custom = store.fields.get(name)
    if custom is not None:
        issue.custom = {**issue.custom, name: value}
        old_id, old_text = _shown_custom(store, custom, old)
        new_id, new_text = _shown_custom(store, custom, value)
        return Change(custom.name, name, old_id, old_text, new_id, new_text, custom=True)
    setattr(issue, "due" if name == "duedate" else name, value)
    old_id, old_text = _shown(store, name, old)
    new_id, new_text = _shown(store, name, value)
    return Change(name, name, old_id, old_text, new_id, new_text)


def _shown(store: Store, name: str, value: Any) -> tuple[str | None, str | None]:
    """(id, text) of a system value, as history shows it."""
    if value is None:
        return None, None
    match name:
        case "assignee" | "reporter":
            return value, store.users[value].name
        case "priority":
            return value, next((p.name for p in store.priorities if p.id == value), None)
        case "resolution":
            return value, next((r.name for r in store.resolutions if r.id == value), None)
        case "labels":
            return None, " ".join(value)
        case "duedate":
            return value, f"{value} 00:00:00.0"
        case "parent":
            return str(value), store.issues[value].key if value in store.issues else None
        case "description" | "environment":
            return None, adf.to_text(value)
        case _:
            return None, str(value)


def _shown_custom(store: Store, custom: CustomField, value: Any) -> tuple[str | None, str | None]:
    if value is None:
        return None, None
    match custom.kind:
        case "select":
            return value, next((o.name for o in custom.options if o.id == value), None)
        case "multiselect":
            names = [o.name for o in custom.options if o.id in value]
            return f"[{', '.join(value)}]", ",".join(names)
        case "user":
            return value, store.users[value].name
        case "textarea":
            return None, adf.to_text(value)
        case "labels":
            return None, " ".join(value)
        case "number":
            return None, f"{value:g}"
        case _:
            return value, value
