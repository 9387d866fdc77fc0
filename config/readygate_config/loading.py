"""Loads a config: reads, merges, then checks shape, names, the chain and the order of stages."""

from __future__ import annotations

import gc
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from readygate.errors import ConfigError, Place, Problem, Severity
from readygate_config.document import Document
from readygate_config.kinds import installed_kinds
from readygate_config.merging import files_of, merge
from readygate_config.reading import read_file
from readygate_config.values import Config


def load(paths: Sequence[Path], *, kinds: Collection[str] | None = None) -> Config:
    """Load files and folders as one config.

    `kinds` are the kinds of tracker to allow; default: those with an installed connector. Raises
    ConfigError with every error; warnings are in the result. Secrets are refused and never shown.
    """
    with _uncollected():
        return _load(paths, tuple(installed_kinds() if kinds is None else kinds))


@contextmanager
def _uncollected() -> Iterator[None]:
    """Keep the garbage collector from walking over a tree that grows: a third of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _load(paths: Sequence[Path], kinds: Sequence[str]) -> Config:
    files, problems = files_of(paths)
    complete = not problems
    read = [read_file(file, str(file)) for file in files]
    tables = [table for table, _ in read if table]
    complete = complete and len(tables) == len(read)
    problems += [problem for _, found in read for problem in found]
    if not tables:
        raise ConfigError(problems or [Problem((), "no config was given", "Name a file.")])
    root, twice = merge(tables)
    document = Document(root, kinds)
    document.check_shape(complete=complete)
    problems += _sorted(document.take_problems() + twice)
    if complete:
        document.check_names()
        problems += _sorted(document.take_problems())
        problems += document.chain_problems()
    errors = [problem for problem in problems if problem.severity is Severity.ERROR]
    if errors:
        raise ConfigError(errors)
    return document.config(tuple(_sorted(problems)), tuple(files))


def _sorted(problems: list[Problem]) -> list[Problem]:
    return sorted(problems, key=lambda problem: problem.place or Place("", 0, 0))
