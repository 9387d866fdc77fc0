"""The one loop: prove who we are, resolve names, then settle, read, plan and apply per pipeline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from readygate.action import Status
from readygate.applying import Applying
from readygate.budget import full_read_every, requests_key
from readygate.contract import ContractBook
from readygate.deal import Identity
from readygate.errors import (
    ConfigError,
    Finding,
    ReadygateError,
    TrackerDenied,
    TrackerError,
    TrackerUnavailable,
)
from readygate.pipeline import Gate, Pipeline
from readygate.plan import Context
from readygate.ports import Binding, Clock, Counted, Ledger, PipelineState, RunSummary, Tracker
from readygate.reading import OVERLAP, Reading
from readygate.report import PipelineReport, RunReport, TrackerReport

DAILY = timedelta(hours=24)
"""How long names are good for, and a full read where no budget is short."""

AGED = timedelta(minutes=10)
"""After this time a refusal makes the next run look up names and rights again."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What is to be run. `texts`: language -> gettext function for what is written into trackers.

    `stamp` is a digest of the contract and pipelines: a new one asks for a full read. `budgets`:
    tracker -> requests that it may take a month, where there is a limit.
    """

    book: ContractBook
    pipelines: tuple[Pipeline, ...]
    texts: Mapping[str, Callable[[str], str]]
    stamp: str
    budgets: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Options:
    """How to run. `force` is the second consent, for limits alone; `only` names the pipelines to
    run, all of them if it is empty."""

    dry: bool = False
    full: bool = False
    force: bool = False
    only: tuple[str, ...] = ()


class Progress(Protocol):
    """Told about long work; `total` is None where it is not known."""

    def __call__(self, step: str, done: int, total: int | None) -> None:
        """A step (a short text for people) has come so far."""
        ...


class Together(Protocol):
    """How the trackers of a run are served: one after the other (`map`), or several at once."""

    def __call__(
        self, function: Callable[[str], TrackerReport], values: Iterable[str], /
    ) -> Iterable[TrackerReport]:
        """Call it for each value; results in the order of the values. What one raises ends all."""
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
    together: Together = map,
) -> RunReport:
    """Do one run over all pipelines, tracker by tracker; expected errors end up in the report.

    Trackers know nothing of one another, so `together` may serve them at the same time.

    `trackers` connects lazily: a factory may raise a TrackerError. Raises LockHeld, LedgerError and
    our own bugs, nothing else. A dry run plans on a rehearsal ledger and writes nothing.
    """
    started = clock.now()
    told = progress or _silent
    one = _Run(setup, trackers, clock, run=run, options=options, told=told, together=together)
    if options.dry:
        with ledger.rehearsal() as scratch:
            reports = one.go(scratch)
        return RunReport(run, started, clock.now(), dry=True, trackers=reports)
    with ledger.lock():
        ledger.begin(RunSummary(run, started))
        reports = one.go(ledger)
        report = RunReport(run, started, clock.now(), dry=False, trackers=reports)
        counts = _counts(report)
        ledger.end(RunSummary(run, started, report.ended, report.exit_code, counts))
    return report


class _Run:
    def __init__(
        self,
        setup: Setup,
        trackers: Mapping[str, Callable[[], Tracker]],
        clock: Clock,
        *,
        run: str,
        options: Options,
        told: Progress,
        together: Together,
    ) -> None:
        self._setup = setup
        self._trackers = trackers
        self._clock = clock
        self._run = run
        self._options = options
        self._told = told
        self._together = together

    def go(self, ledger: Ledger) -> tuple[TrackerReport, ...]:
        keys = dict.fromkeys(pipeline.tracker for pipeline in self._setup.pipelines)
        chosen = tuple(key for key in keys if self._chosen(key))
        return tuple(self._together(lambda key: self._tracker(key, ledger), chosen))

    def _chosen(self, tracker: str) -> tuple[Pipeline, ...]:
        only = self._options.only
        mine = (pipeline for pipeline in self._setup.pipelines if pipeline.tracker == tracker)
        return tuple(pipeline for pipeline in mine if not only or pipeline.key in only)

    def _tracker(self, key: str, ledger: Ledger) -> TrackerReport:
        pipelines = self._chosen(key)
        tracker: Tracker | None = None
        try:
            tracker = self._trackers[key]()
            identity = tracker.identify()
            binding, made = self._binding(key, tracker, ledger)
            tracker.use(binding)
        except (TrackerError, ConfigError) as error:
            return TrackerReport(key, error=error, requests=_sent(tracker))
        reports: list[PipelineReport] = []
        for pipeline in pipelines:
            if reports and _stopped(reports[-1]):
                text = f"{pipeline.key}: not tried, because {key!r} stopped answering"
                reports.append(PipelineReport(pipeline.key, key, error=TrackerUnavailable(text)))
                continue
            passage = _Passage(pipeline, binding, made, identity, tracker=tracker, ledger=ledger)
            reports.append(self._pipeline(passage))
        return TrackerReport(key, tuple(reports), account=identity.name, requests=_sent(tracker))

    def _binding(self, key: str, tracker: Tracker, ledger: Ledger) -> tuple[Binding, datetime]:
        """The names of the config as ids: remembered for a day, looked up when anything is new.

        All pipelines of the tracker are looked up, also those that this run leaves alone: runs of
        some pipelines each would otherwise forget each other's names.
        """
        pipelines = tuple(one for one in self._setup.pipelines if one.tracker == key)
        now = self._clock.now()
        remembered = ledger.binding(key)
        if remembered and not self._options.full:
            binding, made = remembered
            if timedelta(0) <= now - made < DAILY and binding.stamp == self._setup.stamp:
                return binding, made
        fields = {pipeline.key: self._fields(pipeline) for pipeline in pipelines}
        people = tuple(self._setup.book.people.values())
        found = tracker.resolve(pipelines, people, fields, remembered[0] if remembered else None)
        binding = replace(found, stamp=self._setup.stamp)
        ledger.save_binding(key, binding, now)
        return binding, now

    def _fields(self, pipeline: Pipeline) -> tuple[str, ...]:
        items = pipeline.items(self._setup.book)
        return tuple(sorted({item.when.field for item in items if item.when}))

    def _pipeline(self, passage: _Passage) -> PipelineReport:
        """Settle, read, plan, check limits, look, apply, record."""
        pipeline, ledger, clock = passage.pipeline, passage.ledger, self._clock
        key = pipeline.key
        gates = pipeline.gates(self._setup.book)
        state = ledger.state(key)
        passage.reading = reading = Reading(
            pipeline,
            self._setup.book,
            accounts=passage.binding.people,
            tracker=passage.tracker,
            ledger=ledger,
            clock=clock,
            told=self._told,
        )
        try:
            reading.settle()
            state = self._read(passage, state)
            context = self._context(passage, gates, state)
            passage.applying = applying = Applying(
                context,
                reading,
                tracker=passage.tracker,
                ledger=ledger,
                clock=clock,
                run=self._run,
                told=self._told,
                dry=self._options.dry,
                force=self._options.force,
            )
            applying.plan({*reading.seen.touched, *ledger.pending(key)})
            # From here on every deal knows what it is spared: the gates are active.
            asks = {gate.key: tuple(gate.items) for gate in gates}
            state = replace(state, asks=asks, stamp=self._stamp(passage))
            ledger.save_state(key, state)
            applying.apply()
            ledger.save_state(key, replace(state, cursor=reading.seen.at or passage.identity.now))
            self._forget_names(passage)
        except TrackerError as error:
            self._forget_names(passage, error)
            return passage.report(error)
        return passage.report()

    def _read(self, passage: _Passage, state: PipelineState) -> PipelineState:
        now = self._clock.now()
        changed = state.stamp != self._stamp(passage)
        allowed = self._setup.budgets.get(passage.pipeline.tracker)
        good_for = full_read_every(DAILY, state.full_pages, allowed)
        aged = state.full_read is None or not timedelta(0) <= now - state.full_read < good_for
        full = self._options.full or changed or aged or state.cursor is None
        first = state.activated is None
        if first:
            state = replace(state, activated=passage.identity.now)
            passage.ledger.save_state(passage.pipeline.key, state)
        passage.mode = "full" if full else "changes"
        since = None if full or state.cursor is None else state.cursor - OVERLAP
        passage.reading.read(since, everything=changed)
        if first and passage.reading.seen.at:  # only now the tracker has told its own time
            state = replace(state, activated=passage.reading.seen.at)
        pages = passage.reading.seen.pages
        return replace(state, full_read=now, full_pages=pages) if full else state

    def _stamp(self, passage: _Passage) -> str:
        """What the plans of a pipeline depend on: also whether its guard is installed."""
        return self._setup.stamp + ("" if passage.installed else ", guard not installed")

    def _context(self, passage: _Passage, gates: tuple[Gate, ...], state: PipelineState) -> Context:
        known = self._setup.book.canonical
        new = {
            gate.key: frozenset(set(gate.items) - {known(i) for i in state.asks.get(gate.key, ())})
            for gate in gates
        }
        return Context(
            book=self._setup.book,
            pipeline=passage.pipeline,
            gates=gates,
            accounts=passage.binding.people,
            text=self._setup.texts[passage.pipeline.language],
            now=self._clock.now(),
            activated=state.activated or passage.identity.now,
            known_until=state.cursor - OVERLAP if state.cursor else None,
            new_asks={key: items for key, items in new.items() if items},
            ours=passage.identity.account,
            installed=passage.installed,
        )

    def _forget_names(self, passage: _Passage, error: TrackerError | None = None) -> None:
        """Have the next run look up names and rights again, if this one gave reason to.

        The reasons: a stage that neither the config nor the last look-up knows, and a refusal,
        which may come of a right or a name that was taken away since. What was looked up minutes
        ago is not asked again for a refusal.
        """
        key = passage.pipeline.key
        known = {*passage.binding.stages[key].values(), *passage.binding.unnamed.get(key, ())}
        stages = {finding.data.get("stage", "") for finding in passage.findings}
        outcomes = passage.applying.outcomes if passage.applying else []
        refused = any(outcome.status is Status.FAILED for outcome in outcomes)
        refused = refused or (error is not None and not isinstance(error, TrackerUnavailable))
        aged = self._clock.now() - passage.made > AGED
        if stages - known - {""} or (refused and aged):
            never = datetime.min.replace(tzinfo=passage.identity.now.tzinfo)
            passage.ledger.save_binding(passage.pipeline.tracker, passage.binding, never)


class _Passage:
    """One pipeline on its way through one run, and what there is to report of it."""

    reading: Reading
    applying: Applying | None = None
    mode = ""

    def __init__(
        self,
        pipeline: Pipeline,
        binding: Binding,
        made: datetime,
        identity: Identity,
        *,
        tracker: Tracker,
        ledger: Ledger,
    ) -> None:
        self.pipeline = pipeline.bind(binding.stages[pipeline.key])
        self.binding = binding
        self.made = made
        self.identity = identity
        self.tracker = tracker
        self.ledger = ledger

    @property
    def installed(self) -> bool:
        """Whether the tracker keeps the guard, as far as it can know."""
        return self.binding.keeps_guard(self.pipeline)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Everything found so far, each once."""
        planned = self.applying.findings if self.applying else []
        found = [*self.binding.findings, *self.reading.seen.findings, *planned]
        return tuple({(one.code, one.text): one for one in found}.values())

    def report(self, error: ReadygateError | None = None) -> PipelineReport:
        """What there is to say; with `error` it ended early."""
        applying = self.applying
        order = {stage.ref: stage.name for stage in self.pipeline.stages}
        return PipelineReport(
            self.pipeline.key,
            self.pipeline.tracker,
            mode=self.mode,
            deals_read=self.reading.seen.deals,
            items_read=self.reading.seen.items,
            actions=tuple(applying.actions) if applying else (),
            outcomes=tuple(applying.outcomes) if applying else (),
            refusals=tuple(applying.refusals) if applying else (),
            findings=self.findings,
            error=error,
            stage_names=order,
        )


def _stopped(report: PipelineReport) -> bool:
    stops = any(outcome.stops for outcome in report.outcomes)
    return stops or isinstance(report.error, TrackerUnavailable | TrackerDenied)


def _sent(tracker: object) -> int:
    return sum(tracker.counts.values()) if isinstance(tracker, Counted) else 0


def _counts(report: RunReport) -> dict[str, int]:
    outcomes = (outcome for one in report.pipelines for outcome in one.outcomes)
    counts = Counter(str(outcome.status) for outcome in outcomes)
    for one in report.trackers:
        if one.requests:
            counts[requests_key(one.tracker)] = one.requests
    return dict(sorted(counts.items()))


def _silent(step: str, done: int, total: int | None) -> None:
    """The progress of a run that nobody watches."""
