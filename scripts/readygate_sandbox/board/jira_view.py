"""Shows the Jira side in the board's own shapes: what one person may see, and may do from there.

Reads only; every function expects the caller to hold the store's lock.
"""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from readygate_sandbox.jira_cloud.model import Comment, History, Issue, Project, Right, User
from readygate_sandbox.jira_cloud.rights import may, sees
from readygate_sandbox.jira_cloud.store import Store
from readygate_sandbox.jira_cloud.workflow import Actor, listed

Shape = dict[str, Any]
MOST_COMMENTS = 50
MOST_MOVES = 50


def people(store: Store) -> list[Shape]:
    """Everybody with an account, in the order of the seed."""
    return [{"id": u.account_id, "name": u.name, "active": u.active} for u in store.users.values()]


def tracker(store: Store, viewer: User) -> Shape:
    """The site and the projects that a person may browse."""
    return {
        "id": "jira",
        "kind": "jira",
        "name": store.info.title,
        "host": urlsplit(store.info.url).netloc or None,
        "pipelines": [
            {"id": p.key, "name": p.name} for p in store.projects.values() if _browsable(p, viewer)
        ],
    }


def _browsable(project: Project, viewer: User) -> bool:
    return may(viewer, Right.BROWSE, project)


# -- columns -----------------------------------------------------------------------------------


def pipeline(
    store: Store,
    viewer: User,
    ref: str,
    *,
    find: str,
    shown: Mapping[str, int],
    usual: int,
) -> Shape | None:
    """One project: a column per status of its deals' workflows, newest arrivals first, each cut
    after `shown[column]` or `usual` deals. The first project where `ref` names none that the person
    may browse; None where there is none at all."""
    projects = [p for p in store.projects.values() if _browsable(p, viewer)]
    project = next((p for p in projects if p.key == ref), projects[0] if projects else None)
    if project is None:
        return None
    order = _statuses(store, project)
    places = {status: number for number, status in enumerate(order)}
    actor = Actor(viewer, "ui")
    lanes: dict[str, list[tuple[int, int]]] = {status: [] for status in order}
    needle = find.casefold().strip()
    for issue in _deals(store, project, viewer):
        if not needle or needle in _haystack(store, issue):
            lanes[issue.status].append((-_arrived(issue), -issue.id))
    columns = []
    for status, lane in lanes.items():
        lane.sort()
        kept = lane[: shown.get(status, usual)]
        columns.append(
            {
                "id": status,
                "name": store.statuses[status].name,
                "category": store.statuses[status].category,
                "total": len(lane),
                "deals": [_deal(store, store.issues[-n], actor, places) for _, n in kept],
            }
        )
    return {
        "id": project.key,
        "name": project.name,
        "mayCreate": may(viewer, Right.CREATE, project),
        "fields": _choices(store),
        "columns": columns,
    }


def column_name(store: Store, column: object) -> str:
    """What people call a column, or the text itself where there is none."""
    found = store.statuses.get(str(column))
    return found.name if found else str(column)


def _statuses(store: Store, project: Project) -> list[str]:
    """The statuses of every type of deal, each once, in the order of their workflows."""
    kinds = [store.issue_types[t] for t in project.issue_types]
    found: dict[str, None] = {}
    for kind in kinds:
        if not kind.subtask:
            found |= dict.fromkeys(store.workflow_for(project, kind.id).statuses)
    return list(found)


def _deals(store: Store, project: Project, viewer: User) -> Iterator[Issue]:
    subtasks = {t.id for t in store.issue_types.values() if t.subtask}
    me = viewer.account_id
    for issue in store.issues.values():
        ours = issue.project == project.id and issue.type not in subtasks
        if ours and (not issue.hidden_from or me not in issue.hidden_from):
            yield issue


def _haystack(store: Store, issue: Issue) -> str:
    owner = store.users[issue.assignee].name if issue.assignee in store.users else ""
    return f"{issue.key}\n{issue.summary}\n{owner}".casefold()


def _moves(issue: Issue) -> Iterator[History]:
    """Changes of status, newest first."""
    return (h for h in reversed(issue.history) if any(c.field_id == "status" for c in h.items))


def _arrived(issue: Issue) -> int:
    last = next(_moves(issue), None)
    return last.created if last else issue.created


# -- deals and items ---------------------------------------------------------------------------


def _deal(store: Store, issue: Issue, actor: Actor, places: Mapping[str, int]) -> Shape:
    return {
        "ref": str(issue.id),
        "label": issue.key,
        "title": issue.summary,
        "owner": issue.assignee,
        "arrived": _arrived(issue),
        "back": _came_back(store, issue, places),
        "comments": len(issue.comments),
        "items": [_item(store, i) for i in _children(store, issue, actor.user)],
        "moves": [
            {"id": t.id, "name": t.name, "to": t.to}
            for t, available in listed(store, issue, actor)
            if available and (t.to != issue.status or t.kind == "DIRECTED")
        ],
    }


