"""Tries rules out on a scratch deal: first on temporary transitions, then on the real ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from readygate.errors import TrackerRejected
from readygate.guarding import Journal
from readygate_jira.guard.cleaning import cleaned
from readygate_jira.guard.document import Rule, Workflow, with_rule
from readygate_jira.guard.marks import Mark, Part, children_rule, mark_of, marked
from readygate_jira.guard.scratch import Scratch, availability, drop_scratch, make_scratch
from readygate_jira.guard.workflows import Workflows
from readygate_jira.moving import Mover
from readygate_jira.pace import IssuePace
from readygate_jira.place import Place
from readygate_jira.site import Site

NAMES = ("Readygate trial 1, gone in a moment", "Readygate trial 2, gone in a moment")


class RuleFails(TrackerRejected):
    """The installed rule does not do on the scratch deal what it should: take it out again."""


class SubtaskTrial:
    """Finds out what `statusIds` of the parent-or-child condition mean on this site.

    Two temporary transitions stay where they are: one lists the status of the scratch deal's open
    subtask, the other one does not. Which of them Jira offers tells the meaning.
    """

    def __init__(self, site: Site, place: Place, workflows: Workflows, key: str) -> None:
        self._site = site
        self._place = place
        self._workflows = workflows
        self._key = key
        self._scratch: Scratch | None = None
        self._before: Mapping[str, bool] = {}
        self.statuses_mean = ""

    def begin(self, journal: Journal, note: Callable[[Workflow], None]) -> Iterator[str]:
        """Make the scratch deal and the temporary transitions, and look."""
        scratch = self._scratch = make_scratch(self._site, self._place, journal)
        yield f"made: the scratch deal {scratch.label} with one open subtask"
        other = next(ref for ref in self._place.statuses if ref != scratch.child_status)
        rules = [children_rule(scratch.child_status), children_rule(other)]
        made = self._workflows.change(
            lambda fresh: add_probes(fresh, self._key, scratch.status, rules), before=note
        )
        yield "made: two temporary transitions to try the rule out on"
        listing, other_listing = (
            next(str(one["id"]) for one in made.transitions if one["name"] == name)
            for name in NAMES
        )
        seen = self._before = availability(self._site, scratch.deal)
        match seen.get(listing), seen.get(other_listing):
            case True, False:
                self.statuses_mean = "allow"
            case False, True:
                self.statuses_mean = "deny"
            case _:
                raise TrackerRejected(
                    f"Jira at {self._site.host} does not evaluate the rule as documented: what its"
                    " `statusIds` mean cannot be found out. Nothing was installed; `guard: return`"
                    " needs no rule."
                )

    def verify(self, held: Sequence[str]) -> Iterator[str]:
        """See that the real rules hold the scratch deal back, that nothing else does, and that
        they let it go when its subtask is closed."""
        scratch = self._scratch
        if scratch is None:
            return
        real = {ref: offered for ref, offered in self._before.items() if offered}
        now = availability(self._site, scratch.deal)
        ours = [ref for ref in held if ref in real]
        through = [ref for ref in ours if now.get(ref)]
        blocked = [ref for ref in real if ref in now and ref not in ours and not now[ref]]
        if through or blocked:
            raise RuleFails(
                "Tried out on the scratch deal, the installed rule does not hold what it should"
                f" (transitions {', '.join((*through, *blocked))}). It is taken out again."
            )
        Mover(self._site, IssuePace(self._workflows.clock)).close(
            self._place, scratch.deal, scratch.child, "the subtask of the scratch deal"
        )
        after = availability(self._site, scratch.deal)
        stuck = [ref for ref in ours if not after.get(ref)]
        if stuck:
            raise RuleFails(
                "Tried out on the scratch deal, the installed rule does not let it go when its"
                f" subtask is closed (transitions {', '.join(stuck)}). It is taken out again."
            )
        if not ours:
            yield "no held move leads from where new deals stand: only read back, not tried out"

    def end(self) -> None:
        """Remove the scratch deal."""
        if self._scratch is not None:
            drop_scratch(self._site, self._scratch.deal)
            self._scratch = None


def add_probes(workflow: Workflow, key: str, status: str, rules: Sequence[Rule]) -> Workflow:
    """The workflow with one temporary transition per rule, each staying in a status."""
    clean = cleaned(workflow, key, only=Part.PROBE)
    last = max((int(one["id"]) for one in workflow.transitions if one["id"].isdigit()), default=1)
    known = {
        str(one["name"]): str(one["id"])
        for one in workflow.transitions
        if (mark := mark_of(one, key)) and mark.part is Part.PROBE
    }
    added: list[dict[str, Any]] = []
    for number, (name, rule) in enumerate(zip(NAMES, rules, strict=False), start=1):
        probe: dict[str, Any] = {
            "id": known.get(name, str(last + 10 * number)),
            "name": name,
            "type": "DIRECTED",
            "toStatusReference": workflow.reference(status),
            "links": workflow.links([status], {}),
            "properties": {},
        }
        added.append(marked(with_rule(probe, rule), key, Mark(Part.PROBE, (rule,))))
    return workflow.with_transitions([*clean.workflow.transitions, *added])
