"""Looks at everything a run in Jira needs, before a run does: what `readygate doctor` tells."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
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
    of_guard,
    of_problem,
)
from readygate.contract import Person
from readygate.errors import TrackerError
from readygate.guarding import Wish
from readygate.pipeline import Guard
from readygate.ports import Binding, Clock
from readygate.status import gap_of
from readygate_jira.abilities import RIGHTS, WISHES
from readygate_jira.conditions import check_conditions
from readygate_jira.names import Catalogue, Found, Resolution
from readygate_jira.people import find_people
from readygate_jira.place import Place
from readygate_jira.returning import check_ways
from readygate_jira.site import TOKENS_PAGE, Site

_WHY = {
    "BROWSE_PROJECTS": "Without it no deal can be read.",
    "CREATE_ISSUES": "Without it no checklist can be opened.",
    "EDIT_ISSUES": "Without it checklist items cannot be kept in step with the contract.",
    "TRANSITION_ISSUES": "Without it no deal can be moved back and no item retired.",
    "ADD_COMMENTS": "Without it nobody learns why a deal was moved back.",
}
_FIELD_FIXES = {
    "field-required": "In Jira, make it optional for the subtask type, or give it a default value:"
    " Project settings → Fields.",
    "field-not-on-screen": "In Jira, put it on the create screen of the subtask type: Project"
    " settings → Screens.",
}


_LOOKED_AT_CLOSER = {"right-missing", "guard-not-installed"}
"""Findings of a run that the examination words itself, at more length."""


@dataclass(frozen=True, slots=True)
class Examination:
    """One site, examined for some pipelines. `previous` is what the last run resolved."""

    site: Site
    clock: Clock
    inquiries: Sequence[Inquiry]
    people: Sequence[Person]
    previous: Binding | None
    places: Mapping[str, Place]

    def run(self) -> Iterator[Checkup]:
        """Everything about the account, then about each pipeline, then about people."""
        try:
            identity = self.site.identify()
        except TrackerError as error:
            yield from of_error(Area.ACCESS, error)
            return
        yield Checkup(
            Area.ACCESS,
            State.OK,
            f"Signed in to {self.site.host} as {identity.name} (account {identity.account}).",
        )
        yield from _expiry()
        if self.site.http.host != self.site.host:
            yield _scopes()
        yield clock_checkup(identity.now, self.clock.now(), self.site.host)
        catalogue = Catalogue(self.site)
        found: dict[str, Found] = {}
        for inquiry in self.inquiries:
            yield from attempted(Area.ACCESS, partial(self._pipeline, inquiry, catalogue, found))
        yield from attempted(Area.PEOPLE, partial(self._people, found))
        yield self._requests()

    def _pipeline(
        self, inquiry: Inquiry, catalogue: Catalogue, all_found: dict[str, Found]
    ) -> Iterator[Checkup]:
        key = inquiry.key
        found = Resolution(
            self.site,
            catalogue,
            inquiry.pipeline,
            inquiry.fields,
            self.places.get(key),
            self.previous.stages.get(key, {}) if self.previous else {},
        ).run()
        all_found[key] = found
        yield from _names(inquiry, found)
        if found.project:
            yield from _rights(inquiry, found.held)
        if found.place:
            place = found.place
            yield from _items(inquiry, found, place)
            looks = [(Area.CHECKLIST, partial(check_conditions, self.site, inquiry, place))]
            if "TRANSITION_ISSUES" in found.held and _all_named(
                inquiry, found
            ):  # without it no way is open, which is told above
                ways = partial(check_ways, self.site, inquiry, place, found.stages)
                looks.append((Area.WAYS, ways))
            for area, look in looks:
                yield from attempted(area, look)
        yield from attempted(Area.GUARD, partial(self._guard, inquiry, found))

    def _guard(self, inquiry: Inquiry, found: Found) -> Iterator[Checkup]:
        """What the config asks for; for a guard of Jira's own, what is really in force."""
        guard = inquiry.pipeline.guard
        if not guard.in_tracker:
            text = f"{guard}: {gap_of(guard)}."
            yield Checkup(Area.GUARD, State.OK, text, pipeline=inquiry.key)
        elif found.place and _all_named(inquiry, found):
            from readygate_jira.guard.installer import Installer  # noqa: PLC0415 - few ask for it

            installer = Installer(self.site, self.clock, found.place)
            pipeline = inquiry.pipeline.bind(found.stages)
            yield from of_guard(installer.inspect(pipeline, inquiry.gates, Wish(text=inquiry.text)))

    def _people(self, found: Mapping[str, Found]) -> Iterator[Checkup]:
        """Whether everybody is found, and may be given items in each project."""
        accounts, unknown = find_people(self.site, self.people)
        why = "Their items are opened without an assignee, and nobody is mentioned or can waive."
        for finding in unknown:
            what, _, fix = finding.text.partition(": nothing is assigned")
            fix = fix.partition(". ")[2]
            yield Checkup(Area.PEOPLE, State.FAILURE, f"{what}.", why, fix)
        for inquiry in self.inquiries:
            place = found[inquiry.key].place if inquiry.key in found else None
            if place is None:
                continue
            debtors = [person for person in inquiry.debtors if person.key in accounts]
            lacking = [
                person
                for person in debtors
                if not self._assignable(accounts[person.key], place, person)
            ]
            for person in lacking:
                yield Checkup(
                    Area.PEOPLE,
                    State.FAILURE,
                    f"Nothing can be assigned to {person.name} in {place.project_key}.",
                    "Their items are opened without an assignee.",
                    f"In Jira, give {person.name} the permission “Assignable user” in"
                    f" {place.project_key}; if the account was closed, name another owner of"
                    f" their processes in the config.{_doubt(person)}",
                    inquiry.key,
                )
            if len(debtors) > len(lacking):
                names = ", ".join(one.name for one in debtors if one not in lacking)
                text = f"Items can be assigned to {names}."
                yield Checkup(Area.PEOPLE, State.OK, text, pipeline=inquiry.key)

    def _assignable(self, account: str, place: Place, person: Person) -> bool:
        doing = f"asking whether items can be assigned to {person.name}"
        answer = self.site.ask(
            "GET",
            "/user/assignable/search",
            name="assignable",
            doing=doing,
            params={"project": place.project_key, "accountId": account},
        )
        with self.site.understanding(doing):
            return any(user["accountId"] == account for user in answer.body)

    def _requests(self) -> Checkup:
        quiet = 1 + len(self.inquiries)
        text = (
            f"A quiet run takes {quiet} requests; Jira counts no requests per month for API tokens"
            " (docs/costs.md)."
        )
        return Checkup(Area.BUDGET, State.OK, text)


