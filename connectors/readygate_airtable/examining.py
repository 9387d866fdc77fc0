"""Looks at everything a run in a base needs, before a run does: what `readygate doctor` tells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from readygate.checkup import (
    Area,
    Checkup,
    Inquiry,
    State,
    attempted,
    clock_checkup,
    of_error,
    of_finding,
    of_problem,
    unoffered,
)
from readygate.contract import Person
from readygate.errors import Finding, TrackerDenied, TrackerError
from readygate.pipeline import Guard
from readygate.ports import Binding, Clock
from readygate.status import gap_of
from readygate.suggesting import suggestion
from readygate_airtable.base import SCOPES, TOKENS_PAGE, Base, Json
from readygate_airtable.names import Resolution
from readygate_airtable.place import Place
from readygate_airtable.schema import Table, read_schema

_EDITORS = frozenset({"edit", "create", "owner"})
_CHOOSING = frozenset({"singleSelect", "multipleSelects"})


@dataclass(frozen=True, slots=True)
class _Known:
    """What the base tells about itself: our role in it, everybody's e-mail -> (id, role), and
    whether groups work in it, whose members it does not tell."""

    role: str = ""
    people: Mapping[str, tuple[str, str]] | None = None
    groups: bool = False


@dataclass(slots=True)
class Examination:
    """One base, examined for some pipelines. `previous` is what the last run resolved."""

    base: Base
    clock: Clock
    inquiries: Sequence[Inquiry]
    people: Sequence[Person]
    previous: Binding | None
    places: Mapping[str, Place]
    _tables: tuple[Table, ...] = field(default=(), init=False)

    def run(self) -> Iterator[Checkup]:
        """Everything about the token, then about each pipeline, then about people."""
        try:
            account = self.base.whoami()
        except TrackerError as error:
            yield from of_error(Area.ACCESS, error)
            return
        yield Checkup(Area.ACCESS, State.OK, f"Signed in to Airtable as the user {account}.")
        text = "The token does not expire by itself."
        yield Checkup(Area.ACCESS, State.OK, text)
        if self.base.now:
            yield clock_checkup(self.base.now, self.clock.now(), "Airtable")
        try:
            self._tables = read_schema(self.base)
        except TrackerDenied:
            yield from attempted(Area.RIGHTS, self._why_no_schema)
            return
        except TrackerError as error:
            yield from of_error(Area.ACCESS, error)
            return
        known = self._known()
        yield from _role(known.role, self.base.ref)
        for inquiry in self.inquiries:
            yield from attempted(Area.ACCESS, partial(self._pipeline, inquiry))
        yield from self._people(known)

    def _known(self) -> _Known:
        doing = "reading who works in the base"
        path = f"/meta/bases/{self.base.ref}"
        answer = self.base.ask(
            "GET",
            path,
            name="collaborators",
            doing=doing,
            params={"include": "collaborators"},
            allow=(403, 404, 422),
        )
        if answer.status != 200:
            return _Known((self._levels() or {}).get(self.base.ref, ""))
        with self.base.understanding(doing):
            body: Json = answer.body
            told = body.get("individualCollaborators")
            if told is None:
                return _Known(str(body.get("permissionLevel", "")))
            listed = [*told["baseCollaborators"], *told.get("workspaceCollaborators", ())]
            people = {
                str(one.get("email", "")).casefold(): (
                    str(one["userId"]),
                    str(one["permissionLevel"]),
                )
                for one in listed
            }
            groups = any((body.get("groupCollaborators") or {}).values())
            return _Known(str(body.get("permissionLevel", "")), people, groups)

    def _why_no_schema(self) -> Iterator[Checkup]:
        """Tell a scope that is lacking from a base that is not the token's."""
        levels = self._levels()
        why = "No name of the config can be looked up, so no run can do anything."
        if levels is None:
            what = "The token lacks the scope schema.bases:read."
            fix = f"Add it at {TOKENS_PAGE}; the token itself stays the same."
        elif self.base.ref not in levels:
            seen = ", ".join(levels) or "none"
            what = f"The token sees no base {self.base.ref}; it sees: {seen}."
            fix = (
                f"At {TOKENS_PAGE} add the base to the token's list, and in the base invite our"
                " user as an editor; if the id is wrong, correct `base` in the config."
            )
        else:
            what = f"Airtable refuses to tell the tables of {self.base.ref} (403)."
            fix = "In the base, click “Share” and make our user an editor."
        yield Checkup(Area.RIGHTS, State.FAILURE, what, why, fix)

    def _levels(self) -> dict[str, str] | None:
        """Base -> our role, of the first thousand bases; None without the scope to ask."""
        doing = "reading the list of bases"
        answer = self.base.ask("GET", "/meta/bases", name="bases", doing=doing, allow=(403,))
        if answer.status != 200:
            return None
        with self.base.understanding(doing):
            return {str(one["id"]): str(one["permissionLevel"]) for one in answer.body["bases"]}

    def _pipeline(self, inquiry: Inquiry) -> Iterator[Checkup]:
        key = inquiry.key
        one = Resolution(
            inquiry.pipeline,
            self._tables,
            inquiry.fields,
            self.places.get(key),
            self.previous.stages.get(key, {}) if self.previous else {},
        )
        place = one.run()
        yield from (of_problem(problem) for problem in one.problems)
        yield from (_finding(inquiry, finding) for finding in one.findings)
        if not one.problems:
            text = f"{len(one.stages)} stages, the tables and the fields of the config are there."
            yield Checkup(Area.NAMES, State.OK, text, pipeline=key)
        if place:
            yield from _conditions(inquiry, place, self._tables)
            yield from attempted(Area.RIGHTS, partial(self._scopes, inquiry, place))
        yield _guard(inquiry)

    def _scopes(self, inquiry: Inquiry, place: Place) -> Iterator[Checkup]:
        """Try what reading needs; what writing needs cannot be tried without writing."""
        doing = "trying to read a deal"
        path = f"/{self.base.ref}/{place.deals}"
        answer = self.base.ask(
            "GET", path, name="try", doing=doing, params={"maxRecords": "1"}, allow=(403,)
        )
        if answer.status == 403:
            yield _lack(inquiry, "data.records:read", "Without it no deal can be read.")
            return
        yield Checkup(Area.RIGHTS, State.OK, "Deals can be read.", pipeline=inquiry.key)
        with self.base.understanding(doing):
            found = [str(record["id"]) for record in answer.body["records"]]
        if found:
            doing = "trying to read the comments of a deal"
            path = f"{path}/{found[0]}/comments"
            answer = self.base.ask("GET", path, name="try", doing=doing, allow=(403,))
            if answer.status == 403:
                why = "Without it our own explanation is not found and may be written twice."
                yield _lack(inquiry, "data.recordComments:read", why)
            else:
                text = "Comments can be read."
                yield Checkup(Area.RIGHTS, State.OK, text, pipeline=inquiry.key)
        yield Checkup(
            Area.RIGHTS,
            State.UNKNOWN,
            "Whether the token may write records and comments is not known: Airtable tells a"
            " token's scopes to nobody, and trying would change something.",
            "Without it the first thing that a run wants to write is refused (403).",
            f"At {TOKENS_PAGE} see that the token has {', '.join(SCOPES)}.",
            inquiry.key,
        )

    def _people(self, known: _Known) -> Iterator[Checkup]:
        """Whether every owner works in the base, so that items can be given to them."""
        if known.people is None:
            yield Checkup(
                Area.PEOPLE,
                State.UNKNOWN,
                "Who works in the base is not known: Airtable does not tell our token.",
                "An item for somebody who does not is opened without an owner.",
                "See in “Share” that everybody of the config is there.",
            )
            return
        emails = {user: email for email, (user, _) in known.people.items()}
        fine = []
        for person in self.people:
            account = person.accounts.get("airtable", "")
            email = emails.get(account, "") if account else person.email.strip().casefold()
            if email in known.people and known.people[email][1] != "none":
                fine.append(person.name)
                continue
            said = account or person.email
            who = f"{person.name} ({said})" if said else person.name
            if known.groups:
                yield Checkup(
                    Area.PEOPLE,
                    State.UNKNOWN,
                    f"Whether {who} works in the base is not known: Airtable does not tell who is"
                    " in its groups.",
                    "Their items are opened without an owner if they do not.",
                    "See in “Share” whether one of the groups has them.",
                )
                continue
            yield Checkup(
                Area.PEOPLE,
                State.FAILURE,
                f"{who} does not work in the base.",
                "Their items are opened without an owner, and they are not mentioned.",
                f"Invite them to the base, or correct `email` or `airtable: usr…` of"
                f" people.{person.key}.",
            )
        if fine:
            text = f"Working in the base: {', '.join(fine)}."
            yield Checkup(Area.PEOPLE, State.OK, text)


