"""The way of `readygate init` from an empty folder to a config that passes `check`."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
import tempfile
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import click

import readygate_config
from readygate.errors import ConfigError, Problem
from readygate.survey import Choice, Part, Question, Sight
from readygate_cli.call import Call
from readygate_cli.init.asking import Answers
from readygate_cli.init.connecting import Door, Entered, option_of
from readygate_cli.init.deciding import Contract, Deciding, Options
from readygate_cli.init.draft import Draft
from readygate_cli.init.files import dotenv_lines, names_in, read, write_all
from readygate_cli.init.proposing import unused
from readygate_cli.output import emit
from readygate_cli.wiring import SystemClock
from readygate_config import Config, catalogues, read_settings
from readygate_config.adding import add
from readygate_config.secret_scan import secret_variable
from readygate_config.settings import DOTENV


@dataclass(frozen=True, slots=True)
class Target:
    """The file to write; `adding` is the consent to add to one that is there."""

    config: Path
    adding: bool = field(kw_only=True)

    @property
    def dotenv(self) -> Path:
        """The file for secrets, beside it."""
        return self.config.parent / DOTENV


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Everything that one call of `init` was given."""

    call: Call
    answers: Answers
    options: Options
    target: Target
    language: str
    token: str
    pipeline: str
    by: str
    no_dotenv: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What was there before, and what the tracker showed.

    `before` and `existing` are the config's text and meaning, None where there is none. `chosen`
    are the answers on the way to the deals; `parts` tells which of them belong to what.
    """

    before: str | None
    existing: Config | None
    language: str
    entered: Entered
    sight: Sight
    chosen: Mapping[str, str]
    parts: Mapping[Part, Collection[str]]


def begin(start: Start) -> None:
    """Ask, look, decide, check, write, and say how to go on. Changes nothing in the tracker."""
    before, existing = _existing(start.target, start.answers)
    settings, _unsafe = read_settings([start.target.config])
    door = Door(start.call, start.answers, settings, existing, SystemClock(), start.token)
    _foretell(start)
    entered = door.enter()
    try:
        chosen, parts = _choose(start.answers, entered)
        sight = entered.survey.look(chosen)
    finally:
        entered.survey.close()
    start.answers.in_sight()
    seen = _Seen(
        before=before,
        existing=existing,
        language=existing.language if existing else start.language,
        entered=entered,
        sight=sight,
        chosen=chosen,
        parts=parts,
    )
    guard, text = _decided(start, seen)
    _write(start, seen, guard, text)


def _existing(target: Target, answers: Answers) -> tuple[str | None, Config | None]:
    """The config that is there, as text and loaded. Raises UsageError, ConfigError."""
    _ = answers.say_in
    path = target.config
    if not path.parent.is_dir():
        raise click.UsageError(f"There is no folder {path.parent}: make it, or name another file.")
    if not os.access(path.parent, os.W_OK):
        raise click.UsageError(
            f"The folder {path.parent.resolve()} cannot be written: take another."
        )
    if not path.exists():
        if target.adding:
            raise click.UsageError(f"--add: there is no {path} yet; leave the option out.")
        return None, None
    text = _("{path} is there already. Add a pipeline to it?").format(path=path)
    agreed = target.adding or (answers.interactive and answers.consents(text))
    if not agreed:
        raise click.UsageError(
            f"{path} is there already, and nothing is overwritten. `--add` adds a pipeline to it;"
            " or name another file with --config."
        )
    existing = readygate_config.load([path])
    return read(path), existing


def _foretell(start: Start) -> None:
    """Where nobody can be asked, tell now already what is going to be missing later."""
    if start.answers.interactive:
        return
    if not start.options.owners:
        start.answers.later('--owner "PROCESS=E-MAIL" …', "who answers for each process")
    if not start.options.needs and not start.options.example:
        text = "or --example: what each process must receive before it starts"
        start.answers.later('--needs "PROCESS=ITEM" …', text)


def _choose(
    answers: Answers, entered: Entered
) -> tuple[dict[str, str], Mapping[Part, Collection[str]]]:
    """The answers on the way to the deals, and what each of them belongs to."""
    chosen = dict(entered.known.options) if entered.known else {}
    parts: dict[Part, set[str]] = {part: set() for part in Part}
    parts[Part.TRACKER] |= chosen.keys()
    while question := entered.survey.question(chosen):
        found = answers.choose(question, option_of(question.name))
        answers.settle()
        chosen[question.name] = found
        parts[question.part].add(question.name)
    return chosen, parts


def _decided(start: Start, seen: _Seen) -> tuple[str, str]:
    """The guard, and a config that passes `check`; a person is asked again where it does not."""
    _ = catalogues.texts(seen.language, catalogues.INIT)
    kind, existing = seen.entered.kind, seen.existing
    while True:
        contract = Deciding(
            start.answers, start.options, seen.sight, kind, seen.language, existing
        ).decide()
        guard = start.answers.choose(_guards(start, seen.sight), "--guard")
        draft = _draft(start, seen, contract, guard)
        if seen.before is None:
            text = draft.whole(_)
        else:
            text = add(seen.before, draft.parts(_), draft.outputs())
        try:
            _check(text)
        except ConfigError as error:
            if not start.answers.interactive or start.options.stages:
                raise
            start.answers.tell(f"\n{error}\n")
        else:
            return guard, text


def _guards(start: Start, sight: Sight) -> Question:
    """How a gate shall hold; for a first period nothing should be moved."""
    _ = start.answers.say_in
    labels = {
        "advise": _("for a first period: a comment, and nothing is moved"),
        "return": _("the next run moves the deal back"),
        "native": _("the tracker itself does not offer the move"),
        "locked": _("people ask for a stage, our account alone moves the deal"),
    }
    names = ("advise", "return", *sight.guards)
    choices = tuple(Choice(name, labels.get(name, "")) for name in names)
    return Question("guard", _("what becomes of a deal that moves on too early"), choices, "advise")


def _draft(start: Start, seen: _Seen, contract: Contract, guard: str) -> Draft:
    entered, chosen = seen.entered, seen.chosen
    taken = [one.key for one in seen.existing.pipelines] if seen.existing else []
    tracker = {
        **{name: chosen[name] for name in chosen if name in seen.parts[Part.TRACKER]},
        **entered.survey.settings,
        **seen.sight.tracker,
    }
    return Draft(
        language=seen.language,
        pipeline=start.pipeline or unused("deals", taken),
        tracker_key=entered.key,
        kind=entered.kind,
        tracker=None if entered.known else tracker,
        place={name: chosen[name] for name in chosen if name in seen.parts[Part.PIPELINE]},
        settings={**seen.sight.settings, **seen.sight.guards.get(guard, {})},
        guard=guard,
        by=start.by,
        native="native" in seen.sight.guards,
        people=contract.people,
        items=contract.items,
        headings=contract.headings,
        processes=contract.processes,
        stages=contract.stages,
    )


def _check(text: str) -> None:
    """Raises ConfigError with what `readygate check` would say, without places in a file."""
    with tempfile.TemporaryDirectory(prefix="readygate-") as folder:
        path = Path(folder) / "readygate.yaml"
        path.write_text(text, encoding="utf-8")
        try:
            readygate_config.load([path])
        except ConfigError as error:
            problems = [Problem(one.path, one.message, one.hint) for one in error.problems]
            raise ConfigError(problems) from None


def _write(start: Start, seen: _Seen, guard: str, text: str) -> None:
    answers, target, entered = start.answers, start.target, seen.entered
    _ = answers.say_in
    variables = {secret_variable(entered.key, name): one for name, one in entered.apart.items()}
    there = names_in(target.dotenv)
    more = {name: value for name, value in variables.items() if name not in there}
    if start.no_dotenv:
        more = {}
    asked = _("Write {config} and {dotenv}?") if more else _("Write {config}?")
    asked = asked.format(config=target.config, dotenv=target.dotenv)
    answers.tell()
    if answers.interactive and not answers.consents(asked):
        raise click.Abort
    write_all(target.config, text, seen.before, target.dotenv, dotenv_lines(more))
    emit(_told(start, seen, guard, sorted(more), sorted(variables.keys() & there)))


def _told(
    start: Start, seen: _Seen, guard: str, added: list[str], left: list[str]
) -> Iterator[str]:
    _ = start.answers.say_in
    target = start.target
    yield _("Written: {path}").format(path=target.config.resolve()) + "\n"
    if added:
        path = target.dotenv.resolve()
        yield _("Written: {path} (mode 0600: only you can read it)").format(path=path) + "\n"
    for name in left:
        text = _("{path} has {name} already; it was left as it is.")
        yield text.format(path=target.dotenv.resolve(), name=name) + "\n"
    if guard == "advise":
        yield _("For a first period deals only get a comment (guard: advise).") + "\n"
    yield "\n" + _("How to go on:") + "\n"
    named = (
        "" if target.config == Path("readygate.yaml") else f" -c {shlex.quote(str(target.config))}"
    )
    for name, text in _steps(start, seen.sight, guard):
        yield f"  {f'readygate {name}{named}':<24} {text}\n"
    yield "\n" + _("Then cron: paste this line into `crontab -e`.") + "\n"
    yield f"  {cron_line(target.config, seen.sight.every)}\n"


def _steps(start: Start, sight: Sight, guard: str) -> Iterator[tuple[str, str]]:
    _ = start.answers.say_in
    if sight.prepare:
        yield "setup", _("creates the checklist table, shown first")
    yield "doctor", _("looks for everything that could go wrong")
    if guard in sight.installed:
        yield "guard install", _("has the tracker itself refuse a move that is too early")
    yield "plan", _("shows what would be done; writes nothing")
    yield "sync", _("does it")
    yield "status", _("shows who owes what")


def cron_line(config: Path, every: str) -> str:
    """The line for crontab with the paths of this machine; cron takes a bare % for a line break."""
    beside = Path(sys.executable).with_name("readygate")
    found = str(beside) if beside.exists() else shutil.which("readygate")
    program = shlex.quote(found) if found else f"{shlex.quote(sys.executable)} -m readygate_cli"
    command = f"READYGATE_CONFIG={shlex.quote(str(config.resolve()))} {program} sync"
    return f"{every} {command}".replace("%", "\\%")
