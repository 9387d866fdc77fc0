"""Takes everything of ours out of a workflow, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from readygate_jira.guard.document import Rule, Workflow, rules_of, without_rule
from readygate_jira.guard.marks import Mark, Part, mark_of, unmarked
from readygate_jira.translate import Json


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A workflow without us, and as it was. `dropped` are transitions that were ours altogether.

    `taken` and `kept` say, for people, what was taken out and what was left for its owner.
    """

    workflow: Workflow
    before: Workflow
    dropped: tuple[dict[str, Any], ...]
    taken: tuple[str, ...]
    kept: tuple[str, ...]


def cleaned(workflow: Workflow, key: str, *, only: Part | None = None) -> Cleaned:
    """Take out all that carries our mark `key`; with `only`, the transitions of that part."""
    marks = [mark_of(one, key) for one in workflow.transitions]
    cleaning = _Cleaning(workflow, key)
    for transition, mark in zip(workflow.transitions, marks, strict=True):
        if mark is None or (only is not None and mark.part is not only):
            cleaning.kept_transitions.append(transition)
        else:
            cleaning.take(transition, mark)
    cleaning.leave_edited_copies()
    return Cleaned(
        workflow.with_transitions(cleaning.kept_transitions),
        workflow,
        tuple(cleaning.dropped),
        tuple(cleaning.taken),
        tuple(cleaning.kept),
    )


class _Cleaning:
    def __init__(self, workflow: Workflow, key: str) -> None:
        self._workflow = workflow
        self._key = key
        self._spared: list[dict[str, Any]] = []
        self.kept_transitions: list[dict[str, Any]] = []
        self.dropped: list[dict[str, Any]] = []
        self.taken: list[str] = []
        self.kept: list[str] = []

    def take(self, transition: dict[str, Any], mark: Mark) -> None:
        match mark.part:
            case Part.HELD:
                self.kept_transitions.append(self._bare(transition, mark))
            case Part.REST:
                self.kept_transitions.append(self._whole(transition, mark))
            case Part.COPY if self._original(mark) is None:
                self._spared.append(transition)
            case _:
                self.dropped.append(transition)
                if mark.part is not Part.COPY:
                    self.taken.append(f"the transition {name_of(self._workflow, transition)}")

    def leave_edited_copies(self) -> None:
        """A part of a split whose other part was edited since stays, without our rule."""
        for transition in self._spared:
            mark = mark_of(transition, self._key)
            if mark is not None:
                self.kept_transitions.append(self._bare(transition, mark))
                text = f"{name_of(self._workflow, transition)} stays a transition of its own:"
                self.kept.append(f"{text} it or the one it was split from was changed since")

    def _bare(self, transition: dict[str, Any], mark: Mark) -> dict[str, Any]:
        """Without our rules and our mark."""
        name = name_of(self._workflow, transition)
        for rule in mark.rules:
            without = without_rule(transition, rule)
            if without is None:
                self.kept.append(f"our rule on {name} was changed or removed by somebody: left so")
                continue
            transition = without
            self.taken.append(f"our rule on {name}")
        return unmarked(transition, self._key)

    def _whole(self, transition: dict[str, Any], mark: Mark) -> dict[str, Any]:
        """Put a split transition together again, if both parts are still alike."""
        bare = self._bare(transition, mark)
        copies = self._copies(transition)
        if not copies or not all(self._alike(copy, bare) for copy in copies):
            text = f"{name_of(self._workflow, transition)} stays split: it was changed since"
            self.kept.append(text)
            return bare
        self.taken.append(f"the split of {name_of(self._workflow, transition)}")
        if mark.was_global:
            return {**bare, "type": "GLOBAL", "links": []}
        links = [link for one in (bare, *copies) for link in one.get("links") or ()]
        order = {reference: index for index, reference in enumerate(mark.sources)}
        links.sort(key=lambda link: order.get(str(link.get("fromStatusReference")), len(order)))
        return {**bare, "links": links}

    def _copies(self, transition: Mapping[str, Any]) -> list[dict[str, Any]]:
        return [
            one
            for one in self._workflow.transitions
            if (mark := mark_of(one, self._key))
            and mark.part is Part.COPY
            and mark.copies == str(transition.get("id"))
        ]

    def _original(self, mark: Mark) -> dict[str, Any] | None:
        """The transition that a copy was split from, if it can still be put together with it."""
        for one in self._workflow.transitions:
            known = mark_of(one, self._key)
            if str(one.get("id")) == mark.copies and known and known.part is Part.REST:
                bare = stripped(one, self._key)
                alike = all(bare and self._alike(copy, bare) for copy in self._copies(one))
                return one if alike else None
        return None

    def _alike(self, copy: dict[str, Any], original: Mapping[str, Any]) -> bool:
        bare = stripped(copy, self._key)
        return bare is not None and _essence(bare) == _essence(original)


def stripped(transition: dict[str, Any], key: str) -> dict[str, Any] | None:
    """Without our rules and our mark; None where a rule of ours is not as we wrote it."""
    mark = mark_of(transition, key)
    bare: dict[str, Any] | None = transition
    for rule in mark.rules if mark else ():
        bare = without_rule(bare, rule) if bare else None
    return unmarked(bare, key) if bare else None


def fits(current: dict[str, Any], wanted: dict[str, Any], key: str) -> bool:
    """Whether a transition of ours says what is wanted, with whatever Jira has added to it."""
    mark, known = mark_of(wanted, key), mark_of(current, key)
    if mark is None or known is None or mark.text() != known.text():
        return False
    same_way = all(
        _plain(current.get(name)) == _plain(wanted.get(name))
        for name in ("name", "type", "toStatusReference")
    ) and _sources(current) == _sources(wanted)
    there, asked = list(rules_of(current)), list(rules_of(wanted))
    rules = len(there) == len(asked) and _has(there, asked)
    return same_way and rules and _has(current.get("actions"), wanted.get("actions"))


def _has(there: Sequence[Json] | None, asked: Sequence[Json] | None) -> bool:
    wanted = (Rule(str(one["ruleKey"]), one.get("parameters") or {}) for one in asked or ())
    return all(any(rule.matches(one) for one in there or ()) for rule in wanted)


def _sources(transition: Mapping[str, Any]) -> list[str]:
    links = transition.get("links") or ()
    return sorted(str(link.get("fromStatusReference")) for link in links)


def _essence(transition: Mapping[str, Any]) -> dict[str, Any]:
    """What two parts of a split have in common."""
    own = ("id", "links", "type")
    return {key: _plain(value) for key, value in transition.items() if key not in own and value}


def same(first: Workflow, second: Workflow) -> bool:
    """Whether two documents say the same; the ids that Jira gives to rules do not count."""
    ours = [_plain(one) for one in first.transitions]
    return ours == [_plain(one) for one in second.transitions]


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        rule = "ruleKey" in value
        return {
            key: _plain(one)
            for key, one in value.items()
            if not (rule and key == "id") and one not in (None, {}, [], "")
        }
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(one) for one in value]
    return value


def name_of(workflow: Workflow, transition: Mapping[str, Any]) -> str:
    """A transition as people find it: its name, where from and where to."""
    target = workflow.target(transition)
    arrow = f" → {workflow.named(target)}" if target else ""
    if transition.get("type") == "GLOBAL":
        return f"{transition.get('name')!r} (any status{arrow})"
    sources = ", ".join(workflow.named(one) for one in workflow.sources(transition))
    return f"{transition.get('name')!r} ({sources}{arrow})"
