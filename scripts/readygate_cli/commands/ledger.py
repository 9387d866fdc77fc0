"""`readygate ledger`: looks after the file in which everything is remembered."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

import click

from readygate.errors import LedgerError
from readygate.ports import RunSummary
from readygate.render import Names, clean, dump, moment, plural, run_text
from readygate.report import DONE, NO_LEDGER, PENDING, SOME_FAILED, RunReport
from readygate.run import Options
from readygate_cli.call import Call
from readygate_cli.configs import load_config
from readygate_cli.logs import say
from readygate_cli.options import (
    config_option,
    consents,
    json_option,
    ledger_option,
    local_zone,
    log_options,
)
from readygate_cli.output import emit
from readygate_cli.runs import running
from readygate_cli.wiring import SystemClock, ledger_place, settings_of
from readygate_ledger import open_ledger

if TYPE_CHECKING:
    from readygate_ledger.examining import Health

OVERDUE = timedelta(hours=24)
"""An intent that is open for longer tells that no run has come to settle it."""

LOST = """\
Lost with it are:
  - which stages were accepted: deals are taken where they stand, and one that stands past items
    of ours that are open is held until they are ticked or it is moved;
  - the history that `readygate log` shows, and since when an item is owed;
  - what we wrote as titles and texts of items: they are no longer changed when the config is.
