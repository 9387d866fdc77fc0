"""What searches look at: values of issues by JQL field, and the matching of words."""

import re
from collections.abc import Callable
from typing import Any

from readygate_sandbox.jira_cloud import adf
from readygate_sandbox.jira_cloud.model import Issue

Getter = Callable[[Issue], Any]


def plain_text(value: Any) -> str:
    """ADF or text as bare words."""
    return adf.words(value) if isinstance(value, dict) else (value or "")


def everything(issue: Issue) -> str:
    """All text of an issue, its comments too."""
    parts = [issue.summary, adf.words(issue.description), adf.words(issue.environment)]
    parts.extend(adf.words(c.body) for c in issue.comments)
    parts.extend(plain_text(v) for v in issue.custom.values() if isinstance(v, str | dict))
    return "\n".join(parts)


def terms_of(wanted: str) -> list[str]:
    """Words to look for; `\"a phrase\"` in quotes is one term, `word*` matches beginnings."""
    phrase = re.fullmatch(r'\s*"(.+)"\s*', wanted)
    if phrase:
        return [f'"{phrase[1].casefold()}']
    return [t for t in re.findall(r"[\w]+\*?", wanted.casefold()) if t]


def has_terms(text: str, terms: list[str]) -> bool:
    folded = text.casefold()
    words = set(re.findall(r"\w+", folded))

    def has(term: str) -> bool:
        if term.startswith('"'):
            return term[1:] in folded
        if term.endswith("*"):
            return any(w.startswith(term[:-1]) for w in words)
        return term in words

    return all(has(term) for term in terms)


SYSTEM: dict[str, tuple[str, Getter]] = {
    "project": ("project", lambda i: i.project),
    "issuetype": ("type", lambda i: i.type),
    "status": ("status", lambda i: i.status),
    "priority": ("priority", lambda i: i.priority),
    "resolution": ("resolution", lambda i: i.resolution),
    "issuekey": ("key", lambda i: i.id),
    "parent": ("key", lambda i: i.parent),
    "assignee": ("user", lambda i: i.assignee),
    "reporter": ("user", lambda i: i.reporter),
    "creator": ("user", lambda i: i.creator),
    "labels": ("labels", lambda i: i.labels),
    "summary": ("text", lambda i: i.summary),
    "description": ("text", lambda i: adf.words(i.description)),
    "environment": ("text", lambda i: adf.words(i.environment)),
    "comment": ("text", lambda i: "\n".join(adf.words(c.body) for c in i.comments)),
    "text": ("text", everything),
    "created": ("date", lambda i: i.created),
    "updated": ("date", lambda i: i.updated),
    "resolutiondate": ("date", lambda i: i.resolved),
    "duedate": ("day", lambda i: i.due),
}
