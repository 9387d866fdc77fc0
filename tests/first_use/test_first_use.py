"""The first use that the README shows happens just like that."""

from __future__ import annotations

import re

from first_use.story import README, ROOT, SHELL, rewritten, transcript


def test_the_readme_shows_what_happens() -> None:
    """If not: `python tests/first_use/story.py` writes it anew; look at what it wrote."""
    text = README.read_text(encoding="utf-8")
    assert text == rewritten(text, "".join(transcript()))


def test_what_is_typed_before_is_there() -> None:
    assert (ROOT / "constraints.txt").is_file()
    pyproject = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert "'.[sandbox]'" in SHELL
    assert re.search(r"(?m)^sandbox = \[", pyproject)
    assert re.search(r'(?m)^readygate = "readygate_cli\.main:main"', pyproject)
