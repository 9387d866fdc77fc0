"""What was observed in a tracker: deals, checklist items, their history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Mark(StrEnum):
    """The state of a checklist item. Waived and retired items are not ticked."""

    OPEN = "open"
    TICKED = "ticked"
    WAIVED = "waived"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Deal:
    """One deal as one read saw it.

    `ref` is the tracker's immutable id, `label` what people call it (DEAL-12). `stage` is the
    tracker's id of the stage, "" where the deal has none. `fields` holds the fields that conditions
    name, under their config names; a value that is not set is absent. `updated` is the tracker's
    own time of the last change, None where the tracker does not tell it. `requested` is the stage
    that people ask for in a field of its own (guard `locked`), "" where they do not. `declared`
    holds the gates that fields of the deal say are open (guard `native by field`).
    """

    ref: str
    label: str
    title: str
    stage: str
    stage_name: str
    created: datetime
    updated: datetime | None
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    url: str = ""
    requested: str = ""
    requested_name: str = ""
    declared: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChecklistItem:
    """One checklist item that carries our key, as one read saw it.

    `key` is our identity `<deal ref>/<item key>` as written in the tracker; `deal` is the deal that
    the tracker says it belongs to (a clone has another one than its key). `stored` is the mark that
    a retired item had. `closed` tells whether the tracker shows it as done, whatever the reason.
    """

    ref: str
    deal: str
    key: str
    title: str
    mark: Mark
    updated: datetime | None
    stored: Mark = Mark.OPEN
    closed: bool = False
    label: str = ""
    assignee: str = ""
    assignee_name: str = ""
    url: str = ""


def item_key(deal: str, item: str) -> str:
    """Our identity of an item of a deal, as it is written into the tracker."""
    return f"{deal}/{item}"


def parse_item_key(key: str) -> tuple[str, str]:
    """Split an item key into deal ref and item key; a malformed one gives an empty deal ref."""
    deal, slash, item = key.partition("/")
    return (deal, item) if slash else ("", key)


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a read: whatever deals and items came in one answer, in any order.

    `at` is the tracker's own time of the answer, from a tracker that `identify` does not ask.
    """

    deals: tuple[Deal, ...] = ()
    items: tuple[ChecklistItem, ...] = ()
    at: datetime | None = None


LOOK_GOOD_FOR = 5.0
"""Seconds after which nothing is moved any more on the strength of a look."""


@dataclass(frozen=True, slots=True)
class Look:
    """A strongly consistent read of named deals and of every item of ours under them.

    `absent` names the deals that were asked for and do not exist (or cannot be seen) any more;
    a deal that has left the pipeline (moved to another project, another type) is absent too.
    """

    deals: tuple[Deal, ...] = ()
    items: tuple[ChecklistItem, ...] = ()
    absent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Move:
    """A deal changed stage: `before` and `after` are stage refs; `ours` if we moved it."""

    at: datetime
    before: str
    after: str
    author: str = ""
    ours: bool = False


@dataclass(frozen=True, slots=True)
class Marking:
    """An item changed its mark; `author` is the account that did it."""

    at: datetime
    before: Mark
    after: Mark
    author: str = ""


@dataclass(frozen=True, slots=True)
class History:
    """Past changes, oldest first: deal ref -> moves, item ref -> markings."""

    moves: Mapping[str, tuple[Move, ...]] = field(default_factory=dict)
    markings: Mapping[str, tuple[Marking, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Identity:
    """Who we are in a tracker, and what time it is there (ours, if its pages tell theirs: `at`)."""

    account: str
    name: str
    now: datetime
