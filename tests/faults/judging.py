"""Compares what came of a disturbed run with what had to come: losses, doubles, wrong returns."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from conformance import airtable, jira
from faults.worlds import Fact

OURS = {jira.BOT, airtable.BOT}


@dataclass
class Verdict:
    """What differs, each counted once; `texts` tells it."""

    losses: int = 0
    doubles: int = 0
    wrong_returns: int = 0
    texts: list[str] = field(default_factory=list)


def compare(expected: Counter[Fact], found: Counter[Fact]) -> Verdict:
    """What is missing or not as it has to be is lost; what is there too often is double."""
    verdict = Verdict()
    missing, extra = expected - found, found - expected
    verdict.texts += [f"missing: {fact}" for fact in missing.elements()]
    verdict.texts += [f"too much: {fact}" for fact in extra.elements()]
    verdict.wrong_returns = sum(_is_our_move(fact) for fact in extra.elements())
    lost = Counter(map(_identity, missing.elements()))
    more = Counter(map(_identity, (fact for fact in extra.elements() if not _is_our_move(fact))))
    verdict.losses = lost.total()
    verdict.doubles = (more - lost).total()
    return verdict


def _identity(fact: Fact) -> Fact:
    kind = fact[0]
    return fact if kind == "move" else fact[:3] if kind == "item" else fact[:2]


def _is_our_move(fact: Fact) -> bool:
    return fact[0] == "move" and fact[2] in OURS
