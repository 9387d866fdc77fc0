"""One run for `plan` and `sync`: load, wire, run, and tell on stderr whatever went wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

from readygate.action import Outcome, Status, key_of
from readygate.errors import ConfigError, ReadygateError
from readygate.ports import Clock, Ledger
from readygate.render import Names, became
from readygate.report import PipelineReport, RunReport
from readygate.run import Options, run_once
from readygate_cli.call import Call, run_id
from readygate_cli.configs import chosen, load_config, names_of
from readygate_cli.logs import log_of, say
from readygate_cli.progress import progress
from readygate_cli.together import Together
from readygate_cli.wiring import SystemClock, ledger_of, settings_of, setup_of, trackers_of
from readygate_config import Config

_NAMED_FAILURES = 20
"""Failures told one by one; the rest is counted, and all are in the history."""


@dataclass(frozen=True, slots=True)
class Done:
    """A run, with what is needed to show it."""

    config: Config
    report: RunReport
    names: Names
    ledger: Ledger
    clock: Clock


@contextmanager
def running(
    call: Call,
    *,
    config: Sequence[Path],
    ledger: Path | None,
    pipelines: Sequence[str],
    options: Options,
) -> Iterator[Done]:
    """Do one run, dry or not; the ledger stays open in the block. Raises ConfigError, LockHeld,
    LedgerError."""
    loaded = load_config(config)
    settings = settings_of(call, loaded)
    clock = SystemClock()
    call.run = run_id(clock.now())
    setup = setup_of(loaded)
    wanted = chosen(loaded, pipelines)
    options = replace(options, only=tuple(pipeline.key for pipeline in wanted))
    keys = dict.fromkeys(pipeline.tracker for pipeline in wanted)
    trackers = trackers_of(call, loaded, settings, keys, clock)
    with ledger_of(loaded, settings, ledger, clock) as remembered:
        with progress() as told:
            together = Together(clock, told)
            report = run_once(
                setup,
                trackers,
                remembered,
                clock,
                run=call.run,
                options=options,
                progress=together.progress,
                together=together,
            )
        report = _located(report, loaded)
        tell(report)
        yield Done(loaded, report, names_of(loaded.book), remembered, clock)


def _located(report: RunReport, config: Config) -> RunReport:
    """The same report; what trackers found wrong with the config is shown where it stands."""
    trackers = []
    for tracker in report.trackers:
        error = tracker.error
        if isinstance(error, ConfigError):
            tracker = replace(tracker, error=config.located(error))  # noqa: PLW2901 - the same one
        trackers.append(tracker)
    return replace(report, trackers=tuple(trackers))


def tell(report: RunReport) -> None:
    """Say errors, refusals and failures on stderr for people, and log every outcome."""
    for tracker in report.trackers:
        if tracker.error:
            _say_error(f"tracker {tracker.tracker}", tracker.error, tracker.tracker)
        for pipeline in tracker.pipelines:
            if pipeline.error and pipeline.error is not tracker.error:
                _say_error(f"pipeline {pipeline.pipeline}", pipeline.error, tracker.tracker)
            for refusal in pipeline.refusals:
                say(f"refused: {refusal}", about={"tracker": tracker.tracker})
            _tell_outcomes(pipeline)


def _say_error(where: str, error: ReadygateError, tracker: str) -> None:
    say(f"{where}: {error}", about={"tracker": tracker, "detail": error.detail})


def _tell_outcomes(report: PipelineReport) -> None:
    log = log_of("run", tracker=report.tracker)
    for outcome in report.outcomes:
        about = {"key": key_of(outcome.action), "detail": outcome.detail}
        log.info("%s: %s", outcome.status, outcome.action.reason, extra=about)
    failed = [outcome for outcome in report.outcomes if _failed(outcome)]
    for outcome in islice(failed, _NAMED_FAILURES):
        label = outcome.action.label or outcome.action.deal
        say(
            f"{report.pipeline}: {label}: {key_of(outcome.action)}: {became(outcome)}",
            about={
                "tracker": report.tracker,
                "key": key_of(outcome.action),
                "detail": outcome.detail,
            },
        )
    if len(failed) > _NAMED_FAILURES:
        more = len(failed) - _NAMED_FAILURES
        say(f"{report.pipeline}: and {more} more that failed: see `readygate log --since 1h`")
    skipped = sum(outcome.status is Status.SKIPPED for outcome in report.outcomes)
    if skipped:
        say(f"{report.pipeline}: {skipped} actions were not tried; the next run does them")


def _failed(outcome: Outcome) -> bool:
    return outcome.status in {Status.FAILED, Status.UNKNOWN}


__all__ = ["Done", "running", "tell"]
