"""Request bodies of the REST API: keys and kinds before meanings. What does not fit is the same
400 whatever is wrong, as on a real site."""

from collections.abc import Callable, Mapping
from typing import Any

from readygate_sandbox.jira_cloud.errors import invalid_payload
from readygate_sandbox.web import Json

Kind = Callable[[Json], bool]


def text(value: Json) -> bool:
    """A string."""
    return isinstance(value, str)


def whole(value: Json) -> bool:
    """An integer; `true` is none."""
    return isinstance(value, int) and not isinstance(value, bool)


def flag(value: Json) -> bool:
    """A boolean."""
    return isinstance(value, bool)


def item(value: Json) -> bool:
    """An object."""
    return isinstance(value, dict)


def anything(value: Json) -> bool:
    """Whatever there is."""
    del value
    return True


def many(kind: Kind) -> Kind:
    """A list of one kind."""
    return lambda value: isinstance(value, list) and all(map(kind, value))


def either(*kinds: Kind) -> Kind:
    """One of several kinds."""
    return lambda value: any(kind(value) for kind in kinds)


def shaped(raw: Json, kinds: Mapping[str, Kind], *, closed: bool = False) -> dict[str, Any]:
    """An object whose named values are of their kinds; null is as good as absent. `closed` refuses
    other keys (`additionalProperties: false`). Raises the 400."""
    if not isinstance(raw, dict) or (closed and not raw.keys() <= kinds.keys()):
        raise invalid_payload()
    told = {name: value for name, value in raw.items() if value is not None}
    for name, kind in kinds.items():
        if name in told and not kind(told[name]):
            raise invalid_payload()
    return told
