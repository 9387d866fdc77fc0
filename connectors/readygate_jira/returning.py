"""Looks whether the workflow leads back from every stage to which a gate leads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from readygate.checkup import Area, Checkup, Inquiry, State
from readygate.pipeline import Guard, Pipeline
from readygate_jira.place import Place
from readygate_jira.site import Site
from readygate_jira.workflow import Edges, a_deal_in, ask_transitions, read_edges, way

_WHY = "A deal that moved on too early could not be moved back: it would stay, with a comment."

Steps = Mapping[str, Sequence[str]]
"""Target status -> the fields that the easiest transition to it asks a person for."""


def check_ways(
    site: Site, inquiry: Inquiry, place: Place, stages: Mapping[str, str]
) -> Iterator[Checkup]:
    """Findings for every stage behind a gate from which no way leads back before it.

    One request for the workflow, and at most two for each of those stages: what our account may do
    with a deal that stands there says more than the workflow, and every account may ask for it.
    """
    if inquiry.pipeline.guard is Guard.ADVISE or not inquiry.gates:
        return
    pipeline = inquiry.pipeline.bind(stages)
    edges = read_edges(site, place)
    fine = True
    for start, targets in _wanted(inquiry, pipeline).items():
        exit_ = _Exit(inquiry, place, pipeline, start, edges, _steps(site, place, start))
        for found in exit_.findings(targets):
            fine = False
            yield found
    if fine:
        text = "The workflow leads back from every stage behind a gate."
        yield Checkup(Area.WAYS, State.OK, text, pipeline=inquiry.key)


@dataclass(frozen=True, slots=True)
class _Exit:
    """One stage behind a gate. `edges` is None where we may not read the workflow, `steps` where
    no deal stands in the stage."""

    inquiry: Inquiry
    place: Place
    pipeline: Pipeline
    start: str
    edges: Edges | None
    steps: Steps | None

    def findings(self, targets: Sequence[str]) -> Iterator[Checkup]:
        """What keeps a deal from going back to one of these stages, nearest first."""
        steps = self.steps or {}
        direct = {target: steps[target] for target in targets if target in steps}
        for target, needs in direct.items():
            if needs:
                yield self._asks(target, needs)
        others = [one for one in targets if one not in direct]
        if self.edges is not None:
            lacking = [one for one in others if not self._leads(self.edges, one)]
            if lacking:
                yield self._none(lacking, State.FAILURE)
        elif self.steps is None:
            yield self._unseen()
        elif others:
            yield self._none(others, State.WARNING)

    def _leads(self, edges: Edges, target: str) -> bool:
        """Whether a way leads there that a return would go: through no exit and no later stage."""
        position = self.pipeline.position(self.start) or 0
        avoid = {
            stage.ref
            for stage in self.pipeline.stages
            if stage.exit or (self.pipeline.position(stage.ref) or 0) > position
        }
        return bool(way(partial(_after, edges), self.start, target, avoid))

    def _none(self, targets: Sequence[str], state: State) -> Checkup:
        here = self._name(self.start)
        there = ", ".join(repr(self._name(one)) for one in targets)
        text = f"The workflow does not lead back from {here!r} to {there}."
        if state is State.WARNING:
            text = f"A deal in {here!r} cannot go straight back to {there}, as far as we can see."
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
        return self.place.status_name(status)


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
            needs = [
                str(known.get("name", ref))
                for ref, known in (option.get("fields") or {}).items()
                if known.get("required") and not known.get("hasDefaultValue")
            ]
            if target not in steps or len(needs) < len(steps[target]):
                steps[target] = needs
    return steps


def _after(edges: Edges, status: str) -> frozenset[str]:
    return edges.get(status, frozenset())
