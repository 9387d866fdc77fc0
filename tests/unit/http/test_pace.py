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
    st.floats(0.01, 0.9),
    st.floats(0, 1),
    st.lists(st.tuples(delays, delays, delays), min_size=1, max_size=60),
)
def test_nor_does_it_where_what_a_request_takes_at_least_is_counted_on(least, way, requests):
    clock = FakeClock()
    pace = Pace(clock, MOST)
    arrived = []
    for number, (pause, there, back) in enumerate(requests):
        more = least if number < MOST else 2.0  # at first: at most twice what they take at least
        clock.sleep(pause)
        with pace.request():
            started = clock.monotonic()
            clock.sleep(way * least + way * min(there, more))
            arrived.append(clock.monotonic())
            clock.sleep((1 - way) * (least + min(back, more)))
            pace.took(clock.monotonic() - started)
    assert most_in_a_second(arrived) <= MOST


def test_half_of_what_a_request_takes_is_not_waited_for():
    clock = FakeClock()
    pace = Pace(clock, MOST)
    for _ in range(10 * MOST + 1):
        with pace.request():
            clock.sleep(0.02)
            pace.took(0.02)
    assert clock.monotonic() == pytest.approx(10 * (1.0 + 0.01) + 0.02)


def test_who_waits_first_goes_first():
    clock = Hurried()
    pace = Pace(clock, MOST)
    went: list[int] = []
    for _ in range(MOST):
        with pace.request():
            pass

    def send(number: int) -> None:
        with pace.request():
            went.append(number)

    with ThreadPoolExecutor(10) as pool:
        for number in range(10):
            pool.submit(send, number)
            time.sleep(0.002)
    assert sorted(went[:MOST]) == list(range(MOST))
    assert sorted(went[MOST:]) == list(range(MOST, 2 * MOST))


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
