"""How a tracker itself is made to refuse a premature move: seen, installed and taken out again.

Optional: a tracker that can do it is `Guardable`. Nothing here is called during a run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

from readygate.pipeline import Gate, Pipeline
from readygate.ports import Tracker


class Force(StrEnum):
    """What the tracker does of what the config asks for.

    `none asked`: the guard (`return`, `advise`) lives in our runs alone. `full`: every way into a
    gated stage that can be held is. `partly`: some are not. `absent`: nothing is installed.
    `unknown`: our account may not look.
    """

    NONE_ASKED = "none asked"
    FULL = "full"
    PARTLY = "partly"
    ABSENT = "absent"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Wish:
    """What an admin has agreed to besides the guard itself, and how texts are translated.

    `split`: a transition that leads into a gated stage from earlier stages and from others may be
    made into several. `returns`: hidden transitions back may be added where the workflow has none.
    """

    split: bool = False
    returns: bool = False
    text: Callable[[str], str] = str


@dataclass(frozen=True, slots=True)
class GuardReport:
    """The guard of one pipeline as the tracker has it, and what `install` would change.

    Texts are for people. `held` names the moves that the tracker refuses while a gate is closed,
    `installed` our parts of it that are there now, `changes` the exact difference that `install`
    would make, `gaps` what gets past the guard or is blocked beyond its gates, `shared` everything
    else that the change would touch, `leftovers` what an interrupted installation has left,
    `by_hand` what a person must click where we may not change it. `offers` says what each part of
    a `Wish` would add.
    """

    pipeline: str
    mode: str
    force: Force
    held: tuple[str, ...] = ()
    installed: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()
    gaps: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()
    offers: tuple[str, ...] = ()
    leftovers: tuple[str, ...] = ()
    by_hand: tuple[str, ...] = ()


class Journal(Protocol):
    """Where an installation writes down what it does, durably, before it does it."""

    def note(self, text: str, data: Mapping[str, Any]) -> None:
        """Append a line for people with JSON that a person can put things right from."""
        ...


@runtime_checkable
class Guardable(Tracker, Protocol):
    """A tracker that can refuse moves by itself. `identify` and `use` come first."""

    def inspect_guard(self, pipeline: Pipeline, gates: Sequence[Gate], wish: Wish) -> GuardReport:
        """Look at what is in force and what would be changed; change nothing."""
        ...

    def install_guard(
        self, pipeline: Pipeline, gates: Sequence[Gate], wish: Wish, journal: Journal
    ) -> Iterator[str]:
        """Install what `inspect_guard` showed, giving each thing once it is done. Idempotent.

        What an interrupted installation has left is put away first. Raises TrackerError.
        """
        ...

    def remove_guard(
        self, pipeline: Pipeline, gates: Sequence[Gate], journal: Journal
    ) -> Iterator[str]:
        """Take out what we installed and nothing else, giving each thing once it is done."""
        ...
