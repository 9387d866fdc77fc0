"""What loading a config gives: the contracts, the pipelines, the trackers, and what to warn of."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from readygate.contract import ContractBook, Item
from readygate.errors import ConfigError, Place, Problem
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

    `files` are the files that were read, in the order in which they were merged. `where` gives the
    place of what a path leads to, or of the closest thing above it that exists.
    """

    book: ContractBook
    pipelines: tuple[Pipeline, ...]
    trackers: Mapping[str, TrackerConfig]
    language: str
    warnings: tuple[Problem, ...]
    stamp: str
    files: tuple[Path, ...]
    where: Callable[[Sequence[str | int]], Place] = field(repr=False, compare=False)

    def located(self, error: ConfigError) -> ConfigError:
        """What a tracker finds wrong with this config, with the places in its files.

        A field that `when:` names (`pipelines.deals.when.Service`) is shown at the first item that
        names it.
        """
        return ConfigError([self._located(problem) for problem in error.problems])

    def _located(self, problem: Problem) -> Problem:
        if problem.place or not problem.path:
            return problem
        path = problem.path
        match path:
            case ("pipelines", str(key), "when", str(name)):
                named = [item for item in self._asked(key) if item.when and item.when.field == name]
                path = ("items", named[0].key, "when", "field") if named else path[:2]
            case _:
                pass
        return replace(problem, path=path, place=self.where(path))

    def _asked(self, key: str) -> Iterator[Item]:
        for pipeline in self.pipelines:
            if pipeline.key == key:
                yield from pipeline.items(self.book)
