"""The seed of random histories: given, or drawn from the code that they try.

Every change of the core is met by other histories, and what CI has seen is what anybody sees who
runs the same code.
"""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path

CORE = Path(__file__).parents[3] / "core" / "readygate"


def seed() -> str:
    """READYGATE_SEED, or eight digits that stand for the core as it is."""
    given = os.environ.get("READYGATE_SEED")
    if given:
        return given
    digest = sha256()
    for path in sorted(CORE.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:8]
