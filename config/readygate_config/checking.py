"""Validates a table against its shape and tells what is wrong in our own words.

What was wrong is replaced by a stand-in, so that one slip does not hide the next.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from readygate.errors import Place, Problem
from readygate_config.fields import OURS, UNREADABLE
from readygate_config.nodes import (
    Listing,
    Node,
    Path,
    Scalar,
    Table,
    find,
    place_of,
    place_of_key,
    plain,
    scalars,
)
from readygate_config.shape import Shape
from readygate_config.shown import found, shown, suggestion

S = TypeVar("S", bound=Shape)
_ROUNDS = 4
_LISTS = frozenset({"list_type"})
_NOTHING = "Write a value after the colon, or remove the key."
_YES_NO = {"yes": "true", "y": "true", "on": "true", "no": "false", "n": "false", "off": "false"}


class Checker:
    """Collects the problems of shape of one document."""

    def __init__(self, root: Node) -> None:
        self.root = root
        self.problems: list[Problem] = []

    def tell(self, path: Path, message: str, hint: str = "", *, key: bool = False) -> None:
        """Add a problem, unless it is about a value that is a secret: that was told already."""
        node = find(self.root, path)
        if isinstance(node, Scalar) and node.secret:
            return
        place = place_of_key(self.root, path) if key else place_of(self.root, path)
        self.problems.append(Problem(path, message, hint, place=place))

    def place(self, path: Path) -> Place:
        """Where a path points: a defined name by its key, anything else by its value."""
        if len(path) == 2:
            return place_of_key(self.root, path)
        return place_of(self.root, path)

    def table(self, path: Path, example: str = "") -> Table | None:
        """The table at a path; anything else there is a problem."""
        node = find(self.root, path)
        if isinstance(node, Table):
            return node
        self.tell(path, *_not_a_table(plain(node) if node else None, example))
        return None

    def check(self, shape: type[S], path: Path) -> S | None:
        """Validate the table at a path. None if nothing of it can be used."""
        node = self.table(path, shape.example)
        if node is None:
            return None
        data = plain(node)
        told: set[tuple[tuple[str | int, ...], str]] = set()
        for _ in range(_ROUNDS):
            try:
                return shape.model_validate(data)
            except ValidationError as error:
                errors = error.errors(include_url=False)
            for details in errors:
                at = (details["loc"], details["type"])
                if at not in told:
                    told.add(at)
                    self._translate(shape, path, details)
            for details in errors:
                _mend(shape, data, details)
        return None

    def tell_empty(self) -> None:
        """Tell of every key with nothing after it that nothing else was told about."""
        told = {problem.path for problem in self.problems}
        for path, node in scalars(self.root):
            if node.value is None and path not in told and not str(path[0]).startswith("x-"):
                self.tell(path, "expected a value, found nothing", _NOTHING)

    def _translate(self, shape: type[Shape], path: Path, details: ErrorDetails) -> None:
        where = (*path, *details["loc"])
        kind = details["type"]
        if kind == "missing":
            self._missing(shape, path, details["loc"])
        elif kind == "extra_forbidden":
            key = str(details["loc"][-1])
            known = _keys(_shape_at(shape, details["loc"][:-1]))
            if isinstance(find(self.root, where), Scalar | Listing | Table):
                self.tell(
                    where, f"there is no setting {shown(key)}", suggestion(key, known), key=True
                )
        else:
            message, hint = self._wrong_value(shape, where, details)
            self.tell(where, message, hint)

    def _missing(self, shape: type[Shape], path: Path, loc: tuple[int | str, ...]) -> None:
        inner = _shape_at(shape, loc[:-1])
        key = str(loc[-1])
        field = next(f for name, f in inner.model_fields.items() if (f.alias or name) == key)
        value = field.examples[0] if field.examples else "…"
        hint = f"Add `{key}: {value}`. {field.description}"
        self.tell((*path, *loc[:-1]), f"{shown(key)} is missing", hint)

    def _wrong_value(
        self, shape: type[Shape], where: Path, details: ErrorDetails
    ) -> tuple[str, str]:
        given, context = details["input"], details.get("ctx", {})
        kind = details["type"]
        if kind == OURS:
            return str(context["message"]), str(context["hint"])
        expected = _EXPECTED.get(kind)
        if expected == "a table":
            return _not_a_table(given, _shape_at(shape, details["loc"]).example)
        if expected:
            return f"expected {expected}, found {found(given)}", self._hint(where, kind, given)
        told = _LIMITS.get(kind)
        if told:
            return told(given, context)
        if kind == "literal_error":
            field = _shape_at(shape, details["loc"][:-1])
            allowed = _choices(field, str(details["loc"][-1]))
            return f"{found(given)} is not allowed here", suggestion(str(given), allowed)
        return f"{found(given)} is not allowed here", ""

    def _hint(self, where: Path, kind: str, given: object) -> str:
        if given is None:
            return _NOTHING
        node = find(self.root, where)
        source = node.source if isinstance(node, Scalar) else ""
        if kind == "string_type" and isinstance(given, bool | int | float):
            return f'Put it in quotes: "{source}".'
        if kind == "string_type":
            return "Write one text."
        if kind == "bool_type" and isinstance(given, str):
            meant = _YES_NO.get(given.casefold())
            if meant:
                return f"In YAML 1.2 {given} is a text: write {meant}."
            return "Write true or false, without quotes."
        if kind == "int_type":
            return "Write digits, without quotes or units."
        if kind in _LISTS:
            return f"Put it in brackets: [{source}]." if source else "Write it as [one, two]."
        return ""


def _not_a_table(given: object, example: str) -> tuple[str, str]:
    hint = f"For example: {example}" if example else "Write its keys under it, indented."
    return f"expected a table of keys and values, found {found(given)}", hint


_EXPECTED = {
    "string_type": "a text",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "list_type": "a list",
    "dict_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
}

_Told = Callable[[Any, Mapping[str, Any]], tuple[str, str]]
_LIMITS: Mapping[str, _Told] = {
    "string_too_short": lambda _given, _context: ("this must not be empty", "Write a text."),
    "too_short": lambda _given, _context: ("the list is empty", "Write at least one entry."),
    "string_too_long": lambda given, context: (
        f"this is too long: {len(given)} characters",
        f"At most {context['max_length']} are allowed.",
    ),
    "greater_than": lambda given, context: (
        f"{given} is too small",
        f"Write a number greater than {context['gt']}.",
    ),
    "greater_than_equal": lambda given, context: (
        f"{given} is too small",
        f"The smallest number allowed is {context['ge']}.",
    ),
    "less_than_equal": lambda given, context: (
        f"{given} is too large",
        f"The largest number allowed is {context['le']}.",
    ),
}


def _keys(shape: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in shape.model_fields.items()]


def _shape_at(shape: type[Shape], loc: Sequence[int | str]) -> type[Shape]:
    """The shape of the table that a place inside of a shape holds."""
    for part in loc:
        if isinstance(part, int):
            continue
        for name, field in shape.model_fields.items():
            inner = _inner(field.annotation)
            if (field.alias or name) == part and inner:
                shape = inner
    return shape


def _inner(annotation: object) -> type[Shape] | None:
    if isinstance(annotation, type) and issubclass(annotation, Shape):
        return annotation
    return next((found for part in get_args(annotation) if (found := _inner(part))), None)


def _choices(shape: type[Shape], key: str) -> list[str]:
    field = shape.model_fields.get(key)
    return [str(choice) for choice in get_args(field.annotation)] if field else []


def _mend(shape: type[Shape], data: dict[str, Any], details: ErrorDetails) -> None:
    """Take out what was wrong, so that the rest passes; keep what was clearly meant."""
    loc = details["loc"]
    if not loc:
        return
    key = str(loc[0])
    indexes = [part for part in loc[1:] if isinstance(part, int)]
    if details["type"] in _LISTS and len(loc) == 1 and isinstance(data.get(key), str):
        data[key] = [data[key]]
    elif indexes and isinstance(data.get(key), list):
        data[key][indexes[0]] = deepcopy(shape.elements.get(key, UNREADABLE))
    elif key in shape.stand_ins:
        data[key] = deepcopy(shape.stand_ins[key])
    else:
        data.pop(key, None)
