"""Random histories against the oracle: a few here, ten thousand among the fault tests.

READYGATE_SEED gives another seed than that of `seeds`.
"""

from __future__ import annotations

import pytest

from readygate.testing import Fault
from unit.core.history import History
from unit.core.seeds import seed
from unit.core.walk import Step, shortest, steps, told

HISTORIES = 150


def test_random_histories() -> None:
    drawn = seed()
    for number in range(HISTORIES):
        wrong = told(steps(f"{drawn}/{number}"))
        assert wrong is None, f"READYGATE_SEED={drawn}, history {number}:\n{shortest(wrong)}"


def test_the_oracle_knows_an_item_that_was_renamed_by_the_ledger_alone() -> None:
    """Renamed there and back, its new key refused by the tracker, and `formerly` dropped."""
    options = {"accesses": False, "informal": True, "review": False}
    story: list[Step] = [
        ("begin", {"stage": "Talks", "run": False}),
        ("change_contract", {**options, "paper": "paper"}),
        ("run", {"full": False, "dry": False}),
        ("fail", {"what": "amend", "fault": Fault.UNAVAILABLE}),
        ("change_contract", {**options, "paper": "back"}),
        ("run", {"full": False, "dry": False}),
        ("tick_everything", {"deal": 0}),
        ("change_contract", {**options, "paper": "plain"}),
        ("move", {"deal": 0, "stage": "Work"}),
        ("run", {"full": False, "dry": False}),
    ]
    assert told(story) is None


def test_a_history_that_goes_wrong_is_told_in_its_shortest_form(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def rename_item(self: History, **_given: object) -> None:
        if self.deals[3:]:
            raise RuntimeError("too many deals")

    monkeypatch.setattr(History, "rename_item", rename_item)
    found = (told(steps(f"shortest/{number}")) for number in range(HISTORIES))
    wrong = shortest(next(one for one in found if one and isinstance(one.error, RuntimeError)))
    kinds = [name for name, _ in wrong.steps]
    assert kinds[0] == "begin"
    assert kinds[-1] == "rename_item"
    assert len(kinds) == 5
    assert set(kinds[1:4]) <= {"create", "clone"}
    assert str(wrong).startswith("RuntimeError: too many deals\n    begin(stage=")
