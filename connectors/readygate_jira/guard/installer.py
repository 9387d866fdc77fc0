"""Looks at, installs and removes the guard of one pipeline in Jira."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from readygate.errors import TrackerDenied, TrackerError, TrackerRejected
from readygate.guarding import Force, GuardReport, Journal, Wish
from readygate.pipeline import Gate, Guard, Pipeline
from readygate.ports import Clock
from readygate.wording import back_name
from readygate_jira.guard import clicks
from readygate_jira.guard.cleaning import cleaned, same
from readygate_jira.guard.document import CHILD_CONDITION, Rule, Workflow
from readygate_jira.guard.marks import Part, children_rule, key_of, mark_of
from readygate_jira.guard.neighbours import Neighbours, neighbours
from readygate_jira.guard.planning import Aim, Crossed, Planned, plan
from readygate_jira.guard.record import read_record, write_record
from readygate_jira.guard.scratch import drop_scratch, find_scratches
from readygate_jira.guard.trial import RuleFails, SubtaskTrial
from readygate_jira.guard.workflows import Workflows
from readygate_jira.place import GuardRecord, Place
from readygate_jira.site import Site


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A pipeline with everything that its guard depends on."""

    pipeline: Pipeline
    gates: tuple[Gate, ...]
    wish: Wish
    near: Neighbours
    record: GuardRecord


