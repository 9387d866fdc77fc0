"""Reads deals and their items: what changed by formula, what is about to be judged by id."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from readygate.deal import Look, Page
from readygate.errors import TrackerUnavailable
from readygate.render.plain import plural
from readygate_airtable import formulas
from readygate_airtable.base import Base, Json, error_kind
from readygate_airtable.place import Place
from readygate_airtable.stages import Stages
from readygate_airtable.translate import deal_of, item_of, row_ids
from readygate_http.shapes import MOST_PAGES, ident, objects, optional

PAGE = 100
"""Records per page of a list, and ids per formula: the most that Airtable gives at once."""

MOST_RESTARTS = 3
"""How often a list begins anew because Airtable forgot where it was (its offsets expire)."""

EXPIRED = "LIST_RECORDS_ITERATOR_NOT_AVAILABLE"

_WATCHED = ("done", "waived", "retired", "title", "key", "owner", "deal")
_READ = ("key", "deal", "title", "done", "waived", "retired", "owner")


class Reader:
    """Reads one pipeline of one base."""

    def __init__(self, base: Base, place: Place, stages: Stages) -> None:
        self._base = base
        self._place = place
        self._stages = stages

    def changed(self, since: datetime | None) -> Iterator[Page]:
        """Yield deals, then items, changed since a moment; or all. What ends is complete."""
        place = self._place
        watched = [place.stage, *place.conditions.values(), place.requested]
        watched += [] if place.computed else [place.primary]
        watched = [ref for ref in dict.fromkeys(watched) if ref]
        formula = formulas.changed_since(watched, since) if since else ""
        doing = "reading the deals"
        for records in self._list(place.deals, self._deal_fields(), formula, doing):
            with self._base.understanding(doing):
                deals = tuple(self._deal(record) for record in records)
            yield Page(deals, at=self._base.now)
        watched = [place.item(name) for name in _WATCHED if place.item(name)]
        formula = formulas.changed_since(watched, since) if since else ""
        doing = "reading the checklists"
        for records in self._list(place.items, self._item_fields(), formula, doing):
            with self._base.understanding(doing):
                items = tuple(item for one in records if (item := item_of(one, place, self._base)))
            yield Page(items=items, at=self._base.now)

    def look(self, deals: Sequence[str]) -> Look:
        """Read deals and all rows that they link, afresh. All of it, or an error."""
        place, base = self._place, self._base
        doing = f"looking at {plural(len(deals), 'deal')}"
        fields = [*self._deal_fields(), place.rows]
        records = self.fetch(place.deals, deals, fields, doing)
        with base.understanding(doing):
            found = tuple(self._deal(record) for record in records)
            rows = row_ids(records, place)
        present = {deal.ref for deal in found}
        linked = self.fetch(place.items, rows, self._item_fields(), doing)
        with base.understanding(doing):
            items = tuple(item for one in linked if (item := item_of(one, place, base)))
        absent = tuple(ref for ref in dict.fromkeys(deals) if ref not in present)
        return Look(found, tuple(item for item in items if item.deal in present), absent)

    def fetch(
        self, table: str, records: Sequence[str], fields: Sequence[str], doing: str
    ) -> list[Json]:
        """Read these records; those that do not exist are missing from the answer."""
        found: list[Json] = []
        unique = list(dict.fromkeys(records))
        for start in range(0, len(unique), PAGE):
            some = formulas.with_ids(unique[start : start + PAGE])
            for page in self._list(table, fields, some, doing, name="look"):
                found += page
        return list({str(record["id"]): record for record in found}.values())

    def with_keys(self, keys: Sequence[str], doing: str) -> list[Json]:
        """Every row that carries one of these keys, linked to a deal or not."""
        place = self._place
        formula = formulas.with_values(place.item("key"), keys)
        found: list[Json] = []
        for page in self._list(place.items, [place.item("key")], formula, doing, name="look"):
            found += page
        return found

    def _deal(self, record: Json) -> Any:
        return deal_of(record, self._place, self._base, self._stages.ref)

    def _deal_fields(self) -> list[str]:
        place = self._place
        fields = (place.primary, place.stage, place.requested, *place.conditions.values())
        return [ref for ref in dict.fromkeys(fields) if ref]

    def _item_fields(self) -> list[str]:
        return [self._place.item(name) for name in _READ if self._place.item(name)]

    def _list(
        self, table: str, fields: Sequence[str], formula: str, doing: str, *, name: str = "list"
    ) -> Iterator[list[Json]]:
        """List page by page. A list whose offset has expired begins anew: pages may repeat."""
        asked: dict[str, Any] = {
            "pageSize": PAGE,
            "fields": list(fields),
            "returnFieldsByFieldId": True,
        }
        if formula:
            asked["filterByFormula"] = formula
        restarts = 0
        seen: set[str] = set()
        path = f"/{self._base.ref}/{table}/listRecords"
        for _ in range(MOST_PAGES):
            answer = self._base.ask("POST", path, name=name, doing=doing, json=asked, allow=(422,))
            if answer.status == 422:
                if error_kind(answer.body) != EXPIRED:
                    raise self._base.refused(answer, doing)
                if restarts == MOST_RESTARTS:
                    text = f"{self._base.called}, {doing}: it forgot where it was"
                    raise TrackerUnavailable(
                        f"{text} {restarts + 1} times. The next run reads anew."
                    )
                restarts += 1
                asked.pop("offset", None)
                seen.clear()
                continue
            with self._base.understanding(doing):
                records = [_whole(record) for record in objects(answer.body["records"])]
                offset = optional(answer.body.get("offset"))
            yield records
            if not offset:
                return
            if offset in seen:
                text = f"{self._base.called}, {doing}: it gives the same page again and again."
                raise TrackerUnavailable(f"{text} The next run reads anew.")
            seen.add(offset)
            asked["offset"] = offset
        raise TrackerUnavailable(f"{self._base.called}, {doing}: the list does not come to an end.")


def _whole(record: Json) -> Json:
    """A record with its id and cells. Raises TypeError or KeyError."""
    ident(record["id"])
    if not isinstance(record["fields"], dict):
        raise TypeError("the cells of a record were expected")
    return record
