"""The board's page, what it asks for, and that acting on it obeys the workflow as REST does."""

from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest
import requests

from readygate_sandbox import Sandbox, running_sandbox

ANNA, BORIS, BOT = "anna@example.com", "boris@example.com", "readygate@example.com"
SEED: dict[str, Any] = {
    "users": [
        {"name": "Анна", "email": ANNA, "token": "a"},
        {"name": "Борис", "email": BORIS, "token": "b"},
        {"name": "Readygate", "email": BOT, "token": "r", "admin": True},
        {
            "name": "Гость",
            "email": "guest@example.com",
            "token": "g",
            "rights": ["BROWSE_PROJECTS"],
        },
    ],
    "fields": [{"name": "Услуга", "type": "select", "options": ["Сайт", "Дизайн"]}],
    "issue_types": [{"name": "Deal"}, {"name": "Sub-task", "subtask": True}],
    "statuses": [
        {"name": "Lead", "category": "new"},
        {"name": "Talks", "category": "indeterminate"},
        {"name": "Work", "category": "indeterminate"},
        {"name": "To Do", "category": "new"},
        {"name": "Done", "category": "done"},
        {"name": "Won't do", "category": "done"},
    ],
    "workflows": [
        {
            "name": "Deals",
            "statuses": ["Lead", "Talks", "Work"],
            "transitions": [
                {"name": "Talk", "from": ["Lead", "Work"], "to": "Talks"},
                {"name": "Start", "from": ["Talks"], "to": "Work"},
            ],
        },
        {"name": "Items", "statuses": ["To Do", "Done", "Won't do"], "moves": "global"},
    ],
    "projects": [
        {
            "key": "D",
            "name": "Сделки",
            "lead": BORIS,
            "issue_types": ["Deal", "Sub-task"],
            "workflows": {"Deal": "Deals", "Sub-task": "Items"},
        }
    ],
    "issues": [
        {"project": "D", "type": "Deal", "summary": "<b>Сайт</b> & <script>alert(1)</script>"},
        {"project": "D", "type": "Deal", "summary": "Логотип", "assignee": BORIS},
    ],
}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox(SEED) as running:
        yield running


@pytest.fixture
def http() -> Iterator[requests.Session]:
    with requests.Session() as session:
        yield session


class Page:
    """What the page's scripts do, without a browser."""

    def __init__(self, sandbox: Sandbox, http: requests.Session) -> None:
        self.sandbox, self.http = sandbox, http

    def who(self, email: str) -> str:
        return self.sandbox.control.user(email).account_id

    def board(self, email: str = BORIS, **query: Any) -> dict[str, Any]:
        answer = self.http.get(
            f"{self.sandbox.url}/board/api/board", params={"as": self.who(email), **query}
        )
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def columns(self, email: str = BORIS, **query: Any) -> dict[str, list[str]]:
        columns = self.board(email, **query)["pipeline"]["columns"]
        return {c["name"]: [d["label"] for d in c["deals"]] for c in columns}

    def deal(self, ref: str, email: str = BORIS) -> dict[str, Any]:
        answer = self.http.get(
            f"{self.sandbox.url}/board/api/deals/{ref}", params={"as": self.who(email)}
        )
        told: dict[str, Any] = answer.json()
        return told

    def act(self, email: str, **told: Any) -> requests.Response:
        return self.http.post(
            f"{self.sandbox.url}/board/api/act", json={"as": self.who(email), **told}
        )

    def column_id(self, name: str) -> str:
        return next(c["id"] for c in self.board()["pipeline"]["columns"] if c["name"] == name)


@pytest.fixture
def page(sandbox: Sandbox, http: requests.Session) -> Page:
    return Page(sandbox, http)


