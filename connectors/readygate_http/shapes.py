"""Reads foreign JSON strictly: what has another shape than it should raises one of BAD_SHAPE.

An answer of a shape that we do not know proves nothing; half of it must not be believed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from readygate.errors import OutcomeUnknown, TrackerUnavailable

BAD_SHAPE = (
    KeyError,
    TypeError,
    ValueError,
    AttributeError,
    IndexError,
    ArithmeticError,  # a number without end
    RecursionError,  # lists in lists without end
)
"""What reading JSON of an unexpected shape raises."""

MOST_PAGES = 10_000
"""What does not end after so many pages does not end."""


@contextmanager
def understood(where: str, error: type[TrackerUnavailable | OutcomeUnknown]) -> Iterator[None]:
    """Read an answer inside: a shape that we do not know is an `error`. `where` is for people."""
    try:
        yield
    except BAD_SHAPE as odd:
        text = f"{where}: its answer has a shape that we do not know."
        raise error(text, detail=f"{type(odd).__name__}: {odd}"[:200]) from odd


def objects(value: Any) -> list[Mapping[str, Any]]:
    """A list of objects. Raises TypeError."""
    if isinstance(value, list) and all(isinstance(one, dict) for one in value):
        return value
    raise TypeError(f"a list of objects was expected, not {type(value).__name__}")


def text(value: Any) -> str:
    """A text. Raises TypeError."""
    if isinstance(value, str):
        return value
    raise TypeError(f"a text was expected, not {type(value).__name__}")


def optional(value: Any) -> str:
    """A text, or "" for null. Raises TypeError."""
    return "" if value is None else text(value)


def ident(value: Any) -> str:
    """An id: a text that is not empty, or a whole number. Raises TypeError."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if isinstance(value, str) and value:
        return value
    raise TypeError(f"an id was expected, not {value!r:.40}")


def moment(value: str) -> datetime:
    """A time in the notation of ISO 8601; one that names no zone is UTC. Raises ValueError."""
    at = datetime.fromisoformat(value)
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def texts_of(
    value: Any, of_object: Callable[[Mapping[str, Any]], Iterable[str]]
) -> tuple[str, ...]:
    """The value of a field as texts that conditions can compare, each once; () for an empty one.

    `of_object` tells what an object says, which is every tracker's own.
    """
    return tuple(dict.fromkeys(one for one in _texts(value, of_object) if one))


def _texts(value: Any, of_object: Callable[[Mapping[str, Any]], Iterable[str]]) -> Iterator[str]:
    match value:
        case bool():
            yield str(value).lower()
        case int() | str():
            yield str(value).strip()
        case float():
            yield str(int(value)) if value.is_integer() else str(value)
        case list():
            for part in value:
                yield from _texts(part, of_object)
        case Mapping():
            yield from of_object(value)
