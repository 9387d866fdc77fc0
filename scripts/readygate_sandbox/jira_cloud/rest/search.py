"""Searching with JQL: pages by token, counts, and the search that is gone."""

from typing import Any

from readygate_sandbox.jira_cloud import payload as kinds
from readygate_sandbox.jira_cloud.errors import bad_request, invalid_payload
from readygate_sandbox.jira_cloud.index import BadToken, Page
from readygate_sandbox.jira_cloud.jql import JqlError, parse
from readygate_sandbox.jira_cloud.matching import compile_query
from readygate_sandbox.jira_cloud.model import Issue
from readygate_sandbox.jira_cloud.render import FieldChoice, choose_fields, pick_properties
from readygate_sandbox.jira_cloud.rest.expansions import expand_issue
from readygate_sandbox.jira_cloud.site import Call
from readygate_sandbox.web import Answer, Json, Routes

ROUTES = Routes()

PAGE_OF_IDS = 5000
PAGE_OF_FIELDS = 100
DEFAULT_PAGE = 50
MAX_PROPERTIES = 5
MAX_RECONCILE = 50
SEARCH_HISTORIES = 40
"""Histories of `expand=changelog` in a search (openshift-eng/ai-helpers#680)."""
UNBOUNDED = (
    "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."
)
GONE = (
    "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API. "
    "A full migration guideline is available at "
    "https://developer.atlassian.com/changelog/#CHANGE-2046"
)
_BODY: dict[str, kinds.Kind] = {
    "expand": kinds.text,
    "fields": kinds.many(kinds.text),
    "fieldsByKeys": kinds.flag,
    "jql": kinds.text,
    "maxResults": kinds.whole,
    "nextPageToken": kinds.text,
    "properties": kinds.many(kinds.text),
    "reconcileIssues": kinds.many(kinds.whole),
}


@ROUTES.get("/search/jql")
def search_get(call: Call) -> Answer:
    """Search; parameters in the query."""
    asked: dict[str, Json] = {
        "jql": call.arg("jql"),
        "maxResults": call.number("maxResults", DEFAULT_PAGE),
        "nextPageToken": call.arg("nextPageToken") or None,
        "fields": call.names("fields"),
        "properties": call.names("properties"),
        "expand": call.arg("expand"),
    }
    try:
        asked["reconcileIssues"] = [int(number) for number in call.names("reconcileIssues")]
    except ValueError:
        raise invalid_payload() from None
    return _search(call, asked)


@ROUTES.post("/search/jql")
def search_post(call: Call) -> Answer:
    """Search; parameters in the body. Unknown keys and wrong types are refused (the schema is
    closed: additionalProperties false)."""
    return _search(call, kinds.shaped(call.body(), _BODY, closed=True))


def _search(call: Call, asked: dict[str, Json]) -> Answer:
    properties = [str(p) for p in asked.get("properties") or ()]
    reconcile = asked.get("reconcileIssues") or []
    if len(properties) > MAX_PROPERTIES:
        raise bad_request(f"The number of properties must not exceed {MAX_PROPERTIES}.")
    if len(reconcile) > MAX_RECONCILE:
        raise bad_request(f"The number of issues to reconcile must not exceed {MAX_RECONCILE}.")
    names = [str(n) for n in asked.get("fields") or ()] or ["id"]
    expand = {part.strip() for part in str(asked.get("expand") or "").split(",") if part.strip()}
    only_ids = set(names) <= {"id", "key"} and not properties and not expand
    size = asked.get("maxResults")
    size = DEFAULT_PAGE if size is None else size
    if size < 0:
        raise bad_request("The value for maxResults must not be negative.")
    most = PAGE_OF_IDS if only_ids else PAGE_OF_FIELDS
    page = _page(
        call, str(asked.get("jql") or ""), min(size or DEFAULT_PAGE, most), asked, reconcile
    )
    choice = choose_fields(call.render, names)
    issues = [
        _shape(call, issue, names, choice, properties, expand=expand) for issue in page.issues
    ]
    body: dict[str, Any] = {"issues": issues, "isLast": page.token is None}
    if page.token is not None:
        body["nextPageToken"] = page.token
    if "names" in expand:
        body["names"] = {i: n for i, n in call.render.field_names().items() if i in _ids(choice)}
    return Answer(200, body)


def _ids(choice: FieldChoice) -> set[str]:
    return {*choice.system, *choice.custom}


def _page(call: Call, jql: str, size: int, asked: dict[str, Json], reconcile: list[int]) -> Page:
    try:
        if parse(jql).where is None:
            raise bad_request(UNBOUNDED)
        token = asked.get("nextPageToken")
        return call.site.index.page(
            jql, call.user, size=size, token=token, strong=frozenset(map(int, reconcile))
        )
    except JqlError as error:
        raise bad_request(str(error)) from None
    except BadToken:
        raise bad_request("The provided next page token is invalid or expired.") from None


def _shape(
    call: Call,
    issue: Issue,
    names: list[str],
    choice: FieldChoice,
    properties: list[str],
    *,
    expand: set[str],
) -> dict[str, Any]:
    if names == ["id"] and not expand:
        shape: dict[str, Any] = {"id": str(issue.id)}
        if properties:
            shape["properties"] = pick_properties(issue.properties, properties)
        return shape
    shape = call.render.issue(issue, choice, properties or None)
    expand_issue(call, issue, shape, expand, histories=SEARCH_HISTORIES)
    return shape


@ROUTES.post("/search/approximate-count")
def approximate_count(call: Call) -> Answer:
    """How many issues match; the query must be bounded here too."""
    jql = call.body().get("jql")
    if not isinstance(jql, str):
        raise invalid_payload()
    try:
        if parse(jql).where is None:
            raise bad_request(UNBOUNDED)
        return Answer(200, {"count": call.site.index.count(jql, call.user)})
    except JqlError as error:
        raise bad_request(str(error)) from None


@ROUTES.get("/search")
@ROUTES.post("/search")
def old_search(_: Call) -> Answer:
    """410 on Cloud (atlassian/atlassian-mcp-server#70)."""
    return Answer(410, {"errorMessages": [GONE], "errors": {}})


@ROUTES.post("/jql/parse")
def parse_queries(call: Call) -> Answer:
    """Tell which queries can be read."""
    queries = kinds.shaped(call.body(), {"queries": kinds.many(kinds.text)}).get("queries")
    if not queries:
        raise invalid_payload()
    told = []
    for text in queries:
        entry: dict[str, Any] = {"query": text}
        try:
            compile_query(parse(text), call.store, call.user)
        except JqlError as error:
            entry["errors"] = [str(error)]
        told.append(entry)
    return Answer(200, {"queries": told})


@ROUTES.post("/jql/match")
def match_issues(call: Call) -> Answer:
    """Which of the issues match which query, read from the store."""
    body = kinds.shaped(
        call.body(), {"issueIds": kinds.many(kinds.whole), "jqls": kinds.many(kinds.text)}
    )
    if not {"issueIds", "jqls"} <= body.keys():
        raise invalid_payload()
    ids, jqls = body["issueIds"], body["jqls"]
    matches: list[dict[str, Any]] = []
    for jql in jqls:
        try:
            compiled = compile_query(parse(jql), call.store, call.user)
        except JqlError as error:
            matches.append({"matchedIssues": [], "errors": [str(error)]})
            continue
        found = [i for n in ids if (i := call.store.issue(str(n))) and compiled.matches(i)]
        matches.append({"matchedIssues": [i.id for i in found], "errors": []})
    return Answer(200, {"matches": matches})
