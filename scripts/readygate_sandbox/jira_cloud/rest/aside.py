"""What clients touch in passing and the sandbox does not keep: schemes, roles, groups, votes, work
logs, links. Each answers as a site does where none of it has been set up."""

from readygate_sandbox.jira_cloud.errors import bad_request, refusal
from readygate_sandbox.jira_cloud.model import Right
from readygate_sandbox.jira_cloud.rest.projects import find_project
from readygate_sandbox.jira_cloud.rights import may
from readygate_sandbox.jira_cloud.site import Call
from readygate_sandbox.web import Answer, Routes

ROUTES = Routes()

GROUPS = ("jira-users", "jira-administrators")


@ROUTES.get("/permissionscheme")
def permission_schemes(call: Call) -> Answer:
    """The one default scheme."""
    call.actor  # noqa: B018 - refuses nobody
    scheme = {
        "expand": "permissions,user,group,projectRole,field,all",
        "id": 0,
        "self": f"{call.render.api}/permissionscheme/0",
        "name": "Default Permission Scheme",
        "description": "This is the default Permission Scheme.",
    }
    return Answer(200, {"permissionSchemes": [scheme]})


@ROUTES.get("/issuesecurityschemes")
def security_schemes(call: Call) -> Answer:
    """One scheme without levels, which some clients need before they create a project."""
    if not may(call.actor.user, Right.ADMINISTER):
        raise refusal(403, "You do not have permission to view issue security schemes.")
    scheme = {
        "self": f"{call.render.api}/issuesecurityschemes/10000",
        "id": 10000,
        "name": "Default",
        "description": "",
    }
    return Answer(200, {"issueSecuritySchemes": [scheme]})


@ROUTES.get("/projectCategory")
def project_categories(call: Call) -> Answer:
    """None."""
    call.actor  # noqa: B018 - refuses nobody
    return Answer(200, [])


@ROUTES.get("/project/<ref>/role")
def project_roles(call: Call, ref: str) -> Answer:
    """None."""
    call.actor  # noqa: B018 - refuses nobody
    find_project(call, ref)
    return Answer(200, {})


@ROUTES.get("/groups/picker")
def groups(call: Call) -> Answer:
    """The two groups of a fresh site."""
    query = call.arg("query").casefold()
    found = [
        {"name": name, "html": name, "labels": [], "groupId": f"00000000-0000-4000-8000-{n:012d}"}
        for n, name in enumerate(GROUPS, 1)
        if call.user is not None and query in name
    ]
    header = f"Showing {len(found)} of {len(found)} matching groups"
    return Answer(200, {"header": header, "total": len(found), "groups": found})


@ROUTES.get("/issue/<key>/votes")
def votes(call: Call, key: str) -> Answer:
    """None."""
    issue = call.issue(key)
    address = f"{call.render.api}/issue/{issue.key}/votes"
    return Answer(200, {"self": address, "votes": 0, "hasVoted": False, "voters": []})


@ROUTES.get("/issue/<key>/worklog")
def worklogs(call: Call, key: str) -> Answer:
    """None."""
    call.issue(key)
    start, size = call.page(5000, 5000)
    return Answer(200, {"startAt": start, "maxResults": size, "total": 0, "worklogs": []})


@ROUTES.get("/issue/<key>/remotelink")
def remote_links(call: Call, key: str) -> Answer:
    """None."""
    call.issue(key)
    return Answer(200, [])


@ROUTES.post("/issue/properties", "/issue/properties/multi")
def bulk_properties(call: Call) -> Answer:
    """Asynchronous bulk writing of properties is not served."""
    call.actor  # noqa: B018 - refuses nobody
    raise bad_request("Bulk property operations are not available on this site.")
