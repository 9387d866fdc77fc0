"""The table of decisions in docs/lifecycle.md is the one that the matrix is held against."""

from __future__ import annotations

from pathlib import Path

from faults.wire_decisions import EXCEPTIONS, FAMILIES, HARMLESS, document
from faults.wire_faults import airtable_faults, jira_faults

PAGE = Path(__file__).parents[2] / "docs" / "lifecycle.md"
BEGIN, END = "<!-- faults on the wire -->\n", "\n<!-- end -->"


def test_the_page_tells_what_is_decided() -> None:
    text = PAGE.read_text(encoding="utf-8")
    told = text.partition(BEGIN)[2].partition(END)[0]
    assert told == document(), f"write this between the marks:\n{document()}"


def test_every_fault_has_one_decision() -> None:
    names = {fault.name for fault in (*jira_faults("me"), *airtable_faults())}
    decided = [fault for family in FAMILIES for fault in family.faults]
    assert sorted(decided) == sorted(names)


def test_exceptions_name_what_there_is() -> None:
    known = {family.name for family in FAMILIES} | {f for one in FAMILIES for f in one.faults}
    assert {name for one in EXCEPTIONS for name in one.faults} <= known
    assert {fault for _, _, fault in HARMLESS} <= known
