"""A story that is told in whole runs through a connector, step by step."""

from __future__ import annotations

from collections.abc import Callable

from readygate.action import Status
from readygate.contract import ContractBook
from readygate.deal import Mark
from readygate.ports import Ledger, Tracker
from readygate.report import PipelineReport, RunReport
from readygate.run import Options, Setup, run_once
from readygate.testing.conformance.playground import Playground
from readygate.testing.conformance.story import Scene, book
from readygate.testing.ledger import MemoryLedger


class Tale:
    """One playground in which runs happen one after another."""

    def __init__(self, play: Playground) -> None:
        self.play = play
        self.ledger = MemoryLedger()
        self.book = book()
        self.stamp = "1"
        self.deal = ""
        self._runs = 0

    def change(self, changed: ContractBook) -> None:
        """The admin edits the contract."""
        self.book = changed
        self.stamp += "'"

    def report(
        self,
        *,
        connect: Callable[[], Tracker] | None = None,
        ledger: Ledger | None = None,
        dry: bool = False,
    ) -> RunReport:
        """One run, a minute after the last."""
        self.play.advance(60)
        self._runs += 1
        return run_once(
            Setup(self.book, (self.play.pipeline,), {"en": str}, self.stamp),
            {"main": connect or self.play.connect},
            ledger or self.ledger,
            self.play.clock,
            run=f"r{self._runs}",
            options=Options(dry=dry),
        )

    def run(self, *, dry: bool = False) -> PipelineReport:
        """One run of which nothing may fail."""
        (tracker,) = self.report(dry=dry).trackers
        assert tracker.error is None, tracker.error
        (found,) = tracker.pipelines
        assert found.error is None, found.error
        bad = [one for one in found.outcomes if one.status is not Status.DONE]
        assert not bad, bad
        return found

    def marks(self, deal: str = "") -> dict[str, Mark]:
        """Item key -> mark of every item of ours; a key twice is an error."""
        found = Scene(self.play).items(deal or self.deal)
        return {key: item.mark for key, item in sorted(found.items())}

    def item(self, key: str, deal: str = "") -> str:
        """The ref of an item."""
        return Scene(self.play).item(deal or self.deal, key).ref

    def tick(self, *keys: str) -> None:
        """People tick items of the deal."""
        for key in keys:
            self.play.tick(self.item(key))

    def end(self) -> tuple[object, ...]:
        """Everything that counts in the end."""
        titles = sorted(item.title for item in self.play.items(self.deal))
        comments = self.play.comments(self.deal)
        return (self.play.stage_of(self.deal), self.marks(), titles, len(comments))

    # The steps of the story; each is followed by a run.

    def begins(self) -> None:
        """A deal comes in."""
        self.deal = self.play.create("A deal", "Lead", "Site")

    def hurries(self) -> None:
        """It is moved too early, past two gates."""
        self.play.move(self.deal, "Work")

    def passes(self) -> None:
        """What it lacked is ticked, and it is moved again."""
        self.tick("checklist")
        self.play.move(self.deal, "Talks")

    def hurries_again(self) -> None:
        """It is moved with one of two things done."""
        self.tick("brand")
        self.play.move(self.deal, "Work")

    def needs_less(self) -> None:
        """An item with a tick is no longer asked for, and another is worded anew."""
        self.play.set_service(self.deal, "Design")
        self.change(book("Signed contract, both pages"))

    def needs_it_again(self) -> None:
        """It is asked for again."""
        self.play.set_service(self.deal, "Site")

    def arrives(self) -> None:
        """All is ticked."""
        self.tick("contract")
        self.play.move(self.deal, "Work")

    @property
    def steps(self) -> tuple[Callable[[], None], ...]:
        """The story in order."""
        return (
            self.begins,
            self.hurries,
            self.passes,
            self.hurries_again,
            self.needs_less,
            self.needs_it_again,
            self.arrives,
        )


END = (
    "Work",
    {
        "brand": Mark.TICKED,
        "checklist": Mark.TICKED,
        "contract": Mark.TICKED,
        "informal": Mark.OPEN,
    },
    ["Brand kit", "Informal agreements", "Lead checklist", "Signed contract, both pages"],
    2,
)
