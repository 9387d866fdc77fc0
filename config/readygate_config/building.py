"""Builds the values of the core out of checked shapes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from readygate.contract import Condition, ContractBook, Item, Person, Process
from readygate.errors import Place
from readygate.pipeline import Guard, Limits, Midway, Pipeline, Stage
from readygate_config.fields import UNREADABLE, is_readable
from readygate_config.shape import (
    AirtablePipeline,
    ItemShape,
    JiraPipeline,
    PersonShape,
    PipelineShape,
    ProcessShape,
    TrackerShape,
    WaivingShape,
)
from readygate_config.values import TrackerConfig

_STAMP = "1"
"""Changes when the same config begins to mean something else."""


def person(key: str, shape: PersonShape) -> Person:
    """A person with the accounts that are known."""
    named = {"jira": shape.jira, "airtable": shape.airtable, **(shape.model_extra or {})}
    accounts = {kind: account for kind, account in named.items() if account}
    return Person(key, shape.name, shape.email or "", accounts)


def item(key: str, shape: ItemShape) -> Item:
    """An item."""
    when = Condition(shape.when.field, tuple(shape.when.values)) if shape.when else None
    return Item(
        key,
        shape.title,
        help=shape.help,
        required=shape.required,
        external=shape.external,
        when=when,
        due_days=shape.due.days if shape.due else None,
        formerly=tuple(name for name in shape.formerly if is_readable(name)),
    )


def process(
    key: str, shape: ProcessShape, owner: str, inputs: Iterable[str], outputs: Iterable[str]
) -> Process:
    """A process, with the names that were resolved."""
    return Process(key, shape.title, owner, tuple(inputs), tuple(outputs))


def pipeline(
    key: str, shape: PipelineShape, tracker: str, processes: Iterable[str], language: str
) -> Pipeline:
    """A pipeline; `processes` are the resolved names, one per stage ("" for an exit stage)."""
    stages = tuple(
        Stage(
            one.stage if is_readable(one.stage) else f"{UNREADABLE}{index}",
            name,
            exit=one.exit or not name,
        )
        for index, (one, name) in enumerate(zip(shape.stages, processes, strict=True))
    )
    waived = shape.waived_as if isinstance(shape, WaivingShape) else []
    return Pipeline(
        key,
        tracker,
        stages,
        guard=_guard(shape),
        limits=Limits(shape.limits.returns, shape.limits.opens),
        due_days=shape.due.days if shape.due else None,
        adopt_within=shape.adopt.updated_within if shape.adopt else None,
        created_midway=Midway(shape.created_midway),
        waived_as=tuple(waived),
        language=language,
        place=_place(shape),
        tells_missing=isinstance(shape, AirtablePipeline) and shape.missing_field is not None,
    )


def _guard(shape: PipelineShape) -> Guard:
    if isinstance(shape, JiraPipeline) and shape.guard == "native":
        return Guard.BY_FIELD if shape.by == "field" else Guard.BY_SUBTASKS
    return Guard(shape.guard)


def _place(shape: PipelineShape) -> dict[str, str]:
    """What only the connector understands. `checklist.table` and the like are joined by a dot."""
    match shape:
        case JiraPipeline():
            own: dict[str, Any] = {
                "project": shape.project,
                "issue_type": shape.issue_type,
                "subtask_type": shape.subtask_type,
            }
        case AirtablePipeline():
            own = {
                "table": shape.table,
                "stage_field": shape.stage_field,
                "requested_field": shape.requested_field,
                "missing_field": shape.missing_field,
                "checklist": shape.checklist.model_dump(),
            }
        case _:
            own = shape.model_extra or {}
    return flat(own)


def tracker(key: str, shape: TrackerShape, place: Place) -> TrackerConfig:
    """A tracker with its settings as texts."""
    return TrackerConfig(key, shape.kind, flat(shape.model_dump(exclude={"kind"})), place)


def flat(settings: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    """Settings as texts: `true` and `false`, numbers in digits, nested keys joined by dots."""
    found: dict[str, str] = {}
    for key, value in settings.items():
        match value:
            case None:
                continue
            case bool():
                found[prefix + key] = "true" if value else "false"
            case dict():
                found |= flat(value, f"{prefix}{key}.")
            case _:
                found[prefix + key] = str(value)
    return found


def stamp(
    book: ContractBook, pipelines: Iterable[Pipeline], trackers: Iterable[TrackerConfig]
) -> str:
    """A digest of everything that planning depends on; the order of definitions does not count."""
    parts = [
        _STAMP,
        {key: asdict(one) for key, one in book.people.items()},
        {key: asdict(one) for key, one in book.items.items()},
        {key: asdict(one) for key, one in book.processes.items()},
        {one.key: asdict(one) for one in pipelines},
        {one.key: [one.kind, one.options.get("url"), one.options.get("base")] for one in trackers},
    ]
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
