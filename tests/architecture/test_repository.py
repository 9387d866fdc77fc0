"""The repository speaks of the project alone, and works on every machine."""

from __future__ import annotations

import os
import re
import subprocess

import pytest

from architecture.house import ROOT, project, tracked

MACHINE = re.compile(r"(?<![\w.])/(?:root|work|opt/pypi|tmp|home/runner)/\w", re.ASCII)
REGISTRY = re.compile(r"pypi\.org|python[h]osted|npm[j]s|deb\.debian")
PINNED = re.compile(r"^[A-Za-z0-9._-]+==\S+$")


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pins() -> list[str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def test_no_machine_paths_and_no_registries():
    found = []
    for file in tracked():
        try:
            text = file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # a picture, a compiled catalogue, a config that is bad on purpose
        for number, line in enumerate(text.splitlines(), 1):
            if MACHINE.search(line) or REGISTRY.search(line):
                found.append(f"{file.relative_to(ROOT)}:{number}: {line.strip()[:100]}")
    assert found == []


def test_every_version_is_pinned_without_saying_where_it_comes_from():
    lines = pins()
    assert [line for line in lines if not PINNED.match(line)] == []
    names = [normal(line.partition("==")[0]) for line in lines]
    assert lines == sorted(lines, key=lambda line: line.partition("==")[0].lower())
    assert len(names) == len(set(names))


def test_the_pins_cover_every_dependency_of_every_extra():
    told = project()["project"]
    wanted = [*told["dependencies"]]
    for extra in told["optional-dependencies"].values():
        wanted += extra
    wanted += project()["build-system"]["requires"]
    names = {normal(re.split(r"[\[<>=!~; ]", text)[0]) for text in wanted}
    assert names - {normal(line.partition("==")[0]) for line in pins()} == set()


@pytest.mark.parametrize("script", ["scripts/test", "scripts/demo", "scripts/bench", ".ci/run"])
def test_the_scripts_can_be_run(script):
    file = ROOT / script
    assert os.access(file, os.X_OK)
    assert file.read_text(encoding="utf-8").startswith("#!/usr/bin/env bash\n")
    subprocess.run(["bash", "-n", str(file)], check=True)


def test_ci_runs_all_tests():
    text = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "run scripts/test\n" in text
    assert "run scripts/test --faults\n" in text
    assert "run scripts/test --e2e\n" in text


@pytest.mark.parametrize("name", ["LICENSE", "CHANGELOG.md", "CONTRIBUTING.md", "README.md"])
def test_the_usual_files_are_there(name):
    assert (ROOT / name).read_text(encoding="utf-8").strip()


def test_the_changelog_knows_the_version():
    version = project()["project"]["version"]
    assert f"## [{version}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
