"""Settles who answers for each process: exactly one person, known to the tracker if possible."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import click

from readygate.contract import Person
from readygate.render import clean
from readygate.survey import FoundPerson
from readygate_cli.init.asking import Answers
from readygate_cli.init.draft import ProcessDraft
from readygate_cli.init.proposing import slug
from readygate_config import Config

_NAMED = re.compile(r"(?P<name>[^<>]*)<(?P<email>[^<>\s]+@[^<>\s]+)>")
_MANY = 12
"""People listed; more are found by their e-mail."""


@dataclass(slots=True)
class Owners:
    """Asks who owns what. `there` is whom the tracker shows; `people` fills with new ones."""

    answers: Answers
    given: Sequence[str]
    there: Sequence[FoundPerson]
    kind: str
    existing: Config | None
    people: dict[str, Person] = field(default_factory=dict)

    def of(self, processes: Sequence[ProcessDraft]) -> dict[str, str]:
        """Title of a process -> key of the person who answers for it."""
        given = self._given(processes)
        owners: dict[str, str] = {}
        listed = False
        for one in processes:
            if one.known:
                continue
            text = given.get(one.title.casefold()) or given.get("", "")
            if text:
                owners[one.title] = self._person(text, f"--owner {clean(one.title)}=…")
            elif self.answers.interactive:
                if not listed:
                    self._show_people()
                    listed = True
                owners[one.title] = self._asked_person(one.title)
            else:
                there = ", ".join(_shown(one) for one in self.there[:_MANY])
                text = f"who answers for {one.title}, an e-mail"
                self.answers.lacks(
                    f'--owner "{one.title}=…"', f"{text}; there is: {there}" if there else text
                )
        return owners

    def _given(self, processes: Sequence[ProcessDraft]) -> dict[str, str]:
        titles = {one.key: one.title for one in processes}
        titles |= {one.title.casefold(): one.title for one in processes}
        found: dict[str, str] = {}
        for text in self.given:
            name, mark, person = text.rpartition("=")
            if mark and name.strip().casefold() not in titles:
                listed = ", ".join(clean(one.title) for one in processes)
                raise click.UsageError(
                    f"--owner {clean(text)}: there is no such process. Processes: {listed}."
                )
            found[titles.get(name.strip().casefold(), "").casefold()] = person.strip()
        return found

    def _show_people(self) -> None:
        _ = self.answers.say_in
        self.answers.tell("\n" + _("One person answers for each process. People there:"))
        for number, one in enumerate(self.there[:_MANY], 1):
            self.answers.tell(f"  {number}. {_shown(one)}")

    def _asked_person(self, process: str) -> str:
        _ = self.answers.say_in
        text = _("Who answers for {process}? Number, e-mail, or Name <e-mail>").format(
            process=process
        )
        while True:
            typed = self.answers.needed(text)
            at = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 4 else 0
            if 0 < at <= len(self.there):
                return self._enlist(_found(self.there[at - 1], self.kind))
            try:
                return self._person(typed, "")
            except click.UsageError as error:
                self.answers.tell(error.message)

    def _person(self, text: str, option: str) -> str:
        """The key of a person, by e-mail, name, account or `Name <e-mail>`."""
        named = _NAMED.fullmatch(text.strip())
        email = named["email"] if named else text if "@" in text else ""
        wanted = (email or text).strip().casefold()
        for one in self.there:
            if wanted in {one.email.casefold(), one.name.casefold(), one.account.casefold()}:
                return self._enlist(_found(one, self.kind))
        for known in self.existing.book.people.values() if self.existing else ():
            if wanted in {known.email.casefold(), known.key.casefold(), known.name.casefold()}:
                return known.key
        if not email:
            there = ", ".join(_shown(one) for one in self.there[:_MANY]) or "nobody we see"
            where = f"{option}: " if option else ""
            raise click.UsageError(
                f"{where}nobody there is called {clean(text)!r}. Give an e-mail, or Name <e-mail>."
                f" There is: {there}."
            )
        name = named["name"].strip() if named else ""
        return self._enlist(Person("", name or _name_from(email), email.strip()))

    def _enlist(self, person: Person) -> str:
        """The key of a person who may stand in the config already."""
        there = dict(self.existing.book.people) if self.existing else {}
        for key, one in (there | self.people).items():
            same = one.email and one.email.casefold() == person.email.casefold()
            if same or (person.accounts and one.accounts == person.accounts):
                return key
        first = person.name.split()[0] if person.name.split() else "person"
        key = slug(first, [*there, *self.people], otherwise="person")
        self.people[key] = replace(person, key=key)
        return key


def _found(one: FoundPerson, kind: str) -> Person:
    accounts = {} if one.email else {kind: one.account}
    return Person("", one.name or _name_from(one.email), one.email, accounts)


def _name_from(email: str) -> str:
    words = re.split(r"[^\w]+|_", email.partition("@")[0])
    return " ".join(word.capitalize() for word in words if word) or email


def _shown(one: FoundPerson) -> str:
    return clean(f"{one.name} <{one.email}>" if one.name and one.email else one.email or one.name)
