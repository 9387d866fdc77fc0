"""Turns Jira's JSON into the core's values. Foreign shapes are read strictly and in one place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias

from readygate.deal import ChecklistItem, Deal, Mark
from readygate_http.shapes import ident, moment, optional, text, texts_of
from readygate_jira.adf import to_plain
from readygate_jira.place import ITEM_PROPERTY, Place

Json: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Links:
    """Builds addresses for people: always on the site, whatever host the API is called on."""

    site: str

    def issue(self, key: str) -> str:
        """The page of an issue."""
        return f"{self.site}/browse/{key}"

    def comment(self, key: str, comment: str) -> str:
        """The place of a comment on the page of its issue."""
        return f"{self.issue(key)}?focusedCommentId={comment}"


def read_time(value: str | float) -> datetime:
    """Read a time as Jira writes it: `2026-08-24T11:11:52.944+0000` or epoch milliseconds."""
    if isinstance(value, str) and not value.isdigit():
        return moment(value)
    return datetime.fromtimestamp(int(value) / 1000, tz=UTC)


def is_done(status: Json) -> bool:
    """Tell whether a status means done: by its category, never by its name."""
    return bool(status["statusCategory"]["key"] == "done")


def field_texts(value: Any) -> tuple[str, ...]:
    """Give a field's value as texts that conditions can compare; () where it is not set."""
    return texts_of(value, _object_texts)


def _object_texts(value: Json) -> Iterator[str]:
    match value:
        case {"type": "doc"}:
            yield to_plain(value).strip()
        case {"value": own}:
            yield from field_texts(own)
            yield from field_texts(value.get("child"))
        case {"displayName": str(name)} | {"name": str(name)}:
            yield name


def deal_of(issue: Json, place: Place, links: Links) -> Deal | None:
    """Read a deal; None for an issue that is not a deal of this pipeline (any more)."""
    fields = issue["fields"]
    if fields["issuetype"]["id"] != place.deal_type or fields["project"]["id"] != place.project:
        return None
    if is_scratch(issue):
        return None
    status = fields["status"]
    asked, asked_name = place.asked(" ".join(field_texts(fields.get(place.guard.requested))))
    values = ((name, field_texts(fields.get(ref))) for name, ref in place.fields.items())
    return Deal(
        ref=ident(issue["id"]),
        label=text(issue["key"]),
        title=text(fields["summary"]),
        stage=ident(status["id"]),
        stage_name=text(status["name"]),
        created=read_time(fields["created"]),
        updated=read_time(fields["updated"]),
        fields={name: texts for name, texts in values if texts},
        url=links.issue(issue["key"]),
        requested=asked,
        requested_name=asked_name,
        declared=tuple(
            sorted(gate for gate, ref in place.guard.fields.items() if field_texts(fields.get(ref)))
        ),
    )


def is_scratch(issue: Json) -> bool:
    """Whether an issue is a scratch deal of an installation of ours, never a deal."""
    known = (issue.get("properties") or {}).get(ITEM_PROPERTY)
    return isinstance(known, Mapping) and known.get("scratch") is True


def item_of(issue: Json, place: Place, links: Links) -> ChecklistItem | None:
    """Read a checklist item; None for an issue that does not carry our key under a deal."""
    known = (issue.get("properties") or {}).get(ITEM_PROPERTY)
    fields = issue["fields"]
    parent = fields.get("parent")
    if not isinstance(known, Mapping) or not isinstance(known.get("key"), str) or not parent:
        return None
    status, resolution = fields["status"], fields.get("resolution") or {}
    closed = is_done(status)
    mark = place.mark(str(status["id"]), closed=closed, resolution=str(resolution.get("id", "")))
    assignee = fields.get("assignee") or {}
    return ChecklistItem(
        ref=ident(issue["id"]),
        deal=ident(parent["id"]),
        key=known["key"],
        title=text(fields["summary"]),
        mark=Mark.RETIRED if known.get("retired") is True else mark,
        updated=read_time(fields["updated"]),
        stored=_stored(known.get("stored")),
        closed=closed,
        label=text(issue["key"]),
        assignee=optional(assignee.get("accountId")),
        assignee_name=optional(assignee.get("displayName")),
        url=links.issue(issue["key"]),
    )


def _stored(value: Any) -> Mark:
    try:
        return Mark(value)
    except ValueError:
        return Mark.OPEN


def child_ids(issues: Iterable[Json]) -> list[str]:
    """The ids of all subtasks that these issues list, in order, each once."""
    listed = (child["id"] for issue in issues for child in issue["fields"].get("subtasks") or ())
    return list(dict.fromkeys(ident(ref) for ref in listed))
