"""What a look saw before a deal was returned, as lines under it in the history."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, tzinfo
from typing import Any

from readygate.memory import ANYBODY
from readygate.ports import Event
from readygate.render.plain import clean

_INDENT = "    "


def look_lines(event: Event, zone: tzinfo) -> Iterator[str]:
    """When it was looked, who had moved the deal, each item and its state, and the decision.

    Nothing for events of another kind, and for what a later version may have written.
    """
    if event.kind != "look":
        return
    try:
        lines = list(_lines(event.data, zone))
    except (KeyError, TypeError, ValueError, AttributeError):
        return
    for line in lines:
        yield f"{_INDENT}{clean(line)}"


def _lines(data: Mapping[str, Any], zone: tzinfo) -> Iterator[str]:
    where = f"in “{data['stage']}”"
    if data["requested"]:
        where += f", asked to be in “{data['requested']}”"
    accepted = f", accepted in “{data['accepted']}”" if data["accepted"] else ""
    yield f"looked at {_second(data['at'], zone)}: {where}{accepted}"
    yield from _moves(data, zone)
    for item in data["seen"]:
        yield _item(item, zone)
    decided = str(data["decided"])
    if data["to"]:
        decided += f" to “{data['to']}”"
    yield f"decided: {decided}, because {data['reason']}"


def _moves(data: Mapping[str, Any], zone: tzinfo) -> Iterator[str]:
    if data["moves"] is None:
        since = f"; first seen there {_second(data['since'], zone)}" if data["since"] else ""
        yield f"who moved it and when, the tracker does not tell{since}"
        return
    for move in data["moves"]:
        by = "Readygate" if move["ours"] else move["by"] or "somebody"
        yield f"moved {_second(move['at'], zone)} from “{move['from']}” to “{move['to']}” by {by}"


def _item(item: Mapping[str, Any], zone: tzinfo) -> str:
    text = f"“{item['title']}”"
    if item["ref"]:
        text += f" ({item['ref']})"
    text += f": {item['why']}"
    if item["since"]:
        text += f" since {_second(item['since'], zone)}"
    if item["waived_by"] and item["waived_by"] != ANYBODY:
        text += f", by {item['waived_by']}"
    text += f", owed by {item['owes']}"
    return text if item["required"] else f"{text}, optional"


def _second(text: str, zone: tzinfo) -> str:
    return f"{datetime.fromisoformat(text).astimezone(zone):%Y-%m-%d %H:%M:%S %Z}".rstrip()
