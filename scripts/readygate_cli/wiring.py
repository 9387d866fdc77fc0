"""The composition root: config, secrets, connectors, ledger and clock become one run."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import entry_points
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any, Protocol

from readygate.errors import ConfigError
from readygate.ports import Clock, Ledger, Tracker
from readygate.render import problems_text
from readygate.run import Setup
from readygate_cli import logs
from readygate_cli.call import Call
from readygate_cli.configs import ledger_beside
from readygate_cli.redaction import Redaction
from readygate_config import Config, catalogues, read_settings, secrets_of
from readygate_ledger import open_ledger

if TYPE_CHECKING:
    from readygate_config.settings import Settings

GROUP = "readygate.connectors"

_NO_SECRETS = ("email",)
"""What is kept with the secrets and may be shown."""


_STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""The clock that goes on while the machine sleeps: a look does not stay young meanwhile."""


class Connect(Protocol):
    """What a connector registers in the entry-point group `readygate.connectors`."""

    def __call__(
        self,
        *,
        key: str,
        options: Mapping[str, Any],
        secrets: Mapping[str, str],
        clock: Clock,
        observe: Callable[[Mapping[str, Any]], None] | None,
    ) -> Tracker:
        """Connect to one tracker; may raise a TrackerError. Sends nothing before it is used."""
        ...


class SystemClock:
    """The real time. Waiting ends with KeyboardInterrupt when `interrupted` is set."""

    def __init__(self) -> None:
        self.interrupted = Event()

    def now(self) -> datetime:
        """See `Clock.now`."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """See `Clock.monotonic`."""
        return time.clock_gettime(_STEADY)

    def sleep(self, seconds: float) -> None:
        """See `Clock.sleep`."""
        if self.interrupted.wait(seconds):
            raise KeyboardInterrupt


def settings_of(call: Call, config: Config) -> Settings:
    """What is set outside of the config; log settings count unless the command line gave them.

    Warns, once in a call, of secrets in files that others can read. Raises ConfigError.
    """
    settings, unsafe = read_settings(config.files)
    set_up_logs(call, settings)
    if unsafe and not call.warned:
        logs.say(problems_text(unsafe).rstrip("\n"), level=logging.WARNING)
        call.warned = True
    return settings


def set_up_logs(call: Call, settings: Settings) -> None:
    """Log as the settings say, except for what the command line gave."""
    form, level = call.log_format or settings.log_format, call.log_level or settings.log_level
    logs.configure(call, form=form, level=level)


def ledger_place(config: Config, settings: Settings, path: Path | None) -> Path:
    """Where the ledger lies: named, or set, or beside the config."""
    return path or settings.ledger or ledger_beside(config)


@contextmanager
def ledger_of(
    config: Config, settings: Settings, path: Path | None, clock: Clock
) -> Iterator[Ledger]:
    """The ledger where `ledger_place` says; its methods raise LedgerError."""
    with closing(open_ledger(ledger_place(config, settings, path), clock=clock)) as ledger:
        yield ledger


def trackers_of(
    call: Call, config: Config, settings: Settings, keys: Iterable[str], clock: Clock
) -> dict[str, Callable[[], Tracker]]:
    """Ways to connect to these trackers, none used yet. From here on their secrets are hidden.

    Raises ConfigError with every secret that is missing.
    """
    secrets = secrets_of(config, settings, keys)
    call.redact = Redaction(text for key in secrets for text in _hidden(config, key, secrets[key]))
    return {key: partial(_connect, config, key, secrets[key], clock) for key in secrets}


def _hidden(config: Config, key: str, given: Mapping[str, str]) -> Iterator[str]:
    """What must never be shown: the secrets of a tracker, and the pair of basic authentication."""
    email = given.get("email") or config.trackers[key].options.get("email")
    for name, value in given.items():
        if name not in _NO_SECRETS:
            yield value
            yield f"{email}:{value}"


def setup_of(config: Config) -> Setup:
    """A config as a run takes it."""
    languages = dict.fromkeys(pipeline.language for pipeline in config.pipelines)
    texts = {language: catalogues.texts(language) for language in languages}
    return Setup(config.book, config.pipelines, texts, config.stamp, budgets_of(config))


def budgets_of(config: Config) -> dict[str, int]:
    """Tracker -> the requests a month that the config allows; without those that have no limit."""
    told = {key: one.options.get("requests_per_month") for key, one in config.trackers.items()}
    return {key: int(most) for key, most in told.items() if most}


def _connect(config: Config, key: str, secrets: Mapping[str, str], clock: Clock) -> Tracker:
    tracker = config.trackers[key]
    (entry,) = entry_points(group=GROUP, name=tracker.kind)
    connect: Connect = entry.load()
    try:
        return connect(key=key, options=tracker.options, secrets=secrets, clock=clock, observe=None)
    except ConfigError as error:
        raise config.located(error) from error