Ticks, waivers and retired items stand in the tracker and are read from there.
"""


@click.group(short_help="Back up, check or rebuild what is remembered.")
def command() -> None:
    """Look after the ledger: the file in which Readygate remembers what it saw and did.

    \b
    Examples:
      readygate ledger check
      readygate ledger backup /var/backups/readygate.db
      readygate ledger rebuild
    """


@command.command(short_help="Copy it into a new file, also while runs go on.")
@click.argument("path", required=False, type=click.Path(path_type=Path))
@config_option
@ledger_option
@log_options
@click.pass_obj
def backup(call: Call, *, path: Path | None, config: tuple[Path, ...], ledger: Path | None) -> int:
    """Copy the ledger into a new file, also while runs go on; says where the copy is.

    PATH is a file that is not there yet, or a folder. Without it the copy lies beside the ledger.
    It is one state of the ledger, proved to be sound, and it never overwrites anything.

    \b
    Examples:
      readygate ledger backup
      readygate ledger backup /var/backups/
    """
    clock = SystemClock()
    place = _place(call, config, ledger)
    name = f"{place.name}.backup-{clock.now():%Y%m%d-%H%M%S}"
    target = (path or place.parent).absolute()
    target = target / name if target.is_dir() else target
    with closing(open_ledger(place, clock=clock)) as kept:
        kept.backup(target)
    emit(f"{clean(str(target))}\n")
    return DONE


@command.command(short_help="Say whether it is sound, and what is open in it.")
@config_option
@ledger_option
@json_option
@log_options
@click.pass_obj
def check(call: Call, *, config: tuple[Path, ...], ledger: Path | None, as_json: bool) -> int:
    """Say whether the ledger is sound, how old and how large it is, and what is open in it.

    Reads everything and changes nothing. Ends with 0 if all is well, 1 if there is no ledger yet or
    an action has been left without a known outcome for a day, 7 if the ledger cannot be used.

    \b
    Example:
      readygate ledger check --json
    """
    clock = SystemClock()
    with closing(open_ledger(_place(call, config, ledger), clock=clock)) as kept:
        health = kept.examine()
    late = bool(health.oldest_intent and clock.now() - health.oldest_intent > OVERDUE)
    code = NO_LEDGER if health.problem else DONE
    if not health.exists or late:
        code = SOME_FAILED
    if as_json:
        emit(dump(_document(health, late=late)))
    elif health.problem:
        say(health.problem)
    else:
        emit(_shown(health, local_zone(), late=late))
    return code


@command.command(short_help="Make a new one from the tracker, shown first.")
@config_option
@ledger_option
@click.option("--yes", is_flag=True, help="Do it without asking.")
@log_options
@click.pass_obj
def rebuild(call: Call, *, config: tuple[Path, ...], ledger: Path | None, yes: bool) -> int:
    """Make a new ledger from the tracker when the old one is lost or damaged.

    Shows first what that would do, and asks. The damaged file is moved aside, never deleted. A
    backup knows more than a rebuilt ledger: if there is one, put that back instead. A ledger that
    is sound, newer than this program, or only in use is left alone. Ends with 10 when nobody
    consented.

    \b
    Examples:
      readygate ledger rebuild
      readygate ledger rebuild --yes
    """
    clock = SystemClock()
    place = _place(call, config, ledger)
    with closing(open_ledger(place, clock=clock)) as kept:
        health = kept.examine()
        if health.problem and not health.damaged:
            raise LedgerError(health.problem)
        if health.exists and not health.problem:
            say(
                f"The ledger {place} is sound: a rebuild would only make it forget. Nothing was"
                " done. To begin anew all the same, move it away and run `readygate sync`."
            )
            return SOME_FAILED
        aside = f"{place.name}.damaged-{clock.now():%Y%m%d-%H%M%S}"
        emit(_before(health, place.with_name(aside)))
        with tempfile.TemporaryDirectory(prefix="readygate-") as folder:
            planned = _run(call, config, Path(folder) / place.name, Options(dry=True, full=True))
        emit(planned.text)
        if planned.report.exit_code not in {DONE, PENDING}:
            emit("Nothing was done: the tracker has to be readable first, see above.\n")
            return planned.report.exit_code
        if not (yes or consents("Do it?")):
            emit("Nothing was done: `readygate ledger rebuild --yes` does it.\n")
            return PENDING
        if health.exists:
            for moved in kept.set_aside(aside):
                emit(f"moved aside: {clean(str(moved))}\n")
    done = _run(call, config, place, Options(full=True))
    emit(done.text)
    return done.report.exit_code


@dataclass(frozen=True, slots=True)
class _Told:
    report: RunReport
    text: str


def _run(call: Call, config: tuple[Path, ...], ledger: Path, options: Options) -> _Told:
    with running(call, config=config, ledger=ledger, pipelines=(), options=options) as done:
        names: Names = done.names
        return _Told(done.report, run_text(done.report, names))


def _place(call: Call, config: tuple[Path, ...], ledger: Path | None) -> Path:
    loaded = load_config(config)
    return ledger_place(loaded, settings_of(call, loaded), ledger).absolute()


def _before(health: Health, aside: Path) -> str:
    place = clean(str(health.path))
    if health.exists:
        first = f"{clean(health.problem)}\n\nThis would be done:\n"
        first += f"  1. It is moved aside to {clean(str(aside))}; nothing is deleted.\n"
        second = f"  2. A new ledger is made at {place} by one run, which does the following.\n"
    else:
        first = f"There is no ledger at {place}.\n\nThis would be done:\n"
        second = "  1. A new ledger is made by one run, which does the following.\n"
    return f"{first}{second}\n{LOST}\n"


def _shown(health: Health, zone: tzinfo, *, late: bool) -> Iterator[str]:
    place = clean(str(health.path))
    if not health.exists:
        yield f"There is no ledger at {place} yet: the first `readygate sync` makes it. If there\n"
        yield "was one: put a backup back, or see what `readygate ledger rebuild` would do.\n"
        return
    yield f"The ledger {place} is sound.\n"
    version = f"{health.revision}, the newest"
    if health.revision != health.newest:
        version = f"{health.revision}; the next run brings it to {health.newest}, keeping a copy"
    deals = ", ".join(f"{clean(key)} {count:,}" for key, count in health.deals.items())
    rows = (
        ("size", f"{health.bytes:,} bytes"),
        ("version", version),
        ("deals known", deals or "none"),
        ("history", plural(health.history, "line")),
        ("open intents", _intents(health, zone)),
        ("last run", _last(health.last_run, zone)),
        ("lock", _lock(health)),
    )
    for name, text in rows:
        yield f"  {name:<14}{text}\n"
    if late:
        yield "Actions have been without a known outcome for more than a day: the next run looks\n"
        yield "them up. Does cron still call `readygate sync`, for all pipelines?\n"


def _intents(health: Health, zone: tzinfo) -> str:
    if not health.oldest_intent:
        return "none"
    return f"{health.open_intents}, the oldest of {moment(health.oldest_intent, zone)}"


def _last(run: RunSummary | None, zone: tzinfo) -> str:
    if run is None:
        return "none"
    if run.ended is None:
        return f"{run.id}, begun {moment(run.started, zone)}, has not finished"
    return f"{run.id}, ended {moment(run.ended, zone)} with code {run.exit_code}"


def _lock(health: Health) -> str:
    if not health.held:
        return "free"
    return f"held by {clean(health.holder) or 'a run that has not said which'}"


def _document(health: Health, *, late: bool) -> dict[str, object]:
    """path, exists, sound, problem, damaged, revision, newest, bytes, deals, history, open_intents,
    oldest_intent, overdue, last_run{run, started, ended, exit_code}, lock{held, holder}."""
    run = health.last_run
    return {
        "path": str(health.path),
        "exists": health.exists,
        "sound": health.exists and not health.problem,
        "problem": health.problem or None,
        "damaged": health.damaged,
        "revision": health.revision or None,
        "newest": health.newest,
        "bytes": health.bytes,
        "deals": dict(health.deals),
        "history": health.history,
        "open_intents": health.open_intents,
        "oldest_intent": _time(health.oldest_intent),
        "overdue": late,
        "last_run": run
        and {
            "run": run.id,
            "started": _time(run.started),
            "ended": _time(run.ended),
            "exit_code": run.exit_code,
        },
        "lock": {"held": health.held, "holder": health.holder or None},
    }


def _time(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat(timespec="seconds") if at else None
