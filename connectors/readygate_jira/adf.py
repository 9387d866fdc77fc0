"""Builds and reads Atlassian Document Format, the only rich text that Jira's REST v3 accepts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias, assert_never

from readygate.action import Block, Line, Link, Mention, Span, Text

Node: TypeAlias = dict[str, Any]

MOST_CHARACTERS = 30_000
"""Jira takes comments of 32,767 characters; markup around the text needs some of them."""


def document(blocks: Sequence[Block]) -> Node:
    """Give an explanation as a document with real mentions and links.

    A text that would not fit is cut at a point of a list, with an ellipsis in its place.
    """
    content: list[Node] = []
    left = MOST_CHARACTERS
    for block in blocks:
        if block.line:
            left -= _length(block.line)
            content.append(_paragraph(block.line))
        points: list[Node] = []
        for bullet in block.bullets:
            left -= _length(bullet)
            if left < 0:
                points.append(_point((Text("…"),)))
                break
            points.append(_point(bullet))
        if points:
            content.append({"type": "bulletList", "content": points})
        if left < 0:
            break
    return {"type": "doc", "version": 1, "content": content or [_paragraph(())]}


def from_plain(text: str) -> Node | None:
    """Give plain text as a document: blank lines part paragraphs. None for no text."""
    parts = [part.strip() for part in text.replace("\r\n", "\n").split("\n\n")]
    content = [_paragraph((Text(part),)) for part in parts if part]
    return {"type": "doc", "version": 1, "content": content} if content else None


def to_plain(node: Any) -> str:
    """Give the text of a document, one line per paragraph."""
    if not isinstance(node, dict):
        return ""
    match node.get("type"):
        case "text":
            return str(node.get("text", ""))
        case "hardBreak":
            return "\n"
        case "mention":
            return str(node.get("attrs", {}).get("text", ""))
        case kind:
            inner = [to_plain(child) for child in node.get("content") or ()]
            between = "" if kind in {"paragraph", "heading"} else "\n"
            return between.join(inner)


def _paragraph(line: Line) -> Node:
    return {"type": "paragraph", "content": [node for span in line for node in _inline(span)]}


def _point(line: Line) -> Node:
    return {"type": "listItem", "content": [_paragraph(line)]}


def _inline(span: Span) -> Iterator[Node]:
    match span:
        case Text(text):
            yield from _text(text)
        case Link(text, url):
            yield from _text(text or url, [{"type": "link", "attrs": {"href": url}}])
        case Mention(name, ""):
            yield from _text(name)
        case Mention(name, account):
            yield {"type": "mention", "attrs": {"id": account, "text": f"@{name}"}}
        case _:
            assert_never(span)


def _text(text: str, marks: Sequence[Node] = ()) -> Iterator[Node]:
    for index, part in enumerate(text.split("\n")):
        if index:
            yield {"type": "hardBreak"}
        if part:  # an empty text node makes the whole document invalid
            yield {"type": "text", "text": part, **({"marks": list(marks)} if marks else {})}


def _length(line: Line) -> int:
    return sum(len(span.name if isinstance(span, Mention) else span.text) for span in line)
