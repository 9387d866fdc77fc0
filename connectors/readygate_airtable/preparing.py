"""Creates in a base what a pipeline needs, and says in plain words what only people can make.

Nothing that is there is ever changed: what is missing is created, what has the wrong type is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from readygate.errors import ConfigError, OutcomeUnknown, Problem, TrackerUnavailable
from readygate.pipeline import Guard, Pipeline
from readygate.ports import Conditions, Preparation
from readygate.suggesting import nearest
from readygate_airtable.base import Base
from readygate_airtable.names import CHECKLIST_TYPES, TEXT, Thing, label, match
from readygate_airtable.refusals import SCHEMA
from readygate_airtable.schema import SELECT, Field, Table, read_schema

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

_ID = re.compile(r"(?:tbl|fld)[A-Za-z0-9]{14}")

_DEAL_TYPES: Mapping[str, Sequence[str]] = {
    "stage_field": (SELECT,),
    "requested_field": (SELECT,),
    "missing_field": TEXT,
}

_PRIMARY = "Name"
"""What a table of deals that we make calls its deals by."""


@dataclass(frozen=True, slots=True)
class _Step:
    """One thing to create: `what` for people, the request, and what could have been meant."""

    what: str
    path: str
    body: dict[str, Any]
    meant: str = ""

    @property
    def shown(self) -> str:
        """What is shown before anybody consents."""
        if not self.meant:
            return self.what
        return f"{self.what} (or did you mean {self.meant!r}? Then write that into the config)"


class Preparing:
    """Looks at one base for some pipelines. Reads the schema anew each time it is asked.

    `conditions`: see `Preparable`.
    """

    def __init__(self, base: Base, pipelines: Sequence[Pipeline], conditions: Conditions) -> None:
        self._base = base
        self._pipelines = pipelines
        self._conditions = conditions

    def look(self) -> Preparation:
        """What would be created, and what has to be done by hand."""
        tables = read_schema(self._base)
        self._refuse_ids(tables)
        creates: dict[str, None] = {}
        by_hand: dict[str, None] = {}
        for pipeline in self._pipelines:
            creates |= dict.fromkeys(step.shown for step in self._steps(pipeline, tables))
            by_hand |= dict.fromkeys(_by_hand(pipeline, tables))
        return Preparation(tuple(creates), tuple(by_hand))

    def create(self) -> Iterator[str]:
        """Create what is missing, one request each. The schema is read again for each pipeline, and
        after the table of deals was made: links are made to its id."""
        for pipeline in self._pipelines:
            tables = read_schema(self._base)
            self._refuse_ids(tables)
            if _find(pipeline.place["table"], tables) is None:
                step = _deals_table(pipeline, tables)
                self._do(step)
                yield step.what
                tables = read_schema(self._base)
            for step in self._steps(pipeline, tables):
                self._do(step)
                yield step.what

    def _refuse_ids(self, tables: Sequence[Table]) -> None:
        """What the config names by an id cannot be created: ids are Airtable's to give."""
        there = {table.ref for table in tables}
        there.update(field.ref for table in tables for field in table.fields)
        problems = [
            Problem(
                ("pipelines", pipeline.key, *place.split(".")),
                f"the base has nothing with the id {name}",
                "Write the name that it has or shall have.",
            )
            for pipeline in self._pipelines
            for place, name in pipeline.place.items()
            if _ID.fullmatch(name) and name not in there
        ]
        if problems:
            raise ConfigError(problems)

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

    def _steps(self, pipeline: Pipeline, tables: Sequence[Table]) -> Iterator[_Step]:
        deals = _find(pipeline.place["table"], tables)
        if deals is None:
            yield _deals_table(pipeline, tables)
            stage = Field("", pipeline.place["stage_field"], SELECT)
            deals = Table("", pipeline.place["table"], "", (stage,))  # as it will be
        yield from _deal_fields(pipeline, deals, self._conditions.get(pipeline.key, {}))
        yield from _checklist(pipeline, deals, tables)


def _deals_table(pipeline: Pipeline, tables: Sequence[Table]) -> _Step:
    name, stage = pipeline.place["table"], pipeline.place["stage_field"]
    body = {
        "name": name,
        "fields": [{"name": _PRIMARY, "type": "singleLineText"}, _stage_field(pipeline)],
    }
    text = f"the table {name!r} with the fields {_PRIMARY!r} and {stage!r}, and its choices"
    text += f" {_listed(one.name for one in pipeline.stages)}"
    return _Step(text, "/tables", body, nearest(name, (one.name for one in tables)))


