"""What the story needs of a tracker: people who act in it, and eyes that look at it afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

CONFIG_NAME = "readygate.yaml"
"""The name of the config in the folder of the story."""


class StoryBroke(Exception):
    """Something in the story did not happen. The text says what was expected and what came."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a deal's checklist, as the tracker shows it."""

    ref: str
    title: str
    owner: str
    done: bool


class Scenery(Protocol):
    """One local tracker with people in it; `who` is always an e-mail address."""

    @property
    def prepares(self) -> bool:
        """Whether `readygate setup` has something to create there."""
        ...

    @property
    def board(self) -> str:
        """Where a browser shows it."""
        ...

    @property
    def pid(self) -> int:
        """The process that serves it."""
        ...

    def environment(self) -> Mapping[str, str]:
        """The secrets of our account, as environment variables."""
        ...

    def config(self, folder: Path) -> Path:
        """Write the config for this tracker into a folder; its path."""
        ...

    def create(self, who: str, title: str, fields: Mapping[str, str]) -> str:
        """Somebody makes a deal in the first stage; what people call it."""
        ...

    def move(self, who: str, deal: str, stage: str) -> None:
        """Somebody moves a deal."""
        ...

    def tick(self, who: str, entry: Entry) -> None:
        """Somebody ticks an item."""
        ...

    def stage(self, deal: str) -> str:
        """The name of the stage a deal stands in."""
        ...

    def checklist(self, deal: str) -> tuple[Entry, ...]:
        """The checklist of a deal, in the order in which it was opened."""
        ...

    def comments(self, deal: str) -> tuple[str, ...]:
        """The comments on a deal as plain text, oldest first."""
        ...

    def writes(self) -> tuple[str, ...]:
        """Every request of our account that was meant to change something, `POST /path`."""
        ...

    def requests(self) -> int:
        """How many requests our account has made."""
        ...

    def stop(self) -> None:
        """End it."""
        ...
