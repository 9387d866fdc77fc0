"""What all tests share: properties are judged by what they find, not by how busy the machine is,
and every sandbox is watched: what its Jira side takes and gives must fit Atlassian's document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from readygate_sandbox import app

if TYPE_CHECKING:
    from support.openapi import Contract

# The parent keeps what hypothesis itself chooses for continuous integration: the same examples.
settings.register_profile(
    "readygate",
    parent=settings.get_profile(settings.get_current_profile_name()),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("readygate")


@pytest.fixture(scope="session", autouse=True)
def watching() -> Iterator[Contract | None]:
    """Watches every sandbox of this process, also those that serve several tests."""
    from support import openapi  # noqa: PLC0415 - slow to import, after the options are known

    if openapi.missing() is not None:
        yield None
        return
    contract = openapi.Contract()
    app.observers.append(contract)
    yield contract
    app.observers.remove(contract)


@pytest.fixture(autouse=True)
def contract(watching: Contract | None) -> Iterator[Contract | None]:
    """Fails a test whose exchanges went against the document or our own shapes; without the
    document nothing is watched (tests of the watching itself are skipped then)."""
    if watching:
        watching.seen.clear()
    yield watching
    if watching and watching.violations:
        told = "\n".join(dict.fromkeys(watching.violations))
        watching.violations.clear()
        pytest.fail(f"against Atlassian's document:\n{told}", pytrace=False)
