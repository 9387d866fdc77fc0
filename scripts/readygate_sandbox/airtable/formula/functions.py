"""The functions of formulas that need only their arguments."""

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, ROUND_UP, Decimal
from urllib.parse import quote

from readygate_sandbox.airtable.formula import dates
from readygate_sandbox.airtable.formula.values import (
    FormulaError,
    Moment,
    Value,
    moment,
    number,
    text,
    truthy,
)


@dataclass(frozen=True, slots=True)
class Function:
    """A function with the fewest and the most arguments it takes (None: any number)."""

    run: Callable[..., Value]
    least: int = 0
    most: int | None = None


def _flat(values: tuple[Value, ...]) -> Iterator[Value]:
    for value in values:
        if isinstance(value, list):
            yield from _flat(tuple(value))
        else:
            yield value


def _numbers(values: tuple[Value, ...]) -> list[float | int]:
    return [number(v) for v in _flat(values) if v is not None and not isinstance(v, str | Moment)]


# -- texts -------------------------------------------------------------------------------------


def _find(what: Value, where: Value, start: Value = None) -> int:
    begin = max(int(number(start)) - 1, 0) if start is not None else 0
    return text(where).find(text(what), begin) + 1


def _search(what: Value, where: Value, start: Value = None) -> int | None:
    begin = max(int(number(start)) - 1, 0) if start is not None else 0
    return (text(where).lower().find(text(what).lower(), begin) + 1) or None


def _count(value: Value) -> int:
    count = int(number(value))
    if count < 0:
        raise FormulaError
    return count


def _right(value: Value, count: Value = 1) -> str:
    size = _count(count)
    return text(value)[-size:] if size else ""


def _mid(value: Value, start: Value, count: Value) -> str:
    begin = max(int(number(start)) - 1, 0)
    return text(value)[begin : begin + _count(count)]


def _substitute(value: Value, old: Value, new: Value, which: Value = None) -> str:
    whole, gone, put = text(value), text(old), text(new)
    if not gone:
        return whole
    if which is None:
        return whole.replace(gone, put)
    parts = whole.split(gone)
    place = int(number(which))
    if not 1 <= place < len(parts):
        return whole
    return gone.join(parts[:place]) + put + gone.join(parts[place:])


def _replace(value: Value, start: Value, count: Value, new: Value) -> str:
    whole, begin = text(value), max(int(number(start)) - 1, 0)
    return whole[:begin] + text(new) + whole[begin + _count(count) :]


def _value(value: Value) -> float | int:
    found = re.search(r"-?\d+(?:\.\d+)?", text(value).replace(",", ""))
    if found is None:
        raise FormulaError
    return float(found[0]) if "." in found[0] else int(found[0])


def _pattern(pattern: Value) -> re.Pattern[str]:
    try:
        return re.compile(text(pattern))
    except re.error:
        raise FormulaError from None


def _extract(value: Value, pattern: Value) -> str:
    found = _pattern(pattern).search(text(value))
    if found is None:
        raise FormulaError
    return found[0]


def _regex_replace(value: Value, pattern: Value, new: Value) -> str:
    put = re.sub(r"\$(\d)", r"\\\1", text(new))
    return _pattern(pattern).sub(put, text(value))


# -- lists and numbers -------------------------------------------------------------------------


def _list(value: Value) -> list[Value]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _unique(value: Value) -> list[Value]:
    kept: list[Value] = []
    for one in _flat(tuple(_list(value))):
        if one not in kept:
            kept.append(one)
    return kept


def _rounded(how: str) -> Callable[..., Value]:
    def run(value: Value, places: Value = 0) -> Value:
        step = Decimal(1).scaleb(-int(number(places)))
        return float(Decimal(repr(float(number(value)))).quantize(step, rounding=how))

    return run


def _stepped(how: Callable[[float], int]) -> Callable[..., Value]:
    def run(value: Value, step: Value = 1) -> Value:
        size = number(step)
        if not size:
            raise FormulaError
        return how(number(value) / size) * size

    return run


def _mod(left: Value, right: Value) -> Value:
    divisor = number(right)
    if not divisor:
        raise FormulaError
    return number(left) % divisor


def _power(left: Value, right: Value) -> Value:
    try:
        return math.pow(number(left), number(right))
    except (OverflowError, ValueError):
        raise FormulaError from None


def _root(value: Value) -> float:
    if number(value) < 0:
        raise FormulaError
    return math.sqrt(number(value))


def _average(*values: Value) -> float:
    found = _numbers(values)
    if not found:
        raise FormulaError
    return sum(found) / len(found)


def _error(*_: Value) -> Value:
    raise FormulaError


