"""What `readygate doctor` finds on this machine: the config, secrets, the ledger, the disk."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from readygate.checkup import Area, Checkup, State, of_problem
from readygate.errors import Problem
from readygate.render import moment, plural, span
from readygate.report import DONE, LOCKED
from readygate_cli.options import local_zone

if TYPE_CHECKING:
    from readygate_ledger.examining import Health

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


def ledger_checkups(health: Health, now: datetime) -> Iterator[Checkup]:
    """Whether the ledger can be used, how the last run ended, what it left, and the room left."""
    if health.problem:
        what, _, fix = health.problem.partition(". ")
        what = f"{what[:1].upper()}{what[1:]}".removesuffix(".")
        why = "A run that cannot remember sends nothing: every run ends with code 7."
        fix = f"{fix.removesuffix('.')}."
        yield Checkup(Area.LEDGER, State.FAILURE, f"{what}.", why, fix)
        return
    yield from _memory(health, now)
    folder = health.path.parent
    free = shutil.disk_usage(folder).free
    if free < LITTLE_ROOM:
        yield Checkup(
            Area.LEDGER,
            State.WARNING,
            f"Only {free // 1_000_000} MB are free where the ledger lies ({folder}).",
            "A run ends with code 7 when it cannot write down what it is about to do.",
            "Make room, or move the ledger: --ledger, READYGATE_LEDGER.",
        )
    if not os.access(folder, os.W_OK):
        yield Checkup(
            Area.LEDGER,
            State.FAILURE,
            f"The folder of the ledger cannot be written: {folder}.",
            "A run that cannot remember sends nothing: every run ends with code 7.",
            "Let the account that runs readygate write it, or name another place: --ledger,"
            " READYGATE_LEDGER.",
        )


def _memory(health: Health, now: datetime) -> Iterator[Checkup]:
    if not health.exists:
        text = f"There is no ledger yet; the first `sync` makes it: {health.path}."
        yield Checkup(Area.LEDGER, State.OK, text)
        return
    yield Checkup(Area.LEDGER, State.OK, f"The ledger {health.path} is sound.")
    last = health.last_run
    if last and not health.held and last.exit_code not in {DONE, LOCKED}:
        at = moment(last.started, local_zone())
        how = "has not ended" if last.exit_code is None else f"ended with code {last.exit_code}"
        yield Checkup(
            Area.LEDGER,
            State.WARNING,
            f"The last run ({at}, {last.id}) {how}.",
            "What it did not do waits for the next run that ends well.",
            "Run `readygate sync --verbose` and look at what it says.",
        )
    oldest = health.oldest_intent
    if oldest and not health.held and now - oldest > STALE:
        yield Checkup(
            Area.LEDGER,
            State.WARNING,
            f"What became of {plural(health.open_intents, 'action')} has not been known for"
            f" {span(now - oldest)}.",
            "A run looks them up before anything else; none has come that far since.",
            "See that cron calls `readygate sync`, for all pipelines; run it with --verbose now.",
        )
