"""Ten thousand random histories of people, faults, crashes and lost ledgers, against the oracle.

The closing table names the seed; READYGATE_SEED gives another.
"""

from __future__ import annotations

import pytest

from faults.tally import Tally
from readygate.applying import memories
from unit.core.seeds import seed
from unit.core.walk import shortest, steps, told

HISTORIES = 10_000
PARTS = 4
"""So that they can be told on several cores."""


@pytest.mark.parametrize("part", range(PARTS))
def test_ten_thousand_random_histories(
    part: int, tally: Tally, monkeypatch: pytest.MonkeyPatch
) -> None:
    if part % 2:  # as in a run with so many deals that what is known of them is not kept at hand
        monkeypatch.setattr(memories, "AT_HAND", 0)
    drawn = seed()
    for number in range(part, HISTORIES, PARTS):
        wrong = told(steps(f"{drawn}/{number}"))
        if wrong:
            tally("core", f"random histories, seed {drawn}", number // PARTS + 1, losses=1)
            pytest.fail(f"READYGATE_SEED={drawn}, history {number}:\n{shortest(wrong)}")
    tally("core", f"random histories, seed {drawn}", HISTORIES // PARTS)
