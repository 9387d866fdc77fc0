"""`readygate check` and `readygate map`: offline, from the file alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.stage import CONFIG
from readygate_cli import configs, logs
from readygate_cli.main import main

NO_CONFIG = """\
no config file was found; looked at readygate.yaml, readygate.yml, \
{home}/readygate/readygate.yaml, /etc/readygate/readygate.yaml
    Run `readygate init`: it asks and writes one. Or copy one of the examples \
(config/examples/) to readygate.yaml, or name a file with --config.
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in, far from any config of this machine."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("READYGATE_CONFIG", raising=False)
    return tmp_path


def write(path: Path, text: str = CONFIG) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(text.format(url="https://example.atlassian.net"), encoding="utf-8")
    return path


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(arguments)
    logs.release()
    return code, *capsys.readouterr()


@pytest.mark.parametrize("command", ["check", "map", "plan", "sync", "status", "log"])
def test_no_config_says_where_it_looked_and_what_to_do(
    capsys: pytest.CaptureFixture[str], folder: Path, command: str
) -> None:
    assert run(capsys, command) == (3, "", NO_CONFIG.format(home=folder / "home"))


def test_a_valid_config_is_summed_up_in_one_line(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    write(folder / "readygate.yaml")

    assert run(capsys, "check") == (
        0,
        "The config is valid: 3 people, 3 processes, 2 items, 1 pipeline, 2 gates.\n",
        "",
    )


def test_the_usual_places_are_tried_in_order(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    home = write(folder / "home" / "readygate.yaml").parent
    (home / "readygate").mkdir()
    write(home / "readygate" / "readygate.yaml")
    assert run(capsys, "check")[0] == 0

    write(folder / "readygate.yaml", "nonsense")
    assert run(capsys, "check")[0] == 3


def test_several_files_and_folders_are_one_config(
    capsys: pytest.CaptureFixture[str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    top, _, pipelines = CONFIG.partition("pipelines:")
    write(folder / "contracts" / "a.yaml", top)
    write(folder / "b.yaml", "pipelines:" + pipelines)

    assert run(capsys, "check", "-c", "contracts", "-c", "b.yaml")[0] == 0
    monkeypatch.setenv("READYGATE_CONFIG", "contracts:b.yaml")
    assert run(capsys, "check")[0] == 0


def test_a_typo_is_told_with_its_place_and_what_was_meant(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    write(folder / "bad.yaml", CONFIG.replace("owner: boris", "owner: bors"))

    code, out, err = run(capsys, "check", "--config", "bad.yaml")

    assert (code, out) == (3, "")
    assert err == (
        "bad.yaml:13:33 processes.sales.owner: there is no person 'bors'\n"
        "    Did you mean 'boris'? Known are: anna, boris, vera.\n"
    )


def test_problems_as_json(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    write(folder / "bad.yaml", CONFIG.replace("owner: boris", "owner: bors"))

    code, out, err = run(capsys, "check", "--config", "bad.yaml", "--json")

    document = json.loads(out)
    assert (code, err, document["ok"]) == (3, "", False)
    assert (document["problems"][0]["line"], document["problems"][0]["path"]) == (
        13,
        "processes.sales.owner",
    )


def test_warnings_go_to_stderr_and_do_not_fail(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    extra = CONFIG.replace("outputs: [scan]", "outputs: [scan, notes]").replace(
        "items:\n", "items:\n  notes: {{ title: Notes }}\n"
    )
    write(folder / "readygate.yaml", extra)

    code, out, err = run(capsys, "check")

    assert (code, out) == (
        0,
        "The config is valid: 3 people, 3 processes, 3 items, 1 pipeline, 2 gates, 1 warning.\n",
    )
    assert err.startswith("readygate.yaml:14:77 ")
    assert "nobody needs 'notes', which 'sales' hands on\n    Add it to the inputs" in err
    assert json.loads(run(capsys, "check", "--json")[1])["problems"][0]["severity"] == "warning"


def test_the_map_in_its_three_forms(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    write(folder / "readygate.yaml")

    table, mermaid, document = (
        run(capsys, "map", *arguments) for arguments in ([], ["--mermaid"], ["--json"])
    )

    assert table[0] == 0
    assert "Sales      Борис Лыков  Lead checklist        Scan of the contract  Delivery" in (
        table[1].splitlines()
    )
    assert mermaid[1].startswith('flowchart LR\n    p0["Marketing<br/>Анна Котова"]\n')
    assert json.loads(document[1])["processes"][1]["owner"] == "Борис Лыков"


def test_the_ledger_lies_beside_the_first_config_file(folder: Path) -> None:
    path = write(folder / "contracts" / "a.yaml")

    assert configs.ledger_beside(configs.load_config([path])) == path.parent / "readygate.db"


def test_an_unknown_pipeline_is_told_with_those_there_are(
    capsys: pytest.CaptureFixture[str], folder: Path
) -> None:
    write(folder / "readygate.yaml")

    assert run(capsys, "plan", "--pipeline", "deal") == (
        3,
        "",
        "there is no pipeline 'deal' in the config\n    There is: deals.\n",
    )


def test_a_map_has_one_form(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    write(folder / "readygate.yaml")

    code, out, err = run(capsys, "map", "--json", "--mermaid")
    assert (code, out) == (2, "")
    assert err.endswith("Error: --mermaid and --json are two forms of the same map: choose one.\n")
