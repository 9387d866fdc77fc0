"""One account, many threads: never more requests in a second than the tracker allows it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from hypothesis import given
from hypothesis import strategies as st

from readygate.testing import FakeClock
from readygate_airtable.account import account_pace
from readygate_http import AccountPace

MOST = 5


def most_in_a_second(times: list[float]) -> int:
    second = 1.0 - 1e-6  # sums of floats
    return max(sum(at <= other < at + second for other in times) for at in times)


@given(st.lists(st.floats(0, 0.5), min_size=1, max_size=60))
def test_no_second_sees_more_than_the_limit(pauses):
    clock = FakeClock()
    pace = AccountPace(clock, MOST)
    times = []
    for pause in pauses:
        clock.sleep(pause)
        pace.take()
        times.append(clock.monotonic())
    assert most_in_a_second(times) <= MOST


def test_the_limit_is_used_to_the_full():
    clock = FakeClock()
    pace = AccountPace(clock, MOST)
    for _ in range(10 * MOST + 1):
        pace.take()
    assert clock.monotonic() == 10.0


def test_threads_share_it():
    clock = Standing()
    pace = AccountPace(clock, MOST)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: pace.take(), range(8 * MOST)))
    waits = [float(second) for second in range(1, 8) for _ in range(MOST)]
    assert sorted(clock.slept) == waits


class Standing(FakeClock):
    """A clock that stands still and notes who would wait until when."""

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


def test_bases_of_one_token_share_it():
    clock = FakeClock()
    first = account_pace("https://api.example", "pat1", clock)
    assert account_pace("https://api.example", "pat1", clock) is first
    assert account_pace("https://api.example", "pat2", clock) is not first
    assert account_pace("https://other.example", "pat1", clock) is not first
    assert account_pace("https://api.example", "pat1", FakeClock()) is not first
