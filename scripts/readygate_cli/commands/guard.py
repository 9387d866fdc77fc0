"""`readygate guard`: sees, installs and removes what makes a tracker refuse a premature move."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from readygate.guarding import Force, Guardable, GuardReport, Wish
from readygate.pipeline import Gate, Pipeline
from readygate.ports import Clock, Event, Ledger
from readygate.render import clean, dump
from readygate.report import DONE, PENDING, UNAVAILABLE
from readygate_cli.call import Call
from readygate_cli.configs import by_tracker, chosen, load_config
from readygate_cli.options import (
    config_option,
    consents,
    json_option,
    ledger_option,
    log_options,
    pipeline_option,
)
from readygate_cli.output import emit
from readygate_cli.wiring import SystemClock, ledger_of, settings_of, trackers_of
from readygate_config import Config, catalogues

IN_FORCE = {
    Force.NONE_ASKED: "nothing needs to be installed for it",
    Force.FULL: "in force",
    Force.PARTLY: "in force in part",
    Force.ABSENT: "NOT in force: nothing refuses a move, the next run moves the deal back",
    Force.UNKNOWN: "not known: our account may not look at the workflow",
}


@dataclass(frozen=True, slots=True)
class _Task:
    """One pipeline whose tracker can have a guard. It is the journal of its installation."""

    pipeline: Pipeline
    gates: tuple[Gate, ...]
    wish: Wish
    tracker: Guardable
    ledger: Ledger
    clock: Clock

    def look(self) -> GuardReport:
        return self.tracker.inspect_guard(self.pipeline, self.gates, self.wish)

    def do(self, what: str) -> Iterator[str]:
        if what == "install":
            return self.tracker.install_guard(self.pipeline, self.gates, self.wish, self)
        return self.tracker.remove_guard(self.pipeline, self.gates, self)

    def note(self, text: str, data: Mapping[str, Any]) -> None:
        """Into the history of the ledger, where `readygate log --json` shows it with its data."""
        event = Event(self.pipeline.key, "", "", "guard", text, data, self.clock.now())
        self.ledger.save(self.pipeline.key, [], [event])

    def forget_names(self) -> None:
        """Have the next run look up names again: what is installed is one of them."""
        known = self.ledger.binding(self.pipeline.tracker)
        if known:
            never = datetime.min.replace(tzinfo=UTC)
            self.ledger.save_binding(self.pipeline.tracker, known[0], never)


@click.command(short_help="Make the tracker itself refuse a premature move.")
@click.argument("what", type=click.Choice(["status", "install", "remove"]))
@config_option
@ledger_option
@pipeline_option
@click.option("--split", is_flag=True, help="Install: also split transitions that lead into a"
              " gated stage from everywhere.")  # fmt: skip
@click.option("--returns", is_flag=True, help="Install: also add hidden transitions back where the"
              " workflow has none.")  # fmt: skip
@click.option("--yes", is_flag=True, help="Do it without asking.")
@json_option
@log_options
@click.pass_obj
def command(
    call: Call,
    *,
    what: str,
    config: tuple[Path, ...],
    ledger: Path | None,
    pipelines: tuple[str, ...],
    split: bool,
    returns: bool,
    yes: bool,
    as_json: bool,
) -> int:
    """Make the tracker itself refuse a premature move, as `guard` in the config asks for.

    `status` tells what is in force and what gets past it. `install` shows the exact difference,
    names everything else that it touches, and tries the rule out on a scratch deal before it
    changes a real transition. `remove` takes out what was installed and nothing else.

    Ends with code 10 when what the config asks for is not fully in force, or nobody consented.

    \b
    Examples:
      readygate guard status
      readygate guard install --yes
      readygate guard remove
    """
    loaded = load_config(config)
    clock = SystemClock()
    settings = settings_of(call, loaded)
    wanted = by_tracker(chosen(loaded, pipelines))
    trackers = trackers_of(call, loaded, settings, wanted, clock)
    codes, documents = [DONE], []
    with ExitStack() as held:
        remembered = held.enter_context(ledger_of(loaded, settings, ledger, clock))
        if what != "status":
            held.enter_context(remembered.lock())
        for key, mine in wanted.items():
            tracker = trackers[key]()
            if not isinstance(tracker, Guardable):
                _say(f"{key}: nothing can be installed in this tracker.\n", as_json=as_json)
                continue
            for pipeline in _bound(tracker, mine, loaded, remembered):
                text = catalogues.texts(pipeline.language)
                wish = Wish(split=split, returns=returns, text=text)
                gates = pipeline.gates(loaded.book)
                task = _Task(pipeline, gates, wish, tracker, remembered, clock)
                code, document = _one(task, what, yes=yes, as_json=as_json)
                codes.append(code)
                documents.append(document)
    if as_json:
        emit(dump({"pipelines": documents}))
    return max(codes)


def _bound(
    tracker: Guardable, mine: Sequence[Pipeline], config: Config, ledger: Ledger
) -> list[Pipeline]:
    """The pipelines with the tracker's ids, freshly looked up."""
    tracker.identify()
    known = ledger.binding(mine[0].tracker)
    people = tuple(config.book.people.values())
    binding = tracker.resolve(mine, people, {}, known[0] if known else None)
    tracker.use(binding)
    return [pipeline.bind(binding.stages[pipeline.key]) for pipeline in mine]


