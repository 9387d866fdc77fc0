"""However requests are delayed on their way, no second of the tracker sees more than it allows."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readygate.testing import FakeClock
from readygate_airtable.account import account_pace
from readygate_http import Pace

MOST = 5
FASTER = 20


def most_in_a_second(times: list[float]) -> int:
    second = 1.0 - 1e-6  # sums of floats
    return max(sum(at <= other < at + second for other in times) for at in times)


delays = st.floats(0, 2.0)


@given(st.lists(st.tuples(delays, delays, delays), min_size=1, max_size=60), st.floats(0, 0.5))
def test_no_second_sees_more_than_the_limit(requests, spacing):
    clock = FakeClock()
    pace = Pace(clock, MOST, spacing)
    arrived = []
    for pause, there, back in requests:
        clock.sleep(pause)
        with pace.request():
            clock.sleep(there)
            arrived.append(clock.monotonic())
            clock.sleep(back)
    assert most_in_a_second(arrived) <= MOST


@given(
    way=st.floats(0.001, 0.2),
    work=st.floats(0, 0.4),
    counted=st.floats(0, 1),
    slow=st.floats(0, 1),
    requests=st.lists(st.tuples(delays, delays, delays, delays), min_size=1, max_size=60),
)
def test_nor_does_it_where_half_of_the_shortest_time_is_left_out(
    way: float,
    work: float,
    counted: float,
    slow: float,
    requests: list[tuple[float, float, float, float]],
) -> None:
    """A way there, some work, a way back: each takes that long at least, and any time longer. The
    tracker counts somewhere in its work. One request that is learned from takes no more than
    twice as long as it must."""
    clock = FakeClock()
    pace = Pace(clock, MOST)
    arrived = []
    for number, drawn in enumerate(requests):
        at_most_twice = (drawn[0], slow * (2 * way + work), 0.0, 0.0)
        pause, there, longer, back = at_most_twice if number == MOST else drawn
        clock.sleep(pause)
        with pace.request():
            started = clock.monotonic()
            clock.sleep(way + there)
            arrived.append(clock.monotonic() + counted * (work + longer))
            clock.sleep(work + longer + way + back)
            pace.took(clock.monotonic() - started)
    assert most_in_a_second(arrived) <= MOST


@pytest.mark.parametrize("cold", range(MOST))
def test_nothing_is_learned_from_what_may_have_connected_first(cold: int) -> None:
    """One of the first takes 120 ms to get there and 10 to be answered; then each takes 170."""
    clock = FakeClock()
    pace = Pace(clock, MOST)
    arrived = []
    for number in range(4 * MOST):
        there, rest = (0.12, 0.01) if number == cold else (0.01, 0.16)
        with pace.request():
            clock.sleep(there)
            arrived.append(clock.monotonic())
            clock.sleep(rest)
            pace.took(there + rest)
    assert most_in_a_second(arrived) <= MOST


def test_half_of_what_a_request_takes_is_not_waited_for():
    clock = FakeClock()
    pace = Pace(clock, MOST)
    for _ in range(10 * MOST + 1):
        with pace.request():
            clock.sleep(0.02)
            pace.took(0.02)
    assert clock.monotonic() == pytest.approx(1.02 + 9 * 1.01 + 0.02)  # the first five in full


def test_who_waits_first_goes_first():
    clock = FakeClock()
    pace = Pace(clock, 1)
    with pace.request():
        pass
    first, second = object(), object()
    pace._waiting += [first, second]
    clock.sleep(1.0)
    assert pace._wait(second) > 0
    assert pace._wait(first) == 0


def test_who_gives_up_waiting_is_in_nobody_s_way():
    clock = FakeClock()
    pace = Pace(clock, 1)
    with pace.request():
        pass

    def interrupted(_seconds: float) -> None:
        raise KeyboardInterrupt

    patient = clock.sleep
    clock.sleep = interrupted
    with pytest.raises(KeyboardInterrupt), pace.request():
        pass
    clock.sleep = patient
    with pace.request():
        pass
    assert clock.monotonic() == 1.0


def test_the_limit_is_used_to_the_full():
    clock = FakeClock()
    pace = Pace(clock, MOST)
    for _ in range(10 * MOST + 1):
        with pace.request():
            pass
    assert clock.monotonic() == 10.0


def test_runs_that_follow_each_other_stay_apart():
    clock = FakeClock()
    for _ in range(3):
        pace = Pace(clock, MOST, spacing=0.2)
        for _ in range(2):
            with pace.request():
                clock.sleep(0.05)
    assert clock.slept.count(0.05) == 6
    assert [one for one in clock.slept if one != 0.05] == [0.15000000000000002] * 3


class Hurried:
    """A clock by which threads wait a twentieth of the time."""

    def __init__(self) -> None:
        self._really = threading.Event()

    def monotonic(self) -> float:
        return FASTER * time.monotonic()

    def sleep(self, seconds: float) -> None:
        self._really.wait(seconds / FASTER)


def test_threads_share_it():
    clock = Hurried()
    pace = Pace(clock, MOST)
    arrived: list[float] = []

    def send(delay: float) -> None:
        with pace.request():
            clock.sleep(delay)
            arrived.append(clock.monotonic())
            clock.sleep(1.0 - delay)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(send, [number * 0.37 % 1.0 for number in range(40)]))
    assert len(arrived) == 40
    assert most_in_a_second(arrived) <= MOST


def test_bases_of_one_token_share_it():
    clock = FakeClock()
    first = account_pace("https://api.example", "pat1", clock)
    assert account_pace("https://api.example", "pat1", clock) is first
    assert account_pace("https://api.example", "pat2", clock) is not first
    assert account_pace("https://other.example", "pat1", clock) is not first
    assert account_pace("https://api.example", "pat1", FakeClock()) is not first
