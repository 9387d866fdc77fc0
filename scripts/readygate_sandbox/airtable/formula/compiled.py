"""Formulas as functions of a record, made once per request so that a scan of a table is cheap."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from readygate_sandbox.airtable.formula.functions import FUNCTIONS
from readygate_sandbox.airtable.formula.parse import (
    INVALID,
    Binary,
    Call,
    FieldRef,
    Literal,
    Malformed,
    Negative,
    Node,
)
from readygate_sandbox.airtable.formula.values import (
    FormulaError,
    Moment,
    Value,
    number,
    order,
    same,
    text,
    truthy,
)
from readygate_sandbox.airtable.model import Field, Record

Run = Callable[[Record], Value]


class Scope(Protocol):
    """Where names of fields lead, and what time it is."""

    @property
    def now_ms(self) -> int:
        """The tracker's present."""
        ...

    def find_field(self, name: str) -> Field | None:
        """The field of a name or id."""
        ...

    def getter(self, field: Field) -> Run:
        """Reads what a field holds, as formulas see it."""
        ...

    def modified(self, record: Record, fields: tuple[Field, ...]) -> Moment | None:
        """When a person last changed any of these fields (none given: any field)."""
        ...


@dataclass(frozen=True, slots=True)
class Compiled:
    """A formula ready to run. `fixed`: the same for every record."""

    run: Run
    fixed: bool = False


def compile_formula(tree: Node, scope: Scope) -> Run:
    """A function from a record to the formula's value; it raises FormulaError where Airtable shows
    `#ERROR!`. Raises Malformed for unknown fields, unknown functions and wrong arguments."""
    unknown = sorted({f for f in _names(tree) if scope.find_field(f) is None})
    if unknown:
        raise Malformed(f"Unknown field names: {', '.join(name.lower() for name in unknown)}")
    return _compile(tree, scope).run


def constant(tree: Node, scope: Scope) -> Value:
    """The value of a formula that is the same for every record, else None."""
    made = _compile(tree, scope)
    try:
        return made.run(_NOBODY) if made.fixed else None
    except FormulaError:
        return None


def _names(tree: Node) -> set[str]:
    match tree:
        case FieldRef(name):
            return {name}
        case Call(_, args):
            return set().union(*(_names(a) for a in args))
        case Binary(_, left, right):
            return _names(left) | _names(right)
        case Negative(inner):
            return _names(inner)
        case Literal():
            return set()


def _compile(tree: Node, scope: Scope) -> Compiled:
    match tree:
        case Literal(value):
            return Compiled(lambda _: value, fixed=True)
        case FieldRef(name):
            field = scope.find_field(name)
            assert field is not None  # noqa: S101 - names were checked before
            return Compiled(scope.getter(field))
        case Negative(inner):
            run = _compile(inner, scope)
            return _folded(Compiled(lambda record: -number(run.run(record)), run.fixed))
        case Binary(op, left, right):
            a, b = _compile(left, scope), _compile(right, scope)
            return _folded(Compiled(_OPERATORS[op](a.run, b.run), a.fixed and b.fixed))
        case Call(name, args):
            return _call(name, args, scope)


def _folded(made: Compiled) -> Compiled:
    """What is the same for every record is computed once."""
    if not made.fixed:
        return made
    try:
        value = made.run(_NOBODY)
    except FormulaError:
        return made
    return Compiled(lambda _: value, fixed=True)


_NOBODY = Record("", 0, 0, "")


def _plus(left: Value, right: Value) -> Value:
    if isinstance(left, str) and isinstance(right, str):
        return left + right
    return number(left) + number(right)


def _divide(left: Value, right: Value) -> Value:
    divisor = number(right)
    if not divisor:
        raise FormulaError
    return number(left) / divisor


_OPERATORS: dict[str, Callable[[Run, Run], Run]] = {
    "=": lambda a, b: lambda r: same(a(r), b(r)),
    "!=": lambda a, b: lambda r: not same(a(r), b(r)),
    "<": lambda a, b: lambda r: order(a(r), b(r)) < 0,
    ">": lambda a, b: lambda r: order(a(r), b(r)) > 0,
    "<=": lambda a, b: lambda r: order(a(r), b(r)) <= 0,
    ">=": lambda a, b: lambda r: order(a(r), b(r)) >= 0,
    "&": lambda a, b: lambda r: text(a(r)) + text(b(r)),
    "+": lambda a, b: lambda r: _plus(a(r), b(r)),
    "-": lambda a, b: lambda r: number(a(r)) - number(b(r)),
    "*": lambda a, b: lambda r: number(a(r)) * number(b(r)),
    "/": lambda a, b: lambda r: _divide(a(r), b(r)),
}


