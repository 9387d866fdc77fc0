"""Date functions of formulas; everything is reckoned in UTC."""

import calendar
import re
from datetime import UTC, datetime

from readygate_sandbox.airtable.formula.values import FormulaError, Moment, Value, moment, number

_UNITS = {
    "milliseconds": 1, "millisecond": 1, "ms": 1,
    "seconds": 1000, "second": 1000, "s": 1000,
    "minutes": 60_000, "minute": 60_000, "m": 60_000,
    "hours": 3_600_000, "hour": 3_600_000, "h": 3_600_000,
    "days": 86_400_000, "day": 86_400_000, "d": 86_400_000,
    "weeks": 604_800_000, "week": 604_800_000, "w": 604_800_000,
}  # fmt: skip
_MONTHS = {"months": 1, "month": 1, "M": 1, "quarters": 3, "quarter": 3, "Q": 3, "years": 12,
           "year": 12, "y": 12}  # fmt: skip
_TOKENS = re.compile(
    r"YYYY|YY|MMMM|MMM|MM|M|DD|D|HH|H|hh|h|mm|m|ss|s|SSS|A|a|X|x|dddd|ddd|\[[^\]]*\]"
)
_PARTS = {"YYYY": r"(?P<Y>\d{4})", "MM": r"(?P<M>\d{2})", "M": r"(?P<M>\d{1,2})",
          "DD": r"(?P<D>\d{2})", "D": r"(?P<D>\d{1,2})", "HH": r"(?P<H>\d{2})",
          "H": r"(?P<H>\d{1,2})", "mm": r"(?P<m>\d{2})", "m": r"(?P<m>\d{1,2})",
          "ss": r"(?P<s>\d{2})", "SSS": r"(?P<f>\d{3})"}  # fmt: skip


def when(at: Moment) -> datetime:
    """A moment as a datetime in UTC."""
    return datetime.fromtimestamp(at.ms / 1000, tz=UTC)


def of(at: datetime, *, day: bool = False) -> Moment:
    """A datetime as a moment."""
    return Moment(round(at.timestamp() * 1000), day)


def parse_date(value: Value, form: Value = None, locale: Value = None) -> Moment:
    """DATETIME_PARSE: ISO texts, or those of a format. What cannot be read is an error."""
    del locale
    if not isinstance(value, str) or form is None:
        return moment(value)
    pattern = "".join(
        _PARTS.get(part, re.escape(part))
        for part in re.split(r"(YYYY|MM|DD|HH|mm|ss|SSS|M|D|H|m)", str(form))
    )
    found = re.fullmatch(pattern, value.strip())
    if found is None:
        raise FormulaError
    told = {k: int(v) for k, v in found.groupdict().items()}
    try:
        return of(
            datetime(
                told.get("Y", 1970), told.get("M", 1), told.get("D", 1), told.get("H", 0),
                told.get("m", 0), told.get("s", 0), told.get("f", 0) * 1000, tzinfo=UTC,
            )
        )  # fmt: skip
    except ValueError:
        raise FormulaError from None


def format_date(value: Value, form: Value = None) -> str:
    """DATETIME_FORMAT with the tokens of moment.js that are in common use."""
    at = when(moment(value))
    if form is None:
        return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    words = {
        "YYYY": f"{at:%Y}", "YY": f"{at:%y}", "MMMM": calendar.month_name[at.month],
        "MMM": calendar.month_abbr[at.month], "MM": f"{at:%m}", "M": str(at.month),
        "DD": f"{at:%d}", "D": str(at.day), "HH": f"{at:%H}", "H": str(at.hour),
        "hh": f"{at:%I}", "h": str(at.hour % 12 or 12), "mm": f"{at:%M}", "m": str(at.minute),
        "ss": f"{at:%S}", "s": str(at.second), "SSS": f"{at.microsecond // 1000:03d}",
        "A": f"{at:%p}", "a": f"{at:%p}".lower(), "X": str(int(at.timestamp())),
        "x": str(int(at.timestamp() * 1000)), "dddd": calendar.day_name[at.weekday()],
        "ddd": calendar.day_abbr[at.weekday()],
    }  # fmt: skip
    return _TOKENS.sub(lambda m: words.get(m[0], m[0][1:-1]), str(form))


def difference(left: Value, right: Value, unit: Value = "seconds") -> int:
    """DATETIME_DIFF: left minus right in whole units."""
    a, b = moment(left), moment(right)
    if unit in _UNITS:
        return int((a.ms - b.ms) / _UNITS[str(unit)])
    if unit not in _MONTHS:
        raise FormulaError
    first, last = sorted((a, b))
    low, high = when(first), when(last)
    months = (high.year - low.year) * 12 + high.month - low.month
    if _shifted(low, months) > high:
        months -= 1
    return (1 if a >= b else -1) * (months // _MONTHS[str(unit)])


def add(value: Value, count: Value, unit: Value) -> Moment:
    """DATEADD."""
    at, many = moment(value), number(count)
    if unit in _UNITS:
        return Moment(at.ms + int(many * _UNITS[str(unit)]), at.day)
    if unit not in _MONTHS:
        raise FormulaError
    return of(_shifted(when(at), int(many) * _MONTHS[str(unit)]), day=at.day)


def _shifted(at: datetime, months: int) -> datetime:
    year, month = divmod(at.year * 12 + at.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        raise FormulaError
    day = min(at.day, calendar.monthrange(year, month + 1)[1])
    return at.replace(year=year, month=month + 1, day=day)


def _cut(at: Moment, unit: str) -> str:
    sizes = {"year": 4, "month": 7, "day": 10, "hour": 13, "minute": 16, "second": 19}
    return when(at).isoformat()[: sizes.get(unit.rstrip("s"), 40)]


def is_same(left: Value, right: Value, unit: Value = None) -> bool:
    """IS_SAME: to the unit, or to the millisecond."""
    a, b = moment(left), moment(right)
    return a.ms == b.ms if unit is None else _cut(a, str(unit)) == _cut(b, str(unit))


def is_before(left: Value, right: Value) -> bool:
    """IS_BEFORE, strictly."""
    return moment(left).ms < moment(right).ms


def is_after(left: Value, right: Value) -> bool:
    """IS_AFTER, strictly."""
    return moment(left).ms > moment(right).ms
