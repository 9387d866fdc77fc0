"""A small valid config for the tests to change."""

from __future__ import annotations

from pathlib import Path

import pytest

from readygate.errors import ConfigError
from readygate_config import Config, load

BAD = Path(__file__).parents[2] / "cli" / "bad_configs"
EXAMPLES = Path(__file__).parents[3] / "config" / "examples"

VALID = """\
version: 1
trackers:
  main: { kind: jira, url: https://example.atlassian.net }
people:
  anna:  { name: Anna, email: anna@example.com }
  boris: { name: Boris }
items:
  checklist: { title: Checklist }
processes:
  marketing: { title: Marketing, owner: anna, outputs: [checklist] }
  sales:     { title: Sales, owner: boris, inputs: [checklist] }
pipelines:
  deals:
    tracker: main
    project: DEAL
    issue_type: Deal
    stages:
      - { stage: Lead, process: marketing }
      - { stage: Talks, process: sales }
      - { stage: Lost, exit: true }
"""


def changed(*changes: tuple[str, str], text: str = VALID) -> str:
    """The valid config with some of its text replaced; every old text must be there."""
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text


def loaded(folder: Path, text: str | bytes, *, kinds: tuple[str, ...] = ("jira",)) -> Config:
    """Load a text as a file."""
    file = folder / "readygate.yaml"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return load([file], kinds=kinds)


def complaint(folder: Path, text: str | bytes, *, kinds: tuple[str, ...] = ("jira",)) -> str:
    """What is said about a bad config, with the folder left out."""
    with pytest.raises(ConfigError) as caught:
        loaded(folder, text, kinds=kinds)
    return str(caught.value).replace(f"{folder}/", "")
