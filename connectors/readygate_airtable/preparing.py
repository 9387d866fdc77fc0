"""Creates in a base what a pipeline needs, and says in plain words what only people can make.

Nothing that is there is ever changed: what is missing is created, what has the wrong type is told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from readygate.errors import OutcomeUnknown, TrackerRejected, TrackerUnavailable
from readygate.pipeline import Guard, Pipeline
from readygate.ports import Preparation
from readygate_airtable.base import Base
from readygate_airtable.names import CHECKLIST_TYPES
from readygate_airtable.refusals import SCHEMA
from readygate_airtable.schema import SELECT, Table, read_schema

_TYPES: Mapping[str, dict[str, Any]] = {
    "title": {"type": "singleLineText"},
    "key": {"type": "singleLineText", "description": "Readygate's own: please leave it alone."},
    "done": {"type": "checkbox", "options": {"icon": "check", "color": "greenBright"}},
    "owner": {"type": "singleCollaborator"},
    "due": {"type": "date", "options": {"dateFormat": {"name": "iso"}}},
    "waived": {
        "type": "singleLineText",
        "description": "Why the owner of the receiving process let this item go.",
    },
    "retired": {
        "type": "checkbox",
        "options": {"icon": "check", "color": "greenBright"},
        "description": "Readygate's own: no longer asked for.",
    },
    "notes": {"type": "multilineText"},
}


@dataclass(frozen=True, slots=True)
class _Step:
    """One thing to create: `what` for people, the request."""

    what: str
    path: str
    body: dict[str, Any]


class Preparing:
    """Looks at one base for some pipelines. Reads the schema anew each time it is asked."""

    def __init__(self, base: Base, pipelines: Sequence[Pipeline]) -> None:
        self._base = base
        self._pipelines = pipelines

    def look(self) -> Preparation:
        """What would be created, and what has to be done by hand."""
        tables = read_schema(self._base)
        creates: dict[str, None] = {}
        by_hand: dict[str, None] = {}
        for pipeline in self._pipelines:
            creates |= dict.fromkeys(step.what for step in self._steps(pipeline, tables))
            by_hand |= dict.fromkeys(_by_hand(pipeline, tables))
        return Preparation(tuple(creates), tuple(by_hand))

    def create(self) -> Iterator[str]:
        """Create what is missing, one request each; the schema is read again per pipeline."""
        for pipeline in self._pipelines:
            for step in self._steps(pipeline, read_schema(self._base)):
                self._do(step)
                yield step.what

    def _do(self, step: _Step) -> None:
        try:
            self._base.change(
                "POST",
                f"/meta/bases/{self._base.ref}{step.path}",
                name="setup",
                doing=f"creating {step.what}",
                json=step.body,
                needs=SCHEMA,
            )
        except OutcomeUnknown as error:
            text = f"The answer was lost while {step.what} was being created."
            raise TrackerUnavailable(
                f"{text} Run `readygate setup` again: it looks first at what is there.",
                detail=error.detail,
            ) from error

    def _steps(self, pipeline: Pipeline, tables: Sequence[Table]) -> list[_Step]:
        place = pipeline.place
        deals = _find(place["table"], tables)
        if deals is None:
            text = f"{self._base.called}: the base has no table {place['table']!r}."
            raise TrackerRejected(
                f"{text} Make the table of deals with its stages first: see docs/airtable.md."
            )
        name = place["checklist.table"]
        items = _find(name, tables)
        fields = {key: place.get(f"checklist.{key}", "") for key in CHECKLIST_TYPES}
        wanted = [(key, named) for key, named in fields.items() if named]
        steps: list[_Step] = []
        if items is None:
            order = {"title": 0, "key": 1, "deal": 2}  # the first is what people call a row by
            wanted.sort(key=lambda pair: order.get(pair[0], 3))
            listed = ", ".join(repr(named) for _, named in wanted)
            body = {
                "name": name,
                "description": "What has to be handed over before a deal moves on.",
                "fields": [_field(key, named, deals) for key, named in wanted],
            }
            steps.append(_Step(f"the table {name!r} with the fields {listed}", "/tables", body))
        else:
            steps += [
                _Step(
                    f"the field {named!r} in the table {name!r}",
                    f"/tables/{items.ref}/fields",
                    _field(key, named, deals),
                )
                for key, named in wanted
                if not _has(items, named)
            ]
        return [*steps, *_deal_fields(pipeline, deals)]


def _deal_fields(pipeline: Pipeline, deals: Table) -> Iterator[_Step]:
    place = pipeline.place
    path = f"/tables/{deals.ref}/fields"
    requested = place.get("requested_field", "")
    if requested and not _has(deals, requested):
        body = {
            "name": requested,
            "type": SELECT,
            "description": "The stage that people ask for; Readygate moves the deal.",
            "options": {"choices": [{"name": stage.name} for stage in pipeline.stages]},
        }
        yield _Step(f"the field {requested!r} in the table {deals.name!r}", path, body)
    missing = place.get("missing_field", "")
    if missing and not _has(deals, missing):
        body = {
            "name": missing,
            "type": "multilineText",
            "description": "What the next stage waits for; kept by Readygate.",
        }
        yield _Step(f"the field {missing!r} in the table {deals.name!r}", path, body)


def _by_hand(pipeline: Pipeline, tables: Sequence[Table]) -> Iterator[str]:
    place = pipeline.place
    deals, items = place["table"], place["checklist.table"]
    stage = place["stage_field"]
    table = _find(deals, tables)
    found = next((one for one in table.fields if one.name == stage), None) if table else None
    if table and found is None:
        names = ", ".join(repr(one.name) for one in pipeline.stages)
        yield (
            f"The stage field: in {deals!r} click “+” at the right end, choose “Single select”,"
            f" name it {stage!r} and add the choices {names}."
        )
    lacking = [
        one.name for one in pipeline.stages if found and one.name not in set(found.choices.values())
    ]
    if found and lacking:
        names = ", ".join(repr(name) for name in lacking)
        yield (
            f"Choices of {stage!r}: in {deals!r} click the arrow beside {stage!r}, “Edit field”,"
            f" “Add option”: {names}."
        )
    if pipeline.guard is Guard.LOCKED:
        yield (
            f"The lock: in {deals!r} click the arrow beside {stage!r}, “Edit field permissions”,"
            " “Specific users”, and choose only Readygate's user (Team plan or above). Do not lock"
            f" {place.get('requested_field', '')!r}."
        )
    done = place["checklist.done"]
    yield (
        f"A view of what is open (optional): in {items!r} click “+ Create…”, “Grid”, then “Filter”:"
        f" {done!r} is unchecked; “Group” by {place['checklist.deal']!r}."
    )
    yield (
        f"A counter on the deal (optional): in {deals!r} click “+”, “Rollup”, choose {items!r}, the"
        f" field {done!r} and “Only include linked records that meet certain conditions”: {done!r}"
        " is unchecked; as formula take COUNTALL(values)."
    )
    yield (
        f"Protection of our own fields (optional, Team plan): in {items!r} click the arrow beside"
        f" {place['checklist.key']!r}, “Edit field permissions”, and choose only Readygate's user."
    )
    yield (
        "Runs between two cron periods (optional): Airtable's automations cannot be made by API and"
        " are not needed; Readygate reads what changed."
    )


def _field(key: str, name: str, deals: Table) -> dict[str, Any]:
    if key == "deal":
        options = {"linkedTableId": deals.ref}
        return {"name": name, "type": "multipleRecordLinks", "options": options}
    return {"name": name, **_TYPES[key]}


def _find(name: str, tables: Sequence[Table]) -> Table | None:
    wanted = name.casefold().strip()
    return next((one for one in tables if one.name.casefold().strip() == wanted), None)


def _has(table: Table, name: str) -> bool:
    wanted = name.casefold().strip()
    return any(one.name.casefold().strip() == wanted for one in table.fields)
