"""Backups, examinations, moving aside, and the bounds of growth."""

from __future__ import annotations

import os
import sqlite3
import stat
from contextlib import closing
from datetime import timedelta

import pytest

from readygate.action import Amend, Outcome, Status
from readygate.errors import LedgerDamaged, LedgerError, LockHeld
from readygate.memory import DealMemory
from readygate.ports import Event, RunSummary
from readygate_ledger import open_ledger, pruning
from readygate_ledger.pruning import KEPT_INTENTS
from readygate_ledger.tables import HEAD
from unit.ledger.processes import HOLD, line, process

AMEND = Amend("10012", "DEAL-12", "contract", "20001", "renamed", title="Contract")


def sql(path, text):
    with closing(sqlite3.connect(path)) as connection, connection:
        return connection.execute(text).fetchall()


def names(folder):
    return sorted(entry.name for entry in folder.iterdir())


# Backups


def test_a_backup_is_one_private_state(path, ledger, clock, memory, tmp_path):
    ledger.save("deals", [memory], [Event("deals", "10012", "DEAL-12", "note", "seen")])
    target = tmp_path / "copy.db"
    ledger.backup(target)
    ledger.save("deals", [DealMemory("7", "DEAL-7")])
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert names(tmp_path) == ["copy.db", "ledger.db", "ledger.db-shm", "ledger.db-wal"]
    with closing(open_ledger(target, clock=clock)) as copy:
        assert list(copy.scan("deals")) == [memory]
        assert [event.text for event in copy.history()] == ["seen"]
        copy.save("deals", [memory])  # a backup put back works as a ledger does
        assert sql(target, "PRAGMA journal_mode") == [("wal",)]


BUSY = """
number = 0
while True:
    number += 1
    ledger.save("deals", [DealMemory("a", str(number)), DealMemory("b", str(number))])
    say(str(number))
"""


def test_a_backup_is_taken_while_another_process_writes(path, clock, tmp_path):
    with process(path, BUSY) as child, closing(open_ledger(path, clock=clock)) as ledger:
        for number in range(5):
            line(child)
            target = tmp_path / f"copy-{number}.db"
            ledger.backup(target)
            with closing(open_ledger(target, clock=clock)) as copy:
                one, two = copy.scan("deals")
                assert one.label == two.label


def test_a_backup_never_overwrites(ledger, memory, tmp_path):
    ledger.save("deals", [memory])
    target = tmp_path / "copy.db"
    target.write_text("precious")
    with pytest.raises(LedgerError) as caught:
        ledger.backup(target)
    assert str(caught.value) == (
        f"{target} is there already, and a backup never overwrites. Name another file"
    )
    assert target.read_text() == "precious"


def test_a_backup_does_not_overwrite_what_appears_meanwhile(ledger, memory, tmp_path, monkeypatch):
    ledger.save("deals", [memory])
    target = tmp_path / "copy.db"
    monkeypatch.setattr(ledger, "_prove", lambda _draft: target.write_text("precious"))
    with pytest.raises(LedgerError, match="a backup never overwrites"):
        ledger.backup(target)
    assert target.read_text() == "precious"
    assert [name for name in names(tmp_path) if name.endswith(".new")] == []


def test_a_backup_of_nothing(path, ledger, tmp_path):
    with pytest.raises(LedgerError) as caught:
        ledger.backup(tmp_path / "copy.db")
    assert str(caught.value) == (
        f"there is no ledger at {path} yet: nothing to back up. The first `readygate sync` makes it"
    )
    with pytest.raises(LedgerError) as caught:
        ledger.backup(tmp_path / "nowhere" / "copy.db")
    assert str(caught.value) == (
        f"there is no folder {tmp_path / 'nowhere'} for the backup. Create it"
    )
    assert names(tmp_path) == []


