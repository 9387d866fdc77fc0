"""A tracker, a ledger and a clock in memory, with faults: for tests of the core and of connectors.

They behave as real ones do where it hurts: a search index that lags and forgets, answers that are
lost after the write was stored, people who move, tick, copy and delete things.
"""

from readygate.testing.clock import FakeClock
from readygate.testing.ledger import MemoryLedger
from readygate.testing.tracker import MemoryTracker
from readygate.testing.writes import BOT, Fault

__all__ = ["BOT", "FakeClock", "Fault", "MemoryLedger", "MemoryTracker"]
