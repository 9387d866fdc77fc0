"""Who may import whom: the contracts of import-linter, and one home for every vendor library."""

from __future__ import annotations

import subprocess
import sys
from collections import defaultdict
from importlib.metadata import entry_points, packages_distributions

import pytest

from architecture.house import ROOT, imported, modules, packages, project

HOMES = {
    "alembic": {"readygate_ledger"},
    "cattrs": {"readygate_ledger"},
    "click": {"readygate_cli"},
    "filelock": {"readygate_ledger"},
    "jira": {"readygate_jira"},
    "pyairtable": {"readygate_airtable"},
    "pydantic": {"readygate_config"},
    "pydantic_core": {"readygate_config"},
    "pydantic_settings": {"readygate_config"},
    "requests": {"readygate_http"},
    # The sandbox reads a seed in YAML and shares no code with the product.
    "ruamel": {"readygate_config", "readygate_sandbox"},
    "sqlalchemy": {"readygate_ledger"},
    "tenacity": {"readygate_http"},
    "urllib3": {"readygate_http"},
    "werkzeug": {"readygate_sandbox"},
}
"""Vendor library -> the packages that may import it."""

LINT = "from importlinter.cli import lint_imports_command as run; run()"

OURS = {package.name for package in packages()}


def vendors() -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for package in packages():
        for module in modules(package):
            for name in imported(module):
                top = name.partition(".")[0]
                if top not in sys.stdlib_module_names and top not in OURS:
                    found[top].add(package.name)
    return found


def test_every_vendor_library_has_one_home():
    found = vendors()
    assert {name: homes for name, homes in found.items() if homes != HOMES.get(name)} == {}


def test_every_dependency_is_used_and_every_use_is_a_dependency():
    told = project()["project"]
    wanted = [*told["dependencies"], *told["optional-dependencies"]["sandbox"]]
    declared = {text.split(">=")[0].lower() for text in wanted}
    known = packages_distributions()
    used = {known[name][0].lower() for name in vendors()}
    # Part of a library that we name, with an interface that this library documents.
    assert used - declared <= {"pydantic-core", "pydantic_core", "urllib3"}
    assert declared - used == set()


def test_no_connector_imports_another():
    connectors = {package for package in packages() if package.parts[0] == "connectors"}
    kinds = {package for package in connectors if package.name != "readygate_http"}
    for package in kinds:
        others = {other.name for other in kinds - {package}}
        for module in modules(package):
            found = {name.partition(".")[0] for name in imported(module)}
            assert not found & others, module


def test_the_contracts_hold():
    done = subprocess.run(
        [sys.executable, "-c", LINT, "--no-logo", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    contracts = len(project()["tool"]["importlinter"]["contracts"])
    assert f"Contracts: {contracts} kept, 0 broken." in done.stdout


@pytest.mark.parametrize("module", ["readygate_cli.main", "readygate_ledger", "readygate.run"])
def test_loading_it_loads_no_vendor_library(module):
    code = f"import sys, {module}; print(*sorted({{n.partition('.')[0] for n in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) & set(HOMES) <= {"click"}


def test_a_run_loads_nothing_that_only_other_commands_need():
    code = "import sys, readygate_airtable.connector, readygate_jira.connector; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    rare = {"survey", "preparing", "examining", "installer"}
    assert not [one for one in done.stdout.split() if one.rpartition(".")[2] in rare]


def test_every_registered_connector_can_be_loaded():
    registered = entry_points(group="readygate.connectors")
    assert {point.name for point in registered} >= {"airtable", "jira"}
    for point in registered:
        assert callable(point.load())
