"""Gives the examples that come with Readygate, from an installed wheel as from a checkout."""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).parent
_FOLDERS = (_HERE / "examples", _HERE.parent / "examples")
"""In a wheel the examples are inside of the package, in a checkout beside it."""


def example(name: str) -> str:
    """The text of an example: `handover.en.yaml` or `handover.ru.yaml`. KeyError for others."""
    for folder in _FOLDERS:
        path = folder / name
        if path.parent == folder and path.is_file():
            return path.read_text(encoding="utf-8")
    raise KeyError(name)
