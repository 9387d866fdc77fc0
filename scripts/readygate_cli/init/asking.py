"""Where answers come from: options, or a person at a terminal; without one all gaps are told."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import click

from readygate.render import clean
from readygate.survey import Choice, Question

_SHOWN = 30
"""Choices listed; a site may have a thousand projects."""

Texts = Callable[[str], str]
"""Translates what people are told and asked."""


@dataclass(frozen=True, slots=True)
class Missing:
    """An answer that nobody gave: the option for it, and what it is about."""

    option: str
    text: str


class AnswersMissing(click.UsageError):
    """Some answers are missing and nobody can be asked: all of them at once."""

    def __init__(self, missing: Iterable[Missing]) -> None:
        listed = list(missing)
        width = min(28, max(len(one.option) for one in listed))
        lines = "".join(f"\n  {clean(one.option):<{width}}  {clean(one.text)}" for one in listed)
        super().__init__(
            f"stdin is no terminal, so nothing can be asked. These answers are missing:{lines}\n"
            "Nothing was written."
        )


@dataclass(slots=True)
class Answers:
    """What was given as options, by setting, and whether a person can be asked for the rest."""

    given: Mapping[str, str]
    interactive: bool
    say_in: Texts = str
    missing: list[Missing] = field(default_factory=list)
    _later: list[Missing] = field(default_factory=list)

    def tell(self, text: str = "") -> None:
        """Tell the person at the terminal something; nobody else is told."""
        if self.interactive:
            click.echo("\n".join(clean(line) for line in text.split("\n")), err=True)

    def lacks(self, option: str, text: str) -> None:
        """Remember that an answer is missing."""
        self.missing.append(Missing(option, text))

    def later(self, option: str, text: str) -> None:
        """Something that is sure to be missing later: told together with what is missing before."""
        self._later.append(Missing(option, text))

    def forget(self, names: Collection[str]) -> None:
        """Ask for these anew, although they were given as options."""
        self.given = {name: value for name, value in self.given.items() if name not in names}

    def settle(self) -> None:
        """Raise AnswersMissing if something is missing by now."""
        if self.missing:
            raise AnswersMissing([*self.missing, *self._later])

    def in_sight(self) -> None:
        """From here on what is missing is told in full: forget what was only foretold."""
        self._later.clear()

    def line(self, text: str, *, default: str = "", secret: bool = False) -> str:
        """One line from a person. An empty one is only taken where `default` is empty too."""
        shown = f"{text} [{default}]" if default and not secret else text
        found: str = click.prompt(
            shown, default=default, show_default=False, hide_input=secret, err=True
        )
        return found.strip()

    def needed(self, text: str, *, default: str = "", secret: bool = False) -> str:
        """One line that is not empty."""
        while True:
            found = self.line(text, default=default, secret=secret)
            if found:
                return found

    def consents(self, text: str, *, default: bool = True) -> bool:
        """Yes or no, in both languages."""
        mark = self.say_in("Y/n") if default else self.say_in("y/N")
        while True:
            found = self.line(f"{text} [{mark}]").casefold()
            if not found:
                return default
            if found in {"y", "yes", "д", "да"}:
                return True
            if found in {"n", "no", "н", "нет"}:
                return False

    def choose(self, question: Question, option: str) -> str:
        """A choice: given, or the only one, or chosen by a person. "" if it is missing.

        Raises UsageError for a given one that is not there or cannot be chosen.
        """
        _ = self.say_in
        text = _(question.text)
        given = self.given.get(question.name, "")
        if given:
            found = chosen(given, question.choices)
            if found and not found.problem:
                return found.value
            told = f"{option}: {_refusal(given, found, question)}"
            if not self.interactive:
                raise click.UsageError(told)
            self.tell(told)
        good = [one for one in question.choices if not one.problem]
        if not good:
            raise click.UsageError(_none(question))
        default = question.default or (good[0].value if len(good) == 1 else "")
        if not self.interactive:
            if default:
                return default
            self.lacks(
                option if option.endswith("…") else f"{option} …",
                f"{question.text}: {_offered(good)}",
            )
            return ""
        if len(good) == 1 and len(question.choices) == 1:
            self.tell(f"{capital(text)}: {_shown(good[0])}")
            return default
        return self._chosen_by_hand(question, default)

    def _chosen_by_hand(self, question: Question, default: str) -> str:
        _ = self.say_in
        self.tell(f"{capital(_(question.text))}:")
        for number, one in enumerate(question.choices[:_SHOWN], 1):
            problem = f"  ({one.problem})" if one.problem else ""
            self.tell(f"  {number}. {_shown(one)}{clean(problem)}")
        more = len(question.choices) - _SHOWN
        if more > 0:
            self.tell(_("  … and {count} more: type the name.").format(count=more))
        while True:
            typed = self.needed(_("Number or name"), default=default)
            found = by_number(typed, question.choices) or chosen(typed, question.choices)
            if found and not found.problem:
                return found.value
            self.tell(_refusal(typed, found, question))


def chosen(text: str, choices: Sequence[Choice]) -> Choice | None:
    """The choice that a text means: its value or its label, whatever the capitals."""
    wanted = text.strip().casefold()
    by_value = [one for one in choices if one.value.casefold() == wanted]
    by_label = [one for one in choices if one.label.casefold() == wanted]
    return next((found[0] for found in (by_value, by_label) if len(found) == 1), None)


def by_number(text: str, choices: Sequence[Choice]) -> Choice | None:
    """The choice with this number, counted from 1."""
    at = int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0
    return choices[at - 1] if 0 < at <= len(choices) else None


def _refusal(given: str, found: Choice | None, question: Question) -> str:
    if found:
        return f"{clean(given)!r} cannot be chosen: {found.problem}."
    good = [one for one in question.choices if not one.problem]
    return f"there is no {clean(given)!r} for {question.text}. There is: {_offered(good)}."


def _none(question: Question) -> str:
    told = "; ".join(f"{_shown(one)}: {one.problem}" for one in question.choices)
    why = f" ({told})" if told else ": our account sees none. Give it the right to"
    return f"Nothing can be chosen as {question.text}{why}{'' if told else ' see it'}."


def _offered(choices: Sequence[Choice], most: int = 12) -> str:
    shown = ", ".join(_shown(one) for one in choices[:most])
    rest = f" and {len(choices) - most} more" if len(choices) > most else ""
    return f"{shown}{rest}" or "nothing"


def _shown(one: Choice) -> str:
    return clean(f"{one.value} ({one.label})" if one.label else one.value)


def capital(text: str) -> str:
    """A text as the beginning of a line."""
    return text[:1].upper() + text[1:]
