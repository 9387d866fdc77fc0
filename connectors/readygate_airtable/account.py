"""The limit that bases share: requests per second of one account, whatever base they are for."""

from __future__ import annotations

from threading import Lock
from weakref import WeakValueDictionary

from readygate.ports import Clock
from readygate_http import Pace

MOST = 50
"""Requests a second that all tokens of one account may make together (rate limits, August 2026).
Two tokens of one account are not recognised as such; nor are two runs that share one."""

_paces: WeakValueDictionary[tuple[str, str, int], Pace] = WeakValueDictionary()
_turn = Lock()


def account_pace(url: str, token: str, clock: Clock) -> Pace:
    """The pace that all bases at this address with this token keep together."""
    with _turn:
        key = (url, token, id(clock))
        pace = _paces.get(key) or Pace(clock, MOST)
        _paces[key] = pace
        return pace
