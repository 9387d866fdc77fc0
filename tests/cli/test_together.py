"""Several trackers at once: none waits for another, and all end when the run has to end."""

from __future__ import annotations

import threading

import pytest

from readygate.errors import LedgerError
from readygate_cli.together import Together
from readygate_cli.wiring import SystemClock

PATIENCE = 10.0
"""Seconds after which a test that hangs fails."""


@pytest.fixture
def clock() -> SystemClock:
    return SystemClock()


def test_all_are_at_work_at_once_and_answer_in_order(clock: SystemClock) -> None:
    everybody = threading.Barrier(3, timeout=PATIENCE)

    def serve(tracker: str) -> str:
        everybody.wait()
        return tracker.upper()

    assert list(Together(clock, None)(serve, ["a", "b", "c"])) == ["A", "B", "C"]


def test_one_alone_needs_no_thread(clock: SystemClock) -> None:
    threads = list(Together(clock, None)(lambda _: threading.current_thread(), ["a"]))
    assert threads == [threading.main_thread()]


@pytest.mark.parametrize("waiting", ["for its pace", "between two steps"])
@pytest.mark.parametrize("error", [LedgerError("the disk is full"), KeyboardInterrupt()])
def test_what_ends_one_ends_all(clock: SystemClock, error: BaseException, waiting: str) -> None:
    together = Together(clock, None)
    working = threading.Barrier(3, timeout=PATIENCE)
    left: list[str] = []

    def serve(tracker: str) -> None:
        working.wait()
        if tracker == "broken":
            raise error
        try:
            while True:
                if waiting == "for its pace":
                    clock.sleep(PATIENCE)
                else:
                    together.progress("reading", 1, None)
        except KeyboardInterrupt:
            left.append(tracker)
            raise

    with pytest.raises(type(error)):
        list(together(serve, ["slow", "broken", "other"]))
    assert sorted(left) == ["other", "slow"]


def test_progress_is_told_by_one_at_a_time(clock: SystemClock) -> None:
    inside, most = 0, 0

    def told(step: str, done: int, total: int | None) -> None:
        nonlocal inside, most
        del step, done, total
        inside += 1
        most = max(most, inside)
        threading.Event().wait(0.001)
        inside -= 1

    together = Together(clock, told)

    def serve(tracker: str) -> None:
        for done in range(20):
            together.progress(tracker, done, None)

    list(together(serve, ["a", "b", "c"]))
    assert most == 1
