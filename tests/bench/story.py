"""The cases: what happens to a pipeline, what our run does about it, what the plain script would.

`first` is a pipeline that nobody has prepared. The others follow one another in one pipeline, most
of whose deals have seven open items each; an hour passes between two of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from contract import ITEMS, LEAD
from measuring import Used
from ours import Ours
from sides import Crowd, K, Side, looked, opened, read, returned, side, total

CASES = {
    "adoption": "first adoption",
    "lost": "a lost ledger",
    "idle": "nothing has changed",
    "ticks": "1 % of the deals ticked",
    "premature": "{p} premature moves",
    "entering": "{e} deals enter a stage",
    "full": "full daily read",
    "contract": "the contract asks for one more item",
}
"""What `--case` names, in the order in which they happen."""


@dataclass(frozen=True, slots=True)
class Case:
    """One measured case. `plain` is None where the plain script was not run."""

    name: str
    title: str
    side: str
    deals: int
    floor: int
    formula: str
    ours: Used
    ledger_mb: float
    plain: Used | None


def cases(kind: str, deals: int, wanted: frozenset[str], *, plain: bool) -> Iterator[Case]:
    """Run the wanted cases of one tracker with so many deals."""
    if "adoption" in wanted:
        with side(kind) as at, Ours.beside(at) as ours:
            yield _Story(at, ours, deals, plain=plain).adoption()
    following = [name for name in CASES if name in wanted and name != "adoption"]
    if following:
        with side(kind) as at, Ours.beside(at) as ours:
            story = _Story(at, ours, deals, plain=plain)
            story.begin()
            for name in list(CASES)[1 : list(CASES).index(following[-1]) + 1]:
                case: Case | None = getattr(story, name)(measured=name in wanted)
                if case:
                    yield case


class _Story:
    """One pipeline. Of its deals, `entering` stand in the first stage and go on later."""

    def __init__(self, at: Side, ours: Ours, deals: int, *, plain: bool) -> None:
        self._at = at
        self._ours = ours
        self._deals = deals
        self._compare = plain
        self._entering = min(1000, max(1, deals // 5))
        self._early = min(100, max(1, deals // 5))
        self._ticked = max(1, deals // 100)
        self._items = K * (deals - self._entering) + self._entering
        self._reads_all: Used | None = None

    def adoption(self) -> Case:
        """Nobody has ever looked at this pipeline."""
        bare = Crowd(self._deals, "New lead")
        self._at.populate(bare)
        floor = total(
            read(self._at.kind, self._deals, 0),
            (1, "1 look whether an earlier ledger left anything"),
            opened(self._at.kind, self._deals),
        )
        return self._case("adoption", floor, plain=self._plain(bare))

    def begin(self) -> None:
        """Fill the pipeline as an earlier ledger would have left it."""
        for crowd in self._quiet():
            self._at.populate(crowd)

    def lost(self, *, measured: bool) -> Case | None:
        """All items are there, and no ledger knows them: a search may hide some of a deal's, so
        every deal that carries any is looked at."""
        floor = total(
            read(self._at.kind, self._deals, self._items), looked(self._deals, self._items)
        )
        return self._done("lost", floor, measured=measured)

    def idle(self, *, measured: bool) -> Case | None:
        """A run to which nothing has happened."""
        return self._done("idle", read(self._at.kind, 0, 0), measured=measured)

    def ticks(self, *, measured: bool) -> Case | None:
        """People work: an item is ticked here and there."""
        for _, items in self._at.deals("Negotiation", self._ticked):
            self._at.tick(items[0])
        return self._done("ticks", read(self._at.kind, 0, self._ticked), measured=measured)

    def premature(self, *, measured: bool) -> Case | None:
        """Deals are moved on too early, and have to go back."""
        for deal, _ in self._at.deals("Negotiation", self._early):
            self._at.move(deal, "In production")
        floor = total(
            read(self._at.kind, self._early, 0),
            looked(self._early, self._early * K),
            returned(self._at.kind, self._early, K),
        )
        most, entering = self._quiet()
        early = Crowd(self._early, "In production", ITEMS)
        plain = self._plain(replace(most, deals=most.deals - self._early), early, entering)
        return self._done("premature", floor, measured=measured, plain=plain)

    def entering(self, *, measured: bool) -> Case | None:
        """The first handover of many deals is complete: the next checklist is opened."""
        for deal, items in self._at.deals("New lead", self._entering):
            for item in items:
                self._at.tick(item)
            self._at.move(deal, "Negotiation")
        self._items += K * self._entering
        floor = total(
            read(self._at.kind, self._entering, self._entering),
            looked(self._entering, self._entering),
            opened(self._at.kind, K * self._entering),
        )
        moved = Crowd(self._entering, "Negotiation", dict([LEAD]), done=True)
        plain = self._plain(self._quiet()[0], moved)
        return self._done("entering", floor, measured=measured, plain=plain)

    def full(self, *, measured: bool) -> Case | None:
        """What a day brings, seen or not: everything is read."""
        floor = read(self._at.kind, self._deals, self._items)
        every = {**dict([LEAD]), **ITEMS}
        plain = self._plain(
            self._quiet()[0], Crowd(self._entering, "Negotiation", every, done=True)
        )
        return self._done("full", floor, "--full", measured=measured, plain=plain)

    def contract(self, *, measured: bool) -> Case | None:
        """An admin adds an item to the handover that every deal is waiting for."""
        self._ours.change()
        floor = total(
            read(self._at.kind, self._deals, self._items), opened(self._at.kind, self._deals)
        )
        plain = self._plain(Crowd(self._deals, "Negotiation", ITEMS), changed=True)
        return self._done("contract", floor, measured=measured, plain=plain)

    def _quiet(self) -> tuple[Crowd, Crowd]:
        lead = Crowd(self._entering, "New lead", dict([LEAD]))
        return Crowd(self._deals - self._entering, "Negotiation", ITEMS), lead

    def _plain(self, *crowds: Crowd, changed: bool = False) -> Callable[[], Used]:
        def run() -> Used:
            with side(self._at.kind) as at:
                for crowd in crowds:
                    at.populate(crowd)
                return at.plain(changed=changed)

        return run

    def _reading(self) -> Used:
        """The plain script where it has nothing to do: it reads everything, whatever has changed,
        so it is measured once."""
        self._reads_all = self._reads_all or self._plain(*self._quiet())()
        return self._reads_all

    def _done(
        self,
        name: str,
        floor: tuple[int, str],
        *options: str,
        measured: bool,
        plain: Callable[[], Used] | None = None,
    ) -> Case | None:
        case = None
        if measured:
            case = self._case(name, floor, *options, plain=plain or self._reading)
        else:
            self._ours.sync("--force", *options)
        self._an_hour_later()
        return case

    def _case(
        self, name: str, floor: tuple[int, str], *options: str, plain: Callable[[], Used]
    ) -> Case:
        self._at.limits(on=True)
        used = self._ours.sync("--force", *options)
        self._at.limits(on=False)
        title = CASES[name].format(p=self._early, e=self._entering)
        other = plain() if self._compare else None
        return Case(
            name,
            title,
            self._at.kind,
            self._deals,
            floor=floor[0],
            formula=floor[1],
            ours=used,
            ledger_mb=self._ours.ledger_mb,
            plain=other,
        )

    def _an_hour_later(self) -> None:
        self._at.at.tell("clock", advance=3600)
        self._ours.sync()
        self._at.at.tell("clock", advance=3600)
