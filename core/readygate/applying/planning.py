"""The first plan of a run: every touched deal, from what is remembered of it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

from readygate.action import Open
from readygate.errors import Finding
from readygate.memory import DealMemory
from readygate.plan import Context, Due, plan_deal
from readygate.ports import Ledger
from readygate.reading import CHUNK, LOOK_BATCH, Reading, batched


class Planning:
    """Plans the touched deals of one pipeline, and remembers which of them have something pending.

    `plans` holds the deals for which something is due, `findings` what there is to say of the
    others. `context` changes when this turns out to be a new ledger on deals that know us.
    """

    def __init__(
        self,
        context: Context,
        reading: Reading,
        *,
        ledger: Ledger,
        told: Callable[[str, int, int | None], None],
    ) -> None:
        self._key = context.pipeline.key
        self._reading = reading
        self._ledger = ledger
        self._told = told
        self.context = context
        self.plans: dict[str, Due] = {}
        self.findings: list[Finding] = []

    def plan(self, touched: Collection[str]) -> None:
        """Plan every touched deal."""
        for done, chunk in enumerate(batched(set(touched), CHUNK)):
            self._told("planning", done * CHUNK, len(touched))
            self._plan_chunk(self._ledger.memories(self._key, chunk))
        if self.context.known_until is None and not self.context.distrust:
            self._doubt()
        self._lost()

    def _plan_chunk(self, memories: dict[str, DealMemory]) -> None:
        changed: list[DealMemory] = []
        for ref, memory in memories.items():
            plan = plan_deal(self.context, memory)
            pending = bool(plan.actions or plan.look)
            if pending:
                self.plans[ref] = plan.due
            else:
                self.plans.pop(ref, None)
                self.findings += plan.findings
            kept = replace(plan.memory, pending=pending)
            if kept != memory:
                changed.append(kept)
        self._ledger.save(self._key, changed)

    def _doubt(self) -> None:
        """On the first run of a ledger, look whether an earlier ledger has left items behind.

        A search index may forget what it showed, so a sample is read from the consistent end. If
        it has items of ours, the ledger was lost, and every deal is looked at before it is placed.
        """
        sample = [
            ref
            for ref, plan in self.plans.items()
            if not plan.look and any(isinstance(action, Open) for action in plan.actions)
        ][:LOOK_BATCH]
        if not sample:
            return
        looked = self._reading.look(sample)
        found = any(memory.items for memory in looked.values())
        self.context = replace(self.context, distrust=found)
        again = set(self.plans) if found else set(sample)
        for chunk in batched(again, CHUNK):
            self._plan_chunk(self._ledger.memories(self._key, chunk))

    def _lost(self) -> None:
        """Say so when deals that are placed now carry items that an earlier ledger has opened."""
        adopted = sum(plan.unknown for plan in self.plans.values())
        if adopted:
            text = (
                f"{adopted} deals carry items of ours that the ledger did not know: it is new,"
                " or was lost or restored. The items are kept, the deals are adopted where they"
                " stand"
            )
            self.findings.append(Finding("ledger-lost", text))
