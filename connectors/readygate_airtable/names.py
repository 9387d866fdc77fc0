"""Resolves the names of a config into Airtable's ids: all problems at once, renames followed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from readygate.errors import Finding, Problem
from readygate.pipeline import Pipeline
from readygate.suggesting import suggestion
from readygate_airtable.place import Place
from readygate_airtable.schema import COMPUTED, SELECT, Field, Table

TEXT = ("singleLineText", "multilineText", "richText")
_LINK = ("multipleRecordLinks",)
_CHECKBOX = ("checkbox",)

CHECKLIST_TYPES: Mapping[str, tuple[str, ...]] = {
    "deal": _LINK,
    "key": ("singleLineText", "multilineText"),
    "title": TEXT,
    "done": _CHECKBOX,
    "owner": ("singleCollaborator",),
    "due": ("date", "dateTime"),
    "waived": TEXT,
    "retired": _CHECKBOX,
    "notes": TEXT,
}
"""Setting under `checklist:` -> the types its field may have."""

_LABELS = {
    "singleLineText": "single line text",
    "multilineText": "long text",
    "richText": "long text with formatting",
    "multipleRecordLinks": "link to another record",
    "checkbox": "checkbox",
    "singleCollaborator": "user",
    "date": "date",
    "dateTime": "date with time",
    "singleSelect": "single select",
}
Thing = TypeVar("Thing", Table, Field)

_SETUP = "`readygate setup` can create what is missing."


@dataclass(slots=True)
class Resolution:
    """Resolves one pipeline. Read `place` and `stages` when `problems` is empty."""

    pipeline: Pipeline
    tables: Sequence[Table]
    conditions: Collection[str]
    previous: Place | None
    previous_stages: Mapping[str, str]
    problems: list[Problem] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    stages: dict[str, str] = field(default_factory=dict)
    _ids: dict[str, str] = field(default_factory=dict)
    _names: dict[str, str] = field(default_factory=dict)

    def run(self) -> Place | None:
        """Look everything up in the schema; None if something is missing."""
        deals = self._table("table")
        items = self._table("checklist.table")
        stage = self._field(deals, "stage_field", (SELECT,))
        wanted = self._field(deals, "requested_field", (SELECT,))
        self._field(deals, "missing_field", TEXT)
        for name, types in CHECKLIST_TYPES.items():
            self._field(items, f"checklist.{name}", types)
        conditions = self._conditions(deals)
        rows = self._rows(deals, items)
        if stage:
            self._choices(stage)
        if wanted:
            self._requests(wanted)
        if self.problems or not deals or not stage:
            return None
        return Place(
            ids=self._ids,
            names=self._names,
            choices=stage.choices,
            primary=deals.primary,
            rows=rows,
            computed=_is_computed(deals),
            flags=tuple(one.ref for one in conditions.values() if one.type in _CHECKBOX),
            conditions={name: one.ref for name, one in conditions.items()},
        )

    def _problem(self, path: str | tuple[str, ...], message: str, hint: str) -> None:
        told = path.split(".") if isinstance(path, str) else path
        parts = (int(part) if part.isdigit() else part for part in told)
        where = ("pipelines", self.pipeline.key, *parts)
        self.problems.append(Problem(where, message, hint))

    def _finding(self, code: str, text: str) -> None:
        key = self.pipeline.key
        self.findings.append(Finding(code, f"{key}: {text}", data={"pipeline": key}))

    def _known(self, path: str, name: str) -> str:
        """The id that this very name had when it was resolved last."""
        if self.previous and self.previous.names.get(path) == name:
            return self.previous.ids.get(path, "")
        return ""

    def _keep(self, path: str, name: str, ref: str) -> None:
        self._ids[path] = ref
        self._names[path] = name

    def _table(self, path: str) -> Table | None:
        name = self.pipeline.place.get(path, "")
        known = self._known(path, name)
        found = match(name, self.tables)
        if found is None:
            found = next((one for one in self.tables if one.ref == known), None)
            if found:
                text = f"the table {name!r} is called {found.name!r} now; change it in the config"
                self._finding("table-renamed", text)
        if found is None:
            offered = suggestion(name, (one.name for one in self.tables))
            self._problem(path, f"the base has no table {name!r}", f"{offered} {_SETUP}")
            return None
        self._keep(path, name, found.ref)
        return found

    def _field(self, table: Table | None, path: str, types: tuple[str, ...]) -> Field | None:
        name = self.pipeline.place.get(path, "")
        if not name or table is None:
            return None
        known = self._known(path, name)
        found = match(name, table.fields)
        if found is None and known:
            found = table.field(known)
            if found:
                text = f"the field {name!r} of {table.name!r} is called {found.name!r} now;"
                self._finding("field-renamed", f"{text} change it in the config")
        if found is None:
            offered = suggestion(name, (one.name for one in table.fields))
            text = f"the table {table.name!r} has no field {name!r}"
            self._problem(path, text, f"{offered} {_SETUP}")
            return None
        if found.type not in types:
            wanted = " or ".join(label(one) for one in types)
            text = f"the field {name!r} of {table.name!r} is of the type {label(found.type)}"
            self._problem(path, text, f"It must be of the type {wanted}.")
            return None
        self._keep(path, name, found.ref)
        return found

    def _conditions(self, deals: Table | None) -> dict[str, Field]:
        found: dict[str, Field] = {}
        for name in sorted(self.conditions):
            path = f"when.{name}"
            one = match(name, deals.fields) if deals else None
            known = self._known(path, name)
            if deals and one is None and known:
                one = deals.field(known)
                if one:
                    text = f"the field {name!r} is called {one.name!r} now; change it in the config"
                    self._finding("field-renamed", text)
            if deals and one is None:
                text = f"`when` names the field {name!r}, which the table {deals.name!r} has not"
                offered = suggestion(name, (other.name for other in deals.fields))
                self._problem(("when", name), text, f"{offered} {_SETUP}")
            if one is None:
                continue
            if one.type in COMPUTED or one.type in _LINK:
                self._unfit(name, one)
                continue
            self._keep(path, name, one.ref)
            found[name] = one
        return found

    def _unfit(self, name: str, found: Field) -> None:
        if found.type in _LINK:
            text = f"`when` names the field {name!r}, which links to other records"
            hint = "Airtable tells only their ids. Name a select, text, number or checkbox field."
        else:
            text = f"`when` names the field {name!r}, which Airtable computes ({found.type})"
            hint = (
                "Airtable does not tell when a computed value changes, so the checklist would not"
                " follow it. Name a field that people fill in."
            )
        self._problem(("when", name), text, hint)

    def _rows(self, deals: Table | None, items: Table | None) -> str:
        link = items.field(self._ids["checklist.deal"]) if items and self._linked() else None
        if deals is None or link is None:
            return ""
        name = self.pipeline.place["checklist.deal"]
        if link.linked != deals.ref:
            text = f"the field {name!r} does not link to the table {deals.name!r}"
            self._problem("checklist.deal", text, "Name the field that links to the deals.")
        elif not link.inverse:
            text = f"the field {name!r} has no field on the other side, in {deals.name!r}"
            self._problem("checklist.deal", text, "Delete the link and create it anew.")
        return link.inverse

    def _linked(self) -> bool:
        return "checklist.deal" in self._ids

    def _choices(self, stage: Field) -> None:
        for index, wanted in enumerate(self.pipeline.stages):
            exact = [ref for ref, name in stage.choices.items() if name == wanted.name]
            known = self.previous_stages.get(wanted.name, "")
            if exact:
                self.stages[wanted.name] = exact[0]
            elif known in stage.choices:
                self.stages[wanted.name] = known
                text = f"the stage {wanted.name!r} is called {stage.choices[known]!r} now;"
                self._finding("stage-renamed", f"{text} change it in the config")
            else:
                self._problem(
                    f"stages.{index}.stage",
                    f"the field {stage.name!r} has no choice {wanted.name!r}",
                    suggestion(wanted.name, stage.choices.values()),
                )

    def _requests(self, wanted: Field) -> None:
        """Everything that may be asked for must be a choice of the field people ask in."""
        have = set(wanted.choices.values())
        lacking = [one.name for one in self.pipeline.stages if one.name not in have]
        if lacking:
            names = ", ".join(repr(name) for name in lacking)
            text = f"the field {wanted.name!r} has no choice {names}, so nobody can ask for it"
            self._finding("no-such-request", text)


def match(name: str, offered: Sequence[Thing]) -> Thing | None:
    """The one with this name, else the only one that differs in case alone, else by id."""
    wanted = name.casefold().strip()
    for found in (
        [one for one in offered if one.name == name],
        [one for one in offered if one.name.casefold().strip() == wanted],
        [one for one in offered if one.ref == name],
    ):
        if len(found) == 1:
            return found[0]
    return None


def _is_computed(table: Table) -> bool:
    primary = table.field(table.primary)
    return primary is None or primary.type in COMPUTED


def label(kind: str) -> str:
    """What people call a type of field, in quotes."""
    return repr(_LABELS.get(kind, kind))
