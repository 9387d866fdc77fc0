"""Where Atlassian's document is known to be wrong about real requests and answers.

Each entry says on what grounds it is softened; nothing is softened because the sandbox found it
convenient, and a test shows that every entry is still needed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Document = dict[str, Any]


@dataclass(frozen=True)
class Deviation:
    """One point in which the document is not followed. `because` names the source."""

    name: str
    because: str
    soften: Callable[[Document], None]


def _properties(document: Document, schema: str) -> dict[str, Any]:
    found: dict[str, Any] = document["components"]["schemas"][schema]["properties"]
    return found


def _empty_sides(document: Document) -> None:
    for name in ("from", "fromString", "to", "toString"):
        _properties(document, "ChangeDetails")[name]["nullable"] = True


def _untranslated_names(document: Document) -> None:
    for schema in ("IssueTypeDetails", "FieldDetails"):
        _properties(document, schema)["untranslatedName"] = {"type": "string"}


def _entity_ids(document: Document) -> None:
    _properties(document, "Project")["entityId"] = {"type": "string"}


def _server_info(document: Document) -> None:
    told = _properties(document, "ServerInformation")
    told["defaultLocale"] = {"type": "object"}
    told["displayUrlCSMHelpSeeker"] = {"type": "string"}


def _edge(document: Document) -> None:
    shape = {"type": "object", "required": ["cloudId"], "properties": {"cloudId": {}}}
    content = {"application/json": {"schema": shape}}
    document["paths"]["/_edge/tenant_info"] = {"get": {"responses": {"200": {"content": content}}}}


def _null_options(document: Document) -> None:
    for told in _properties(document, "SearchAndReconcileRequestBean").values():
        told["nullable"] = True


def _no_assignee(document: Document) -> None:
    operation = document["paths"]["/rest/api/3/issue/{issueIdOrKey}/assignee"]["put"]
    shape = {"type": "object", "properties": {"accountId": {"type": "string", "nullable": True}}}
    for told in operation["requestBody"]["content"].values():
        told["schema"] = shape


def _number_of_a_transition(document: Document) -> None:
    told = _properties(document, "IssueUpdateDetails")["transition"]
    told.clear()
    either = {"anyOf": [{"type": "string"}, {"type": "integer"}]}
    told.update(type="object", properties={"id": either})


def _capital_letter(document: Document) -> None:
    for path, name in (("issue/{issueIdOrKey}", "deleteSubtasks"),
                       ("project/{projectIdOrKey}", "enableUndo")):  # fmt: skip
        parameters = document["paths"][f"/rest/api/3/{path}"]["delete"]["parameters"]
        told = next(one for one in parameters if one["name"] == name)
        told["schema"] = {"type": "string", "enum": ["true", "false", "True", "False"]}


def _users_of_any_kind(document: Document) -> None:
    parameters = document["paths"]["/rest/api/3/user/search"]["get"]["parameters"]
    for name in ("includeActive", "includeInactive"):
        parameters.append({"name": name, "in": "query", "schema": {"type": "string"}})


def _times(node: Any) -> None:
    if isinstance(node, dict):
        if node.get("format") == "date-time":
            del node["format"]
        for value in node.values():
            _times(value)
    elif isinstance(node, list):
        for value in node:
            _times(value)


def _screens_of_a_scheme(document: Document) -> None:
    document["components"]["schemas"]["ScreenTypes"].pop("writeOnly")


DEVIATIONS = (
    Deviation(
        "empty sides of a change",
        "a history item's sides are null when they were empty: recorded answers (facts, 10)",
        _empty_sides,
    ),
    Deviation(
        "untranslated names",
        "recorded answers carry `untranslatedName`, which `additionalProperties: false` refuses"
        " (facts, 10)",
        _untranslated_names,
    ),
    Deviation(
        "entity ids",
        "recorded answers carry a project's `entityId`, refused likewise (facts, 10)",
        _entity_ids,
    ),
    Deviation(
        "server info",
        "recorded answers carry `defaultLocale` and `displayUrlCSMHelpSeeker`, refused likewise"
        " (facts, 10)",
        _server_info,
    ),
    Deviation(
        "tenant info",
        "served by the edge, not by Jira, so the document is silent (pycontribs/jira#2368)",
        _edge,
    ),
    Deviation(
        "null options of a search",
        "the `jira` client sends null for every option that it was not given, and is answered",
        _null_options,
    ),
    Deviation(
        "no assignee",
        "“the issue is set to unassigned” with null, says the operation's own description, and its"
        " schema does not",
        _no_assignee,
    ),
    Deviation(
        "the id of a transition as a number",
        "the `jira` client sends it so, and is answered (facts, 8, trap 9)",
        _number_of_a_transition,
    ),
    Deviation(
        "a capital letter",
        "`deleteSubtasks=False` is taken: recorded requests (facts, 10)",
        _capital_letter,
    ),
    Deviation(
        "users of any kind",
        "the `jira` client sends `includeActive` and `includeInactive`, known to Data Center only,"
        " and is answered",
        _users_of_any_kind,
    ),
    Deviation(
        "screens of a scheme",
        "`ScreenTypes` is write-only, and the answer of GET /screenscheme is described and shown"
        " with it",
        _screens_of_a_scheme,
    ),
    Deviation(
        "times",
        "times end in +0000 without a colon, which is not the RFC 3339 that `date-time` means"
        " (facts, 3; deeplethe/utopia#135); `shapes` checks the real form instead",
        _times,
    ),
)


def apply(document: Document, without: str = "") -> None:
    """Soften a loaded document in place, but for the deviation called `without`."""
    for one in DEVIATIONS:
        if one.name != without:
            one.soften(document)
