"""Ten thousand random histories of people, faults, crashes and lost ledgers, against the oracle.

The closing table names the seed; READYGATE_SEED repeats it.
"""

from __future__ import annotations

import os

import pytest

from faults.tally import Tally
from unit.core.walk import shortest, steps, told

HISTORIES = 10_000
PARTS = 4
"""So that they can be told on several cores."""


@pytest.mark.parametrize("part", range(PARTS))
def test_ten_thousand_random_histories(part: int, testrun_uid: str, tally: Tally) -> None:
    seed = os.environ.get("READYGATE_SEED") or testrun_uid[:8]
    for number in range(part, HISTORIES, PARTS):
        wrong = told(steps(f"{seed}/{number}"))
        if wrong:
            tally("core", f"random histories, seed {seed}", number // PARTS + 1, losses=1)
            pytest.fail(f"READYGATE_SEED={seed}, history {number}:\n{shortest(wrong)}")
    tally("core", f"random histories, seed {seed}", HISTORIES // PARTS)
