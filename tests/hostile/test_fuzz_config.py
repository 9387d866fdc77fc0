"""Whatever stands in a config or on the command line ends in a text and a code, not in a crash."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hostile.texts import HOSTILE
from readygate.errors import ConfigError, Problem
from readygate.render.plain import dangerous
from readygate_cli import logs
from readygate_cli.main import COMMANDS, main
from readygate_config import load

EXAMPLES = sorted((Path(__file__).parents[2] / "config" / "examples").glob("*.yaml"))
KINDS = ("jira", "airtable")
WORDS = (
    "version", "language", "trackers", "people", "items", "processes", "pipelines", "kind", "url",
    "base", "name", "email", "title", "help", "when", "field", "in", "required", "external", "due",
    "days", "owner", "inputs", "outputs", "tracker", "project", "issue_type", "guard", "stages",
    "stage", "process", "exit", "limits", "returns", "opens", "adopt", "updated_within", "formerly",
    "checklist", "table", "stage_field", "waived_as", "created_midway", "jira", "airtable", "<<",
)  # fmt: skip
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
    | st.sampled_from([*HOSTILE, *WORDS])
)  # fmt: skip
TREES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=5), inner, max_size=5)
    ),
    max_leaves=25,
)
NOISE = st.sampled_from(
    [*HOSTILE, ":", "- ", "? ", "&a ", "*a", "!!python/object:os.system ", "{", "}", "[", "]", "|",
     ">", "#", "%YAML 9.9\n", "---\n", "...\n", "\t", "\x85", "\ufeff", "!!binary ", "0x", "1e999",
     "9" * 400, "\n", "'", '"', "2026-13-45", "=", "<<: *a", "!!set {a}", "!!omap [a: 1]", "~"]
)  # fmt: skip
quiet = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=100)


def loads(path: Path) -> None:
    """A config, or every problem with it."""
    problems = ["none"]
    try:
        load([path], kinds=KINDS)
    except ConfigError as error:
        problems = [str(problem) for problem in error.problems]
    assert problems
    assert all(problems)


@quiet
@given(data=st.binary(max_size=300))
def test_any_bytes(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "readygate.yaml"
    path.write_bytes(data)
    loads(path)


@quiet
@given(tree=TREES)
def test_any_tree(tmp_path: Path, tree: Any) -> None:
    path = tmp_path / "readygate.yaml"
    path.write_text(json.dumps(tree), encoding="utf-8")  # JSON is YAML
    loads(path)


@quiet
@given(data=st.data())
def test_an_example_with_noise_in_it(tmp_path: Path, data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(EXAMPLES)).read_text("utf-8")
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(text)))
        text = text[:at] + data.draw(NOISE) + text[at + data.draw(st.integers(0, 30)) :]
    path = tmp_path / "readygate.yaml"
    path.write_text(text, encoding="utf-8", errors="surrogatepass")
    loads(path)


@quiet
@given(data=st.data(), tree=TREES)
def test_an_example_with_another_value_in_it(
    tmp_path: Path, data: st.DataObject, tree: Any
) -> None:
    lines = data.draw(st.sampled_from(EXAMPLES)).read_text("utf-8").splitlines()
    at = data.draw(st.sampled_from([n for n, line in enumerate(lines) if ":" in line]))
    lines[at] = f"{lines[at].partition(':')[0]}: {json.dumps(tree)}"
    path = tmp_path / "readygate.yaml"
    path.write_text("\n".join(lines), encoding="utf-8")
    loads(path)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_title_comes_back_unharmed_or_is_refused_with_the_reason(
    tmp_path: Path, text: str
) -> None:
    path = tmp_path / "readygate.yaml"
    config = EXAMPLES[0].read_text("utf-8")
    old = "title: Issued invoice"
    assert old in config
    path.write_text(config.replace(old, f"title: {json.dumps(text)}"), encoding="utf-8")
    problems: tuple[Problem, ...] = ()
    title = ""
    try:
        title = load([path], kinds=KINDS).book.items["invoice"].title
    except ConfigError as error:
        problems = error.problems
    if not problems:
        assert title == text.strip()
        return
    for problem in problems:
        assert problem.place is not None
        assert problem.dotted in {"", "items.invoice.title"}  # "" where YAML takes no such thing
        assert problem.message
        assert problem.hint


ARGUMENTS = st.lists(
    st.sampled_from(
        [*(name for name in COMMANDS if name not in {"sandbox", "demo"}), "--config", "--ledger",
         "--since", "--until", "--limit", "--json", "--format", "--pipeline", "--deal", "--all",
         "--every", "--log-level", "--log-format", "--full", "--force", "--yes", "backup", "check",
         "rebuild", "--mermaid", "-c", "-v", "--help", "--version", "7d", "99999w", "99999d", "0d",
         "0001-01-01", "9999-12-31", "9999-12-31T23:59:59+00:00", "-1", "1" * 400, "debug", "json",
         *HOSTILE]
    )
    | st.text(max_size=8),
    max_size=6,
)  # fmt: skip


@quiet
@given(arguments=ARGUMENTS)
def test_any_arguments(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    config = (
        EXAMPLES[0]
        .read_text("utf-8")
        .replace("https://example.atlassian.net", "http://127.0.0.1:9")
    )
    (tmp_path / "readygate.yaml").write_text(config, encoding="utf-8")
    try:
        code = main(arguments)
    finally:
        logs.release()
    out, err = capsys.readouterr()
    assert code in {0, 1, 2, 3, 5, 6, 7, 10}, err
    assert "Traceback" not in out + err
    assert not any(dangerous(char) for char in (out + err).replace("\n", ""))


@pytest.mark.parametrize("option", ["--since", "--until"])
@pytest.mark.parametrize(
    "when", ["99999w", "99999d", "0001-01-01", "9999-12-31", "0001-01-01T00:00:00+14:00"]
)
def test_times_out_of_this_world(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    option: str,
    when: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "readygate.yaml").write_text(EXAMPLES[0].read_text("utf-8"), encoding="utf-8")
    assert main(["log", option, when]) in {0, 2}
    logs.release()
