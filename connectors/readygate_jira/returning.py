"""Looks whether the workflow leads back from every stage to which a gate leads."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from readygate.checkup import Area, Checkup, Inquiry, State
from readygate.pipeline import Guard, Pipeline
from readygate_jira.place import Place
from readygate_jira.site import Site
from readygate_jira.workflow import (
    MOST_SAMPLES,
    Edges,
    a_deal_in,
    ask_transitions,
    not_through,
    read_edges,
    required_fields,
    way,
)

_WHY = "A deal that moved on too early could not be moved back: it would stay, with a comment."

Steps = Mapping[str, Sequence[str]]
"""Target status -> the fields that the easiest transition to it asks a person for."""


def check_ways(
    site: Site, inquiry: Inquiry, place: Place, stages: Mapping[str, str]
) -> Iterator[Checkup]:
    """Findings for every stage behind a gate from which no way leads back before it.

    One request for the workflow, and two for each of those stages: what our account may do with a
    deal that stands there says more than the workflow, and every account may ask for it. Where the
    workflow may not be read, deals in other stages are asked too, ten at most.
    """
    if inquiry.pipeline.guard is Guard.ADVISE or not inquiry.gates:
        return
    pipeline = inquiry.pipeline.bind(stages)
    scout = _Scout(site, place, read_edges(site, place))
    fine = True
    for start, targets in _wanted(inquiry, pipeline).items():
        for found in _Exit(inquiry, pipeline, start, scout).findings(targets):
            fine = False
            yield found
    if fine:
        text = "The workflow leads back from every stage behind a gate."
        yield Checkup(Area.WAYS, State.OK, text, pipeline=inquiry.key)


@dataclass(slots=True)
class _Scout:
    """Knows which status leads where. `edges` is None where we may not read the workflow."""

    site: Site
    place: Place
    edges: Edges | None
    asked: dict[str, Steps | None] = field(default_factory=dict)

    def steps(self, status: str) -> Steps | None:
        """What our account may do with some deal there; None where none stands."""
        if status not in self.asked:
            few = len(self.asked) < MOST_SAMPLES
            self.asked[status] = _steps(self.site, self.place, status) if few else None
        return self.asked[status]

    def after(self, status: str, blind: set[str]) -> Collection[str]:
        """Where a status leads without asking for anything; unknown ones go into `blind`."""
        if self.edges is not None:
            return self.edges.get(status, frozenset())
        steps = self.steps(status)
        if steps is None:
            blind.add(status)
        return [target for target, needs in (steps or {}).items() if not needs]


@dataclass(frozen=True, slots=True)
class _Exit:
    """One stage behind a gate."""

    inquiry: Inquiry
    pipeline: Pipeline
    start: str
    scout: _Scout

    def findings(self, targets: Sequence[str]) -> Iterator[Checkup]:
        """What keeps a deal from going back to one of these stages, nearest first."""
        steps = self.scout.steps(self.start)
        known = steps or {}
        direct = {target: known[target] for target in targets if target in known}
        for target, needs in direct.items():
            if needs:
                yield self._asks(target, needs)
        if steps is None and self.scout.edges is None:
            yield self._unseen()
            return
        lacking: list[str] = []
        unsure: list[str] = []
        for target in targets:
            blind: set[str] = set()
            if target not in direct and not self._leads(target, blind):
                (unsure if blind else lacking).append(target)
        if lacking:
            yield self._none(lacking, State.FAILURE)
        if unsure:
            yield self._none(unsure, State.WARNING)

    def _leads(self, target: str, blind: set[str]) -> bool:
        """Whether a way leads there that a return would go: through no exit and no later stage."""
        avoid = not_through(self.pipeline, self.start)
        return bool(way(partial(self.scout.after, blind=blind), self.start, target, avoid))

    def _none(self, targets: Sequence[str], state: State) -> Checkup:
        here = self._name(self.start)
        there = ", ".join(repr(self._name(one)) for one in targets)
        text = f"The workflow does not lead back from {here!r} to {there}."
        if state is State.WARNING:
            text = (
                f"A deal in {here!r} cannot go straight back to {there}; whether there is a longer"
                " way is not known."
            )
        fix = (
            f"In the workflow of the deals, add a transition from {here!r} to"
            f" {self._name(targets[0])!r} that our account may use, and publish it."
        )
        return self._found(state, text, fix)

    def _asks(self, target: str, needs: Sequence[str]) -> Checkup:
        fields = ", ".join(repr(name) for name in needs)
        text = (
            f"The transition from {self._name(self.start)!r} back to {self._name(target)!r} asks"
            f" for {fields}, which only a person can fill in."
        )
        fix = "In Jira, make it optional there, or add a transition without a screen beside it."
        return self._found(State.FAILURE, text, fix)

    def _unseen(self) -> Checkup:
        text = (
            f"Whether the workflow leads back from {self._name(self.start)!r} is not known: no deal"
            " stands there, and only an admin's account may read the workflow."
        )
        fix = "Look at the workflow in Jira: every stage behind a gate needs a transition back."
        return self._found(State.UNKNOWN, text, fix)

    def _found(self, state: State, text: str, fix: str) -> Checkup:
        return Checkup(Area.WAYS, state, text, _WHY, fix, self.inquiry.key)

    def _name(self, status: str) -> str:
        return self.scout.place.status_name(status)


def _wanted(inquiry: Inquiry, pipeline: Pipeline) -> dict[str, list[str]]:
    """Ref of a stage behind a gate -> refs of the stages a deal may have to go back to."""
    wanted: dict[str, list[str]] = {}
    for position, stage in enumerate(pipeline.path):
        passed = (gate.position for gate in inquiry.gates if gate.position <= position)
        before = max(passed, default=0)
        if before:
            wanted[stage.ref] = [one.ref for one in reversed(pipeline.path[:before])]
    return wanted


def _steps(site: Site, place: Place, start: str) -> Steps | None:
    """What our account may do with some deal in a stage; None where none stands there."""
    deal = a_deal_in(site, place, start)
    if not deal:
        return None
    doing = f"looking at the ways out of {place.status_name(start)!r}"
    options = ask_transitions(site, deal, doing)
    steps: dict[str, list[str]] = {}
    with site.understanding(doing):
        for option in options:
            target = str(option["to"]["id"])
            needs = [str(known.get("name", ref)) for ref, known in required_fields(option).items()]
            if target not in steps or len(needs) < len(steps[target]):
                steps[target] = needs
    return steps
