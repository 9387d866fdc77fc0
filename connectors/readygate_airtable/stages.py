"""Stages by id and by name: records show only the name of a choice, which people may change."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from readygate.errors import TrackerRejected
from readygate_airtable.place import Place

NAMELESS = "name:"
"""Begins the ref of a stage that even a fresh look at the schema does not know."""


class Stages:
    """The choices of one stage field. A name that is not known asks for the schema, once a run."""

    def __init__(self, place: Place, refresh: Callable[[], Mapping[str, str]]) -> None:
        self._refresh: Callable[[], Mapping[str, str]] | None = refresh
        self._names = dict(place.choices)

    def ref(self, name: str) -> str:
        """The id of the choice with this name."""
        found = self._find(name)
        if not found and self.renew():
            found = self._find(name)
        return found or f"{NAMELESS}{name}"

    def name(self, ref: str) -> str:
        """What the choice with this id is called. Raises TrackerRejected if there is none."""
        if ref not in self._names:
            text = f"The stage {ref!r} is no longer a choice of the stage field."
            raise TrackerRejected(f"{text} The next run looks at the names again.")
        return self._names[ref]

    def renew(self) -> bool:
        """Ask for the names again; False if that was done before."""
        if self._refresh is None:
            return False
        refresh, self._refresh = self._refresh, None
        self._names = dict(refresh())
        return True

    def _find(self, name: str) -> str:
        return next((ref for ref, known in self._names.items() if known == name), "")