def _doubt(person: Person) -> str:
    """An account that the config names was not looked up: it may be no account at all."""
    named = person.accounts.get("jira")
    return f" Or `jira: {named}` of people.{person.key} is no account." if named else ""


def _all_named(inquiry: Inquiry, found: Found) -> bool:
    return all(stage.name in found.stages for stage in inquiry.pipeline.stages)


def _expiry() -> Iterator[Checkup]:
    yield Checkup(
        Area.ACCESS,
        State.UNKNOWN,
        "When the API token expires is not known: Jira tells it to nobody but its owner.",
        "A token lives for a year at most; after that no run can do anything.",
        f"Look at {TOKENS_PAGE} and put a reminder into the calendar a week before.",
    )


def _scopes() -> Checkup:
    return Checkup(
        Area.ACCESS,
        State.UNKNOWN,
        "Which scopes the token has is not known: Jira does not tell.",
        "A missing one shows as a refusal (401 or 403) of whatever needs it.",
        "It needs read:jira-work, write:jira-work and read:jira-user; for `readygate guard` also"
        " manage:jira-configuration.",
    )


def _names(inquiry: Inquiry, found: Found) -> Iterator[Checkup]:
    notes = found.notes
    yield from (of_problem(problem) for problem in notes.problems)
    told = [finding for finding in notes.findings if finding.code not in _LOOKED_AT_CLOSER]
    for finding in told:
        one = of_finding(finding, fix=_FIELD_FIXES.get(finding.code, ""))
        if finding.code == "field-required":
            why = "No checklist can be opened."
            one = Checkup(Area.CHECKLIST, State.FAILURE, one.what, why, one.fix, one.pipeline)
        yield one
    if not notes.problems:
        text = f"{len(found.stages)} stages, the types and the fields of the config are there."
        yield Checkup(Area.NAMES, State.OK, text, pipeline=inquiry.key)


def _rights(inquiry: Inquiry, held: Collection[str]) -> Iterator[Checkup]:
    """Every right that a run needs or wishes for, one by one."""
    key = inquiry.pipeline.place.get("project", "")
    spared = {"TRANSITION_ISSUES"} if inquiry.pipeline.guard is Guard.ADVISE else set()
    for right, name in RIGHTS.items():
        if right not in held and right not in spared:
            yield _lack(inquiry, key, name, _WHY[right], State.FAILURE)
    for right, (name, so) in WISHES.items():
        if right not in held:
            yield _lack(inquiry, key, name, f"Without it {so}.", State.WARNING)
    names = {**RIGHTS, **{right: name for right, (name, _) in WISHES.items()}}
    had = [name for right, name in names.items() if right in held]
    if had:
        text = f"In {key} our account has: {', '.join(had)}."
        yield Checkup(Area.RIGHTS, State.OK, text, pipeline=inquiry.key)


def _lack(inquiry: Inquiry, project: str, right: str, why: str, state: State) -> Checkup:
    return Checkup(
        Area.RIGHTS,
        state,
        f"Our account lacks the right “{right}” in the project {project}.",
        why,
        "In Jira, an admin of the project gives it: Project settings → Permissions"
        " (company-managed), or a role that has it, Project settings → Access (team-managed).",
        inquiry.key,
    )


def _items(inquiry: Inquiry, found: Found, place: Place) -> Iterator[Checkup]:
    """Whether checklist items can be ticked at all."""
    closing = [ref for ref in found.item_statuses if place.is_closed(ref)]
    ticking = [ref for ref in closing if ref not in place.waived_statuses]
    if ticking:
        names = ", ".join(place.status_name(ref) for ref in ticking)
        text = f"To tick an item is to move its subtask to: {names}."
        yield Checkup(Area.CHECKLIST, State.OK, text, pipeline=inquiry.key)
        return
    yield Checkup(
        Area.CHECKLIST,
        State.FAILURE,
        f"No status of the subtasks of {place.project_key} means done and is not a waiver.",
        "No item can ever be ticked, so no gate ever opens.",
        "Give the workflow of the subtask type a status of the category Done.",
        inquiry.key,
    )
