"""Our marks in a workflow: a transition property that says what of a transition is ours.

They stand in the workflow itself, so that everything of ours can be taken out again by anybody who
has only the workflow: after a crash, on another host, with a lost ledger.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from readygate_jira.guard.document import (
    CHILD_CONDITION,
    FIELD_VALIDATOR,
    RESTRICT_CONDITION,
    Rule,
)
from readygate_jira.translate import Json


class Part(StrEnum):
    """What a transition is to us.

    `held`: a transition of the admin's with our rules on it. `rest`: one of the admin's that was
    split; its other sources are held by a `copy`. The others are ours altogether: `probe` lives for
    seconds, `request` is how people ask for a move, `back` is a hidden way back.
    """

    HELD = "held"
    REST = "rest"
    COPY = "copy"
    PROBE = "probe"
    REQUEST = "request"
    BACK = "back"


@dataclass(frozen=True, slots=True)
class Mark:
    """One mark: the part and the rules that we put on.

    A REST remembers what it was before: global, or leading from `sources` (references of this
    workflow, in order). A COPY remembers the id of the transition that it `copies`.
    """

    part: Part
    rules: tuple[Rule, ...] = ()
    was_global: bool = False
    sources: tuple[str, ...] = ()
    copies: str = ""

    def text(self) -> str:
        """As the property holds it: words, the first of them the version of this form."""
        words = ["v1", str(self.part)]
        words += ["global"] if self.was_global else []
        words += [f"from:{','.join(self.sources)}"] if self.sources else []
        words += [f"of:{self.copies}"] if self.copies else []
        words += [_rule_word(rule) for rule in self.rules]
        return " ".join(words)


def key_of(project: str, deal_type: str) -> str:
    """The property of one project and type: several pipelines may share a workflow."""
    return f"readygate.{project}.{deal_type}"


def mark_of(transition: Json, key: str) -> Mark | None:
    """Our mark on a transition; None where it has none that we can read."""
    text = (transition.get("properties") or {}).get(key)
    if not isinstance(text, str):
        return None
    words = text.split()
    try:
        version, part, *rest = words
        found = Part(part)
    except ValueError:
        return None
    if version != "v1":
        return None
    messages = _messages(transition)
    rules = [rule for word in rest if (rule := _read_rule(word, messages))]
    told = dict(word.split(":", 1) for word in rest if ":" in word)
    return Mark(
        found,
        tuple(rules),
        was_global="global" in rest,
        sources=tuple(part for part in told.get("from", "").split(",") if part),
        copies=told.get("of", ""),
    )


def marked(transition: dict[str, Any], key: str, mark: Mark) -> dict[str, Any]:
    """The transition with a mark."""
    properties = dict(transition.get("properties") or {})
    return {**transition, "properties": {**properties, key: mark.text()}}


def unmarked(transition: dict[str, Any], key: str) -> dict[str, Any]:
    """The transition without our mark."""
    properties = {k: v for k, v in (transition.get("properties") or {}).items() if k != key}
    return {**transition, "properties": properties}


def children_rule(statuses: str) -> Rule:
    """Blocks by the statuses of all subtasks; comma-separated ids."""
    return Rule(CHILD_CONDITION, {"blocker": "CHILD", "statusIds": statuses})


LOCK = Rule(RESTRICT_CONDITION, {"restrictMode": "users"})
"""Closed to people, open to REST."""


def field_rule(field: str, message: str) -> Rule:
    """Asks for a field to be filled, with what people are told otherwise."""
    parameters = {
        "ruleType": "fieldRequired",
        "fieldsRequired": field,
        "ignoreContext": "false",
        "errorMessage": message,
    }
    return Rule(FIELD_VALIDATOR, parameters)


def _rule_word(rule: Rule) -> str:
    match rule.key:
        case "system:parent-or-child-blocking-condition":
            return f"subtasks:{rule.parameters['statusIds']}"
        case "system:validate-field-value":
            return f"field:{rule.parameters['fieldsRequired']}"
        case _:
            return "locked"


def _read_rule(word: str, messages: dict[str, str]) -> Rule | None:
    kind, _, rest = word.partition(":")
    match kind:
        case "subtasks":
            return children_rule(rest)
        case "field":
            return field_rule(rest, messages.get(rest, ""))
        case "locked":
            return LOCK
        case _:
            return None


def _messages(transition: Json) -> dict[str, str]:
    """What validators of fields say now: the words are nobody's secret, and may be edited."""
    found: dict[str, str] = {}
    for rule in transition.get("validators") or ():
        told = rule.get("parameters") or {}
        if rule.get("ruleKey") == FIELD_VALIDATOR and told.get("ruleType") == "fieldRequired":
            found[str(told.get("fieldsRequired"))] = str(told.get("errorMessage", ""))
    return found
