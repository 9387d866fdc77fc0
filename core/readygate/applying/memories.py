"""The deals that a run is working on: the last ones at hand, all of them in the ledger."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection

from readygate.memory import DealMemory
from readygate.ports import Ledger

AT_HAND = 2_000
"""Memories that are kept when `trim` is called: some twenty megabytes."""


class Memories:
    """What is known of deals by now. Whoever sets one has it saved before the next `trim`."""

    def __init__(self, ledger: Ledger, key: str) -> None:
        self._ledger = ledger
        self._key = key
        self._at_hand: OrderedDict[str, DealMemory] = OrderedDict()

    def __getitem__(self, ref: str) -> DealMemory:
        self.load([ref])
        return self._at_hand[ref]

    def __setitem__(self, ref: str, memory: DealMemory) -> None:
        self._at_hand[ref] = memory
        self._at_hand.move_to_end(ref)

    def load(self, refs: Collection[str]) -> None:
        """Have these at hand, in one question to the ledger."""
        missing = [ref for ref in refs if ref not in self._at_hand]
        if missing:
            self._at_hand.update(self._ledger.memories(self._key, missing))

    def drop(self, ref: str) -> None:
        """Go by the ledger for this one."""
        self._at_hand.pop(ref, None)

    def trim(self) -> None:
        """Let go of those that were not set for the longest time."""
        while len(self._at_hand) > AT_HAND:
            self._at_hand.popitem(last=False)
