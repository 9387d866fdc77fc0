"""What a tracker tells before there is a config: where deals may live, their stages, the people.

Optional for a connector. The module that it registers under `readygate.connectors` then has a
function `surveyor` beside `connect`; `readygate init` finds it there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from readygate.ports import Clock

_EXITS = (
    "lost", "cancel", "reject", "declin", "refus", "abandon", "disqualif", "junk", "spam", "archiv",
    "won't", "wont", "duplicate", "отказ", "отмен", "отклон", "проигр", "потер", "архив", "спам",
    "дубл", "не реализ", "слив",
)  # fmt: skip
_ENDS = (
    "done", "won", "closed", "complete", "finish", "готов", "заверш", "выполнен", "закрыт", "успе",
    "оплачен",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """One setting that is needed before anything can be read.

    `name` is its name under the tracker in the config, or after READYGATE_TRACKERS__<KEY>__ where
    `kept_apart`: then it stands in no config. `secret` ones are never shown. `text` completes “The
    answer is …”. `optional` ones are not asked for.
    """

    name: str
    text: str
    example: str = ""
    kept_apart: bool = False
    secret: bool = False
    optional: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to choose. `value` is what the config will hold, `label` what people call it.

    `problem` says why it cannot be chosen, and what to do about it.
    """

    value: str
    label: str = ""
    problem: str = ""


class Part(StrEnum):
    """What an answer belongs to."""

    PIPELINE = "pipeline"
    TRACKER = "tracker"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Question:
    """The next thing to choose on the way to the deals: a project, a type, a table.

    `name` is the setting that the answer is written to: one of the pipeline or of the tracker, as
    `part` says; or it only helps the connector. `default` is set where one choice is clearly meant.
    """

    name: str
    text: str
    choices: tuple[Choice, ...]
    default: str = ""
    part: Part = Part.PIPELINE


@dataclass(frozen=True, slots=True)
class FoundStage:
    """A stage as the tracker has it. `done`: deals are finished there; `exit`: they left."""

    name: str
    done: bool = False
    exit: bool = False


@dataclass(frozen=True, slots=True)
class FoundPerson:
    """Somebody whom items can be given to; a tracker may hide the e-mail or the name."""

    account: str
    name: str = ""
    email: str = ""


@dataclass(frozen=True, slots=True)
class Sight:
    """What is there for one pipeline. `stages` come in the order in which deals pass them.

    `fields` are names of fields of a deal. `settings` are more settings of the pipeline that the
    connector proposes; `guards` are guards stronger than `return` that the tracker offers, each
    with the settings that it needs, and those in `installed` are put in place by `readygate guard`.
    `prepare` tells that `readygate setup` has something to create. `tracker` are more settings of
    the tracker, `every` is the period for cron that suits it.
    """

    stages: tuple[FoundStage, ...]
    people: tuple[FoundPerson, ...] = ()
    fields: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    guards: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    installed: tuple[str, ...] = ()
    prepare: bool = False
    tracker: Mapping[str, Any] = field(default_factory=dict)
    every: str = "* * * * *"


class Survey(Protocol):
    """One tracker that is being looked at. Changes nothing; methods may raise a TrackerError."""

    @property
    def settings(self) -> Mapping[str, str]:
        """The settings of the tracker as the config should hold them, tidied."""
        ...

    def identify(self) -> str:
        """Prove the credentials; who we are, for people. Raises TrackerDenied."""
        ...

    def question(self, chosen: Mapping[str, str]) -> Question | None:
        """The next thing to choose after these answers (name -> value); None when all are given."""
        ...

    def look(self, chosen: Mapping[str, str]) -> Sight:
        """Read stages, people and fields of what was chosen."""
        ...

    def close(self) -> None:
        """Give the connections back."""
        ...


class Surveyor(Protocol):
    """What a connector offers to `readygate init`. `key` is the tracker's usual key in a config."""

    @property
    def key(self) -> str:
        """What the tracker is called in a config if nobody says otherwise."""
        ...

    @property
    def title(self) -> str:
        """What people call this kind of tracker."""
        ...

    @property
    def asks(self) -> Sequence[Asked]:
        """What must be known before `begin`, in the order in which people are asked."""
        ...

    @property
    def chooses(self) -> Mapping[str, str]:
        """The questions of `Survey.question` that may have no default: name -> text."""
        ...

    def begin(
        self,
        *,
        key: str,
        answers: Mapping[str, str],
        clock: Clock,
        observe: Callable[[Mapping[str, Any]], None] | None = None,
    ) -> Survey:
        """Prepare to look; nothing is sent yet. Raises ConfigError for an unusable answer.

        `answers` holds those to `asks`, and what else was said beforehand: it may narrow a search.
        """
        ...


def looks_like_exit(name: str) -> bool:
    """Whether a stage of this name is probably one in which deals leave: lost, cancelled."""
    return any(word in name.casefold() for word in _EXITS)


def looks_done(name: str) -> bool:
    """Whether a stage of this name is probably the end of the way: done, won."""
    return not looks_like_exit(name) and any(word in name.casefold() for word in _ENDS)
