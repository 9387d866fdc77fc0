"""People in Airtable: a user id where the config has one, else the e-mail address."""

from __future__ import annotations

from collections.abc import Sequence

from readygate.contract import Person
from readygate.errors import Finding
from readygate_airtable.base import Json


def find_people(people: Sequence[Person], host: str) -> tuple[dict[str, str], tuple[Finding, ...]]:
    """Give person key -> user id or e-mail, and a finding for each person with neither."""
    accounts: dict[str, str] = {}
    findings: list[Finding] = []
    for person in people:
        account = person.accounts.get("airtable") or person.email.strip()
        if account:
            accounts[person.key] = account
            continue
        text = (
            f"Nothing tells who {person.name} is in Airtable ({host}): nothing is assigned to them"
            f" and they are not mentioned. Set `email:` or `airtable: usr…` for"
            f" people.{person.key}."
        )
        findings.append(Finding("unknown-person", text, data={"person": person.key}))
    return accounts, tuple(findings)


def owner_of(account: str) -> Json:
    """What a user cell is written with."""
    return {"email": account} if "@" in account else {"id": account}
