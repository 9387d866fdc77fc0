"""A running sandbox per test, and a plain HTTP client for each of its people."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from readygate_sandbox import Sandbox, running_sandbox

TOKENS = {
    "readygate": "sandbox-token",
    "anna": "anna-token",
    "boris": "boris-token",
    "vera": "vera-token",
}


class Api:
    """REST calls of one user; `version` is that of the paths."""

    def __init__(self, url: str, who: str | None = "readygate", *, version: int = 3) -> None:
        self.base = f"{url}/rest/api/{version}"
        self.session = requests.Session()
        self.session.trust_env = False
        if who is not None:
            self.session.auth = (f"{who}@example.com", TOKENS[who])

    def call(self, method: str, path: str, **told: Any) -> requests.Response:
        return self.session.request(
            method, self.base + path, timeout=5, allow_redirects=False, **told
        )

    def get(self, path: str, **params: Any) -> requests.Response:
        return self.call("GET", path, params=params)

    def post(self, path: str, body: Any) -> requests.Response:
        return self.call("POST", path, json=body)

    def put(self, path: str, body: Any) -> requests.Response:
        return self.call("PUT", path, json=body)

    def delete(self, path: str, **params: Any) -> requests.Response:
        return self.call("DELETE", path, params=params)

    def search(self, jql: str, **told: Any) -> list[str]:
        """Keys found by one page of a search."""
        found = self.post("/search/jql", {"jql": jql, "fields": ["key"], **told})
        assert found.status_code == 200, found.text
        return [issue["key"] for issue in found.json()["issues"]]

    def make(self, summary: str = "Сделка", **fields: Any) -> str:
        """Create a deal and return its key."""
        body = {"fields": {"project": {"key": "DEAL"}, "issuetype": {"name": "Deal"},
                           "summary": summary, **fields}}  # fmt: skip
        made = self.post("/issue", body)
        assert made.status_code == 201, made.text
        return str(made.json()["key"])

    def make_subtask(self, parent: str, summary: str = "Пункт", **more: Any) -> str:
        """Create a sub-task and return its key."""
        made = self.post("/issue", {**subtask(parent, summary), **more})
        assert made.status_code == 201, made.text
        return str(made.json()["key"])

    def status(self, key: str) -> str:
        """The name of an issue's status, strongly read."""
        return str(self.get(f"/issue/{key}", fields="status").json()["fields"]["status"]["name"])

    def transitions(self, key: str, **params: Any) -> dict[str, str]:
        """Target status name -> transition id, of what is offered."""
        offered = self.get(f"/issue/{key}/transitions", **params).json()["transitions"]
        return {t["to"]["name"]: t["id"] for t in offered}

    def go(self, key: str, status: str, **more: Any) -> requests.Response:
        """Move an issue to a status by the transition that leads there."""
        number = self.transitions(key)[status]
        return self.post(f"/issue/{key}/transitions", {"transition": {"id": number}, **more})


def subtask(parent: str, summary: str = "Пункт", **fields: Any) -> dict[str, Any]:
    """The payload of one sub-task."""
    return {
        "fields": {
            "project": {"key": "DEAL"},
            "issuetype": {"name": "Sub-task"},
            "parent": {"key": parent},
            "summary": summary,
            **fields,
        }
    }


def adf(text: str) -> dict[str, Any]:
    """A document of one paragraph."""
    paragraph = {"type": "paragraph", "content": [{"type": "text", "text": text}]}
    return {"type": "doc", "version": 1, "content": [paragraph]}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox() as running:
        yield running


@pytest.fixture
def api(sandbox: Sandbox) -> Iterator[Api]:
    client = Api(sandbox.url)
    yield client
    client.session.close()


@pytest.fixture
def nobody(sandbox: Sandbox) -> Iterator[Api]:
    client = Api(sandbox.url, None)
    yield client
    client.session.close()


@pytest.fixture
def boris(sandbox: Sandbox) -> Iterator[Api]:
    client = Api(sandbox.url, "boris")
    yield client
    client.session.close()


@pytest.fixture
def control(sandbox: Sandbox) -> Iterator["ControlClient"]:
    client = ControlClient(sandbox.url)
    yield client
    client.session.close()


class ControlClient:
    """The control API over HTTP."""

    def __init__(self, url: str) -> None:
        self.base = f"{url}/_sandbox"
        self.session = requests.Session()
        self.session.trust_env = False

    def get(self, path: str, **params: Any) -> Any:
        return self.session.get(self.base + path, params=params, timeout=5).json()

    def post(self, path: str, **body: Any) -> requests.Response:
        return self.session.post(self.base + path, json=body, timeout=5)
