"""A sandbox with a small base per test, plain HTTP clients, and pyairtable's."""

from collections.abc import Iterator
from typing import Any

import pyairtable
import pytest
import requests

from readygate_sandbox import Sandbox, running_sandbox

BASE = "appAAAAAAAAAAAAAA"
SEED: dict[str, Any] = {
    "users": [{"name": "Админ", "email": "admin@example.com", "token": "x"}],
    "airtable": {
        "users": [
            {"name": "Анна", "email": "anna@example.com", "token": "anna"},
            {"name": "Борис", "email": "boris@example.com", "token": "boris"},
            {"name": "Бот", "email": "bot@example.com", "token": "bot"},
            {"name": "Гость", "email": "guest@example.com", "token": "guest"},
            {"name": "Чужой", "email": "stranger@example.com", "token": "stranger"},
        ],
        "bases": [
            {
                "name": "Сделки",
                "id": BASE,
                "created": "-90d",
                "collaborators": {
                    "bot@example.com": "create",
                    "anna@example.com": "edit",
                    "boris@example.com": "comment",
                    "guest@example.com": "read",
                },
                "checklist": "Deals",
                "tables": [
                    {
                        "name": "Deals",
                        "fields": [
                            {"name": "Name", "type": "singleLineText"},
                            {
                                "name": "Stage",
                                "type": "singleSelect",
                                "choices": ["Lead", "Talks", "Work"],
                            },
                            {"name": "Sum", "type": "number", "options": {"precision": 2}},
                            {"name": "Tags", "type": "multipleSelects", "choices": ["a", "b"]},
                            {"name": "Start", "type": "date"},
                            {"name": "Call", "type": "dateTime"},
                            {"name": "Owner", "type": "singleCollaborator"},
                            {"name": "Team", "type": "multipleCollaborators"},
                            {"name": "VIP", "type": "checkbox"},
                            {"name": "Made", "type": "createdTime"},
                            {"name": "Loud", "type": "formula",
                             "options": {"formula": "UPPER({Name})"}},
                        ],
                        "views": [
                            {"name": "Grid view"},
                            {"name": "Talking", "filter": "{Stage}='Talks'"},
                        ],
                        "records": [
                            {"created": "-3d", "fields": {
                                "Name": "один", "Stage": "Lead", "Sum": 10, "Tags": ["a", "b"],
                                "Start": "2026-11-30", "Owner": "anna@example.com"}},
                            {"created": "-2d", "fields": {
                                "Name": "два", "Stage": "Talks", "Sum": 2.5, "VIP": True}},
                            {"created": "-1d", "fields": {"Name": "три", "Stage": "Talks"}},
                        ],
                    }
                ],
            }
        ],
    },
}  # fmt: skip


class Web:
    """The Web API as one token sees it."""

    def __init__(self, url: str, token: str | None) -> None:
        self.url = url
        self.session = requests.Session()
        self.session.trust_env = False
        if token is not None:
            self.session.headers["Authorization"] = f"Bearer {token}"

    def call(self, method: str, path: str, **told: Any) -> requests.Response:
        return self.session.request(method, f"{self.url}/v0{path}", timeout=5, **told)

    def get(self, path: str, **params: Any) -> requests.Response:
        return self.call("GET", path, params=params)

    def post(self, path: str, body: Any) -> requests.Response:
        return self.call("POST", path, json=body)

    def patch(self, path: str, body: Any) -> requests.Response:
        return self.call("PATCH", path, json=body)

    def put(self, path: str, body: Any) -> requests.Response:
        return self.call("PUT", path, json=body)

    def delete(self, path: str, **params: Any) -> requests.Response:
        return self.call("DELETE", path, params=params)

    def names(self, formula: str = "", table: str = "Deals", **params: Any) -> list[str]:
        """Names of deals that a formula lets through, sorted."""
        answer = self.get(f"/{BASE}/{table}", filterByFormula=formula, **params)
        assert answer.status_code == 200, answer.text
        return sorted(r["fields"].get("Name", "") for r in answer.json()["records"])

    def make(self, table: str = "Deals", **fields: Any) -> str:
        """Create a record and return its id."""
        answer = self.post(f"/{BASE}/{table}", {"fields": fields})
        assert answer.status_code == 200, answer.text
        return str(answer.json()["id"])

    def fields(self, record: str, table: str = "Deals") -> dict[str, Any]:
        """A record's fields."""
        answer = self.get(f"/{BASE}/{table}/{record}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()["fields"]
        return found

    def one(self, name: str) -> str:
        """The id of the deal of this name."""
        found = self.get(f"/{BASE}/Deals", filterByFormula=f"{{Name}}='{name}'").json()["records"]
        assert len(found) == 1
        return str(found[0]["id"])


def said(answer: requests.Response) -> tuple[int, Any, Any]:
    """(status, type, message) of a refusal."""
    error = answer.json()["error"]
    return answer.status_code, error["type"], error.get("message")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox(SEED) as running:
        yield running


def _client(sandbox: Sandbox, token: str | None) -> Iterator[Web]:
    client = Web(sandbox.airtable_url, token)
    yield client
    client.session.close()


@pytest.fixture
def web(sandbox: Sandbox) -> Iterator[Web]:
    yield from _client(sandbox, "bot")


@pytest.fixture
def anna(sandbox: Sandbox) -> Iterator[Web]:
    yield from _client(sandbox, "anna")


@pytest.fixture
def boris(sandbox: Sandbox) -> Iterator[Web]:
    yield from _client(sandbox, "boris")


@pytest.fixture
def guest(sandbox: Sandbox) -> Iterator[Web]:
    yield from _client(sandbox, "guest")


@pytest.fixture
def api(sandbox: Sandbox) -> Iterator[pyairtable.Api]:
    client = pyairtable.Api(
        "bot", endpoint_url=sandbox.airtable_url, retry_strategy=None, timeout=(5, 5)
    )
    client.session.trust_env = False
    yield client
    client.session.close()
