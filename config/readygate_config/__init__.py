"""Contracts, pipelines, trackers and settings out of YAML files and the environment.

The only importer of `pydantic` and `ruamel.yaml`; both are loaded when a config is, not before.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from readygate_config.bundled import example
from readygate_config.values import Config, TrackerConfig

if TYPE_CHECKING:
    from readygate.errors import Problem
    from readygate_config.settings import Settings


def load(paths: Sequence[Path], *, kinds: Collection[str] | None = None) -> Config:
    """Load files and folders as one config. See `readygate_config.loading.load`."""
    from readygate_config import loading  # noqa: PLC0415 - so that `--version` loads no library

    return loading.load(paths, kinds=kinds)


def read_settings(config: Iterable[Path] = ()) -> tuple[Settings, tuple[Problem, ...]]:
    """Read what is set outside of a config. See `readygate_config.settings.read_settings`."""
    from readygate_config import settings  # noqa: PLC0415 - so that `--version` loads no library

    return settings.read_settings(config)


def secrets_of(
    config: Config, settings: Settings, trackers: Iterable[str] | None = None
) -> dict[str, dict[str, str]]:
    """The secrets of a config's trackers. See `readygate_config.settings.secrets_of`."""
    from readygate_config import settings as module  # noqa: PLC0415 - see above

    return module.secrets_of(config, settings, trackers)


__all__ = ["Config", "TrackerConfig", "example", "load", "read_settings", "secrets_of"]
