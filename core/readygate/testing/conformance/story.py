"""The contract of the suite, and a small stage: one connector in its playground."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import TypeVar

from readygate.action import (
    Amend,
    Block,
    Explain,
    Open,
    Outcome,
    Restore,
    Retire,
    Return,
    Text,
    TrackerAction,
)
from readygate.contract import Condition, ContractBook, Item, Person, Process
from readygate.deal import ChecklistItem, Deal, Look, Mark, item_key, parse_item_key
from readygate.errors import ConfigError, TrackerError
from readygate.pipeline import Pipeline, Stage
from readygate.ports import Binding
from readygate.testing.conformance.playground import Playground

PEOPLE = (
    Person("anna", "Anna Kotova", "anna@example.com"),
    Person("boris", "Boris Lykov", "boris@example.com"),
    Person("vera", "Vera Ilyina", "vera@example.com"),
)
STAGES = (
    Stage("Lead", "marketing"),
    Stage("Talks", "sales"),
    Stage("Work", "delivery"),
    Stage("Lost", exit=True),
)
UNNAMED = "Odd"
FIELD = "Service"
FIELDS = {"deals": (FIELD,)}

E = TypeVar("E", bound=Exception)


def pipeline(
    place: Mapping[str, str] | None = None, *, waived_as: tuple[str, ...] = ()
) -> Pipeline:
    """The pipeline of the suite, with what a kind of tracker needs besides."""
    return Pipeline("deals", "main", STAGES, waived_as=waived_as, place=dict(place or {}))


def book(contract: str = "Signed contract") -> ContractBook:
    """marketing → sales → delivery; `contract` is the title of one item."""
    items = [
        Item("checklist", "Lead checklist"),
        Item("contract", contract, help="A scan with both signatures."),
        Item("brand", "Brand kit", when=Condition(FIELD, ("Site",))),
        Item("informal", "Informal agreements", required=False),
    ]
    processes = [
        Process("marketing", "Marketing", "anna", (), ("checklist",)),
        Process("sales", "Sales", "boris", ("checklist",), ("contract", "brand", "informal")),
        Process("delivery", "Delivery", "vera", ("contract", "brand", "informal"), ()),
    ]
    return ContractBook(
        {person.key: person for person in PEOPLE},
        {item.key: item for item in items},
        {process.key: process for process in processes},
    )


def refused(kind: type[E], call: Callable[[], object]) -> E:
    """Call, and give the error that must come of it."""
    try:
        came = call()
    except kind as error:
        return error
    raise AssertionError(f"{kind.__name__} was expected, but there came {came!r}")


class Scene:
    """A connector that has proved who it is and resolved its names."""

    def __init__(self, play: Playground) -> None:
        self.play = play
        self.tracker = play.connect()
        self.identity = self.tracker.identify()
        self.binding = self.tracker.resolve([play.pipeline], PEOPLE, FIELDS, None)
        self.tracker.use(self.binding)
        self.pipeline = play.pipeline.bind(self.binding.stages["deals"])
        play.sent()

    def resolve(self) -> Binding:
        """Look up the names again, knowing what they meant."""
        return self.tracker.resolve([self.play.pipeline], PEOPLE, FIELDS, self.binding)

    def misnamed(
        self,
        path: Pipeline,
        fields: Mapping[str, Collection[str]] = FIELDS,
        previous: Binding | None = None,
    ) -> ConfigError:
        """The error that must come of names that the tracker does not have."""
        return refused(ConfigError, lambda: self.tracker.resolve([path], PEOPLE, fields, previous))

    def stage(self, name: str) -> str:
        """The ref of a stage."""
        return self.binding.stages["deals"][name]

    def apply(self, *actions: TrackerAction) -> list[Outcome]:
        """The outcomes; what every call promises is checked here."""
        outcomes = list(self.tracker.apply(self.pipeline, actions))
        assert [outcome.action for outcome in outcomes] == list(actions), (
            "one outcome per action, in order"
        )
        for outcome in outcomes:
            for secret in self.play.secrets:
                assert secret not in f"{outcome.message} {outcome.detail}"
        return outcomes

    def one(self, action: TrackerAction) -> Outcome:
        """The outcome of one action."""
        (outcome,) = self.apply(action)
        return outcome

    def now(self) -> datetime:
        """The tracker's own time, as a run learns it: from its pages, else from `identify`."""
        identity = self.tracker.identify()
        told = [page.at for page in self.tracker.read(self.pipeline, None) if page.at]
        return told[0] if told else identity.now

    def read(self, since: datetime | None = None) -> tuple[list[Deal], list[ChecklistItem]]:
        """All that a read gives."""
        pages = list(self.tracker.read(self.pipeline, since))
        return [one for page in pages for one in page.deals], [
            one for page in pages for one in page.items
        ]

    def look(self, *deals: str) -> Look:
        """Look at deals."""
        return self.tracker.look(self.pipeline, deals)

    def deal(self, ref: str) -> Deal:
        """One deal by a look."""
        (found,) = self.look(ref).deals
        return found

    def items(self, deal: str) -> dict[str, ChecklistItem]:
        """Item key -> item, of the items of a deal by a look; a key twice is an error."""
        found = self.look(deal).items
        keyed = {parse_item_key(item.key)[1]: item for item in found}
        assert len(keyed) == len(found), f"a key stands twice: {found}"
        return keyed

    def item(self, deal: str, key: str) -> ChecklistItem:
        """One item by a look."""
        return self.items(deal)[key]

    def opened(self, deal: str, *keys: str) -> dict[str, ChecklistItem]:
        """Open items and look at them."""
        outcomes = self.apply(*(opening(deal, key) for key in keys))
        assert {str(outcome.status) for outcome in outcomes} <= {"done"}, outcomes
        found = self.items(deal)
        return {key: found[key] for key in keys}

    def retire(self, item: ChecklistItem) -> Retire:
        """What the core asks for when an item is no longer needed."""
        close = not item.closed
        key = parse_item_key(item.key)[1]
        return Retire(item.deal, "", key, item.ref, item.mark, close, "no longer asked for")

    def restore(self, item: ChecklistItem) -> Restore:
        """What the core asks for when a retired item is needed again."""
        mark = item.stored if item.closed else Mark.OPEN
        reopen = item.closed and mark is Mark.OPEN
        key = parse_item_key(item.key)[1]
        return Restore(item.deal, "", key, item.ref, mark, reopen, "asked for again")

    def returning(self, deal: str, before: str, stage: str, attempt: str = "a1b2c3") -> Return:
        """Move a deal back."""
        return Return(deal, "", self.stage(before), self.stage(stage), attempt, "not complete")

    def fails(self, call: Callable[[], object]) -> TrackerError:
        """The TrackerError that must come, fit to be shown."""
        error = refused(TrackerError, call)
        assert str(error), "an error has a text for people"
        for secret in self.play.secrets:
            assert secret not in f"{error} {error.detail}"
        return error


def opening(deal: str, key: str, title: str = "", text: str = "") -> Open:
    """Open an item."""
    return Open(deal, "", key, title or f"The item {key}", text, "asked for")


def explaining(deal: str, text: str, attempt: str = "a1b2c3", edit: str = "") -> Explain:
    """Explain in one paragraph."""
    return Explain(deal, "", attempt, (Block((Text(text),)),), "not complete", edit=edit)


def amending(
    item: ChecklistItem,
    *,
    title: str | None = None,
    text: str | None = None,
    key: str | None = None,
    was: str = "",
) -> Amend:
    """Write anew what is given."""
    name = parse_item_key(item.key)[1]
    full = None if key is None else item_key(item.deal, key)
    return Amend(item.deal, "", name, item.ref, "worded anew", title, text, full, was)
