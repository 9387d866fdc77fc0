"""`readygate help`: topics that fit the terminal, in two languages, paged on a terminal only."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from architecture.house import ROOT
from cli.terminal import READYGATE, Terminal
from readygate_cli.main import COMMANDS, cli
from readygate_cli.manual import LANGUAGES, TOPICS, topic

FOLDER = ROOT / "scripts" / "readygate_cli" / "topics"


def called(*arguments: str, **env: str) -> Result:
    return CliRunner().invoke(cli, ["help", *arguments], env={"LC_ALL": "C", **env})


def test_without_a_topic_they_are_listed():
    done = called()
    assert done.exit_code == 0
    assert done.output == (
        "readygate help TOPIC, where TOPIC is one of:\n"
        "  gate     What opens a gate, and what happens at a closed one.\n"
        "  guard    How strongly a gate holds, and what gets past.\n"
        "  stages   Stages, the order of deals, what is left alone.\n"
        "  cron     How to let it run by itself.\n"
        "  costs    Requests, plans, and which period suits which.\n"
    )


def test_a_topic_that_is_not_there_names_those_that_are():
    done = called("money")
    assert done.exit_code == 2
    assert done.output.endswith(
        "Error: There is no topic 'money'. There are: gate, guard, stages, cron, costs.\n"
    )
    assert "There is no topic 'stage'. Did you mean 'stages'?" in called("stage").output


def test_a_command_gives_its_own_help():
    for name in COMMANDS:
        if name not in TOPICS:
            own = CliRunner().invoke(cli, [name, "--help"], prog_name="readygate").output
            told = CliRunner().invoke(cli, ["help", name], prog_name="readygate").output
            assert told == own


def test_every_topic_is_there_in_every_language_and_nothing_else():
    names = {file.name for file in FOLDER.glob("*.txt")}
    assert names == {f"{name}.{language}.txt" for name in TOPICS for language in LANGUAGES}


@pytest.mark.parametrize("width", [20, 60, 79, 200])
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", TOPICS)
def test_it_fits_the_terminal(name, language, width):
    lines = topic(name, language, width).splitlines()
    loose = [line for line in lines if not line.startswith("    ")]
    assert max(len(line) for line in loose) <= max(40, min(width, 88))
    assert all(line == line.rstrip() for line in lines)
    assert lines[0] == lines[0].upper()


@pytest.mark.parametrize("name", TOPICS)
def test_the_languages_are_in_step(name):
    """The same headings, points and examples, whatever they are called."""
    shapes = []
    for language in LANGUAGES:
        lines = (FOLDER / f"{name}.{language}.txt").read_text("utf-8").splitlines()
        kinds = {"== ": "heading", "* ": "point", "    ": "example"}
        shapes.append(
            [
                next((kind for mark, kind in kinds.items() if line.startswith(mark)), "text")
                for line in lines
                if line
            ]
        )
    assert shapes[0] == shapes[1]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", TOPICS)
def test_what_it_names_is_there(name, language):
    text = (FOLDER / f"{name}.{language}.txt").read_text("utf-8")
    commands = set(re.findall(r"readygate ([a-z]+)", text))
    assert commands <= set(COMMANDS)
    assert set(re.findall(r"readygate help (\w+)", text)) <= set(TOPICS)
    for path in re.findall(r"\bdocs/\w+\.md|\bcron\.example", text):
        assert (ROOT / path).is_file(), path


def test_the_language_is_that_of_the_locale_unless_it_is_said():
    assert called("gate").output.startswith("WHAT A GATE IS\n")
    assert called("gate", LC_ALL="ru_RU.UTF-8").output.startswith("ЧТО ТАКОЕ ВОРОТА\n")
    assert called("gate", "--lang", "ru").output.startswith("ЧТО ТАКОЕ ВОРОТА\n")
    assert called("gate", "--lang", "en", LC_ALL="ru_RU.UTF-8").output.startswith("WHAT A")


def test_on_a_terminal_it_is_paged(tmp_path: Path):
    pager = tmp_path / "pager"
    pager.write_text("#!/bin/sh\necho the pager has it; exec cat\n", "utf-8")
    pager.chmod(0o755)
    terminal = Terminal(
        *READYGATE,
        "help",
        "cron",
        cwd=tmp_path,
        env={**os.environ, "PAGER": str(pager), "LC_ALL": "C.UTF-8"},
    )
    try:
        terminal.expect("the pager has it")
        terminal.expect("RUNNING IT BY ITSELF")
        assert terminal.end() == 0
    finally:
        terminal.close()