def _deal_fields(
    pipeline: Pipeline, deals: Table, conditions: Mapping[str, Sequence[str]]
) -> Iterator[_Step]:
    place = pipeline.place
    missing, requested = place.get("missing_field", ""), place.get("requested_field", "")
    wanted = [_stage_field(pipeline)]
    wanted += [_select(name, values) for name, values in conditions.items()]
    if requested:
        about = "The stage that people ask for; Readygate moves the deal."
        names = [one.name for one in pipeline.stages]
        wanted.append(_select(requested, names) | {"description": about})
    if missing:
        about = "What the next stage waits for; kept by Readygate."
        wanted.append({"name": missing, "type": "multilineText", "description": about})
    for body in wanted:
        name = body["name"]
        if _has(deals, name):
            continue
        text = f"the field {name!r} in the table {deals.name!r}"
        if body["type"] == SELECT:
            text += (
                f" with the choices {_listed(one['name'] for one in body['options']['choices'])}"
            )
        near = nearest(name, (one.name for one in deals.fields))
        yield _Step(text, f"/tables/{deals.ref}/fields", body, near)


def _checklist(pipeline: Pipeline, deals: Table, tables: Sequence[Table]) -> Iterator[_Step]:
    place = pipeline.place
    name = place["checklist.table"]
    items = _find(name, tables)
    fields = {key: place.get(f"checklist.{key}", "") for key in CHECKLIST_TYPES}
    wanted = [(key, named) for key, named in fields.items() if named]
    if items is None:
        order = {"title": 0, "key": 1, "deal": 2}  # the first is what people call a row by
        wanted.sort(key=lambda pair: order.get(pair[0], 3))
        body = {
            "name": name,
            "description": "What has to be handed over before a deal moves on.",
            "fields": [_field(key, named, deals) for key, named in wanted],
        }
        listed = _listed(named for _, named in wanted)
        near = nearest(name, (one.name for one in tables))
        yield _Step(f"the table {name!r} with the fields {listed}", "/tables", body, near)
        return
    for key, named in wanted:
        if not _has(items, named):
            text = f"the field {named!r} in the table {name!r}"
            body = _field(key, named, deals)
            near = nearest(named, (one.name for one in items.fields))
            yield _Step(text, f"/tables/{items.ref}/fields", body, near)


def _by_hand(pipeline: Pipeline, tables: Sequence[Table]) -> Iterator[str]:
    place = pipeline.place
    deals, items = place["table"], place["checklist.table"]
    stage = place["stage_field"]
    table = _find(deals, tables)
    yield from _to_be_changed(table, {key: place.get(key, "") for key in _DEAL_TYPES}, _DEAL_TYPES)
    rows = {key: place.get(f"checklist.{key}", "") for key in CHECKLIST_TYPES}
    yield from _to_be_changed(_find(items, tables), rows, CHECKLIST_TYPES)
    for name in filter(None, (stage, place.get("requested_field", ""))):
        field = table and _field_of(table, name)
        have = set(field.choices.values()) if field and field.type == SELECT else None
        lacking = [one.name for one in pipeline.stages if have is not None and one.name not in have]
        if lacking:
            yield (
                f"Choices of {name!r}: in {deals!r} click the arrow beside {name!r}, “Edit field”,"
                f" “Add option”: {_listed(lacking)}."
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


def _to_be_changed(
    table: Table | None, names: Mapping[str, str], types: Mapping[str, Sequence[str]]
) -> Iterator[str]:
    """Fields that are there with a type that does not do: the API cannot change it."""
    for key, name in names.items():
        field = _field_of(table, name) if table and name else None
        if table and field and field.type not in types[key]:
            wanted = " or ".join(label(one) for one in types[key])
            yield (
                f"The type of {name!r}: in {table.name!r} click the arrow beside {name!r}, “Edit"
                f" field”, and choose {wanted} instead of {label(field.type)}; or name another"
                " field in the config."
            )


def _field(key: str, name: str, deals: Table) -> dict[str, Any]:
    if key == "deal":
        options = {"linkedTableId": deals.ref}
        return {"name": name, "type": "multipleRecordLinks", "options": options}
    return {"name": name, **_TYPES[key]}


def _stage_field(pipeline: Pipeline) -> dict[str, Any]:
    return _select(pipeline.place["stage_field"], [one.name for one in pipeline.stages])


def _select(name: str, choices: Iterable[str]) -> dict[str, Any]:
    return {"name": name, "type": SELECT, "options": {"choices": [{"name": c} for c in choices]}}


def _listed(names: Iterable[str]) -> str:
    return ", ".join(repr(name) for name in names)


def _has(table: Table, name: str) -> bool:
    return _field_of(table, name) is not None


def _field_of(table: Table, name: str) -> Field | None:
    return _find(name, table.fields)


def _find(name: str, offered: Sequence[Thing]) -> Thing | None:
    """What a run would take for it, or else the first of those that it could not tell apart."""
    wanted = name.casefold().strip()
    alike = (one for one in offered if one.name.casefold().strip() == wanted)
    return match(name, offered) or next(alike, None)
