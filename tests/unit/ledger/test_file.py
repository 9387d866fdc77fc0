"""The file: private, made whole, never made by reading; what is wrong with it is said once."""

from __future__ import annotations

import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.pool import Pool

from readygate.action import Amend
from readygate.errors import LedgerError
from readygate.memory import DealMemory
from readygate.ports import Event, PipelineState
from readygate_ledger import open_ledger

START_AGAIN = (
    "Put a backup back, or run `readygate ledger rebuild`: "
    "it moves the file aside and makes a new ledger from the tracker"
)
RIGHTS = "Let the account that runs readygate read and write the file and its folder"


def modes(folder):
    return {entry.name: stat.S_IMODE(entry.stat().st_mode) for entry in folder.iterdir()}


def sql(path, text):
    with closing(sqlite3.connect(path)) as connection, connection:
        return connection.execute(text).fetchall()


@pytest.fixture
def pragma():
    """Run a pragma on every connection that is opened from now on."""
    listeners = []

    def begin(text):
        def connected(connection, _record):
            connection.execute(f"PRAGMA {text}")

        event.listen(Pool, "connect", connected)
        listeners.append(connected)

    yield begin
    for listener in listeners:
        event.remove(Pool, "connect", listener)


def test_reading_never_creates_the_file(ledger, tmp_path):
    assert ledger.state("deals") == PipelineState()
    assert ledger.binding("main") is None
    assert ledger.memories("deals", ["1"]) == {}
    assert list(ledger.scan("deals")) == []
    assert ledger.pending("deals") == ()
    assert ledger.unsettled("deals") == ()
    assert ledger.history() == ()
    assert ledger.runs() == ()
    assert list(tmp_path.iterdir()) == []


def test_saving_nothing_does_not_create_it_either(ledger, tmp_path):
    ledger.save("deals", [])
    ledger.forget("deals", [])
    assert ledger.intend("run", "deals", [], ledger._clock.now()) == ()
    assert list(tmp_path.iterdir()) == []


def test_every_file_is_private_whatever_the_umask(ledger, tmp_path, memory):
    before = os.umask(0)
    try:
        with ledger.lock():
            ledger.save("deals", [memory])
            assert modes(tmp_path) == dict.fromkeys(
                ("ledger.db", "ledger.db-wal", "ledger.db-shm", "ledger.db.lock"), 0o600
            )
    finally:
        os.umask(before)


def test_a_ledger_that_others_could_read_becomes_private(path, ledger, clock, memory):
    ledger.save("deals", [memory])
    ledger.close()
    path.chmod(0o644)
    with closing(open_ledger(path, clock=clock)) as again:
        assert again.memories("deals", ["10012"]) == {"10012": memory}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_writes_reach_the_disk_before_they_are_promised(ledger, memory):
    ledger.save("deals", [memory])
    with ledger._database.reading() as connection:
        said = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        ]
    assert said == ["wal", 2, 1, 100]  # 2 is FULL


def test_history_cannot_be_changed(ledger, path, clock):
    ledger.save("deals", [], [Event("deals", "1", "DEAL-1", "open", "opened")])
    for statement in ("UPDATE history SET text = ''", "DELETE FROM history"):
        with pytest.raises(sqlite3.IntegrityError, match=r"^history is append-only$"):
            sql(path, statement)
    assert [event.text for event in ledger.history()] == ["opened"]


def test_a_link_leads_to_the_same_lock(path, ledger, clock, memory, tmp_path):
    link = tmp_path / "link.db"
    link.symlink_to(path)
    ledger.save("deals", [memory])
    with closing(open_ledger(link, clock=clock)) as other:
        assert other.path == path.resolve()


def test_a_missing_folder(tmp_path, clock):
    path = tmp_path / "nowhere" / "ledger.db"
    with closing(open_ledger(path, clock=clock)) as ledger, pytest.raises(LedgerError) as caught:
        ledger.state("deals")
    assert str(caught.value) == (
        f"the ledger {path} has no place: there is no folder {path.parent}. "
        "Create the folder, or choose another place for the ledger"
    )
    with pytest.raises(LedgerError, match="has no place"), ledger.lock():
        pass


def test_a_file_that_is_no_database(path, ledger):
    path.write_bytes(b"version: 1\n" * 200)
    with pytest.raises(LedgerError) as caught:
        ledger.runs()
    assert (
        str(caught.value) == f"the ledger {path} is not a ledger, or it is damaged. {START_AGAIN}"
    )
    assert caught.value.detail.startswith(f"{path}: SQLITE_NOTADB: ")


def test_an_empty_file(path, ledger, memory):
    path.touch()
    with pytest.raises(LedgerError) as caught:
        ledger.save("deals", [memory])
    assert str(caught.value) == f"the ledger {path} is empty: it was cut off. {START_AGAIN}"
    assert path.stat().st_size == 0


def test_a_truncated_file(path, ledger, clock, memory):
    ledger.save("deals", [memory])
    ledger.close()
    os.truncate(path, 9000)
    with closing(open_ledger(path, clock=clock)) as again, pytest.raises(LedgerError) as caught:
        again.save("deals", [memory])
    assert str(caught.value) == f"the ledger {path} is damaged. {START_AGAIN}"


