"""The formulas by which records are chosen, built by `pyairtable` so that quoting is its business.

Fields go in by id: a rename in the interface does not break a formula.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime


def changed_since(fields: Sequence[str], since: datetime) -> str:
    """Records in which one of these fields changed, or that were made, at or after a moment.

    Both bounds are inclusive: Airtable does not say how fine its times are. The second arm is for
    records that were made with their values and never edited.
    """
    from pyairtable import formulas as f  # noqa: PLC0415 - slow to import

    moment = f.DATETIME_PARSE(f"{since.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.000Z")
    modified = f.LAST_MODIFIED_TIME(*(f.Field(ref) for ref in fields))
    # Without any edit there is no time, and comparing nothing may be an error, which hides the row.
    edited = f.IF(modified, f.NOT(f.IS_BEFORE(modified, moment)), f.FALSE())
    created = f.NOT(f.IS_BEFORE(f.CREATED_TIME(), moment))
    return str(f.OR(edited, created))


def with_ids(records: Collection[str]) -> str:
    """These records."""
    from pyairtable import formulas as f  # noqa: PLC0415 - slow to import

    return str(f.OR(*(f.EQ(f.RECORD_ID(), record) for record in records)))


def with_values(field: str, values: Collection[str]) -> str:
    """Records whose text field holds one of these values."""
    from pyairtable import formulas as f  # noqa: PLC0415 - slow to import

    return str(f.OR(*(f.EQ(f.Field(field), value) for value in values)))
