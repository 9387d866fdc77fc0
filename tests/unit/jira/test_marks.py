"""Marks in a workflow: what we wrote is read again, what others wrote is not ours."""

from __future__ import annotations

import pytest

from readygate_jira.guard.marks import Mark, Part, key_of, mark_of

KEY = key_of("10000", "10001")


@pytest.mark.parametrize("text", ["", "mine", "v1", "v1 somebody", "v2 held", None, 7])
def test_a_property_that_we_did_not_write_is_no_mark(text):
    assert mark_of({"properties": {KEY: text}}, KEY) is None


def test_a_mark_is_read_as_it_was_written():
    mark = Mark(Part.REST, was_global=True, sources=("a", "b"))
    assert mark_of({"properties": {KEY: mark.text()}}, KEY) == mark
    assert mark_of({"properties": {key_of("10000", "10002"): mark.text()}}, KEY) is None
