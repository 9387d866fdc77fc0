"""Break the code on purpose, in one place at a time: the suite has to fail each time.

`pytest -m faults tests/faults/test_mutants.py -s` prints each mutant and who noticed it.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from faults.mutants import MUTANTS, Edit, Mutant, copy, failing, patch
from faults.tally import Tally


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    return copy(tmp_path)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_the_suite_notices(mutant: Mutant, copied: Path, tally: Tally) -> None:
    patch(copied, mutant)
    _, failed = failing(copied, mutant.killers)
    print(f"\n{mutant.name}: {len(failed)} tests fail", *failed, sep="\n    ")
    asleep = [one for one in mutant.killers if not any(id_.startswith(one) for id_ in failed)]
    tally("core", "broken on purpose, and noticed", 1, losses=len(asleep))
    assert not asleep, f"{mutant.name}: nothing failed in {asleep}"


def test_the_same_tests_pass_while_nothing_is_broken(copied: Path) -> None:
    killers = sorted({killer for mutant in MUTANTS for killer in mutant.killers})
    files = [one for one in killers if "::" not in one]
    rest = [one for one in killers if one.split("::")[0] not in files]
    assert failing(copied, [*files, *rest]) == (0, ())


def test_a_mutant_that_no_longer_fits_the_code_says_so(copied: Path) -> None:
    gone = Edit("core/readygate/gate.py", "what is not there\n", "")
    with pytest.raises(LookupError, match=r"'old' no longer fits core/readygate/gate\.py: 0 times"):
        patch(copied, Mutant("old", (), (gone,)))
