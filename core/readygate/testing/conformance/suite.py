"""The whole suite as one class, and the list of what a connector leaves out."""

from __future__ import annotations

from typing import ClassVar

from readygate.testing.conformance.disturbed import DisturbedPromises
from readygate.testing.conformance.explaining import ExplainingPromises
from readygate.testing.conformance.items import ItemPromises
from readygate.testing.conformance.names import NamePromises
from readygate.testing.conformance.opening import OpeningPromises
from readygate.testing.conformance.promise import Promises, guard, promised
from readygate.testing.conformance.reading import ReadingPromises
from readygate.testing.conformance.returning import ReturningPromises
from readygate.testing.conformance.runs import RunPromises


class TrackerConformance(
    NamePromises,
    ReadingPromises,
    OpeningPromises,
    ReturningPromises,
    ExplainingPromises,
    ItemPromises,
    RunPromises,
    DisturbedPromises,
):
    """What every connector must pass, unchanged."""

    left_out: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls) -> None:
        """See `guard`; raises TypeError."""
        super().__init_subclass__()
        guard(TrackerConformance, cls)
        cls.left_out = tuple(f"{name}: {why}" for name, why in sorted(cls.skips.items()))

    def test_what_is_left_out_is_told(self) -> None:
        """Lists the skips; and none crept in after the class was made."""
        print(f"{type(self).__name__}: {len(promised(TrackerConformance))} tests,", end=" ")
        print(f"{len(self.left_out)} left out", *self.left_out, sep="\n    ")
        changed = {
            name
            for name, test in promised(TrackerConformance).items()
            if getattr(type(self), name) is not test
        }
        assert changed == set(self.skips), "only what is declared may be left out"


__all__ = ["Promises", "TrackerConformance"]
