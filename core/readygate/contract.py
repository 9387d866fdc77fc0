"""Contracts between processes: who owns each, what must come in, what must go out.

The chain is checked here as code is checked: every problem at once, each with the path to its place
in the document.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from readygate.errors import Problem, Severity


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who owns a process. `accounts` maps a tracker kind to the account id there."""

    key: str
    name: str
    email: str = ""
    accounts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Condition:
    """`when:` of an item: it exists only for deals whose `field` holds one of `values`."""

    field: str
    values: tuple[str, ...]

    def holds(self, fields: Mapping[str, tuple[str, ...]]) -> bool:
        """Tell whether a deal with these field values gets the item; an absent field does not."""
        return any(value in self.values for value in fields.get(self.field, ()))


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that changes hands. `due_days` counts from the day it is opened."""

    key: str
    title: str
    help: str = ""
    required: bool = True
    external: bool = False
    when: Condition | None = None
    due_days: int | None = None
    formerly: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Process:
    """A step of the business. `owner` is a key of people, `inputs` and `outputs` of items."""

    key: str
    title: str
    owner: str
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()


@dataclass(frozen=True)
class ContractBook:
    """The chain of processes. Build it, then ask `problems()` before using it."""

    people: Mapping[str, Person]
    items: Mapping[str, Item]
    processes: Mapping[str, Process]

    @cached_property
    def producers(self) -> Mapping[str, tuple[Process, ...]]:
        """Item key -> processes that hand it on; exactly one in a valid book, none if external."""
        return _index(self.processes, "outputs")

    @cached_property
    def receivers(self) -> Mapping[str, tuple[Process, ...]]:
        """Item key -> processes that need it."""
        return _index(self.processes, "inputs")

    @cached_property
    def aliases(self) -> Mapping[str, str]:
        """Former item key -> the key it has now."""
        return {old: item.key for item in self.items.values() for old in item.formerly}

    def canonical(self, item: str) -> str:
        """Give the key an item has now, following `formerly`."""
        return item if item in self.items else self.aliases.get(item, item)

    def debtor(self, item: str, receiver: str) -> Person:
        """Tell who owes an item to the process `receiver`: the owner of its producer.

        An external item is owed by the owner of the receiving process, who must fetch it.
        """
        producers = self.producers.get(item, ())
        process = producers[0] if producers else self.processes[receiver]
        return self.people[process.owner]

    def names(self, accounts: Mapping[str, str]) -> Mapping[str, str]:
        """Account of a tracker -> the name of its person; `accounts` maps person keys to accounts.

        People whom the book does not know (any more) and empty accounts are left out.
        """
        return {
            account: self.people[key].name
            for key, account in accounts.items()
            if account and key in self.people
        }

    def waivers(self, item: str) -> tuple[Person, ...]:
        """The people who may let this item go: owners of the processes that receive it."""
        owners = dict.fromkeys(process.owner for process in self.receivers.get(item, ()))
        return tuple(self.people[owner] for owner in owners)

    def problems(self, *, complete: bool = True) -> tuple[Problem, ...]:
        """Check the chain. Unknown names are the loader's to report; they are passed over here.

        `complete=False` says that parts of the config could not be read: then nothing is concluded
        from what is absent.
        """
        found = [*self._repeats(), *self._production(), *self._formerly(), *self._loops()]
        if complete:
            found += [*self._unmade(), *self._idle(), *self._alike()]
        return tuple(found)

    def _repeats(self) -> Sequence[Problem]:
        return [
            Problem(
                ("processes", process.key, side, index),
                f"{item!r} stands twice in the {side} of {process.key!r}",
                "Remove one of the two.",
            )
            for process in self.processes.values()
            for side, listed in (("inputs", process.inputs), ("outputs", process.outputs))
            for index, item in enumerate(listed)
            if item in self.items and item in listed[:index]
        ]

    def _production(self) -> Sequence[Problem]:
        found: list[Problem] = []
        for item in self.items.values():
            makers = self.producers.get(item.key, ())
            found.extend(
                Problem(
                    ("processes", extra.key, "outputs", extra.outputs.index(item.key)),
                    f"{item.key!r} is already produced by {makers[0].key!r}",
                    "An item has exactly one producer: keep it in the outputs of one process.",
                )
                for extra in makers[1:]
            )
            if makers and item.external:
                found.append(
                    Problem(
                        ("items", item.key, "external"),
                        f"{item.key!r} is external but {makers[0].key!r} produces it",
                        "Remove `external: true`, or take it out of that process's outputs.",
                    )
                )
        return found

    def _unmade(self) -> Sequence[Problem]:
        found: list[Problem] = []
        for item in self.items.values():
            makers = self.producers.get(item.key, ())
            takers = self.receivers.get(item.key, ())
            if takers and not makers and not item.external:
                found.extend(_unmade(item, takers))
            if makers and not takers:
                maker = makers[0]
                found.append(
                    Problem(
                        ("processes", maker.key, "outputs", maker.outputs.index(item.key)),
                        f"nobody needs {item.key!r}, which {maker.key!r} hands on",
                        "Add it to the inputs of the process that receives it, or remove it.",
                        Severity.WARNING,
                    )
                )
            if not makers and not takers:
                found.append(
                    Problem(
                        ("items", item.key),
                        f"no process hands on or needs {item.key!r}",
                        "Add it to the outputs and inputs of two processes, or remove it.",
                        Severity.WARNING,
                    )
                )
        return found

    def _idle(self) -> Sequence[Problem]:
        """People who own nothing and processes that exchange nothing."""
        owners = {process.owner for process in self.processes.values()}
        people = [
            Problem(
                ("people", person.key),
                f"{person.key!r} owns no process",
                "Make them the owner of one, or remove them.",
                Severity.WARNING,
            )
            for person in self.people.values()
            if person.key not in owners
        ]
        processes = [
            Problem(
                ("processes", process.key),
                f"{process.key!r} receives nothing and hands on nothing",
                "Give it inputs or outputs: without them there is no handover to watch.",
                Severity.WARNING,
            )
            for process in self.processes.values()
            if not process.inputs and not process.outputs
        ]
        return [*people, *processes]

    def _alike(self) -> Sequence[Problem]:
        """Items that people cannot tell apart in a checklist."""
        found: list[Problem] = []
        first: dict[str, str] = {}
        for item in self.items.values():
            other = first.setdefault(item.title.casefold(), item.key)
            if other != item.key:
                found.append(
                    Problem(
                        ("items", item.key, "title"),
                        f"{item.key!r} has the same title as {other!r}",
                        "Give it a title of its own: people see only titles.",
                        Severity.WARNING,
                    )
                )
        return found

    def _formerly(self) -> Sequence[Problem]:
        found: list[Problem] = []
        taken: dict[str, str] = {}
        for item in self.items.values():
            for index, old in enumerate(item.formerly):
                path = ("items", item.key, "formerly", index)
                if old in self.items:
                    hint = "`formerly` names a key that is gone; remove one of the two."
                    found.append(Problem(path, f"{old!r} is still an item of this config", hint))
                elif old in taken:
                    text = f"{old!r} is already the former name of {taken[old]!r}"
                    found.append(Problem(path, text, "One old item can become only one new item."))
                taken.setdefault(old, item.key)
        return found

    def _loops(self) -> Sequence[Problem]:
        """Report each loop of processes once, at the first process of the file that is in it."""
        makers = {item: made[0].key for item, made in self.producers.items() if made}
        state: dict[str, int] = {}  # 1: on the path we walk, 2: done
        found: list[Problem] = []
        for start in self.processes:
            path: list[str] = []
            stack: list[tuple[str, int]] = [(start, 0)] if start not in state else []
            while stack:
                key, position = stack.pop()
                if position == 0:
                    state[key] = 1
                    path.append(key)
                inputs = self.processes[key].inputs
                if position == len(inputs):
                    state[key] = 2
                    path.pop()
                    continue
                stack.append((key, position + 1))
                maker = makers.get(inputs[position])
                if maker is None:
                    continue
                if state.get(maker) == 1:
                    found.append(self._loop(path[path.index(maker) :], key, position))
                elif maker not in state:
                    stack.append((maker, 0))
        return found

    def _loop(self, members: Sequence[str], key: str, position: int) -> Problem:
        item = self.processes[key].inputs[position]
        around = " → ".join([*reversed(members), members[-1]])
        text = f"{key!r} waits for its own result ({item!r})"
        if len(members) > 1:
            text = f"{key!r} needs {item!r} and the chain goes round in a loop: {around}"
        return Problem(
            ("processes", key, "inputs", position),
            text,
            "A process cannot wait for what is made after it: remove one of these inputs.",
        )


def _index(processes: Mapping[str, Process], side: str) -> dict[str, tuple[Process, ...]]:
    index: dict[str, list[Process]] = {}
    for process in processes.values():
        for item in dict.fromkeys(getattr(process, side)):
            index.setdefault(item, []).append(process)
    return {item: tuple(found) for item, found in index.items()}


def _unmade(item: Item, takers: Sequence[Process]) -> Sequence[Problem]:
    return [
        Problem(
            ("processes", taker.key, "inputs", taker.inputs.index(item.key)),
            f"{taker.key!r} waits for {item.key!r}, which no process hands on",
            "Add it to the outputs of the process that makes it, or mark the item `external: true`"
            " if it comes from outside.",
        )
        for taker in takers
    ]
