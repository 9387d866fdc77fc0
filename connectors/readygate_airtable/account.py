"""The limit that bases share: requests per second of one account, whatever base they are for."""

from __future__ import annotations

from threading import Lock
from weakref import WeakValueDictionary

from readygate.ports import Clock
from readygate_http import AccountPace

MOST = 48
"""Fifty a second are allowed for all tokens of one account (rate limits, August 2026). Two less,
because the network may bunch up what we sent apart. Two tokens of one account are not recognised
as such; that two runs share an account cannot be known either."""

_paces: WeakValueDictionary[tuple[str, str, int], AccountPace] = WeakValueDictionary()
_turn = Lock()


def account_pace(url: str, token: str, clock: Clock) -> AccountPace:
    """The pace that all bases at this address with this token keep together."""
    with _turn:
        key = (url, token, id(clock))
        pace = _paces.get(key) or AccountPace(clock, MOST)
        _paces[key] = pace
        return pace
