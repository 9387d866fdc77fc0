"""Plans where rules go: on directed moves from an earlier stage into a gated one, and nowhere else.

A pure function from a workflow without us to one with the guard in it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from readygate.pipeline import Gate
from readygate_jira.guard.cleaning import Cleaned, fits, name_of
from readygate_jira.guard.document import LONGEST_NAME, Rule, Workflow, with_rule
from readygate_jira.guard.marks import LOCK, Mark, Part, mark_of, marked
from readygate_jira.workflow import way

Crossed = frozenset[str]
"""The keys of the gates that a move crosses."""


@dataclass(frozen=True, slots=True)
class Aim:
    """What is wanted. `path` holds the stages by status id, in order; `avoid` the exit stages.

    Without `holds` nothing is held, and only ways back are looked after.
    `rules` gives the rules for a move by the gates that it crosses, `says` what they do, in words.
    `split` and `returns` are what the admin agreed to. `asks` gives the name and post-functions of
    a request for a stage, where people ask for moves; `back` the name of a way back to a stage.
    """

    key: str
    path: tuple[str, ...]
    gates: tuple[Gate, ...]
    rules: Callable[[Crossed], tuple[Rule, ...]]
    back: Callable[[str], str]
    says: Callable[[Crossed], str] = lambda _crossed: ""
    avoid: frozenset[str] = frozenset()
    holds: bool = True
    split: bool = False
    returns: bool = False
    asks: Callable[[str], tuple[str, list[dict[str, Any]]] | None] = lambda _status: None

    def crossed(self, source: str, target: str) -> Crossed:
        """The gates between two stages; none for a move backwards or off the path."""
        if source not in self.path or target not in self.path:
            return frozenset()
        start, end = self.path.index(source), self.path.index(target)
        return frozenset(gate.key for gate in self.gates if start < gate.position <= end)


@dataclass(frozen=True, slots=True)
class Held:
    """One move that the tracker refuses while a gate is closed."""

    transition: str
    name: str
    source: str
    target: str


@dataclass
class Planned:
    """A workflow with the guard in it. Texts are for people."""

    workflow: Workflow
    held: list[Held] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)
    leaks: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    offers: list[str] = field(default_factory=list)
    backs: dict[str, str] = field(default_factory=dict)
    requests: dict[str, str] = field(default_factory=dict)


def plan(clean: Cleaned, aim: Aim) -> Planned:
    """Put the guard into a workflow that has nothing of ours.

    `dropped` transitions of ours keep their ids where the same ones are wanted again.
    """
    planning = _Planning(clean, aim)
    planning.run()
    return planning.made


class _Planning:
    def __init__(self, clean: Cleaned, aim: Aim) -> None:
        self._workflow = clean.workflow
        self._before = clean.before
        self._aim = aim
        self._reusable = {_likeness(self._workflow, one, aim.key): one for one in clean.dropped}
        taken = [str(one.get("id")) for one in (*self._workflow.transitions, *clean.dropped)]
        self._last = max((int(ref) for ref in taken if ref.isdigit()), default=1)
        self._result: list[dict[str, Any]] = []
        self._added: list[dict[str, Any]] = []
        self.made = Planned(self._workflow)

    def run(self) -> None:
        spared = self._ways_back()
        for transition in self._workflow.transitions:
            self._one(transition, spared)
        there = {str(one.get("id")): one for one in self._before.transitions}
        self.made.workflow = self._workflow.with_transitions(
            [
                # What is there already stays as Jira has it.
                known
                if (known := there.get(str(one.get("id")))) and fits(known, one, self._aim.key)
                else one
                for one in (*self._result, *self._added)
            ]
        )

    # -- one transition ------------------------------------------------------------------------

    def _classes(self, transition: Mapping[str, Any]) -> dict[Crossed, list[str]]:
        """The sources of a transition by the gates that the move from there crosses."""
        target = self._workflow.target(transition)
        found: dict[Crossed, list[str]] = {}
        for source in self._workflow.sources(transition):
            found.setdefault(self._aim.crossed(source, target), []).append(source)
        return found

    def _one(self, transition: dict[str, Any], spared: Collection[tuple[str, str]]) -> None:
        if not self._aim.holds:
            self._result.append(transition)
            return
        self._entrances(transition)
        classes = self._classes(transition)
        free = classes.pop(frozenset(), [])
        ref = str(transition.get("id"))
        for crossed in list(classes):
            kept = [one for one in classes[crossed] if (ref, one) not in spared]
            free += [one for one in classes[crossed] if (ref, one) in spared]
            if kept:
                classes[crossed] = kept
            else:
                del classes[crossed]
        if not classes:
            self._result.append(transition)
        elif len(classes) == 1 and not free and transition.get("type") == "DIRECTED":
            (crossed,) = classes
            self._hold(transition, crossed)
        elif self._aim.split:
            self._split(transition, classes, free)
        else:
            self._unsplit(transition, classes)

    def _hold(self, transition: dict[str, Any], crossed: Crossed) -> None:
        rules = self._aim.rules(crossed)
        mark = Mark(Part.HELD, rules)
        changed = transition
        for rule in rules:
            changed = with_rule(changed, rule)
        self._result.append(marked(changed, self._aim.key, mark))
        name = name_of(self._workflow, transition)
        self.made.changes.append(f"rule on {name}: {self._aim.says(crossed)}")
        self._holds(transition, self._workflow.sources(transition))

    def _split(
        self, transition: dict[str, Any], classes: Mapping[Crossed, Sequence[str]], free: list[str]
    ) -> None:
        workflow, key = self._workflow, self._aim.key
        everything = workflow.sources(transition)
        was_global = transition.get("type") == "GLOBAL"
        references = tuple(workflow.reference(one) for one in everything)
        rest = [one for one in everything if one in free]
        name = name_of(workflow, transition)
        staying: tuple[Rule, ...] = ()
        split_off = dict(classes)
        if not rest:  # every source crosses gates, but not the same ones: one class stays in it
            first = next(iter(classes))
            rest, staying = list(split_off.pop(first)), self._aim.rules(first)
            self._holds(transition, rest)
        sources_before = () if was_global else references
        mark = Mark(Part.REST, staying, was_global=was_global, sources=sources_before)
        original = {**transition, "type": "DIRECTED", "links": workflow.links(rest, transition)}
        for rule in staying:
            original = with_rule(original, rule)
        self._result.append(marked(original, key, mark))
        for crossed, sources in split_off.items():
            rules = self._aim.rules(crossed)
            copy = deepcopy(transition)
            for rule in rules:
                copy = with_rule(copy, rule)
            copy |= {"type": "DIRECTED", "links": workflow.links(sources, transition)}
            mark = Mark(Part.COPY, rules, copies=str(transition.get("id")))
            copy = self._numbered(marked(copy, key, mark))
            self._added.append(copy)
            names = ", ".join(workflow.named(one) for one in sources)
            text = f"{name} is split: a copy for {names}, {self._aim.says(crossed)}; the rest stays"
            self.made.changes.append(f"{text} as it is")
            self._holds(copy, sources)

    def _unsplit(
        self, transition: dict[str, Any], classes: Mapping[Crossed, Sequence[str]]
    ) -> None:
        self._result.append(transition)
        name = name_of(self._workflow, transition)
        sources = [one for some in classes.values() for one in some]
        names = ", ".join(self._workflow.named(one) for one in sources)
        self.made.leaks.append(
            f"{name} is not held: it also leads from elsewhere, so a rule on it would block those"
            " moves too"
        )
        self.made.offers.append(
            f"--split: {name} would be made into two, one for {names} with the rule, one for the"
            " rest without"
        )

    def _holds(self, transition: Mapping[str, Any], sources: Sequence[str]) -> None:
        ref, name = str(transition.get("id")), str(transition.get("name"))
        target = self._workflow.target(transition)
        for source in sources:
            self.made.held.append(Held(ref, name, source, target))
            self._request(source, target)

    def _request(self, source: str, target: str) -> None:
        """A transition that stays where it is, by which people ask for a move that is closed."""
        asked = self._aim.asks(target)
        if asked is None or any(
            self._workflow.sources(one) == (source,) and self.made.requests.get(one["id"]) == target
            for one in self._added
        ):
            return
        name, actions = asked
        request = {
            "name": name[:LONGEST_NAME],
            "type": "DIRECTED",
            "toStatusReference": self._workflow.reference(source),
            "links": self._workflow.links([source], {}),
            "actions": actions,
            "properties": {},
        }
        request = self._numbered(marked(request, self._aim.key, Mark(Part.REQUEST)))
        self._added.append(request)
        self.made.requests[str(request["id"])] = target
        where = self._workflow.named(source)
        self.made.changes.append(f"new transition {name[:LONGEST_NAME]!r} in {where}")

    # -- ways that no rule can hold ------------------------------------------------------------

    def _entrances(self, transition: Mapping[str, Any]) -> None:
        """Moves into a gated stage that cannot be judged by where they come from."""
        workflow, aim = self._workflow, self._aim
        target = workflow.target(transition)
        gated = target in aim.path and aim.crossed(aim.path[0], target)
        if not gated:
            return
        if transition.get("type") == "INITIAL":
            text = f"deals can be created in {workflow.named(target)!r}; the next run judges them"
            self.made.notes.append(text)
            return
        others = [one for one in workflow.sources(transition) if one not in aim.path]
        if others:
            names = ", ".join(workflow.named(one) for one in others)
            text = f"a deal can come from {names} into {workflow.named(target)!r}: no stage on the"
            self.made.notes.append(f"{text} path lies before that move; the next run judges it")

    # -- ways back -----------------------------------------------------------------------------

    def _ways_back(self) -> set[tuple[str, str]]:
        """Keep every way back that there is; gives the moves that must stay free for it.

        With the consent to `returns` a hidden transition is added instead.
        """
        path = self._aim.path
        spared: set[tuple[str, str]] = set()
        for start in path:
            for target in path[: path.index(start)]:
                if not self._aim.crossed(target, start):
                    continue
                before = self._way(start, target, held=False)
                after = self._way(start, target, held=self._aim.holds)
                if after or target in self.made.backs.values():
                    continue
                if self._aim.returns:
                    self._back(target)
                else:
                    self._without_way(start, target, before, spared)
        return spared

    def _without_way(
        self, start: str, target: str, before: Sequence[str], spared: set[tuple[str, str]]
    ) -> None:
        named = self._workflow.named
        offer = f"--returns: a hidden transition {self._aim.back(target)!r}, from any status, that"
        offer += " only our account uses"
        if offer not in self.made.offers:
            self.made.offers.append(offer)
        if not before:
            text = f"there is no way back from {named(start)!r} to {named(target)!r}"
            self.made.notes.append(text)
            return
        here = start
        for hop in before:
            for transition in self._workflow.transitions:
                crossed = self._aim.crossed(here, hop)
                leads = self._workflow.target(transition) == hop
                if crossed and leads and here in self._workflow.sources(transition):
                    spared.add((str(transition.get("id")), here))
                    self.made.leaks.append(
                        f"{name_of(self._workflow, transition)} is not held from {named(here)!r}:"
                        f" the only way back from {named(start)!r} to {named(target)!r} leads"
                        " through it"
                    )
            here = hop

    def _way(self, start: str, target: str, *, held: bool) -> tuple[str, ...]:
        aim, workflow = self._aim, self._workflow
        edges: dict[str, set[str]] = {}
        for transition in workflow.transitions:
            end = workflow.target(transition)
            for source in workflow.sources(transition):
                if not (held and aim.crossed(source, end)):
                    edges.setdefault(source, set()).add(end)
        later = frozenset(aim.path[aim.path.index(start) + 1 :])
        return way(lambda one: edges.get(one, ()), start, target, aim.avoid | later)

    def _back(self, target: str) -> None:
        name = self._aim.back(target)[:LONGEST_NAME]
        back: dict[str, Any] = {
            "name": name,
            "type": "GLOBAL",
            "toStatusReference": self._workflow.reference(target),
            "links": [],
            "properties": {},
        }
        back = marked(with_rule(back, LOCK), self._aim.key, Mark(Part.BACK, (LOCK,)))
        back = self._numbered(back)
        self._added.append(back)
        self.made.backs[str(back["id"])] = target
        self.made.changes.append(f"new transition {name!r} from any status, hidden from people")

    def _numbered(self, transition: dict[str, Any]) -> dict[str, Any]:
        """With the id that it had before, or the next free one."""
        known = self._reusable.get(_likeness(self._workflow, transition, self._aim.key))
        if known is not None:
            return {**transition, "id": str(known["id"])}
        self._last += 10
        return {**transition, "id": str(self._last)}


def _likeness(workflow: Workflow, transition: Mapping[str, Any], key: str) -> tuple[object, ...]:
    mark = mark_of(transition, key)
    return (
        mark and mark.part,
        mark and mark.copies,
        transition.get("type"),
        transition.get("name"),
        workflow.target(transition),
        workflow.sources(transition),
    )
