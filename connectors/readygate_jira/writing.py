"""Carries out actions: every one ends as exactly one outcome, and none of them raises."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any, assert_never

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
from readygate.deal import Mark, item_key
from readygate.errors import (
    OutcomeUnknown,
    ReadygateError,
    Stale,
    TrackerError,
    TrackerRejected,
)
from readygate.pipeline import Pipeline
from readygate.ports import Clock
from readygate_http import Watch
from readygate_http.shapes import MOST_PAGES, ident, objects
from readygate_jira.adf import document, from_plain, to_plain
from readygate_jira.moving import Mover, Trip
from readygate_jira.opening import AT_ONCE, Opener, summary
from readygate_jira.pace import IssuePace
from readygate_jira.place import ATTEMPT_PROPERTY, ITEM_PROPERTY, Place
from readygate_jira.reading import fetch
from readygate_jira.site import Site
from readygate_jira.translate import Json, field_texts
from readygate_jira.workflow import not_through

_COMMENTS = 100


class Writer:
    """Writes to one site. It remembers ways through workflows for as long as it lives."""

    def __init__(self, site: Site, clock: Clock) -> None:
        self._site = site
        self._pace = IssuePace(clock)
        self._mover = Mover(site, self._pace)

    def apply(
        self, pipeline: Pipeline, place: Place, actions: Sequence[TrackerAction]
    ) -> Iterator[Outcome]:
        """Yield one outcome per action, in order; after one that stops, the rest is skipped."""
        watch = Watch("Jira")
        for opening, group in groupby(actions, key=lambda action: isinstance(action, Open)):
            some = list(group)
            step = AT_ONCE if opening else 1
            for start in range(0, len(some), step):
                batch = some[start : start + step]
                if watch.stops:
                    yield from (watch.skipped(action) for action in batch)
                elif opening:
                    opens = [action for action in batch if isinstance(action, Open)]
                    yield from Opener(self._site, place, self._pace, watch).open(opens)
                else:
                    yield self._one(pipeline, place, batch[0], watch)

    def _one(
        self, pipeline: Pipeline, place: Place, action: TrackerAction, watch: Watch
    ) -> Outcome:
        try:
            outcome = self._do(pipeline, place, action)
        except ReadygateError as error:
            return watch.failed(error, action)[0]
        watch.done()
        return outcome

    def _do(self, pipeline: Pipeline, place: Place, action: TrackerAction) -> Outcome:
        match action:
            case Open():
                raise AssertionError("items are opened in batches")
            case Return(request=True):
                return self._decline(place, action)
            case Return():
                return self._return(pipeline, place, action)
            case Explain():
                return self._explain(action)
            case Retire():
                return self._retire(place, action)
            case Restore():
                return self._restore(place, action)
            case Amend():
                return self._amend(action)
            case Announce():
                return self._announce(action)
            case Declare():
                return self._declare(place, action)
            case Grant():
                return self._grant(pipeline, place, action)
            case Tell():
                raise TrackerRejected("Jira pipelines know no notes of ours.")
            case _:
                assert_never(action)

    def _return(self, pipeline: Pipeline, place: Place, action: Return) -> Outcome:
        trip = Trip(
            place=place,
            deal=action.deal,
            label=action.label,
            before=action.before,
            stage=action.stage,
            attempt=action.attempt,
            avoid=not_through(pipeline, action.before),
        )
        self._mover.move(trip)
        return Outcome(action, Status.DONE)

    def _grant(self, pipeline: Pipeline, place: Place, action: Grant) -> Outcome:
        """Move first, clear the request last: a crash between leaves one that is met already."""
        doing = f"moving {action.label} to {place.status_name(action.stage)!r} as it was asked for"
        status = self._asking(place, action.deal, action.stage, action.label, doing)
        closed = place.guard.moves.get(f"{status}>{action.stage}")
        if closed:
            self._mover.through(place, action.deal, action.label, closed, doing)
        elif status != action.stage:
            trip = Trip(
                place=place,
                deal=action.deal,
                label=action.label,
                before=status,
                stage=action.stage,
                attempt="",
                avoid=not_through(pipeline, status),
            )
            self._mover.move(trip)
        self._clear_request(place, action.deal, doing)
        return Outcome(action, Status.DONE)

    def _decline(self, place: Place, action: Return) -> Outcome:
        doing = f"declining what {action.label} asks for"
        self._asking(place, action.deal, action.before, action.label, doing)
        self._clear_request(place, action.deal, doing)
        return Outcome(action, Status.DONE)

    def _asking(self, place: Place, deal: str, stage: str, label: str, doing: str) -> str:
        """The status of a deal that asks for a stage; Stale if it asks for another by now."""
        field = place.guard.requested
        found = fetch(self._site, [deal], ["status", field], doing)
        with self._site.understanding(doing):
            if not found:
                raise Stale(f"{label} is gone, or hidden from our account. Nothing was moved.")
            fields = found[0]["fields"]
            asked, _ = place.asked(" ".join(field_texts(fields.get(field))))
            if asked != stage:
                raise Stale(f"{label} asks for something else by now. The next run looks again.")
            return str(fields["status"]["id"])

    def _clear_request(self, place: Place, deal: str, doing: str) -> None:
        self._pace.take(deal)
        self._site.change(
            "PUT",
            f"/issue/{deal}",
            name="clear request",
            doing=doing,
            json={"fields": {place.guard.requested: None}},
            promised=(204,),
        )

    def _announce(self, action: Announce) -> Outcome:
        note = Explain(action.deal, action.label, action.attempt, action.document, action.reason)
        return replace(self._explain(note), action=action)

    def _declare(self, place: Place, action: Declare) -> Outcome:
        fields = {
            place.guard.fields[gate]: action.text if is_open else None
            for gate, is_open in action.verdicts.items()
            if gate in place.guard.fields
        }
        if len(fields) < len(action.verdicts):
            raise TrackerRejected(
                "The guard of this pipeline is not installed in Jira, or is older than its gates:"
                " run `readygate guard install`."
            )
        self._pace.take(action.deal)
        self._site.change(
            "PUT",
            f"/issue/{action.deal}",
            name="declare",
            doing=f"writing on {action.label} which gates are open",
            json={"fields": fields},
            promised=(204,),
        )
        return Outcome(action, Status.DONE)

    def _explain(self, action: Explain) -> Outcome:
        doing = f"commenting on {action.label}"
        body = {
            "body": document(action.document),
            "properties": [{"key": ATTEMPT_PROPERTY, "value": {"id": action.attempt}}],
        }
        path = f"/issue/{action.deal}/comment"
        self._pace.take(action.deal)
        note = ""
        if action.edit:
            answer = self._site.change(
                "PUT",
                f"{path}/{action.edit}",
                name="edit comment",
                doing=doing,
                params={"notifyUsers": "false"},
                json=body,
                allow=(404,),
                expect_body=True,
            )
            if answer.status != 404:
                return self._explained(action, action.edit)
            note = "The earlier explanation was deleted; a new one was written."
        answer = self._site.change(
            "POST", path, name="comment", doing=doing, json=body, expect_body=True
        )
        with self._site.understanding_write(doing):
            return self._explained(action, ident(answer.body["id"]), note)

    def _explained(self, action: Explain, comment: str, note: str = "") -> Outcome:
        url = self._site.links.comment(action.label, comment)
        return Outcome(action, Status.DONE, ref=comment, url=url, message=note)

    def _retire(self, place: Place, action: Retire) -> Outcome:
        """Mark first, close last: a crash between cannot look like a tick.

        The mark rests on a look, the closing on the mark alone: half-way is no place to stop.
        """
        since = self._closed_since(place, action) if action.close else None
        value = {"retired": True, "stored": (since or action.stored).value}
        self._set_property(action, {"key": item_key(action.deal, action.item), **value})
        if since or not action.close:
            return Outcome(action, Status.DONE)
        try:
            self._mover.close(place, action.ref, _item_label(action))
        except TrackerRejected as error:
            # What counts is done: it is ours-retired, and no gate asks for it.
            text = f"Retired, but it stays open in Jira: {error}"
            return Outcome(action, Status.DONE, message=text, detail=error.detail)
        except TrackerError as error:
            # Half of it is done: the next run looks, and closes what is still open.
            text = f"It is marked as retired, and perhaps not closed: {error}"
            raise OutcomeUnknown(text, detail=error.detail) from error
        return Outcome(action, Status.DONE)

    def _closed_since(self, place: Place, action: Retire) -> Mark | None:
        """The mark that a person has given an item since our look; None where nobody has.

        An item that is marked as retired was closed by us.
        """
        doing = f"retiring {_item_label(action)}"
        found = fetch(self._site, [action.ref], ["status"], doing, properties=(ITEM_PROPERTY,))
        with self._site.understanding(doing):
            known = (found[0].get("properties") or {}).get(ITEM_PROPERTY) or {} if found else {}
            status = str(found[0]["fields"]["status"]["id"]) if found else ""
        if not place.is_closed(status) or known.get("retired") is True:
            return None
        return Mark.WAIVED if status in place.waived_statuses else Mark.TICKED

    def _restore(self, place: Place, action: Restore) -> Outcome:
        """Re-open first, un-retire last, for the same reason."""
        if action.reopen:
            self._mover.reopen(place, action.deal, action.ref, _item_label(action))
        self._set_property(action, {"key": item_key(action.deal, action.item), "retired": False})
        return Outcome(action, Status.DONE)

    def _amend(self, action: Amend) -> Outcome:
        doing = f"rewording {_item_label(action)}"
        known, there = self._written(action, doing)
        if action.key is not None and known.get("key") != action.key:
            self._set_property(action, {**known, "key": action.key})
        fields: dict[str, Any] = {}
        note = ""
        if action.title is not None:
            fields["summary"] = summary(action.title)
        if action.text is not None and text_digest(there) == action.was:
            fields["description"] = from_plain(action.text)
        elif action.text is not None and text_digest(there) != text_digest(action.text):
            note = "A person has rewritten the description; it was left as it is."
        if fields:
            self._pace.take(action.ref)
            self._site.change(
                "PUT",
                f"/issue/{action.ref}",
                name="amend",
                doing=doing,
                json={"fields": fields},
                promised=(204,),
            )
        return Outcome(action, Status.DONE, message=note)

    def _written(self, action: Amend, doing: str) -> tuple[dict[str, Any], str]:
        """What an item carries now: the value of our property and its description as text."""
        if action.key is None and action.text is None:
            return {}, ""
        found = fetch(self._site, [action.ref], ["description"], doing, properties=(ITEM_PROPERTY,))
        if not found:
            raise Stale(f"{_item_label(action)} is gone, or hidden from our account.")
        with self._site.understanding(doing):
            known = dict((found[0].get("properties") or {}).get(ITEM_PROPERTY) or {})
            return known, to_plain(found[0]["fields"].get("description"))

    def _set_property(self, action: Retire | Restore | Amend, value: dict[str, Any]) -> None:
        self._pace.take(action.ref)
        self._site.change(
            "PUT",
            f"/issue/{action.ref}/properties/{ITEM_PROPERTY}",
            name="mark item",
            doing=f"marking {_item_label(action)}",
            json={"v": 1, **value},
            good_for=None if isinstance(action, Amend) else self._site.looks.good_for(action.deal),
        )

    def find_explanation(self, pipeline: str, deal: str, attempt: str) -> str | None:
        """The id of our newest comment on a deal that carries an attempt, or None."""
        doing = f"looking for our explanation on a deal of {pipeline}"
        start = 0
        for _ in range(MOST_PAGES):
            answer = self._site.ask(
                "GET",
                f"/issue/{deal}/comment",
                name="comments",
                doing=doing,
                params={
                    "expand": "properties",
                    "orderBy": "-created",
                    "startAt": str(start),
                    "maxResults": str(_COMMENTS),
                },
                allow=(404,),
            )
            if answer.status == 404:
                return None
            with self._site.understanding(doing):
                comments = objects(answer.body["comments"])
                for comment in comments:
                    if _carries(comment, attempt):
                        return ident(comment["id"])
                start += len(comments)
                if not comments or start >= int(answer.body.get("total", 0)):
                    break
        return None


def _carries(comment: Json, attempt: str) -> bool:
    return any(
        known.get("key") == ATTEMPT_PROPERTY and (known.get("value") or {}).get("id") == attempt
        for known in comment.get("properties") or ()
    )


def _item_label(action: Retire | Restore | Amend) -> str:
    return f"the item {action.item!r} of {action.label}"
