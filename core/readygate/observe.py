"""Turns what a read saw into memory, and tells what changed.

A row of a search may be old: it counts only if it is newer than what we know. A look is strong: it
replaces what we know, and what it does not show is gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from readygate.contract import ContractBook
from readygate.deal import ChecklistItem, Deal, Mark, parse_item_key
from readygate.errors import Finding
from readygate.memory import DealMemory, ItemMemory, Standing, renamed
from readygate.ports import Event


@dataclass
class Sighting:
    """A memory under observation, with the events and findings that come of it."""

    memory: DealMemory
    changed: bool = False
    events: list[Event] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


class Observer:
    """Merges deals and items of one pipeline into memories. `at` is the time of the read."""

    def __init__(self, pipeline: str, book: ContractBook, at: datetime) -> None:
        self._pipeline = pipeline
        self._book = book
        self._at = at

    def deal(self, known: DealMemory | None, deal: Deal, *, strong: bool) -> Sighting:
        """Merge one deal."""
        memory = known or DealMemory(deal.ref)
        if known and not strong and not _tells_news(deal, known):
            return Sighting(known)
        sighting = Sighting(memory)
        since = memory.stage_since
        if memory.stage != deal.stage:
            since = deal.updated or self._at
            if memory.stage:
                text = f"moved from {memory.stage_name} to {deal.stage_name}"
                sighting.events.append(self._event(deal, "moved", text, memory.stage, deal.stage))
        asked = memory.requested_since
        if memory.requested != deal.requested:
            asked = (deal.updated or self._at) if deal.requested else None
            if deal.requested:
                text = f"{deal.requested_name} was asked for"
                sighting.events.append(self._event(deal, "asked", text, "", deal.requested))
        merged = replace(
            memory,
            label=deal.label,
            title=deal.title,
            url=deal.url,
            stage=deal.stage,
            stage_name=deal.stage_name,
            created=deal.created,
            updated=deal.updated,
            fields=dict(deal.fields),
            stage_since=since,
            requested=deal.requested,
            requested_name=deal.requested_name,
            requested_since=asked,
            declared=deal.declared,
        )
        if memory.standing is Standing.GONE:
            merged = replace(merged, standing=memory.before_gone)
            sighting.events.append(self._event(deal, "back", "is visible again", "", deal.stage))
        sighting.changed = merged != memory
        sighting.memory = merged
        return sighting

    def items(
        self, memory: DealMemory, items: Sequence[ChecklistItem], *, strong: bool
    ) -> Sighting:
        """Merge items that the tracker shows under this deal; a strong list is the whole list."""
        before, memory = memory, renamed(memory, self._book)
        sighting = Sighting(memory)
        ours: dict[str, list[ChecklistItem]] = {}
        by_ref = {ref: key for key, item in memory.items.items() for ref in (item.ref, *item.twins)}
        for item in items:
            owner, key = parse_item_key(item.key)
            if owner != memory.deal:
                sighting.findings.append(self._foreign(memory, item))
            else:
                ours.setdefault(by_ref.get(item.ref, self._book.canonical(key)), []).append(item)
        merged = dict(memory.items)
        for key, rows in ours.items():
            merged[key] = self._item(sighting, merged.get(key), key, rows, strong=strong)
        if strong:
            for key in [key for key in merged if key not in ours]:
                text = f"item {merged[key].title!r} is not under this deal any more"
                sighting.events.append(self._item_event(memory, "deleted", text, key))
                del merged[key]
        if merged != memory.items:
            sighting.memory = replace(memory, items=merged)
        sighting.changed = sighting.memory != before
        return sighting

    def gone(self, memory: DealMemory) -> Sighting:
        """Record that a deal does not exist any more, or has left the pipeline."""
        if memory.standing is Standing.GONE:
            return Sighting(memory)
        text = "is gone: deleted, moved out of the pipeline, or hidden from us"
        event = Event(self._pipeline, memory.deal, memory.label, "gone", text, at=self._at)
        finding = Finding(
            "deal-gone",
            f"{memory.label or memory.deal} {text}; its items are left alone",
            memory.deal,
            memory.label,
        )
        merged = replace(memory, standing=Standing.GONE, before_gone=memory.standing, pending=False)
        return Sighting(merged, changed=True, events=[event], findings=[finding])

    def _item(
        self,
        sighting: Sighting,
        known: ItemMemory | None,
        key: str,
        rows: Iterable[ChecklistItem],
        *,
        strong: bool,
    ) -> ItemMemory:
        rows = sorted(rows, key=lambda row: (row.mark is Mark.RETIRED, len(row.ref), row.ref))
        refs = {row.ref for row in rows}
        used = {row.ref for row in rows if row.mark is not Mark.RETIRED}
        # One that is retired gives way to one in use: under `formerly` both may have one name.
        outlived = bool(known and known.mark is Mark.RETIRED and used and known.ref not in used)
        if known is None or outlived or (strong and known.ref not in refs):
            primary = rows[0].ref
            previous = None
        else:
            primary = known.ref
            previous = known
        twins: dict[str, Mark] = {} if strong or known is None else dict(known.twins)
        twins |= {row.ref: row.mark for row in rows}
        twins.pop(primary, None)
        if previous is None:
            result = self._merge(sighting, None, key, rows[0])
        else:
            result = previous
            for row in rows:
                news = strong or _newer(row.updated, previous.updated)
                if row.ref == primary and news:
                    result = self._merge(sighting, previous, key, row)
        if result.mark is not Mark.RETIRED:
            twins = {ref: mark for ref, mark in twins.items() if mark is not Mark.RETIRED}
        if twins:
            sighting.findings.append(self._twins(sighting.memory, result, twins))
        return result if result.twins == twins else replace(result, twins=twins)

    def _merge(
        self, sighting: Sighting, known: ItemMemory | None, key: str, row: ChecklistItem
    ) -> ItemMemory:
        base = known or ItemMemory(row.ref, row.mark, row.title)
        since, waived_by, unfinished = base.since, base.waived_by, base.unfinished
        if known is None or row.mark is not known.mark:
            since = row.updated or self._at
            if known is not None:
                sighting.events.append(self._marked(sighting, known, row, key))
        if row.mark is not Mark.WAIVED or row.updated != base.updated or known is None:
            waived_by = None
        if row.mark is not Mark.RETIRED or row.closed:
            unfinished = False
        return replace(
            base,
            mark=row.mark,
            title=row.title,
            updated=row.updated,
            stored=row.stored,
            closed=row.closed,
            label=row.label,
            url=row.url,
            assignee=row.assignee,
            assignee_name=row.assignee_name,
            waived_by=waived_by,
            written_key=row.key,
            since=since,
            unfinished=unfinished,
        )

    def _marked(self, sighting: Sighting, known: ItemMemory, row: ChecklistItem, key: str) -> Event:
        memory = sighting.memory
        kind = {
            Mark.OPEN: "unticked",
            Mark.TICKED: "ticked",
            Mark.WAIVED: "waived",
            Mark.RETIRED: "retired",
        }[row.mark]
        text = f"item {row.title!r}: {known.mark} → {row.mark}"
        after = any(key in asked for asked in memory.passed.values())
        if after and row.mark is Mark.OPEN:
            text += ", after the handover was accepted"
            finding = f"{memory.label or memory.deal}: {text}; the deal stays where it is"
            sighting.findings.append(
                Finding("unticked-later", finding, memory.deal, memory.label, {"item": key})
            )
        return self._item_event(memory, kind, text, key)

    def _event(self, deal: Deal, kind: str, text: str, before: str, after: str) -> Event:
        data = {"before": before, "after": after}
        if deal.updated:
            data["updated"] = deal.updated.isoformat()
        return Event(self._pipeline, deal.ref, deal.label, kind, text, data, self._at)

    def _item_event(self, memory: DealMemory, kind: str, text: str, item: str) -> Event:
        data = {"item": item}
        return Event(self._pipeline, memory.deal, memory.label, kind, text, data, self._at)

    def _foreign(self, memory: DealMemory, item: ChecklistItem) -> Finding:
        label = memory.label or memory.deal
        text = (
            f"{label}: {item.label or item.ref} carries the key of another deal ({item.key}):"
            " a copy, or moved here from there; it is ignored"
        )
        data = {"item": item.ref, "key": item.key}
        return Finding("foreign-item", text, memory.deal, memory.label, data)

    def _twins(self, memory: DealMemory, item: ItemMemory, twins: Mapping[str, Mark]) -> Finding:
        label = memory.label or memory.deal
        others = ", ".join(f"{ref} ({mark})" for ref, mark in sorted(twins.items()))
        text = (
            f"{label}: {item.title!r} exists more than once: {item.label or item.ref}"
            f" ({item.mark}) and {others}. Delete all but one; while they differ the gate waits"
        )
        data = {"item": item.ref, "twins": ",".join(sorted(twins))}
        return Finding("duplicate-item", text, memory.deal, memory.label, data)


def _tells_news(deal: Deal, known: DealMemory) -> bool:
    """Whether a row of a search counts. It may still show what is deleted: a look decides that."""
    return known.standing is not Standing.GONE and _newer(deal.updated, known.updated)


def _newer(row: datetime | None, known: datetime | None) -> bool:
    """Whether a row of a search tells something new; trackers without times are always believed."""
    return row is None or known is None or row > known
