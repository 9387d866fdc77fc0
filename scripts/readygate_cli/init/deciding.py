"""Settles the contract: which process works in which stage, who owns it, what it must receive."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import click

from readygate.contract import Item, Person
from readygate.render import clean
from readygate.survey import Sight
from readygate_cli.init.asking import Answers
from readygate_cli.init.draft import ProcessDraft, merged_outputs
from readygate_cli.init.handover import example_items
from readygate_cli.init.owners import Owners
from readygate_cli.init.proposing import (
    DELIVERY,
    MARKETING,
    SALES,
    StagePlan,
    kind_of_process,
    propose,
    slug,
    unused,
)
from readygate_config import Config

_EXIT = ("exit", "выход")
_LEAVE_OUT = "-"
_MARKS = {
    "optional": "required", "по желанию": "required", "необязательно": "required",
    "external": "external", "извне": "external",
}  # fmt: skip
_MARK = re.compile(r"\s*\(([^()]+)\)\s*$")


@dataclass(frozen=True, slots=True)
class Options:
    """What was given for the contract: `PROCESS=…` and `STAGE=…` as they were typed."""

    stages: Sequence[str] = ()
    owners: Sequence[str] = ()
    needs: Sequence[str] = ()
    example: bool = False


@dataclass(frozen=True, slots=True)
class Contract:
    """The outcome; `people` and `items` are those that the config does not have yet."""

    stages: tuple[StagePlan, ...]
    processes: tuple[ProcessDraft, ...]
    people: tuple[Person, ...]
    items: tuple[Item, ...]
    headings: Mapping[str, str]


@dataclass(slots=True)
class Deciding:
    """Asks for the contract of what was seen. `existing` is the config that is there, or None."""

    answers: Answers
    options: Options
    sight: Sight
    kind: str
    language: str
    existing: Config | None
    _items: dict[str, Item] = field(default_factory=dict)
    _headings: dict[str, str] = field(default_factory=dict)

    def decide(self) -> Contract:
        """Raises UsageError for answers that cannot be, AnswersMissing for those nobody gave."""
        stages = self._stages()
        processes = self._with_keys(stages)
        needs = self._needs(processes)
        people = Owners(
            self.answers, self.options.owners, self.sight.people, self.kind, self.existing
        )
        owners = people.of(processes)
        self.answers.settle()
        gives: dict[str, list[str]] = {}
        drafts: list[ProcessDraft] = []
        for at, one in enumerate(processes):
            keys = [self._item(item) for item in needs.get(one.title, ())]
            if at and keys:
                self._headings[keys[0]] = f"{processes[at - 1].title} → {one.title}"
                made = [key for key in keys if not self._items[key].external]
                gives.setdefault(processes[at - 1].key, []).extend(made)
            owner = owners.get(one.title, one.owner)
            drafts.append(replace(one, owner=owner, inputs=tuple(keys)))
        return Contract(
            stages,
            merged_outputs(drafts, gives),
            tuple(people.people.values()),
            tuple(self._items.values()),
            self._headings,
        )

    # Stages

    def _stages(self) -> tuple[StagePlan, ...]:
        if self.options.stages:
            return self._given_stages()
        plans = propose(self.sight.stages, self.language)
        if not self.answers.interactive:
            return plans
        _ = self.answers.say_in
        while True:
            self._show(plans)
            if self.answers.consents(_("Is that right?")):
                return plans
            plans = self._asked_stages(plans)

    def _given_stages(self) -> tuple[StagePlan, ...]:
        there = {stage.name.casefold(): stage.name for stage in self.sight.stages}
        plans = []
        for text in self.options.stages:
            name, mark, process = text.rpartition("=")
            known = there.get(name.strip().casefold())
            if not mark or known is None:
                listed = ", ".join(clean(stage.name) for stage in self.sight.stages)
                told = f"--stage {clean(text)}: write STAGE=PROCESS or STAGE=exit"
                raise click.UsageError(f"{told}. Stages: {listed}.")
            plans.append(_planned(known, process))
        return tuple(plan for plan in plans if plan.process or plan.exit)

    def _show(self, plans: Sequence[StagePlan]) -> None:
        _ = self.answers.say_in
        self.answers.tell("\n" + _("The stages in order, and the process that works in each:"))
        width = max(len(clean(plan.name)) for plan in plans)
        for number, plan in enumerate(plans, 1):
            what = _("exit: deals leave here") if plan.exit else plan.process or _("left out")
            self.answers.tell(f"  {number}. {clean(plan.name):<{width}}  {clean(what)}")

    def _asked_stages(self, plans: Sequence[StagePlan]) -> tuple[StagePlan, ...]:
        _ = self.answers.say_in
        numbers = " ".join(str(number) for number in range(1, len(plans) + 1))
        ordered = None
        while ordered is None:
            typed = self.answers.line(_("Their order, as numbers"), default=numbers)
            ordered = _reordered(typed, plans)
        self.answers.tell(
            _("For each the name of its process; exit where deals leave; - to leave it out.")
        )
        return tuple(
            _planned(
                plan.name,
                self.answers.needed(
                    f"  {clean(plan.name)}",
                    default=_EXIT[0] if plan.exit else plan.process or _LEAVE_OUT,
                ),
            )
            for plan in ordered
        )

    # Processes

    def _with_keys(self, stages: Sequence[StagePlan]) -> list[ProcessDraft]:
        """The processes in order; one of the config is meant by its key or its title."""
        titles = list(dict.fromkeys(stage.process for stage in stages if stage.process))
        if not titles:
            raise click.UsageError("No stage has a process: name one with --stage STAGE=PROCESS.")
        there = self.existing.book.processes if self.existing else {}
        found: list[ProcessDraft] = []
        for title in titles:
            folded = title.casefold()
            known = next(
                (one for one in there.values() if folded in {one.key, one.title.casefold()}), None
            )
            if known:
                found.append(ProcessDraft(known.key, title, known.owner, known=True))
                continue
            taken = [*there, *(one.key for one in found)]
            kind = kind_of_process(title)
            key = unused(kind, taken) if kind else slug(title, taken, otherwise="process")
            found.append(ProcessDraft(key, title))
        return found

    # Items

    def _needs(self, processes: Sequence[ProcessDraft]) -> dict[str, list[Item]]:
        """Title of a process -> what it must receive. Processes of the config stay as they are."""
        _ = self.answers.say_in
        needs = self._given_needs(processes)
        open_ = [one for at, one in enumerate(processes) if at and not one.known]
        examples = self._examples(processes)
        if self.options.example:
            for one in open_:
                needs.setdefault(one.title, examples.get(one.title, []))
        if needs or not open_:
            return needs
        if not self.answers.interactive:
            titles = ", ".join(one.title for one in open_)
            text = f"or --example: what these must receive before work starts: {titles}"
            self.answers.lacks('--needs "PROCESS=ITEM" …', text)
            return needs
        if any(examples.values()):
            self._show_examples(examples)
            if self.answers.consents(_("Start from this example? You can change it in the file.")):
                return examples
        for at, one in enumerate(processes):
            if at and not one.known:
                needs[one.title] = self._typed(processes[at - 1].title, one.title)
        return needs

    def _given_needs(self, processes: Sequence[ProcessDraft]) -> dict[str, list[Item]]:
        titles = {one.key: one for one in processes}
        titles |= {one.title.casefold(): one for one in processes}
        needs: dict[str, list[Item]] = {}
        for text in self.options.needs:
            name, mark, item = text.partition("=")
            process = titles.get(name.strip().casefold())
            if not mark or process is None or not item.strip():
                listed = ", ".join(clean(one.title) for one in processes)
                raise click.UsageError(
                    f"--needs {clean(text)}: write PROCESS=ITEM. Processes: {listed}."
                )
            if process.known or process is processes[0]:
                why = "it stands in the config" if process.known else "nothing comes before it"
                raise click.UsageError(f"--needs {clean(text)}: {why}, so it gets nothing new.")
            needs.setdefault(process.title, []).append(read_item(item))
        return needs

    def _examples(self, processes: Sequence[ProcessDraft]) -> dict[str, list[Item]]:
        """What the example has for these processes; three or two of other names count by place."""
        kinds = {one.title: kind_of_process(one.title) for one in processes}
        if not any(kinds.values()) and len(processes) in {2, 3}:
            names = (MARKETING, SALES, DELIVERY)[-len(processes) :]
            kinds = dict(zip(kinds, names, strict=True))
        return {
            one.title: list(example_items(self.language, kinds[one.title], self.sight.fields))
            for at, one in enumerate(processes)
            if at and not one.known
        }

    def _show_examples(self, examples: Mapping[str, Sequence[Item]]) -> None:
        _ = self.answers.say_in
        self.answers.tell()
        for title, items in examples.items():
            if items:
                self.answers.tell(_("Before {process} starts, it must have:").format(process=title))
            for item in items:
                self.answers.tell(f"  - {item.title}")

    def _typed(self, giver: str, taker: str) -> list[Item]:
        _ = self.answers.say_in
        self.answers.tell(
            "\n"
            + _(
                "What must {taker} have from {giver} before it starts? One item per line, an empty"
                " line ends. (optional) after it: nobody waits for it; (external): it comes from"
                " outside."
            ).format(taker=taker, giver=giver)
        )
        found: list[Item] = []
        while typed := self.answers.line(f"  {len(found) + 1}"):
            found.append(read_item(typed))
        return found

    def _item(self, item: Item) -> str:
        """The key under which an item stands in the config."""
        taken = [*(self.existing.book.items if self.existing else ()), *self._items]
        key = unused(item.key, taken) if item.key else slug(item.title, taken, otherwise="item")
        self._items[key] = replace(item, key=key)
        return key


def read_item(text: str) -> Item:
    """An item as a person types it: a title, and (optional) or (external) after it."""
    marks: set[str] = set()
    title = text.strip()
    while (mark := _MARK.search(title)) and mark[1].strip().casefold() in _MARKS:
        marks.add(_MARKS[mark[1].strip().casefold()])
        title = title[: mark.start()]
    return Item("", title, required="required" not in marks, external="external" in marks)


def _planned(name: str, process: str) -> StagePlan:
    process = process.strip()
    if process.casefold() in _EXIT:
        return StagePlan(name, exit=True)
    return StagePlan(name, "" if process == _LEAVE_OUT else process)


def _reordered(typed: str, plans: Sequence[StagePlan]) -> list[StagePlan] | None:
    """The plans in the order of these numbers, those not named at the end; None for nonsense."""
    numbers = re.split(r"[\s,;]+", typed.strip())
    if not all(one.isascii() and one.isdigit() and 0 < int(one) <= len(plans) for one in numbers):
        return None
    first = [plans[int(one) - 1] for one in dict.fromkeys(numbers)]
    return [*first, *(plan for plan in plans if plan not in first)]
