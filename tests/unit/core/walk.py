"""Tells random histories from a seed, and the shortest one that goes wrong the same way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, TypeAlias

from unit.core.history import PLACES, STEPS, History

Step: TypeAlias = tuple[str, Mapping[str, Any]]

LONGEST = 40
"""Steps of a history at most."""


@dataclass(frozen=True)
class Wrong:
    """A history that ended in an error."""

    steps: tuple[Step, ...]
    error: Exception

    def __str__(self) -> str:
        lines = [f"    {name}({_arguments(given)})" for name, given in self.steps]
        return "\n".join([f"{type(self.error).__name__}: {self.error}", *lines])


def steps(seed: str) -> tuple[Step, ...]:
    """The steps of one history. In every other one only some kinds of steps happen."""
    random = Random(seed)  # noqa: S311 - reproducible, not secret
    kinds = sorted(STEPS)
    if random.random() < 0.5:
        kinds = [kind for kind in kinds if random.random() < 0.5 or kind == "run"]
    begin = ("begin", {"stage": random.choice(PLACES), "run": random.random() < 0.5})
    chosen = [random.choice(kinds) for _ in range(random.randint(3, LONGEST))]
    return (begin, *((kind, _drawn(random, kind)) for kind in chosen))


def told(story: Sequence[Step]) -> Wrong | None:
    """Tell one history to its end; what went wrong, if anything did."""
    history = History()
    done: list[Step] = []
    try:
        for name, given in story:
            done.append((name, given))
            history.step(name, given)
        history.end()
    except Exception as error:  # noqa: BLE001 - whatever it is, it is to be shortened and shown
        return Wrong(tuple(done), error)
    return None


def shortest(wrong: Wrong) -> Wrong:
    """Leave out steps, many at a time and then one by one, while the same thing goes wrong."""
    size = len(wrong.steps) // 2
    while size:
        at = 1  # the beginning stays
        while at < len(wrong.steps):
            tried = told((*wrong.steps[:at], *wrong.steps[at + size :]))
            if tried and _kind(tried) == _kind(wrong):
                wrong = tried
            else:
                at += size
        size //= 2
    return wrong


def _drawn(random: Random, kind: str) -> dict[str, Any]:
    return {name: random.choice(values) for name, values in STEPS[kind].items()}


def _kind(wrong: Wrong) -> tuple[str, str]:
    """What went wrong, whichever the deal."""
    first, *_rest = str(wrong.error).splitlines() or [""]
    text = "".join(letter for letter in first if not letter.isdigit())
    return type(wrong.error).__name__, text


def _arguments(given: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in given.items())
