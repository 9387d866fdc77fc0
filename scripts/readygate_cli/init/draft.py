"""What was decided, as a config: a new one with comments, or an addition to one that is there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from readygate.contract import Item, Person
from readygate_cli.init.proposing import StagePlan
from readygate_config.drafting import Entry, Plain, block

SECTIONS = ("trackers", "people", "items", "processes", "pipelines")
DUE_DAYS = 3
"""When an item is due if nothing else is said; as in the examples."""

Texts = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class ProcessDraft:
    """One process. `inputs` are keys of items; `known` ones stand in the config already."""

    key: str
    title: str
    owner: str = ""
    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    known: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One pipeline with all that it needs. `people` and `items` are new ones only.

    `tracker` holds the settings of a new tracker, None for one of the config. `place` are the
    settings that say where the deals live. `headings` tells what stands above an item. `native`
    tells that the tracker itself could refuse a move.
    """

    language: str
    pipeline: str
    tracker_key: str
    kind: str
    tracker: Mapping[str, Any] | None
    place: Mapping[str, str]
    settings: Mapping[str, Any]
    guard: str
    by: str
    native: bool
    people: tuple[Person, ...]
    items: tuple[Item, ...]
    headings: Mapping[str, str]
    processes: tuple[ProcessDraft, ...]
    stages: tuple[StagePlan, ...]
    limits: Mapping[str, int] = field(default_factory=lambda: {"returns": 10, "opens": 500})

    def whole(self, _: Texts) -> str:
        """A config of its own, with comments for whoever reads it first."""
        parts = self.parts(_)
        head = "".join(f"# {line}\n" for line in _head(_).splitlines())
        said = Entry("language", self.language, beside=_("of what is written into the tracker"))
        sections = (Entry(name, tuple(parts[name]), comment=_about(name, _)) for name in SECTIONS)
        return "\n".join(
            [head, block([Entry("version", 1), said]), *(block([one]) for one in sections)]
        )

    def parts(self, _: Texts) -> dict[str, list[Entry]]:
        """The new entries of every section."""
        return {
            "trackers": [] if self.tracker is None else [self._tracker()],
            "people": [_person(one, self.kind) for one in self.people],
            "items": [_item(one, self.headings.get(one.key, "")) for one in self.items],
            "processes": [_process(one) for one in self.processes if not one.known],
            "pipelines": [self._pipeline(_)],
        }

    def outputs(self) -> dict[str, list[str]]:
        """Items that processes of the existing config hand on from now on."""
        return {one.key: list(one.outputs) for one in self.processes if one.known and one.outputs}

    def _tracker(self) -> Entry:
        return Entry(self.tracker_key, {"kind": self.kind, **(self.tracker or {})})

    def _pipeline(self, _: Texts) -> Entry:
        entries = [
            Entry("tracker", self.tracker_key),
            *(Entry(name, value) for name, value in self.place.items()),
            *(Entry(name, value, beside=_beside(name, _)) for name, value in self.settings.items()),
            Entry("guard", self.guard, comment=_guard_comment(self.guard, self.native, _)),
            *([Entry("by", self.by)] if self.by else ()),
            Entry(
                "due", {"days": DUE_DAYS}, beside=_("an item is due so long after it was opened")
            ),
            Entry("limits", dict(self.limits), beside=_("more in one run needs --force")),
            Entry("stages", [*self._stages()]),
        ]
        return Entry(self.pipeline, tuple(entries))

    def _stages(self) -> Iterator[Plain]:
        keys = {one.title: one.key for one in self.processes}
        for stage in self.stages:
            if stage.exit:
                yield {"stage": stage.name, "exit": True}
            elif stage.process:
                yield {"stage": stage.name, "process": keys[stage.process]}


def _person(one: Person, kind: str) -> Entry:
    value: dict[str, Plain] = {"name": one.name}
    if one.email:
        value["email"] = one.email
    elif one.accounts.get(kind):
        value[kind] = one.accounts[kind]
    return Entry(one.key, value)


def _item(one: Item, heading: str) -> Entry:
    value: dict[str, Plain] = {"title": one.title}
    if one.help:
        value["help"] = one.help
    if one.when:
        value["when"] = {"field": one.when.field, "in": list(one.when.values)}
    if one.due_days:
        value["due"] = {"days": one.due_days}
    if one.external:
        value["external"] = True
    if not one.required:
        value["required"] = False
    return Entry(one.key, value, comment=heading)


def _process(one: ProcessDraft) -> Entry:
    entries = [Entry("title", one.title), Entry("owner", one.owner)]
    for name, keys in (("inputs", one.inputs), ("outputs", one.outputs)):
        if keys:
            entries.append(Entry(name, list(keys)))
    return Entry(one.key, tuple(entries))


def _head(_: Texts) -> str:
    return _(
        "Who owns each process, what it must receive and what it hands on. Written by\n"
        "`readygate init`; change whatever you like, then run `readygate check`. Every key is\n"
        "explained in docs/config.md."
    )


def _about(section: str, _: Texts) -> str:
    """The comment above a section."""
    match section:
        case "trackers":
            return _(
                "Where deals live. Tokens never stand here: they are in .env beside this file."
            )
        case "people":
            return _("Whoever owns a process.")
        case "items":
            return _(
                "Everything that changes hands. More about an item: help: (what exactly is\n"
                "expected), required: false (shown, but nobody waits for it), due: { days: 1 }."
            )
        case "processes":
            return _(
                "Exactly one person answers for each process. What one hands on is what the next\n"
                "one waits for."
            )
        case _:
            return _(
                "The path of deals. A gate is the entry into the first stage of a process that\n"
                "has inputs."
            )


def _beside(setting: str, _: Texts) -> str:
    """What is said beside a setting that the connector proposed."""
    if setting == "waived_as":
        return _("closed like this, by the owner who receives it: let go, not handed over")
    if setting == "adopt":
        return _("older deals get their checklist when they next change")
    return _("made by `readygate setup`") if setting == "checklist" else ""


def _guard_comment(guard: str, native: bool, _: Texts) -> str:  # noqa: FBT001 - see Draft
    if guard != "advise":
        return ""
    text = _(
        "advise: for a first period nothing is moved, a deal that went on too early only gets a\n"
        "comment. When a week or two of comments were right, write `return` here, look at what\n"
        "`readygate plan` would do, and leave it at that: then such a deal is moved back."
    )
    stronger = _("Stronger still is `native`: the tracker itself refuses the move (docs/guard.md).")
    return f"{text}\n{stronger}" if native else text


def merged_outputs(
    processes: Sequence[ProcessDraft], gives: Mapping[str, Iterable[str]]
) -> tuple[ProcessDraft, ...]:
    """The processes, each with what it hands on (process key -> items)."""
    return tuple(replace(one, outputs=tuple(gives.get(one.key, ()))) for one in processes)
