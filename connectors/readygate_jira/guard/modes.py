"""What tells the guards in Jira apart: their rules, what they need, how they are tried out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from readygate.guarding import Wish
from readygate.pipeline import Gate, Guard, Pipeline
from readygate.wording import gate_field_name, guard_message, request_field_name, request_name
from readygate_jira.guard.document import (
    CHILD_CONDITION,
    FIELD_VALIDATOR,
    RESTRICT_CONDITION,
    UPDATE_FIELD,
    Rule,
    update_of,
)
from readygate_jira.guard.fields import PLAIN, find_fields, make_field
from readygate_jira.guard.marks import LOCK, children_rule, field_rule
from readygate_jira.guard.neighbours import Neighbours
from readygate_jira.guard.planning import Crossed, Planned
from readygate_jira.guard.trial import FieldTrial, LockTrial, SubtaskTrial, Trial
from readygate_jira.guard.workflows import Workflows
from readygate_jira.place import GuardRecord, Place
from readygate_jira.site import Site

NOT_YET = "-"
"""Stands for the id of a field that is not made yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One pipeline with everything that its guard depends on."""

    site: Site
    place: Place
    pipeline: Pipeline
    gates: tuple[Gate, ...]
    wish: Wish
    near: Neighbours
    record: GuardRecord


class Mode(ABC):
    """One guard that lives in Jira.

    `needs` are keys of rules that Jira must offer. An `exclusive` one would stop everybody else
    who has the same workflow. `gaps` are told whatever the workflow looks like.
    """

    needs: tuple[str, ...] = ()
    exclusive = False
    gaps: tuple[str, ...] = ()

    def __init__(self, setting: Setting) -> None:
        self.setting = setting

    @abstractmethod
    def rules(self, crossed: Crossed) -> tuple[Rule, ...]:
        """The rules for a move over these gates."""

    @abstractmethod
    def says(self, crossed: Crossed) -> str:
        """What those rules do, in words."""

    def asks(self, status: str) -> tuple[str, list[dict[str, Any]]] | None:
        """Name and post-functions of a request for a stage; None where nobody asks for moves."""
        del status
        return None

    def lacks(self) -> tuple[str, ...]:
        """What must be made besides the rules."""
        return ()

    def prepare(self) -> Iterator[str]:
        """Make it."""
        return iter(())

    @abstractmethod
    def trial(self, workflows: Workflows, key: str) -> Trial:
        """How its rules are tried out."""

    @abstractmethod
    def learn(self, trial: Trial) -> str:
        """Take over what a trial has found out, and say it."""

    @abstractmethod
    def record(self, planned: Planned) -> GuardRecord:
        """What the runs must know."""


def mode_of(setting: Setting) -> Mode | None:
    """The mode of a pipeline's guard; None for a guard that lives in our runs alone."""
    match setting.pipeline.guard:
        case Guard.BY_SUBTASKS:
            return BySubtasks(setting)
        case Guard.BY_FIELD:
            return ByField(setting)
        case Guard.LOCKED:
            return Locked(setting)
        case _:
            return None


class BySubtasks(Mode):
    """Jira's own condition about the status of subtasks."""

    needs = (CHILD_CONDITION,)
    gaps = (
        (
            "every subtask counts: optional items, subtasks that people made and items of later"
            " gates hold a move back too"
        ),
        "a deal whose items no run has opened yet can pass once; the next run moves it back",
        (
            "an item waived by somebody else than the owner of the receiving process lets the deal"
            " pass in Jira; the next run moves it back"
        ),
        "Jira hides the button without a word; a comment on the deal says why",
    )

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        self.statuses_mean = self.setting.record.statuses_mean

    def rules(self, crossed: Crossed) -> tuple[Rule, ...]:
        """The same rule for all gates: it cannot tell their items apart."""
        del crossed
        near = self.setting.near
        statuses = near.open if self.statuses_mean == "deny" else near.closed
        return (children_rule(",".join(sorted(statuses, key=int))),)

    def says(self, crossed: Crossed) -> str:
        """By the names of the statuses that count as closed."""
        del crossed
        closed = " or ".join(sorted(self.setting.near.closed.values()))
        return f"offered only while every subtask is in {closed}"

    def trial(self, workflows: Workflows, key: str) -> SubtaskTrial:
        """With two lists of statuses, one that holds and one that does not."""
        return SubtaskTrial(self.setting.site, self.setting.place, workflows, key)

    def learn(self, trial: Trial) -> str:
        """What the site makes of the list of statuses."""
        self.statuses_mean = trial.found.get("statuses_mean", "")
        means = {
            "allow": "the statuses that let the deal pass",
            "deny": "the statuses that hold the deal back",
        }
        return f"found out: `statusIds` of the rule are {means[self.statuses_mean]}"

    def record(self, planned: Planned) -> GuardRecord:
        """The meaning of the list, and the hidden ways back."""
        return GuardRecord(
            mode=str(Guard.BY_SUBTASKS),
            statuses_mean=self.statuses_mean,
            backs=dict(planned.backs),
        )


