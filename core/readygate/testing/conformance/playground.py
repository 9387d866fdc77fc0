"""What the suite needs beside a connector: people who act, things that go wrong, and the truth."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Protocol

from readygate.pipeline import Pipeline
from readygate.ports import Clock, Tracker


class Trouble(StrEnum):
    """What happens to a request.

    `lost`: it was carried out and its answer never came. `dropped`: the connection broke before
    anything was done; the sender cannot know. `unavailable`: the tracker says that it did nothing
    and wants to be left alone for long. `denied`: it does not know us (an expired token), in
    whatever way this tracker says so.
    """

    LOST = "lost"
    DROPPED = "dropped"
    UNAVAILABLE = "unavailable"
    DENIED = "denied"


class Requests(StrEnum):
    """Which requests are meant: those that only ask, or those that change something."""

    READS = "reads"
    WRITES = "writes"


@dataclass(frozen=True, slots=True)
class Kept:
    """A checklist item as the tracker keeps it, ours or not.

    `done`: it does not show as open, for whatever reason. `assignee` is the key of a person.
    """

    ref: str
    title: str
    text: str
    done: bool
    assignee: str = ""
    due: date | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """Requests that reached the tracker."""

    reads: int
    writes: int


class Playground(Protocol):
    """A fresh tracker with nothing in it but names, and a hand on all of it.

    It has the stages Lead, Talks, Work, Lost and Odd, of which the pipeline (see
    `story.pipeline`) names all but Odd; the field Service with the values Site and Design; and the
    accounts of `story.PEOPLE`. Deals and items are named by refs, people by their keys, stages by
    their names. Nothing here goes through the connector.
    """

    @property
    def pipeline(self) -> Pipeline:
        """`story.pipeline(…)` with what this kind of tracker needs."""
        ...

    @property
    def clock(self) -> Clock:
        """The clock that connectors get; sleeping does not wait."""
        ...

    @property
    def page(self) -> int:
        """So many deals and items never come in one answer of a read."""
        ...

    @property
    def opens_at_once(self) -> int:
        """How many items one request opens."""
        ...

    @property
    def secrets(self) -> Sequence[str]:
        """What must never stand in a message."""
        ...

    def connect(self, after_each: Callable[[], None] | None = None) -> Tracker:
        """A new connector, as every run makes one.

        `after_each` is called after every request; an exception that it raises must come through
        to the caller: that is how the suite kills a run.
        """
        ...

    def advance(self, seconds: float) -> None:
        """Time passes, here and in the tracker."""
        ...

    # People.

    def create(self, title: str, stage: str, service: str = "") -> str:
        """Somebody creates a deal; gives its ref."""
        ...

    def move(self, deal: str, stage: str, by: str = "boris") -> None:
        """Somebody moves a deal to a stage."""
        ...

    def retitle(self, deal: str, title: str) -> None:
        """Somebody renames a deal."""
        ...

    def set_service(self, deal: str, service: str) -> None:
        """Somebody sets the field Service, or empties it with ""."""
        ...

    def tick(self, item: str, by: str = "boris") -> None:
        """Somebody completes an item."""
        ...

    def untick(self, item: str, by: str = "boris") -> None:
        """Somebody re-opens an item."""
        ...

    def waive(self, item: str, by: str = "vera") -> None:
        """Somebody lets an item go."""
        ...

    def rename(self, item: str, title: str) -> None:
        """Somebody gives an item another title."""
        ...

    def rewrite(self, item: str, text: str) -> None:
        """Somebody gives an item another description."""
        ...

    def jot(self, deal: str, title: str) -> str:
        """Somebody adds a checklist item by hand: no key of ours is on it."""
        ...

    def duplicate(self, item: str) -> str:
        """Somebody copies an item under the same deal, with all that is on it."""
        ...

    def clone(self, deal: str) -> str:
        """Somebody copies a deal with its items, with all that is on them."""
        ...

    def delete_item(self, item: str) -> None:
        """Somebody deletes an item."""
        ...

    def delete_deal(self, deal: str) -> None:
        """Somebody deletes a deal."""
        ...

    def comment(self, deal: str, text: str, by: str = "boris") -> None:
        """Somebody comments on a deal."""
        ...

    def delete_comment(self, deal: str, comment: str) -> None:
        """Somebody deletes a comment by its ref."""
        ...

    def rename_stage(self, stage: str, name: str) -> None:
        """An admin renames a stage."""
        ...

    def delete_stage(self, stage: str) -> None:
        """An admin deletes a stage in which no deal stands."""
        ...

    # What goes wrong.

    def trouble(
        self, kind: Trouble, on: Requests, *, after: int = 0, count: int | None = None
    ) -> None:
        """From now on let `after` requests pass, then strike `count` of them, or all."""
        ...

    def calm(self) -> None:
        """No more trouble."""
        ...

    def lag(self) -> None:
        """Let searches stand still at the present state; nothing where they are never behind."""
        ...

    def forget(self, refs: Sequence[str]) -> None:
        """Let searches miss these deals and items; nothing where they never do."""
        ...

    # The truth.

    def stage_of(self, deal: str) -> str:
        """The name of the stage in which a deal stands."""
        ...

    def items(self, deal: str) -> tuple[Kept, ...]:
        """Every item under a deal, oldest first."""
        ...

    def comments(self, deal: str) -> tuple[str, ...]:
        """Every comment on a deal as plain text, oldest first."""
        ...

    def sent(self) -> Sent:
        """What was sent since this was last asked."""
        ...
