"""A pipeline's place in a base, as ids: what the binding keeps so that no run asks again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One pipeline resolved.

    `ids` maps the path of a name in the config (`table`, `checklist.done`, `when.Service`) to the
    id of that table or field, and `names` to the name it had then. `choices`: id of a stage -> its
    name. `primary` is the field that people call a deal by, `computed` tells whether Airtable fills
    it, so that no change of it can be asked for. `rows` is the deals' side of the link from the
    checklist. `flags` are condition fields that are checkboxes.
    """

    ids: Mapping[str, str]
    names: Mapping[str, str]
    choices: Mapping[str, str]
    primary: str
    rows: str
    computed: bool = False
    flags: tuple[str, ...] = ()
    conditions: Mapping[str, str] = field(default_factory=dict)

    @property
    def deals(self) -> str:
        """The table of deals."""
        return self.ids["table"]

    @property
    def stage(self) -> str:
        """The field with the stage."""
        return self.ids["stage_field"]

    @property
    def requested(self) -> str:
        """The field in which people ask for a stage; "" without one."""
        return self.ids.get("requested_field", "")

    @property
    def missing(self) -> str:
        """The text field that tells what is missing; "" without one."""
        return self.ids.get("missing_field", "")

    @property
    def items(self) -> str:
        """The table of items."""
        return self.ids["checklist.table"]

    def item(self, name: str) -> str:
        """A field of the checklist by its name in the config (`done`, `owner`…); "" without one."""
        return self.ids.get(f"checklist.{name}", "")

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
            ids=dict(data["ids"]),
            names=dict(data["names"]),
            choices=dict(data["choices"]),
            primary=data["primary"],
            rows=data["rows"],
            computed=data.get("computed", False),
            flags=tuple(data["flags"]),
            conditions=dict(data["conditions"]),
        )
