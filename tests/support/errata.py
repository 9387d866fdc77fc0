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
    _soften_requests(document)
    for name, properties in NULLABLE.items():
        for one in properties:
            schemas[name]["properties"][one]["nullable"] = True
    for name, more in ALSO.items():
        schemas[name]["properties"].update(more)
    _soften_dates(document)


def _soften_requests(document: dict[str, Any]) -> None:
    """What ordinary clients send and real sites take; answers stay as strict as they were."""
    paths, schemas = document["paths"], document["components"]["schemas"]

    # The `jira` client sends null for every option of a search that it was not given.
    for told in schemas["SearchAndReconcileRequestBean"]["properties"].values():
        told["nullable"] = True

    # With `null` "the issue is set to unassigned", says the description of the operation itself.
    assign = paths["/rest/api/3/issue/{issueIdOrKey}/assignee"]["put"]["requestBody"]
    for told in assign["content"].values():
        told["schema"] = {
            "type": "object",
            "properties": {"accountId": {"type": "string", "nullable": True}},
        }

    # The `jira` client sends the id of a transition as a number (facts, section 8, trap 9).
    asked = schemas["IssueUpdateDetails"]["properties"]["transition"]
    asked.clear()
    asked.update(
        type="object",
        properties={"id": {"anyOf": [{"type": "string"}, {"type": "integer"}]}},
    )

    # `deleteSubtasks=False`, with a capital letter, is taken (facts, section 10).
    parameters = paths["/rest/api/3/issue/{issueIdOrKey}"]["delete"]["parameters"]
    subtasks = next(p for p in parameters if p["name"] == "deleteSubtasks")
    subtasks["schema"]["enum"] = ["true", "false", "True", "False"]


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
