"""Serves several trackers at once: each waits for its own answers, not for those of the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from threading import Lock
from typing import TypeVar

from readygate.run import Progress
from readygate_cli.wiring import SystemClock

MOST = 32
"""Trackers at work at the same time; the others follow as these end."""

T = TypeVar("T")


class Together:
    """Calls a function for several values at once, and has all of them end when one cannot go on.

    What cannot go on is the whole run: an interruption, a ledger that fails, a bug of ours. The
    others stop where they are about to wait or to begin a new step, so that nothing is left half
    recorded, and none of them is at work any more when the lock is let go.
    """

    def __init__(self, clock: SystemClock, told: Progress | None) -> None:
        self._lock = Lock()
        self._told = told
        self._stop = clock.interrupted

    def __call__(self, function: Callable[[str], T], values: Iterable[str]) -> Iterator[T]:
        """See `readygate.run.Together`."""
        several = tuple(values)
        if len(several) < 2:
            yield from map(function, several)
            return
        with ThreadPoolExecutor(min(len(several), MOST), "tracker") as pool:
            try:
                futures = [pool.submit(function, value) for value in several]
                ended, _ = wait(futures, return_when=FIRST_EXCEPTION)
                for future in ended:
                    future.result()
            except BaseException:
                self._stop.set()
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        yield from (future.result() for future in futures)

    def progress(self, step: str, done: int, total: int | None) -> None:
        """See `Progress`: for several threads, each of which ends here once the run has to end."""
        if self._stop.is_set():
            raise KeyboardInterrupt
        if self._told:
            with self._lock:
                self._told(step, done, total)
