"""The contract and the little world that the tests of the core play in."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from readygate.action import Action, kind_of
from readygate.contract import Condition, ContractBook, Item, Person, Process
from readygate.deal import Mark
from readygate.memory import DealMemory
from readygate.pipeline import Pipeline, Stage
from readygate.report import PipelineReport, RunReport
from readygate.run import Options, Setup, run_once
from readygate.testing import FakeClock, MemoryLedger, MemoryTracker

PEOPLE = {
    "anna": Person("anna", "Anna", "anna@example.com"),
    "boris": Person("boris", "Boris", "boris@example.com"),
    "vera": Person("vera", "Vera", "vera@example.com"),
}


def items(*changes: Item) -> dict[str, Item]:
    """The items of the story, with some of them replaced or added."""
    found = [
        Item("checklist", "Lead checklist"),
        Item("contract", "Signed contract"),
        Item("brand", "Brand kit", when=Condition("Service", ("Site", "Design"))),
        Item("informal", "Informal agreements", required=False),
        Item("acceptance", "Signed acceptance", external=True),
        *changes,
    ]
    return {item.key: item for item in found}


def book(
    *changes: Item, delivery: tuple[str, ...] = ("contract", "brand", "informal")
) -> ContractBook:
    """marketing → sales → delivery → support."""
    processes = [
        Process("marketing", "Marketing", "anna", (), ("checklist",)),
        Process("sales", "Sales", "boris", ("checklist",), ("contract", "brand", "informal")),
        Process("delivery", "Delivery", "vera", delivery, ()),
        Process("support", "Support", "anna", ("acceptance", "contract"), ()),
    ]
    return ContractBook(PEOPLE, items(*changes), {one.key: one for one in processes})


STAGES = (
    Stage("Lead", "marketing"),
    Stage("Talks", "sales"),
    Stage("Terms", "sales"),
    Stage("Work", "delivery"),
    Stage("Care", "support"),
    Stage("Lost", exit=True),
)


class World:
    """A tracker with people in it, a ledger, a clock, and a config to run."""

    def __init__(self, the_book: ContractBook | None = None, **settings: object) -> None:
        self.clock = FakeClock()
        stages = [stage.name for stage in STAGES] + ["Odd"]
        self.tracker = MemoryTracker(stages, self.clock.now())
        self.ledger = MemoryLedger()
        self.book = the_book or book()
        self.pipeline = Pipeline("deals", "main", STAGES, **settings)  # type: ignore[arg-type]
        self.stamp = "1"
        self.budgets: dict[str, int] = {}
        self._runs = 0

    def wait(self, **by: float) -> None:
        """Let time pass here and in the tracker."""
        self.clock.advance(timedelta(**by))
        self.tracker.advance(timedelta(**by))

    def report(self, **options: bool) -> RunReport:
        """One run, a minute after the last."""
        self.wait(minutes=1)
        self._runs += 1
        setup = Setup(self.book, (self.pipeline,), {"en": str}, self.stamp, self.budgets)
        return run_once(
            setup,
            {"main": lambda: self.tracker},
            self.ledger,
            self.clock,
            run=f"r{self._runs}",
            options=Options(**options),
        )

    def run(self, **options: bool) -> PipelineReport:
        """One run; its only pipeline."""
        (tracker,) = self.report(**options).trackers
        assert tracker.error is None, tracker.error
        (pipeline,) = tracker.pipelines
        return pipeline

    def stage(self, deal: str) -> str:
        """Where a deal stands in the tracker."""
        return self.tracker.stages[self.tracker.deals[deal].stage]

    def tick(self, deal: str, *keys: str) -> None:
        """People tick items of a deal."""
        for key in keys:
            self.tracker.mark(self.tracker.item_of(deal, key).ref, Mark.TICKED)

    def untick(self, deal: str, *keys: str) -> None:
        """People un-tick items of a deal."""
        for key in keys:
            self.tracker.mark(self.tracker.item_of(deal, key).ref, Mark.OPEN)

    def change(self, the_book: ContractBook | None = None, **settings: object) -> None:
        """The admin edits the config."""
        self.book = the_book or self.book
        self.pipeline = replace(self.pipeline, **settings)  # type: ignore[arg-type]
        self.stamp = str(int(self.stamp) + 1)

    def lose_ledger(self) -> None:
        """The ledger is gone."""
        self.ledger = MemoryLedger()

    def memory(self, deal: str) -> DealMemory:
        """What the ledger remembers of a deal."""
        return self.ledger.memories("deals", [deal])[deal]

    def accepted(self, deal: str) -> str:
        """The name of the stage in which the ledger has accepted a deal, "" for none."""
        return self.tracker.stages.get(self.memory(deal).accepted, "")

    def deal(self, stage: str = "Lead", *done: str, **fields: str) -> str:
        """A deal adopted in a stage, with items of its next gate ticked."""
        deal = self.tracker.create("A deal", stage, **fields)
        self.run()
        self.tick(deal, *done)
        return deal

    def comments(self, deal: str) -> list[str]:
        """What we have written on a deal, as plain text, oldest first."""
        return [
            "\n".join(
                "".join(
                    getattr(span, "text", "") or f"@{getattr(span, 'name', '')}" for span in line
                )
                for block in document
                for line in (block.line, *block.bullets)
            )
            for _, document in self.tracker.deals[deal].comments.values()
        ]


def kinds(report: PipelineReport) -> list[str]:
    """The kinds of the planned actions, in order."""
    return [kind_of(action) for action in report.actions]


def brief(actions: tuple[Action, ...]) -> list[str]:
    """Actions as short texts: kind, item, stages."""
    found = []
    for action in actions:
        parts = [kind_of(action)]
        parts += [
            str(getattr(action, name))
            for name in ("item", "before", "stage", "mark", "stored", "title", "key")
            if getattr(action, name, None)
        ]
        found.append(" ".join(parts))
    return found
