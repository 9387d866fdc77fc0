"""`readygate status`: every open deal, from the ledger alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path

import click

from readygate.budget import Usage
from readygate.contract import ContractBook
from readygate.errors import ReadygateError
from readygate.pipeline import Pipeline
from readygate.ports import Binding, Ledger, RunSummary
from readygate.render import (
    as_of,
    budgets_document,
    budgets_markdown,
    budgets_text,
    clean,
    dump,
    guard_line,
    status_document,
    status_lines,
    status_markdown,
)
from readygate.report import DONE, SOME_FAILED
from readygate.status import DealStatus, status_of
from readygate_cli.budgets import usages
from readygate_cli.call import Call
from readygate_cli.configs import chosen, load_config
from readygate_cli.logs import say
from readygate_cli.options import (
    config_option,
    every_option,
    format_option,
    ledger_option,
    local_zone,
    log_options,
    pipeline_option,
)
from readygate_cli.output import NEVER, emit
from readygate_cli.wiring import SystemClock, ledger_of, settings_of


class NoSuchDeal(ReadygateError):
    """The ledger knows no deal of this name."""


@dataclass(frozen=True, slots=True)
class _Known:
    """One pipeline as the last run knew it."""

    pipeline: Pipeline
    book: ContractBook
    accounts: Mapping[str, str]
    ledger: Ledger
    now: datetime
    installed: bool = True

    @classmethod
    def of(cls, pipeline: Pipeline, book: ContractBook, ledger: Ledger, now: datetime) -> _Known:
        """Bind a pipeline as the last run did; a stage that is newer than it has no id yet."""
        remembered = ledger.binding(pipeline.tracker)
        binding = remembered[0] if remembered else Binding({}, {})
        refs = binding.stages.get(pipeline.key, {})
        bound = pipeline.bind(
            {stage.name: refs.get(stage.name, f"new: {stage.name}") for stage in pipeline.stages}
        )
        installed = binding.keeps_guard(pipeline)
        return cls(bound, book, binding.people, ledger, now, installed=installed)

    def statuses(self, deal: str) -> Iterator[DealStatus]:
        """Its deals, or only the one with this ref or label."""
        for memory in self.ledger.scan(self.pipeline.key):
            if memory.stage_name and deal in {"", memory.deal, memory.label}:
                yield status_of(
                    self.book,
                    self.pipeline,
                    memory,
                    self.accounts,
                    self.now,
                    installed=self.installed,
                )


@click.command(short_help="Show every open deal: what is missing and who owes it.")
@config_option
@ledger_option
@pipeline_option
@click.option("--deal", default="", metavar="KEY", help="Only this deal, for example DEAL-12.")
@click.option(
    "--all", "every", is_flag=True, help="Also deals that have arrived, left the path, or are gone."
)
@every_option
@format_option
@log_options
@click.pass_obj
def command(
    call: Call,
    *,
    config: tuple[Path, ...],
    ledger: Path | None,
    pipelines: tuple[str, ...],
    deal: str,
    every: bool,
    period: timedelta | None,
    form: str,
) -> int:
    """Show every open deal: its stage, the next gate, what is missing, who owes it, for how long.

    It tells what the last run saw and asks no tracker; the first line says which run that was.

    \b
    Examples:
      readygate status
      readygate status --deal DEAL-12
      readygate status --format markdown
    """
    loaded = load_config(config)
    clock = SystemClock()
    with ledger_of(loaded, settings_of(call, loaded), ledger, clock) as remembered:
        run = next(iter(remembered.runs(limit=1)), None)
        if run is None and form != "json":
            say(NEVER)
            return SOME_FAILED
        known = [
            _Known.of(pipeline, loaded.book, remembered, clock.now())
            for pipeline in chosen(loaded, pipelines)
        ]
        _need(known, deal)
        used = usages(loaded, remembered, (one.pipeline.tracker for one in known), period)
        emit(_shown(known, run, used, form=form, deal=deal, every=every))
    return DONE


def _need(known: Sequence[_Known], deal: str) -> None:
    if deal and not any(True for one in known for _ in one.statuses(deal)):
        raise NoSuchDeal(
            f"No deal {deal!r} is known. Give its key as the tracker shows it; a new deal is known"
            " after the next `readygate sync`."
        )


def _shown(
    known: Sequence[_Known],
    run: RunSummary | None,
    used: Sequence[Usage],
    *,
    form: str,
    deal: str,
    every: bool,
) -> Iterable[str]:
    """The answer, piece by piece: a pipeline may hold more deals than are worth keeping at once."""
    if form == "text":
        return chain(_text(known, run, deal=deal, every=every), [budgets_text(used)])
    wanted = (
        status for one in known for status in one.statuses(deal) if every or deal or status.is_open
    )
    if form == "json":
        now = known[0].now if known else datetime.now(UTC)
        return [dump(status_document(wanted, run=run, now=now) | budgets_document(used))]
    return [status_markdown(wanted, local_zone()), budgets_markdown(used)]


def _text(
    known: Iterable[_Known], run: RunSummary | None, *, deal: str, every: bool
) -> Iterator[str]:
    zone = local_zone()
    if run:
        yield f"{as_of(run, zone)}\n"
    for one in known:
        lines = status_lines(one.statuses(deal), zone, every=every or bool(deal))
        guard = guard_line(one.pipeline.guard, installed=one.installed)
        yield f"\n{clean(one.pipeline.key)}, {guard}\n\n"
        for line in lines:
            yield f"{line}\n"
