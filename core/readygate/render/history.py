"""The order in which history is told: runs read all deals before all items, people think in deals.

Within one run the events of a deal stand together, in the order in which the deals turned up. What
was seen of its items comes before where it was seen, because the move is judged by them; when
exactly each happened since the last run is not known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from readygate.ports import Event

_OF_ITEMS = frozenset({"ticked", "unticked", "waived", "waiver", "deleted"})
_OF_DEALS = frozenset({"moved", "asked", "back"})


def in_order(events: Iterable[Event]) -> Iterator[Event]:
    """The same events, oldest run first, each run deal by deal."""
    for run, some in groupby(events, key=lambda event: event.run):
        if not run:
            yield from some
            continue
        deals: dict[tuple[str, str], list[Event]] = {}
        for event in some:
            deals.setdefault((event.pipeline, event.deal), []).append(event)
        for mine in deals.values():
            yield from sorted(mine, key=_turn)


def _turn(event: Event) -> int:
    if event.kind in _OF_ITEMS and "item" in event.data:
        return 0
    return 1 if event.kind in _OF_DEALS else 2
