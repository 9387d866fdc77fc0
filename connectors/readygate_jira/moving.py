"""Moves issues between statuses: a deal back to its stage, an item to done and open again.

Ways are told by the status they lead to, never by a transition's name. A way that worked is
remembered, so that the next deal takes one request.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from readygate.errors import (
    OutcomeUnknown,
    Stale,
    TrackerDenied,
    TrackerRejected,
    TrackerUnavailable,
)
from readygate_jira.pace import IssuePace
from readygate_jira.past import GENERATOR
from readygate_jira.place import Place
from readygate_jira.reading import current_status
from readygate_jira.site import Site
from readygate_jira.translate import Json
from readygate_jira.workflow import Ways, ask_transitions, required_fields


@dataclass(frozen=True, slots=True)
class Transition:
    """One way out of a status. `needs` names the fields its screen wants and that we cannot fill;
    `resolutions` (id -> name) is given where the screen wants a resolution.
    """

    ref: str
    name: str
    target: str
    done: bool
    category: str
    needs: tuple[str, ...] = ()
    resolutions: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trip:
    """A deal's way from the status `before` to `stage`, over others but those in `avoid`."""

    place: Place
    deal: str
    label: str
    before: str
    stage: str
    attempt: str
    avoid: Collection[str] = ()

    @property
    def doing(self) -> str:
        """For messages."""
        return f"moving {self.label} back to {self.place.status_name(self.stage)!r}"

    @property
    def key(self) -> tuple[str, str, str]:
        """What deals that can go the same way have in common."""
        return (self.place.deal_type, self.before, self.stage)


@dataclass(frozen=True, slots=True)
class Shift:
    """What an item is to be brought to: transitions that fit, the best ranked first.

    `deal` is the one on whose look that rests, "" where it rests on none.
    """

    deal: str
    purpose: str
    doing: str
    fits: Callable[[Transition], bool]
    rank: Callable[[Transition], tuple[bool, bool]]


class Mover:
    """Performs transitions on one site. What it returns from has arrived; else TrackerError."""

    def __init__(self, site: Site, pace: IssuePace) -> None:
        self._site = site
        self._pace = pace
        self._known: dict[tuple[str, str, str], str] = {}
        self._ways = Ways(site)

    def move(self, trip: Trip) -> None:
        """Move a deal, over other statuses if it must be.

        Raises Stale when it does not stand in `before`, TrackerRejected when there is no way.
        """
        known = self._known.get(trip.key)
        if known:
            if self._go(trip.deal, trip.deal, known, trip.doing, attempt=trip.attempt):
                return
            if self._has_arrived(trip):
                return
            del self._known[trip.key]
        options = self._options(trip.deal, trip.doing)
        # The ways out do not say out of what: a person may have moved it since our look.
        if self._has_arrived(trip):
            return
        direct = _leading(trip.place, options, trip.stage)
        if direct is None:
            if not self._go_hidden(trip):
                self._walk(trip, options)
        elif self._go(trip.deal, trip.deal, direct.ref, trip.doing, attempt=trip.attempt):
            self._known[trip.key] = direct.ref
        elif not self._has_arrived(trip):
            text = f"Jira at {self._site.host} refuses the transition {direct.name!r} of"
            text = f"{text} {trip.label} to {trip.place.status_name(trip.stage)!r}: a condition or"
            raise TrackerRejected(f"{text} a validator of the workflow forbids it to our account.")

    def through(self, place: Place, deal: str, label: str, transition: str, doing: str) -> None:
        """Move a deal by a transition that only our account may use."""
        if not self._go(deal, deal, transition, doing):
            raise TrackerRejected(
                f"Jira at {self._site.host} refuses the closed transition {transition} of {label}"
                f" ({place.project_key}) to our account. `readygate guard status` says what is"
                " installed; `readygate guard install` mends it."
            )

    def _go_hidden(self, trip: Trip) -> bool:
        """Take the way back that an installation has added for us, which Jira may not list."""
        backs = trip.place.guard.backs.items()
        known = next((ref for ref, status in backs if status == trip.stage), None)
        if known is None:
            return False
        if not self._go(trip.deal, trip.deal, known, trip.doing, attempt=trip.attempt):
            return False
        self._known[trip.key] = known
        return True

    def _has_arrived(self, trip: Trip) -> bool:
        """Tell whether a deal already stands where it shall; Stale if it left where it was."""
        status = current_status(self._site, trip.deal, trip.doing)
        if status is None:
            raise Stale(f"{trip.label} is gone, or hidden from our account. Nothing was moved.")
        if status not in {trip.before, trip.stage}:
            text = f"{trip.label} was moved by somebody in the meantime."
            raise Stale(f"{text} The next run looks again.")
        return status == trip.stage

    def _walk(self, trip: Trip, options: Sequence[Transition]) -> None:
        """Go hop by hop, each looked up before it is made, and see that the last one arrived."""
        here = trip.before
        first = {option.target for option in options}
        for hop in self._ways.find(
            trip.place, trip.before, trip.stage, first=first, avoid=trip.avoid
        ):
            found = _leading(trip.place, options, hop)
            if found is None or not self._go(
                trip.deal, trip.deal, found.ref, trip.doing, attempt=trip.attempt
            ):
                raise _no_way(trip, here, hop)
            here = hop
            self._site.looks.renew(trip.deal)  # half-way is no place to stop
            with _on_the_way(trip):
                if hop != trip.stage:
                    options = self._options(trip.deal, trip.doing)
                elif not self._has_arrived(trip):
                    raise _no_way(trip, here, trip.stage)
        if here == trip.before:
            raise _no_way(trip, here, trip.stage)

    def close(self, place: Place, item: str, label: str) -> None:
        """Bring an item that is marked as retired to a status that means done, and not waived."""
        shift = Shift(
            "",
            "close",
            f"closing {label}",
            fits=lambda option: option.done and option.target not in place.waived_statuses,
            rank=lambda option: (option.name.casefold() != "done", option.resolutions is not None),
        )
        if not self._shift(place, item, shift):
            status = current_status(self._site, item, shift.doing)
            if status is not None and not place.is_closed(status):
                raise _no_shift(label, "a status that means done")

    def reopen(self, place: Place, deal: str, item: str, label: str) -> None:
        """Bring an item to a status that does not mean done, the very first if possible."""
        shift = Shift(
            deal,
            "reopen",
            f"re-opening {label}",
            fits=lambda option: not option.done,
            rank=lambda option: (option.category != "new", option.resolutions is not None),
        )
        if not self._shift(place, item, shift):
            status = current_status(self._site, item, shift.doing)
            if status is None:
                raise Stale(f"{label} is gone, or hidden from our account. Nothing was changed.")
            if place.is_closed(status):
                raise _no_shift(label, "a status that is not done")

    def _shift(self, place: Place, item: str, shift: Shift) -> bool:
        key = (place.item_type, shift.purpose, "")
        known = self._known.get(key)
        if known and self._go(shift.deal, item, known, shift.doing):
            return True
        options = [option for option in self._options(item, shift.doing) if shift.fits(option)]
        for option in sorted((one for one in options if not one.needs), key=shift.rank):
            fields = _resolution(option, place)
            if fields is not None and self._go(
                shift.deal, item, option.ref, shift.doing, fields=fields
            ):
                if not fields:
                    self._known[key] = option.ref
                return True
        return False

    def _options(self, issue: str, doing: str) -> list[Transition]:
        listed = ask_transitions(self._site, issue, doing)
        with self._site.understanding(doing):
            return [_transition(option) for option in listed]

    def _go(
        self,
        deal: str,
        issue: str,
        transition: str,
        doing: str,
        *,
        attempt: str = "",
        fields: Json | None = None,
    ) -> bool:
        """Move an issue; False if Jira refuses it as not possible from here.

        Raises Stale when the last look at the `deal`, if there is one, is too old.
        """
        self._pace.take(issue)
        body: dict[str, Any] = {
            "transition": {"id": transition},
            "historyMetadata": _marks(attempt),
        }
        if fields:
            body["fields"] = fields
        answer = self._site.change(
            "POST",
            f"/issue/{issue}/transitions",
            name="move",
            doing=doing,
            json=body,
            allow=(400,),
            promised=(204,),
            good_for=self._site.looks.good_for(deal) if deal else None,
        )
        return answer.status != 400


