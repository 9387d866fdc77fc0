"""The composition root: config, secrets, connectors, ledger and clock become one run."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Protocol

from readygate.errors import ConfigError, Problem
from readygate.pipeline import Pipeline
from readygate.ports import Clock, Ledger, Tracker
from readygate.run import Setup
from readygate_cli.call import Call
from readygate_cli.configs import ledger_beside
from readygate_cli.redaction import Redaction
from readygate_config import Config, catalogues
from readygate_ledger import open_ledger

GROUP = "readygate.connectors"


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
    """The real time."""

    def now(self) -> datetime:
        """See `Clock.now`."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """See `Clock.monotonic`."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """See `Clock.sleep`."""
        time.sleep(seconds)


@contextmanager
def ledger_of(config: Config, path: Path | None, clock: Clock) -> Iterator[Ledger]:
    """The ledger, named or beside the config; its methods raise LedgerError."""
    with closing(open_ledger(path or ledger_beside(config), clock=clock)) as ledger:
        yield ledger


def setup_of(config: Config, pipelines: Sequence[Pipeline]) -> Setup:
    """What is to be run of a config."""
    languages = dict.fromkeys(pipeline.language for pipeline in pipelines)
    texts = {language: catalogues.texts(language) for language in languages}
    return Setup(config.book, tuple(pipelines), texts, config.stamp)
