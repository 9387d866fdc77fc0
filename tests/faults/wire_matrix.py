"""Goes through the matrix: holds what happened against the decisions, and counts."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from faults.tally import Tally
from faults.wire import Fault
from faults.wire_decisions import HARMLESS, expected
from faults.wire_story import Eve, Matrix, Situation

CONNECTORS = Path(__file__).parents[2] / "connectors"
EVERYWHERE = ("connection reset", "connection reset, stored", "the token expires",
              "the token is revoked", "503 with an hour", "a web page")  # fmt: skip
"""What is tried on every single request of every situation, not only once per kind."""


def first_in(situations: Sequence[Situation]) -> list[tuple[str, str]]:
    """Each kind of request with the first situation that sends it."""
    found: dict[str, str] = {}
    for one in situations:
        for kind in one.sends:
            found.setdefault(kind, one.name)
    return list(found.items())


def pairs(situations: Sequence[Situation]) -> list[tuple[str, str]]:
    """Each situation with each kind of request that it sends."""
    return [(one.name, kind) for one in situations for kind in one.sends]


def kinds_of(package: str, *, besides: Collection[str] = ()) -> set[str]:
    """The kinds of request that a connector's source names: `name="…"` beside `doing=…`, and the
    text that a helper or a default passes on as `name`."""
    found: set[str] = set()
    for path in sorted((CONNECTORS / package).glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found |= _passed(tree) | {
            text
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and "doing" in {one.arg for one in node.keywords}
            for keyword in node.keywords
            if keyword.arg == "name" and (text := _constant(keyword.value))
        }
    return found - set(besides)


def _passed(tree: ast.AST) -> set[str]:
    """Texts given to functions of the module that have a parameter called `name` or `kind`."""
    functions = {
        node.name: [argument.arg for argument in node.args.args]
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and _sends_its_name(node)
    }
    functions |= {
        node.name: fields
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and {"name", "doing"} <= set(fields := _fields(node))
    }
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name in functions:
            found |= {text for one in (*node.args.defaults, *node.args.kw_defaults)
                      if one is not None and (text := _constant(one))}  # fmt: skip
        if isinstance(node, ast.Call) and _called(node) in functions:
            names = functions[_called(node)]
            offset = 1 if names[:1] == ["self"] else 0
            at = names.index("name") - offset if "name" in names else -1
            if 0 <= at < len(node.args) and (text := _constant(node.args[at])):
                found.add(text)
            found |= {text for one in node.keywords
                      if one.arg == "name" and (text := _constant(one.value))}  # fmt: skip
    return found


def _sends_its_name(function: ast.FunctionDef) -> bool:
    arguments = {one.arg for one in (*function.args.args, *function.args.kwonlyargs)}
    return "name" in arguments and any(
        isinstance(one, ast.Name) and one.id == "name"
        for node in ast.walk(function)
        if isinstance(node, ast.Call)
        for one in (*node.args, *(keyword.value for keyword in node.keywords))
    )


def _fields(class_: ast.ClassDef) -> list[str]:
    """The fields of a dataclass in order."""
    return [
        node.target.id
        for node in class_.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    ]


def _called(node: ast.Call) -> str:
    function = node.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _constant(node: ast.AST) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


@dataclass
class Judge:
    """Plays faults and says what was not as it had to be."""

    connector: str
    matrix: Matrix
    faults: tuple[Fault, ...]
    place: Callable[[str], str]

    def everything(self, kind: str, situation: str, tally: Tally) -> None:
        """Every fault on the first request of a kind, and on all of them where that makes sense."""
        eve = self.matrix.eve(situation)
        cases = [
            (fault, lasting)
            for fault in self.faults
            for lasting in ((False, True) if fault.lasting else (False,))
            if (self.connector, kind, fault.name) not in HARMLESS
        ]
        wrong: list[str] = []
        sums = [0, 0, 0]
        for fault, lasting in cases:
            wanted = expected(self.connector, kind, self.place(kind), fault.name, lasting=lasting)
            wrong += self._one(eve, kind, fault, 1, lasting=lasting, wanted=wanted, sums=sums)
        _count(tally, self.connector, f"on the wire: {self.place(kind)}", len(cases), sums)
        assert not wrong, "\n".join(wrong)

    def everywhere(self, kind: str, situation: str, tally: Tally) -> None:
        """The gravest faults on each request of a kind in a situation."""
        eve = self.matrix.eve(situation)
        chosen = [fault for fault in self.faults if fault.name in EVERYWHERE]
        wrong: list[str] = []
        sums = [0, 0, 0]
        cases = [(fault, nth) for fault in chosen for nth in range(1, eve.sent[kind] + 1)]
        for fault, nth in cases:
            wrong += self._one(eve, kind, fault, nth, lasting=False, wanted="", sums=sums)
        _count(tally, self.connector, "on the wire: every single request", len(cases), sums)
        assert not wrong, "\n".join(wrong)

    def _one(
        self, eve: Eve, kind: str, fault: Fault, nth: int, *, lasting: bool, wanted: str,
        sums: list[int],
    ) -> list[str]:  # fmt: skip
        came = self.matrix.suffer(eve, kind, fault, nth=nth, lasting=lasting)
        for index, more in enumerate(came.wrong):
            sums[index] += more
        where = f"{eve.situation.name}, {kind} {nth}, {fault.name}{' always' if lasting else ''}"
        wrong = [f"{where}: {text}" for text in came.trouble]
        if wanted and came.did != wanted:
            wrong.append(f"{where}: wanted “{wanted}”, came “{came.did}”")
        return wrong


def _count(tally: Tally, connector: str, kind: str, cases: int, sums: list[int]) -> None:
    losses, doubles, wrong_returns = sums
    tally(connector, kind, cases, losses=losses, doubles=doubles, wrong_returns=wrong_returns)
