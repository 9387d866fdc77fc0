"""The writing half of a run: plan, check limits, look again, apply, record."""

from readygate.applying.steps import Applying

__all__ = ["Applying"]