# -- calls -------------------------------------------------------------------------------------


def _call(name: str, args: tuple[Node, ...], scope: Scope) -> Compiled:
    if name in _SPECIAL:
        return _SPECIAL[name](args, scope)
    function = FUNCTIONS.get(name)
    if function is None:
        raise Malformed(f"Unknown function names: {name}")
    if len(args) < function.least or (function.most is not None and len(args) > function.most):
        raise Malformed(INVALID)
    made = [_compile(a, scope) for a in args]
    runs, run = [m.run for m in made], function.run
    fixed = all(m.fixed for m in made)
    match runs:
        case [one]:
            return _folded(Compiled(lambda r: run(one(r)), fixed))
        case [one, two]:
            return _folded(Compiled(lambda r: run(one(r), two(r)), fixed))
        case _:
            return _folded(Compiled(lambda r: run(*[a(r) for a in runs]), fixed))


def _if(args: tuple[Node, ...], scope: Scope) -> Compiled:
    if not 2 <= len(args) <= 3:
        raise Malformed(INVALID)
    test, yes = _compile(args[0], scope).run, _compile(args[1], scope).run
    no: Run = _compile(args[2], scope).run if len(args) == 3 else lambda _: None
    return Compiled(lambda r: yes(r) if truthy(test(r)) else no(r))


def _switch(args: tuple[Node, ...], scope: Scope) -> Compiled:
    if len(args) < 3:
        raise Malformed(INVALID)
    made = [_compile(a, scope).run for a in args]
    of, rest = made[0], made[1:]
    otherwise: Run = rest.pop() if len(rest) % 2 else lambda _: None
    pairs = list(zip(rest[::2], rest[1::2], strict=True))

    def run(record: Record) -> Value:
        value = of(record)
        for case, result in pairs:
            if same(value, case(record)):
                return result(record)
        return otherwise(record)

    return Compiled(run)


def _is_error(args: tuple[Node, ...], scope: Scope) -> Compiled:
    if len(args) != 1:
        raise Malformed(INVALID)
    inner = _compile(args[0], scope).run

    def run(record: Record) -> Value:
        try:
            inner(record)
        except FormulaError:
            return True
        return False

    return Compiled(run)


def modified_fields(args: tuple[Node, ...], scope: Scope) -> tuple[Field, ...]:
    """The fields of LAST_MODIFIED_TIME: only fields may stand there, and none that is computed."""
    found = []
    for arg in args:
        field = scope.find_field(arg.name) if isinstance(arg, FieldRef) else None
        if field is None:
            raise Malformed(INVALID)
        found.append(field)
    return tuple(found)


def _modified(args: tuple[Node, ...], scope: Scope) -> Compiled:
    fields = modified_fields(args, scope)
    return Compiled(lambda record: scope.modified(record, fields))


def _created(args: tuple[Node, ...], scope: Scope) -> Compiled:
    del scope
    if args:
        raise Malformed(INVALID)
    return Compiled(lambda record: Moment(record.created))


def _record_id(args: tuple[Node, ...], scope: Scope) -> Compiled:
    del scope
    if args:
        raise Malformed(INVALID)
    return Compiled(lambda record: record.id)


def _now(args: tuple[Node, ...], scope: Scope) -> Compiled:
    if args:
        raise Malformed(INVALID)
    value = Moment(scope.now_ms)
    return Compiled(lambda _: value, fixed=True)


def _today(args: tuple[Node, ...], scope: Scope) -> Compiled:
    if args:
        raise Malformed(INVALID)
    value = Moment(scope.now_ms // 86_400_000 * 86_400_000, day=True)
    return Compiled(lambda _: value, fixed=True)


_SPECIAL: dict[str, Callable[[tuple[Node, ...], Scope], Compiled]] = {
    "IF": _if,
    "SWITCH": _switch,
    "ISERROR": _is_error,
    "LAST_MODIFIED_TIME": _modified,
    "CREATED_TIME": _created,
    "RECORD_ID": _record_id,
    "NOW": _now,
    "TODAY": _today,
}
