"""What formulas compute with: texts, numbers, booleans, moments, lists, and None for blank."""

import math
from dataclasses import dataclass
from typing import Any

from readygate_sandbox.airtable.model import iso, parse_moment


class FormulaError(Exception):
    """`#ERROR!`: what a formula shows instead of a value. A record for which a filter says this is
    left out."""


@dataclass(frozen=True, slots=True, order=True)
class Moment:
    """A point in time; `day` for dates without a time."""

    ms: int
    day: bool = False


Value = Any
"""str, int, float, bool, Moment, a list of these, or None."""


def truthy(value: Value) -> bool:
    """Everything but 0, false, "", NaN, [] and blank (the rule of filterByFormula)."""
    if isinstance(value, float) and math.isnan(value):
        return False
    return value not in (None, False, 0, "", [])


def text(value: Value) -> str:
    """A value as `&` writes it."""
    match value:
        case None:
            return ""
        case bool():
            return "1" if value else "0"
        case str():
            return value
        case int():
            return str(value)
        case float():
            return str(int(value)) if value.is_integer() else repr(value)
        case Moment():
            return iso(value.ms)[:10] if value.day else iso(value.ms)
        case list():
            return ", ".join(text(v) for v in value)
        case _:
            return str(value)


def number(value: Value) -> float | int:
    """A value as arithmetic takes it; blank is 0. Raises FormulaError."""
    match value:
        case None:
            return 0
        case bool():
            return int(value)
        case int() | float():
            return value
        case str():
            try:
                return float(value)
            except ValueError:
                raise FormulaError from None
        case [one]:
            return number(one)
        case _:
            raise FormulaError


def moment(value: Value) -> Moment:
    """A value as date functions take it: a date, or an ISO text. Raises FormulaError for others,
    blank included."""
    if isinstance(value, Moment):
        return value
    if isinstance(value, list) and len(value) == 1:
        return moment(value[0])
    at = parse_moment(value) if isinstance(value, str) else None
    if at is None:
        raise FormulaError
    return Moment(at)


def same(left: Value, right: Value) -> bool:
    """`=`: blank equals "", 0 and false; texts are compared exactly."""
    if left is None or right is None:
        other = right if left is None else left
        return other in (None, "", 0, False, [])
    if isinstance(left, list) or isinstance(right, list):
        return text(left) == text(right)
    if isinstance(left, str) is not isinstance(right, str):
        return False
    if isinstance(left, Moment) is not isinstance(right, Moment):
        return False
    if isinstance(left, Moment):
        return bool(left.ms == right.ms)
    return bool(left == right)


def order(left: Value, right: Value) -> int:
    """-1, 0 or 1 as `<` and `>` see it. Raises FormulaError for what has no order."""
    if isinstance(left, Moment) and isinstance(right, Moment):
        return (left.ms > right.ms) - (left.ms < right.ms)
    if isinstance(left, Moment) or isinstance(right, Moment):
        raise FormulaError
    if isinstance(left, str) and isinstance(right, str):
        return (left > right) - (left < right)
    a, b = number(left), number(right)
    return (a > b) - (a < b)


def shown(value: Value, type_: str = "") -> Any:
    """A computed value as the API shows it."""
    match value:
        case Moment():
            return iso(value.ms)[:10] if value.day else iso(value.ms)
        case list():
            return [shown(v) for v in value]
        case float() if value.is_integer():
            return int(value)
        case float() if math.isnan(value) or math.isinf(value):
            return {"specialValue": "NaN"}
        case bool() if type_ == "formula":
            return int(value)
        case _:
            return value
