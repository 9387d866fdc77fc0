"""The JSON Schema for editors is current, takes what we take, and marks what people get wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from readygate_config import schema
from unit.config.samples import BAD, EXAMPLES, VALID, changed

FILE = Path(schema.__file__).parents[1] / "readygate.schema.json"


def read(text: str) -> Any:
    return YAML(typ="safe", pure=True).load(text)


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    loaded = json.loads(FILE.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(loaded)
    return Draft202012Validator(loaded)


def test_the_file_is_current() -> None:
    """If not: `python -m readygate_config.schema > config/readygate.schema.json`."""
    assert FILE.read_text(encoding="utf-8") == schema.text()


def test_every_setting_is_explained() -> None:
    made = schema.schema()
    parts = {"the top": made, **made["$defs"]}
    silent = [
        f"{name}: {key}"
        for name, part in parts.items()
        for key, setting in part["properties"].items()
        if not setting.get("description")
    ]
    assert silent == []


@pytest.mark.parametrize("example", sorted(EXAMPLES.glob("*.yaml")), ids=lambda path: path.name)
def test_examples_are_valid(validator: Draft202012Validator, example: Path) -> None:
    text = example.read_text(encoding="utf-8")

    assert list(validator.iter_errors(read(text))) == []
    first = text.split("\n", 1)[0]
    assert first == "# yaml-language-server: $schema=../readygate.schema.json"


def test_cyrillic_names_and_anchors_are_valid(validator: Draft202012Validator) -> None:
    text = changed(("checklist", "чек_лист-2"), ("version: 1", "version: 1\nx-any: [1]"))

    assert list(validator.iter_errors(read(text))) == []


@pytest.mark.parametrize(
    "change",
    [
        ("version: 1", "version: 2"),
        ("version: 1", "language: ru"),
        ("version: 1", "version: 1\nlanguage: de"),
        ("pipelines:", "pipeline:"),
        ("owner: boris", "owner: [boris, anna]"),
        ("title: Sales, ", ""),
        ("title: Checklist", "titel: Checklist"),
        ("title: Checklist", "title: 5"),
        ("title: Checklist", "title: Checklist, required: yes"),
        ("title: Checklist", "title: Checklist, when: { field: A }"),
        ("title: Checklist", "title: Checklist, due: 3"),
        ("outputs: [checklist]", "outputs: checklist"),
        ("checklist: {", "check/list: {"),
        ("main: {", "Main: {"),
        ("kind: jira", "kind: trello"),
        ("https://example.atlassian.net", "example.atlassian.net"),
        ("project: DEAL", "project: deal"),
        ("    project: DEAL\n", ""),
        ("issue_type: Deal", "issue_type: Deal\n    guard: native\n    by: tasks"),
        ("issue_type: Deal", "issue_type: Deal\n    adopt: { updated_within: 30 }"),
        ("stage: Talks, process: sales", "stage: Talks"),
        ("stage: Talks, process: sales", "stage: Talks, process: sales, exit: true"),
        ("name: Boris", "name: Boris, e-mail: boris@example.com"),
    ],
)
def test_mistakes_are_marked(validator: Draft202012Validator, change: tuple[str, str]) -> None:
    assert list(validator.iter_errors(read(VALID))) == []
    assert list(validator.iter_errors(read(changed(change)))) != []


def test_no_base_of_a_bad_config_is_refused_without_need(validator: Draft202012Validator) -> None:
    """What only the chain can know is valid in an editor."""
    for name in ("77-input-nobody-makes", "80-loop", "74-producer-after-consumer"):
        text = (BAD / f"{name}.yaml").read_text(encoding="utf-8")
        assert list(validator.iter_errors(read(text))) == []
