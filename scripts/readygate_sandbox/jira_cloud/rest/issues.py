"""Issues: create, read, edit, delete, in ones and in batches, with changelogs."""

from typing import Any

from readygate_sandbox.jira_cloud import payload as kinds
from readygate_sandbox.jira_cloud import writes
from readygate_sandbox.jira_cloud.creating import check_new, store_new
from readygate_sandbox.jira_cloud.errors import bad_request, invalid_payload, refusal
from readygate_sandbox.jira_cloud.fields import FieldContext, known_fields, read_fields
from readygate_sandbox.jira_cloud.model import Issue, Right
from readygate_sandbox.jira_cloud.render import choose_fields
from readygate_sandbox.jira_cloud.rest.expansions import expand_issue
from readygate_sandbox.jira_cloud.rest.metadata import editable_fields
from readygate_sandbox.jira_cloud.rights import may, sees
from readygate_sandbox.jira_cloud.site import Call
from readygate_sandbox.web import Answer, Json, Refusal, Routes

ROUTES = Routes()

MAX_BULK_CREATE = 50
MAX_BULK_FETCH = 100
MAX_PROPERTIES = 5
ISSUE_HISTORIES = 100
FETCH_HISTORIES = 40
"""`expand=changelog` of bulkfetch returns at most 40 histories (the OpenAPI document)."""
MAX_CHANGELOG_ISSUES = 1000
MAX_CHANGELOG_FIELDS = 10
MAX_CHANGELOGS = 10000
DEFAULT_CHANGELOGS = 1000


_FETCH: dict[str, kinds.Kind] = {
    "expand": kinds.many(kinds.text),
    "fields": kinds.many(kinds.text),
    "fieldsByKeys": kinds.flag,
    "issueIdsOrKeys": kinds.many(kinds.text),
    "properties": kinds.many(kinds.text),
}
_CHANGELOGS: dict[str, kinds.Kind] = {
    "fieldIds": kinds.many(kinds.text),
    "issueIdsOrKeys": kinds.many(kinds.text),
    "maxResults": kinds.whole,
    "nextPageToken": kinds.text,
}


def _created(call: Call, issue: Issue) -> dict[str, Any]:
    return {"id": str(issue.id), "key": issue.key, "self": f"{call.render.api}/issue/{issue.id}"}


@ROUTES.post("/issue")
def create_issue(call: Call) -> Answer:
    """Create one issue or sub-task: 201."""
    actor, body = call.actor, call.body()
    new = check_new(call.store, actor, body, version=call.version)
    return Answer(201, _created(call, store_new(call.store, actor, new)))


@ROUTES.post("/issue/bulk")
def create_issues(call: Call) -> Answer:
    """Create up to fifty: 201 if any succeeded, 400 if none did. `failedElementNumber` counts in
    the request; successes keep its order with the failures left out (createIssues)."""
    actor, updates = call.actor, call.body().get("issueUpdates")
    if not isinstance(updates, list) or not updates:
        raise invalid_payload()
    if len(updates) > MAX_BULK_CREATE:
        raise bad_request(
            f"You can create a maximum of {MAX_BULK_CREATE} issues in a single request."
        )
    made: list[dict[str, Any]] = []
    failed: list[dict[str, Any]] = []
    for number, payload in enumerate(updates):
        try:
            new = check_new(call.store, actor, payload, version=call.version)
        except Refusal as no:
            failed.append(
                {
                    "status": no.answer.status,
                    "elementErrors": no.answer.body,
                    "failedElementNumber": number,
                }
            )
        else:
            made.append(_created(call, store_new(call.store, actor, new)))
    return Answer(201 if made else 400, {"issues": made, "errors": failed})


@ROUTES.post("/issue/bulkfetch")
def bulk_fetch(call: Call) -> Answer:
    """Up to a hundred issues as they are in the store, ascending by id; missing and invisible
    ones are left out without a word."""
    body = kinds.shaped(call.body(), _FETCH, closed=True)
    refs, properties = body.get("issueIdsOrKeys"), body.get("properties") or []
    if not refs:
        raise bad_request("The issueIdsOrKeys list must not be empty.")
    if len(refs) > MAX_BULK_FETCH:
        raise bad_request(f"The number of issues must not exceed {MAX_BULK_FETCH}.")
    if len(properties) > MAX_PROPERTIES:
        raise bad_request(f"The number of properties must not exceed {MAX_PROPERTIES}.")
    found: dict[int, Issue] = {}
    for ref in refs:
        issue = call.store.issue(ref)
        if issue and sees(call.user, issue, call.store.projects[issue.project]):
            found[issue.id] = issue
    choice = choose_fields(call.render, body.get("fields") or ["*navigable"])
    expand = {part.strip() for word in body.get("expand") or () for part in word.split(",")}
    issues = []
    for _, issue in sorted(found.items()):
        shape = call.render.issue(issue, choice, properties or None)
        expand_issue(call, issue, shape, expand, histories=FETCH_HISTORIES)
        issues.append(shape)
    return Answer(200, {"issues": issues, "issueErrors": []})


