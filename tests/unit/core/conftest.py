"""The core is tested with what it knows of deals at hand, and with all of it in the ledger."""

from __future__ import annotations

import pytest

from readygate.applying import memories


@pytest.fixture(autouse=True, params=[0, memories.AT_HAND], ids=["in-the-ledger", "at-hand"])
def at_hand(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """None at hand: as in a run with more deals than that."""
    monkeypatch.setattr(memories, "AT_HAND", request.param)