def _one(task: _Task, what: str, *, yes: bool, as_json: bool) -> tuple[int, dict[str, Any]]:
    """One pipeline: show, ask, do, and show what has become of it."""
    report = task.look()
    _say(_shown(report, what), as_json=as_json)
    if what == "status":
        return _code(report), _document(report, [])
    if report.force is Force.UNKNOWN:
        return UNAVAILABLE, _document(report, [])
    if not _anything_to_do(report, what):
        _say("Nothing to do.\n", as_json=as_json)
        return _code(report) if what == "install" else DONE, _document(report, [])
    if not (yes or consents("Do it?")):
        _say(f"Nothing was changed: run `readygate guard {what} --yes`.\n", as_json=as_json)
        return PENDING, _document(report, [])
    done = []
    for text in task.do(what):
        done.append(text)
        _say(f"  {clean(text)}\n", as_json=as_json)
    task.forget_names()
    after = task.look()
    _say(f"{clean(after.pipeline)}: {_headline(after)}\n", as_json=as_json)
    return _code(after) if what == "install" else DONE, _document(after, done)


def _anything_to_do(report: GuardReport, what: str) -> bool:
    if what == "install":
        return bool(report.changes or report.leftovers) or report.force is Force.ABSENT
    return bool(report.installed or report.leftovers)


def _code(report: GuardReport) -> int:
    fine = report.force in {Force.NONE_ASKED, Force.FULL}
    return DONE if fine and not report.leftovers and not report.changes else PENDING


def _headline(report: GuardReport) -> str:
    return f"guard {report.mode}: {IN_FORCE[report.force]}"


def _shown(report: GuardReport, what: str) -> Iterator[str]:
    yield f"{clean(report.pipeline)}: {_headline(report)}\n"
    if what != "remove":
        yield from _listed("moves that are refused while a gate is closed:", report.held)
        yield from _listed("what gets past it, or is blocked beyond it:", report.gaps)
        yield from _listed("`install` would make these changes:", report.changes)
        yield from _listed("with your consent also:", report.offers)
        yield from _listed("our account may not change it; a person clicks:", report.by_hand)
    else:
        yield from _listed("`remove` would take out:", report.installed)
    yield from _listed("the same workflow is used by, and changes for:", report.shared)
    yield from _listed("left behind by an interrupted installation:", report.leftovers)


def _listed(title: str, texts: Sequence[str]) -> Iterator[str]:
    if texts:
        yield f"  {title}\n"
        yield from (f"    {clean(one)}\n" for one in texts)


def _document(report: GuardReport, done: Sequence[str]) -> dict[str, Any]:
    return {**asdict(report), "force": str(report.force), "done": list(done)}


def _say(text: str | Iterable[str], *, as_json: bool) -> None:
    if not as_json:
        emit(text)
