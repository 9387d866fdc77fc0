"""Atlassian Document Format: checked where v3 takes it, turned into text and back where v2 does.

Node names and the rule of non-empty text nodes follow the published ADF schema.
"""

import re
from typing import Any

from readygate_sandbox.jira_cloud.model import Adf

_BLOCKS = frozenset(
    {"paragraph", "heading", "bulletList", "orderedList", "taskList", "decisionList", "codeBlock",
     "blockquote", "panel", "rule", "table", "mediaGroup", "mediaSingle", "expand", "nestedExpand",
     "layoutSection", "blockCard", "embedCard", "extension", "bodiedExtension"}
)  # fmt: skip
_INLINE = frozenset(
    {"text", "hardBreak", "mention", "emoji", "date", "status", "inlineCard", "mediaInline",
     "inlineExtension", "placeholder"}
)  # fmt: skip
_INNER = frozenset(
    {"listItem", "taskItem", "decisionItem", "tableRow", "tableCell", "tableHeader", "media",
     "layoutColumn", "caption", "blockTaskItem"}
)  # fmt: skip
_LINK = re.compile(r"\[~accountid:([^\]]+)\]")


def is_document(value: object) -> bool:
    """Whether a value is an ADF document that Jira would take."""
    return (
        isinstance(value, dict)
        and value.get("type") == "doc"
        and value.get("version") == 1
        and isinstance(value.get("content"), list)
        and all(_is_node(node, top=True) for node in value["content"])
    )


def _is_node(node: object, *, top: bool = False) -> bool:
    if not isinstance(node, dict):
        return False
    kind = node.get("type")
    if not isinstance(kind, str) or not isinstance(node.get("attrs", {}), dict):
        return False
    if top and kind not in _BLOCKS:
        return False
    if kind not in _BLOCKS | _INLINE | _INNER:
        return False
    if kind == "text" and not (isinstance(node.get("text"), str) and node["text"]):
        return False
    if kind == "mention" and not _has_text(node.get("attrs"), "id"):
        return False
    content = node.get("content", [])
    return isinstance(content, list) and all(_is_node(child) for child in content)


def _has_text(attrs: object, name: str) -> bool:
    return isinstance(attrs, dict) and isinstance(attrs.get(name), str) and bool(attrs[name])


def from_text(text: str) -> Adf:
    """A document with one paragraph per line group; `[~accountid:ID]` becomes a mention."""
    paragraphs = []
    for block in re.split(r"\n\s*\n", text.replace("\r\n", "\n").strip("\n")):
        content: list[dict[str, Any]] = []
        for number, line in enumerate(block.split("\n")):
            if number:
                content.append({"type": "hardBreak"})
            content.extend(_line(line))
        paragraphs.append({"type": "paragraph", "content": content})
    return {"type": "doc", "version": 1, "content": paragraphs}


def _line(line: str) -> list[dict[str, Any]]:
    nodes: list[dict[str, Any]] = []
    end = 0
    for found in _LINK.finditer(line):
        if found.start() > end:
            nodes.append({"type": "text", "text": line[end : found.start()]})
        nodes.append({"type": "mention", "attrs": {"id": found[1], "text": f"@{found[1]}"}})
        end = found.end()
    if end < len(line):
        nodes.append({"type": "text", "text": line[end:]})
    return nodes


def to_text(document: Adf | None) -> str:
    """The document as v2 shows it: wiki markup, plain where we know no markup for it."""
    if document is None:
        return ""
    return "\n\n".join(filter(None, (_block(n, "") for n in document.get("content", []))))


def _block(node: dict[str, Any], bullet: str) -> str:
    kind = node.get("type")
    content = node.get("content", [])
    match kind:
        case "bulletList" | "orderedList" | "taskList" | "decisionList":
            mark = bullet + ("#" if kind == "orderedList" else "*")
            return "\n".join(_block(child, mark) for child in content)
        case "listItem" | "taskItem" | "decisionItem" | "blockTaskItem":
            lines = [_block(child, bullet) for child in content if child.get("type") in _BLOCKS]
            inline = _inline([c for c in content if c.get("type") in _INLINE])
            return f"{bullet} " + "\n".join(filter(None, [inline, *lines]))
        case "heading":
            return f"h{node.get('attrs', {}).get('level', 1)}. {_inline(content)}"
        case "codeBlock":
            return "{noformat}" + _inline(content) + "{noformat}"
        case "rule":
            return "----"
        case "paragraph":
            return _inline(content)
        case _:
            return "\n".join(filter(None, (_block(child, bullet) for child in content)))


def _inline(nodes: list[dict[str, Any]]) -> str:
    return "".join(_inline_node(node) for node in nodes)


def _inline_node(node: dict[str, Any]) -> str:
    attrs = node.get("attrs", {})
    match node.get("type"):
        case "text":
            return str(node["text"])
        case "hardBreak":
            return "\n"
        case "mention":
            return f"[~accountid:{attrs.get('id', '')}]"
        case "emoji" | "status" | "placeholder":
            return str(attrs.get("text") or attrs.get("shortName") or "")
        case "inlineCard":
            return str(attrs.get("url") or "")
        case _:
            return ""


def words(document: Adf | None) -> str:
    """The document's bare text, for text search."""
    found: list[str] = []

    def walk(node: object) -> None:
        if isinstance(node, dict):
            if isinstance(node.get("text"), str):
                found.append(node["text"])
            for child in node.get("content") or ():
                walk(child)

    walk(document)
    return " ".join(found)
