"""The example handover, marketing → sales → delivery, in the language of the admin."""

from __future__ import annotations

import tempfile
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import readygate_config
from readygate.contract import ContractBook, Item
from readygate_config import bundled


def example_items(language: str, process: str, fields: Collection[str]) -> tuple[Item, ...]:
    """What the example's process (`sales`, `delivery`) needs; () for another process.

    Items keep their condition only where deals have the field that it looks at.
    """
    book = _book(language)
    found = book.processes.get(process)
    items = [book.items[key] for key in found.inputs] if found else []
    return tuple(_fitting(item, fields) for item in items)


def _fitting(item: Item, fields: Collection[str]) -> Item:
    if item.when is None or item.when.field in fields:
        return item
    return replace(item, when=None)


def _book(language: str) -> ContractBook:
    with tempfile.TemporaryDirectory(prefix="readygate-") as folder:
        path = Path(folder) / "example.yaml"
        path.write_text(bundled.example(f"handover.{language}.yaml"), encoding="utf-8")
        return readygate_config.load([path], kinds=["jira"]).book