def _role(role: str, base: str) -> Iterator[Checkup]:
    if role in _EDITORS:
        yield Checkup(Area.RIGHTS, State.OK, f"Our user's role in the base is {role}.")
    elif role:
        yield Checkup(
            Area.RIGHTS,
            State.FAILURE,
            f"Our user's role in the base {base} is {role}.",
            "It may write nothing: no checklist is opened and no deal moved.",
            "In the base, click “Share” and make our user an editor (a creator for `readygate"
            " setup`).",
        )
    else:
        text = "Our user's role in the base is not known: Airtable does not tell."
        fix = "In the base, see in “Share” that our user is an editor."
        why = "Below an editor, the first thing that a run wants to write is refused."
        yield Checkup(Area.RIGHTS, State.UNKNOWN, text, why, fix)


def _lack(inquiry: Inquiry, scope: str, why: str) -> Checkup:
    return Checkup(
        Area.RIGHTS,
        State.FAILURE,
        f"The token lacks the scope {scope}.",
        why,
        f"Add it at {TOKENS_PAGE}; the token itself stays the same.",
        inquiry.key,
    )


def _finding(inquiry: Inquiry, finding: Finding) -> Checkup:
    """What a run would tell; where people ask for stages, one they cannot ask for is a failure."""
    if finding.code != "no-such-request":
        return of_finding(finding)
    why = "Deals can stand in that stage, but no run can bring them there."
    found = of_finding(finding, why=why, fix="Add the choices to that field in Airtable.")
    locked = inquiry.pipeline.guard is Guard.LOCKED
    return replace(found, state=State.FAILURE) if locked else found


