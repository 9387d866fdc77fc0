"""Which records a filter could let through, as far as indexes know: a scan of 70,000 rows is
slower than Airtable, an incremental read must not be."""

from collections.abc import Iterable
from typing import Protocol

from readygate_sandbox.airtable.formula.compiled import Scope, constant
from readygate_sandbox.airtable.formula.parse import Binary, Call, FieldRef, Literal, Node
from readygate_sandbox.airtable.formula.values import FormulaError, moment, number
from readygate_sandbox.airtable.model import Field

Candidates = set[str] | None
"""Records that may pass; None when nothing is known. Some of them may be gone."""


class Indexed(Scope, Protocol):
    """A scope that can look records up."""

    def since(self, at: int) -> set[str]:
        """Records created or changed at or after a time."""
        ...

    def with_text(self, field: Field, text: str, size: int) -> Candidates:
        """Records whose field has a text, or begins with it when `size` is not 0."""
        ...


def narrow(tree: Node, scope: Indexed) -> Candidates:
    """Every record that can pass is among these; not all of these pass."""
    match tree:
        case Literal(value):
            return None if value else set()
        case Call("FALSE" | "BLANK" | "ERROR", ()):
            return set()
        case Call("AND", args):
            return _all(narrow(a, scope) for a in args)
        case Call("OR", args):
            return _any(narrow(a, scope) for a in args)
        case Call("IF", (test, yes)):
            return _all([narrow(test, scope), narrow(yes, scope)])
        case Call("IF", (test, yes, no)):
            first = _all([narrow(test, scope), narrow(yes, scope)])
            return _any([first, narrow(no, scope)])
        case _:
            return _leaf(tree, scope)


def _leaf(tree: Node, scope: Indexed) -> Candidates:
    """What a single comparison tells."""
    match tree:
        case Call("NOT", (Call("IS_BEFORE", (time, limit)),)) if _is_time(time, scope):
            return _since(limit, scope)
        case Call("IS_AFTER", (time, limit)) if _is_time(time, scope):
            return _since(limit, scope)
        case Binary(">=" | ">", time, limit) if _is_time(time, scope):
            return _since(limit, scope)
        case Binary("<=" | "<", limit, time) if _is_time(time, scope):
            return _since(limit, scope)
        case Binary("=", left, right):
            found = _equal(left, right, scope)
            return found if found is not None else _equal(right, left, scope)
        case _:
            return None


def _all(found: Iterable[Candidates]) -> Candidates:
    known = [f for f in found if f is not None]
    return set.intersection(*known) if known else None


def _any(found: Iterable[Candidates]) -> Candidates:
    union: set[str] = set()
    for one in found:
        if one is None:
            return None
        union |= one
    return union


def _is_time(tree: Node, scope: Indexed) -> bool:
    """Whether this is a time that is never later than the record's last change."""
    match tree:
        case Call("LAST_MODIFIED_TIME" | "CREATED_TIME"):
            return True
        case FieldRef(name):
            field = scope.find_field(name)
            return field is not None and field.type in {"createdTime", "lastModifiedTime"}
        case _:
            return False


def _since(limit: Node, scope: Indexed) -> Candidates:
    try:
        return scope.since(moment(constant(limit, scope)).ms)
    except FormulaError:
        return None


def _equal(left: Node, right: Node, scope: Indexed) -> Candidates:
    value = constant(right, scope)
    match left:
        case Call("RECORD_ID", ()) if isinstance(value, str):
            return {value}
        case FieldRef(name) if isinstance(value, str) and value:
            return _with_text(name, value, 0, scope)
        case Call("LEFT", (FieldRef(name), Literal(int(size)))) if (
            isinstance(value, str) and size and len(value) == size
        ):
            return _with_text(name, value, size, scope)
        case Call("FIND", (what, FieldRef(name))) if isinstance(value, int) and number(value) == 1:
            text = constant(what, scope)
            if isinstance(text, str) and text:
                return _with_text(name, text, len(text), scope)
        case _:
            pass
    return None


def _with_text(name: str, text: str, size: int, scope: Indexed) -> Candidates:
    field = scope.find_field(name)
    return None if field is None else scope.with_text(field, text, size)
