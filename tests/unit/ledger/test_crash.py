"""A process that dies in the middle of a write leaves all of it or nothing."""

from __future__ import annotations

import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime

import pytest

from readygate.action import Amend
from readygate.memory import DealMemory
from readygate_ledger import open_ledger
from unit.ledger.processes import line, process

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)

DIE = """
from sqlalchemy import event
from sqlalchemy.engine import Engine

deals = [DealMemory(str(number), "before") for number in range(300)]
ledger.save("deals", deals, [Event("deals", "1", "DEAL-1", "note", "before")])

@event.listens_for(Engine, "{moment}")
def die(connection, cursor, statement, *rest):
    if statement.startswith("INSERT INTO history"):
        os.kill(os.getpid(), signal.SIGKILL)

deals = [DealMemory(str(number), "after") for number in range(300)]
ledger.save("deals", deals, [Event("deals", "1", "DEAL-1", "note", "after")])
"""


@pytest.mark.parametrize("moment", ["before_cursor_execute", "after_cursor_execute"])
def test_killed_between_two_statements(path, ledger, moment):
    with process(path, DIE.replace("{moment}", moment)) as child:
        assert child.wait() == -signal.SIGKILL
    assert {memory.label for memory in ledger.scan("deals")} == {"before"}
    assert [event.text for event in ledger.history()] == ["before"]
    ledger.save("deals", [])


LOOP = """
number = 0
while True:
    number += 1
    deals = [DealMemory(str(ref), str(number)) for ref in range(200)]
    ledger.save("deals", deals, [Event("deals", "1", "DEAL-1", "note", str(number))])
    say(str(number))
"""


@pytest.mark.parametrize("after", [1, 3, 8])
def test_killed_at_any_time(path, ledger, after):
    with process(path, LOOP) as child:
        said = [line(child) for _ in range(after)]
        child.kill()
        child.wait()
        said += child.stdout.read().split()
    (label,) = {memory.label for memory in ledger.scan("deals")}
    # What was promised is there; one more may have been written and not said.
    assert int(label) - int(said[-1]) in {0, 1}
    assert [event.text for event in ledger.history()] == [str(n + 1) for n in range(int(label))]


RACE = """
sys.stdin.readline()
ledger.save("deals", [DealMemory(sys.argv[1] + str(os.getpid()))])
say("done")
"""


def test_processes_that_create_it_at_once_share_it(path, ledger):
    with process(path, RACE) as one, process(path, RACE) as two, process(path, RACE) as three:
        children = (one, two, three)
        for child in children:
            child.stdin.write("go\n")
            child.stdin.flush()
        assert [line(child) for child in children] == ["done"] * 3
        for child in children:
            assert child.wait() == 0
    assert len(list(ledger.scan("deals"))) == 3
    assert [file.name for file in path.parent.iterdir() if file.name.startswith(".")] == []


def test_whoever_was_quicker_may_be_at_work_already(path, clock, ledger):
    with closing(open_ledger(path, clock=clock)) as late:
        ledger.save("deals", [DealMemory("1")])
        assert path.with_name(f"{path.name}-wal").exists()
        with ledger.lock():
            late._database._create()
        late.save("deals", [DealMemory("2")])
    assert {memory.deal for memory in ledger.scan("deals")} == {"1", "2"}


def test_writers_wait_for_each_other(path, clock):
    def intend(_number):
        action = Amend("1", "DEAL-1", "contract", "20001", "renamed")
        with closing(open_ledger(path, clock=clock)) as ledger:
            return [ledger.intend("run", "deals", [action, action], NOW) for _ in range(20)]

    with ThreadPoolExecutor(4) as pool:
        ids = [id_ for some in pool.map(intend, range(4)) for pair in some for id_ in pair]
    assert sorted(ids) == list(range(1, 161))
