"""Request budgets held against their use: under a plan or a status, in each of its three forms."""

from __future__ import annotations

from collections.abc import Iterable

from readygate.budget import Usage
from readygate.render.document import Document
from readygate.render.markdown import escape


def budgets_text(usages: Iterable[Usage]) -> str:
    """One line per tracker; nothing for none."""
    return "".join(f"budget: {one}\n" for one in usages)


def budgets_markdown(usages: Iterable[Usage]) -> str:
    """The same as a quotation under what was shown."""
    lines = "".join(f"> budget: {escape(str(one))}\n" for one in usages)
    return f"\n{lines}" if lines else ""


def budgets_document(usages: Iterable[Usage]) -> Document:
    """budgets[] of tracker, allowed, per_run, every_seconds, per_month, fits, least_seconds, text;
    what is not known yet is null."""
    return {
        "budgets": [
            {
                "tracker": one.tracker,
                "allowed": one.allowed,
                "per_run": None if one.per_run is None else round(one.per_run, 2),
                "every_seconds": int(one.every.total_seconds()) if one.every else None,
                "per_month": one.per_month,
                "fits": one.fits,
                "least_seconds": int(one.least.total_seconds()) if one.least else None,
                "text": str(one),
            }
            for one in usages
        ]
    }
