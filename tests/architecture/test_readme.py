"""The README tells of everything that can be called."""

from __future__ import annotations

import re

import pytest

from architecture.house import ROOT
from readygate_cli.main import COMMANDS

README = (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_in_the_readme(name):
    assert re.search(rf"readygate {name}\b", README)


@pytest.mark.parametrize("script", ["scripts/demo", "scripts/test"])
def test_both_scripts_are_in_the_readme(script):
    assert script in README


def test_every_relative_link_leads_somewhere():
    targets = re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", README)
    assert [target for target in targets if not (ROOT / target).exists()] == []


def test_every_exit_code_is_in_the_readme():
    for code in (0, 1, 2, 3, 4, 5, 6, 7, 10, 70, 130):
        assert re.search(rf"(?m)^\|.*\b{code}\b", README), code
