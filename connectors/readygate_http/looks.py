"""When each deal was last seen as it is: what is moved rests on that, and soon it is too old."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from readygate.deal import LOOK_GOOD_FOR
from readygate.ports import Clock


class Looks:
    """The looks of one run. The age of a look counts from before it was asked for."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._at: dict[str, float] = {}

    @contextmanager
    def looking(self, deals: Iterable[str]) -> Iterator[None]:
        """Look at deals inside; if it raises, nothing was seen."""
        at = self._clock.monotonic()
        yield
        self._at.update(dict.fromkeys(deals, at))

    def renew(self, deal: str) -> None:
        """Rely on what we have just done to a deal ourselves."""
        self._at[deal] = self._clock.monotonic()

    def good_for(self, *deals: str) -> float:
        """Seconds for which the looks at all of these may be relied on yet.

        They count from now for deals that nobody has looked at.
        """
        now = self._clock.monotonic()
        return min(self._at.get(deal, now) for deal in deals) + LOOK_GOOD_FOR - now