class ByField(Mode):
    """A validator on one field per gate, which the runs fill when the gate is open."""

    needs = (FIELD_VALIDATOR,)
    exclusive = True
    gaps = (
        "a move is refused until the next run after the last item was ticked",
        (
            "an item un-ticked since the last run does not hold the deal back; the next run moves"
            " it back"
        ),
        "the message is the same for every deal; its checklist says what is missing",
    )

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        known = find_fields(setting.site, setting.place, [gate.key for gate in setting.gates])
        self.fields = {gate.key: known.get(gate.key, NOT_YET) for gate in setting.gates}

    def rules(self, crossed: Crossed) -> tuple[Rule, ...]:
        """One validator per gate, in the order of the gates."""
        text = self.setting.wish.text
        return tuple(
            field_rule(self.fields[gate.key], guard_message(gate.stage, text))
            for gate in self.setting.gates
            if gate.key in crossed
        )

    def says(self, crossed: Crossed) -> str:
        """By the names of the fields."""
        names = [repr(self._name(gate)) for gate in self.setting.gates if gate.key in crossed]
        return f"refused while {' or '.join(names)} is empty"

    def lacks(self) -> tuple[str, ...]:
        """The fields that are not there yet."""
        return tuple(
            f"new field {self._name(gate)!r}, kept by the runs"
            for gate in self.setting.gates
            if self.fields[gate.key] == NOT_YET
        )

    def prepare(self) -> Iterator[str]:
        """Make the fields and put them on the edit screen of deals."""
        setting = self.setting
        for gate in setting.gates:
            name = self._name(gate)
            was = self.fields[gate.key]
            known = "" if was == NOT_YET else was
            ref = make_field(setting.site, setting.place, gate.key, name, known=known)
            self.fields[gate.key] = ref
            if not known:
                yield f"new field {name!r} ({ref})"

    def trial(self, workflows: Workflows, key: str) -> FieldTrial:
        """With the field of the first gate: empty, then filled by us."""
        rule = self.rules(frozenset(self.fields))[0]
        ref = self.fields[self.setting.gates[0].key]
        trial = FieldTrial(self.setting.site, self.setting.place, workflows, key)
        return trial.of(rule, ref)

    def learn(self, trial: Trial) -> str:
        """A trial that did not fail is all there is to learn."""
        del trial
        return "found out: an empty field is refused, and our account can fill it"

    def record(self, planned: Planned) -> GuardRecord:
        """The field of each gate, and the hidden ways back."""
        return GuardRecord(
            mode=str(Guard.BY_FIELD), fields=dict(self.fields), backs=dict(planned.backs)
        )

    def _name(self, gate: Gate) -> str:
        return gate_field_name(gate.stage, self.setting.wish.text)


class Locked(Mode):
    """Moves over a gate are closed to people, who ask for them; our account performs them."""

    needs = (RESTRICT_CONDITION, UPDATE_FIELD)
    exclusive = True
    gaps = (
        "a move that was asked for happens with the next run",
        (
            "an admin of the workflow can open a closed transition again; the next run moves a"
            " deal back that went through it too early"
        ),
    )

    def __init__(self, setting: Setting) -> None:
        super().__init__(setting)
        known = find_fields(setting.site, setting.place, [_REQUESTS])
        self.field = known.get(_REQUESTS, NOT_YET)
        self._names = {stage.ref: stage.name for stage in setting.pipeline.stages}

    def rules(self, crossed: Crossed) -> tuple[Rule, ...]:
        """Closed to people, whatever the gate."""
        del crossed
        return (LOCK,)

    def says(self, crossed: Crossed) -> str:
        """The same for every gate."""
        del crossed
        return "closed to people, open to REST"

    def asks(self, status: str) -> tuple[str, list[dict[str, Any]]]:
        """A click writes the stage into our field; the deal stays where it is."""
        stage = self._names.get(status, status)
        return request_name(stage, self.setting.wish.text), [update_of(self.field, stage)]

    def lacks(self) -> tuple[str, ...]:
        """The field in which requests arrive, while it is not there yet."""
        name = request_field_name(self.setting.wish.text)
        return (f"new field {name!r}",) if self.field == NOT_YET else ()

    def prepare(self) -> Iterator[str]:
        """Make the field and put it on the edit screen, where our account can empty it."""
        setting = self.setting
        known = "" if self.field == NOT_YET else self.field
        name = request_field_name(setting.wish.text)
        self.field = make_field(
            setting.site, setting.place, _REQUESTS, name, known=known, kind=PLAIN
        )
        if not known:
            yield f"new field {name!r} ({self.field})"

    def trial(self, workflows: Workflows, key: str) -> Trial:
        """That REST may use what is closed to people, and that a click fills the field."""
        trial = LockTrial(self.setting.site, self.setting.place, workflows, key)
        return trial.of(self.field)

    def learn(self, trial: Trial) -> str:
        """A trial that did not fail is all there is to learn."""
        del trial
        return "found out: our account may use what is closed to people, and a request arrives"

    def record(self, planned: Planned) -> GuardRecord:
        """The closed moves with their transitions, and how requests arrive."""
        return GuardRecord(
            mode=str(Guard.LOCKED),
            backs=dict(planned.backs),
            moves={f"{one.source}>{one.target}": one.transition for one in planned.held},
            requested=self.field,
            asks={stage.name: stage.ref for stage in self.setting.pipeline.path},
        )


_REQUESTS = "requests"


def without_mode(record: GuardRecord, planned: Planned) -> GuardRecord:
    """What the runs must know where only hidden ways back were added."""
    return GuardRecord(statuses_mean=record.statuses_mean, backs=dict(planned.backs))
