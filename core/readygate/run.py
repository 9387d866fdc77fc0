"""The one loop: settle, read, plan, check limits, look, apply, record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from readygate.contract import ContractBook
from readygate.pipeline import Pipeline
from readygate.ports import Clock, Ledger, Tracker
from readygate.report import RunReport


@dataclass(frozen=True, slots=True)
class Setup:
    """What is to be run. `texts`: language -> gettext function for what is written into trackers.

    `stamp` is a digest of the contract and pipelines: a new one asks for a full read.
    """

    book: ContractBook
    pipelines: tuple[Pipeline, ...]
    texts: Mapping[str, Callable[[str], str]]
    stamp: str


@dataclass(frozen=True, slots=True)
class Options:
    """How to run. `force` is the second consent, for limits alone."""

    dry: bool = False
    full: bool = False
    force: bool = False


class Progress(Protocol):
    """Told about long work; `total` is None where it is not known."""

    def __call__(self, step: str, done: int, total: int | None) -> None:
        """A step (a short text for people) has come so far."""
        ...


def run_once(
    setup: Setup,
    trackers: Mapping[str, Callable[[], Tracker]],
    ledger: Ledger,
    clock: Clock,
    *,
    run: str,
    options: Options = Options(),
    progress: Progress | None = None,
) -> RunReport:
    """Do one run over all pipelines, tracker by tracker; expected errors end up in the report.

    `trackers` connects lazily: a factory may raise a TrackerError. Raises LockHeld, LedgerError and
    our own bugs, nothing else. A dry run plans on a rehearsal ledger and writes nothing.
    """
    raise AssertionError((setup, trackers, ledger, clock, run, options, progress))