class Installer:
    """The guard of the deals of one place."""

    def __init__(self, site: Site, clock: Clock, place: Place) -> None:
        self._site = site
        self._clock = clock
        self._place = place
        self._key = key_of(place.project, place.deal_type)
        self._workflows = Workflows(site, clock, project=place.project, deal_type=place.deal_type)

    # -- looking -------------------------------------------------------------------------------

    def inspect(self, pipeline: Pipeline, gates: Sequence[Gate], wish: Wish) -> GuardReport:
        """See `Guardable.inspect_guard`."""
        workflow = self._workflows.read()
        if workflow is None:
            return GuardReport(
                pipeline.key,
                str(pipeline.guard),
                Force.NONE_ASKED if not _asks(pipeline) else Force.UNKNOWN,
                gaps=_gaps(pipeline),
                by_hand=clicks.without_reading(pipeline, gates) if _asks(pipeline) else (),
            )
        wanted = self._wanted(workflow, pipeline, gates, wish)
        planned = self._planned(workflow, wanted)
        changes = [] if same(workflow, planned.workflow) else planned.changes
        removes = _superfluous(workflow, planned, self._key)
        return GuardReport(
            pipeline.key,
            str(pipeline.guard),
            self._force(workflow, wanted, planned),
            held=tuple(_held(workflow, planned)),
            installed=cleaned(workflow, self._key).taken,
            changes=tuple(f"+ {one}" for one in changes) + removes,
            gaps=(*_gaps(pipeline), *planned.leaks, *planned.notes),
            shared=wanted.near.texts,
            offers=tuple(planned.offers),
            leftovers=tuple(self._leftovers(workflow)),
        )

    def _wanted(
        self, workflow: Workflow, pipeline: Pipeline, gates: Sequence[Gate], wish: Wish
    ) -> _Wanted:
        near = neighbours(self._site, self._place, workflow.id)
        record = read_record(self._site, self._place.project, self._place.deal_type)
        return _Wanted(pipeline, tuple(gates), wish, near, record or GuardRecord())

    def _planned(self, workflow: Workflow, wanted: _Wanted) -> Planned:
        return plan(cleaned(workflow, self._key), self._aim(wanted))

    def _aim(self, wanted: _Wanted) -> Aim:
        pipeline = wanted.pipeline
        text = wanted.wish.text
        named = {stage.ref: stage.name for stage in pipeline.stages}
        return Aim(
            key=self._key,
            path=tuple(stage.ref for stage in pipeline.path),
            gates=wanted.gates if pipeline.guard is not Guard.ADVISE else (),
            rules=self._rules(wanted),
            back=lambda status: back_name(named.get(status, status), text),
            avoid=frozenset(stage.ref for stage in pipeline.stages if stage.exit),
            holds=_asks(pipeline),
            split=wanted.wish.split,
            returns=wanted.wish.returns,
        )

    def _rules(self, wanted: _Wanted) -> Callable[[Crossed], tuple[Rule, ...]]:
        near = wanted.near
        statuses = near.open if wanted.record.statuses_mean == "deny" else near.closed
        rule = children_rule(",".join(sorted(statuses, key=int)))
        return lambda _crossed: (rule,)

    def _force(self, workflow: Workflow, wanted: _Wanted, planned: Planned) -> Force:
        if not _asks(wanted.pipeline):
            return Force.NONE_ASKED
        ours = {
            str(one.get("id"))
            for one in workflow.transitions
            if (mark := mark_of(one, self._key)) and mark.rules and mark.part is not Part.PROBE
        }
        holding = [one for one in planned.held if one.transition in ours]
        if not holding or wanted.record.mode != str(wanted.pipeline.guard):
            return Force.ABSENT
        complete = same(workflow, planned.workflow) and not planned.leaks
        return Force.FULL if complete else Force.PARTLY

    def _leftovers(self, workflow: Workflow) -> Iterator[str]:
        for one in workflow.transitions:
            mark = mark_of(one, self._key)
            if mark and mark.part is Part.PROBE:
                yield f"the temporary transition {one.get('name')!r}"
        for label in find_scratches(self._site, self._place).values():
            yield f"the scratch deal {label}"

    # -- installing ----------------------------------------------------------------------------

    def install(
        self, pipeline: Pipeline, gates: Sequence[Gate], wish: Wish, journal: Journal
    ) -> Iterator[str]:
        """See `Guardable.install_guard`."""
        note = _noting(journal)
        yield from self._put_away(note)
        workflow = self._read()
        wanted = self._wanted(workflow, pipeline, gates, wish)
        if not _asks(pipeline):
            yield from self._only_backs(wanted, note)
            return
        self._need_rule(CHILD_CONDITION)
        current = self._planned(workflow, wanted)
        if wanted.record.mode == str(pipeline.guard) and same(workflow, current.workflow):
            return
        if not current.held:
            raise TrackerRejected(_nothing_to_hold(pipeline, current))
        trial = SubtaskTrial(self._site, self._place, self._workflows, self._key)
        try:
            yield from trial.begin(journal, note)
            means = trial.statuses_mean
            yield f"found out: `statusIds` of the rule are {_MEANINGS[means]}"
            wanted = replace(wanted, record=replace(wanted.record, statuses_mean=means))
            made = self._workflows.change(
                lambda fresh: self._planned(fresh, wanted).workflow, before=note
            )
            planned = self._planned(made, wanted)
            yield from planned.changes
            yield from trial.verify([one.transition for one in planned.held])
        except TrackerError as error:
            self._try_to_put_away(trial, note, all_of_it=isinstance(error, RuleFails))
            raise
        trial.end()
        self._write(planned, wanted, means)
        yield f"verified: {len(planned.held)} moves are held while a subtask is open"

    def _only_backs(self, wanted: _Wanted, note: Callable[[Workflow], None]) -> Iterator[str]:
        """For a guard that lives in our runs alone: at most hidden ways back."""
        if not wanted.wish.returns:
            return
        made = self._workflows.change(
            lambda fresh: self._planned(fresh, wanted).workflow, before=note
        )
        planned = self._planned(made, wanted)
        yield from planned.changes
        if planned.backs:
            self._write(planned, wanted, "")

    def _write(self, planned: Planned, wanted: _Wanted, means: str) -> None:
        record = GuardRecord(
            mode=str(wanted.pipeline.guard), statuses_mean=means, backs=dict(planned.backs)
        )
        write_record(self._site, self._place.project, self._place.deal_type, record)

    def _need_rule(self, key: str) -> None:
        if key not in self._workflows.offered_rules():
            raise TrackerRejected(
                f"Jira does not offer the rule {key!r} for deals of {self._place.project_key}"
                " (team-managed projects have fewer rules). Nothing was changed; `guard: return`"
                " needs no rule."
            )

    def _read(self) -> Workflow:
        workflow = self._workflows.read()
        if workflow is None:
            raise TrackerDenied(
                f"Our account may not read the workflow of {self._place.project_key}: it takes the"
                " right 'Administer Jira' ('Administer projects' in a team-managed project). Give"
                " it for the time of the installation, or let an admin do by hand what `readygate"
                " guard status` says."
            )
        return workflow

    # -- removing ------------------------------------------------------------------------------

    def remove(self, pipeline: Pipeline, journal: Journal) -> Iterator[str]:
        """See `Guardable.remove_guard`."""
        del pipeline
        note = _noting(journal)
        yield from self._put_away(note)
        told: list[str] = []

        def edit(fresh: Workflow) -> Workflow:
            clean = cleaned(fresh, self._key)
            if clean.taken or clean.kept:  # the reading after the change has nothing to tell
                told[:] = [*(f"removed: {one}" for one in clean.taken), *clean.kept]
            return clean.workflow

        self._workflows.change(edit, before=note)
        yield from told
        write_record(self._site, self._place.project, self._place.deal_type, None)

    def _put_away(self, note: Callable[[Workflow], None]) -> Iterator[str]:
        """Whatever an interrupted trial has left."""
        for deal, label in find_scratches(self._site, self._place).items():
            drop_scratch(self._site, deal)
            yield f"removed: the scratch deal {label} of an interrupted installation"
        workflow = self._read()
        if cleaned(workflow, self._key, only=Part.PROBE).taken:
            self._without_probes(note)
            yield "removed: temporary transitions of an interrupted installation"

    def _without_probes(self, note: Callable[[Workflow], None]) -> None:
        self._workflows.change(
            lambda fresh: cleaned(fresh, self._key, only=Part.PROBE).workflow, before=note
        )

    def _try_to_put_away(
        self, trial: SubtaskTrial, note: Callable[[Workflow], None], *, all_of_it: bool
    ) -> None:
        """After an error: nothing half-made stays if it can be helped, the rest is found later."""
        only = None if all_of_it else Part.PROBE
        try:
            trial.end()
            self._workflows.change(
                lambda fresh: cleaned(fresh, self._key, only=only).workflow, before=note
            )
        except TrackerError:
            return


