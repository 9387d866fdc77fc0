"""The core is tested with nothing at hand: whatever a run goes by has to be in the ledger."""

from __future__ import annotations

import pytest

from readygate.applying import memories


@pytest.fixture(autouse=True)
def nothing_at_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a run with more deals than are kept at hand. Small ones are run everywhere else."""
    monkeypatch.setattr(memories, "AT_HAND", 0)
