"""Looks at Airtable for `readygate init`: its bases, tables, stage fields and people.

Two requests for the list of bases, one for the tables of a base, one for its people.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from readygate.errors import ConfigError, Problem, TrackerDenied
from readygate.ports import Clock
from readygate.survey import (
    Asked,
    Choice,
    FoundPerson,
    FoundStage,
    Part,
    Question,
    Sight,
    Survey,
    Surveyor,
    looks_done,
    looks_like_exit,
)
from readygate_airtable.base import SCOPES, TOKENS_PAGE, URL, Base, Json
from readygate_airtable.schema import COMPUTED, SELECT, Field, Table, read_schema
from readygate_http import Observer

CHECKLIST = {
    "table": "Checklist",
    "deal": "Deal",
    "key": "Key",
    "title": "Item",
    "done": "Done",
    "owner": "Owner",
    "due": "Due",
    "waived": "Waived because",
    "retired": "Retired",
    "notes": "Notes",
}
"""How the table of items and its fields are called where nothing else is there; setup makes it."""

_LOCKED = {"requested_field": "Requested stage", "missing_field": "What is missing"}
_OTHER_TABLE = "Handover checklist"
_STAGES = ("stage", "status", "этап", "стадия", "статус")
_DEALS = ("deals", "сделки", "opportunities", "leads", "orders", "заказы")
PLANS: Mapping[str, tuple[int | None, str]] = {
    "Free": (1_000, "0 */3 * * *"),
    "Team": (100_000, "*/5 * * * *"),
    "Business": (None, "* * * * *"),
}
"""Requests a month, None for no limit, and the period for cron that they allow (cron.example)."""
_PLAN_CHOICES = tuple(
    Choice(name, f"{requests:,} a month" if requests else "no limit")
    for name, (requests, _) in PLANS.items()
)
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_MOST_PAGES = 10

CHOOSES = {
    "base": "the base that the deals live in",
    "table": "the table of deals",
    "stage_field": "the single-select field that holds the stage",
}
PLAN = "the plan of the workspace, which says how many requests a month there are"


class AirtableSurveyor:
    """See `readygate.survey.Surveyor`."""

    key = "base"
    title = "Airtable"
    asks = (
        Asked(
            "token",
            f"a personal access token of Readygate's user (made at {TOKENS_PAGE}, with the scopes"
            f" {', '.join(SCOPES)}; `readygate setup` also needs schema.bases:write)",
            kept_apart=True,
            secret=True,
        ),
        Asked("url", "another address of the API, for tests", optional=True),
    )
    chooses = CHOOSES

    def begin(
        self,
        *,
        key: str,
        answers: Mapping[str, str],
        clock: Clock,
        observe: Callable[[Mapping[str, Any]], None] | None = None,
    ) -> AirtableSurvey:
        """See `Surveyor.begin`."""
        settings: dict[str, str] = {}
        if answers.get("url"):
            settings["url"] = answers["url"].strip().rstrip("/")
            parts = urlsplit(settings["url"])
            if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
                text = f"plain http would show the token to everybody on the way to {parts.netloc}"
                raise ConfigError([Problem(("trackers", key, "url"), text, "Write https://.")])
        return AirtableSurvey(key, answers.get("token", "").strip(), settings, clock, observe)


class AirtableSurvey:
    """See `readygate.survey.Survey`."""

    def __init__(
        self,
        key: str,
        token: str,
        settings: Mapping[str, str],
        clock: Clock,
        observe: Observer | None,
    ) -> None:
        self.settings = settings
        self._account = ""
        self._listed: list[Json] | None = None
        self._tables: dict[str, tuple[Table, ...]] = {}
        url = settings.get("url", URL)
        self._base = Base(key=key, base="", token=token, clock=clock, url=url, observe=observe)

    def identify(self) -> str:
        """See `Survey.identify`. Airtable tells an e-mail or only an id."""
        doing = "asking who we are"
        answer = self._base.ask("GET", "/meta/whoami", name="identity", doing=doing)
        with self._base.understanding(doing):
            self._account = str(answer.body["id"])
            name = str(answer.body.get("email") or self._account)
        self._bases()
        return name

    def close(self) -> None:
        """See `Survey.close`."""
        self._base.close()

    def question(self, chosen: Mapping[str, str]) -> Question | None:
        """A base, its table of deals, the field with the stage, and what the plan allows."""
        if "base" not in chosen:
            choices = tuple(_base_choice(one) for one in self._bases())
            return Question("base", CHOOSES["base"], choices, part=Part.TRACKER)
        tables = self._schema(chosen["base"])
        if "table" not in chosen:
            likely = [one.name for one in tables if one.name.casefold() in _DEALS]
            return Question(
                "table",
                CHOOSES["table"],
                tuple(_table_choice(one) for one in tables),
                likely[0] if len(likely) == 1 else "",
            )
        if "stage_field" not in chosen:
            return self._stage_field(_named(tables, chosen["table"]))
        if "plan" not in chosen:
            return Question("plan", PLAN, _PLAN_CHOICES, "Team", Part.NOTHING)
        return None

    def look(self, chosen: Mapping[str, str]) -> Sight:
        """See `Survey.look`."""
        tables = self._schema(chosen["base"])
        deals = _named(tables, chosen["table"])
        stage = next(one for one in deals.fields if one.name == chosen["stage_field"])
        checklist = _checklist(tables, deals)
        requests, every = PLANS[chosen["plan"]]
        return Sight(
            stages=tuple(
                FoundStage(name, looks_done(name), looks_like_exit(name))
                for name in stage.choices.values()
            ),
            people=self._people(chosen["base"]),
            fields=tuple(
                one.name for one in deals.fields if one.type not in COMPUTED and one is not stage
            ),
            settings={"checklist": checklist},
            guards={"locked": _LOCKED},
            tracker={} if requests is None else {"requests_per_month": requests},
            every=every,
            prepare=True,
        )

    def _stage_field(self, table: Table) -> Question:
        fields = [one.name for one in _selects(table)]
        likely = [name for name in fields if name.casefold() in _STAGES]
        return Question(
            "stage_field",
            CHOOSES["stage_field"],
            tuple(Choice(name) for name in fields),
            likely[0] if len(likely) == 1 else "",
        )

    def _bases(self) -> list[Json]:
        if self._listed is None:
            self._listed = list(self._all_bases())
        return self._listed

    def _all_bases(self) -> Iterable[Json]:
        doing = "reading the list of bases"
        params: dict[str, str] = {}
        for _ in range(_MOST_PAGES):
            answer = self._base.ask(
                "GET", "/meta/bases", name="bases", doing=doing, params=params, allow=(403,)
            )
            if answer.status == 403:
                text = f"{self._base.called}: our token may not list bases (403)."
                raise TrackerDenied(
                    f"{text} At {TOKENS_PAGE} give it the scopes {', '.join(SCOPES)} and add the"
                    " base to its list."
                )
            with self._base.understanding(doing):
                yield from answer.body["bases"]
                offset = answer.body.get("offset")
            if not offset:
                return
            params = {"offset": str(offset)}

    def _schema(self, base: str) -> tuple[Table, ...]:
        if base not in self._tables:
            self._base.ref = base
            self._tables[base] = read_schema(self._base)
        return self._tables[base]

    def _people(self, base: str) -> tuple[FoundPerson, ...]:
        """Collaborators, where the plan and the token let us see them."""
        doing = "reading who works in the base"
        answer = self._base.ask(
            "GET",
            f"/meta/bases/{base}",
            name="people",
            doing=doing,
            params={"include": "collaborators"},
            allow=(403, 404, 422),
        )
        if answer.status != 200:
            return ()
        with self._base.understanding(doing):
            told = answer.body.get("individualCollaborators") or {}
            listed = [
                *(told.get("baseCollaborators") or ()),
                *(told.get("workspaceCollaborators") or ()),
            ]
            found = {
                str(one["userId"]): FoundPerson(str(one["userId"]), email=str(one["email"]))
                for one in listed
            }
        return tuple(one for ref, one in found.items() if ref != self._account)


def _base_choice(told: Json) -> Choice:
    level = str(told.get("permissionLevel", ""))
    problem = ""
    if level in {"none", "read", "comment"}:
        problem = "our user may not edit it: make it an editor of the base"
    return Choice(str(told["id"]), str(told["name"]), problem)


def _table_choice(table: Table) -> Choice:
    problem = "" if _selects(table) else "it has no single-select field for the stage"
    return Choice(table.name, problem=problem)


def _selects(table: Table) -> list[Field]:
    return [one for one in table.fields if one.type == SELECT and one.choices]


def _named(tables: Iterable[Table], name: str) -> Table:
    return next(one for one in tables if one.name == name)


def _checklist(tables: Iterable[Table], deals: Table) -> dict[str, str]:
    """Names for the table of items: a table of that name that serves something else is let be."""
    there = {one.name.casefold(): one for one in tables}
    known = there.get(CHECKLIST["table"].casefold())
    if known is None:
        return dict(CHECKLIST)
    names = {one.name for one in known.fields}
    linked = any(one.linked == deals.ref for one in known.fields)
    if linked and CHECKLIST["key"] in names:
        return {**CHECKLIST, "table": known.name}
    return {**CHECKLIST, "table": _OTHER_TABLE}


if TYPE_CHECKING:

    def _conforms(one: AirtableSurveyor, other: AirtableSurvey) -> tuple[Surveyor, Survey]:
        return one, other  # checked by mypy: the shape is all that the core asks for
