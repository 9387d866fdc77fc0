"""What loading a config gives: the contracts, the pipelines, the trackers, and what to warn of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from readygate.contract import ContractBook
from readygate.errors import Place, Problem
from readygate.pipeline import Pipeline


@dataclass(frozen=True, slots=True)
class TrackerConfig:
    """One tracker as the config describes it.

    `options` are the settings of its kind as texts: url, email and cloud_id of Jira; base, url and
    requests_per_month of Airtable; anything of other kinds.
    """

    key: str
    kind: str
    options: Mapping[str, str] = field(default_factory=dict)
    place: Place | None = None


@dataclass(frozen=True)
class Config:
    """A valid config. `stamp` is a digest of everything that planning depends on.

    `files` are the files that were read, in the order in which they were merged.
    """

    book: ContractBook
    pipelines: tuple[Pipeline, ...]
    trackers: Mapping[str, TrackerConfig]
    language: str
    warnings: tuple[Problem, ...]
    stamp: str
    files: tuple[Path, ...]