def spoil(path):
    """Overwrite the inner pages: the header stays, so that it still opens as a ledger."""
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size // 3)
        file.write(b"\xff" * (size // 3))


def test_no_backup_of_a_damaged_ledger_is_kept(path, ledger, memory, tmp_path):
    ledger.save("deals", [memory])
    ledger.close()
    spoil(path)
    target = tmp_path / "copy.db"
    with pytest.raises(LedgerDamaged):
        ledger.backup(target)
    assert "copy.db" not in names(tmp_path)


def test_the_place_of_a_copy_that_finds_no_room_is_named(path, ledger, memory, tmp_path, full):
    ledger.save("deals", [memory])
    target = tmp_path / "copy.db"
    with full(), pytest.raises(LedgerError) as caught:
        ledger.backup(target)
    assert f".copy.db.{os.getpid()}.new cannot be read or written" in str(caught.value)
    assert names(tmp_path) == ["ledger.db", "ledger.db-shm", "ledger.db-wal"]


# Examinations


def test_a_sound_ledger(path, ledger, memory, clock):
    ledger.save("deals", [memory, DealMemory("7")], [Event("deals", "7", "D", "note", "seen")])
    ledger.save("sales", [DealMemory("8")])
    ledger.intend("run-1", "deals", [AMEND, AMEND], clock.now())
    ledger.begin(RunSummary("run-1", clock.now()))
    found = ledger.examine()
    assert (found.problem, found.damaged, found.revision, found.newest) == ("", False, HEAD, HEAD)
    assert (dict(found.deals), found.history) == ({"deals": 2, "sales": 1}, 1)
    assert (found.open_intents, found.oldest_intent) == (2, clock.now())
    assert found.last_run == RunSummary("run-1", clock.now())
    assert (found.held, found.holder) == (False, "")
    assert found.bytes >= path.stat().st_size


def test_who_holds_the_lock(path, ledger):
    with process(path, HOLD) as child:
        assert line(child) == "held"
        found = ledger.examine()
    assert found.held
    assert found.holder.startswith(f"run run-1, process {child.pid} on ")


def test_the_lock_is_free_again_after_an_examination(ledger, memory):
    with ledger.lock():
        ledger.save("deals", [memory])
        assert ledger.examine().held
    assert not ledger.examine().held
    with ledger.lock():
        pass


def test_an_examination_changes_nothing(path, clock, older, future, tmp_path):
    before = path.read_bytes()
    future()
    with closing(open_ledger(path, clock=clock)) as ledger:
        found = ledger.examine()
    assert (found.problem, found.revision) == ("", HEAD)
    assert path.read_bytes() == before
    assert names(tmp_path) == ["ledger.db"]


@pytest.mark.parametrize(
    ("spoiled", "damaged", "says"),
    [
        (lambda path: path.write_bytes(b""), True, "is empty: it was cut off"),
        (lambda path: path.write_bytes(b"x" * 9000), True, "is not a ledger, or it is damaged"),
        (lambda path: os.truncate(path, 9000), True, "is damaged"),
        (spoil, True, "is damaged"),
        (
            lambda path: sql(path, "UPDATE deals SET memory = '{'"),
            True,
            "holds something unreadable about deal 10012",
        ),
        (
            lambda path: sql(path, "UPDATE alembic_version SET version_num = 'rg9999'"),
            False,
            "was written by a newer readygate",
        ),
        (
            lambda path: sql(path, "DROP TABLE alembic_version"),
            False,
            "is the database of another program",
        ),
    ],
)
def test_what_an_examination_finds(path, ledger, memory, spoiled, damaged, says):
    ledger.save("deals", [memory])
    ledger.close()
    spoiled(path)
    found = ledger.examine()
    assert says in found.problem
    assert found.damaged is damaged


def test_an_examination_of_nothing(path, ledger, tmp_path):
    assert not ledger.examine().exists
    assert names(tmp_path) == []


# Moving aside


def test_everything_of_a_ledger_is_moved_and_nothing_deleted(path, ledger, memory, tmp_path):
    ledger.save("deals", [memory])
    (tmp_path / "ledger.db-wal").write_bytes(b"left by a crash")
    moved = ledger.set_aside("ledger.db.damaged")
    assert [one.name for one in moved][:1] == ["ledger.db.damaged"]
    assert "ledger.db" not in names(tmp_path)
    assert list(ledger.scan("deals")) == []


def test_what_was_moved_aside_before_stays(path, ledger, memory, tmp_path):
    before = tmp_path / "ledger.db.damaged"
    before.write_text("the first one")
    ledger.save("deals", [memory])
    assert ledger.set_aside("ledger.db.damaged")[0].name == "ledger.db.damaged.2"
    assert before.read_text() == "the first one"


def test_nothing_is_moved_under_a_run(path, ledger):
    with process(path, HOLD) as child:
        assert line(child) == "held"
        with pytest.raises(LockHeld, match=f"run run-1, process {child.pid} on "):
            ledger.set_aside("ledger.db.damaged")
    assert path.exists()


CRASH = """
ledger.save("deals", [DealMemory("1", "before")])
say("saved")
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_lost_ledger_left_is_not_played_into_the_next(path, clock, tmp_path):
    # A crash leaves the last writes in ledger.db-wal; then somebody removes ledger.db alone.
    with process(path, CRASH) as child:
        assert line(child) == "saved"
        child.wait()
    left = (tmp_path / "ledger.db-wal").read_bytes()
    assert left
    path.unlink()
    with closing(open_ledger(path, clock=clock)) as ledger:
        ledger.save("deals", [DealMemory("2", "after")])
        assert [memory.label for memory in ledger.scan("deals")] == ["after"]
        assert ledger.examine().problem == ""
    assert (tmp_path / "ledger.db-wal.orphan").read_bytes() == left


# Growth


def pages(path):
    return sql(path, "PRAGMA page_count")[0][0]


def idle(ledger, clock, number):
    run = RunSummary(f"run-{number:06}", clock.now())
    ledger.begin(run)
    ledger.save_state("deals", ledger.state("deals"))
    counts = {"requests.main": 2}
    ledger.end(RunSummary(run.id, run.started, clock.now(), 0, counts))
    clock.sleep(60)


def test_idle_runs_do_not_grow_it(path, ledger, clock, monkeypatch):
    monkeypatch.setattr(pruning, "KEPT_RUNS", 50)
    for number in range(60):
        idle(ledger, clock, number)
    before = pages(path)
    for number in range(60, 260):
        idle(ledger, clock, number)
    assert pages(path) == before
    kept = [run.id for run in ledger.runs(limit=1000)]
    assert kept == [f"run-{number:06}" for number in range(259, 209, -1)]


def end(ledger, clock, run):
    ledger.begin(RunSummary(run, clock.now()))
    ledger.end(RunSummary(run, clock.now(), clock.now(), 0))


def test_settled_intents_are_kept_for_ninety_days(path, ledger, clock):
    def intents():
        return [row[0] for row in sql(path, "SELECT id FROM intents ORDER BY id")]

    one, two, three = ledger.intend("run-1", "deals", [AMEND] * 3, clock.now())
    done = {id_: Outcome(AMEND, Status.DONE) for id_ in (one, two)}
    event = Event("deals", "10012", "DEAL-12", "amend", "amend: done")
    ledger.settle("deals", done, [], [event])
    clock.sleep((KEPT_INTENTS - timedelta(hours=1)).total_seconds())
    end(ledger, clock, "run-2")
    assert intents() == [one, two, three]
    clock.sleep(86400)
    end(ledger, clock, "run-3")
    assert intents() == [three]  # open: what became of it is not known, however old it is
    assert [intent.id for intent in ledger.unsettled("deals")] == [three]
    assert [one.text for one in ledger.history()] == ["amend: done"]


def test_ids_of_intents_are_not_given_twice_after_pruning(ledger, clock):
    ids = ledger.intend("run-1", "deals", [AMEND] * 2, clock.now())
    ledger.settle("deals", {id_: Outcome(AMEND, Status.DONE) for id_ in ids}, [], [])
    clock.sleep((KEPT_INTENTS + timedelta(days=1)).total_seconds())
    end(ledger, clock, "run-2")
    assert ledger.intend("run-2", "deals", [AMEND], clock.now()) == (ids[-1] + 1,)


def test_a_backup_to_a_file_system_without_hard_links(ledger, memory, tmp_path, monkeypatch, clock):
    def refuse(*_):
        raise PermissionError(1, "Operation not permitted")

    ledger.save("deals", [memory])
    monkeypatch.setattr(os, "link", refuse)
    target = tmp_path / "copy.db"
    ledger.backup(target)
    with closing(open_ledger(target, clock=clock)) as copy:
        assert list(copy.scan("deals")) == [memory]
    monkeypatch.setattr(ledger, "_prove", lambda _draft: other.write_text("precious"))
    other = tmp_path / "other.db"
    with pytest.raises(LedgerError, match="a backup never overwrites"):
        ledger.backup(other)
    assert other.read_text() == "precious"


def test_a_disk_that_is_full_from_the_beginning_leaves_nothing(ledger, memory, tmp_path, full):
    with full(), pytest.raises(LedgerError, match="cannot be read or written"):
        ledger.save("deals", [memory])
    assert names(tmp_path) == []
    ledger.save("deals", [memory])


def test_no_migration_without_room_for_the_copy(path, clock, older, future, full, tmp_path):
    future()
    with closing(open_ledger(path, clock=clock)) as ledger:
        with full(40_000), pytest.raises(LedgerError) as caught:
            ledger.runs()
        assert ".before-rg9999.new cannot be read or written" in str(caught.value)
        assert sql(path, "SELECT version_num FROM alembic_version") == [(HEAD,)]
        assert [name for name in names(tmp_path) if "before" in name] == []
        assert [run.id for run in ledger.runs()] == ["run-1"]
    assert "ledger.db.before-rg9999" in names(tmp_path)
