"""What an installation leaves in the project for the runs after it: a project property.

Runs of an account without an admin's rights cannot read workflows; a project property they can.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from readygate_jira.place import GuardRecord
from readygate_jira.site import Site

RECORD_PROPERTY = "readygate.guard"


def read_record(site: Site, project: str, deal_type: str) -> GuardRecord | None:
    """The record of one type; None where nothing was installed. One request."""
    known = _records(site, project).get(deal_type)
    return GuardRecord.from_json(known) if isinstance(known, Mapping) else None


def record_in(project: Mapping[str, Any], deal_type: str) -> GuardRecord:
    """The record in a project that was asked for with this property; an empty one without it."""
    kept = (project.get("properties") or {}).get(RECORD_PROPERTY) or {}
    known = (kept.get("types") or {}).get(deal_type) if isinstance(kept, Mapping) else None
    return GuardRecord.from_json(known if isinstance(known, Mapping) else {})


def write_record(site: Site, project: str, deal_type: str, record: GuardRecord | None) -> None:
    """Keep a record, or forget it; those of other types stay."""
    doing = "writing down what guard is installed"
    types = dict(_records(site, project))
    path = f"/project/{project}/properties/{RECORD_PROPERTY}"
    if record is not None:
        types[deal_type] = asdict(record)
    elif types.pop(deal_type, None) is None:
        return
    if types:
        value = {"v": 1, "types": types}
        site.change("PUT", path, name="guard record", doing=doing, json=value)
    else:
        site.change("DELETE", path, name="guard record", doing=doing, allow=(404,))


def _records(site: Site, project: str) -> Mapping[str, Any]:
    doing = "reading what guard is installed"
    path = f"/project/{project}/properties/{RECORD_PROPERTY}"
    answer = site.ask("GET", path, name="guard record", doing=doing, allow=(404,))
    if answer.status == 404:
        return {}
    with site.understanding(doing):
        types: Mapping[str, Any] = answer.body["value"]["types"]
        return types
