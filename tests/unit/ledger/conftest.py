"""A ledger in a real file, a clock that stands still, and one deal with everything on it."""

from __future__ import annotations

import resource
import shutil
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from importlib.resources import files

import pytest

from readygate.deal import Mark
from readygate.memory import Attempt, DealMemory, ItemMemory, Standing
from readygate.ports import RunSummary
from readygate.testing import FakeClock
from readygate_ledger import database as database_module
from readygate_ledger import open_ledger, upgrading
from readygate_ledger.tables import HEAD

NOW = datetime(2026, 11, 24, 9, 0, 0, 123456, tzinfo=UTC)

FUTURE = '''"""A revision that is still to come."""
revision = "rg9999"
down_revision = "{head}"

from alembic import op

def upgrade():
    op.execute("ALTER TABLE runs ADD COLUMN note TEXT")
    op.execute("UPDATE runs SET note = 'migrated'")
    {then}
'''


@pytest.fixture
def clock():
    return FakeClock(NOW)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "ledger.db"


@pytest.fixture
def ledger(path, clock):
    with closing(open_ledger(path, clock=clock, patience=0.1)) as opened:
        yield opened


@pytest.fixture
def memory():
    return DealMemory(
        "10012",
        "DEAL-12",
        "Сайт для «Ромашки»",
        stage="3",
        stage_name="Talks",
        created=NOW,
        updated=NOW,
        fields={"Service": ("Site", "Design")},
        standing=Standing.PLACED,
        accepted="3",
        passed={"sales": ("checklist",)},
        attempt=Attempt("a1", NOW, "3", "4", ("contract",), since=NOW),
        items={
            "contract": ItemMemory(
                "20001", Mark.TICKED, "Contract", NOW, twins={"20002": Mark.OPEN}
            )
        },
        pending=True,
    )


@pytest.fixture
def older(path, clock):
    """A ledger of the version before: one with a run in it."""
    with closing(open_ledger(path, clock=clock)) as opened:
        opened.begin(RunSummary("run-1", NOW))


@pytest.fixture
def future(tmp_path_factory, monkeypatch):
    """A readygate of the future, with one more migration; `future(then)` adds a last line."""

    def install(then="pass"):
        folder = tmp_path_factory.mktemp("scripts") / "migrations"
        shutil.copytree(files("readygate_ledger") / "migrations", folder)
        text = FUTURE.replace("{head}", HEAD).replace("{then}", then)
        (folder / "versions" / "rg9999_future.py").write_text(text)
        monkeypatch.setattr(upgrading, "MIGRATIONS", str(folder))
        monkeypatch.setattr(database_module, "HEAD", "rg9999")

    return install


@pytest.fixture
def full():
    """A file system on which, while the block lasts, no file of ours gets beyond so many bytes."""

    @contextmanager
    def within(most=8192):
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    return within
