"""The ground of the suite: where its tests are found, and that none of them gets lost silently."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any, ClassVar
from unittest import SkipTest

from readygate.testing.conformance.playground import Playground
from readygate.testing.conformance.story import Scene


class Promises:
    """A part of the suite. `skips` maps the name of a test to the reason for leaving it out."""

    skips: ClassVar[Mapping[str, str]] = {}

    def playground(self) -> AbstractContextManager[Playground]:
        """Give a fresh playground; what a connector's test class has to supply."""
        raise NotImplementedError("give a fresh playground: see readygate.testing.conformance")

    @contextmanager
    def scene(self) -> Iterator[Scene]:
        """A fresh playground with a connector in it."""
        with self.playground() as play:
            yield Scene(play)


def promised(suite: type[Promises]) -> dict[str, Callable[..., Any]]:
    """Every test of a suite by name, in alphabetical order."""
    names = sorted(name for name in dir(suite) if name.startswith("test"))
    return {name: getattr(suite, name) for name in names}


def guard(suite: type[Promises], child: type[Promises]) -> None:
    """Refuse a child that changes a test of the suite, and put its skips in their places.

    Raises TypeError at the creation of the class: a test is left out with a reason or not at all.
    """
    tests = promised(suite)
    skips = dict(child.skips)
    for name, test in tests.items():
        if getattr(child, name, None) is not test:
            raise TypeError(
                f"{child.__name__} overrides {name!r}, which every connector must pass as it is."
                f" To leave it out, say why: skips = {{{name!r}: '...'}}"
            )
    for name, reason in skips.items():
        if name not in tests:
            raise TypeError(f"{child.__name__} skips {name!r}, which the suite does not have")
        if len(reason.split()) < 3:
            raise TypeError(f"{child.__name__} skips {name!r} without a reason: {reason!r}")
        setattr(child, name, _skipping(name, reason))


def _skipping(name: str, reason: str) -> Callable[[Promises], None]:
    def skipped(_self: Promises) -> None:
        raise SkipTest(reason)

    skipped.__name__ = name
    skipped.__doc__ = f"Left out: {reason}"
    return skipped
