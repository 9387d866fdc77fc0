"""`readygate doctor`: everything that could make a run fail, or a gate weaker than promised."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import click

from readygate.checkup import (
    Area,
    Checkup,
    Inquiry,
    code_of,
    examined,
    of_error,
)
from readygate.errors import ConfigError, LedgerError
from readygate.ports import Binding, Ledger
from readygate.render import (
    checkups_document,
    checkups_markdown,
    checkups_text,
    dump,
)
from readygate.report import DONE, SOME_FAILED
from readygate_cli.budgets import budget_checkups
from readygate_cli.call import Call
from readygate_cli.configs import by_tracker, chosen, load_config
from readygate_cli.machine import config_checkups, ledger_checkups
from readygate_cli.options import (
    config_option,
    every_option,
    format_option,
    ledger_option,
    log_options,
    pipeline_option,
)
from readygate_cli.output import emit
from readygate_cli.wiring import SystemClock, ledger_place, set_up_logs, trackers_of
from readygate_config import Config, catalogues, read_settings, secrets_of
from readygate_config.settings import Settings
from readygate_ledger import open_ledger

HERE = "this machine"

Groups = dict[str, list[Checkup]]


@click.command(short_help="Find what could make a run fail or a gate weak, live.")
@config_option
@ledger_option
@pipeline_option
@every_option
@click.option("--strict", is_flag=True, help="End with code 1 for warnings too.")
@format_option
@log_options
@click.pass_obj
def command(
    call: Call,
    *,
    config: tuple[Path, ...],
    ledger: Path | None,
    pipelines: tuple[str, ...],
    period: timedelta | None,
    strict: bool,
    form: str,
) -> int:
    """Find what could make a run fail or a gate weaker than promised, before it does.

    Asks the trackers about credentials, rights, names, people, ways back and guards, and looks at
    the config, the ledger and this machine. Nothing is written anywhere. Each finding says what is
    wrong, why it matters and how to mend it; what nobody can ask a tracker is said too.

    Ends with 0 when nothing stands in the way, else as a run would: 3 for what the config names
    wrongly, 5 for a tracker that does not answer or lacks a right, 7 for the ledger, 1 for anything
    else.

    \b
    Examples:
      readygate doctor
      readygate doctor --every 5m
      readygate doctor --json --strict
    """
    groups = _examine(call, config, ledger, pipelines, period)
    match form:
        case "json":
            emit(dump(checkups_document(groups)))
        case "markdown":
            emit(checkups_markdown(groups))
        case _:
            emit(checkups_text(groups))
    every = [one for checkups in groups.values() for one in checkups]
    code = code_of(every)
    warned = strict and any(one.is_finding for one in every)
    return SOME_FAILED if code == DONE and warned else code


def _examine(
    call: Call,
    paths: Sequence[Path],
    place: Path | None,
    only: Sequence[str],
    period: timedelta | None,
) -> Groups:
    try:
        loaded = load_config(paths)
        settings, unsafe = read_settings(loaded.files)
    except ConfigError as error:
        return {HERE: list(of_error(Area.CONFIG, error))}
    set_up_logs(call, settings)
    wanted = by_tracker(chosen(loaded, only))
    clock = SystemClock()
    groups: Groups = {HERE: list(config_checkups(loaded.warnings, unsafe))}
    where = ledger_place(loaded, settings, place).absolute()
    with closing(open_ledger(where, clock=clock)) as ledger:
        groups[HERE] += ledger_checkups(ledger.examine(), clock.now())
        lacking = {key: tuple(_secrets(loaded, settings, key)) for key in wanted}
        ready = [key for key in wanted if not lacking[key]]
        connects = trackers_of(call, loaded, settings, ready, clock)
        for key, mine in wanted.items():
            found = groups[f"{key} ({loaded.trackers[key].kind})"] = [*lacking[key]]
            if key in connects:
                found += examined(
                    connects[key],
                    [Inquiry.of(loaded.book, one, catalogues.texts(one.language)) for one in mine],
                    tuple(loaded.book.people.values()),
                    previous=_previous(ledger, key),
                    now=clock.now,
                )
            found += budget_checkups(loaded, ledger, key, len(mine), period)
    return groups


def _secrets(config: Config, settings: Settings, key: str) -> Iterator[Checkup]:
    """What keeps us from even trying to sign in to one tracker."""
    try:
        secrets_of(config, settings, (key,))
    except ConfigError as error:
        yield from of_error(Area.SECRETS, error)


def _previous(ledger: Ledger, key: str) -> Binding | None:
    """What the last run resolved; nothing where the ledger cannot be read, which is told apart."""
    try:
        remembered = ledger.binding(key)
    except LedgerError:
        return None
    return remembered[0] if remembered else None
