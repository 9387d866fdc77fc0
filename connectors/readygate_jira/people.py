"""Finds the Jira accounts of the people in a config. Somebody unknown is told, never guessed."""

from __future__ import annotations

from collections.abc import Sequence

from readygate.contract import Person
from readygate.errors import Finding
from readygate_http.shapes import objects, text
from readygate_jira.site import Site
from readygate_jira.translate import Json


def find_people(site: Site, people: Sequence[Person]) -> tuple[dict[str, str], tuple[Finding, ...]]:
    """Give person key -> account id, and a finding for each person without one."""
    accounts: dict[str, str] = {}
    findings: list[Finding] = []
    for person in people:
        account = person.accounts.get("jira") or _search(site, person)
        if account:
            accounts[person.key] = account
        else:
            findings.append(_unknown(site, person))
    return accounts, tuple(findings)


def _search(site: Site, person: Person) -> str:
    """The only account with this e-mail, or with this name; "" for none or several."""
    email, name = person.email.strip().casefold(), person.name.strip().casefold()
    if email:
        users = _users(site, person.email, person)
        shown = [user for user in users if str(user.get("emailAddress", "")).casefold() == email]
        # Jira matches hidden addresses too, and then does not show them.
        hidden = [user for user in users if not user.get("emailAddress")]
        found = shown or hidden
        if len(found) == 1:
            return str(found[0]["accountId"])
    if name:
        users = _users(site, person.name, person)
        found = [user for user in users if str(user.get("displayName", "")).casefold() == name]
        if len(found) == 1:
            return str(found[0]["accountId"])
    return ""


def _users(site: Site, query: str, person: Person) -> list[Json]:
    doing = f"looking for the account of {person.name or person.key}"
    answer = site.ask(
        "GET",
        "/user/search",
        name="user search",
        doing=doing,
        params={"query": query, "maxResults": "50"},
    )
    with site.understanding(doing):
        return [
            user for user in objects(answer.body) if is_person(user) and text(user["accountId"])
        ]


def is_person(user: Json) -> bool:
    """Whether an account is in use and that of a human being, as far as Jira tells."""
    return user.get("active") is not False and user.get("accountType", "atlassian") == "atlassian"


def _unknown(site: Site, person: Person) -> Finding:
    known_as = f"{person.name} ({person.email})" if person.email else person.name
    return Finding(
        "unknown-person",
        f"No single Jira account at {site.host} belongs to {known_as}: nothing is assigned to them"
        f" and they are not mentioned. Set `jira: <account id>` for people.{person.key}.",
        data={"person": person.key},
    )
