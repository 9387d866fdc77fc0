"""Finds out what our account may do in a project, and what the create screen of items offers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from readygate.pipeline import Guard, Pipeline
from readygate_http.shapes import MOST_PAGES, objects
from readygate_jira.matching import Named
from readygate_jira.notes import Notes
from readygate_jira.place import OPTIONAL_ITEM_FIELDS
from readygate_jira.site import Site
from readygate_jira.translate import Json

RIGHTS = {
    "BROWSE_PROJECTS": "Browse projects",
    "CREATE_ISSUES": "Create issues",
    "EDIT_ISSUES": "Edit issues",
    "TRANSITION_ISSUES": "Transition issues",
    "ADD_COMMENTS": "Add comments",
}
"""Without these nothing works (but `advise` moves no deals)."""

WISHES = {
    "ASSIGN_ISSUES": ("Assign issues", "checklist items are opened without an assignee"),
    "EDIT_OWN_COMMENTS": ("Edit own comments", "earlier explanations cannot be brought up to date"),
}
"""Without these something works less well: the right, and what follows from its lack."""

_FIELD_NAMES = {"description": "description", "assignee": "assignee", "duedate": "due date"}
_FILLED = {"summary", "project", "issuetype", "parent", "reporter", *OPTIONAL_ITEM_FIELDS}


@dataclass(frozen=True, slots=True)
class Abilities:
    """Asks about one project (`ref` is its id) and writes what it finds into the notes."""

    site: Site
    pipeline: Pipeline
    ref: str
    key: str
    notes: Notes

    def _held(self) -> set[str]:
        """Which of RIGHTS and WISHES our account has in the project: one request."""
        doing = f"checking our rights in {self.key}"
        answer = self.site.ask(
            "GET",
            "/mypermissions",
            name="rights",
            doing=doing,
            params={"projectId": self.ref, "permissions": ",".join((*RIGHTS, *WISHES))},
        )
        with self.site.understanding(doing):
            rights = answer.body["permissions"]
            return {key for key, right in rights.items() if right["havePermission"] is True}

    def check_rights(self) -> Collection[str]:
        """Note the rights we lack; give those of RIGHTS and WISHES that we have."""
        have = self._held()
        for right, name in RIGHTS.items():
            spared = right == "TRANSITION_ISSUES" and self.pipeline.guard is Guard.ADVISE
            if right not in have and not spared:
                self.notes.denied.append(f"{name!r} in the project {self.key}")
        for right, (name, so) in WISHES.items():
            if right not in have:
                text = f"Our account lacks the right {name!r} in the project {self.key}: {so}."
                self.notes.finding("right-missing", text, right=right)
        return have

    def item_fields(self, item_type: Named, *, may_assign: bool) -> tuple[str, ...]:
        """Tell which of OPTIONAL_ITEM_FIELDS new items can have, and note those they cannot."""
        known = self.create_screen(item_type)
        if known is None:  # no right to create, which check_rights tells
            return OPTIONAL_ITEM_FIELDS
        there = {str(one.get("fieldId") or one.get("key")): one for one in known}
        where = f"the create screen of {item_type.name!r} in {self.key}"
        for ref in OPTIONAL_ITEM_FIELDS:
            unused = ref == "duedate" and self.pipeline.due_days is None
            if ref not in there and not unused:
                text = f"The {_FIELD_NAMES[ref]} is not on {where}: checklist items get none."
                self.notes.finding("field-not-on-screen", text, field=ref)
        for ref, one in there.items():
            if one.get("required") and not one.get("hasDefaultValue") and ref not in _FILLED:
                text = f"The field {one.get('name', ref)!r} is required on {where}, and we cannot"
                text = f"{text} fill it: items cannot be opened until it is optional there."
                self.notes.finding("field-required", text, field=ref)
        return tuple(
            ref
            for ref in OPTIONAL_ITEM_FIELDS
            if ref in there and (ref != "assignee" or may_assign)
        )

    def create_screen(self, kind: Named) -> Sequence[Json] | None:
        """The fields that issues of a type can be created with; None without the right to."""
        doing = f"reading the create screen of {kind.name} in {self.key}"
        known: list[Json] = []
        for _ in range(MOST_PAGES):
            answer = self.site.ask(
                "GET",
                f"/issue/createmeta/{self.ref}/issuetypes/{kind.ref}",
                name="create screen",
                doing=doing,
                params={"startAt": str(len(known)), "maxResults": "200"},
                allow=(403, 404),
            )
            if answer.status != 200:
                return None
            with self.site.understanding(doing):
                body = answer.body
                page = objects(body["fields"] if "fields" in body else body["results"])
                total = int(body.get("total", 0))
                known.extend(page)
            if not page or len(known) >= total:
                break
        return known
