"""Explanations as comments: plain text with mentions and a short visible code for the attempt.

Airtable's comments carry nothing hidden, so the code stands in the text and is found by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import assert_never

from readygate.action import Block, Explain, Line, Link, Mention, Outcome, Span, Status, Text
from readygate_airtable.base import Base, Refused
from readygate_airtable.place import Place
from readygate_airtable.refusals import COMMENTS
from readygate_http.shapes import ident, objects, optional

PAGE = 100
_MOST_PAGES = 100


def code_of(attempt: str) -> str:
    """The code by which an explanation is found again: `[readygate 1a2b3c4d5e]`."""
    return f"[readygate {attempt}]"


def comment_text(document: Sequence[Block], attempt: str, *, mention: bool = True) -> str:
    """An explanation as text; without `mention` people are only named."""
    lines: list[str] = []
    for block in document:
        if block.line:
            lines.append(_line(block.line, mention=mention))
        lines += [f"• {_line(bullet, mention=mention)}" for bullet in block.bullets]
    return "\n".join([*lines, code_of(attempt)])


def plain_text(document: Sequence[Block]) -> str:
    """The points of an explanation, one a line, for a text cell."""
    bullets = (bullet for block in document for bullet in block.bullets)
    return "\n".join(_line(bullet, mention=False) for bullet in bullets)


def _line(line: Line, *, mention: bool) -> str:
    return "".join(_span(span, mention=mention) for span in line)


def _span(span: Span, *, mention: bool) -> str:
    match span:
        case Text() | Link():
            return _harmless(span.text)
        case Mention():
            return f"@[{span.account}]" if span.account and mention else _harmless(span.name)
        case _:
            assert_never(span)


def _harmless(text: str) -> str:
    """A text that people chose, unable to mention somebody or to pass for the code of an attempt:
    an invisible gap keeps it from being read as more than text."""
    return text.replace("@[", "@\u200b[").replace("[readygate ", "[\u200breadygate ")


class Commenter:
    """Writes and finds our comments on deals of one pipeline."""

    def __init__(self, base: Base, place: Place, account: str) -> None:
        self._base = base
        self._place = place
        self._account = account

    def explain(self, action: Explain) -> Outcome:
        """Write an explanation, or edit ours; mentions that Airtable refuses become names."""
        note = ""
        if action.edit:
            edited = self._edit(action)
            if edited:
                return Outcome(action, Status.DONE, ref=action.edit, url=self._url(action))
            note = "The earlier explanation was deleted; a new one was written."
        try:
            ref = self._write(action, comment_text(action.document, action.attempt))
        except Refused as error:
            text = comment_text(action.document, action.attempt, mention=False)
            ref = self._write(action, text)
            note = f"Nobody was mentioned, because Airtable refused it: {error}"
        return Outcome(action, Status.DONE, ref=ref, url=self._url(action), message=note)

    def find(self, deal: str, attempt: str) -> str | None:
        """The id of our newest comment on a deal that carries an attempt, or None."""
        doing = "looking for our explanation on a deal"
        path = self._path(deal)
        offset = ""
        found: list[tuple[str, str]] = []
        for _ in range(_MOST_PAGES):
            params = {"pageSize": str(PAGE), **({"offset": offset} if offset else {})}
            answer = self._base.ask(
                "GET", path, name="comments", doing=doing, params=params, allow=(404,)
            )
            if answer.status == 404:
                return None
            with self._base.understanding(doing):
                found += [
                    (str(comment["createdTime"]), str(comment["id"]))
                    for comment in objects(answer.body["comments"])
                    if code_of(attempt) in str(comment.get("text") or "")
                    and self._account in {"", str((comment.get("author") or {}).get("id") or "")}
                ]
                offset = optional(answer.body.get("offset"))
            if not offset:
                break
        return max(found)[1] if found else None

    def _edit(self, action: Explain) -> bool:
        doing = f"editing our comment on {action.label}"
        text = comment_text(action.document, action.attempt, mention=False)
        try:
            answer = self._base.change(
                "PATCH",
                f"{self._path(action.deal)}/{action.edit}",
                name="edit comment",
                doing=doing,
                json={"text": text},
                needs=COMMENTS,
                allow=(403, 404),
            )
        except Refused:
            return False
        return answer.status < 300

    def _write(self, action: Explain, text: str) -> str:
        doing = f"commenting on {action.label}"
        answer = self._base.change(
            "POST",
            self._path(action.deal),
            name="comment",
            doing=doing,
            json={"text": text},
            needs=COMMENTS,
        )
        with self._base.understanding_write(doing):
            return ident(answer.body["id"])

    def _path(self, deal: str) -> str:
        return f"/{self._base.ref}/{self._place.deals}/{deal}/comments"

    def _url(self, action: Explain) -> str:
        return self._base.record_url(self._place.deals, action.deal)
