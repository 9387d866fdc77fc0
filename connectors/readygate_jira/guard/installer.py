"""Looks at, installs and removes the guard of one pipeline in Jira."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from readygate.errors import TrackerDenied, TrackerError, TrackerRejected
from readygate.guarding import Force, GuardReport, Journal, Wish
from readygate.pipeline import Gate, Guard, Pipeline
from readygate.ports import Clock
from readygate.wording import back_name
from readygate_jira.guard import clicks
from readygate_jira.guard.cleaning import cleaned, same
from readygate_jira.guard.document import Workflow
from readygate_jira.guard.marks import Part, key_of, mark_of
from readygate_jira.guard.modes import Mode, Setting, mode_of, without_mode
from readygate_jira.guard.neighbours import neighbours
from readygate_jira.guard.planning import Aim, Planned, plan
from readygate_jira.guard.record import read_record, write_record
from readygate_jira.guard.scratch import drop_scratch, find_scratches
from readygate_jira.guard.trial import RuleFails, Trial
from readygate_jira.guard.workflows import Workflows
from readygate_jira.place import GuardRecord, Place
from readygate_jira.site import Site


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
                Force.NONE_ASKED if not pipeline.guard.in_tracker else Force.UNKNOWN,
                by_hand=clicks.without_reading(pipeline, gates)
                if pipeline.guard.in_tracker
                else (),
            )
        setting = self._setting(workflow, pipeline, gates, wish)
        mode = mode_of(setting)
        planned = self._planned(workflow, setting, mode)
        changes = [] if same(workflow, planned.workflow) else planned.changes
        lacks = mode.lacks() if mode else ()
        return GuardReport(
            pipeline.key,
            str(pipeline.guard),
            self._force(workflow, setting, planned),
            held=tuple(_held(workflow, planned)),
            installed=cleaned(workflow, self._key).taken,
            changes=(
                *(f"+ {one}" for one in (*lacks, *changes)),
                *_superfluous(workflow, planned, self._key),
            ),
            gaps=(*(mode.gaps if mode else ()), *planned.leaks, *planned.notes),
            by_hand=(_uneditable(workflow),) if mode and not workflow.editable else (),
            shared=setting.near.texts,
            offers=tuple(planned.offers),
            leftovers=tuple(self._leftovers(workflow)),
        )

    def _setting(
        self, workflow: Workflow, pipeline: Pipeline, gates: Sequence[Gate], wish: Wish
    ) -> Setting:
        place = self._place
        parts = {mark.part for one in workflow.transitions if (mark := mark_of(one, self._key))}
        return Setting(
            site=self._site,
            place=place,
            pipeline=pipeline,
            gates=tuple(gates),
            # What was agreed to once is agreed to: a later look must not want it undone.
            wish=replace(
                wish,
                split=wish.split or Part.REST in parts,
                returns=wish.returns or Part.BACK in parts,
            ),
            near=neighbours(self._site, place, workflow.id),
            record=read_record(self._site, place.project, place.deal_type) or GuardRecord(),
        )

    def _planned(self, workflow: Workflow, setting: Setting, mode: Mode | None) -> Planned:
        return plan(cleaned(workflow, self._key), self._aim(setting, mode))

    def _aim(self, setting: Setting, mode: Mode | None) -> Aim:
        pipeline, wish = setting.pipeline, setting.wish
        named = {stage.ref: stage.name for stage in pipeline.stages}
        return Aim(
            key=self._key,
            path=tuple(stage.ref for stage in pipeline.path),
            gates=setting.gates if pipeline.guard is not Guard.ADVISE else (),
            rules=mode.rules if mode else lambda _crossed: (),
            says=mode.says if mode else lambda _crossed: "",
            back=lambda status: back_name(named.get(status, status), wish.text),
            avoid=frozenset(stage.ref for stage in pipeline.stages if stage.exit),
            holds=mode is not None,
            split=wish.split,
            returns=wish.returns,
            asks=mode.asks if mode else lambda _status: None,
        )

    def _force(self, workflow: Workflow, setting: Setting, planned: Planned) -> Force:
        if not setting.pipeline.guard.in_tracker:
            return Force.NONE_ASKED
        ours = {
            str(one.get("id"))
            for one in workflow.transitions
            if (mark := mark_of(one, self._key)) and mark.rules and mark.part is not Part.PROBE
        }
        holding = [one for one in planned.held if one.transition in ours]
        if not holding or setting.record.mode != str(setting.pipeline.guard):
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
        setting = self._setting(workflow, pipeline, gates, wish)
        mode = mode_of(setting)
        if mode is None:
            yield from self._without_mode(workflow, setting, note)
            return
        if not workflow.editable:
            raise TrackerRejected(f"{_uneditable(workflow)} Nothing was changed.")
        self._need(mode, setting)
        current = self._planned(workflow, setting, mode)
        whole = setting.record.mode == str(pipeline.guard) and not mode.lacks()
        if whole and same(workflow, current.workflow):
            return
        if not current.held:
            raise TrackerRejected(_nothing_to_hold(pipeline, current))
        yield from mode.prepare()
        trial = mode.trial(self._workflows, self._key)
        try:
            yield from trial.begin(journal, note)
            yield mode.learn(trial)
            made = self._workflows.change(
                lambda fresh: self._planned(fresh, setting, mode).workflow, before=note
            )
            planned = self._planned(made, setting, mode)
            yield from planned.changes
            yield from trial.verify([one.transition for one in planned.held])
        except TrackerError as error:
            self._try_to_put_away(trial, note, all_of_it=isinstance(error, RuleFails))
            raise
        trial.end()
        self._write(mode.record(planned))
        yield f"installed: {len(planned.held)} moves are held while a gate is closed"

    def _without_mode(
        self, workflow: Workflow, setting: Setting, note: Callable[[Workflow], None]
    ) -> Iterator[str]:
        """For a guard that lives in our runs alone: at most hidden ways back, and nothing else."""
        wanted = self._planned(workflow, setting, None)
        if same(workflow, wanted.workflow):
            return
        for one in _superfluous(workflow, wanted, self._key):
            yield f"removed: {one.removeprefix('- ')}"
        made = self._workflows.change(
            lambda fresh: self._planned(fresh, setting, None).workflow, before=note
        )
        planned = self._planned(made, setting, None)
        yield from planned.changes
        self._write(without_mode(setting.record, planned) if planned.backs else None)

    def _write(self, record: GuardRecord | None) -> None:
        write_record(self._site, self._place.project, self._place.deal_type, record)

    def _need(self, mode: Mode, setting: Setting) -> None:
        """Refuse what cannot work here, before anything is touched."""
        offered = self._workflows.offered_rules()
        for key in mode.needs:
            if key not in offered:
                raise TrackerRejected(
                    f"Jira does not offer the rule {key!r} for deals of {self._place.project_key}"
                    " (team-managed projects have fewer rules). Nothing was changed; `guard:"
                    " return` needs no rule."
                )
        if mode.exclusive and setting.near.texts:
            raise TrackerRejected(
                f"The workflow of {self._place.project_key} is also used by"
                f" {', '.join(setting.near.texts)}: with this guard nobody there could move"
                " anything. Give deals a workflow of their own (copy it, and change the workflow"
                " scheme), then install again. Nothing was changed."
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
        record = read_record(self._site, self._place.project, self._place.deal_type)
        for ref in (*record.fields.values(), record.requested) if record else ():
            if ref:
                yield f"left: the field {ref}, with what it says; an admin can delete it in Jira"
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
        self, trial: Trial, note: Callable[[Workflow], None], *, all_of_it: bool
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


def _uneditable(workflow: Workflow) -> str:
    return (
        f"The workflow {workflow.name!r} cannot be edited by anybody: copy it in Jira, give the"
        " copy to deals in the workflow scheme, and install again."
    )


def _nothing_to_hold(pipeline: Pipeline, planned: Planned) -> str:
    text = f"There is no transition into a gated stage of {pipeline.key!r} that could be held."
    return " ".join((text, *planned.leaks, *planned.offers))
