"""What the ledger remembers of a deal: where it was accepted, its items and their marks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from readygate.contract import ContractBook
from readygate.deal import Mark, parse_item_key

ANYBODY = "*"
"""Stands for the author of a waiver in a tracker that cannot say who wrote it."""


class Standing(StrEnum):
    """How a deal stands with us.

    `new`: seen, not yet placed. `placed`: `accepted` is valid. `held`: after a lost ledger it
    stands past a gate whose items are open; neither accepted nor returned. `gone`: deleted, or it
    left the pipeline.
    """

    NEW = "new"
    PLACED = "placed"
    HELD = "held"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class ItemMemory:
    """One item of a deal as last seen, and what we wrote on it.

    `twins` holds other items of the same deal with the same key (ref -> mark). `waived_by` is the
    account that waived it, None while unknown, ANYBODY where the tracker cannot say.
    `written_title` is the title and `written_text` the digest of the text that we wrote, "" where
    we do not know. `since` is when the present mark was first seen. `unfinished`: retired, but the
    tracker did not get to close it.
    """

    ref: str
    mark: Mark
    title: str
    updated: datetime | None = None
    stored: Mark = Mark.OPEN
    closed: bool = False
    label: str = ""
    url: str = ""
    assignee: str = ""
    assignee_name: str = ""
    waived_by: str | None = None
    twins: Mapping[str, Mark] = field(default_factory=dict)
    written_key: str = ""
    written_title: str = ""
    written_text: str = ""
    since: datetime | None = None
    unfinished: bool = False

    @property
    def asked_again(self) -> Mark:
        """The mark it has for a gate that asks for it: a retired item has its stored one back.

        Unless people have opened it again since.
        """
        if self.mark is not Mark.RETIRED:
            return self.mark
        return self.stored if self.closed else Mark.OPEN


@dataclass(frozen=True, slots=True)
class Attempt:
    """The last premature move: what it tried, what was missing, and our comment about it.

    `since` is the memory's `stage_since` of that move: the same value means the same move.
    An attempt without a `comment` still owes its explanation; `last_comment` is the one to edit.
    `request`: it was asked for and refused; the deal did not move.
    """

    id: str
    at: datetime
    stage: str
    target: str
    missing: tuple[str, ...]
    since: datetime | None = None
    comment: str = ""
    times: int = 1
    last_comment: str = ""
    request: bool = False


@dataclass(frozen=True, slots=True)
class DealMemory:
    """All that is known of one deal. `stage` is "" for a deal of which only items were seen.

    `accepted` and `stage` are stage refs; `passed` maps the gates passed to the items they asked
    for then. `spared` holds items that were asked for the first time while the deal already stood
    past their gate: they do not judge that move. `adopted` is the `updated` that an adopted deal
    had, kept until it changes. `walking` is the stage ref to which a return was under way,
    and `walk` the premature move that this return answers.
    `pending` deals are planned again although the tracker shows no change. `before_gone` is the
    standing that a deal had when it was last found to be gone. `requested` is the stage ref that
    people ask for, `told` what we last wrote into the deal about what is missing. `announced`
    holds gates whose hidden move was announced on the deal, `declared` those that its own fields
    say are open.
    """

    deal: str
    label: str = ""
    title: str = ""
    url: str = ""
    stage: str = ""
    stage_name: str = ""
    created: datetime | None = None
    updated: datetime | None = None
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    standing: Standing = Standing.NEW
    accepted: str = ""
    passed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    spared: tuple[str, ...] = ()
    adopted: datetime | None = None
    walking: str = ""
    walk: Attempt | None = None
    attempt: Attempt | None = None
    items: Mapping[str, ItemMemory] = field(default_factory=dict)
    pending: bool = False
    stage_since: datetime | None = None
    before_gone: Standing = Standing.NEW
    requested: str = ""
    requested_name: str = ""
    requested_since: datetime | None = None
    told: str = ""
    announced: tuple[str, ...] = ()
    declared: tuple[str, ...] = ()


def renamed(memory: DealMemory, book: ContractBook) -> DealMemory:
    """Give the memory with items under the keys they have now, following `formerly`.

    An item whose new key is taken by another one keeps its old key. If the config went back to the
    old name before we had written the new one on the item, the item goes back too.
    """
    if not book.aliases and all(key in book.items for key in memory.items):
        return memory
    items: dict[str, ItemMemory] = {}
    for key, item in memory.items.items():
        written = book.canonical(parse_item_key(item.written_key)[1])
        new = book.canonical(key)
        new = new if new in book.items or written not in book.items else written
        items[key if new in memory.items or new in items else new] = item
    attempt = memory.attempt
    if attempt:
        attempt = replace(attempt, missing=_canonical(book, attempt.missing))
    return replace(
        memory,
        items=items,
        passed={gate: _canonical(book, asked) for gate, asked in memory.passed.items()},
        spared=_canonical(book, memory.spared),
        attempt=attempt,
    )


def _canonical(book: ContractBook, items: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(book.canonical(item) for item in items))
