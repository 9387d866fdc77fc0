"""Tells which `except` clauses of the connectors no test has entered.

Reads the figures that `pytest --cov` has left: `python tests/support/excepts.py [.coverage]`.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from coverage import CoverageData

CONNECTORS = Path(__file__).parents[2] / "connectors"


def clauses(source: str) -> Iterator[tuple[int, int]]:
    """(line of an `except`, line of the first statement in it)."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ExceptHandler):
            yield node.lineno, node.body[0].lineno


def unentered(path: Path, executed: Iterable[int]) -> list[int]:
    """The lines of the `except` clauses of a file that were not entered."""
    lines = set(executed)
    return [at for at, first in clauses(path.read_text(encoding="utf-8")) if first not in lines]


def main(data: str = ".coverage") -> int:
    """Print what is missing; 1 if anything is, or if nothing was measured."""
    found = CoverageData(data)
    found.read()
    measured = {Path(name): name for name in found.measured_files()}
    count, missing = 0, []
    for path in sorted(CONNECTORS.rglob("*.py")):
        executed = found.lines(measured[path]) if path in measured else []
        missing += [
            f"{path.relative_to(CONNECTORS)}:{at}" for at in unentered(path, executed or [])
        ]
        count += sum(1 for _ in clauses(path.read_text(encoding="utf-8")))
    for one in missing:
        print(f"no test enters the `except` at connectors/{one}")
    print(
        f"{count - len(missing)} of {count} `except` clauses of the connectors are entered by tests"
    )
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
