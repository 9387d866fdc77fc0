"""Gets in: which tracker, where it is, and credentials that it accepts."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

from readygate.errors import ConfigError, Problem, ReadygateError
from readygate.ports import Clock
from readygate.render import clean
from readygate.survey import Asked, Choice, Question, Survey, Surveyor
from readygate_cli.call import Call
from readygate_cli.init.asking import Answers, capital
from readygate_cli.init.proposing import unused
from readygate_cli.redaction import Redaction
from readygate_cli.wiring import GROUP
from readygate_config import Config, TrackerConfig
from readygate_config.credentials import oddity

if TYPE_CHECKING:
    from readygate_config.settings import Settings

TRACKER = "the tracker that the deals live in"


@dataclass(frozen=True, slots=True)
class Entered:
    """A tracker that let us in. `known` is its entry in the config that is there already.

    `apart` is what belongs into `.env`: setting -> value.
    """

    kind: str
    key: str
    survey: Survey
    apart: Mapping[str, str]
    known: TrackerConfig | None = None


def surveyors() -> dict[str, Surveyor]:
    """Every kind of tracker that can be looked at before there is a config: kind -> surveyor."""
    found: dict[str, Surveyor] = {}
    for entry in sorted(entry_points(group=GROUP), key=lambda one: one.name):
        offer = getattr(importlib.import_module(entry.module), "surveyor", None)
        if offer is not None:
            found[entry.name] = offer()
    return found


@dataclass(slots=True)
class Door:
    """Asks until a tracker lets us in. `existing` is the config that is there, or None."""

    call: Call
    answers: Answers
    settings: Settings
    existing: Config | None
    clock: Clock
    token: str = ""

    def enter(self) -> Entered:
        """Raises AnswersMissing, and unattended also TrackerError and ConfigError."""
        offers = surveyors()
        kind, known = self._kind(offers)
        if not kind:
            self.answers.settle()
        surveyor = offers[kind]
        key = known.key if known else self._new_key(surveyor)
        return self._let_in(surveyor, kind, key, known)

    def _kind(self, offers: Mapping[str, Surveyor]) -> tuple[str, TrackerConfig | None]:
        trackers = self.existing.trackers if self.existing else {}
        mine = {key: one for key, one in trackers.items() if one.kind in offers}
        choices = [Choice(key, f"{offers[one.kind].title}, as before") for key, one in mine.items()]
        choices += [Choice(kind, one.title) for kind, one in offers.items() if kind not in mine]
        found = self.answers.choose(Question("tracker", TRACKER, tuple(choices)), "--tracker")
        if found in mine:
            return mine[found].kind, mine[found]
        url = self.answers.given.get("url", "").rstrip("/")
        same = (one for one in mine.values() if one.kind == found and one.options.get("url") == url)
        return found, next(same, None) if url else None

    def _new_key(self, surveyor: Surveyor) -> str:
        return unused(surveyor.key, self.existing.trackers if self.existing else ())

    def _let_in(
        self, surveyor: Surveyor, kind: str, key: str, known: TrackerConfig | None
    ) -> Entered:
        _ = self.answers.say_in
        told = self._known_already(key, known)
        while True:
            replies = {one.name: self._reply(one, key, told) for one in surveyor.asks}
            if self.answers.missing:
                for name, text in surveyor.chooses.items():
                    if not self.answers.given.get(name):
                        self.answers.lacks(option_of(name), f"{text}, unless only one can be meant")
            self.answers.settle()
            replies = {name: value for name, value in replies.items() if value}
            secret = [one.name for one in surveyor.asks if one.secret]
            self.call.redact = Redaction([replies[name] for name in secret])
            self.answers.tell(_("Asking {tracker}…").format(tracker=surveyor.title))
            try:
                _look_right(kind, replies)
                survey, who = self._proven(surveyor, key, replies)
            except ReadygateError as error:
                if not self.answers.interactive:
                    raise _plainly(error) from error
                self.answers.tell(self.call.redact(f"\n{_plainly(error)}"))
                self.answers.tell(_("Let us try again."))
                # What was typed is offered again; a secret has to be typed anew.
                told = {f"?{name}": value for name, value in replies.items() if name not in secret}
                mine = {one.name for one in surveyor.asks}
                self.answers.forget(mine)
                self.token = ""
                continue
            self.answers.tell(
                _("{tracker} knows us as {who}.").format(tracker=surveyor.title, who=clean(who))
            )
            apart = {
                one.name: replies[one.name]
                for one in surveyor.asks
                if one.kept_apart and replies.get(one.name)
            }
            return Entered(kind, key, survey, apart, known)

    def _proven(
        self, surveyor: Surveyor, key: str, replies: Mapping[str, str]
    ) -> tuple[Survey, str]:
        """A survey, and whom the tracker takes us for."""
        known_so_far = {**self.answers.given, **replies}
        survey = surveyor.begin(key=key, answers=known_so_far, clock=self.clock)
        try:
            return survey, survey.identify()
        except ReadygateError:
            survey.close()
            raise

    def _known_already(self, key: str, known: TrackerConfig | None) -> dict[str, str]:
        """What the config, the environment, `.env` or the secrets directory already tell."""
        told = dict(known.options) if known else {}
        secrets = {name.casefold(): one for name, one in self.settings.trackers.items()}.get(key)
        if secrets and secrets.token:
            told["token"] = secrets.token.get_secret_value().strip()
        if secrets and secrets.email:
            told["email"] = secrets.email.strip()
        told |= {
            name: str(value) for name, value in ((secrets and secrets.model_extra) or {}).items()
        }
        return told

    def _reply(self, asked: Asked, key: str, told: Mapping[str, str]) -> str:
        """The answer to one question; "" where it is missing or not needed."""
        _ = self.answers.say_in
        if asked.secret and self.token:
            return self.token
        given = "" if asked.secret else self.answers.given.get(asked.name, "")
        if given or told.get(asked.name):
            return given or told[asked.name]
        if asked.optional:
            return told.get(f"?{asked.name}", "")
        if self.answers.interactive:
            example = f" ({asked.example})" if asked.example else ""
            text = f"{capital(_(asked.text))}{example}"
            default = told.get(f"?{asked.name}", "")
            return self.answers.needed(text, default=default, secret=asked.secret)
        variable = f"READYGATE_TRACKERS__{key.upper()}__{asked.name.upper()}"
        if asked.secret:
            way = "--token-stdin" if asked.name == "token" else variable
            self.answers.lacks(way, f"{asked.text}; or in {variable}")
        else:
            self.answers.lacks(option_of(asked.name), asked.text)
        return ""


def option_of(name: str) -> str:
    """The option that gives a setting: `--issue-type`; `--set NAME=…` for those without one."""
    if name in OPTIONS:
        return f"--{name.replace('_', '-')}"
    return f"--set {name}=…"


OPTIONS = (
    "url", "email", "project", "issue_type", "subtask_type", "base", "table", "stage_field",
)  # fmt: skip
"""Settings that have options of their own."""


def _look_right(kind: str, replies: Mapping[str, str]) -> None:
    """Raise ConfigError for a token or an address that cannot be right by its looks."""
    told = {name: replies[name] for name in ("email", "token") if name in replies}
    odd = {name: oddity(kind, name, value) for name, value in told.items()}
    problems = [
        Problem((), f"the {'e-mail' if name == 'email' else name} {one.text}", one.hint)
        for name, one in odd.items()
        if one
    ]
    if problems:
        raise ConfigError(problems)


def _plainly(error: ReadygateError) -> ReadygateError:
    """Without a place in a config that does not exist yet."""
    if isinstance(error, ConfigError):
        return ConfigError([Problem((), one.message, one.hint) for one in error.problems])
    return error