def test_a_folder_in_its_place(path, ledger):
    path.mkdir()
    with pytest.raises(LedgerError) as caught:
        ledger.runs()
    assert str(caught.value) == f"the ledger {path} cannot be opened. {RIGHTS}"


@pytest.mark.parametrize("table", ["alembic_version(version_num)", "customers(name)"])
def test_the_database_of_another_program(path, ledger, memory, table):
    sql(path, f"CREATE TABLE {table}")
    before = path.read_bytes()
    with pytest.raises(LedgerError) as caught:
        ledger.save("deals", [memory])
    assert str(caught.value) == (
        f"{path} is the database of another program, not a ledger. "
        "Choose another place for the ledger"
    )
    assert path.read_bytes() == before


def test_a_folder_without_rights(path, ledger, monkeypatch, tmp_path):
    # Also true for the superuser, to whom no mode says no.
    (tmp_path / "ledger.db.lock").mkdir()
    with pytest.raises(LedgerError) as caught, ledger.lock():
        pass
    assert str(caught.value) == f"the ledger {path} cannot be used: is a directory. {RIGHTS}"


def test_a_file_that_cannot_be_written(path, ledger, clock, memory, pragma):
    ledger.save("deals", [memory])
    ledger.close()
    pragma("query_only = ON")
    with closing(open_ledger(path, clock=clock)) as again:
        assert again.memories("deals", ["10012"]) == {"10012": memory}
        with pytest.raises(LedgerError) as caught:
            again.forget("deals", ["10012"])
    assert str(caught.value) == f"the ledger {path} can be read but not written. {RIGHTS}"


def test_a_full_disk_leaves_no_half(path, ledger, clock, memory, pragma):
    ledger.save("deals", [memory])
    ledger.close()
    pragma("max_page_count = 1")  # as many as there are
    with closing(open_ledger(path, clock=clock)) as again:
        events = [Event("deals", "10012", "DEAL-12", "note", "x" * 1000)] * 200
        with pytest.raises(LedgerError) as caught:
            again.save("deals", [], events)
        assert again.history() == ()
        assert again.memories("deals", ["10012"]) == {"10012": memory}
    assert str(caught.value) == (
        f"the ledger {path} cannot grow: the disk is full. "
        "Make room; nothing was half written, and the next run goes on from here"
    )


def test_another_program_that_holds_the_file(path, ledger, memory):
    ledger.save("deals", [memory])
    with closing(sqlite3.connect(path, isolation_level=None)) as backup:
        backup.execute("BEGIN IMMEDIATE")
        assert ledger.memories("deals", ["10012"]) == {"10012": memory}
        with pytest.raises(LedgerError) as caught:
            ledger.forget("deals", ["10012"])
    assert str(caught.value) == (
        f"the ledger {path} is in use by another program, perhaps a backup. "
        "Wait until that is done; the next run goes on from here"
    )
    ledger.forget("deals", ["10012"])


@pytest.mark.parametrize(
    ("spoil", "ask", "what"),
    [
        (
            "UPDATE deals SET memory = '{'",
            lambda one: one.memories("deals", ["10012"]),
            "deal 10012",
        ),
        ("UPDATE deals SET memory = '{}'", lambda one: list(one.scan("deals")), "deal 10012"),
        ("UPDATE states SET state = '[]'", lambda one: one.state("deals"), "pipeline deals"),
        ("UPDATE intents SET action = '{}'", lambda one: one.unsettled("deals"), "intent 1"),
    ],
)
def test_a_document_that_cannot_be_read(path, ledger, memory, spoil, ask, what):
    ledger.save("deals", [memory])
    ledger.save_state("deals", PipelineState(stamp="1"))
    amend = Amend("10012", "DEAL-12", "contract", "20001", "renamed", title="Contract")
    ledger.intend("run-1", "deals", [amend], ledger._clock.now())
    sql(path, spoil)
    with pytest.raises(LedgerError) as caught:
        ask(ledger)
    assert str(caught.value) == (
        f"the ledger {path} holds something unreadable about {what}. {START_AGAIN}"
    )


def test_half_a_surrogate_pair_is_kept_where_it_can_be(ledger):
    cut = DealMemory("1", "DEAL-1", "cut off: \ud83d")
    ledger.save("deals", [cut], [Event("deals", "1", "DEAL-1", "open", "cut off: \ud83d")])
    assert ledger.memories("deals", ["1"]) == {"1": cut}
    assert [event.text for event in ledger.history()] == ["cut off: ?"]


def test_a_time_without_zone_is_a_bug(ledger, clock):
    with pytest.raises(ValueError, match=r"^a time without a time zone: 2026-11-24T09:00:00$"):
        ledger.history(since=clock.now().replace(tzinfo=None, microsecond=0))


def test_a_ledger_that_is_forgotten_lets_go_of_the_file(path, clock, memory):
    ledger = open_ledger(path, clock=clock)
    ledger.save("deals", [memory])
    ledger.close()
    assert not Path(f"{path}-wal").exists()
    assert ledger.pending("deals") == ("10012",)
    assert Path(f"{path}-wal").exists()
    del ledger
    assert not Path(f"{path}-wal").exists()
