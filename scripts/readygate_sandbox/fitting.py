"""Checking what the control API is sent: known keys, values of the right kind."""

from collections.abc import Mapping
from typing import Any

from readygate_sandbox.web import BadRequest

Kinds = Mapping[str, tuple[type, ...]]

NUMBER = (int, float)
TEXT = (str,)
COUNT = (int,)
FLAG = (bool,)
LIST = (list,)
OBJECT = (dict,)
NOTHING = (type(None),)


def fit(told: Any, kinds: Kinds) -> dict[str, Any]:
    """A copy of an object whose keys are all known and whose values are of their kinds; `true`
    is no number. Raises BadRequest."""
    if not isinstance(told, dict):
        raise BadRequest("expected an object")
    unknown = sorted(str(name) for name in told if name not in kinds)
    if unknown:
        raise BadRequest(f"unknown keys: {', '.join(unknown)}")
    for name, value in told.items():
        allowed = kinds[name]
        if not isinstance(value, allowed) or (isinstance(value, bool) and bool not in allowed):
            said = " or ".join("null" if k is NOTHING[0] else k.__name__ for k in allowed)
            raise BadRequest(f"{name}: expected {said}")
    return dict(told)
