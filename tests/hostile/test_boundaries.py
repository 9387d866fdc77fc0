"""Every place where a foreign text meets a language, tried with any text at all: terminal, JSON,
Markdown, Mermaid, Jira's documents, Airtable's comments and formulas."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hostile.texts import HOSTILE
from readygate.action import Block, Link, Mention, Text, text_digest
from readygate.contract import ContractBook, Item, Person, Process
from readygate.gate import Reason, Why
from readygate.ports import Event
from readygate.render import Names, clean, dump, log_text
from readygate.render.chain import chain_mermaid
from readygate.render.markdown import escape
from readygate.render.plain import dangerous, width
from readygate.wording import LONGEST_TITLE, explanation, missing_text
from readygate_airtable import formulas
from readygate_airtable.commenting import comment_text, plain_text
from readygate_jira import adf

NASTY = st.text(
    alphabet=st.sampled_from("<>&\"'`#%{}[]()@|\\*_~!-+=.:;/\n\r\t \x1b\x00\u202e\ud83d1wй")
)
TEXTS = st.sampled_from(HOSTILE) | NASTY | st.text()


@given(TEXTS)
def test_the_terminal(text: str) -> None:
    shown = clean(text)
    assert not any(dangerous(char) for char in shown)
    assert "\n" not in shown
    assert width(shown) >= 0
    if not any(dangerous(char) for char in text):
        assert shown == text


@given(TEXTS)
def test_a_line_of_history(text: str) -> None:
    data = {
        "at": "2026-11-24T09:00:00+00:00", "stage": text, "accepted": text, "requested": text,
        "moves": [{"at": "2026-11-24T09:00:00+00:00", "from": text, "to": text, "by": text,
                   "ours": False}],
        "since": None, "decided": "return", "to": text, "reason": text,
        "seen": [{"title": text, "ref": text, "why": text, "since": None, "waived_by": text,
                  "owes": text, "required": True}],
    }  # fmt: skip
    event = Event("deals", text, text, "look", text, data, datetime(2026, 11, 24, tzinfo=UTC))
    shown = log_text([event], UTC, Names())
    assert len(shown.splitlines()) == shown.count("\n") == 5
    assert not any(dangerous(char) for char in shown.replace("\n", ""))


@given(TEXTS)
def test_json(text: str) -> None:
    shown = dump({"title": text})
    assert json.loads(shown) == {"title": text}
    assert not any(dangerous(char) for char in shown if char != "\n")


def rendered(markdown: str) -> str:
    """What a reader of Markdown sees: escapes taken away, and that nothing else is a sign."""
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", markdown)


@given(TEXTS)
@example("www.example.com http://example.com https://a")
@example("12. item")
def test_markdown(text: str) -> None:
    written = escape(text)
    assert rendered(written).replace("@\u200b", "@") == clean(text)
    bare = re.sub(r"\\.", "", written)  # what is not escaped
    assert re.search(r"[`*_\[\]<>|~#&]|@(?!\u200b)|://|(?i:www\.)", bare) is None
    assert re.match(r"\s*([-+=]|\d{1,9}[.)])", written) is None


@pytest.mark.parametrize("text", HOSTILE)
def test_markdown_as_a_renderer_reads_it(text: str) -> None:
    reader = pytest.importorskip("markdown_it").MarkdownIt("commonmark").enable("table")
    page = reader.render(f"- **{escape(text)}**\n\n| a |\n|---|\n| {escape(text)} |\n")
    tags = set(re.findall(r"<(/?[a-z0-9]+)", page))
    assert {tag.lstrip("/") for tag in tags} <= {
        "ul", "li", "strong", "table", "thead", "tbody", "tr", "th", "td",
    }  # fmt: skip


def book(text: str) -> ContractBook:
    people = {"a": Person("a", text, "a@example.com")}
    items = {"i": Item("i", text)}
    processes = [Process("p", text, "a", (), ("i",)), Process("q", text, "a", ("i",), ())]
    return ContractBook(people, items, {one.key: one for one in processes})


@given(TEXTS)
def test_mermaid(text: str) -> None:
    lines = chain_mermaid(book(text)).splitlines()
    label = r'"[^"<>`%&]*<br/>[^"<>`%&]*"'
    assert len(lines) == 4
    assert lines[0] == "flowchart LR"
    assert re.fullmatch(rf"    p0\[{label}\]", lines[1])
    assert re.fullmatch(rf"    p1\[{label}\]", lines[2])
    assert re.fullmatch(r'    p0 -->\|"[^"<>`%&]*"\| p1', lines[3])


def spans(text: str) -> tuple[Block, ...]:
    line = (Text(text), Link(text, "https://example.com/"), Mention(text), Mention(text, "usrOURS"))
    return (Block(line, (line, line)),)


def nodes(node: dict[str, Any]) -> list[dict[str, Any]]:
    return [node, *(found for child in node.get("content", ()) for found in nodes(child))]


@given(TEXTS)
def test_jira_documents(text: str) -> None:
    found = nodes(adf.document(spans(text)))
    assert {node["type"] for node in found} <= {
        "doc", "paragraph", "bulletList", "listItem", "text", "hardBreak", "mention",
    }  # fmt: skip
    assert {node["attrs"]["id"] for node in found if node["type"] == "mention"} == {"usrOURS"}
    marks = [mark for node in found for mark in node.get("marks", ())]
    assert {mark["attrs"]["href"] for mark in marks} <= {"https://example.com/"}
    assert all(node["text"] for node in found if node["type"] == "text")


@given(TEXTS)
@example("@[usrOTHER] [readygate 0000] @[@[usrX]]")
def test_comments_of_airtable(text: str) -> None:
    written = comment_text(spans(text), "1a2b3c4d5e")
    assert set(re.findall(r"@\[([^]]*)\]", written)) == {"usrOURS"}
    assert written.count("[readygate ") == 1
    assert written.endswith("\n[readygate 1a2b3c4d5e]")
    assert "@[" not in comment_text(spans(text), "1a2b3c4d5e", mention=False)
    assert "@[" not in plain_text(spans(text))


@given(st.lists(TEXTS, min_size=1, max_size=3))
def test_formulas_of_airtable(values: list[str]) -> None:
    formula = formulas.with_values("fldAAAAAAAAAAAAAA", values)
    outside = re.sub(r"'(?:\\.|[^'\\])*'", "''", formula, flags=re.DOTALL)
    assert re.fullmatch(r"[A-Z(),={}'fld ]*", outside), outside


def test_an_explanation_stays_short_whatever_the_titles() -> None:
    reasons = [
        Reason("g", f"i{n}", "x" * 100_000, required=True, why=Why.NOT_TICKED, owes="y" * 100_000,
               account="acc")
        for n in range(20)
    ]  # fmt: skip
    blocks = explanation(
        reasons, stage="A", target="B", moved=True, advise=False, times=1, mention=True, _=str
    )
    assert len(comment_text(blocks, "1a2b3c4d5e")) < 20 * (LONGEST_TITLE + 50) + 500
    mentioned = [node for node in nodes(adf.document(blocks)) if node["type"] == "mention"]
    assert len(mentioned) == 20
    assert len(missing_text(reasons, str)) < 20 * (2 * LONGEST_TITLE + 20)


@given(TEXTS)
def test_no_explanation_holds_what_a_store_refuses(text: str) -> None:
    reason = Reason("g", "i", text, required=True, why=Why.NOT_TICKED, owes=text, account="")
    blocks = explanation(
        [reason], stage="A", target="B", moved=True, advise=False, times=1, mention=True, _=str
    )
    for written in (comment_text(blocks, "1a2b3c4d5e"), missing_text([reason], str)):
        assert written.encode()
        assert re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", written) is None


@given(TEXTS)
def test_digests(text: str) -> None:
    assert re.fullmatch("[0-9a-f]{16}", text_digest(text))