_MEANINGS = {
    "allow": "the statuses that let the deal pass",
    "deny": "the statuses that hold the deal back",
}


def _asks(pipeline: Pipeline) -> bool:
    """Whether the guard needs anything in Jira itself."""
    return pipeline.guard not in {Guard.RETURN, Guard.ADVISE}


def _noting(journal: Journal) -> Callable[[Workflow], None]:
    def note(workflow: Workflow) -> None:
        text = f"the workflow {workflow.name!r} as it was before a change of ours"
        journal.note(text, {"workflow": workflow.raw})

    return note


def _held(workflow: Workflow, planned: Planned) -> Iterator[str]:
    for one in planned.held:
        source, target = workflow.named(one.source), workflow.named(one.target)
        yield f"{source} → {target} ({one.name!r})"


def _superfluous(workflow: Workflow, planned: Planned, key: str) -> tuple[str, ...]:
    """Our parts that a new installation would take out and not put in again."""
    kept = {str(one.get("id")) for one in planned.workflow.transitions if mark_of(one, key)}
    return tuple(
        f"- our part of the transition {one.get('name')!r}"
        for one in workflow.transitions
        if (mark := mark_of(one, key))
        and mark.part is not Part.PROBE
        and str(one.get("id")) not in kept
    )


_SUBTASK_GAPS = """\
every subtask counts: optional items, subtasks that people made and items of later gates hold a\
 move back too
a deal whose items no run has opened yet can pass once; the next run moves it back
an item waived by somebody else than the owner of the receiving process lets the deal pass in\
 Jira; the next run moves it back
Jira hides the button without a word; a comment on the deal says why
"""


def _gaps(pipeline: Pipeline) -> tuple[str, ...]:
    return tuple(_SUBTASK_GAPS.splitlines()) if pipeline.guard is Guard.BY_SUBTASKS else ()


def _nothing_to_hold(pipeline: Pipeline, planned: Planned) -> str:
    text = f"There is no transition into a gated stage of {pipeline.key!r} that could be held."
    return " ".join((text, *planned.leaks, *planned.offers))
