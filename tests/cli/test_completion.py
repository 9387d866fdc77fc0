"""Completion in real shells: somebody types half a word and presses Tab."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli.terminal import Terminal
from readygate_cli.main import COMMANDS, cli


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    """A place in which `readygate` is installed, and nothing else of ours."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / "readygate"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m readygate_cli "$@"\n', "utf-8")
    program.chmod(0o755)
    return {
        "PATH": f"{folder}:{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join(sys.path),
        "HOME": str(tmp_path),
        "TERM": "dumb",
        "PS1": "$ ",
        "INPUTRC": "/dev/null",
    }


Open = Callable[..., Terminal]


@pytest.fixture
def open_shell(tmp_path: Path, env: dict[str, str]) -> Iterator[Open]:
    """Start a shell; it is ended after the test."""
    opened: list[Terminal] = []

    def start(*command: str) -> Terminal:
        if shutil.which(command[0]) is None:
            pytest.skip(f"{command[0]} is not installed")
        opened.append(Terminal(*command, cwd=tmp_path, env=env))
        return opened[-1]

    yield start
    for shell in opened:
        shell.close()


def tab(shell: Terminal, typed: str, completed: str) -> None:
    """Type, press Tab, see what was completed, and take the line back."""
    shell.press(f"{typed}\t")
    shell.expect(f"{completed} ")
    shell.press("\x15")  # Ctrl-U


def test_in_bash(open_shell):
    shell = open_shell("bash", "--norc", "--noprofile", "-i")
    shell.type('eval "$(readygate completion bash)"; echo read"y"')
    shell.expect("ready\n")
    tab(shell, "readygate sta", "readygate status")
    tab(shell, "readygate sync --ful", "readygate sync --full")
    tab(shell, "readygate help gu", "readygate help guard")
    tab(shell, "readygate ledger ba", "readygate ledger backup")
    tab(shell, "readygate plan --format mark", "readygate plan --format markdown")


def test_files_in_bash(open_shell, tmp_path):
    (tmp_path / "handover.yaml").write_text("", "utf-8")
    shell = open_shell("bash", "--norc", "--noprofile", "-i")
    shell.type('eval "$(readygate completion bash)"; echo read"y"')
    shell.expect("ready\n")
    tab(shell, "readygate check --config hand", "readygate check --config handover.yaml")


def test_in_zsh(open_shell):
    shell = open_shell("zsh", "-f", "-i")
    shell.type("autoload -Uz compinit && compinit -u")
    shell.type('eval "$(readygate completion zsh)"; echo read"y"')
    shell.expect("ready\n")
    tab(shell, "readygate sta", "readygate status")
    tab(shell, "readygate sync --ful", "readygate sync --full")


def test_in_fish(tmp_path, env):
    if shutil.which("fish") is None:
        pytest.skip("fish is not installed")
    asked = "readygate completion fish | source; complete -C 'readygate {}'"

    def offered(typed: str) -> str:
        done = subprocess.run(
            ["fish", "--no-config", "-c", asked.format(typed)],
            env=env,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    assert offered("sta") == f"status\t{COMMANDS['status']}\n"
    assert offered("sync --ful").startswith("--full\t")


def test_every_command_is_offered_without_loading_any():
    code = (
        "import os, sys; from readygate_cli.main import main\n"
        "try: main([])\n"
        "except SystemExit: pass\n"
        "print(sorted(n for n in sys.modules if n.startswith('readygate_cli.commands.')))"
    )
    told = {
        "_READYGATE_COMPLETE": "bash_complete",
        "COMP_WORDS": "readygate ",
        "COMP_CWORD": "1",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    done = subprocess.run(
        [sys.executable, "-c", code], env=told, capture_output=True, text=True, check=True
    )
    *offered, loaded = done.stdout.splitlines()
    assert offered == [f"plain,{name}" for name in COMMANDS]
    assert loaded == "[]"


def test_another_shell_is_refused_with_those_that_are_known():
    done = CliRunner().invoke(cli, ["completion", "csh"])
    assert done.exit_code == 2
    assert done.output.endswith(
        "Error: Invalid value for '{bash|zsh|fish}': 'csh' is not one of 'bash', 'zsh', 'fish'.\n"
    )
