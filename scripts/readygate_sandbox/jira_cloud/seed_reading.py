"""Reading mappings of a seed with the place of every problem."""

import re
from collections.abc import Sequence
from typing import Any

from readygate_sandbox.jira_cloud.model import Right

_AGO = re.compile(r"-(\d+)([mhdw])")
_UNIT_MS = {"m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 7 * 86_400_000}


class SeedProblem(ValueError):
    """One problem with its place."""


class Told:
    """One mapping of a seed; remembers which keys were read, so that the others can be refused."""

    def __init__(self, raw: Any, path: str) -> None:
        if not isinstance(raw, dict):
            raise SeedProblem(f"{path}: expected a mapping")
        self.raw: dict[str, Any] = raw
        self._path = path
        self._read: set[str] = set()

    def path_of(self, key: str) -> str:
        """The place of one key."""
        return f"{self._path}.{key}"

    def problem(self, key: str, text: str) -> SeedProblem:
        """A problem at one key."""
        return SeedProblem(f"{self.path_of(key)}: {text}")

    def raw_value(self, key: str) -> Any:
        """A value as it is."""
        self._read.add(key)
        return self.raw.get(key)

    def text(self, key: str, default: str | None = None) -> str:
        """A string; numbers are taken as written."""
        value = self.raw_value(key)
        if value is None:
            if default is None:
                raise self.problem(key, "is missing")
            return default
        if isinstance(value, dict | list | bool):
            raise self.problem(key, "expected a text")
        return str(value)

    def flag(self, key: str) -> bool:
        """A boolean, false when absent."""
        value = self.raw_value(key)
        if value not in (None, True, False):
            raise self.problem(key, "expected true or false")
        return bool(value)

    def choice(self, key: str, allowed: Sequence[str], default: str | None = None) -> str:
        """One of a few words."""
        value = self.text(key, default)
        if value not in allowed:
            raise self.problem(key, f"expected one of {', '.join(allowed)}, got '{value}'")
        return value

    def items(self, key: str) -> list[Any]:
        """A list, empty when absent; a single value is a list of one."""
        value = self.raw_value(key)
        if value is None:
            return []
        return list(value) if isinstance(value, list) else [value]

    def mapping(self, key: str) -> dict[str, Any]:
        """A mapping, empty when absent."""
        value = self.raw_value(key)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise self.problem(key, "expected a mapping")
        return dict(value)

    def finish(self) -> None:
        """Refuse keys that nobody read."""
        unknown = [str(k) for k in self.raw if k not in self._read]
        if unknown:
            raise SeedProblem(f"{self._path}: unknown keys: {', '.join(unknown)}")


def read_moment(told: Told, key: str, now_ms: int) -> int:
    """`-3d` (minutes m, hours h, days d, weeks w) before now, or epoch milliseconds."""
    text = told.text(key, "")
    if not text:
        return now_ms
    if found := _AGO.fullmatch(text):
        return now_ms - int(found[1]) * _UNIT_MS[found[2]]
    if text.isdigit():
        return int(text)
    raise told.problem(key, f"expected a time such as -3d or epoch milliseconds, got '{text}'")


def read_rights(raw: Any, path: str) -> frozenset[Right]:
    """Rights by key (`BROWSE_PROJECTS`) or short name (`browse`)."""
    if not isinstance(raw, list) or not all(isinstance(name, str) for name in raw):
        raise SeedProblem(f"{path}: expected a list of names")
    known = {r.value: r for r in Right} | {r.name.lower(): r for r in Right}
    for name in raw:
        if name not in known:
            short = ", ".join(sorted(r.name.lower() for r in Right))
            raise SeedProblem(f"{path}: there is no right '{name}'; there are: {short}")
    return frozenset(known[r] for r in raw)