@ROUTES.get("/issue/<key>")
def get_issue(call: Call, key: str) -> Answer:
    """One issue as it is in the store."""
    issue = call.issue(key)
    choice = choose_fields(call.render, call.names("fields") or ["*all"])
    shape = call.render.issue(issue, choice, call.names("properties") or None)
    expand_issue(call, issue, shape, set(call.names("expand")), histories=ISSUE_HISTORIES)
    return Answer(200, shape)


@ROUTES.put("/issue/<key>")
def edit_issue(call: Call, key: str) -> Answer:
    """Edit: 204, or 200 with the issue when `returnIssue` is true."""
    actor, issue = call.actor, call.issue(key)
    admin = may(actor.user, Right.ADMINISTER) or may(
        actor.user, Right.ADMINISTER_PROJECTS, call.store.projects[issue.project]
    )
    if call.arg("notifyUsers").lower() == "false" and not admin:
        raise refusal(
            403,
            "To discard the user notification either admin or project admin permissions are "
            "required.",
        )
    writes.edit(call.store, actor, issue, call.body(), version=call.version)
    if call.flag("returnIssue"):
        return get_issue(call, key)
    return Answer(204)


@ROUTES.delete("/issue/<key>")
def delete_issue(call: Call, key: str) -> Answer:
    """Delete: 204."""
    actor = call.actor
    writes.delete(call.store, actor, call.issue(key), subtasks_too=call.flag("deleteSubtasks"))
    return Answer(204)


@ROUTES.put("/issue/<key>/assignee")
def assign(call: Call, key: str) -> Answer:
    """Assign: 204; `{"accountId": null}` takes the assignee away."""
    actor, issue, body = call.actor, call.issue(key), call.body()
    project = call.store.projects[issue.project]
    if not may(actor.user, Right.ASSIGN, project):
        raise refusal(403, "You do not have permission to assign issues.")
    if "accountId" not in body:
        raise bad_request("expected 'accountId' property to be present")
    context = FieldContext(call.store, project, actor.user, call.version)
    payload = {"fields": {"assignee": {"accountId": body["accountId"]}}}
    values, problems = read_fields(context, payload, allowed=known_fields(call.store))
    if problems:
        raise bad_request(errors=problems)
    writes.put(call.store, actor, issue, values)
    return Answer(204)


@ROUTES.get("/issue/<key>/editmeta")
def edit_metadata(call: Call, key: str) -> Answer:
    """What the edit screen offers; nothing without the right to edit."""
    issue = call.issue(key)
    if not may(call.user, Right.EDIT, call.store.projects[issue.project]):
        return Answer(200, {"fields": {}})
    return Answer(200, {"fields": editable_fields(call, sorted(known_fields(call.store)))})


@ROUTES.get("/issue/<key>/changelog")
def changelog(call: Call, key: str) -> Answer:
    """Histories of one issue, oldest first."""
    issue = call.issue(key)
    start, size = call.page(100, 100)
    chosen = issue.history[start : start + size]
    return Answer(
        200,
        {
            "self": f"{call.render.api}/issue/{issue.key}/changelog"
            f"?maxResults={size}&startAt={start}",
            "maxResults": size,
            "startAt": start,
            "total": len(issue.history),
            "isLast": start + size >= len(issue.history),
            "values": [call.render.history(entry) for entry in chosen],
        },
    )


@ROUTES.post("/issue/<key>/changelog/list")
def changelog_by_ids(call: Call, key: str) -> Answer:
    """Histories of one issue by their ids."""
    issue = call.issue(key)
    body = kinds.shaped(call.body(), {"changelogIds": kinds.many(kinds.whole)}, closed=True)
    wanted = body.get("changelogIds") or ()
    ids = {str(w) for w in wanted}
    chosen = [call.render.history(e) for e in issue.history if e.id in ids]
    size = len(chosen)
    return Answer(200, {"startAt": 0, "maxResults": size, "total": size, "histories": chosen})


