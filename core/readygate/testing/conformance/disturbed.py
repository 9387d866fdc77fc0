"""The story with answers lost, and killed, at every moment of every run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from readygate.ports import Ledger
from readygate.testing.conformance.playground import Requests, Trouble
from readygate.testing.conformance.promise import Promises
from readygate.testing.conformance.tale import END, Tale
from readygate.testing.ledger import MemoryLedger

MOST_REQUESTS = 60
"""No run of the story sends more; one that does is not looked at beyond this."""

_KEPT = ("begin", "forget", "intend", "save", "save_binding", "save_state", "settle")


class Killed(BaseException):
    """The process is gone."""


@dataclass
class Doom:
    """Kills at the n-th event (from 1), once; counts all of them."""

    at: int = 0
    count: int = 0

    def __call__(self) -> None:
        """One more has happened."""
        self.count += 1
        if self.count == self.at:
            raise Killed


class DyingLedger:
    """A ledger that is killed right after it has kept something."""

    def __init__(self, ledger: MemoryLedger, doom: Doom) -> None:
        self._ledger = ledger
        self._doom = doom

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._ledger, name)
        if name not in _KEPT:
            return method

        def kept(*given: Any, **named: Any) -> Any:
            answer = method(*given, **named)
            self._doom()
            return answer

        return kept


class DisturbedPromises(Promises):
    """Whatever is lost on the way, the end is the same."""

    def test_the_story_with_a_lost_answer_in_every_run(self) -> None:
        for kind in (Trouble.LOST, Trouble.DROPPED):
            self._told_with(partial(_spoiled, kind))

    def test_the_story_killed_after_every_request(self) -> None:
        self._told_with(_killed_after_request)

    def test_the_story_killed_after_everything_it_has_written_down(self) -> None:
        self._told_with(_killed_after_record)

    def _told_with(self, disturbed: Callable[[Tale, int], bool]) -> None:
        """Disturb the n-th moment of every run, run again; n grows until no run has so many."""
        for moment in range(1, MOST_REQUESTS):
            with self.playground() as play:
                tale = Tale(play)
                struck = False
                for step in tale.steps:
                    step()
                    struck |= disturbed(tale, moment)
                    tale.run()
                assert tale.end() == END, f"disturbed at {moment}"
                assert tale.run().actions == ()
            if not struck:
                assert moment > 1, "nothing was ever disturbed"
                return


def _spoiled(kind: Trouble, tale: Tale, moment: int) -> bool:
    tale.play.trouble(kind, Requests.WRITES, after=moment - 1, count=1)
    tale.play.sent()
    (tracker,) = tale.report().trackers
    assert tracker.error is None, tracker.error
    tale.play.calm()
    return tale.play.sent().writes >= moment


def _killed_after_request(tale: Tale, moment: int) -> bool:
    doom = Doom(moment)
    return _killed(lambda: tale.report(connect=lambda: tale.play.connect(doom)))


def _killed_after_record(tale: Tale, moment: int) -> bool:
    ledger = DyingLedger(tale.ledger, Doom(moment))
    return _killed(lambda: tale.report(ledger=cast("Ledger", ledger)))


def _killed(run: Callable[[], object]) -> bool:
    try:
        run()
    except Killed:
        return True
    return False
