"""Tries rules out on a scratch deal: first on temporary transitions, then on the real ones."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from readygate.errors import TrackerRejected
from readygate.guarding import Journal
from readygate.ports import Clock
from readygate_jira.guard.cleaning import cleaned, fits
from readygate_jira.guard.document import Rule, Workflow, update_of, with_rule
from readygate_jira.guard.marks import LOCK, Mark, Part, children_rule, mark_of, marked
from readygate_jira.guard.scratch import (
    Scratch,
    availability,
    drop_scratch,
    make_scratch,
    perform,
)
from readygate_jira.guard.workflows import Workflows
from readygate_jira.moving import Mover
from readygate_jira.pace import IssuePace
from readygate_jira.place import Place
from readygate_jira.reading import fetch
from readygate_jira.site import Site
from readygate_jira.translate import Json, field_texts

NAMES = ("Readygate trial 1, gone in a moment", "Readygate trial 2, gone in a moment")


class RuleFails(TrackerRejected):
    """The installed rule does not do on the scratch deal what it should: take it out again."""


class Trial(ABC):
    """How the rules of a guard are tried out: on a scratch deal, first on temporary transitions.

    `found` holds what was found out, by name.
    """

    def __init__(self, site: Site, place: Place, workflows: Workflows, key: str) -> None:
        self.site = site
        self.place = place
        self.scratch: Scratch | None = None
        self.before: Mapping[str, bool] = {}
        self.found: dict[str, str] = {}
        self._workflows = workflows
        self._key = key

    @property
    def clock(self) -> Clock:
        """The clock of the installation."""
        return self._workflows.clock

    @abstractmethod
    def begin(self, journal: Journal, note: Callable[[Workflow], None]) -> Iterator[str]:
        """Make the scratch deal and temporary transitions, and try the rules on them."""

    @abstractmethod
    def verify(self, held: Sequence[str]) -> Iterator[str]:
        """See on the scratch deal that the real rules do what they should. Raises RuleFails."""

    def made(self, journal: Journal) -> Scratch:
        """A scratch deal."""
        self.scratch = make_scratch(self.site, self.place, journal)
        return self.scratch

    def probes(
        self, scratch: Scratch, rules: Sequence[Rule | Json], note: Callable[[Workflow], None]
    ) -> list[str]:
        """Temporary transitions that stay where they are, one per rule or post-function."""
        made = self._workflows.change(
            lambda fresh: add_probes(fresh, self._key, scratch.status, rules), before=note
        )
        known = {str(one["name"]): str(one["id"]) for one in made.transitions}
        self.before = availability(self.site, scratch.deal)
        return [known[name] for name in NAMES[: len(rules)]]

    def end(self) -> None:
        """Remove the scratch deal."""
        if self.scratch is not None:
            drop_scratch(self.site, self.scratch.deal)
            self.scratch = None


class SubtaskTrial(Trial):
    """Finds out what `statusIds` of the parent-or-child condition mean on this site.

    Two temporary transitions stay where they are: one lists the status of the scratch deal's open
    subtask, the other one does not. Which of them Jira offers tells the meaning.
    """

    def begin(self, journal: Journal, note: Callable[[Workflow], None]) -> Iterator[str]:
        """See `Trial.begin`."""
        scratch = self.made(journal)
        yield f"made: the scratch deal {scratch.label} with one open subtask"
        other = next(ref for ref in self.place.statuses if ref != scratch.child_status)
        rules = [children_rule(scratch.child_status), children_rule(other)]
        listing, other_listing = self.probes(scratch, rules, note)
        yield "made: two temporary transitions to try the rule out on"
        match self.before.get(listing), self.before.get(other_listing):
            case True, False:
                self.found["statuses_mean"] = "allow"
            case False, True:
                self.found["statuses_mean"] = "deny"
            case _:
                raise TrackerRejected(
                    f"Jira at {self.site.host} does not evaluate the rule as documented: what its"
                    " `statusIds` mean cannot be found out. Nothing was installed; `guard: return`"
                    " needs no rule."
                )

    def verify(self, held: Sequence[str]) -> Iterator[str]:
        """The held moves are hidden and no others, until the subtask is closed."""
        scratch = self.scratch
        if scratch is None:
            return
        real = {ref: offered for ref, offered in self.before.items() if offered}
        now = availability(self.site, scratch.deal)
        ours = [ref for ref in held if ref in real]
        through = [ref for ref in ours if now.get(ref)]
        blocked = [ref for ref in real if ref in now and ref not in ours and not now[ref]]
        if through or blocked:
            raise RuleFails(
                "Tried out on the scratch deal, the installed rule does not hold what it should"
                f" (transitions {', '.join((*through, *blocked))}). It is taken out again."
            )
        Mover(self.site, IssuePace(self.clock)).close(
            self.place, scratch.child, "the subtask of the scratch deal"
        )
        after = availability(self.site, scratch.deal)
        stuck = [ref for ref in ours if not after.get(ref)]
        if stuck:
            raise RuleFails(
                "Tried out on the scratch deal, the installed rule does not let it go when its"
                f" subtask is closed (transitions {', '.join(stuck)}). It is taken out again."
            )
        if ours:
            yield "verified on the scratch deal: held while its subtask was open, and no longer"
        else:
            yield "no held move leads from where new deals stand: only read back, not tried out"


class FieldTrial(Trial):
    """Sees that an empty field is refused, and that our account can fill it and pass."""

    _rule: Rule
    _field: str

    def of(self, rule: Rule, ref: str) -> FieldTrial:
        """A trial of this rule on this field."""
        self._rule, self._field = rule, ref
        return self

    def begin(self, journal: Journal, note: Callable[[Workflow], None]) -> Iterator[str]:
        """See `Trial.begin`."""
        scratch = self.made(journal)
        yield f"made: the scratch deal {scratch.label}"
        (probe,) = self.probes(scratch, [self._rule], note)
        yield "made: a temporary transition to try the rule out on"
        if perform(self.site, scratch.deal, probe):
            raise TrackerRejected(
                f"Jira at {self.site.host} lets a deal pass although its field is empty: the rule"
                " does not work here. Nothing was installed; `guard: return` needs no rule."
            )
        fill(self.site, scratch, self._field, "complete")
        if not perform(self.site, scratch.deal, probe):
            raise TrackerRejected(
                f"Jira at {self.site.host} does not let a deal pass although its field is filled:"
                " the rule does not work here. Nothing was installed; `guard: return` needs none."
            )
        fill(self.site, scratch, self._field, None)

    def verify(self, held: Sequence[str]) -> Iterator[str]:
        """A held move is refused while the field is empty."""
        scratch = self.scratch
        ours = [ref for ref in held if self.before.get(ref)]
        if scratch is None or not ours:
            yield "no held move leads from where new deals stand: only read back, not tried out"
            return
        if perform(self.site, scratch.deal, ours[0]):
            raise RuleFails(
                "Tried out on the scratch deal, the installed rule does not hold what it should"
                f" (transition {ours[0]}). It is taken out again."
            )
        yield "verified on the scratch deal: held while its field was empty"


class LockTrial(Trial):
    """Sees that REST may use what is closed to people, and that a request arrives."""

    _field: str

    def of(self, ref: str) -> LockTrial:
        """A trial with this field for requests."""
        self._field = ref
        return self

    def begin(self, journal: Journal, note: Callable[[Workflow], None]) -> Iterator[str]:
        """See `Trial.begin`."""
        scratch = self.made(journal)
        yield f"made: the scratch deal {scratch.label}"
        closed, asking = self.probes(scratch, [LOCK, update_of(self._field, "asked")], note)
        yield "made: two temporary transitions to try it out on"
        for ref, what in ((closed, "what is closed to people"), (asking, "a request")):
            if not perform(self.site, scratch.deal, ref):
                raise TrackerRejected(
                    f"Jira at {self.site.host} does not let our account use {what}: `guard: locked`"
                    " does not work here. Nothing was installed; `guard: return` needs no rule."
                )
        if self._seen(scratch) != "asked":
            raise TrackerRejected(
                f"Jira at {self.site.host} does not write a request into our field: `guard: locked`"
                " does not work here. Nothing was installed; `guard: return` needs no rule."
            )
        fill(self.site, scratch, self._field, None)

    def verify(self, held: Sequence[str]) -> Iterator[str]:
        """Our account can still use a held move."""
        scratch = self.scratch
        ours = [ref for ref in held if ref in self.before]
        if scratch is None or not ours:
            yield "no held move leads from where new deals stand: only read back, not tried out"
            return
        if not perform(self.site, scratch.deal, ours[0]):
            raise RuleFails(
                "Tried out on the scratch deal, our account cannot use the closed transition"
                f" {ours[0]}. It is opened again."
            )
        yield "verified on the scratch deal: our account moved it over a gate"

    def _seen(self, scratch: Scratch) -> str:
        doing = f"looking at the scratch deal {scratch.label}"
        found = fetch(self.site, [scratch.deal], [self._field], doing)
        with self.site.understanding(doing):
            return ",".join(field_texts(found[0]["fields"].get(self._field)))


def fill(site: Site, scratch: Scratch, field: str, text: str | None) -> None:
    """Write into a field of ours on the scratch deal."""
    site.change(
        "PUT",
        f"/issue/{scratch.deal}",
        name="fill field",
        doing=f"filling our field on the scratch deal {scratch.label}",
        json={"fields": {field: text}},
    )


def add_probes(workflow: Workflow, key: str, status: str, rules: Sequence[Rule | Json]) -> Workflow:
    """The workflow with one temporary transition per rule or post-function, each staying put."""
    clean = cleaned(workflow, key, only=Part.PROBE)
    last = max((int(one["id"]) for one in workflow.transitions if one["id"].isdigit()), default=1)
    known = {
        str(one["name"]): one
        for one in workflow.transitions
        if (mark := mark_of(one, key)) and mark.part is Part.PROBE
    }
    added: list[dict[str, Any]] = []
    for number, (name, rule) in enumerate(zip(NAMES, rules, strict=False), start=1):
        probe: dict[str, Any] = {
            "id": str(known[name]["id"] if name in known else last + 10 * number),
            "name": name,
            "type": "DIRECTED",
            "toStatusReference": workflow.reference(status),
            "links": workflow.links([status], {}),
            "properties": {},
        }
        if isinstance(rule, Rule):
            probe = with_rule(probe, rule)
        else:
            probe["actions"] = [rule]
        probe = marked(probe, key, Mark(Part.PROBE))
        there = known.get(name)
        added.append(there if there and fits(there, probe, key) else probe)
    return workflow.with_transitions([*clean.workflow.transitions, *added])
