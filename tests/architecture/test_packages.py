"""The packages: all of them are built, whole, and nothing lies loose beside them."""

from __future__ import annotations

import ast
import subprocess
import sys
import zipfile

import pytest

from architecture.house import FOLDERS, ROOT, modules, packages, project, tracked

TOLD = project()
BUILT = TOLD["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
NAMES = tuple(package.name for package in packages())


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The names inside a wheel built from this checkout, without the network."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (file,) = folder.glob("*.whl")
    with zipfile.ZipFile(file) as archive:
        return frozenset(archive.namelist())


def test_every_package_on_the_disk_is_built_and_the_other_way_round():
    # A package that is not listed works in an editable install and is missing from the wheel.
    assert sorted(BUILT) == [str(package) for package in packages()]


def test_every_package_is_checked_for_types_and_layers():
    assert sorted(TOLD["tool"]["mypy"]["packages"]) == sorted(NAMES)
    assert sorted(TOLD["tool"]["importlinter"]["root_packages"]) == sorted(NAMES)


def test_the_wheel_has_every_tracked_file_of_every_package(wheel):
    files = {file.relative_to(ROOT) for file in tracked()}
    missing = [
        str(file)
        for package in packages()
        for file in sorted(files)
        if file.is_relative_to(package) and str(file.relative_to(package.parent)) not in wheel
    ]
    assert missing == []


@pytest.mark.parametrize("name", NAMES)
def test_the_wheel_says_that_it_is_typed(wheel, name):
    assert f"{name}/py.typed" in wheel


def test_the_wheel_has_what_is_read_at_run_time(wheel):
    assert {
        "readygate_config/examples/handover-airtable.en.yaml",
        "readygate_config/examples/handover-airtable.ru.yaml",
        "readygate_config/examples/handover.en.yaml",
        "readygate_config/examples/handover.ru.yaml",
        "readygate_config/readygate.schema.json",
        "readygate_config/locales/ru/LC_MESSAGES/readygate.mo",
        "readygate_ledger/migrations/env.py",
        "readygate_ledger/migrations/versions/rg0001_tables.py",
    } <= wheel


def test_the_wheel_has_nothing_else(wheel):
    tops = {name.partition("/")[0] for name in wheel}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(NAMES)


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_module_lies_beside_the_packages(folder):
    assert [file.name for file in (ROOT / folder).glob("*.py")] == []


@pytest.mark.parametrize("package", packages(), ids=str)
def test_every_module_says_why_it_exists(package):
    silent = [
        str(module.relative_to(ROOT))
        for module in modules(package)
        if not ast.get_docstring(ast.parse(module.read_text(encoding="utf-8")))
    ]
    assert silent == []


def test_every_test_module_says_why_it_exists():
    silent = [
        str(module.relative_to(ROOT))
        for module in (ROOT / "tests").rglob("*.py")
        if not ast.get_docstring(ast.parse(module.read_text(encoding="utf-8")))
    ]
    assert silent == []
