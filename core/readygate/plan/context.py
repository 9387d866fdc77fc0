"""What planning any deal of a pipeline depends on besides the deal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from readygate.contract import ContractBook
from readygate.pipeline import Gate, Guard, Pipeline
from readygate.wording import Translate, item_text


@dataclass(frozen=True)
class Context:
    """What a plan of any deal of one pipeline depends on besides the deal.

    `pipeline` is bound. `accounts`: person key -> account. `now` is local, `activated` and
    `known_until` are tracker times: when the pipeline was activated, and until when earlier runs
    have seen everything (None: nothing was ever seen). `new_asks`: gate key -> items asked for
    the first time in this run. `distrust` asks for a look at every deal that is placed anew.
    `ours` is our own account, "" where it is not known. `installed`: whether the tracker keeps the
    guard, for one that lives there.
    """

    book: ContractBook
    pipeline: Pipeline
    gates: tuple[Gate, ...]
    accounts: Mapping[str, str]
    text: Translate
    now: datetime
    activated: datetime
    known_until: datetime | None = None
    new_asks: Mapping[str, frozenset[str]] = field(default_factory=dict)
    distrust: bool = False
    ours: str = ""
    installed: bool = True
    _texts: dict[tuple[str, str], str] = field(
        default_factory=dict, init=False, compare=False, repr=False
    )

    @property
    def in_force(self) -> Guard:
        """The guard as people feel it: one that is not installed is no more than a return."""
        guard = self.pipeline.guard
        return guard if self.installed or guard is Guard.ADVISE else Guard.RETURN

    def item_text(self, item: str, receiver: str) -> str:
        """The description of an item for the process that waits for it."""
        key = (item, receiver)
        if key not in self._texts:
            contract = self.book.items[item]
            self._texts[key] = item_text(self.book, contract, receiver, self.text)
        return self._texts[key]

    def name(self, ref: str) -> str:
        """The configured name of a stage ref, or the ref itself."""
        stage = self.pipeline.named(ref)
        return stage.name if stage else ref
