"""Opens checklist items by upsert on our key: ten a request, and never with the checkbox.

A lost answer or a row that is already there is no double: the upsert finds it by its key, links it
to its deal again, and leaves its tick where it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from readygate.action import Open, Outcome, Status
from readygate.deal import item_key
from readygate.errors import ReadygateError
from readygate.render.plain import plural
from readygate_airtable.base import Base, Json, Refused
from readygate_airtable.people import owner_of
from readygate_airtable.place import Place
from readygate_airtable.reading import Reader
from readygate_http import Watch
from readygate_http.shapes import objects

AT_ONCE = 10
"""Records per request: the most that Airtable takes."""

OPTIONAL = ("owner", "due", "notes")
"""What an item can do without, if Airtable refuses it for one of these."""


@dataclass(frozen=True, slots=True)
class Opener:
    """Opens items of one pipeline."""

    base: Base
    place: Place
    reader: Reader
    watch: Watch

    def open(self, actions: Sequence[Open]) -> list[Outcome]:
        """Open at most AT_ONCE items; one outcome each, in order."""
        try:
            outcomes = self._upsert(actions)
        except Refused as error:
            return self._sort_out(actions, error)
        except ReadygateError as error:
            return self.watch.failed(error, *actions)
        self.watch.done()
        return outcomes

    def _sort_out(self, actions: Sequence[Open], error: Refused) -> list[Outcome]:
        """One record spoils a whole request: find it, report it, and do the others."""
        try:
            twins = self._twins(actions)
        except ReadygateError as unread:
            return self.watch.failed(unread, *actions)
        done: dict[int, Outcome] = {
            index: self._duplicate(action, twins[_key(action)])
            for index, action in enumerate(actions)
            if _key(action) in twins
        }
        rest = [index for index in range(len(actions)) if index not in done]
        if done and rest:
            done |= zip(rest, self.open([actions[index] for index in rest]), strict=True)
        elif len(rest) > 1:
            for index in rest:
                if self.watch.stops:
                    done[index] = self.watch.skipped(actions[index])
                else:
                    done[index] = self.open([actions[index]])[0]
        elif rest:
            done[rest[0]] = self._without(actions[rest[0]], error)
        return [done[index] for index in range(len(actions))]

    def _without(self, action: Open, error: Refused) -> Outcome:
        """Open an item without what it can do without, one after the other."""
        for left_out in (("owner",), OPTIONAL):
            try:
                outcome = self._upsert([action], left_out)[0]
            except Refused as again:
                error = again
            except ReadygateError as other:
                return self.watch.failed(other, action)[0]
            else:
                what = " and ".join(left_out)
                return replace(
                    outcome, message=f"Opened without its {what}, which Airtable refused: {error}"
                )
        return self.watch.failed(error, action)[0]

    def _twins(self, actions: Sequence[Open]) -> dict[str, list[str]]:
        """Keys that more than one row carries -> those rows."""
        doing = "looking for rows with the same key"
        rows = self.reader.with_keys([_key(action) for action in actions], doing)
        found: dict[str, list[str]] = {}
        for row in rows:
            key = str(row["fields"].get(self.place.item("key")) or "")
            found.setdefault(key, []).append(str(row["id"]))
        return {key: refs for key, refs in found.items() if len(refs) > 1}

    def _duplicate(self, action: Open, rows: Sequence[str]) -> Outcome:
        links = " and ".join(self.base.record_url(self.place.items, row) for row in rows)
        text = f"The key {_key(action)} stands in {len(rows)} rows of the checklist: {links}."
        message = f"{text} Delete all but one; none of them was changed."
        return Outcome(action, Status.FAILED, message=message)

    def _upsert(self, actions: Sequence[Open], left_out: Sequence[str] = ()) -> list[Outcome]:
        place = self.place
        doing = f"opening {plural(len(actions), 'checklist item')}"
        answer = self.base.change(
            "PATCH",
            f"/{self.base.ref}/{place.items}",
            name="open",
            doing=doing,
            json={
                "performUpsert": {"fieldsToMergeOn": [place.item("key")]},
                "returnFieldsByFieldId": True,
                "records": [{"fields": self._cells(action, left_out)} for action in actions],
            },
        )
        with self.base.understanding_write(doing):
            made: Mapping[str, str] = {
                str(row["fields"][place.item("key")]): str(row["id"])
                for row in objects(answer.body["records"])
            }
            return [
                Outcome(
                    action,
                    Status.DONE,
                    ref=made[_key(action)],
                    url=self.base.record_url(place.items, made[_key(action)]),
                )
                for action in actions
            ]

    def _cells(self, action: Open, left_out: Sequence[str]) -> Json:
        """The cells to write. `Done` is never among them: a repetition would un-tick it."""
        place = self.place
        optional: dict[str, Any] = {
            "owner": owner_of(action.assignee) if action.assignee else None,
            "due": action.due.isoformat() if action.due else None,
            "notes": action.text or None,
        }
        return {
            place.item("key"): _key(action),
            place.item("deal"): [action.deal],
            place.item("title"): " ".join(action.title.split()),
            **{
                place.item(name): value
                for name, value in optional.items()
                if value is not None and place.item(name) and name not in left_out
            },
        }


def _key(action: Open) -> str:
    return item_key(action.deal, action.item)
