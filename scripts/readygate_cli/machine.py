"""What `readygate doctor` finds on this machine: the config, secrets, the ledger, the disk."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from readygate.checkup import Area, Checkup, State, of_problem
from readygate.errors import LedgerError, Problem
from readygate.pipeline import Pipeline
from readygate.ports import Ledger
from readygate.render import moment, plural, span
from readygate_cli.options import local_zone

LITTLE_ROOM = 100_000_000
"""Bytes free below which a warning is due: a ledger of a hundred thousand deals grows by less."""

STALE = timedelta(hours=1)
"""An intent that nobody settled for so long: no run has come to its end since."""


def config_checkups(warnings: Iterable[Problem], unsafe: Iterable[Problem]) -> Iterator[Checkup]:
    """Warnings of the config, and secrets that others can read."""
    found = [of_problem(problem, Area.CONFIG) for problem in warnings]
    yield from found
    yield Checkup(Area.CONFIG, State.OK, "The config and the contract chain are valid.")
    open_files = [of_problem(problem, Area.SECRETS) for problem in unsafe]
    yield from open_files
    if not open_files:
        yield Checkup(Area.SECRETS, State.OK, "No file with tokens can be read by others.")


def ledger_checkups(
    ledger: Ledger, place: Path, pipelines: Sequence[Pipeline], now: datetime
) -> Iterator[Checkup]:
    """Whether the ledger can be used, how the last run ended, what it left, and the room left."""
    folder = place.resolve().parent
    if not folder.is_dir() or not os.access(folder, os.W_OK):
        yield Checkup(
            Area.LEDGER,
            State.FAILURE,
            f"The ledger {place} cannot be written: its folder is not there or not ours.",
            "No run can do anything until then.",
            f"Create {folder} and let the account that runs readygate write it, or name another"
            " place: --ledger, READYGATE_LEDGER.",
        )
        return
    try:
        yield from _remembered(ledger, place, pipelines, now)
    except LedgerError as error:
        what, _, fix = str(error).partition(". ")
        why = "No run can do anything until then."
        yield Checkup(Area.LEDGER, State.FAILURE, f"{what[:1].upper()}{what[1:]}.", why, f"{fix}.")
    free = shutil.disk_usage(folder).free
    if free < LITTLE_ROOM:
        yield Checkup(
            Area.LEDGER,
            State.WARNING,
            f"Only {free // 1_000_000} MB are free where the ledger lies ({folder}).",
            "A run ends with code 1 when it cannot write down what it is about to do.",
            "Make room, or move the ledger: --ledger, READYGATE_LEDGER.",
        )


def _remembered(
    ledger: Ledger, place: Path, pipelines: Sequence[Pipeline], now: datetime
) -> Iterator[Checkup]:
    last = next(iter(ledger.runs(limit=1)), None)
    if last is None:
        yield Checkup(Area.LEDGER, State.OK, f"There is no ledger yet; `sync` begins one: {place}.")
        return
    at = moment(last.started, local_zone())
    if last.exit_code == 0:
        yield Checkup(Area.LEDGER, State.OK, f"The ledger {place} is sound; last run: {at}.")
    else:
        how = "has not ended" if last.exit_code is None else f"ended with code {last.exit_code}"
        yield Checkup(
            Area.LEDGER,
            State.WARNING,
            f"The last run ({at}, {last.id}) {how}.",
            "What it did not do waits for the next run that ends well.",
            "Run `readygate sync --verbose` and look at what it says.",
        )
    old = [
        intent
        for pipeline in pipelines
        for intent in ledger.unsettled(pipeline.key)
        if now - intent.at > STALE
    ]
    if old:
        yield Checkup(
            Area.LEDGER,
            State.WARNING,
            f"What became of {plural(len(old), 'action')} is not known for"
            f" {span(now - min(intent.at for intent in old))}.",
            "A run looks them up before anything else; none has come that far since.",
            "Run `readygate sync --verbose` and look at what it says.",
        )
