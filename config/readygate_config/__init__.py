"""Contracts, pipelines, trackers and settings out of YAML files and the environment.

The only importer of `pydantic` and `ruamel.yaml`; both are loaded when a config is, not before.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from readygate_config.values import Config, TrackerConfig


def load(paths: Sequence[Path], *, kinds: Collection[str] | None = None) -> Config:
    """Load files and folders as one config. See `readygate_config.loading.load`."""
    from readygate_config import loading  # noqa: PLC0415 - so that `--version` loads no library

    return loading.load(paths, kinds=kinds)


__all__ = ["Config", "TrackerConfig", "load"]
