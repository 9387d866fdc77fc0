"""The figures of the fault tests: what a test adds, and the table that closes a session."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

COLUMNS = ("connector", "faults", "cases", "losses", "doubles", "wrong returns")


class Tally(Protocol):
    """What the fixture `tally` gives."""

    def __call__(
        self,
        connector: str,
        kind: str,
        cases: int,
        *,
        losses: int = 0,
        doubles: int = 0,
        wrong_returns: int = 0,
    ) -> None:
        """Add to a row of the table: `cases` faults of a kind were tried on a connector."""
        ...


class Remark(Protocol):
    """What the fixture `remark` gives."""

    def __call__(self, text: str) -> None:
        """Have a line printed under the table: what was measured, or what is permitted and why."""
        ...


def table(told: Iterable[Sequence[str | int]]) -> list[str]:
    """The lines of the table."""
    rows: dict[tuple[str, str], list[int]] = {}
    for connector, kind, *figures in told:
        for key in ((str(connector), str(kind)), (str(connector), "all")):
            row = rows.setdefault(key, [0] * len(figures))
            row[:] = [was + int(more) for was, more in zip(row, figures, strict=True)]
    order = sorted(rows, key=lambda key: (key[0], key[1] == "all", key[1]))
    cells = [COLUMNS, *((*key, *(f"{figure:,}" for figure in rows[key])) for key in order)]
    widths = [max(len(row[at]) for row in cells) for at in range(len(COLUMNS))]
    return [
        "  ".join(
            cell.ljust(width) if at < 2 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
    ]
