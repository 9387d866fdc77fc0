"""The connector that docs/write-a-connector.md builds: taken from the page, built, proved, used."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "write-a-connector.md"
BLOCK = re.compile(r"^```(\w+) ([^\n`]+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SOURCES = [ROOT / folder for folder in ("core", "connectors", "config", "scripts")]


def blocks() -> dict[str, str]:
    """Every block of the page that names a file; blocks of one file follow one another."""
    found: dict[str, str] = {}
    for _, name, text in BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        found[name] = f"{found[name]}\n{text}" if name in found else text
    return found


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which a reader of the page has followed it."""
    folder = tmp_path_factory.mktemp("tutorial")
    for name, text in blocks().items():
        if " " not in name:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def installed(package: Path) -> Path:
    """The package built as a wheel and put where Python finds it, without any network."""
    run(package, sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", "dist")
    (wheel,) = package.joinpath("dist").glob("readygate_folder-0.1.0-*.whl")
    site = package / "site"
    with ZipFile(wheel) as file:
        file.extractall(site)
    return site


def run(folder: Path, *command: str, site: Path | None = None) -> str:
    """What a command says; it has to succeed."""
    paths = [str(path) for path in ([site] if site else []) + SOURCES]
    # READYGATE_… of whoever runs the tests is no part of the page.
    kept = {name: value for name, value in os.environ.items() if not name.startswith("READYGATE")}
    done = subprocess.run(
        command,
        cwd=folder,
        env=kept | {"PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def readygate(folder: Path, site: Path, *arguments: str) -> str:
    return run(folder, sys.executable, "-m", "readygate_cli", *arguments, site=site)


def without_time(line: str) -> str:
    """What was said, whenever it was."""
    at = re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC  ", line)
    assert at, line
    return line[at.end() :].strip()


def test_the_page_holds_a_whole_package() -> None:
    names = {name for name in blocks() if " " not in name}
    assert names == {
        "board/board.json",
        "board/deals/17.json",
        "pyproject.toml",
        "readygate.yaml",
        "readygate_folder/__init__.py",
        "readygate_folder/connector.py",
        "readygate_folder/disk.py",
        "tests/conftest.py",
        "tests/playground.py",
        "tests/test_conformance.py",
    }


def test_it_keeps_the_suite_without_a_skip(package: Path, installed: Path) -> None:
    pytest_ = ("-m", "pytest", "-q", "-ra", "-p", "no:cacheprovider", "--import-mode=importlib")
    told = run(
        package,
        sys.executable,
        *pytest_,
        "-o",
        "pythonpath=tests",
        "tests",
        site=installed,
    )
    passed = re.search(r"^(\d+) passed in", told, re.MULTILINE)
    assert passed, told
    assert int(passed[1]) >= 100


def test_its_code_is_clean(package: Path, installed: Path) -> None:
    ruff, ours = (sys.executable, "-m", "ruff"), ("readygate_folder", "tests")
    common = ("--isolated", "--no-cache", "--line-length", "100")
    run(package, *ruff, "check", *common, "--select", "A,B,C4,E,F,I,N,PL,RET,SIM,UP,W", *ours)
    run(package, *ruff, "format", *common, "--diff", *ours)
    cache = f"--cache-dir={package / 'mypy'}"
    run(package, sys.executable, "-m", "mypy", "--strict", cache, "readygate_folder")


def test_readygate_works_with_it(package: Path, installed: Path) -> None:
    readygate(package, installed, "check")
    told = readygate(package, installed, "doctor")
    assert "  ok       names: Every name of the config is there.\n" in told
    assert told.splitlines()[-1].startswith("Nothing stands in the way: ")
    said = readygate(package, installed, "sync")
    assert without_time(said) == without_time(blocks()["readygate sync"])
    path = package / "board" / "deals" / "17.json"
    deal = json.loads(path.read_text())
    assert [item["title"] for item in deal["items"]] == ["Lead checklist"]
    path.write_text(json.dumps(deal | {"stage": "s2", "updated": "2099-01-01T00:00:00+00:00"}))
    readygate(package, installed, "sync")
    deal = json.loads(path.read_text())
    assert deal["stage"] == "s1"
    assert "Lead checklist" in deal["comments"][0]["text"]


def test_the_page_names_what_is_there() -> None:
    page = PAGE.read_text(encoding="utf-8")
    skipped = re.findall(r'skips = \{"(\w+)"', page)
    text = "".join(
        path.read_text(encoding="utf-8")
        for path in (ROOT / "core/readygate/testing/conformance").glob("*.py")
    )
    assert skipped
    assert all(f"def {name}(" in text for name in skipped)
