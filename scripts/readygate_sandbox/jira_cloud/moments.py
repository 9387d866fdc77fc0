"""Moments in JQL: epoch milliseconds, minutes in the caller's zone, periods around now."""

import re
from datetime import UTC, datetime, tzinfo

from readygate_sandbox.jira_cloud.jql import JqlError

_RELATIVE = re.compile(r"([+-]?)((?:\d+[wdhmWDHM]\s*)+)$")
_RELATIVE_PART = re.compile(r"(\d+)([wdhmWDHM])")
_UNITS = {"w": 7 * 86_400_000, "d": 86_400_000, "h": 3_600_000, "m": 60_000}
_DATE_FORMATS = ("%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%Y-%m-%d", "%Y/%m/%d")


def relative_ms(text: str) -> int | None:
    """`-10m`, `4w 2d`: milliseconds from now, or None when it is no period."""
    found = _RELATIVE.fullmatch(text.strip())
    if found is None:
        return None
    total = sum(int(n) * _UNITS[u.lower()] for n, u in _RELATIVE_PART.findall(found[2]))
    return -total if found[1] == "-" else total


def absolute_ms(text: str, field: str, zone: tzinfo, *, quoted: bool) -> int:
    """Unquoted epoch milliseconds, or a date or minute in `zone`. Raises JqlError."""
    if not quoted and re.fullmatch(r"\d{5,}", text):
        return int(text)
    body = text
    if body.endswith(" UTC"):
        body, zone = body[:-4], UTC
    for pattern in _DATE_FORMATS:
        try:
            at = datetime.strptime(body, pattern).replace(tzinfo=zone)
        except ValueError:
            continue
        return int(at.timestamp() * 1000)
    raise JqlError(
        f"Date value '{text}' for field '{field}' is invalid. Valid formats include: "
        "'yyyy/MM/dd HH:mm', 'yyyy-MM-dd HH:mm', 'yyyy/MM/dd', 'yyyy-MM-dd', or a period "
        "format e.g. '-5d', '4w 2d'."
    )
