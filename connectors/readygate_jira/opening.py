"""Opens checklist items: up to fifty subtasks in one request, each with our key from birth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from readygate.action import Open, Outcome, Status
from readygate.deal import item_key
from readygate.errors import ReadygateError, TrackerRejected
from readygate_http import Watch
from readygate_jira.adf import from_plain
from readygate_jira.pace import IssuePace
from readygate_jira.place import ITEM_PROPERTY, OPTIONAL_ITEM_FIELDS, Place
from readygate_jira.site import Site
from readygate_jira.translate import Json

AT_ONCE = 50
"""Issues per bulk create: the most that Jira takes."""

LONGEST_SUMMARY = 255


@dataclass(frozen=True, slots=True)
class Refused:
    """Why Jira did not create one of the issues."""

    text: str
    fields: Collection[str]
    status: int


@dataclass(frozen=True, slots=True)
class Opener:
    """Opens items in one project."""

    site: Site
    place: Place
    pace: IssuePace
    watch: Watch

    def open(self, actions: Sequence[Open]) -> list[Outcome]:
        """Open at most AT_ONCE items; one outcome each, in order.

        An item that is refused only for an assignee, a due date or a description is opened without.
        """
        try:
            results = self._create(actions, {})
        except ReadygateError as error:
            return self.watch.failed(error, *actions)
        self.watch.done()
        outcomes = [_outcome(self.site, *pair) for pair in zip(actions, results, strict=True)]
        curable = {
            index: result
            for index, result in enumerate(results)
            if isinstance(result, Refused)
            and result.fields
            and set(result.fields) <= set(OPTIONAL_ITEM_FIELDS)
        }
        if curable:
            again = self._open_without([actions[i] for i in curable], list(curable.values()))
            for index, outcome in zip(curable, again, strict=True):
                outcomes[index] = outcome
        return outcomes

    def _open_without(self, actions: Sequence[Open], refused: Sequence[Refused]) -> list[Outcome]:
        without = {index: refusal.fields for index, refusal in enumerate(refused)}
        try:
            results = self._create(actions, without)
        except ReadygateError as error:
            return self.watch.failed(error, *actions)
        outcomes = [_outcome(self.site, *pair) for pair in zip(actions, results, strict=True)]
        return [
            replace(outcome, message=f"Opened without what Jira refused: {refusal.text}")
            if outcome.status is Status.DONE
            else outcome
            for outcome, refusal in zip(outcomes, refused, strict=True)
        ]

    def _create(
        self, actions: Sequence[Open], without: Mapping[int, Collection[str]]
    ) -> list[Json | Refused]:
        site, place = self.site, self.place
        doing = f"opening {len(actions)} checklist items in {place.project_key}"
        for deal, count in Counter(action.deal for action in actions).items():
            self.pace.take(deal, count)
        updates = [
            _update(place, action, without.get(index, ())) for index, action in enumerate(actions)
        ]
        answer = site.change(
            "POST",
            "/issue/bulk",
            name="open",
            doing=doing,
            json={"issueUpdates": updates},
            allow=(400,),
            expect_body=True,
        )
        if answer.status == 400 and not _each_refused(answer.body, len(actions)):
            # Jira checks before it creates: a refusal of the whole request created nothing.
            text = f"Jira at {site.host}, {doing}: it refuses the request (400): {answer.said}"
            raise TrackerRejected(text, detail=answer.said)
        with site.understanding_write(doing):
            return _results(site, answer.body, len(actions))


def _update(place: Place, action: Open, without: Collection[str]) -> dict[str, Any]:
    optional: dict[str, Any] = {
        "description": from_plain(action.text),
        "assignee": {"id": action.assignee} if action.assignee else None,
        "duedate": action.due.isoformat() if action.due else None,
    }
    return {
        "fields": {
            "project": {"id": place.project},
            "issuetype": {"id": place.item_type},
            "parent": {"id": action.deal},
            "summary": summary(action.title),
            **{
                name: value
                for name, value in optional.items()
                if value is not None and name in place.item_fields and name not in without
            },
        },
        "properties": [
            {
                "key": ITEM_PROPERTY,
                "value": {"v": 1, "key": item_key(action.deal, action.item), "retired": False},
            }
        ],
    }


def summary(title: str) -> str:
    """A title as Jira takes it: one line, at most 255 characters."""
    line = " ".join(title.split())
    return line if len(line) <= LONGEST_SUMMARY else line[: LONGEST_SUMMARY - 1] + "…"


def _each_refused(body: Any, count: int) -> bool:
    errors = body.get("errors") if isinstance(body, dict) else None
    return isinstance(errors, list) and len(errors) == count


def _results(site: Site, body: Json, count: int) -> list[Json | Refused]:
    """Match the answer with the request: refusals by their number, the created ones in order."""
    results: list[Json | Refused | None] = [None] * count
    for error in body.get("errors") or ():
        results[int(error["failedElementNumber"])] = _refused(site, error)
    created = [
        {"id": str(issue["id"]), "key": str(issue["key"])} for issue in body.get("issues") or ()
    ]
    if len(created) != results.count(None):
        raise ValueError(f"{len(created)} created, {results.count(None)} expected")
    rest = iter(created)
    return [next(rest) if result is None else result for result in results]


def _refused(site: Site, error: Json) -> Refused:
    told = error.get("elementErrors") or {}
    fields = {str(name): str(text) for name, text in (told.get("errors") or {}).items()}
    messages = [str(message) for message in told.get("errorMessages") or ()]
    texts = [*messages, *(f"{name}: {text}" for name, text in fields.items())]
    status = int(error.get("status") or told.get("status") or 400)
    # A sentence that belongs to no field may mean anything: then no field can be left out.
    return Refused(site.http.redact("; ".join(texts)), () if messages else tuple(fields), status)


def _outcome(site: Site, action: Open, result: Json | Refused) -> Outcome:
    if isinstance(result, Refused):
        text = f"Jira at {site.host} refuses to open {action.title!r} for {action.label}:"
        message = f"{text} {result.text or result.status}"
        return Outcome(action, Status.FAILED, message=message)
    ref, key = str(result["id"]), str(result["key"])
    return Outcome(action, Status.DONE, ref=ref, ref_label=key, url=site.links.issue(key))
