"""The same job as one run of Readygate, the way it is usually scripted with the `jira` client.

One search for the deals, one search per deal for its subtasks, one call per subtask, a comment and
a transition per premature deal. It has no memory, so it looks at every open deal on every run,
and it is not safe against lost answers. It is what the bench compares with, not a model.
"""

from __future__ import annotations

import argparse

from contract import ITEMS, LEAD, NEW
from jira import JIRA
from jira.resources import Issue

HANDOVERS = {"New lead": [LEAD[1]], "Negotiation": list(ITEMS.values())}
BEFORE = {"Negotiation": "New lead", "In production": "Negotiation"}


def run(url: str, email: str, token: str, project: str) -> None:
    """Open what is missing for each open deal, and send back what moved on too early."""
    jira = JIRA(url, basic_auth=(email, token))
    query = f'project = {project} AND issuetype = Deal AND status not in ("Done", "Lost")'
    fields = "summary,status"
    for deal in jira.search_issues(query, maxResults=False, fields=fields):
        children = jira.search_issues(
            f"parent = {deal.key}", maxResults=False, fields="summary,status"
        )
        stage = deal.fields.status.name
        if not send_back(jira, deal, children, BEFORE.get(stage)):
            open_missing(jira, deal, children, HANDOVERS.get(stage, []), project)


def send_back(jira: JIRA, deal: Issue, children: list[Issue], before: str | None) -> bool:
    """Move a deal back if an item of the handover behind it is not done."""
    wanted = HANDOVERS.get(before or "", [])
    known = {child.fields.summary: child for child in children}
    missing = [
        title
        for title in wanted
        if title in known and known[title].fields.status.statusCategory.key != "done"
    ]
    if not missing or before is None:
        return False
    jira.transition_issue(deal, before)
    jira.add_comment(deal, "Not handed over yet: " + ", ".join(missing))
    return True


def open_missing(
    jira: JIRA, deal: Issue, children: list[Issue], titles: list[str], project: str
) -> None:
    """Create the subtasks of the next handover that are not there."""
    known = {child.fields.summary for child in children}
    for title in titles:
        if title not in known:
            jira.create_issue(
                project=project,
                parent={"key": deal.key},
                issuetype={"name": "Sub-task"},
                summary=title,
            )


def main() -> None:
    """Run once against a sandbox."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("email")
    parser.add_argument("token")
    parser.add_argument("project")
    parser.add_argument("--changed", action="store_true", help="with one item more")
    told = parser.parse_args()
    HANDOVERS["Negotiation"] += [NEW[1]] if told.changed else []
    run(told.url, told.email, told.token, told.project)


if __name__ == "__main__":
    main()
