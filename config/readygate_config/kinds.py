"""The kinds of tracker: what each may say in a config, and which connectors are installed.

A connector of another package registers under the same entry-point group. Its settings are not
checked here: they are handed to it as texts, and it refuses what it does not know.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points

from readygate_config.shape import (
    AirtablePipeline,
    AirtableTracker,
    JiraPipeline,
    JiraTracker,
    OtherPipeline,
    OtherTracker,
    PipelineShape,
    TrackerShape,
)

GROUP = "readygate.connectors"


@dataclass(frozen=True, slots=True)
class Kind:
    """What a kind of tracker may say, and what makes two pipelines the same deals.

    `site` names the tracker's settings and `deals` the pipeline's that say where deals live;
    `secrets` names what it cannot work without.
    """

    tracker: type[TrackerShape]
    pipeline: type[PipelineShape]
    site: tuple[str, ...] = ()
    deals: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()


KINDS: Mapping[str, Kind] = {
    "jira": Kind(
        JiraTracker, JiraPipeline, ("url",), ("project", "issue_type"), ("email", "token")
    ),
    "airtable": Kind(AirtableTracker, AirtablePipeline, ("base",), ("table",), ("token",)),
}
OTHER = Kind(OtherTracker, OtherPipeline)


def kind_of(name: str) -> Kind:
    """The rules of a kind; the loose ones for a kind of another package."""
    return KINDS.get(name, OTHER)


@cache
def installed_kinds() -> tuple[str, ...]:
    """The kinds that a connector is installed for, in alphabetical order."""
    return tuple(sorted(entry.name for entry in entry_points(group=GROUP)))
