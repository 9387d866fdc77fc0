"""Every sandbox here is watched: what it takes and gives must fit Atlassian's document."""

from collections.abc import Iterator

import pytest

from readygate_sandbox import app
from support import openapi


@pytest.fixture(autouse=True)
def contract() -> Iterator[openapi.Contract | None]:
    """Fails a test whose exchanges went against the document or our own shapes; without the
    document nothing is watched (tests of the watching itself are skipped then)."""
    if openapi.missing() is not None:
        yield None
        return
    watching = openapi.Contract()
    app.observers.append(watching)
    try:
        yield watching
    finally:
        app.observers.remove(watching)
    if watching.violations:
        told = "\n".join(dict.fromkeys(watching.violations))
        pytest.fail(f"against Atlassian's document:\n{told}", pytrace=False)
