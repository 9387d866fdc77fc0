"""A tracker in memory that lags, forgets, loses answers, and is full of people."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime

from readygate.action import (
    Outcome,
    Status,
    TrackerAction,
)
from readygate.contract import Person
from readygate.deal import (
    ChecklistItem,
    Deal,
    History,
    Identity,
    Look,
    Mark,
    Page,
)
from readygate.errors import (
    ConfigError,
    Finding,
    Problem,
    TrackerDenied,
    TrackerError,
    TrackerUnavailable,
)
from readygate.pipeline import Pipeline
from readygate.ports import Binding
from readygate.testing.people import StoredDeal, StoredItem
from readygate.testing.writes import BOT, Fault, WritableSite


class MemoryTracker(WritableSite):
    """A tracker in memory. Stage refs are `s:<name>`; accounts are person keys.

    `page_size` deals or items per page; `fields` are those that deals have, None for any. `faults`
    maps "operation" or "operation:n" (the n-th call, from 1) to a fault; operations are identify,
    resolve, read (each page), look, history, find, and the kinds of actions. `strikes` is asked
    about every single request, "read" or "write" (closing an item that was retired is one of its
    own), and `answered` is called after it.
    """

    moves_at_once = 1

    def __init__(
        self,
        stages: Sequence[str],
        now: datetime,
        *,
        page_size: int = 50,
        fields: Collection[str] | None = None,
    ) -> None:
        super().__init__(stages, now)
        self.page_size = page_size
        self.fields = fields
        self.knows_history = True

    def identify(self) -> Identity:
        """See `Tracker.identify`."""
        self._raise("identify")
        return Identity(BOT, "Readygate", self._now)

    def resolve(
        self,
        pipelines: Sequence[Pipeline],
        people: Sequence[Person],
        fields: Mapping[str, Collection[str]],
        previous: Binding | None,
    ) -> Binding:
        """See `Tracker.resolve`."""
        self._raise("resolve")
        names = {name: ref for ref, name in self.stages.items()}
        stages: dict[str, dict[str, str]] = {}
        unnamed: dict[str, tuple[str, ...]] = {}
        findings: list[Finding] = []
        problems: list[Problem] = []
        for pipeline in pipelines:
            before = previous.stages.get(pipeline.key, {}) if previous else {}
            found: dict[str, str] = {}
            for index, name in enumerate(stage.name for stage in pipeline.stages):
                if name in names:
                    found[name] = names[name]
                elif before.get(name) in self.stages:
                    found[name] = before[name]
                    text = f"the stage {name!r} is called {self.stages[before[name]]!r} now"
                    findings.append(Finding("stage-renamed", text))
                else:
                    path = ("pipelines", pipeline.key, "stages", index, "stage")
                    problems.append(Problem(path, f"there is no stage {name!r}"))
            stages[pipeline.key] = found
            unnamed[pipeline.key] = tuple(sorted(set(self.stages) - set(found.values())))
            problems += [
                Problem(("pipelines", pipeline.key), f"there is no field {name!r}")
                for name in fields.get(pipeline.key, ())
                if self.fields is not None and name not in self.fields
            ]
        if problems:
            raise ConfigError(problems)
        accounts = {person.key: person.key for person in people}
        return Binding(
            stages,
            accounts,
            {"fields": sorted(fields)},
            unnamed=unnamed,
            findings=tuple(findings),
            guards=dict(self.guards),
        )

    def use(self, binding: Binding) -> None:
        """See `Tracker.use`."""
        self.binding = binding

    def read(self, pipeline: Pipeline, since: datetime | None) -> Iterator[Page]:
        """See `Tracker.read`."""
        deals, items = self._index or (self.deals, self.items)
        rows: list[Deal | ChecklistItem] = [
            self._deal(one) for one in deals.values() if one.ref not in self.forgotten
        ]
        rows += [
            self._item(one)
            for one in items.values()
            if one.ref not in self.forgotten and one.key is not None
        ]
        rows = [row for row in rows if since is None or (row.updated or since) >= since]
        rows.sort(key=lambda row: (row.updated or self._now, row.ref))
        for start in range(0, max(1, len(rows)), self.page_size):
            self._raise("read")
            part = rows[start : start + self.page_size]
            yield Page(
                tuple(row for row in part if isinstance(row, Deal)),
                tuple(row for row in part if isinstance(row, ChecklistItem)),
            )

    def look(self, pipeline: Pipeline, deals: Sequence[str]) -> Look:
        """See `Tracker.look`."""
        self._raise("look")
        wanted = set(deals)
        return Look(
            tuple(self._deal(self.deals[ref]) for ref in deals if ref in self.deals),
            tuple(
                self._item(one)
                for one in self.items.values()
                if one.deal in wanted and one.key is not None
            ),
            tuple(ref for ref in deals if ref not in self.deals),
        )

    def history(
        self, pipeline: Pipeline, deals: Sequence[str], items: Sequence[str]
    ) -> History | None:
        """See `Tracker.history`."""
        self._raise("history")
        if not self.knows_history:
            return None
        return History(
            {ref: tuple(self.deals[ref].moves) for ref in deals if ref in self.deals},
            {ref: tuple(self.items[ref].history) for ref in items if ref in self.items},
        )

    def apply(self, pipeline: Pipeline, actions: Sequence[TrackerAction]) -> Iterator[Outcome]:
        """See `Tracker.apply`."""
        stops = ""
        for action in actions:
            if stops:
                yield Outcome(action, Status.SKIPPED, message=f"the tracker is {stops}")
                continue
            outcome = self._carry_out(action)
            stops = outcome.stops
            yield outcome

    def find_explanation(self, pipeline: Pipeline, deal: str, attempt: str) -> str | None:
        """See `Tracker.find_explanation`."""
        self._raise("find")
        comments = self.deals[deal].comments if deal in self.deals else {}
        return next((ref for ref, (id_, _) in comments.items() if id_ == attempt), None)

    # How it is kept.

    def _raise(self, operation: str) -> None:
        fault = self._fault(operation) or self.strikes("read")
        self.answered()
        match fault:
            case None:
                return
            case Fault.DENIED:
                raise TrackerDenied(f"{operation} was denied")
            case Fault.UNAVAILABLE | Fault.LOST | Fault.DROPPED:
                raise TrackerUnavailable(f"{operation} is unavailable")
            case other:
                raise TrackerError(f"{operation}: {other}")

    def _deal(self, stored: StoredDeal) -> Deal:
        return Deal(
            stored.ref,
            f"D-{stored.ref}",
            stored.title,
            stored.stage,
            self.stages.get(stored.stage, ""),
            stored.created,
            stored.updated,
            dict(stored.fields),
            requested=stored.requested,
            requested_name=self.stages.get(stored.requested, ""),
            declared=stored.declared,
        )

    def _item(self, stored: StoredItem) -> ChecklistItem:
        return ChecklistItem(
            stored.ref,
            stored.deal,
            stored.key or "",
            stored.title,
            self._mark(stored),
            stored.updated,
            stored=stored.stored,
            closed=stored.mark is not Mark.OPEN,
            label=f"I-{stored.ref}",
            assignee=stored.assignee,
        )
