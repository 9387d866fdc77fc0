"""A rehearsal is a copy: it begins as the ledger is, and nothing of it remains."""

from __future__ import annotations

import re
import tempfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from readygate.errors import LedgerError
from readygate.ports import Event, PipelineState
from readygate_ledger import open_ledger
from unit.ledger.processes import line, process


@pytest.fixture
def scratch(tmp_path, monkeypatch):
    """Where temporary files go in this test."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def test_what_is_written_to_it_is_gone(ledger, memory, scratch, tmp_path):
    ledger.save("deals", [memory])
    before = Path(tmp_path / "ledger.db").read_bytes()
    with ledger.rehearsal() as copy:
        assert copy.memories("deals", ["10012"]) == {"10012": memory}
        copy.save("deals", [replace(memory, pending=False)], [Event("deals", "1", "D", "k", "t")])
        copy.save_state("deals", PipelineState(stamp="2"))
        copy.forget("deals", ["10012"])
        assert copy.pending("deals") == ()
    assert ledger.pending("deals") == ("10012",)
    assert ledger.state("deals").stamp == ""
    assert ledger.history() == ()
    assert Path(tmp_path / "ledger.db").read_bytes() == before
    assert list(scratch.iterdir()) == []


def test_the_copy_is_private_and_goes_also_when_the_plan_fails(ledger, memory, scratch):
    ledger.save("deals", [memory])

    def fail():
        with ledger.rehearsal():
            (folder,) = scratch.iterdir()
            assert folder.stat().st_mode & 0o777 == 0o700
            assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o600}
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert list(scratch.iterdir()) == []


def test_without_a_ledger_it_begins_empty_and_leaves_none(path, ledger, memory, scratch):
    with ledger.rehearsal() as copy:
        assert copy.pending("deals") == ()
        copy.save("deals", [memory])
        assert copy.pending("deals") == ("10012",)
    assert not path.exists()
    assert list(scratch.iterdir()) == []


WRITING = """
with ledger.lock():
    ledger.save("deals", [DealMemory("1", "first")])
    say("one")
    sys.stdin.readline()
    for number in range(2000):
        ledger.save("deals", [DealMemory("1", str(number)), DealMemory("2", str(number))])
        if number == 5:
            say("five")
"""


def test_it_can_be_taken_while_another_process_syncs(path, ledger):
    with process(path, WRITING) as child:
        assert line(child) == "one"
        with ledger.rehearsal() as copy:
            assert [memory.label for memory in copy.scan("deals")] == ["first"]
            child.stdin.write("go\n")
            child.stdin.flush()
            assert line(child) == "five"
            assert [memory.label for memory in copy.scan("deals")] == ["first"]
        with ledger.rehearsal() as copy:  # in the middle of the writes: one state, not two
            one, two = copy.scan("deals")
            assert one.label == two.label


def test_an_old_ledger_is_brought_up_to_date_in_the_copy_alone(path, clock, older, future):
    future()
    before = path.read_bytes()
    with closing(open_ledger(path, clock=clock)) as ledger, ledger.rehearsal() as copy:
        assert [run.id for run in copy.runs()] == ["run-1"]
        with copy._database.reading() as connection:
            said = connection.exec_driver_sql("SELECT version_num FROM alembic_version")
            assert said.scalar_one() == "rg9999"
    assert path.read_bytes() == before
    assert [file.name for file in path.parent.iterdir()] == ["ledger.db"]


def test_a_damaged_ledger_is_not_rehearsed(path, ledger):
    path.write_bytes(b"damaged " * 1000)
    with pytest.raises(LedgerError, match="is not a ledger, or it is damaged"), ledger.rehearsal():
        pass


def test_a_copy_that_finds_no_room_is_said_to_be_where_it_is(ledger, memory, full):
    ledger.save("deals", [memory])
    with full(), pytest.raises(LedgerError) as caught, ledger.rehearsal():
        pass
    assert re.match(
        r"the ledger \S+/readygate-\w+/rehearsal\.db cannot be read or written", str(caught.value)
    )
    assert ledger.memories("deals", ["10012"]) == {"10012": memory}
