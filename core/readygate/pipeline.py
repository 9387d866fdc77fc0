"""Stages of a pipeline and the gates between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from functools import cached_property

from readygate.contract import ContractBook, Item
from readygate.errors import Problem, Severity


class Guard(StrEnum):
    """How strongly a gate holds.

    `return` moves a deal back on the next run, `advise` comments. With `native` the tracker itself
    refuses the move, by the state of the subtasks or by a field that we keep. With `locked` people
    ask for a stage, and our account alone moves the deal. `return` stands behind all but `advise`.
    """

    RETURN = "return"
    ADVISE = "advise"
    LOCKED = "locked"
    BY_SUBTASKS = "native by subtasks"
    BY_FIELD = "native by field"

    @property
    def in_tracker(self) -> bool:
        """Whether it has a part in the tracker itself, which can be installed or not."""
        return self not in {Guard.RETURN, Guard.ADVISE}


class Midway(StrEnum):
    """Where a deal starts that was created in a later stage after the gates were switched on."""

    FIRST = "first"
    ADOPT = "adopt"


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage as the config names it. `ref` is the tracker's own id, filled in by binding.

    Exit stages (lost, cancelled) have no process and no position.
    """

    name: str
    process: str = ""
    exit: bool = False
    ref: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one run may do to one pipeline without a second consent."""

    returns: int = 10
    opens: int = 500


@dataclass(frozen=True, slots=True)
class Gate:
    """Entry into the first stage of a process that has inputs.

    `key` is the key of the receiving process: `check` lets a process stand in one run of stages
    only. `items` holds item keys with the process that receives each: the inputs of the process,
    and before the first gate also the inputs of the first stage.
    """

    key: str
    position: int
    stage: str
    items: Mapping[str, str]


@dataclass(frozen=True)
class Pipeline:
    """The ordered path of deals in one tracker, with its settings.

    `place` holds what only the connector of that kind understands (project, table, field names).
    `tells_missing`: a text field of the deal is to say what the next gate waits for.
    """

    key: str
    tracker: str
    stages: tuple[Stage, ...]
    guard: Guard = Guard.RETURN
    limits: Limits = Limits()
    due_days: int | None = None
    adopt_within: timedelta | None = None
    created_midway: Midway = Midway.FIRST
    waived_as: tuple[str, ...] = ()
    language: str = "en"
    place: Mapping[str, str] = field(default_factory=dict)
    tells_missing: bool = False

    @cached_property
    def path(self) -> tuple[Stage, ...]:
        """The stages that have a position, in order."""
        return tuple(stage for stage in self.stages if not stage.exit)

    @cached_property
    def _positions(self) -> Mapping[str, int]:
        return {stage.ref: index for index, stage in enumerate(self.path)}

    @cached_property
    def _by_ref(self) -> Mapping[str, Stage]:
        return {stage.ref: stage for stage in self.stages}

    def position(self, ref: str) -> int | None:
        """The position of a stage ref on the path; None for exit and unnamed stages."""
        return self._positions.get(ref)

    def named(self, ref: str) -> Stage | None:
        """The configured stage with this ref, exit stages included."""
        return self._by_ref.get(ref)

    def bind(self, refs: Mapping[str, str]) -> Pipeline:
        """Give the same pipeline with the tracker's ids (stage name -> ref) filled in."""
        bound = tuple(replace(stage, ref=refs[stage.name]) for stage in self.stages)
        return replace(self, stages=bound)

    def gates(self, book: ContractBook) -> tuple[Gate, ...]:
        """The gates on the path, in order.

        Stages of one process in a row have one gate, at the first of them. Inputs of the first
        stage have no entry of their own: they count at the first gate after it.
        """
        found: list[Gate] = []
        carried: dict[str, str] = {}
        previous = ""
        for position, stage in enumerate(self.path):
            if stage.process == previous:
                continue
            previous = stage.process
            inputs = dict.fromkeys(book.processes[stage.process].inputs, stage.process)
            if position == 0:
                carried = inputs
            elif inputs:
                found.append(Gate(stage.process, position, stage.name, {**carried, **inputs}))
                carried = {}
        return tuple(found)

    def items(self, book: ContractBook) -> tuple[Item, ...]:
        """Every item that its gates ask for, gate by gate."""
        return tuple(book.items[item] for gate in self.gates(book) for item in gate.items)

    def problems(self, book: ContractBook, *, complete: bool = True) -> tuple[Problem, ...]:
        """Check the order of stages against the chain of contracts, and their names.

        `complete=False` says that parts of the config could not be read: then nothing is concluded
        from what is absent.
        """
        found = [*self._names(), *self._runs(), *self._order(book)]
        if complete:
            found += self._gateless(book)
        return tuple(found)

    def _names(self) -> Sequence[Problem]:
        found: list[Problem] = []
        first: dict[str, str] = {}
        exact: set[str] = set()
        for index, stage in enumerate(self.stages):
            where = ("pipelines", self.key, "stages", index, "stage")
            other = first.setdefault(" ".join(stage.name.casefold().split()), stage.name)
            if stage.name in exact:
                text = f"the stage {stage.name!r} stands twice in this pipeline"
                found.append(Problem(where, text, "Name each stage once."))
            elif other != stage.name:
                text = f"the stages {stage.name!r} and {other!r} are nearly the same name"
                hint = "Are they really two stages? Otherwise remove one."
                found.append(Problem(where, text, hint, Severity.WARNING))
            exact.add(stage.name)
        return found

    def _runs(self) -> Sequence[Problem]:
        found: list[Problem] = []
        seen: set[str] = set()
        last = ""
        for index, stage in enumerate(self.stages):
            if stage.exit:
                continue
            if stage.process in seen and stage.process != last:
                found.append(
                    Problem(
                        ("pipelines", self.key, "stages", index, "process"),
                        f"{stage.process!r} stands in two separate runs of stages",
                        "Put its stages next to each other, or make two processes of it.",
                    )
                )
            seen.add(stage.process)
            last = stage.process
        return found

    def _order(self, book: ContractBook) -> Sequence[Problem]:
        first: dict[str, int] = {}
        for index, stage in enumerate(self.stages):
            if not stage.exit:
                first.setdefault(stage.process, index)
        return [
            Problem(
                ("pipelines", self.key, "stages", index, "process"),
                f"{process!r} needs {item!r} before {maker.key!r} makes it:"
                f" {maker.key!r} comes later in this pipeline",
                "Change the order of the stages, or the contract.",
            )
            for process, index in first.items()
            if process in book.processes
            for item in dict.fromkeys(book.processes[process].inputs)
            for maker in book.producers.get(item, ())
            if first.get(maker.key, -1) > index
        ]

    def _gateless(self, book: ContractBook) -> Sequence[Problem]:
        if not self.path:
            text = "every stage of this pipeline is an exit"
            hint = "Name the stages that deals go through, each with its process."
            return [Problem(("pipelines", self.key, "stages"), text, hint)]
        known = all(stage.process in book.processes for stage in self.path)
        if not known or self.gates(book):
            return []
        text = "this pipeline has no gate, so no deal of it is ever checked"
        hint = "A gate is the entry into a later stage whose process has inputs: add inputs."
        return [Problem(("pipelines", self.key, "stages"), text, hint, Severity.WARNING)]


def unreached(book: ContractBook, pipelines: Sequence[Pipeline]) -> tuple[Problem, ...]:
    """Warn of processes that no deal ever comes to, and that make nothing for one it comes to."""
    reached = {stage.process for pipeline in pipelines for stage in pipeline.path}
    found: list[Problem] = []
    for process in book.processes.values():
        takers = {taker.key for item in process.outputs for taker in book.receivers.get(item, ())}
        if process.key in reached or (not process.inputs and takers & reached):
            continue
        text = f"no stage of any pipeline has the process {process.key!r}"
        if process.inputs:
            text += ", so nobody is asked for its inputs"
        hint = "Give it a stage, or remove it."
        found.append(Problem(("processes", process.key), text, hint, Severity.WARNING))
    return tuple(found)