def _children(store: Store, issue: Issue, viewer: User) -> list[Issue]:
    project = store.projects[issue.project]
    found = (store.issues[s] for s in issue.subtasks if s in store.issues)
    return [i for i in found if sees(viewer, i, project)]


def _came_back(store: Store, issue: Issue, places: Mapping[str, int]) -> Shape | None:
    """Who moved the deal backwards, if its last move went that way."""
    last = next(_moves(issue), None)
    if last is None:
        return None
    change = next(c for c in last.items if c.field_id == "status")
    if places.get(change.new or "", 0) >= places.get(change.old or "", -1):
        return None
    return {"from": change.old_text, "by": _name(store, last.author), "at": last.created}


def _name(store: Store, account: str | None) -> str | None:
    return store.users[account].name if account in store.users else account


def _ways_to_close(store: Store, issue: Issue) -> list[str]:
    """Done statuses of an item's workflow: the first ticks it, the others let it go."""
    statuses = store.workflow_of(issue).statuses
    return [s for s in statuses if store.statuses[s].category == "done"]


def _item(store: Store, issue: Issue) -> Shape:
    status = store.statuses[issue.status]
    state = "open"
    if status.category == "done":
        state = "ticked" if _ways_to_close(store, issue)[:1] == [status.id] else "waived"
    return {
        "ref": str(issue.id),
        "label": issue.key,
        "title": issue.summary,
        "state": state,
        "stage": status.name,
        "owner": issue.assignee,
        "due": issue.due,
    }


# -- one deal ----------------------------------------------------------------------------------


def deal_page(store: Store, viewer: User, ref: str) -> Shape | None:
    """A deal with its checklist, moves and comments; None for what the person may not see."""
    issue = store.issue(ref)
    if issue is not None and issue.parent is not None:
        issue = store.issues.get(issue.parent)
    if issue is None or not sees(viewer, issue, store.projects[issue.project]):
        return None
    project, actor = store.projects[issue.project], Actor(viewer, "ui")
    places = {status: number for number, status in enumerate(_statuses(store, project))}
    shape = _deal(store, issue, actor, places)
    shape["items"] = [_item_page(store, child, actor) for child in _children(store, issue, viewer)]
    return {
        **shape,
        "pipeline": project.key,
        "column": issue.status,
        "stage": store.statuses[issue.status].name,
        "created": {"by": _name(store, issue.creator), "at": issue.created},
        "about": _rich(issue.description),
        "fields": [
            {**choice, "value": _chosen(store, issue, choice["id"])} for choice in _choices(store)
        ],
        "mayComment": may(viewer, Right.COMMENT, project),
        "mayEdit": may(viewer, Right.EDIT, project),
        "earlier": max(len(issue.comments) - MOST_COMMENTS, 0),
        "activity": _activity(store, issue),
    }


def _item_page(store: Store, issue: Issue, actor: Actor) -> Shape:
    """An item with the ways to let it go and what was last said about it."""
    others = set(_ways_to_close(store, issue)[1:])
    ways = [
        {"id": t.id, "name": store.statuses[t.to].name}
        for t, available in listed(store, issue, actor)
        if available and t.to in others and t.to != issue.status
    ]
    note = _comment(store, issue.comments[-1]) if issue.comments else None
    return {**_item(store, issue), "about": _rich(issue.description), "waive": ways, "note": note}


def _rich(document: Any) -> Shape | None:
    return {"format": "adf", "document": document} if document else None


def _choices(store: Store) -> list[Shape]:
    """Fields with a list of values: conditions of a checklist follow them."""
    return [
        {"id": f.id, "name": f.name, "options": [o.name for o in f.options]}
        for f in store.fields.values()
        if f.kind == "select"
    ]


def _chosen(store: Store, issue: Issue, field_id: str) -> str | None:
    value = issue.custom.get(field_id)
    return next((o.name for o in store.fields[field_id].options if o.id == value), None)


def _comment(store: Store, comment: Comment) -> Shape:
    return {
        "kind": "comment",
        "ref": comment.id,
        "by": comment.author,
        "name": _name(store, comment.author),
        "at": comment.created,
        "edited": comment.updated if comment.updated > comment.created else None,
        "body": _rich(comment.body),
    }


def _activity(store: Store, issue: Issue) -> list[Shape]:
    """The newest comments and moves, newest first."""
    shapes = [_comment(store, c) for c in issue.comments[-MOST_COMMENTS:]]
    for number, entry in enumerate(_moves(issue)):
        if number == MOST_MOVES:
            break
        change = next(c for c in entry.items if c.field_id == "status")
        shapes.append(
            {
                "kind": "move",
                "ref": f"h{entry.id}",
                "by": entry.author,
                "name": _name(store, entry.author),
                "at": entry.created,
                "from": change.old_text,
                "to": change.new_text,
            }
        )
    # A comment of the same millisecond explains the move: it is read first.
    return sorted(shapes, key=lambda s: (s["at"], s["kind"] == "comment"), reverse=True)
