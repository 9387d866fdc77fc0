"""People and what they may do."""

from typing import Any

from readygate_sandbox.jira_cloud.errors import bad_request, no_issue, no_project, refusal
from readygate_sandbox.jira_cloud.model import GLOBAL_RIGHTS, Project, Right, User
from readygate_sandbox.jira_cloud.rights import may, may_anywhere, sees
from readygate_sandbox.jira_cloud.site import Call
from readygate_sandbox.web import Answer, Routes

ROUTES = Routes()


def _named(right: Right) -> str:
    return right.value.replace("_", " ").capitalize()


def _full(call: Call, user: User) -> dict[str, Any]:
    shape = {**call.render.user(user), "locale": user.locale}
    shape["groups"] = {"size": 2, "items": []}
    shape["applicationRoles"] = {"size": 1, "items": []}
    shape["expand"] = "groups,applicationRoles"
    expand = call.names("expand")
    if "groups" in expand:
        names = ["jira-users", "jira-administrators" if may(user, Right.ADMINISTER) else "team"]
        shape["groups"]["items"] = [
            {"name": n, "groupId": f"00000000-0000-4000-8000-{i:012d}",
             "self": f"{call.render.api}/group?groupId=00000000-0000-4000-8000-{i:012d}"}
            for i, n in enumerate(names, 1)
        ]  # fmt: skip
    if "applicationRoles" in expand:
        shape["applicationRoles"]["items"] = [{"key": "jira-software", "name": "Jira Software"}]
    return shape


@ROUTES.get("/myself")
def myself(call: Call) -> Answer:
    """The caller; `groups.size` is told, its items only when expanded (seen in recordings)."""
    return Answer(200, _full(call, call.actor.user))


@ROUTES.get("/user")
def user(call: Call) -> Answer:
    """One user by account id."""
    call.actor  # noqa: B018 - refuses nobody
    account = call.request.arg("accountId")
    if account is None:
        raise bad_request("The accountId query parameter must be provided.")
    found = call.store.users.get(account)
    if found is None:
        raise refusal(404, "Specified user does not exist or you do not have required permissions")
    return Answer(200, _full(call, found))


def _matching(call: Call) -> list[User]:
    query, account = call.arg("query").casefold(), call.request.arg("accountId")
    if "username" in call.request.query and call.store.users:
        raise bad_request("The query parameter 'username' is not supported in GDPR strict mode.")
    found = call.store.users.values()
    if account is not None:
        return [u for u in found if u.account_id == account]
    return [u for u in found if _matches(u, query)]


def _matches(user: User, query: str) -> bool:
    """Display name words and e-mail by prefix; a whole account id, on which clients rely."""
    words = [user.name, *user.name.split(), user.email]
    return user.account_id == query or any(w.casefold().startswith(query) for w in words)


@ROUTES.get("/user/search")
def search(call: Call) -> Answer:
    """Active users by name or e-mail; nobody finds none."""
    if "query" not in call.request.query and not (
        call.request.query.keys() & {"accountId", "property", "username"}
    ):
        raise bad_request("At least one of the query parameters must be provided.")
    found = [u for u in _matching(call) if u.active] if call.user else []
    start, size = call.page(50, 1000)
    return Answer(200, [call.render.user(u) for u in found[start : start + size]])


@ROUTES.get("/users", "/users/search")
def everyone(call: Call) -> Answer:
    """All users, apps and inactive ones too."""
    if not may(call.actor.user, Right.BROWSE_USERS):
        raise refusal(403, "You do not have permission to browse users.")
    start, size = call.page(50, 1000)
    found = list(call.store.users.values())[start : start + size]
    return Answer(200, [call.render.user(u) for u in found])


@ROUTES.get("/user/picker")
def picker(call: Call) -> Answer:
    """Users as a picker shows them."""
    call.actor  # noqa: B018 - refuses nobody
    found = [u for u in _matching(call) if u.active]
    shapes = [
        {
            "accountId": u.account_id,
            "accountType": u.account_type,
            "html": u.name,
            "displayName": u.name,
            "avatarUrl": call.render.user(u)["avatarUrls"]["24x24"],
        }
        for u in found
    ]
    header = f"Showing {len(shapes)} of {len(shapes)} matching users"
    return Answer(200, {"users": shapes, "total": len(shapes), "header": header})


@ROUTES.get("/user/assignable/search")
def assignable(call: Call) -> Answer:
    """Users who may be assigned in a project or to an issue."""
    call.actor  # noqa: B018 - refuses nobody
    project = _context_project(
        call, call.arg("project"), call.arg("issueKey") or call.arg("issueId")
    )
    if project is None:
        raise bad_request("A project or issue must be provided.")
    start, size = call.page(50, 1000)
    found = [u for u in _matching(call) if u.active][start : start + size]
    return Answer(200, [call.render.user(u) for u in found if may(u, Right.ASSIGNABLE, project)])


def _context_project(call: Call, project_ref: str, issue_ref: str) -> Project | None:
    if issue_ref:
        issue = call.store.issue(issue_ref)
        if issue is None or not sees(call.user, issue, call.store.projects[issue.project]):
            raise no_issue()
        return call.store.projects[issue.project]
    if project_ref:
        project = call.store.project(project_ref)
        if project is None or not may(call.user, Right.BROWSE, project):
            raise no_project(project_ref)
        return project
    return None


@ROUTES.get("/mypermissions")
def my_permissions(call: Call) -> Answer:
    """Which of the asked permissions the caller has; `permissions` must be given and known."""
    asked = call.names("permissions")
    if not asked:
        raise bad_request("The 'permissions' query parameter is required.")
    known = {right.value: right for right in Right}
    unknown = [name for name in asked if name not in known]
    if unknown:
        raise bad_request(f"Unrecognized permission(s): {', '.join(unknown)}")
    project = _context_project(
        call,
        call.arg("projectKey") or call.arg("projectId"),
        call.arg("issueKey") or call.arg("issueId"),
    )
    projects = list(call.store.projects.values())
    told = {}
    for number, right in enumerate(Right):
        if right.value in asked:
            held = (
                may(call.user, right, project)
                if project is not None
                else may_anywhere(call.user, right, projects)
            )
            told[right.value] = {**_permission(number, right), "havePermission": held}
    return Answer(200, {"permissions": told})


def _permission(number: int, right: Right) -> dict[str, Any]:
    return {
        "id": str(number),
        "key": right.value,
        "name": _named(right),
        "type": "GLOBAL" if right in GLOBAL_RIGHTS else "PROJECT",
        "description": _named(right),
    }


@ROUTES.get("/permissions")
def permissions(call: Call) -> Answer:
    """Every permission there is."""
    told = {}
    for number, right in enumerate(Right):
        shape = _permission(number, right)
        del shape["id"]
        told[right.value] = shape
    del call
    return Answer(200, {"permissions": told})