@ROUTES.post("/changelog/bulkfetch")
def bulk_changelogs(call: Call) -> Answer:
    """Histories of up to a thousand issues, oldest first, then smallest issue id; entries whose
    items are all filtered away are left out."""
    body = kinds.shaped(call.body(), _CHANGELOGS, closed=True)
    refs, fields = body.get("issueIdsOrKeys"), body.get("fieldIds")
    if not refs:
        raise bad_request("The issueIdsOrKeys list must not be empty.")
    if len(refs) > MAX_CHANGELOG_ISSUES:
        raise bad_request(f"The number of issues must not exceed {MAX_CHANGELOG_ISSUES}.")
    if len(fields or ()) > MAX_CHANGELOG_FIELDS:
        raise bad_request(f"The number of field IDs must not exceed {MAX_CHANGELOG_FIELDS}.")
    size = body.get("maxResults", DEFAULT_CHANGELOGS)
    if not 0 < size <= MAX_CHANGELOGS:
        raise bad_request(f"maxResults must be between 1 and {MAX_CHANGELOGS}.")
    start = _page_start(body.get("nextPageToken"))
    entries = _entries(call, refs, set(fields or ()))
    per_issue: dict[int, list[dict[str, Any]]] = {}
    for _, number, shape in entries[start : start + size]:
        per_issue.setdefault(number, []).append(shape)
    answer: dict[str, Any] = {
        "issueChangeLogs": [
            {"issueId": str(n), "changeHistories": shapes} for n, shapes in per_issue.items()
        ]
    }
    if start + size < len(entries):
        answer["nextPageToken"] = f"p{start + size}"
    return Answer(200, answer)


def _page_start(token: Json) -> int:
    if token is None:
        return 0
    if isinstance(token, str) and token.startswith("p") and token[1:].isdigit():
        return int(token[1:])
    raise bad_request("The provided next page token is invalid or expired.")


def _entries(
    call: Call, refs: list[str], fields: set[str]
) -> list[tuple[int, int, dict[str, Any]]]:
    issues = {i.id: i for r in refs if (i := call.store.issue(r))}
    found: list[tuple[int, int, dict[str, Any]]] = []
    for issue in issues.values():
        if not sees(call.user, issue, call.store.projects[issue.project]):
            continue
        for entry in issue.history:
            if fields and not any(c.field_id in fields for c in entry.items):
                continue
            shape = call.render.history(entry)
            if fields:
                shape["items"] = [i for i in shape["items"] if i["fieldId"] in fields]
            found.append((entry.created, issue.id, shape))
    found.sort(key=lambda e: e[:2])
    return found


@ROUTES.get("/issue/<key>/watchers")
def watchers(call: Call, key: str) -> Answer:
    """Who watches."""
    issue = call.issue(key)
    me = call.user.account_id if call.user else ""
    return Answer(
        200,
        {
            "self": f"{call.render.api}/issue/{issue.key}/watchers",
            "isWatching": me in issue.watchers,
            "watchCount": len(issue.watchers),
            "watchers": [call.render.person(w) for w in issue.watchers],
        },
    )


@ROUTES.post("/issue/<key>/watchers")
def add_watcher(call: Call, key: str) -> Answer:
    """Add a watcher: the body is a JSON string with an account id; the caller when empty."""
    actor, issue = call.actor, call.issue(key)
    try:
        account = call.request.json()
    except ValueError:
        raise invalid_payload() from None
    account = actor.user.account_id if account is None else account
    if not isinstance(account, str) or account not in call.store.users:
        raise bad_request(f"User does not exist: {account}")
    if account not in issue.watchers:
        call.store.note(issue)
        issue.watchers = (*issue.watchers, account)
    return Answer(204)


@ROUTES.delete("/issue/<key>/watchers")
def remove_watcher(call: Call, key: str) -> Answer:
    """Take a watcher away."""
    _, issue = call.actor, call.issue(key)
    account = call.request.arg("accountId")
    if account is None or account not in call.store.users:
        raise bad_request("The 'accountId' query parameter must name a user.")
    call.store.note(issue)
    issue.watchers = tuple(w for w in issue.watchers if w != account)
    return Answer(204)
