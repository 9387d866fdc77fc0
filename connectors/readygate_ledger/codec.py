"""The shape of values in the ledger: JSON that outlives the classes it was made from.

Fields that have their default are left out: documents stay small, and a field added later finds
its default in old ones. Times are ISO 8601 in UTC with microseconds, so that texts sort as times.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import is_dataclass
from datetime import UTC, date, datetime
from typing import Any, TypeVar

from cattrs import Converter
from cattrs.gen import make_dict_unstructure_fn
from cattrs.strategies import configure_tagged_union

from readygate.action import Action, Outcome, Span, TrackerAction
from readygate.memory import DealMemory
from readygate.ports import Binding, PipelineState

V = TypeVar("V", DealMemory, Binding, PipelineState)

KIND = "kind"
"""The key that tells the members of a union apart."""

UNREADABLE = (ValueError, KeyError, TypeError, AttributeError)
"""What decoding raises on something that was not encoded here."""


def time_text(at: datetime) -> str:
    """Write an aware time; a naive one is a bug and raises ValueError."""
    if at.tzinfo is None:
        raise ValueError(f"a time without a time zone: {at.isoformat()}")
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def read_time(text: str) -> datetime:
    """Read what `time_text` wrote."""
    return datetime.fromisoformat(text)


def encode(value: DealMemory | Binding | PipelineState) -> str:
    """Write a value as JSON."""
    return json_text(_CONVERTER.unstructure(value))


def decode(text: str, kind: type[V]) -> V:
    """Read what `encode` wrote; raises one of UNREADABLE where it cannot."""
    return _CONVERTER.structure(read_json(text), kind)


def encode_action(action: TrackerAction) -> str:
    """Write the action of an intent."""
    return json_text(_CONVERTER.unstructure(action, unstructure_as=TrackerAction))


def decode_action(text: str) -> TrackerAction:
    """Read the action of an intent; raises one of UNREADABLE where it cannot."""
    kind: Any = TrackerAction
    action: TrackerAction = _CONVERTER.structure(read_json(text), kind)
    return action


def encode_outcome(outcome: Outcome) -> str:
    """Write an outcome without its action, which stands beside it."""
    document = _CONVERTER.unstructure(outcome)
    del document["action"]
    return json_text(document)


def json_text(document: object) -> str:
    """Write JSON in as few bytes as the text allows."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair, as trackers that cut texts send
        return json.dumps(document, separators=(",", ":"))
    return text


def read_json(text: str) -> Mapping[str, Any]:
    """Read a JSON object; raises one of UNREADABLE where it is none."""
    document = json.loads(text)
    if not isinstance(document, dict):
        raise TypeError(f"not an object but {type(document).__name__}")
    return document


def storable(text: str) -> str:
    """A text as a column can hold it: half a surrogate pair becomes a question mark."""
    return text.encode(errors="replace").decode()


def _build() -> Converter:
    converter = Converter(detailed_validation=False)
    converter.register_unstructure_hook(datetime, time_text)
    converter.register_structure_hook(datetime, lambda text, _: read_time(text))
    converter.register_unstructure_hook(date, date.isoformat)
    converter.register_structure_hook(date, lambda text, _: date.fromisoformat(text))
    converter.register_unstructure_hook_factory(
        lambda kind: isinstance(kind, type) and is_dataclass(kind),
        lambda kind: make_dict_unstructure_fn(kind, converter, _cattrs_omit_if_default=True),
    )
    for union in (Span, TrackerAction, Action):
        configure_tagged_union(
            union, converter, tag_generator=lambda kind: kind.__name__.lower(), tag_name=KIND
        )
    return converter


_CONVERTER = _build()