FUNCTIONS: dict[str, Function] = {
    # Errors in an argument are errors of the whole: AND and OR look at every one of them.
    "AND": Function(lambda *v: all(truthy(x) for x in _flat(v)), 1),
    "OR": Function(lambda *v: any(truthy(x) for x in _flat(v)), 1),
    "XOR": Function(lambda *v: sum(truthy(x) for x in _flat(v)) % 2 == 1, 1),
    "NOT": Function(lambda v: not truthy(v), 1, 1),
    "TRUE": Function(lambda: True, 0, 0),
    "FALSE": Function(lambda: False, 0, 0),
    "BLANK": Function(lambda: None, 0, 0),
    "ERROR": Function(_error, 0, 1),
    "IS_BEFORE": Function(dates.is_before, 2, 2),
    "IS_AFTER": Function(dates.is_after, 2, 2),
    "IS_SAME": Function(dates.is_same, 2, 3),
    "DATETIME_PARSE": Function(dates.parse_date, 1, 3),
    "DATETIME_FORMAT": Function(dates.format_date, 1, 2),
    "DATETIME_DIFF": Function(dates.difference, 2, 3),
    "DATEADD": Function(dates.add, 3, 3),
    "DATESTR": Function(lambda v: dates.format_date(v, "YYYY-MM-DD"), 1, 1),
    "TIMESTR": Function(lambda v: dates.format_date(v, "HH:mm:ss"), 1, 1),
    "YEAR": Function(lambda v: dates.when(moment(v)).year, 1, 1),
    "MONTH": Function(lambda v: dates.when(moment(v)).month, 1, 1),
    "DAY": Function(lambda v: dates.when(moment(v)).day, 1, 1),
    "HOUR": Function(lambda v: dates.when(moment(v)).hour, 1, 1),
    "MINUTE": Function(lambda v: dates.when(moment(v)).minute, 1, 1),
    "SECOND": Function(lambda v: dates.when(moment(v)).second, 1, 1),
    "WEEKDAY": Function(lambda v: dates.when(moment(v)).isoweekday() % 7, 1, 1),
    "FIND": Function(_find, 2, 3),
    "SEARCH": Function(_search, 2, 3),
    "LOWER": Function(lambda v: text(v).lower(), 1, 1),
    "UPPER": Function(lambda v: text(v).upper(), 1, 1),
    "TRIM": Function(lambda v: text(v).strip(), 1, 1),
    "LEN": Function(lambda v: len(text(v)), 1, 1),
    "LEFT": Function(lambda v, n=1: text(v)[: _count(n)], 1, 2),
    "RIGHT": Function(_right, 1, 2),
    "MID": Function(_mid, 3, 3),
    "T": Function(lambda v: v if isinstance(v, str) else None, 1, 1),
    "REPT": Function(lambda v, n: text(v) * min(_count(n), 10_000), 2, 2),
    "CONCATENATE": Function(lambda *v: "".join(text(x) for x in v), 1),
    "SUBSTITUTE": Function(_substitute, 3, 4),
    "REPLACE": Function(_replace, 4, 4),
    "VALUE": Function(_value, 1, 1),
    "ENCODE_URL_COMPONENT": Function(lambda v: quote(text(v), safe="!'()*-._~"), 1, 1),
    "REGEX_MATCH": Function(lambda v, p: _pattern(p).search(text(v)) is not None, 2, 2),
    "REGEX_EXTRACT": Function(_extract, 2, 2),
    "REGEX_REPLACE": Function(_regex_replace, 3, 3),
    "ARRAYJOIN": Function(lambda v, s=", ": text(s).join(text(x) for x in _list(v)), 1, 2),
    "ARRAYUNIQUE": Function(_unique, 1, 1),
    "ARRAYCOMPACT": Function(lambda v: [x for x in _list(v) if x not in (None, "")], 1, 1),
    "ARRAYFLATTEN": Function(lambda v: list(_flat(tuple(_list(v)))), 1, 1),
    "COUNT": Function(lambda *v: len(_numbers(v)), 1),
    "COUNTA": Function(lambda *v: sum(x not in (None, "") for x in _flat(v)), 1),
    "COUNTALL": Function(lambda *v: len(list(_flat(v))), 1),
    "SUM": Function(lambda *v: sum(_numbers(v)), 1),
    "AVERAGE": Function(_average, 1),
    "MIN": Function(lambda *v: min(_numbers(v), default=0), 1),
    "MAX": Function(lambda *v: max(_numbers(v), default=0), 1),
    "ABS": Function(lambda v: abs(number(v)), 1, 1),
    "INT": Function(lambda v: math.floor(number(v)), 1, 1),
    "ROUND": Function(_rounded(ROUND_HALF_UP), 1, 2),
    "ROUNDUP": Function(_rounded(ROUND_UP), 1, 2),
    "ROUNDDOWN": Function(_rounded(ROUND_DOWN), 1, 2),
    "CEILING": Function(_stepped(math.ceil), 1, 2),
    "FLOOR": Function(_stepped(math.floor), 1, 2),
    "MOD": Function(_mod, 2, 2),
    "POWER": Function(_power, 2, 2),
    "SQRT": Function(_root, 1, 1),
}
