"""Reads how long a tracker wants us to wait: seconds or a date, and its rate-limit headers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def http_date(text: str | None) -> datetime | None:
    """Parse an HTTP date into UTC; None where it is absent or not a date."""
    if not text:
        return None
    try:
        at = parsedate_to_datetime(text)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds to wait by `Retry-After`, in either form; None where it says nothing usable, as a
    number that is not above nothing or a date that has passed.

    A date is compared with the tracker's own `Date` where there is one: its clock, not ours.
    """
    value = headers.get("Retry-After", "").strip()
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        at = http_date(value)
        if at is None:
            return None
        seconds = (at - (http_date(headers.get("Date")) or now)).total_seconds()
    return seconds if math.isfinite(seconds) and seconds > 0 else None


def near_limit(headers: Mapping[str, str]) -> bool:
    """Tell whether the tracker warns that the next requests may be refused."""
    if headers.get("X-RateLimit-NearLimit", "").lower() == "true":
        return True
    try:
        return float(headers.get("X-RateLimit-Remaining", "1")) < 1
    except ValueError:
        return False


def quota_spent(headers: Mapping[str, str]) -> bool:
    """Tell whether a 429 is about an hourly quota, which no waiting inside a run will mend."""
    return "quota" in headers.get("RateLimit-Reason", "").lower()
