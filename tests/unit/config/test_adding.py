"""Adding to a config keeps every byte of it: the exact text, before and after."""

from __future__ import annotations

import pytest

from readygate.errors import ConfigError
from readygate_config.adding import add
from readygate_config.drafting import Entry, block, scalar

BEFORE = """\
# top
version: 1
trackers:   # here
  main: { kind: jira,   url: "https://x.atlassian.net" }   # beside
people: { anna: { name: Anna,  email: a@example.com } }

# Things
items:
    scan:   { title: Scan }   # a scan
    note:
        title: Note
        help: |
          text
          # no comment, but text

    # old: { title: Old }

# Steps
processes:
  sales:  { title: Sales, owner: anna, outputs: [scan] }
  more:
    title: More
    owner: anna
    outputs:
      - note
  bare: { title: Bare, owner: anna }
  # bottom
pipelines:
  deals:
    tracker: main
    stages:
      - { stage: A, process: sales }
# end"""

AFTER = """\
# top
version: 1
trackers:   # here
  main: { kind: jira,   url: "https://x.atlassian.net" }   # beside
people: { anna: { name: Anna,  email: a@example.com }, bo: { name: Bo } }

# Things
items:
    scan:   { title: Scan }   # a scan
    note:
        title: Note
        help: |
          text
          # no comment, but text

    # old: { title: Old }
    # More
    new: { title: "New: x" }

# Steps
processes:
  sales:  { title: Sales, owner: anna, outputs: [scan, new] }
  more:
    title: More
    owner: anna
    outputs:
      - note
      - newer
  bare: { title: Bare, owner: anna, outputs: [newest] }
  # bottom
  last:
    title: Last
    owner: bo
pipelines:
  deals:
    tracker: main
    stages:
      - { stage: A, process: sales }
  orders:
    tracker: main
    guard: advise            # at first
# end
"""

SECTIONS = {
    "trackers": [],
    "people": [Entry("bo", {"name": "Bo"})],
    "items": [Entry("new", {"title": "New: x"}, comment="More")],
    "processes": [Entry("last", (Entry("title", "Last"), Entry("owner", "bo")))],
    "pipelines": [
        Entry("orders", (Entry("tracker", "main"), Entry("guard", "advise", beside="at first")))
    ],
}
OUTPUTS = {"sales": ["new"], "more": ["newer"], "bare": ["newest"]}


def test_only_what_is_new_is_new() -> None:
    assert add(BEFORE, SECTIONS, OUTPUTS) == AFTER.rstrip("\n")


def test_a_section_that_is_not_there_comes_to_the_end() -> None:
    text = add("version: 1", {"people": [Entry("bo", {"name": "Bo"})]}, {})
    assert text == "version: 1\n\npeople:\n  bo: { name: Bo }\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("people:\nitems: {}\n", "people:\n  bo: { name: Bo }\nitems: {}\n"),
        ("people: {}\n", "people: { bo: { name: Bo } }\n"),
        ("people: # none\nitems: {}\n", "people: # none\n  bo: { name: Bo }\nitems: {}\n"),
        ("people:\n  a: 1", "people:\n  a: 1\n  bo: { name: Bo }\n"),
        ("people:\n  a: {x: 1}\n\n\n", "people:\n  a: {x: 1}\n  bo: { name: Bo }\n\n\n"),
    ],
)
def test_sections_of_every_form(before: str, after: str) -> None:
    assert add(before, {"people": [Entry("bo", {"name": "Bo"})]}, {}) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("outputs: []", "outputs: [x]"),
        ("outputs: [ a ] # c", "outputs: [ a, x ] # c"),
        ("outputs:\n    - a # c\n", "outputs:\n    - a # c\n    - x\n"),
    ],
)
def test_outputs_of_every_form(before: str, after: str) -> None:
    head = "processes:\n  sales:\n    title: Sales\n    "
    assert add(f"{head}{before}", {}, {"sales": ["x"]}) == f"{head}{after}"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{ version: 1 }", "its top is not a table with a key on each line"),
        ("a: [", "it is not valid YAML"),
        ("people: [a]", "`people` is not a table"),
        ("version: 1\r\npeople: {}\r\n", "its lines end as on Windows, or it begins with"),
    ],
)
def test_what_cannot_be_added_to_is_refused(text: str, why: str) -> None:
    with pytest.raises(ConfigError) as told:
        add(text, {"people": [Entry("bo", {"name": "Bo"})]}, {})
    assert why in str(told.value)
    assert "Add the pipeline by hand" in str(told.value)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("Скан договора", "Скан договора"),
        ("client's side", "client's side"),
        ("Brand kit: logo", '"Brand kit: logo"'),
        ("a:b", "a:b"),
        ("12", '"12"'),
        ("30d", "30d"),
        ("1e3", '"1e3"'),
        ("No", '"No"'),
        ("", '""'),
        ("a # b", '"a # b"'),
        ('say "hi"', '"say \\"hi\\""'),
        ("a\u202eb", '"a\\U0000202eb"'),
        ("two\nlines", '"two\\nlines"'),
        (" a", '" a"'),
        (True, "true"),
        (3, "3"),
    ],
)
def test_single_values(value: str | int, written: str) -> None:
    assert scalar(value) == written


def test_long_tables_are_spread_and_commas_need_no_quotes_on_a_line_of_their_own() -> None:
    entry = Entry("item", {"title": "A title", "help": f"Long, {'x' * 90}", "when": {"in": ["a"]}})
    assert block([entry]) == (
        f"item:\n  title: A title\n  help: Long, {'x' * 90}\n  when: {{ in: [a] }}\n"
    )
