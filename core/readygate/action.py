"""What a run can do, and what became of it. Actions are values; applying one gives an outcome."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from hashlib import sha256
from typing import TypeAlias

from readygate.deal import Mark


@dataclass(frozen=True, slots=True)
class Text:
    """Plain text inside an explanation."""

    text: str


@dataclass(frozen=True, slots=True)
class Mention:
    """A person. With an `account` the connector makes it a real mention, else it is the name."""

    name: str
    account: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """Text that leads to a page of the tracker."""

    text: str
    url: str


Span: TypeAlias = Text | Mention | Link
Line: TypeAlias = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, or with `bullets` a list of points under it; either may be empty."""

    line: Line = ()
    bullets: tuple[Line, ...] = ()


@dataclass(frozen=True, slots=True)
class Adopt:
    """Place a deal for the first time (ledger only): where it stands, or at the first stage.

    `held`: it stands past a gate whose items are open; judge nothing yet.
    """

    deal: str
    label: str
    stage: str
    passed: Mapping[str, tuple[str, ...]]
    reason: str
    held: bool = False


@dataclass(frozen=True, slots=True)
class Accept:
    """Record that a deal stands in a stage (ledger only).

    `gates` are the gates it passes now with their items; `reopened` those behind which it moved
    back.
    """

    deal: str
    label: str
    stage: str
    before: str
    reason: str
    gates: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    reopened: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Open:
    """Create an item of a deal. `due` is a calendar date; `assignee` an account or ""."""

    deal: str
    label: str
    item: str
    title: str
    text: str
    reason: str
    assignee: str = ""
    assignee_name: str = ""
    due: date | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """Move a deal into the stage ref that people asked for, and clear what they asked.

    Once done it is an Accept with the same `gates` and `reopened`; without `accepts` the stage has
    no gate to accept (an exit), or is the accepted one.
    """

    deal: str
    label: str
    stage: str
    before: str
    reason: str
    gates: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    reopened: tuple[str, ...] = ()
    accepts: bool = True


@dataclass(frozen=True, slots=True)
class Return:
    """Move a deal back from stage ref `before` to the accepted stage ref `stage`.

    With `request` it was only asked for and never moved: clear what people asked.
    """

    deal: str
    label: str
    before: str
    stage: str
    attempt: str
    reason: str
    missing: tuple[str, ...] = ()
    request: bool = False


@dataclass(frozen=True, slots=True)
class Explain:
    """Write on the deal why it was returned, or edit the comment `edit` about the same thing.

    `attempt` is carried by the comment, so that it can be found before it is written again.
    """

    deal: str
    label: str
    attempt: str
    document: tuple[Block, ...]
    reason: str
    stage: str = ""
    target: str = ""
    missing: tuple[str, ...] = ()
    edit: str = ""
    times: int = 1
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Retire:
    """Close an item that the contract no longer asks for, keeping `stored`, the mark it had.

    It is marked as retired first and closed last, so that a crash between cannot invent a tick.

    `close` tells whether the tracker still shows it as not done.
    """

    deal: str
    label: str
    item: str
    ref: str
    stored: Mark
    close: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Restore:
    """Ask for a retired item again, with the mark it had stored.

    It is re-opened first and un-retired last, so that a crash between cannot invent a tick.

    `reopen` tells whether the tracker shows it as done although the stored mark is open.
    """

    deal: str
    label: str
    item: str
    ref: str
    mark: Mark
    reopen: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Amend:
    """Write a new title, text or key on an item of ours; None leaves that part alone.

    The text is written only if the tracker still shows one with the digest `was` (see
    `text_digest`): what a person has rewritten stays.
    """

    deal: str
    label: str
    item: str
    ref: str
    reason: str
    title: str | None = None
    text: str | None = None
    key: str | None = None
    was: str = ""


@dataclass(frozen=True, slots=True)
class Tell:
    """Write into the deal's own text field what the next gate waits for; "" empties it."""

    deal: str
    label: str
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Announce:
    """Write on the deal, once per gate, that the tracker hides a move and which items it waits for.

    `attempt` is carried by the comment, so that it can be found before it is written again.
    """

    deal: str
    label: str
    gate: str
    attempt: str
    document: tuple[Block, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Declare:
    """Write the verdicts of gates into the deal's own fields: gate key -> whether it is open.

    Only those that changed. `text` is what an open gate's field says; a closed one's is emptied.
    """

    deal: str
    label: str
    verdicts: Mapping[str, bool]
    text: str
    reason: str


TrackerAction: TypeAlias = (
    Open | Grant | Return | Explain | Retire | Restore | Amend | Tell | Announce | Declare
)
LedgerAction: TypeAlias = Adopt | Accept
Action: TypeAlias = LedgerAction | TrackerAction


class Status(StrEnum):
    """What became of an action.

    `stale`: somebody changed the thing since the look. `unknown`: the answer was lost. `skipped`:
    not tried, because the tracker became unavailable or denied us. `refused`: over a limit.
    """

    DONE = "done"
    FAILED = "failed"
    STALE = "stale"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one action.

    `ref` is the id of what was created (item, comment); `ref_label` and `url` what people call it.
    `message` is for people, `detail` for the log. `denied`/`unavailable` stop the tracker.
    """

    action: Action
    status: Status
    ref: str = ""
    ref_label: str = ""
    url: str = ""
    message: str = ""
    detail: str = ""
    stops: str = ""


@lru_cache(maxsize=1024)
def text_digest(text: str) -> str:
    """A short digest of a text that does not depend on how white space is laid out."""
    whole = " ".join(text.split()).encode(errors="surrogatepass")  # trackers cut pairs in half
    return sha256(whole).hexdigest()[:16]


def kind_of(action: Action) -> str:
    """The stable lower-case name of an action: open, return, explain…"""
    return type(action).__name__.lower()


def key_of(action: Action) -> str:
    """What the action is about, for logs and intents: `open 10012/brand_kit`."""
    item = getattr(action, "item", "")
    return f"{kind_of(action)} {action.deal}/{item}" if item else f"{kind_of(action)} {action.deal}"
