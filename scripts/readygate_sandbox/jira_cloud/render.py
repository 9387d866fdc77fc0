"""JSON shapes of the things in the store, as the OpenAPI document draws them.

Pieces that many issues share (statuses, types, people) are made once per schema version.
"""

from collections.abc import Callable, Iterable
from typing import Any

from readygate_sandbox.clock import jira_time
from readygate_sandbox.jira_cloud import adf
from readygate_sandbox.jira_cloud.field_table import (
    CATEGORIES,
    CUSTOM_SCHEMAS,
    NOT_NAVIGABLE,
    SYSTEM_FIELDS,
)
from readygate_sandbox.jira_cloud.model import (
    Adf,
    Comment,
    CustomField,
    History,
    Issue,
    IssueType,
    Named,
    Project,
    Status,
    User,
)
from readygate_sandbox.jira_cloud.store import Store
from readygate_sandbox.web import Json

Shape = dict[str, Any]
_AVATAR_SIZES = ("48x48", "24x24", "16x16", "32x32")


class Renderer:
    """Renders for one API version: 3 speaks ADF, 2 speaks text."""

    def __init__(self, store: Store, base_url: str, *, version: int) -> None:
        self.store = store
        self.base = base_url
        self.version = version
        self.api = f"{base_url}/rest/api/{version}"
        self._pieces: dict[tuple[str, str], Shape] = {}
        self._schema = -1
        self._field_makers: dict[str, Callable[[Issue], Json]] = self._system_fields()

    # -- shared pieces ---------------------------------------------------------------------

    def _piece(self, kind: str, ref: str, make: Callable[[], Shape]) -> Shape:
        if self._schema != self.store.schema_version:
            self._pieces.clear()
            self._schema = self.store.schema_version
        found = self._pieces.get((kind, ref))
        if found is None:
            found = self._pieces[kind, ref] = make()
        return found

    def category(self, key: str) -> Shape:
        """A `StatusCategory`."""
        number, color, name = CATEGORIES[key]
        return {
            "self": f"{self.api}/statuscategory/{number}",
            "id": number,
            "key": key,
            "colorName": color,
            "name": name,
        }

    def status(self, status: Status) -> Shape:
        """A `StatusDetails`."""
        return self._piece(
            "status",
            status.id,
            lambda: {
                "self": f"{self.api}/status/{status.id}",
                "description": status.description,
                "iconUrl": f"{self.base}/images/icons/statuses/generic.png",
                "name": status.name,
                "untranslatedName": status.name,
                "id": status.id,
                "statusCategory": self.category(status.category),
            },
        )

    def issue_type(self, kind: IssueType) -> Shape:
        """An `IssueTypeDetails`."""
        return self._piece(
            "type",
            kind.id,
            lambda: {
                "self": f"{self.api}/issuetype/{kind.id}",
                "id": kind.id,
                "description": kind.description,
                "iconUrl": f"{self.base}/images/icons/issuetypes/{kind.id}.png",
                "name": kind.name,
                "untranslatedName": kind.name,
                "subtask": kind.subtask,
                "avatarId": 10300 + int(kind.id) % 100,
                "hierarchyLevel": kind.level,
            },
        )

    def priority(self, value: Named) -> Shape:
        """A `Priority` as issues carry it."""
        return self._piece(
            "priority",
            value.id,
            lambda: {
                "self": f"{self.api}/priority/{value.id}",
                "iconUrl": f"{self.base}/images/icons/priorities/{value.name.lower()}.svg",
                "name": value.name,
                "id": value.id,
            },
        )

    def resolution(self, value: Named) -> Shape:
        """A `Resolution`."""
        return {
            "self": f"{self.api}/resolution/{value.id}",
            "id": value.id,
            "description": value.description,
            "name": value.name,
        }

    def user(self, user: User) -> Shape:
        """A `UserDetails`."""
        return self._piece(
            "user",
            user.account_id,
            lambda: {
                "self": f"{self.api}/user?accountId={user.account_id}",
                "accountId": user.account_id,
                "emailAddress": user.email,
                "avatarUrls": self.avatars(f"avatar/{user.account_id}"),
                "displayName": user.name,
                "active": user.active,
                "timeZone": user.time_zone,
                "accountType": user.account_type,
            },
        )

    def person(self, account_id: str | None) -> Shape | None:
        """A `UserDetails` by account id; None for nobody."""
        user = self.store.users.get(account_id) if account_id else None
        return self.user(user) if user else None

    def avatars(self, path: str) -> Shape:
        """The four sizes."""
        return {size: f"{self.base}/secure/{path}?size={size}" for size in _AVATAR_SIZES}

    def project(self, project: Project) -> Shape:
        """A project as issues and `project/search` carry it."""
        return self._piece(
            "project",
            project.id,
            lambda: {
                "self": f"{self.api}/project/{project.id}",
                "id": project.id,
                "key": project.key,
                "name": project.name,
                "projectTypeKey": project.kind,
                "simplified": False,
                "avatarUrls": self.avatars(f"projectavatar/{project.id}"),
            },
        )

    def option(self, option: Named) -> Shape:
        """One value of a select field."""
        return {
            "self": f"{self.api}/customFieldOption/{option.id}",
            "value": option.name,
            "id": option.id,
        }

    # -- fields ----------------------------------------------------------------------------

    def field_names(self) -> dict[str, str]:
        """Field id -> display name, of every field there is."""
        system = {name: shown for name, (shown, _) in SYSTEM_FIELDS.items()}
        return {**system, **{f.id: f.name for f in self.store.fields.values()}}

    def field_schema(self, field_id: str) -> Shape:
        """A `JsonTypeBean`."""
        custom = self.store.fields.get(field_id)
        if custom is not None:
            kind, items, plugin = CUSTOM_SCHEMAS[custom.kind]
            schema: Shape = {"type": kind}
            if items:
                schema["items"] = items
            prefix = "com.atlassian.jira.plugin.system.customfieldtypes"
            schema |= {"custom": f"{prefix}:{plugin}", "customId": custom.number}
            return schema
        kind, _, items = SYSTEM_FIELDS[field_id][1].partition(":")
        schema = {"type": kind, "system": field_id}
        if items:
            schema["items"] = items
        return schema

    # -- issues ----------------------------------------------------------------------------

    def document(self, value: Adf | None) -> Json:
        """Rich text: ADF in v3, a string in v2."""
        if self.version == 3 or value is None:
            return value
        return adf.to_text(value)

    def child(self, issue: Issue) -> Shape:
        """How an issue appears in `parent` and `subtasks` of another: no labels, no properties."""
        store = self.store
        fields: Shape = {
            "summary": issue.summary,
            "status": self.status(store.statuses[issue.status]),
            "issuetype": self.issue_type(store.issue_types[issue.type]),
        }
        if issue.priority:
            fields["priority"] = self._priority_of(issue)
        return {
            "id": str(issue.id),
            "key": issue.key,
            "self": f"{self.api}/issue/{issue.id}",
            "fields": fields,
        }

    def _priority_of(self, issue: Issue) -> Shape | None:
        value = next((p for p in self.store.priorities if p.id == issue.priority), None)
        return self.priority(value) if value else None

    def _resolution_of(self, issue: Issue) -> Shape | None:
        value = next((r for r in self.store.resolutions if r.id == issue.resolution), None)
        return self.resolution(value) if value else None

    def _parent_of(self, issue: Issue) -> Shape | None:
        parent = self.store.issues.get(issue.parent) if issue.parent is not None else None
        return self.child(parent) if parent else None

    def _subtasks_of(self, issue: Issue) -> list[Shape]:
        found = (self.store.issues.get(number) for number in issue.subtasks)
        return [self.child(child) for child in found if child is not None]

    def _system_fields(self) -> dict[str, Callable[[Issue], Json]]:
        store = self.store
        nothing: Callable[[Issue], Json] = lambda _: []  # noqa: E731 - shared by several fields
        progress: Callable[[Issue], Json] = lambda _: {"progress": 0, "total": 0}  # noqa: E731
        return {
            "statuscategorychangedate": lambda i: jira_time(i.status_since),
            "fixVersions": nothing,
            "resolution": self._resolution_of,
            "lastViewed": lambda _: None,
            "priority": self._priority_of,
            "labels": lambda i: list(i.labels),
            "timeestimate": lambda _: None,
            "aggregatetimeoriginalestimate": lambda _: None,
            "versions": nothing,
            "issuelinks": nothing,
            "assignee": lambda i: self.person(i.assignee),
            "status": lambda i: self.status(store.statuses[i.status]),
            "components": nothing,
            "creator": lambda i: self.person(i.creator),
            "subtasks": self._subtasks_of,
            "reporter": lambda i: self.person(i.reporter),
            "aggregateprogress": progress,
            "progress": progress,
            "votes": lambda i: {
                "self": f"{self.api}/issue/{i.key}/votes",
                "votes": 0,
                "hasVoted": False,
            },
            "issuetype": lambda i: self.issue_type(store.issue_types[i.type]),
            "project": lambda i: self.project(store.projects[i.project]),
            "resolutiondate": lambda i: jira_time(i.resolved) if i.resolved else None,
            "workratio": lambda _: -1,
            "watches": lambda i: {
                "self": f"{self.api}/issue/{i.key}/watchers",
                "watchCount": len(i.watchers),
                "isWatching": False,
            },
            "created": lambda i: jira_time(i.created),
            "updated": lambda i: jira_time(i.updated),
            "description": lambda i: self.document(i.description),
            "timetracking": lambda _: {},
            "security": lambda _: None,
            "attachment": nothing,
            "summary": lambda i: i.summary,
            "environment": lambda i: self.document(i.environment),
            "duedate": lambda i: i.due,
            "parent": self._parent_of,
            "statusCategory": lambda i: self.category(store.statuses[i.status].category),
            "comment": self._comments_of,
            "worklog": lambda _: {"startAt": 0, "maxResults": 20, "total": 0, "worklogs": []},
        }

    def _comments_of(self, issue: Issue) -> Shape:
        comments = [self.comment(issue, c) for c in issue.comments]
        return {
            "comments": comments,
            "self": f"{self.api}/issue/{issue.id}/comment",
            "maxResults": len(comments),
            "total": len(comments),
            "startAt": 0,
        }

    def custom(self, field: CustomField, value: Json) -> Json:
        """A custom field's stored value as the API shows it."""
        if value is None:
            return None
        match field.kind:
            case "select":
                option = next((o for o in field.options if o.id == value), None)
                return self.option(option) if option else None
            case "multiselect":
                return [self.option(o) for o in field.options if o.id in value]
            case "user":
                return self.person(value)
            case "textarea":
                return self.document(value)
            case _:
                return value

    def issue_fields(self, issue: Issue, wanted: "FieldChoice") -> Shape:
        """The `fields` object of an issue. Sub-tasks alone have a parent."""
        fields: Shape = {}
        for name in wanted.system:
            if name == "parent" and issue.parent is None:
                continue
            fields[name] = self._field_makers[name](issue)
        for name in wanted.custom:
            field = self.store.fields.get(name)
            if field is not None:
                fields[name] = self.custom(field, issue.custom.get(name))
        return fields

    def issue(
        self, issue: Issue, wanted: "FieldChoice", properties: Iterable[str] | None = None
    ) -> Shape:
        """An `IssueBean` without expansions."""
        shape: Shape = {
            "expand": "renderedFields,names,schema,operations,editmeta,changelog,"
            "versionedRepresentations",
            "id": str(issue.id),
            "self": f"{self.api}/issue/{issue.id}",
            "key": issue.key,
        }
        if wanted:
            shape["fields"] = self.issue_fields(issue, wanted)
        if properties is not None:
            shape["properties"] = pick_properties(issue.properties, properties)
        return shape

    def comment(self, issue: Issue, comment: Comment, *, with_properties: bool = False) -> Shape:
        """A `Comment`."""
        shape: Shape = {
            "self": f"{self.api}/issue/{issue.id}/comment/{comment.id}",
            "id": comment.id,
            "author": self.person(comment.author),
            "body": self.document(comment.body),
            "updateAuthor": self.person(comment.update_author),
            "created": jira_time(comment.created),
            "updated": jira_time(comment.updated),
            "jsdPublic": True,
        }
        if comment.visibility:
            shape["visibility"] = comment.visibility
        if with_properties:
            shape["properties"] = [
                {"key": key, "value": value} for key, value in comment.properties.items()
            ]
        return shape

    def history(self, entry: History) -> Shape:
        """A `Changelog`. Either side of a change may be null, as in recordings."""
        shape: Shape = {
            "id": entry.id,
            "author": self.person(entry.author),
            "created": jira_time(entry.created),
            "items": [
                {
                    "field": change.field,
                    "fieldtype": "custom" if change.custom else "jira",
                    "fieldId": change.field_id,
                    "from": change.old,
                    "fromString": change.old_text,
                    "to": change.new,
                    "toString": change.new_text,
                }
                for change in entry.items
            ],
        }
        if entry.metadata is not None:
            shape["historyMetadata"] = entry.metadata
        return shape


