"""The limits of one run: how many deals it may return, how many items and comments it may open."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import timedelta

from readygate.action import Action, Announce, Explain, Open, Return
from readygate.errors import Refusal
from readygate.pipeline import Guard, Pipeline
from readygate.plan import Due


class Allowance:
    """Counts what a run of one pipeline does, and refuses what is over its limits.

    With `force` nothing is refused. Over a limit before anything was done, all of that kind is
    refused; over it only after deals were looked at again, the rest is.
    """

    def __init__(self, pipeline: Pipeline, *, force: bool) -> None:
        self._pipeline = pipeline
        self._force = force
        self._limits = {"opens": pipeline.limits.opens, "returns": pipeline.limits.returns}
        self._refused: set[str] = set()
        self._spent: Counter[str] = Counter()
        self._narrows = False
        self.refusals: list[Refusal] = []

    def compare(self, plans: Collection[Due]) -> None:
        """Compare what is planned, before anything of it is done, with the limits."""
        self._narrows = any(plan.untouched for plan in plans)
        opens = returns = 0
        for plan in plans:
            opens += sum(isinstance(action, Open | Announce) for action in plan.actions)
            returns += any(judges(action) for action in plan.actions)
        if self._force:
            return
        if returns > self._limits["returns"]:
            self._refuse("returns", returns)
        if opens > self._limits["opens"]:
            self._refuse("opens", opens)

    def refuses(self, action: Action) -> bool:
        """Count an action that is about to be done, and tell whether it is over a limit."""
        if self._force:
            return False
        if judges(action) and "returns" in self._refused:
            return True
        kind = self._kind(action)
        if not kind:
            return False
        self._spent[kind] += 1
        return kind in self._refused or self._spent[kind] > self._limits[kind]

    def give_back(self, actions: Iterable[Action]) -> None:
        """Do not count these: they were not done and will be planned again."""
        for action in actions:
            kind = self._kind(action)
            if kind:
                self._spent[kind] -= 1

    def close(self) -> None:
        """Report what went over a limit only after the look; until then it seemed to fit."""
        for kind, count in sorted(self._spent.items()):
            if kind not in self._refused and count > self._limits[kind]:
                self._refuse(kind, count)

    def _kind(self, action: Action) -> str:
        """The limit that this action counts against: a deal counts once against returns."""
        if isinstance(action, Open | Announce):
            return "opens"
        advises = self._pipeline.guard is Guard.ADVISE
        return "returns" if isinstance(action, Explain if advises else Return) else ""

    def _refuse(self, kind: str, count: int) -> None:
        key = self._pipeline.key
        self._refused.add(kind)
        consent = (
            f"Look at `readygate plan --pipeline {key}`; if it is right, consent to this run:"
            f" `readygate sync --pipeline {key} --force`"
        )
        raising = f"Or raise pipelines.{key}.limits.{kind} in the config"
        within = self._pipeline.adopt_within
        ways = [consent, raising]
        if kind == "opens" and self._narrows and within is None:
            ways[1] = (
                "Or narrow whose checklists are opened at once, in the config:"
                f" pipelines.{key}.adopt: {{updated_within: 30d}}"
            )
        elif kind == "opens" and self._narrows and within is not None:
            ways[1] = (
                "Or narrow further whose checklists are opened at once, in the config:"
                f" pipelines.{key}.adopt.updated_within is {_written(within)}"
            )
            ways.append(raising)
        self.refusals.append(Refusal(key, kind, count, self._limits[kind], tuple(ways)))


def _written(span: timedelta) -> str:
    """A length of time as the config writes it."""
    minutes = span // timedelta(minutes=1)
    for unit, length in (("d", 1440), ("h", 60)):
        if minutes % length == 0:
            return f"{minutes // length}{unit}"
    return f"{minutes}m"


def judges(action: Action) -> bool:
    """Whether an action tells people that their move was premature."""
    return isinstance(action, Return | Explain)
