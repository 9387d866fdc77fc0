"""Migrations: run when due, whole or not at all, with a copy of what was there before."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from readygate.errors import LedgerError, LockHeld
from readygate_ledger import open_ledger, upgrading
from readygate_ledger.tables import HEAD, metadata
from unit.ledger.processes import HOLD, line, process


def sql(path, text):
    with closing(sqlite3.connect(path)) as connection, connection:
        return connection.execute(text).fetchall()


def test_the_newest_migration_gives_the_tables_we_use(ledger, memory):
    ledger.save("deals", [memory])
    with ledger._database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        names = {row[0] for row in connection.exec_driver_sql("SELECT name FROM sqlite_master")}
    assert {"deals_pending", "intents_unsettled", "history_deal", "history_no_update"} <= names


def test_the_revision_we_know_is_the_newest():
    scripts = ScriptDirectory.from_config(upgrading.config())
    assert scripts.get_heads() == [HEAD]


def test_a_ledger_of_an_older_version_is_migrated_and_a_copy_kept(path, clock, older, future):
    future()
    with closing(open_ledger(path, clock=clock)) as ledger:
        assert [run.id for run in ledger.runs()] == ["run-1"]
    copy = path.with_name("ledger.db.before-rg9999")
    assert sql(path, "SELECT id, note FROM runs") == [("run-1", "migrated")]
    assert sql(path, "SELECT version_num FROM alembic_version") == [("rg9999",)]
    assert sql(copy, "SELECT version_num FROM alembic_version") == [(HEAD,)]
    assert copy.stat().st_mode & 0o777 == 0o600
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_migration_that_fails_changes_nothing(path, clock, older, future):
    future(then='raise OSError(28, "No space left on device")')
    with closing(open_ledger(path, clock=clock)) as ledger, pytest.raises(LedgerError) as caught:
        ledger.runs()
    assert "cannot grow: the disk is full" in str(caught.value)
    assert sql(path, "SELECT version_num FROM alembic_version") == [(HEAD,)]
    assert "note" not in [row[1] for row in sql(path, "PRAGMA table_info(runs)")]
    future()
    with closing(open_ledger(path, clock=clock)) as ledger:
        assert len(ledger.runs()) == 1


def test_no_migration_under_the_feet_of_a_run(path, clock, older, future):
    with process(path, HOLD) as child:
        assert line(child) == "held"
        future()
        with closing(open_ledger(path, clock=clock)) as ledger:
            with pytest.raises(LockHeld, match="another run holds the lock"):
                ledger.runs()
            with (
                pytest.raises(LockHeld, match=f"run run-1, process {child.pid} on "),
                ledger.lock(),
            ):
                pass
    assert sql(path, "SELECT version_num FROM alembic_version") == [(HEAD,)]


def test_the_run_that_holds_the_lock_migrates(path, clock, older, future):
    future()
    with closing(open_ledger(path, clock=clock)) as ledger, ledger.lock():
        assert [run.id for run in ledger.runs()] == ["run-1"]


def test_a_ledger_of_a_newer_version_is_left_alone(path, ledger, older):
    sql(path, "UPDATE alembic_version SET version_num = 'rg9999'")
    before = path.read_bytes()
    with pytest.raises(LedgerError) as caught:
        ledger.runs()
    assert str(caught.value) == (
        f"the ledger {path} was written by a newer readygate (revision rg9999, this one knows "
        f"{HEAD}). Install the newer version again; it cannot be turned back"
    )
    assert path.read_bytes() == before


def test_an_ordinary_run_does_not_load_alembic(path, older):
    script = (
        "import sys; from pathlib import Path; from readygate.testing import FakeClock\n"
        "from readygate_ledger import open_ledger\n"
        "assert not [name for name in sys.modules if name.startswith('sqlalchemy')]\n"
        "with open_ledger(Path(sys.argv[1]), clock=FakeClock()).lock(): pass\n"
        "assert 'sqlalchemy' in sys.modules\n"
        "assert not [name for name in sys.modules if name.startswith(('alembic', 'mako'))]\n"
    )
    subprocess.run([sys.executable, "-c", script, str(path)], check=True)
