"""Where Atlassian's document is known to be wrong about real answers. Each entry says on what
grounds it is softened; nothing is softened because the sandbox found it convenient."""

from typing import Any

WITHOUT_A_BODY = frozenset({204, 304})
"""204 is declared with content, real answers have none (facts, section 10: recordings)."""

NOT_IN_THE_DOCUMENT = frozenset({"GET /_edge/tenant_info"})
"""Served by the edge, not by Jira (pycontribs/jira#2368; facts, section 6)."""

NULLABLE: dict[str, tuple[str, ...]] = {
    # Recorded answers (facts, section 10): a history item's sides are null when they were empty.
    "ChangeDetails": ("from", "fromString", "to", "toString"),
    # "If this result represents the last or the only page this token will be null", says its own
    # description, with `type: string` beside it.
    "SearchAndReconcileResults": ("nextPageToken",),
}

ALSO: dict[str, dict[str, Any]] = {
    # Seen in recorded answers, refused by `additionalProperties: false` (facts, section 10).
    "ChangeDetails": {
        "tmpFromAccountId": {"type": "string", "nullable": True},
        "tmpToAccountId": {"type": "string", "nullable": True},
    },
    "IssueTypeDetails": {"untranslatedName": {"type": "string"}},
    "StatusDetails": {"untranslatedName": {"type": "string"}},
    "FieldDetails": {"untranslatedName": {"type": "string"}},
    "Project": {"entityId": {"type": "string"}},
    "SearchAndReconcileResults": {"warnings": {"type": "array", "items": {}}},
    "ServerInformation": {
        "defaultLocale": {"type": "object"},
        "displayUrlCSMHelpSeeker": {"type": "string"},
    },
}


def apply(document: dict[str, Any]) -> None:
    """Soften a loaded document in place."""
    schemas = document["components"]["schemas"]
    for name, properties in NULLABLE.items():
        for one in properties:
            schemas[name]["properties"][one]["nullable"] = True
    for name, more in ALSO.items():
        schemas[name]["properties"].update(more)
    _soften_dates(document)


def _soften_dates(node: Any) -> None:
    """Times end in +0000, without a colon, which is not RFC 3339 and so not `date-time` (facts,
    section 3, deeplethe/utopia#135); `shapes` checks the real form instead."""
    if isinstance(node, dict):
        if node.get("format") == "date-time":
            del node["format"]
        for value in node.values():
            _soften_dates(value)
    elif isinstance(node, list):
        for value in node:
            _soften_dates(value)
