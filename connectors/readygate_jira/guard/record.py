"""What an installation leaves in the project for the runs after it: a project property.

Runs of an account without an admin's rights cannot read workflows; a project property they can.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from readygate_jira.site import Site

RECORD_PROPERTY = "readygate.guard"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The guard of one issue type in one project, as it was installed.

    `mode` is the guard in the core's words. `statuses_mean` is what the site was found to make of
    the statuses of the child condition: `allow` or `deny`, "" where it was not asked. By id of a
    transition: `backs` hidden ways back and `moves` closed moves to a status. `fields`: gate -> the
    field that says it is open. `requested`: the field in which requests arrive, `asks`: what it
    says -> the status that is meant.
    """

    mode: str = ""
    statuses_mean: str = ""
    backs: Mapping[str, str] = field(default_factory=dict)
    moves: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    requested: str = ""
    asks: Mapping[str, str] = field(default_factory=dict)

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Record:
        """Back from plain JSON; what is missing has its default."""
        texts = {name: str(data.get(name) or "") for name in ("mode", "statuses_mean", "requested")}
        tables = {
            name: {str(key): str(value) for key, value in dict(data.get(name) or {}).items()}
            for name in ("backs", "moves", "fields", "asks")
        }
        return Record(
            mode=texts["mode"],
            statuses_mean=texts["statuses_mean"],
            requested=texts["requested"],
            backs=tables["backs"],
            moves=tables["moves"],
            fields=tables["fields"],
            asks=tables["asks"],
        )


def read_record(site: Site, project: str, deal_type: str) -> Record | None:
    """The record of one type; None where nothing was installed. One request."""
    known = _records(site, project).get(deal_type)
    return Record.from_json(known) if isinstance(known, Mapping) else None


def write_record(site: Site, project: str, deal_type: str, record: Record | None) -> None:
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
