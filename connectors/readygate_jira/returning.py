"""Looks whether the workflow leads back from every stage to which a gate leads."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from readygate.checkup import Area, Checkup, Inquiry, State
from readygate.pipeline import Guard, Pipeline
from readygate_jira.place import Place
from readygate_jira.site import Site
from readygate_jira.workflow import Edges, ask_a_deal, read_edges, way

_WHY = "A deal that moved on too early could not be moved back: it would stay, with a comment."


def check_ways(
    site: Site, inquiry: Inquiry, place: Place, stages: Mapping[str, str]
) -> Iterator[Checkup]:
    """One finding for every stage behind a gate from which no way leads back before it.

    One request for an admin's account; for any other at most two for each of those stages.
    """
    if inquiry.pipeline.guard is Guard.ADVISE or not inquiry.gates:
        return
    pipeline = inquiry.pipeline.bind(stages)
    wanted = _wanted(inquiry, pipeline)
    edges = read_edges(site, place)
    whole = edges is not None
    unseen: set[str] = set()
    if edges is None:
        asked = {start: ask_a_deal(site, place, start) for start in wanted}
        unseen = {start for start, targets in asked.items() if targets is None}
        edges = {start: targets for start, targets in asked.items() if targets is not None}
    lacking = {
        start: [one for one in targets if not _leads(edges, pipeline, start, one)]
        for start, targets in wanted.items()
        if start not in unseen
    }
    for start, targets in lacking.items():
        if targets:
            yield _no_way(inquiry, place, start, targets, whole=whole)
    if unseen:
        names = ", ".join(repr(place.status_name(start)) for start in wanted if start in unseen)
        yield Checkup(
            Area.WAYS,
            State.UNKNOWN,
            f"Whether the workflow leads back from {names} is not known: no deal stands there, and"
            " only an admin's account may read the workflow.",
            _WHY,
            "Look at the workflow in Jira: every stage behind a gate needs a transition back.",
            inquiry.key,
        )
    if not unseen and not any(lacking.values()):
        text = "The workflow leads back from every stage behind a gate."
        yield Checkup(Area.WAYS, State.OK, text, pipeline=inquiry.key)


def _wanted(inquiry: Inquiry, pipeline: Pipeline) -> dict[str, list[str]]:
    """Ref of a stage behind a gate -> refs of the stages a deal may have to go back to."""
    wanted: dict[str, list[str]] = {}
    for position, stage in enumerate(pipeline.path):
        before = max(
            (gate.position for gate in inquiry.gates if gate.position <= position), default=0
        )
        if before:
            wanted[stage.ref] = [one.ref for one in reversed(pipeline.path[:before])]
    return wanted


def _leads(edges: Edges, pipeline: Pipeline, start: str, target: str) -> bool:
    position = pipeline.position(start) or 0
    avoid = {
        stage.ref
        for stage in pipeline.stages
        if stage.exit or (pipeline.position(stage.ref) or 0) > position
    }
    return bool(way(partial(_after, edges), start, target, avoid))


def _after(edges: Edges, status: str) -> frozenset[str]:
    return edges.get(status, frozenset())


def _no_way(
    inquiry: Inquiry, place: Place, start: str, targets: list[str], *, whole: bool
) -> Checkup:
    here = place.status_name(start)
    there = ", ".join(repr(place.status_name(one)) for one in targets)
    nearest = place.status_name(targets[0])
    if whole:
        text = f"The workflow does not lead back from {here!r} to {there}."
        state = State.FAILURE
    else:
        text = f"A deal in {here!r} cannot go straight back to {there}, as far as we can see."
        state = State.WARNING
    fix = f"In the workflow of the deals, add a transition from {here!r} to {nearest!r}"
    return Checkup(
        Area.WAYS,
        state,
        text,
        _WHY,
        f"{fix} that our account may use, and publish it.",
        inquiry.key,
    )
