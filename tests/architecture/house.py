"""The house as it is on the disk: its packages, their modules, the files that are tracked."""

from __future__ import annotations

import ast
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("core", "connectors", "config", "scripts")
"""Where packages live."""


def project() -> dict[str, Any]:
    """What pyproject.toml says."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def packages() -> tuple[Path, ...]:
    """The folders of the packages on the disk, relative to the root."""
    found = (path.parent for folder in FOLDERS for path in (ROOT / folder).glob("*/__init__.py"))
    return tuple(sorted(path.relative_to(ROOT) for path in found))


def modules(package: Path) -> Iterator[Path]:
    """Every module of a package."""
    return (ROOT / package).rglob("*.py")


def imported(module: Path) -> Iterator[str]:
    """The full names of what a module imports, wherever in it."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def tracked() -> tuple[Path, ...]:
    """Every file that belongs to the repository; skips the test where there is none."""
    listed = subprocess.run(
        [
            "git",
            "-c",
            "safe.directory=*",
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        pytest.skip("not a git checkout: which files belong to the project is not known")
    names = (name for name in listed.stdout.split("\0") if name)
    return tuple(ROOT / name for name in names if (ROOT / name).is_file())