def _conditions(inquiry: Inquiry, place: Place, tables: Sequence[Table]) -> Iterator[Checkup]:
    """Every value of every condition that its field does not offer."""
    deals = next(table for table in tables if table.ref == place.deals)
    wrong = False
    for item, when in inquiry.conditions.items():
        found = deals.field(place.conditions[when.field])
        offered: list[str] = []
        if found and found.type in _CHOOSING:
            offered = list(found.choices.values())
        elif found and found.ref in place.flags:
            offered = ["true", "false"]
        for problem in unoffered(inquiry, item, offered, partial(suggestion, offered=offered)):
            wrong = True
            yield problem
    if inquiry.conditions and not wrong:
        text = "The values of every `when` are offered by their fields."
        yield Checkup(Area.CONDITIONS, State.OK, text, pipeline=inquiry.key)


def _guard(inquiry: Inquiry) -> Checkup:
    guard = inquiry.pipeline.guard
    text = f"{guard}: {gap_of(guard)}."
    if guard is not Guard.LOCKED:
        return Checkup(Area.GUARD, State.OK, text, pipeline=inquiry.key)
    stage = inquiry.pipeline.place.get("stage_field", "")
    return Checkup(
        Area.GUARD,
        State.UNKNOWN,
        f"Whether our user alone may edit {stage!r} is not known: Airtable tells field permissions"
        " to nobody.",
        "If others may, a deal moved by hand stands there until the next run moves it back.",
        f"In the table of deals, the arrow beside {stage!r}, “Edit field permissions”: “Specific"
        " users”, only our user. Then try it as somebody else.",
        inquiry.key,
    )
