"""The lock between real processes: it dies with its holder, and only with it."""

from __future__ import annotations

import os
import signal
import socket
from contextlib import closing

import pytest

from readygate.errors import LedgerError, LockHeld
from readygate.ports import RunSummary
from readygate_ledger import open_ledger
from readygate_ledger.ledger import SqlLedger
from unit.ledger.processes import HOLD, line, process


def free(ledger):
    try:
        with ledger.lock():
            return True
    except LockHeld:
        return False


def test_who_holds_it_is_said(path, ledger):
    with process(path, HOLD) as child:
        assert line(child) == "held"
        with pytest.raises(LockHeld) as caught, ledger.lock():
            pass
        assert str(caught.value) == (
            f"another run holds the lock of {path} since 2026-11-24 09:00:00 UTC: "
            f"run run-1, process {child.pid} on {socket.gethostname()}. "
            "Wait until it ends; if it hangs, end that process"
        )


def test_a_run_that_ends_lets_go(path, ledger):
    with process(path, HOLD) as child:
        assert line(child) == "held"
        assert child.stdin is not None
        child.stdin.close()
        assert child.wait() == 0
        assert free(ledger)


def test_a_killed_holder_lets_go(path, ledger):
    with process(path, HOLD) as child:
        assert line(child) == "held"
        assert not free(ledger)
        child.kill()
        child.wait()
        with ledger.lock():
            # The row of the dead is no longer believed.
            assert f"process {os.getpid()} on" in ledger._holder()


def test_a_paused_holder_keeps_it(path, ledger):
    with process(path, HOLD) as child:
        assert line(child) == "held"
        child.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, child.pid, os.WSTOPPED | os.WNOWAIT)
        assert not free(ledger)
        child.send_signal(signal.SIGCONT)
        assert not free(ledger)


def test_within_one_process_it_is_one_lock_too(path, ledger, clock):
    with closing(open_ledger(path, clock=clock)) as other, ledger.lock():
        ledger.begin(RunSummary("run-2", clock.now()))
        with pytest.raises(LockHeld, match=f"run run-2, process {os.getpid()} on "), other.lock():
            pass
        with pytest.raises(LockHeld), ledger.lock():
            pass
    assert free(other)


def test_a_failed_run_lets_go_and_leaves_no_row(path, ledger):
    with pytest.raises(ZeroDivisionError), ledger.lock():
        raise ZeroDivisionError
    with ledger._database.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM lock").scalar_one() == 0
    assert free(ledger)


def test_a_holder_that_has_not_said_who_it_is(path, ledger, clock):
    # Between taking the lock and writing the row, and while the ledger is damaged.
    with closing(open_ledger(path, clock=clock)) as other, other._lock.hold():
        with pytest.raises(LockHeld) as caught, ledger.lock():
            pass
        path.write_text("damaged " * 200)
        with pytest.raises(LockHeld) as again, ledger.lock():
            pass
    assert str(caught.value) == f"another run holds the lock of {path}. Wait until it ends"
    assert str(again.value) == str(caught.value)


def test_a_lock_that_cannot_be_told_of_is_not_kept(path, ledger):
    path.write_text("damaged " * 200)
    with pytest.raises(LedgerError, match="is not a ledger"), ledger.lock():
        pass
    path.unlink()
    assert free(ledger)


def test_others_read_while_one_writes(path, ledger, memory):
    ledger.save("deals", [memory])
    with process(path, HOLD) as child:
        assert line(child) == "held"
        assert ledger.memories("deals", ["10012"]) == {"10012": memory}
        assert [run.id for run in ledger.runs()] == ["run-1"]


NFS = "/dev/sda1 / ext4 rw 0 0\nserver:/home {folder} nfs4 rw,vers=4.2 0 0\n"


def test_a_network_file_system_is_refused_before_anything_is_written(path, clock, memory, tmp_path):
    table = NFS.format(folder=tmp_path)
    refused = (
        f"the ledger {path} lies on a network file system (nfs4), where two hosts could write it "
        "at once and spoil it. Choose a place on a local disk"
    )
    with closing(SqlLedger(path, clock=clock, mounts=lambda: table)) as ledger:
        for use in (ledger.runs, lambda: ledger.save("deals", [memory]), lambda: free(ledger)):
            with pytest.raises(LedgerError) as caught:
                use()
            assert str(caught.value) == refused
        with pytest.raises(LedgerError, match="network file system"), ledger.rehearsal():
            pass
    assert list(tmp_path.iterdir()) == []