# -- the page ----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/", "/browse/D-1", "/board/static/main.js", "/board/api/board"])
def test_everything_forbids_what_is_foreign(
    sandbox: Sandbox, http: requests.Session, path: str
) -> None:
    answer = http.get(sandbox.url + path)
    assert answer.status_code == 200
    assert answer.headers["Content-Security-Policy"] == (
        "default-src 'self'; base-uri 'none'; object-src 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"


def test_static_files_come_from_the_package_and_nowhere_else(
    sandbox: Sandbox, http: requests.Session
) -> None:
    kinds = {"html": "text/html", "css": "text/css", "js": "text/javascript", "svg": "image/svg"}
    names = [f.name for f in files("readygate_sandbox.board").joinpath("static").iterdir()]
    assert {"index.html", "main.js", "board.css"} <= set(names)
    for name in names:
        answer = http.get(f"{sandbox.url}/board/static/{name}")
        assert answer.headers["Content-Type"].startswith(kinds[name.rpartition(".")[2]]), name
        again = http.get(
            f"{sandbox.url}/board/static/{name}", headers={"If-None-Match": answer.headers["ETag"]}
        )
        assert (again.status_code, again.content) == (304, b"")
    for path in ("/board/static/__init__.py", "/board/static/..%2fapi.py", "/board/static/x.js"):
        assert http.get(sandbox.url + path).status_code == 404


def test_nothing_is_inline_and_nothing_comes_from_outside() -> None:
    for file in files("readygate_sandbox.board").joinpath("static").iterdir():
        text = file.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
        for foreign in ("http://", "https://", "innerHTML", "outerHTML", "insertAdjacentHTML",
                        "eval(", "style=\"", "onclick="):  # fmt: skip
            assert foreign not in text, (file.name, foreign)


def test_another_site_cannot_reach_the_board_by_a_name_of_its_own(
    sandbox: Sandbox, http: requests.Session
) -> None:
    answer = http.get(sandbox.url + "/board/api/board", headers={"Host": "evil.example"})
    assert answer.status_code == 421


def test_a_form_of_another_site_cannot_act(sandbox: Sandbox, http: requests.Session) -> None:
    answer = http.post(sandbox.url + "/board/api/act", data={"do": "tick"})
    assert (answer.status_code, answer.json()) == (
        415,
        {"error": "Send Content-Type: application/json."},
    )


# -- looking -----------------------------------------------------------------------------------


def test_columns_are_the_stages_of_the_deal_workflow(page: Page) -> None:
    board = page.board(ANNA)
    assert board["trackers"] == [
        {
            "id": "jira", "kind": "jira", "name": "Readygate sandbox", "host": None,
            "pipelines": [{"id": "D", "name": "Сделки"}],
        }
    ]  # fmt: skip
    assert board["me"] == page.who(ANNA)
    assert page.columns() == {"Lead": ["D-2", "D-1"], "Talks": [], "Work": []}
    lead = board["pipeline"]["columns"][0]
    assert (lead["category"], lead["total"]) == ("new", 2)
    assert lead["deals"][1]["title"] == "<b>Сайт</b> & <script>alert(1)</script>"


def test_an_unchanged_board_is_told_in_one_line_and_without_a_log_entry(
    sandbox: Sandbox, http: requests.Session, page: Page
) -> None:
    url = f"{sandbox.url}/board/api/board"
    first = http.get(url)
    headers = {"If-None-Match": first.headers["ETag"]}
    again = http.get(url, headers=headers)
    assert (again.status_code, again.content) == (304, b"")
    assert sandbox.control.log.total() == 0
    sandbox.control.act(BORIS, "comment", issue="D-1", text="Новость")
    changed = http.get(url, headers=headers)
    assert changed.status_code == 200
    assert changed.headers["ETag"] != first.headers["ETag"]


def test_what_is_no_change_of_an_issue_changes_the_revision_too(
    sandbox: Sandbox, page: Page
) -> None:
    seen = [page.board()["revision"]]
    sandbox.control.set_user(ANNA, active=False)
    seen.append(page.board()["revision"])
    sandbox.control.reset()
    seen.append(page.board()["revision"])
    assert len(set(seen)) == 3


def test_ten_thousand_deals_are_shown_in_parts(sandbox: Sandbox, http: requests.Session) -> None:
    page = Page(sandbox, http)
    answer = http.post(
        f"{sandbox.url}/_sandbox/seed",
        json={"deals": 10_000, "project": "D", "type": "Deal", "summary": "Сделка {n}"},
    )
    assert answer.status_code == 200
    lead = page.board()["pipeline"]["columns"][0]
    assert (lead["total"], len(lead["deals"])) == (10_002, 20)
    more = page.board(show=f"{lead['id']}:50")["pipeline"]["columns"][0]
    assert len(more["deals"]) == 50
    most = page.board(show=f"{lead['id']}:100000")["pipeline"]["columns"][0]
    assert len(most["deals"]) == 500


def test_finding_looks_at_key_title_and_owner(page: Page) -> None:
    assert page.columns(find="логот")["Lead"] == ["D-2"]
    assert page.columns(find="d-1")["Lead"] == ["D-1"]
    assert page.columns(find="борис")["Lead"] == ["D-2"]
    assert page.columns(find="нет такого") == {"Lead": [], "Talks": [], "Work": []}


def test_people_see_only_what_they_may(sandbox: Sandbox, page: Page) -> None:
    sandbox.control.hide("D-2", ANNA)
    assert page.columns(ANNA)["Lead"] == ["D-1"]
    assert page.columns(BORIS)["Lead"] == ["D-2", "D-1"]
    assert page.deal("D-2", ANNA) == {
        "messages": ["There is no deal D-2, or you may not see it."],
        "fields": {},
    }
    sandbox.control.set_user(ANNA, rights=[])
    assert page.board(ANNA)["pipeline"] is None


# -- acting ------------------------------------------------------------------------------------


def test_a_deal_moves_as_the_workflow_allows(page: Page) -> None:
    assert page.act(BORIS, do="move", deal="D-1", to=page.column_id("Talks")).status_code == 200
    assert page.columns() == {"Lead": ["D-2"], "Talks": ["D-1"], "Work": []}
    history = page.deal("D-1")["activity"]
    assert [(h["kind"], h["name"], h["from"], h["to"]) for h in history] == [
        ("move", "Борис", "Lead", "Talks")
    ]


def test_a_move_that_the_workflow_does_not_offer_is_refused_in_its_words(page: Page) -> None:
    answer = page.act(BORIS, do="move", deal="D-1", to=page.column_id("Work"))
    assert answer.status_code == 400
    assert answer.json()["messages"] == [
        "D-1 cannot go from 'Lead' to 'Work' by Борис. It can go to: Talks."
    ]
    assert page.columns()["Work"] == []


def test_a_card_offers_what_its_reader_may_do(page: Page) -> None:
    deal = page.board(BORIS)["pipeline"]["columns"][0]["deals"][0]
    assert [move["name"] for move in deal["moves"]] == ["Talk"]
    guest = page.board("guest@example.com")["pipeline"]
    assert guest["columns"][0]["deals"][0]["moves"] == []
    assert guest["mayCreate"] is False
    refused = page.act("guest@example.com", do="comment", deal="D-1", text="Привет")
    assert (refused.status_code, refused.json()["messages"]) == (
        400,
        ["You do not have the permission to comment on this issue."],
    )


def test_a_move_backwards_says_who_did_it(sandbox: Sandbox, page: Page) -> None:
    for way in ("Talk", "Start"):
        assert page.act(BORIS, do="move", deal="D-1", by=way).status_code == 200
    assert page.deal("D-1")["back"] is None
    sandbox.control.act(BOT, "transition", issue="D-1", to="Talks")
    back = page.deal("D-1")["back"]
    assert (back["from"], back["by"]) == ("Work", "Readygate")


def test_items_are_ticked_unticked_and_let_go(sandbox: Sandbox, page: Page) -> None:
    item = sandbox.control.act(BOT, "create", parent="D-1", summary="Договор")["key"]

    def state() -> str:
        return str(page.deal("D-1")["items"][0]["state"])

    assert state() == "open"
    assert page.act(BORIS, do="tick", item=item).status_code == 200
    assert state() == "ticked"
    assert page.act(BORIS, do="untick", item=item).status_code == 200
    assert state() == "open"
    way = page.deal("D-1")["items"][0]["waive"]
    assert [w["name"] for w in way] == ["Won't do"]
    done = page.act(ANNA, do="waive", item=item, by=way[0]["id"], reason="Не нужен")
    assert done.status_code == 200
    shown = page.deal(item)["items"][0]
    assert (shown["state"], shown["stage"], shown["note"]["name"]) == ("waived", "Won't do", "Анна")
    changes = sandbox.control.issue(item).history[-1]
    assert changes.author == page.who(ANNA)


def test_a_deal_is_created_with_its_choices(page: Page) -> None:
    field = page.board()["pipeline"]["fields"][0]
    assert field["options"] == ["Сайт", "Дизайн"]
    made = page.act(ANNA, do="create", pipeline="D", title="Новый сайт",
                    fields={field["id"]: "Сайт"})  # fmt: skip
    assert made.json()["key"] == "D-3"
    assert page.deal("D-3")["fields"][0]["value"] == "Сайт"
    assert page.act(ANNA, do="set", deal="D-3", fields={field["id"]: None}).status_code == 200
    assert page.deal("D-3")["fields"][0]["value"] is None


def test_an_empty_title_is_refused_by_field(page: Page) -> None:
    refused = page.act(ANNA, do="create", pipeline="D", title="", fields={})
    assert (refused.status_code, refused.json()) == (
        400,
        {"messages": [], "fields": {"summary": "You must specify a summary of the issue."}},
    )


def test_what_cannot_be_read_is_a_plain_400(page: Page) -> None:
    unknown = page.act(BORIS, do="dance", deal="D-1")
    assert (unknown.status_code, unknown.json()["messages"]) == (
        400,
        ["do: cannot do 'dance' with what was sent"],
    )
    gone = page.act(BORIS, do="tick", item="D-99")
    assert (gone.status_code, gone.json()["messages"]) == (
        404,
        ["Issue does not exist or you do not have permission to see it."],
    )


def test_comments_keep_their_rich_text(
    sandbox: Sandbox, page: Page, http: requests.Session
) -> None:
    mention = {"type": "mention", "attrs": {"id": page.who(BORIS), "text": "@Борис"}}
    document = {
        "type": "doc", "version": 1, "content": [{"type": "paragraph", "content": [mention]}],
    }  # fmt: skip
    answer = http.post(
        f"{sandbox.url}/rest/api/3/issue/D-1/comment", json={"body": document}, auth=(BOT, "r")
    )
    assert answer.status_code == 201
    entry = page.deal("D-1")["activity"][0]
    assert (entry["kind"], entry["name"]) == ("comment", "Readygate")
    assert entry["body"] == {"format": "adf", "document": document}
