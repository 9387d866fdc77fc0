"""A pipeline's place in Jira, as ids: what the binding keeps so that no run asks again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from readygate.deal import Mark

ITEM_PROPERTY = "readygate.item"
"""The issue property that makes a subtask ours: `{"v": 1, "key": "<deal id>/<item key>",
"retired": bool, "stored": mark}`, the last only on retired items."""

ATTEMPT_PROPERTY = "readygate.attempt"
"""The comment property by which an explanation is found again: `{"id": "<attempt>"}`."""

OPTIONAL_ITEM_FIELDS = ("description", "assignee", "duedate")
"""Fields of a checklist item that are left out where the create screen does not have them."""


@dataclass(frozen=True, slots=True)
class StatusName:
    """A status: its name and the key of its category (new, indeterminate, done, undefined)."""

    name: str
    category: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardRecord:
    """The guard of one issue type in one project, as it was installed.

    `mode` is the guard in the core's words. `statuses_mean` is what the site was found to make of
    the statuses of the child condition: `allow` or `deny`, "" where it was not asked. `backs`:
    hidden transition -> the status it leads back to. `moves`: "from>to" -> the closed transition.
    `fields`: gate -> the field that says it is open. `requested`: the field in which requests
    arrive, `asks`: what it says -> the status that is meant.
    """

    mode: str = ""
    statuses_mean: str = ""
    backs: Mapping[str, str] = field(default_factory=dict)
    moves: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    requested: str = ""
    asks: Mapping[str, str] = field(default_factory=dict)

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> GuardRecord:
        """Back from plain JSON; what is missing has its default."""
        texts = {name: str(data.get(name) or "") for name in ("mode", "statuses_mean", "requested")}
        tables = {
            name: {str(key): str(value) for key, value in dict(data.get(name) or {}).items()}
            for name in ("backs", "moves", "fields", "asks")
        }
        return GuardRecord(
            mode=texts["mode"],
            statuses_mean=texts["statuses_mean"],
            requested=texts["requested"],
            backs=tables["backs"],
            moves=tables["moves"],
            fields=tables["fields"],
            asks=tables["asks"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One pipeline resolved. All but names and `project_key` are ids.

    `fields`: config name of a condition field -> field id. `item_fields`: which of
    OPTIONAL_ITEM_FIELDS can be set. `statuses`: those of the deal type and of the item type;
    `deal_statuses`: the first alone. `deal_type_said`: the type as the config called it.
    `guard`: what `readygate guard install` has left in the project.
    """

    project: str
    project_key: str
    deal_type: str
    item_type: str
    fields: Mapping[str, str] = field(default_factory=dict)
    item_fields: tuple[str, ...] = OPTIONAL_ITEM_FIELDS
    waived_statuses: tuple[str, ...] = ()
    waived_resolutions: tuple[str, ...] = ()
    statuses: Mapping[str, StatusName] = field(default_factory=dict)
    deal_statuses: tuple[str, ...] = ()
    deal_type_said: str = ""
    guard: GuardRecord = field(default_factory=GuardRecord)

    @property
    def read_fields(self) -> tuple[str, ...]:
        """The fields of a deal that are read besides those that every deal has."""
        own = (*self.guard.fields.values(), self.guard.requested)
        return (*self.fields.values(), *(ref for ref in own if ref))

    def asked(self, text: str) -> tuple[str, str]:
        """The status that a request names, and what people call it; ("", "") for no request."""
        if not text:
            return "", ""
        known = {name.casefold(): ref for name, ref in self.guard.asks.items()}
        return known.get(text.casefold(), text), text

    def mark(self, status: str, *, closed: bool, resolution: str) -> Mark:
        """The mark that a status and a resolution stand for; being retired is another matter."""
        if not closed:
            return Mark.OPEN
        if status in self.waived_statuses or resolution in self.waived_resolutions:
            return Mark.WAIVED
        return Mark.TICKED

    def is_closed(self, status: str) -> bool:
        """Whether a status means done; one that we do not know does not."""
        known = self.statuses.get(status)
        return known is not None and known.category == "done"

    def status_name(self, status: str) -> str:
        """What people call a status."""
        known = self.statuses.get(status)
        return known.name if known else status

    def to_json(self) -> dict[str, Any]:
        """As plain JSON for the binding."""
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
        }

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> Place:
        """Back from plain JSON."""
        return Place(
            project=data["project"],
            project_key=data["project_key"],
            deal_type=data["deal_type"],
            item_type=data["item_type"],
            fields=dict(data["fields"]),
            item_fields=tuple(data["item_fields"]),
            waived_statuses=tuple(data["waived_statuses"]),
            waived_resolutions=tuple(data["waived_resolutions"]),
            statuses={ref: StatusName(**known) for ref, known in data["statuses"].items()},
            deal_statuses=tuple(data["deal_statuses"]),
            deal_type_said=data.get("deal_type_said", ""),
            guard=GuardRecord.from_json(data.get("guard") or {}),
        )