class FieldChoice:
    """Which fields an answer shows: system names and custom ids, in a stable order."""

    __slots__ = ("custom", "key_only", "system")

    def __init__(self, system: tuple[str, ...], custom: tuple[str, ...]) -> None:
        self.system = system
        self.custom = custom

    def __bool__(self) -> bool:
        return bool(self.system or self.custom)


def choose_fields(renderer: Renderer, asked: Iterable[str]) -> FieldChoice:
    """Read a `fields` parameter: names, `*all`, `*navigable`, and `-name` to leave one out.

    Unknown names are ignored, as the API ignores them.
    """
    everything = (*renderer._field_makers, *renderer.store.fields)  # noqa: SLF001 - same module
    chosen: set[str] = set()
    dropped: set[str] = set()
    for name in asked:
        if name == "*all":
            chosen.update(everything)
        elif name == "*navigable":
            chosen.update(n for n in everything if n not in NOT_NAVIGABLE)
        elif name.startswith("-"):
            dropped.add(name[1:])
        else:
            chosen.add(name)
    if dropped and not chosen:
        chosen.update(everything)
    left = chosen - dropped
    makers = renderer._field_makers  # noqa: SLF001 - same module
    return FieldChoice(
        tuple(n for n in makers if n in left),
        tuple(n for n in renderer.store.fields if n in left),
    )


def pick_properties(properties: dict[str, Any], asked: Iterable[str]) -> dict[str, Any]:
    """The asked properties of an issue: names, `*all`, and `-name`."""
    names = list(asked)
    dropped = {n[1:] for n in names if n.startswith("-")}
    if "*all" in names:
        return {k: v for k, v in properties.items() if k not in dropped}
    return {n: properties[n] for n in names if n in properties and n not in dropped}
