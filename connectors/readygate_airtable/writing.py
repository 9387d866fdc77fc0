"""Carries out actions: every one ends as exactly one outcome, and none of them raises.

Airtable knows no conditional write. What is moved is looked at right before, and again after every
five requests that move.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import assert_never

from readygate.action import (
    Amend,
    Announce,
    Declare,
    Explain,
    Grant,
    Open,
    Outcome,
    Restore,
    Retire,
    Return,
    Status,
    Tell,
    TrackerAction,
    text_digest,
)
from readygate.errors import ReadygateError, Stale, TrackerRejected
from readygate.render.plain import plural
from readygate_airtable.base import Base, Json, Refused
from readygate_airtable.commenting import Commenter
from readygate_airtable.opening import AT_ONCE, Opener
from readygate_airtable.place import Place
from readygate_airtable.reading import Reader
from readygate_airtable.stages import Stages
from readygate_http import Watch

Cells = Callable[[TrackerAction, Json], Json]
"""What to write for an action into the record as it is now. Raises a TrackerError to leave it."""

LOOKED_AT = 5 * AT_ONCE
"""Records that one look right before a move is for. They are moved within five requests, a good
second; looking before each of these would make half of all requests looks."""

_NO_CHOICE = "INVALID_MULTIPLE_CHOICE_OPTIONS"


@dataclass(frozen=True, slots=True)
class Batch:
    """Records of one table that are changed after one look: `refs` stand beside the actions.

    `read` names the fields that `cells` wants to see first; without any, nothing is looked at.
    `doing` words what is done with so many of them.
    """

    table: str
    refs: Sequence[str]
    read: Sequence[str]
    cells: Cells
    name: str
    doing: Callable[[int], str]


class Writer:
    """Writes to one pipeline of one base."""

    def __init__(
        self, base: Base, place: Place, stages: Stages, reader: Reader, account: str
    ) -> None:
        self._base = base
        self._place = place
        self._stages = stages
        self._reader = reader
        self._commenter = Commenter(base, place, account)

    def apply(self, actions: Sequence[TrackerAction]) -> Iterator[Outcome]:
        """Yield one outcome per action, in order; after one that stops, the rest is skipped."""
        watch = Watch("Airtable")
        for _, group in groupby(actions, key=type):
            some = list(group)
            step = _together(some[0])
            for start in range(0, len(some), step):
                batch = some[start : start + step]
                if watch.stops:
                    yield from (watch.skipped(action) for action in batch)
                else:
                    yield from self._do(batch, watch)

    def find_explanation(self, deal: str, attempt: str) -> str | None:
        """The id of our newest comment on a deal that carries an attempt, or None."""
        return self._commenter.find(deal, attempt)

    def _do(self, actions: Sequence[TrackerAction], watch: Watch) -> Iterable[Outcome]:
        first = actions[0]
        match first:
            case Open():
                opens = [action for action in actions if isinstance(action, Open)]
                return Opener(self._base, self._place, self._reader, watch).open(opens)
            case Explain():
                return [self._explain(first, watch)]
            case Return() | Grant():
                return self._write(actions, self._deals(actions, self._moved, "move"), watch)
            case Tell():
                return self._write(actions, self._deals(actions, self._told, "note"), watch)
            case Retire() | Restore():
                return self._write(actions, self._rows(actions, "retired", self._marked), watch)
            case Amend():
                return self._write(actions, self._rows(actions, "notes", self._amended), watch)
            case Announce() | Declare():
                raise AssertionError("Airtable has no guard of its own")
            case _:
                assert_never(first)

    def _explain(self, action: Explain, watch: Watch) -> Outcome:
        try:
            outcome = self._commenter.explain(action)
        except ReadygateError as error:
            return watch.failed(error, action)[0]
        watch.done()
        return outcome

    def _deals(self, actions: Sequence[TrackerAction], cells: Cells, name: str) -> Batch:
        place = self._place
        read = [place.stage, *([place.requested] if place.requested else [])]
        refs = [action.deal for action in actions]
        if name == "move":
            return Batch(place.deals, refs, read, cells, name, _moving)
        return Batch(place.deals, refs, [], cells, name, lambda _: "noting what is missing")

    def _rows(self, actions: Sequence[TrackerAction], field: str, cells: Cells) -> Batch:
        place = self._place
        refs = [getattr(action, "ref", "") for action in actions]
        read = [ref for ref in (place.item("key"), place.item(field)) if ref]
        return Batch(place.items, refs, read, cells, "items", _changing)

    def _write(
        self, actions: Sequence[TrackerAction], batch: Batch, watch: Watch
    ) -> Iterator[Outcome]:
        """Look, then change what is still as it was, ten records a request; one that Airtable
        refuses is done alone. What became of a request is told before the next one."""
        until = self._until(actions)
        try:
            now = self._now(batch)
        except ReadygateError as error:
            yield from watch.failed(error, *actions)
            return
        for start in range(0, len(actions), AT_ONCE):
            outcomes: dict[int, Outcome] = {}
            due: dict[int, Json] = {}
            indexes = range(start, min(start + AT_ONCE, len(actions)))
            for index in indexes:
                action, ref = actions[index], batch.refs[index]
                try:
                    if batch.read and ref not in now:
                        text = f"{action.label}: the record {ref} is gone. Nothing was changed."
                        raise Stale(text)
                    cells = batch.cells(action, now.get(ref, {}))
                except ReadygateError as error:
                    outcomes[index] = watch.failed(error, action)[0]
                else:
                    outcomes[index] = Outcome(action, Status.DONE)  # as it is already
                    due |= {index: cells} if cells else {}
            if due:
                outcomes |= self._send(actions, batch, due, watch, until)
            yield from (outcomes[index] for index in indexes)

    def _until(self, actions: Sequence[TrackerAction]) -> float | None:
        """Until when, by the clock that never goes back, the looks at these deals are good."""
        if not isinstance(actions[0], Return | Grant | Retire | Restore):
            return None
        looks = self._base.looks
        return self._base.clock.monotonic() + looks.good_for(*(one.deal for one in actions))

    def _now(self, batch: Batch) -> Mapping[str, Json]:
        if not batch.read:
            return {}
        doing = batch.doing(len(batch.refs))
        records = self._reader.fetch(batch.table, batch.refs, batch.read, doing)
        with self._base.understanding(doing):
            return {str(record["id"]): record["fields"] for record in records}

    def _send(
        self,
        actions: Sequence[TrackerAction],
        batch: Batch,
        cells: Mapping[int, Json],
        watch: Watch,
        until: float | None,
    ) -> dict[int, Outcome]:
        if watch.stops:
            return {index: watch.skipped(actions[index]) for index in cells}
        try:
            self._base.change(
                "PATCH",
                f"/{self._base.ref}/{batch.table}",
                name=batch.name,
                doing=batch.doing(len(cells)),
                json={
                    "records": [
                        {"id": batch.refs[index], "fields": told} for index, told in cells.items()
                    ],
                    "returnFieldsByFieldId": True,
                },
                good_for=None if until is None else until - self._base.clock.monotonic(),
            )
        except Refused as error:
            if len(cells) == 1:
                if error.kind == _NO_CHOICE:
                    self._stages.renew()
                return dict(
                    zip(cells, watch.failed(_worded(error), *_of(actions, cells)), strict=True)
                )
            done: dict[int, Outcome] = {}
            for index, told in cells.items():
                done |= self._send(actions, batch, {index: told}, watch, until)
            return done
        except ReadygateError as error:
            return dict(zip(cells, watch.failed(error, *_of(actions, cells)), strict=True))
        watch.done()
        return {index: Outcome(actions[index], Status.DONE) for index in cells}

    def _moved(self, action: TrackerAction, now: Json) -> Json:
        place = self._place
        stage = str(now.get(place.stage) or "")
        wanted = str(now.get(place.requested) or "") if place.requested else ""
        match action:
            case Return(request=True):
                self._expect(action, wanted, action.before)
                return {place.requested: None}
            case Return():
                self._expect(action, stage, action.before)
                return {place.stage: self._stages.name(action.stage)}
            case Grant():
                self._expect(action, wanted, action.stage)
                return {place.stage: self._stages.name(action.stage), place.requested: None}
            case _:
                raise AssertionError(f"not a move: {action}")

    def _expect(self, action: TrackerAction, name: str, ref: str) -> None:
        if not name or self._stages.ref(name) != ref:
            text = f"{action.label} was changed by somebody in the meantime."
            raise Stale(f"{text} The next run looks again.")

    def _told(self, action: TrackerAction, _now: Json) -> Json:
        if not isinstance(action, Tell) or not self._place.missing:
            raise TrackerRejected("The config names no field for what is missing.")
        return {self._place.missing: action.text or None}

    def _marked(self, action: TrackerAction, now: Json) -> Json:
        """Set or clear our own checkbox. `Done` stays as it is: it is the stored tick."""
        retired = self._place.item("retired")
        wanted = isinstance(action, Retire)
        if not retired:
            text = "The checklist has no field that marks items as retired."
            raise TrackerRejected(f"{text} Name it under `checklist: {{retired: …}}`.")
        return {} if (now.get(retired) is True) == wanted else {retired: wanted}

    def _amended(self, action: TrackerAction, now: Json) -> Json:
        assert isinstance(action, Amend)  # noqa: S101 - groups hold actions of one kind
        place = self._place
        cells: dict[str, str] = {}
        if action.key is not None:
            cells[place.item("key")] = action.key
        if action.title is not None:
            cells[place.item("title")] = " ".join(action.title.split())
        notes = place.item("notes")
        theirs = str(now.get(notes) or "") if notes else ""
        if notes and action.text is not None and text_digest(theirs) == action.was:
            cells[notes] = action.text
        return cells


def _moving(deals: int) -> str:
    return f"moving {plural(deals, 'deal')}"


def _changing(items: int) -> str:
    return f"changing {plural(items, 'checklist item')}"


def _together(action: TrackerAction) -> int:
    """How many actions like this one are done after one look. The notes of an item are looked at
    right before they are changed: no look of the run is good for what people write into them."""
    match action:
        case Explain():
            return 1
        case Return() | Grant() | Retire() | Restore():
            return LOOKED_AT
        case _:
            return AT_ONCE


def _of(actions: Sequence[TrackerAction], indexes: Mapping[int, Json]) -> list[TrackerAction]:
    return [actions[index] for index in indexes]


def _worded(error: Refused) -> ReadygateError:
    """A record that went between our look and our write is no fault of anybody."""
    if error.kind == "ROW_DOES_NOT_EXIST":
        return Stale(str(error), detail=error.detail)
    return error
