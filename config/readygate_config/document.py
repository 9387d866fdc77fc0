"""One merged config on its way from a tree to values: shape first, then names, then the chain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field

from readygate.contract import ContractBook, Process
from readygate.errors import Problem, Severity
from readygate.pipeline import Pipeline, unreached
from readygate_config import building
from readygate_config.checking import Checker
from readygate_config.fields import UNREADABLE, Version, is_readable
from readygate_config.kinds import KINDS, OTHER, Kind, kind_of
from readygate_config.merging import SECTIONS, SINGLES
from readygate_config.naming import check_keys, resolve
from readygate_config.nodes import Node, Scalar, Table, find, plain
from readygate_config.shape import (
    ItemShape,
    PersonShape,
    PipelineShape,
    ProcessShape,
    Shape,
    TrackerShape,
)
from readygate_config.shown import found, one_of, shown, suggestion
from readygate_config.values import Config

_EXAMPLES = {
    "trackers": "main: { kind: jira, url: https://example.atlassian.net }",
    "people": "anna: { name: Anna Kotova, email: anna@example.com }",
    "items": "contract_scan: { title: Signed contract }",
    "processes": "sales: { title: Sales, owner: anna }",
    "pipelines": "deals: { tracker: main, … }",
}
_FREE = "x-"
"""Keys at the top that begin with this are left alone: a place for anchors."""


class HeadShape(Shape):
    """The single values at the top."""

    stand_ins: ClassVar[Mapping[str, Any]] = {"version": 1}
    version: Version = Field(description="The version of this format.", examples=[1])
    language: Literal["en", "ru"] = Field(
        "en", description="The language of what is written into the tracker."
    )


class Document:
    """Checks in stages; each stage works with whatever of the earlier ones was usable."""

    def __init__(self, root: Table, kinds: Sequence[str]) -> None:
        self._root = root
        self._kinds = kinds
        self._checker = Checker(root)
        self._language = "en"
        self._people: dict[str, PersonShape] = {}
        self._items: dict[str, ItemShape] = {}
        self._processes: dict[str, ProcessShape] = {}
        self._trackers: dict[str, TrackerShape] = {}
        self._pipelines: dict[str, PipelineShape] = {}
        self._whole = True  # nothing that the chain depends on is missing from what could be read
        self._damaged: set[str | int] = set()
        self._built: ContractBook | None = None
        self._paths: tuple[Pipeline, ...] = ()

    def take_problems(self) -> list[Problem]:
        """The problems since the last call."""
        taken, self._checker.problems = self._checker.problems, []
        return taken

    def check_shape(self, *, complete: bool) -> None:
        """Judge every table alone. `complete`: no file is missing, so all sections must be here."""
        self._check_top(complete=complete)
        for section in SECTIONS:
            table = self._section(section)
            if table:
                check_keys(self._checker, section, table)
        for key in self._keys("trackers"):
            self._check_tracker(key)
        for key in self._keys("people"):
            self._check_person(key)
        for key in self._keys("items"):
            if item := self._checker.check(ItemShape, ("items", key)):
                self._items[key] = item
        for key in self._keys("processes"):
            if process := self._checker.check(ProcessShape, ("processes", key)):
                self._processes[key] = process
        for key in self._keys("pipelines"):
            self._check_pipeline(key)
        self._checker.tell_empty()
        paths = [problem.path for problem in self._checker.problems]
        self._whole = not any(path[:1] in {("items",), ("processes",)} for path in paths)
        self._damaged = {path[1] for path in paths if path[:1] == ("pipelines",) and path[2:]}

    def check_names(self) -> None:
        """Look up every name that is used, and build the chain with what was meant."""
        processes = {key: self._process(key, shape) for key, shape in self._processes.items()}
        self._built = ContractBook(
            {key: building.person(key, shape) for key, shape in self._people.items()},
            {key: building.item(key, shape) for key, shape in self._items.items()},
            processes,
        )
        self._paths = tuple(self._pipeline(key, shape) for key, shape in self._pipelines.items())
        self._check_same_deals()
        self._check_unused()

    def chain_problems(self) -> list[Problem]:
        """What is wrong with the chain and the order of stages."""
        if self._built is None:
            return []
        problems: list[Problem] = [*self._built.problems(complete=self._whole)]
        for pipeline in self._paths:
            whole = self._whole and pipeline.key not in self._damaged
            problems += pipeline.problems(self._built, complete=whole)
        if self._whole:
            problems += unreached(self._built, self._paths)
        return [replace(one, place=self._checker.place(one.path)) for one in problems]

    def config(self, warnings: tuple[Problem, ...], files: tuple[Path, ...]) -> Config:
        """The values; only after all checks have passed."""
        if self._built is None:
            raise RuntimeError("check_names comes first")
        trackers = {
            key: building.tracker(key, shape, self._checker.place(("trackers", key)))
            for key, shape in self._trackers.items()
        }
        stamp = building.stamp(self._built, self._paths, trackers.values())
        return Config(
            self._built,
            self._paths,
            trackers,
            self._language,
            warnings,
            stamp,
            files,
            lambda path: self._checker.place(tuple(path)),
        )

    def _section(self, name: str) -> Table | None:
        node = find(self._root, (name,))
        return node if isinstance(node, Table) else None

    def _keys(self, section: str) -> list[str]:
        table = self._section(section)
        return list(table.entries) if table else []

    def _check_top(self, *, complete: bool) -> None:
        tell = self._checker.tell
        for key in self._root.entries:
            if key not in (*SINGLES, *SECTIONS) and not key.startswith(_FREE):
                hint = suggestion(key, (*SINGLES, *SECTIONS))
                tell((key,), f"there is no setting {shown(key)}", hint, key=True)
        head = Table(self._root.file, self._root.line, self._root.column)
        for key in SINGLES:
            node = find(self._root, (key,))
            if node:
                head.entries[key] = node
        if "version" in head.entries or complete:
            self._check_head(head)
        for section in SECTIONS:
            node = find(self._root, (section,))
            if node is None and complete:
                text = f"{shown(section)} is missing"
                tell((), text, f"For example: {section}: {{ {_EXAMPLES[section]} }}")
            elif node is not None:
                self._check_section(section, node)

    def _check_section(self, section: str, node: Node) -> None:
        if isinstance(node, Table):
            if not node.entries:
                text = f"nothing is defined under {shown(section)}"
                self._checker.tell((section,), text, f"For example: {_EXAMPLES[section]}")
            return
        value = plain(node)
        text = f"expected a table of names, found {found(value)}"
        if isinstance(node, Scalar) and value is None:
            text = f"nothing is defined under {shown(section)}"
        self._checker.tell((section,), text, f"For example: {_EXAMPLES[section]}")

    def _check_head(self, head: Table) -> None:
        checker = Checker(head)
        shape = checker.check(HeadShape, ())
        self._checker.problems += checker.problems
        if shape:
            self._language = shape.language

    def _check_tracker(self, key: str) -> None:
        path = ("trackers", key)
        kind = self._kind_at(key)
        if kind is None:
            return
        shape = self._checker.check(kind.tracker, path)
        if shape:
            self._trackers[key] = shape
            if kind is OTHER:
                self._check_free(path, shape, deep=False)

    def _kind_at(self, key: str) -> Kind | None:
        """Tell what is wrong with the kind of a tracker, or give its rules."""
        path = ("trackers", key)
        table = self._checker.table(path, "{ kind: jira, url: https://example.atlassian.net }")
        if table is None:
            return None
        kind = table.entries.get("kind")
        installed = f"Installed are: {one_of(self._kinds)}." if self._kinds else ""
        if kind is None:
            self._checker.tell(path, "'kind' is missing", f"Write `kind: …`. {installed}")
            return None
        name = kind.value if isinstance(kind, Scalar) else None
        if not isinstance(name, str):
            text = f"expected a text, found {found(plain(kind))}"
            self._checker.tell((*path, "kind"), text, installed)
            return None
        if name in self._kinds:
            return kind_of(name)
        text = f"no connector for trackers of the kind {shown(name)} is installed"
        none = "Install the package of a connector."
        hint = suggestion(name, self._kinds, none=none).replace("Known", "Installed")
        self._checker.tell((*path, "kind"), text, hint)
        return KINDS.get(name)

    def _check_person(self, key: str) -> None:
        path = ("people", key)
        shape = self._checker.check(PersonShape, path)
        if shape is None:
            return
        self._people[key] = shape
        for extra in shape.model_extra or {}:
            if extra not in self._kinds:
                known = ("name", "email", *dict.fromkeys((*KINDS, *self._kinds)))
                text = f"there is no setting {shown(extra)}"
                self._checker.tell((*path, extra), text, suggestion(extra, known), key=True)

    def _check_pipeline(self, key: str) -> None:
        path = ("pipelines", key)
        kind = self._kind_of_pipeline(key)
        shape = self._checker.check(kind.pipeline, path)
        if shape:
            self._pipelines[key] = shape
            if kind is OTHER:
                self._check_free(path, shape, deep=True)

    def _kind_of_pipeline(self, key: str) -> Kind:
        """By its tracker; by its looks where the tracker is not known."""
        name = find(self._root, ("pipelines", key, "tracker"))
        kind = None
        if isinstance(name, Scalar) and isinstance(name.value, str):
            kind = find(self._root, ("trackers", name.value, "kind"))
        if isinstance(kind, Scalar) and isinstance(kind.value, str):
            return kind_of(kind.value)
        looks = find(self._root, ("pipelines", key))
        known = looks.entries if isinstance(looks, Table) else {}
        if "project" in known or "issue_type" in known:
            return KINDS["jira"]
        return KINDS["airtable"] if "table" in known else OTHER

    def _check_free(self, path: tuple[str, str], shape: Shape, *, deep: bool) -> None:
        """Settings of a foreign connector: single values, and in a pipeline tables of them."""
        for key in shape.model_extra or {}:
            node = find(self._root, (*path, key))
            values = node.entries if deep and isinstance(node, Table) else {"": node}
            for inner, value in values.items():
                if not isinstance(value, Scalar):
                    where = (*path, key, inner) if inner else (*path, key)
                    text = (
                        f"expected a single value, found {found(plain(value) if value else None)}"
                    )
                    self._checker.tell(where, text, "Write a text, a number, true or false.")

    def _process(self, key: str, shape: ProcessShape) -> Process:
        where = ("processes", key)
        owner = resolve(self._checker, (*where, "owner"), shape.owner, "people")
        sides = {}
        for side, names in (("inputs", shape.inputs), ("outputs", shape.outputs)):
            resolved = []
            for index, name in enumerate(names):
                known = resolve(self._checker, (*where, side, index), name, "items")
                if not known and is_readable(name):
                    self._whole = False
                resolved.append(known or UNREADABLE)
            sides[side] = resolved
        return building.process(key, shape, owner, sides["inputs"], sides["outputs"])

    def _pipeline(self, key: str, shape: PipelineShape) -> Pipeline:
        where = ("pipelines", key)
        tracker = resolve(self._checker, (*where, "tracker"), shape.tracker, "trackers")
        processes = []
        for index, stage in enumerate(shape.stages):
            path = (*where, "stages", index, "process")
            named = stage.process
            processes.append(resolve(self._checker, path, named, "processes") if named else "")
            if named and not processes[-1]:
                self._whole = False
        return building.pipeline(key, shape, tracker, processes, self._language)

    def _check_same_deals(self) -> None:
        """Two pipelines over the same deals would move them to and fro."""
        seen: dict[tuple[str, ...], str] = {}
        for pipeline in self._paths:
            tracker = self._trackers.get(pipeline.tracker)
            kind = kind_of(tracker.kind) if tracker else OTHER
            if tracker is None or kind is OTHER:
                continue
            sites = [str(getattr(tracker, name)) for name in kind.site]
            deals = [pipeline.place.get(name, "").casefold() for name in kind.deals]
            if not all(is_readable(part) for part in deals):
                continue
            other = seen.setdefault((*sites, *deals), pipeline.key)
            if other != pipeline.key:
                text = f"{shown(other)} is a pipeline of the same deals"
                hint = f"Deals have one pipeline: change {' or '.join(kind.deals)}, or remove one."
                self._checker.tell(("pipelines", pipeline.key), text, hint, key=True)

    def _check_unused(self) -> None:
        used = {pipeline.tracker for pipeline in self._paths}
        for key in self._trackers:
            if key not in used:
                text = f"no pipeline uses the tracker {shown(key)}"
                self._warn(("trackers", key), text, "Remove it, or add a pipeline.")

    def _warn(self, path: tuple[str, ...], text: str, hint: str) -> None:
        place = self._checker.place(path)
        self._checker.problems.append(Problem(path, text, hint, Severity.WARNING, place))
