"""`readygate init` at a real terminal, with somebody who types."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.beginner import OURS, SITE, TOKEN
from cli.terminal import READYGATE, Terminal

Start = Callable[..., Terminal]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """The English site in a process of its own; the addresses it tells."""
    process = subprocess.Popen(
        [sys.executable, "-m", "readygate_sandbox", "--seed", SITE],
        stdout=subprocess.PIPE,
        cwd=tmp_path_factory.mktemp("site"),
    )
    assert process.stdout
    with process.stdout as line:
        told: dict[str, Any] = json.loads(line.readline())
    yield told
    process.terminate()
    process.wait(timeout=10)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts `readygate` in an empty folder."""
    opened: list[Terminal] = []

    def make(*arguments: str, lang: str = "en_US.UTF-8") -> Terminal:
        kept = {name: value for name, value in os.environ.items() if "READYGATE" not in name}
        terminal = Terminal(*READYGATE, *arguments, cwd=tmp_path, env={**kept, "LC_ALL": lang})
        opened.append(terminal)
        return terminal

    yield make
    for terminal in opened:
        terminal.close()


def enter(terminal: Terminal, site: dict[str, Any]) -> None:
    """Answer who and where, up to the stages."""
    terminal.answer("The tracker that the deals live in:", "2")
    terminal.answer("The address of your Jira site", site["jira"])
    terminal.answer("The e-mail of Readygate's account in Jira: ", OURS)
    terminal.answer("The API token of that account", TOKEN)
    terminal.expect("Jira Cloud knows us as Readygate.\nThe project that the deals live in: DEAL")


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if "READYGATE" not in name}
    return subprocess.run(
        [sys.executable, "-m", "readygate_cli", *arguments],
        cwd=folder,
        env=kept,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_first_config_from_the_example(
    start: Start, site: dict[str, Any], tmp_path: Path
) -> None:
    terminal = start("init")
    enter(terminal, site)
    terminal.expect(
        "The stages in order, and the process that works in each:\n"
        "  1. New lead       Marketing\n"
        "  2. Negotiation    Sales\n"
        "  3. In production  Delivery\n"
        "  4. Done           Delivery\n"
        "  5. Lost           exit: deals leave here\n"
    )
    terminal.answer("Is that right? [Y/n]: ", "")
    terminal.expect("Before Sales starts, it must have:\n  - Lead qualification checklist\n")
    terminal.expect("Before Delivery starts, it must have:\n  - Scan of the signed contract\n")
    terminal.answer("Start from this example? You can change it in the file. [Y/n]: ", "y")
    terminal.expect("  1. Anna Kotova <anna@example.com>\n")
    terminal.answer("Who answers for Marketing?", "1")
    terminal.answer("Who answers for Sales?", "boris@example.com")
    terminal.answer("Who answers for Delivery?", "nobody")
    terminal.expect("nobody there is called 'nobody'. Give an e-mail, or Name <e-mail>.")
    terminal.answer("Who answers for Delivery?", "Vera Ilyina")
    terminal.expect("What becomes of a deal that moves on too early:\n  1. advise (for a first")
    terminal.answer("Number or name [advise]: ", "native")
    terminal.answer("Write readygate.yaml and .env? [Y/n]: ", "")
    assert terminal.end() == 0
    assert f"Written: {tmp_path}/readygate.yaml\n" in terminal.shown
    assert TOKEN not in terminal.shown
    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600
    assert run(tmp_path, "check").stdout == (
        "The config is valid: 3 people, 3 processes, 9 items, 1 pipeline, 2 gates.\n"
    )
    assert run(tmp_path, "doctor").returncode == 0
    assert run(tmp_path, "guard", "install", "--yes").returncode == 0
    assert run(tmp_path, "sync").returncode == 0
    status = run(tmp_path, "guard", "status").stdout
    assert status.startswith("deals: guard native by subtasks: in force\n")


def test_other_stages_in_another_order_and_items_of_ones_own(
    start: Start, site: dict[str, Any], tmp_path: Path
) -> None:
    terminal = start("init")
    enter(terminal, site)
    terminal.answer("Is that right?", "n")
    terminal.answer("Their order, as numbers [1 2 3 4 5]: ", "9 1")
    terminal.answer("Their order, as numbers [1 2 3 4 5]: ", "2 1 3")
    terminal.answer("  Negotiation [Sales]: ", "Talks")
    terminal.answer("  New lead [Marketing]: ", "Work")
    terminal.answer("  In production [Delivery]: ", "-")
    terminal.answer("  Done [Delivery]: ", "-")
    terminal.answer("  Lost [exit]: ", "")
    terminal.expect("  1. Negotiation    Talks\n  2. New lead       Work\n")
    terminal.expect("  3. In production  left out\n")
    terminal.answer("Is that right?", "")
    terminal.expect("Before Work starts, it must have:\n  - Scan of the signed contract\n")
    terminal.answer("Start from this example?", "n")
    terminal.answer("  1: ", "Договор, подписан")
    terminal.answer("  2: ", "")
    terminal.answer("Who answers for Talks?", "3")
    terminal.answer("Who answers for Work?", "Olga <olga@example.com>")
    terminal.expect("What becomes of a deal that moves on too early:\n  1. advise (for a first")
    terminal.answer("Number or name [advise]: ", "")
    terminal.answer("Write readygate.yaml and .env?", "")
    assert terminal.end() == 0
    text = (tmp_path / "readygate.yaml").read_text("utf-8")
    assert '  dogovor_podpisan: { title: "Договор, подписан" }\n' in text
    assert text.endswith(
        "    stages:\n"
        "      - { stage: Negotiation, process: talks }\n"
        "      - { stage: New lead, process: work }\n"
        "      - { stage: Lost, exit: true }\n"
    )
    assert run(tmp_path, "plan").returncode == 0


def test_a_wrong_address_and_a_wrong_token_are_asked_for_again(
    start: Start, site: dict[str, Any], tmp_path: Path
) -> None:
    terminal = start("init", "--tracker", "jira", "--url", "http://jira.example.com")
    terminal.answer("The e-mail of Readygate's account in Jira: ", OURS)
    terminal.answer("The API token of that account", "first-wrong-token")
    terminal.expect("plain http would show the token to everybody on the way to jira.example.com")
    terminal.expect("Let us try again.")
    terminal.answer("The address of your Jira site", site["jira"])
    terminal.answer(f"The e-mail of Readygate's account in Jira [{OURS}]: ", "")
    terminal.answer("The API token of that account", "second-wrong-token")
    terminal.expect("our login is not accepted (401)")
    terminal.answer(f" [{site['jira']}]: ", "")
    terminal.answer(f" [{OURS}]: ", "")
    terminal.answer("The API token of that account", TOKEN)
    terminal.expect("Jira Cloud knows us as Readygate.")
    assert "wrong-token" not in terminal.shown


@pytest.mark.parametrize("late", [False, True])
def test_ctrl_c_leaves_nothing_half_written(
    start: Start, site: dict[str, Any], tmp_path: Path, late: bool
) -> None:
    terminal = start("init")
    enter(terminal, site)
    terminal.expect("Is that right?")
    if late:
        terminal.type("y")
        terminal.answer("Start from this example?", "y")
        for process in ("Marketing", "Sales", "Delivery"):
            terminal.answer(f"Who answers for {process}?", "1")
        terminal.answer("Number or name [advise]: ", "return")
        terminal.expect("Write readygate.yaml and .env?")
    terminal.interrupt()
    assert terminal.end() == 130
    assert terminal.shown.endswith("Interrupted: nothing was written.\n")
    assert list(tmp_path.iterdir()) == []


def test_whoever_says_no_at_the_end_has_written_nothing(
    start: Start, site: dict[str, Any], tmp_path: Path
) -> None:
    owner = ("--owner", "anna@example.com")
    terminal = start("init", "--example", *owner)
    enter(terminal, site)
    terminal.answer("Is that right?", "")
    terminal.expect("What becomes of a deal that moves on too early:\n  1. advise (for a first")
    terminal.answer("Number or name [advise]: ", "")
    terminal.answer("Write readygate.yaml and .env?", "n")
    assert terminal.end() == 130
    assert list(tmp_path.iterdir()) == []


def test_in_russian(start: Start, site: dict[str, Any], tmp_path: Path) -> None:
    terminal = start("init", lang="ru_RU.UTF-8")
    terminal.answer("Трекер, в котором живут сделки:", "airtable")
    terminal.expect("Личный токен пользователя Readygate")
    terminal.interrupt()
    assert terminal.end() == 130


def test_airtable(start: Start, site: dict[str, Any], tmp_path: Path) -> None:
    terminal = start("init", "--tracker", "airtable", "--set", f"url={site['airtable']}")
    terminal.answer("A personal access token of Readygate's user", TOKEN)
    terminal.expect(f"Airtable knows us as {OURS}.\nThe base that the deals live in: app")
    terminal.expect("The table of deals: Deals\n")
    terminal.answer("The single-select field that holds the stage:", "")
    terminal.expect("The plan of the workspace, which says how many requests a month there are:\n")
    terminal.answer("Number or name [Team]: ", "1")
    terminal.answer("Is that right?", "да")
    terminal.answer("Start from this example?", "n")
    terminal.expect("What must Sales have from Marketing before it starts?")
    terminal.answer("  1: ", "Checklist of the lead")
    terminal.answer("  2: ", "")
    terminal.expect("What must Delivery have from Sales before it starts?")
    terminal.answer("  1: ", "Contract")
    terminal.answer("  2: ", "Logo (optional)")
    terminal.answer("  3: ", "")
    for process in ("Marketing", "Sales", "Delivery"):
        terminal.answer(f"Who answers for {process}?", "2")
    terminal.expect("What becomes of a deal that moves on too early:\n  1. advise (for a first")
    terminal.answer("Number or name [advise]: ", "")
    terminal.answer("Write readygate.yaml and .env?", "")
    assert terminal.end() == 0
    assert run(tmp_path, "setup", "--yes").returncode == 0
    assert "5 deals adopted" in run(tmp_path, "sync").stdout


def test_a_pipeline_is_added_to_a_config_that_is_there(
    start: Start, site: dict[str, Any], tmp_path: Path
) -> None:
    first = ("--example", "--owner", "anna@example.com")
    terminal = start("init", *first)
    enter(terminal, site)
    terminal.answer("Is that right?", "")
    terminal.expect("What becomes of a deal that moves on too early:\n  1. advise (for a first")
    terminal.answer("Number or name [advise]: ", "")
    terminal.answer("Write readygate.yaml and .env?", "")
    assert terminal.end() == 0
    before = (tmp_path / "readygate.yaml").read_text("utf-8")
    terminal = start("init", "--table", "Deals", "--set", f"url={site['airtable']}")
    terminal.answer("readygate.yaml is there already. Add a pipeline to it? [Y/n]: ", "")
    terminal.expect("  1. main (Jira Cloud, as before)\n")
    terminal.answer("Number or name", "airtable")
    terminal.answer("A personal access token of Readygate's user", TOKEN)
    terminal.answer("The single-select field that holds the stage:", "Stage")
    terminal.answer("Number or name [Team]: ", "")
    terminal.answer("Is that right?", "")
    # Marketing, sales and delivery are in the config, with what they hand over and who owns them.
    terminal.expect("What becomes of a deal that moves on too early:\n  1. advise (for a first")
    terminal.answer("Number or name [advise]: ", "")
    terminal.answer("Write readygate.yaml and .env?", "")
    assert terminal.end() == 0
    after = (tmp_path / "readygate.yaml").read_text("utf-8")
    assert [line for line in before.splitlines() if line not in after.splitlines()] == []
    assert run(tmp_path, "check").stdout == (
        "The config is valid: 1 person, 3 processes, 9 items, 2 pipelines, 4 gates.\n"
    )
    assert (tmp_path / ".env").read_text().splitlines()[-1] == (
        f"READYGATE_TRACKERS__BASE__TOKEN={TOKEN}"
    )
