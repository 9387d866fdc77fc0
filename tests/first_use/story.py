"""Plays a first use, from a clone to a move that is held back, and writes it into the README.

`python tests/first_use/story.py` rewrites the part of README.md between the two marks; a test says
when that is due. Everything that is shown after `$ readygate` was run and printed.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from readygate_cli.demo.jira import JiraScenery
from readygate_cli.demo.scenery import StoryBroke

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
BEGIN = "<!-- first use: written by tests/first_use/story.py -->\n"
END = "<!-- first use: end -->\n"

ADDRESS = "http://127.0.0.1:8080"
"""Stands for the address of the sandbox, which is another one each time."""

FOLDER = "/home/anna/first"
"""Stands for the folder, a temporary one."""

SHELL = """\
$ git clone https://git.example.com/readygate.git && cd readygate
$ python3 -m venv .venv && .venv/bin/pip install --quiet --constraint constraints.txt '.[sandbox]'
$ . .venv/bin/activate
$ mkdir first && cd first
$ readygate sandbox --seed demo-en --jira-port 8080 >sandbox.json &
"""
"""How a clone gets there. Not run here: it needs a network and a fixed port."""

DEAL = "DEAL-3"
GATED = "In production"
BORIS = "boris@example.com"


@dataclass
class FirstUse:
    """Somebody who types commands in an empty folder; `lines` is what the terminal shows."""

    scenery: JiraScenery
    folder: Path
    lines: list[str] = field(default_factory=list)
    secrets: dict[str, str] = field(default_factory=dict)

    def play(self) -> str:
        """The whole transcript."""
        self.lines += SHELL.splitlines()
        self.export("READYGATE_TRACKERS__MAIN__TOKEN", "sandbox-token")
        self.run(
            f"readygate init --tracker jira --url {self.scenery.addresses['jira']}",
            "--email readygate@example.com --example --guard native",
            "--owner Marketing=anna@example.com --owner Sales=boris@example.com",
            "--owner Delivery=vera@example.com",
        )
        self.run("readygate doctor | tail -1 | cut -d: -f1")
        self.run("readygate guard install --yes | tail -1")
        self.run("readygate sync")
        self.told(f"In the browser Boris wants to drag {DEAL} to “{GATED}”. He cannot:")
        self.told(f"Jira offers him only {self.offered()}. A comment on the deal says why:")
        self.comment()
        self.told("He completes what he owes, Vera sees the prepayment, and Jira offers the move.")
        for entry in self.scenery.checklist(DEAL):
            self.scenery.tick(BORIS, entry)
        self.scenery.move(BORIS, DEAL, GATED)
        self.run("readygate sync")
        return "".join(f"{self.normal(line)}\n" for line in self.lines)

    def run(self, *parts: str) -> None:
        """Type a command; it must end well. Long ones are typed on several lines."""
        self.lines.append(f"$ {parts[0]}" + " \\" * (len(parts) > 1))
        for number, part in enumerate(parts[1:], 2):
            self.lines.append(f"    {part}" + " \\" * (number < len(parts)))
        command = " ".join(parts).replace("readygate ", f"{ours()} ", 1)
        done = subprocess.run(
            ["bash", "-o", "pipefail", "-c", command],
            cwd=self.folder,
            env={**environment(), **self.secrets},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        shown = done.stdout + done.stderr
        assert done.returncode == 0, f"{command}\nended with {done.returncode}:\n{shown}"
        self.lines += shown.splitlines()

    def export(self, name: str, value: str) -> None:
        """Set a variable for what follows."""
        self.lines.append(f"$ export {name}={value}")
        self.secrets[name] = value

    def told(self, text: str) -> None:
        """What happens outside of the terminal."""
        self.lines.append(f"# {text}")

    def offered(self) -> str:
        """Where Boris can move the deal; the gated stage must not be among it."""
        said = "Jira lets him."
        try:
            self.scenery.move(BORIS, DEAL, GATED)
        except StoryBroke as refused:
            said = str(refused)
        found = re.search(r"It can go to: ([^.]+)\.", said)
        assert found, said
        return " and ".join(f"“{name}”" for name in found[1].split(", "))

    def comment(self) -> None:
        """The last comment on the deal."""
        lines = self.scenery.comments(DEAL)[-1].splitlines()
        self.lines += [f"#   {line}" for line in lines]

    def normal(self, line: str) -> str:
        """Without what is different each time: addresses, folders, times."""
        line = line.replace(str(self.scenery.addresses["jira"]), ADDRESS)
        line = line.replace(str(self.folder.resolve()), FOLDER)
        line = re.sub(r"\S*/bin/readygate\b|\S*python\S* -m readygate_cli", _program, line)
        return re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC", "2026-11-25 09:00 UTC", line)


def _program(_: re.Match[str]) -> str:
    return f"{Path(FOLDER).parent}/readygate/.venv/bin/readygate"


def ours() -> str:
    """Our program as this Python runs it."""
    return f"{shlex.quote(sys.executable)} -m readygate_cli"


def environment() -> Mapping[str, str]:
    """What the shell of somebody new holds."""
    kept = {name: value for name, value in os.environ.items() if "READYGATE_" not in name}
    return {**kept, "LC_ALL": "C.UTF-8", "TZ": "UTC", "PYTHONIOENCODING": "utf-8"}


def transcript() -> Iterator[str]:
    """The part of the README between the marks."""
    with tempfile.TemporaryDirectory(prefix="first-use-") as made:
        folder = Path(made) / "first"
        folder.mkdir()
        scenery = JiraScenery("en", Path(made), detached=False)
        try:
            told = FirstUse(scenery, folder).play()
        finally:
            scenery.stop()
    yield "```console\n"
    yield told
    yield "```\n"


def rewritten(text: str, part: str) -> str:
    """The README with this part between the marks."""
    head, found, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    assert found, "README.md has lost the first mark"
    assert end, "README.md has lost the second mark"
    return f"{head}{BEGIN}{part}{END}{tail}"


if __name__ == "__main__":
    README.write_text(
        rewritten(README.read_text(encoding="utf-8"), "".join(transcript())), encoding="utf-8"
    )
