"""The decision at a gate: a verdict with every reason."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from readygate.contract import ContractBook, Person
from readygate.deal import Mark
from readygate.memory import ANYBODY, DealMemory, ItemMemory
from readygate.pipeline import Gate, Pipeline


class Verdict(StrEnum):
    """Whether a deal may pass. Unknown is neither: it is not accepted and not returned."""

    OPEN = "open"
    CLOSED = "closed"
    UNKNOWN = "unknown"


class Why(StrEnum):
    """Why an item does, or does not, satisfy a gate."""

    TICKED = "ticked"
    WAIVED = "waived"
    NOT_TICKED = "not ticked"
    NOT_OPENED = "not opened yet"
    WAIVED_BY_OTHER = "waived by somebody who does not receive it"
    WAIVER_UNPROVEN = "waived, by whom is not known yet"
    TWINS = "two items with the same key disagree"


_SATISFIED = (Why.TICKED, Why.WAIVED)
_UNKNOWN = (Why.WAIVER_UNPROVEN, Why.TWINS)


@dataclass(frozen=True, slots=True)
class Reason:
    """One item in a decision. `owes` is who must tick it, `account` their account or ""."""

    gate: str
    item: str
    title: str
    required: bool
    why: Why
    owes: str
    account: str = ""
    label: str = ""
    url: str = ""
    since: datetime | None = None
    waived_by: str = ""

    @property
    def satisfied(self) -> bool:
        """Whether this item is ticked or validly waived."""
        return self.why in _SATISFIED

    @property
    def blocks(self) -> bool:
        """Whether this item keeps the gate closed."""
        return self.required and not self.satisfied and self.why not in _UNKNOWN


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict over one or more gates, with a reason for every item they ask for."""

    verdict: Verdict
    reasons: tuple[Reason, ...] = ()

    @property
    def missing(self) -> tuple[Reason, ...]:
        """The reasons that keep the gate closed."""
        return tuple(reason for reason in self.reasons if reason.blocks)


def asked(
    book: ContractBook, gate: Gate, fields: Mapping[str, tuple[str, ...]]
) -> Mapping[str, str]:
    """The items (-> receiving process) a gate asks for from a deal with these field values."""
    found: dict[str, str] = {}
    for item, receiver in gate.items.items():
        when = book.items[item].when
        if when is None or when.holds(fields):
            found[item] = receiver
    return found


def decide(
    book: ContractBook,
    gates: Sequence[Gate],
    memory: DealMemory,
    accounts: Mapping[str, str],
    *,
    spared: Collection[str] = (),
) -> Decision:
    """Decide whether a deal satisfies gates, from what is remembered of its items.

    `accounts` maps person keys to accounts of the tracker. Items in `spared` are not asked for.
    """
    reasons: dict[str, Reason] = {}
    for gate in gates:
        for item, receiver in asked(book, gate, memory.fields).items():
            if item not in spared and item not in reasons:
                reasons[item] = _reason(
                    book, gate, item, receiver, memory=memory, accounts=accounts
                )
    verdict = Verdict.OPEN
    required = [reason for reason in reasons.values() if reason.required]
    if any(reason.why in _UNKNOWN for reason in required):
        verdict = Verdict.UNKNOWN
    if any(reason.blocks for reason in required):
        verdict = Verdict.CLOSED
    return Decision(verdict, tuple(reasons.values()))


def _reason(
    book: ContractBook,
    gate: Gate,
    item: str,
    receiver: str,
    *,
    memory: DealMemory,
    accounts: Mapping[str, str],
) -> Reason:
    contract = book.items[item]
    known = memory.items.get(item)
    debtor = book.debtor(item, receiver)
    owes, account = debtor.name, accounts.get(debtor.key, "")
    if known and known.assignee:
        owes, account = known.assignee_name or owes, known.assignee
    return Reason(
        gate=gate.key,
        item=item,
        title=known.title if known and known.title else contract.title,
        required=contract.required,
        why=_why(known, book.waivers(item), accounts),
        owes=owes,
        account=account,
        label=known.label if known else "",
        url=known.url if known else "",
        since=known.since if known else None,
        waived_by=(known.waived_by or "") if known and known.mark is Mark.WAIVED else "",
    )


def _why(known: ItemMemory | None, waivers: Sequence[Person], accounts: Mapping[str, str]) -> Why:
    if known is None:
        return Why.NOT_OPENED
    if any(mark is not known.mark for mark in known.twins.values()):
        return Why.TWINS
    match known.asked_again:
        case Mark.TICKED:
            return Why.TICKED
        case Mark.WAIVED:
            return _waiver(known.waived_by, waivers, accounts)
        case Mark.OPEN | Mark.RETIRED:
            return Why.NOT_OPENED if known.mark is Mark.RETIRED else Why.NOT_TICKED
        case never:
            assert_never(never)


def _waiver(author: str | None, waivers: Sequence[Person], accounts: Mapping[str, str]) -> Why:
    if author is None:
        return Why.WAIVER_UNPROVEN
    if author == ANYBODY or any(accounts.get(person.key) == author for person in waivers):
        return Why.WAIVED
    return Why.WAIVED_BY_OTHER


def accepted_position(pipeline: Pipeline, gates: Sequence[Gate], memory: DealMemory) -> int:
    """Where a placed deal was last accepted.

    If the config no longer names that stage, it is the last gate that the deal has passed.
    """
    position = pipeline.position(memory.accepted)
    if position is not None:
        return position
    return max((gate.position for gate in gates if gate.key in memory.passed), default=0)


def ahead(pipeline: Pipeline, gates: Sequence[Gate], memory: DealMemory) -> tuple[Gate, ...]:
    """The gates ahead of the accepted stage that the deal has not passed."""
    base = accepted_position(pipeline, gates, memory)
    return tuple(gate for gate in gates if gate.position > base and gate.key not in memory.passed)
