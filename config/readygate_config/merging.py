"""Finds the files of a config and merges them: what one file defines, all others can use."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from readygate.errors import Problem
from readygate_config.nodes import Scalar, Table, plain
from readygate_config.shown import found, shown

SECTIONS = ("trackers", "people", "items", "processes", "pipelines")
SINGLES = ("version", "language")
_ENDINGS = (".yaml", ".yml")


def files_of(paths: Sequence[Path]) -> tuple[list[Path], list[Problem]]:
    """The files that these files and folders stand for, each once: a folder gives its own YAML
    files in the order of their names, but not those of folders in it.
    """
    files: dict[Path, Path] = {}
    problems: list[Problem] = []
    for path in paths:
        listed = [path]
        if path.is_dir():
            try:
                listed = sorted(file for file in path.iterdir() if _is_yaml(file))
            except OSError as error:
                text = f"{path}: the folder cannot be read: {error.strerror}"
                problems.append(Problem((), text, "Change its permissions."))
                continue
            if not listed:
                text = f"{path}: no file of this folder ends in .yaml or .yml"
                problems.append(Problem((), text, "Name another folder, or a file."))
        for file in listed:
            files.setdefault(file.resolve(), file)
    return list(files.values()), problems


def _is_yaml(file: Path) -> bool:
    return file.suffix in _ENDINGS and not file.name.startswith(".") and file.is_file()


def merge(tables: Sequence[Table]) -> tuple[Table, list[Problem]]:
    """One table out of all. What two files define is told with both places; the first counts."""
    first = tables[0]
    merged = Table(first.file, first.line, first.column)
    problems: list[Problem] = []
    for table in tables:
        for key, node in table.entries.items():
            known = merged.entries.get(key)
            if known is None:
                copy = node
                if isinstance(node, Table) and key in SECTIONS:
                    copy = Table(node.file, node.line, node.column)
                    copy.entries, copy.keys = dict(node.entries), dict(node.keys)
                merged.entries[key], merged.keys[key] = copy, table.keys[key]
            elif key in SINGLES:
                problems += _compare(merged, table, key)
            elif key in SECTIONS:
                if isinstance(known, Table) and isinstance(node, Table):
                    problems += _add(key, known, node)
                elif isinstance(known, Scalar) and known.value is None:
                    merged.entries[key], merged.keys[key] = node, table.keys[key]
    return merged, problems


def _add(section: str, known: Table, more: Table) -> list[Problem]:
    problems = []
    for name, node in more.entries.items():
        if name in known.entries:
            problems.append(
                Problem(
                    (section, name),
                    f"{shown(name)} is defined twice",
                    "Keep one of the two, or give one of them another name.",
                    place=more.keys[name].place,
                    also=(known.keys[name].place,),
                )
            )
        else:
            known.entries[name], known.keys[name] = node, more.keys[name]
    return problems


def _compare(merged: Table, table: Table, key: str) -> list[Problem]:
    known, node = merged.entries[key], table.entries[key]
    if plain(known) == plain(node):
        return []
    text = f"two files disagree: {found(plain(node))} here, {found(plain(known))} there"
    hint = f"Write `{key}` in one of them only."
    return [Problem((key,), text, hint, place=node.place, also=(known.place,))]
