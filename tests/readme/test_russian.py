"""The Russian README says the same as the English one: headings, commands, examples, figures."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

import readygate_config
from readme.russian import (
    ENGLISH,
    ROOT,
    RUSSIAN,
    blocks,
    headings,
    links,
    plain_numbers,
    refreshed,
    spans,
    tables,
)

EN, RU = ENGLISH.read_text("utf-8"), RUSSIAN.read_text("utf-8")
WORDS = {"title", "name", "help", "field", "in", "language"}
"""Keys of a config whose values are in the language of whoever writes it."""


def test_the_headings_are_the_same_number_in_the_same_order():
    levels = [[line.partition(" ")[0] for line in headings(text)] for text in (EN, RU)]
    assert levels[0] == levels[1]
    assert headings(EN)[0] == headings(RU)[0] == "# Readygate"


def test_the_blocks_hold_the_same_commands():
    """If not: `python tests/readme/russian.py` copies what programs print."""
    english, russian = blocks(EN), blocks(RU)
    assert [one.kind for one in english] == [one.kind for one in russian]
    for ours, theirs in zip(english, russian, strict=True):
        if ours.kind != "yaml":
            assert theirs.commands == ours.commands


def test_comments_in_blocks_are_in_russian():
    for block in blocks(RU):
        comments = [line for line in block.lines if re.search(r"(?:^|\s)# ", line)]
        silent = [line for line in comments if not re.search(r"[А-Яа-я]", line.partition("# ")[2])]
        assert silent == []


def test_the_example_is_the_same_config_in_another_language(tmp_path: Path):
    shapes = []
    for text in (EN, RU):
        (example,) = [one for one in blocks(text) if one.kind == "yaml"]
        file = tmp_path / "readygate.yaml"
        file.write_text("\n".join(example.lines) + "\n", encoding="utf-8")
        assert readygate_config.load((file,)).warnings == ()
        shapes.append(_wordless(YAML(typ="safe", pure=True).load(file)))
    assert shapes[0] == shapes[1]


def _wordless(value: Any, key: str = "") -> Any:
    if key in WORDS:
        return "…"
    if isinstance(value, dict):
        return {name: _wordless(one, name) for name, one in value.items()}
    return [_wordless(one) for one in value] if isinstance(value, list) else value


def test_the_tables_have_the_same_rows():
    """If the figures differ: `python tests/readme/russian.py` copies them."""
    english, russian = tables(EN), tables(RU)
    assert len(english) == len(russian)
    for ours, theirs in zip(english, russian, strict=True):
        assert len(ours) == len(theirs), theirs[0]
        for row, other in zip(ours, theirs, strict=True):
            assert len(row) == len(other), other
            assert _fixed(row[0]) == _fixed(other[0])
            for cell, told in zip(row[1:], other[1:], strict=True):
                if re.match(r"[\d–-]", cell):
                    assert plain_numbers(told) == cell


def _fixed(cell: str) -> str:
    """A first cell that is a command or a code has to be the same; words need not."""
    return cell if re.fullmatch(r"`[^`]+`|\d+|-+", cell) else ""


def test_they_lead_to_the_same_places():
    assert links(RU) - {"README.md"} == links(EN) - {"README.ru.md"}
    assert "README.ru.md" in links(EN)
    assert [one for one in links(RU) if "://" not in one and not (ROOT / one).exists()] == []


def test_they_name_the_same_things():
    examples = {"config/examples/handover.en.yaml", "config/examples/handover.ru.yaml"}
    examples |= {"handover.en.yaml", "handover.ru.yaml"}  # each names its own in full
    assert spans(RU) - examples == spans(EN) - examples


def test_it_is_russian():
    """Latin letters are left to names, commands and what Jira itself calls so."""
    text = re.sub(r"(?s)```.*?```|`[^`\n]*`|\]\([^)]*\)|\*[A-Z][\w\s’']*\*", "", RU)
    words = set(re.findall(r"\b[A-Za-z][a-z]{3,}\b", text))
    known = {"Readygate", "Jira", "Cloud", "Airtable", "Python", "English", "production", "fish"}
    assert words - known - {"cron", "bash", "stdout", "stderr", "HTTP"} == set()


@pytest.mark.parametrize("text", [EN, RU], ids=["en", "ru"])
def test_no_paragraph_is_empty_or_doubled(text: str):
    parts = [part.strip() for part in text.split("\n\n") if len(part) > 40]
    assert len(parts) == len(set(parts))


def test_what_was_measured_and_printed_is_copied():
    assert refreshed(RU, EN) == RU


def test_a_refresh_keeps_translated_comments_and_russian_numbers():
    english = "```console\n$ a\n# one\n$ c\n```\n| case | n |\n|---|---|\n| idle | 1,234 |\n"
    russian = "```console\n$ a\n# раз\n$ b\n```\n| случай | n |\n|---|---|\n| покой | 9 |\n"
    assert refreshed(russian, english) == (
        "```console\n$ a\n# раз\n$ c\n```\n| случай | n |\n|---|---|\n| покой | 1\u00a0234 |\n"
    )
