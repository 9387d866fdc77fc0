"""Turns Airtable's records into the core's values. Foreign shapes are read in one place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from readygate.deal import ChecklistItem, Deal, Mark, parse_item_key
from readygate_airtable.base import Base, Json
from readygate_airtable.place import Place
from readygate_http.shapes import moment, texts_of

LONGEST_LABEL = 255
"""Characters of a record's name by which we call it."""

StageRef = Callable[[str], str]
"""Stage name as a record shows it -> id of the choice."""


def texts(value: Any) -> tuple[str, ...]:
    """A cell as texts that conditions can compare; () for an empty one."""
    return texts_of(value, _object_texts)


def _object_texts(value: Json) -> Iterator[str]:
    match value:
        case {"name": str(name)} | {"email": str(name)} | {"text": str(name)}:
            yield name


def deal_of(record: Json, place: Place, base: Base, stage_ref: StageRef) -> Deal:
    """Read a deal. Airtable does not tell when it changed: `updated` is None."""
    cells = record["fields"]
    ref = str(record["id"])
    stage = str(cells.get(place.stage) or "")
    wanted = str(cells.get(place.requested) or "") if place.requested else ""
    fields = {name: texts(cells.get(field)) for name, field in place.conditions.items()}
    for name, field in place.conditions.items():
        if field in place.flags and not fields[name]:
            fields[name] = ("false",)  # an empty checkbox is left out of the answer
    name = ", ".join(texts(cells.get(place.primary)))
    return Deal(
        ref=ref,
        label=_shortened(name) or ref,
        title=name,
        stage=stage_ref(stage) if stage else "",
        stage_name=stage,
        created=moment(record["createdTime"]),
        updated=None,
        fields={name: values for name, values in fields.items() if values},
        url=base.record_url(place.deals, ref),
        requested=stage_ref(wanted) if wanted else "",
        requested_name=wanted,
    )


def item_of(record: Json, place: Place, base: Base) -> ChecklistItem | None:
    """Read a checklist item; None for a row that carries no key of ours or belongs to no deal."""
    cells = record["fields"]
    key = str(cells.get(place.item("key")) or "").strip()
    links = [str(link) for link in cells.get(place.item("deal")) or ()]
    if not key or not links:
        return None
    meant, _ = parse_item_key(key)
    owner = cells.get(place.item("owner")) if place.item("owner") else None
    owner = owner if isinstance(owner, dict) else {}
    ref = str(record["id"])
    mark = _mark(cells, place)
    retired = cells.get(place.item("retired")) is True
    return ChecklistItem(
        ref=ref,
        deal=meant if meant in links else links[0],
        key=key,
        title=str(cells.get(place.item("title")) or ""),
        mark=Mark.RETIRED if retired else mark,
        updated=None,
        # A retired row keeps its checkbox as it was: the cell itself is the stored mark.
        stored=mark if retired else Mark.OPEN,
        closed=retired or mark is not Mark.OPEN,
        label="",
        assignee=str(owner.get("id") or owner.get("email") or ""),
        assignee_name=str(owner.get("name") or owner.get("email") or ""),
        url=base.record_url(place.items, ref),
    )


def _mark(cells: Json, place: Place) -> Mark:
    waived = place.item("waived")
    if waived and str(cells.get(waived) or "").strip():
        return Mark.WAIVED
    return Mark.TICKED if cells.get(place.item("done")) is True else Mark.OPEN


def row_ids(records: list[Json], place: Place) -> list[str]:
    """The ids of all checklist rows that these deals link, in order, each once."""
    linked = (row for record in records for row in record["fields"].get(place.rows) or ())
    return list(dict.fromkeys(str(row) for row in linked))


def _shortened(name: str) -> str:
    """A name as people call the deal by: the first cell of a record may hold a whole page."""
    return name if len(name) <= LONGEST_LABEL else f"{name[: LONGEST_LABEL - 1]}…"
