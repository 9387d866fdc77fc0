"""Finds and loads the config, and says where it looked when there is none."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import readygate_config
from readygate.contract import ContractBook
from readygate.errors import ConfigError, Problem
from readygate.pipeline import Pipeline
from readygate.render import Names
from readygate_config import Config, read_settings

LEDGER_NAME = "readygate.db"


def usual_places(environ: Mapping[str, str] = os.environ) -> tuple[Path, ...]:
    """Where a config is looked for when none is named, in this order."""
    home = Path(environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return (
        Path("readygate.yaml"),
        Path("readygate.yml"),
        home / "readygate" / "readygate.yaml",
        Path("/etc/readygate/readygate.yaml"),
    )


def load_config(paths: Sequence[Path]) -> Config:
    """Load the named files and folders, or the first of the usual places that exists.

    Raises ConfigError with every problem.
    """
    return readygate_config.load(tuple(paths) or read_settings()[0].config or (_found(),))


def ledger_beside(config: Config) -> Path:
    """Where the ledger is kept when it is not named: beside the first config file."""
    return Path(config.files[0]).parent / LEDGER_NAME


def chosen(config: Config, wanted: Sequence[str]) -> tuple[Pipeline, ...]:
    """The pipelines with these keys, or all of them. Raises ConfigError for an unknown key."""
    known = {pipeline.key: pipeline for pipeline in config.pipelines}
    unknown = [key for key in wanted if key not in known]
    if unknown:
        names = ", ".join(known) or "none"
        raise ConfigError(
            [
                Problem((), f"there is no pipeline {key!r} in the config", f"There is: {names}.")
                for key in unknown
            ]
        )
    return tuple(pipeline for key, pipeline in known.items() if not wanted or key in wanted)


def by_tracker(pipelines: Iterable[Pipeline]) -> dict[str, list[Pipeline]]:
    """Tracker -> its pipelines, in the order in which they come."""
    found: dict[str, list[Pipeline]] = {}
    for pipeline in pipelines:
        found.setdefault(pipeline.tracker, []).append(pipeline)
    return found


def names_of(book: ContractBook) -> Names:
    """The titles that reports show instead of keys."""
    return Names(
        items={item.key: item.title for item in book.items.values()},
        processes={process.key: process.title for process in book.processes.values()},
    )


def _found() -> Path:
    places = usual_places()
    for place in places:
        if place.is_file():
            return place
    looked = ", ".join(str(place) for place in places)
    raise ConfigError(
        [
            Problem(
                (),
                f"no config file was found; looked at {looked}",
                "Run `readygate init`: it asks and writes one. Or copy one of the examples"
                " (config/examples/) to readygate.yaml, or name a file with --config.",
            )
        ]
    )
