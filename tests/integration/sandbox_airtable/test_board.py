"""The board shows both trackers on one page, and acts on each under its own rules."""

from typing import Any

import pytest
import requests

from readygate_sandbox import Sandbox, running_sandbox

from .conftest import BASE, Web


class Page:
    """What the page's scripts do, without a browser."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.url = f"{sandbox.airtable_url}/board/api"
        self.table = sandbox.airtable.table("Deals").id

    def who(self, email: str) -> str:
        return self.sandbox.airtable.user(email).id

    def board(self, email: str = "anna@example.com", **query: Any) -> dict[str, Any]:
        asked = {"as": self.who(email), "pipeline": self.table, **query}
        told: dict[str, Any] = requests.get(f"{self.url}/board", params=asked, timeout=5).json()
        return told

    def columns(self, **query: Any) -> dict[str, list[str]]:
        columns = self.board(**query)["pipeline"]["columns"]
        return {c["name"]: [d["title"] for d in c["deals"]] for c in columns}

    def deal(self, ref: str, email: str = "anna@example.com") -> dict[str, Any]:
        told: dict[str, Any] = requests.get(
            f"{self.url}/deals/{ref}", params={"as": self.who(email)}, timeout=5
        ).json()
        return told

    def act(self, email: str, **told: Any) -> requests.Response:
        body = {"as": self.who(email), **told}
        return requests.post(f"{self.url}/act", json=body, timeout=5)


@pytest.fixture
def page(sandbox: Sandbox) -> Page:
    return Page(sandbox)


def test_both_trackers_are_offered_on_both_ports() -> None:
    with running_sandbox() as sandbox:
        boards = [
            requests.get(f"{url}/board/api/board", timeout=5).json()
            for url in (sandbox.url, sandbox.airtable_url)
        ]
        assert [
            (t["kind"], t["name"], [p["name"] for p in t["pipelines"]])
            for t in boards[0]["trackers"]
        ] == [("jira", "Агентство «Пример»", ["Сделки"]), ("airtable", "Сделки", ["Deals"])]
        assert boards[0] | {"now": 0} == boards[1] | {"now": 0}
        assert boards[0]["pipeline"]["id"] == "DEAL"
        page = requests.get(sandbox.airtable_url, timeout=5)
        assert "<title>Readygate sandbox</title>" in page.text
        # the same person on the other side is found by the e-mail
        table = boards[0]["trackers"][1]["pipelines"][0]["id"]
        boris = sandbox.control.user("boris@example.com").account_id
        asked = {"as": boris, "pipeline": table}
        other = requests.get(f"{sandbox.url}/board/api/board", params=asked, timeout=5).json()
        assert other["me"] == sandbox.airtable.user("boris@example.com").id
        assert {d["owner"] for c in other["pipeline"]["columns"] for d in c["deals"]} <= {
            p["id"] for p in other["people"]
        }


def test_columns_are_the_choices_of_the_stage(page: Page) -> None:
    assert page.columns() == {"Lead": ["один"], "Talks": ["три", "два"], "Work": []}
    assert page.columns(find="ДВА") == {"Lead": [], "Talks": ["два"], "Work": []}
    page.sandbox.airtable.act("Анна", "create", table="Deals", fields={"Name": "без стадии"})
    assert page.columns()["–"] == ["без стадии"]
    stranger = page.board("stranger@example.com")
    assert stranger["pipeline"] is None
    assert [t["kind"] for t in stranger["trackers"]] == ["jira"]


def test_moving_ticking_letting_go(page: Page, web: Web) -> None:
    deal = web.one("один")
    item = web.make("Checklist", Item="скан", Deal=[deal], Owner={"email": "anna@example.com"})
    move = next(m for m in page.deal(deal)["moves"] if m["name"] == "Work")
    assert page.act("anna@example.com", do="move", deal=deal, to=move["id"]).ok
    assert page.columns()["Work"] == ["один"]
    assert page.act("anna@example.com", do="tick", item=item).ok
    [shown] = page.deal(deal)["items"]
    assert (shown["state"], shown["title"]) == ("ticked", "скан")
    assert page.act("anna@example.com", do="untick", item=item).ok
    [shown] = page.deal(deal)["items"]
    [way] = shown["waive"]
    page.act("anna@example.com", do="waive", item=item, by=way["id"], reason="Без бренда")
    [shown] = page.deal(deal)["items"]
    assert (shown["state"], shown["note"]["body"]["document"]) == ("waived", "Без бренда")
    page.act("anna@example.com", do="untick", item=item)
    assert set(web.fields(item, "Checklist")) == {"Item", "Deal", "Owner"}
    back = next(m for m in page.deal(deal)["moves"] if m["name"] == "Lead")
    page.act("anna@example.com", do="move", deal=deal, by=back["id"])
    assert page.deal(deal)["back"]["from"] == "Work"
    hops = [(e["from"], e["to"]) for e in page.deal(deal)["activity"] if e["kind"] == "move"]
    assert hops == [("Work", "Lead"), ("Lead", "Work")]
    assert page.deal(item)["ref"] == deal


def test_a_locked_stage_is_not_offered_and_refused(page: Page, web: Web) -> None:
    page.sandbox.airtable.permit("Deals", "Stage", ["bot@example.com"])
    deal = web.one("один")
    assert page.deal(deal)["moves"] == []
    stage = page.sandbox.airtable.table("Deals").field("Stage")
    assert stage is not None
    refused = page.act("anna@example.com", do="move", deal=deal, to=stage.choices[2].id)
    assert (refused.status_code, refused.json()["messages"]) == (
        403, ['You are not permitted to write cell values in field "Stage"'],
    )  # fmt: skip


def test_comments_new_deals_and_revisions(page: Page, web: Web) -> None:
    before = page.board()["revision"]
    asked = {"as": page.who("anna@example.com"), "pipeline": page.table}
    same = requests.get(
        f"{page.url}/board", params=asked, headers={"If-None-Match": f'"{before}"'}, timeout=5
    )
    assert same.status_code == 304
    made = page.act("anna@example.com", do="create", pipeline=page.table, title="новая").json()
    assert web.fields(made["id"])["Stage"] == "Lead"
    anna = page.who("anna@example.com")
    web.post(f"/{BASE}/Deals/{made['id']}/comments", {"text": f"Готово, @[{anna}]"})
    [comment] = page.deal(made["id"])["activity"]
    assert comment["body"] == {"format": "text", "document": "Готово, @Анна"}
    assert page.board()["revision"] != before
    refused = page.act("guest@example.com", do="comment", deal=made["id"], text="x")
    assert refused.json()["messages"] == ["You are not permitted to perform this operation"]


def test_a_site_without_projects_opens_its_first_table(page: Page) -> None:
    told = requests.get(f"{page.sandbox.url}/board/api/board", timeout=5).json()
    assert told["pipeline"]["id"] == page.table