def _leading(place: Place, options: Sequence[Transition], target: str) -> Transition | None:
    """The transition to a status; TrackerRejected if every one of them asks for fields."""
    leading = [option for option in options if option.target == target]
    free = [option for option in leading if not option.needs and option.resolutions is None]
    if leading and not free:
        needs = leading[0].needs or ("Resolution",)
        names = ", ".join(repr(name) for name in needs)
        raise TrackerRejected(
            f"The transition {leading[0].name!r} to {place.status_name(target)!r} asks for"
            f" {names}, which only a person can fill in. Ask a Jira admin to make it optional"
            " there, or to add a transition without a screen."
        )
    return free[0] if free else None


@contextmanager
def _on_the_way(trip: Trip) -> Iterator[None]:
    """The deal has left where it stood: what cannot be asked inside has to be looked up."""
    try:
        yield
    except (TrackerUnavailable, TrackerDenied) as error:
        text = f"{trip.label} is on its way back, and where it stands is not known: {error}"
        raise OutcomeUnknown(text, detail=error.detail) from error


def _no_way(trip: Trip, here: str, there: str) -> TrackerRejected:
    names = trip.place.status_name
    return TrackerRejected(
        f"{trip.label} stays in {names(here)!r}: the workflow has no transition to"
        f" {names(there)!r} that our account may use. Ask a Jira admin to add one, best a global"
        f" transition 'Return to {names(there)}' that only our account may use."
    )


def _no_shift(label: str, where: str) -> TrackerRejected:
    return TrackerRejected(
        f"The workflow of {label} has no transition to {where} that our account may use."
        " Ask a Jira admin to add one."
    )


def _marks(attempt: str) -> Json:
    """What lets us recognise our own move in the changelog."""
    marks: dict[str, Any] = {
        "type": GENERATOR,
        "generator": {"id": GENERATOR, "type": "application", "displayName": "Readygate"},
    }
    return {**marks, "extraData": {"attempt": attempt}} if attempt else marks


def _transition(option: Json) -> Transition:
    target = option["to"]
    category = str(target["statusCategory"]["key"])
    required = required_fields(option)
    resolution = required.pop("resolution", None)
    allowed = (resolution or {}).get("allowedValues") or ()
    return Transition(
        ref=str(option["id"]),
        name=str(option["name"]),
        target=str(target["id"]),
        done=category == "done",
        category=category,
        needs=tuple(str(known.get("name", ref)) for ref, known in required.items()),
        resolutions={str(one["id"]): str(one.get("name", "")) for one in allowed}
        if resolution
        else None,
    )


def _resolution(option: Transition, place: Place) -> Json | None:
    """The fields to send with a transition; None where only a waiving resolution is on offer."""
    if option.resolutions is None:
        return {}
    fitting = [ref for ref in option.resolutions if ref not in place.waived_resolutions]
    fitting.sort(key=lambda ref: (option.resolutions or {})[ref].casefold() != "done")
    return {"resolution": {"id": fitting[0]}} if fitting else None
