"""The board in a real Chromium: what a person does by keyboard and mouse, and what they see."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from readygate_sandbox import Sandbox, running_sandbox
from support import browser as chromium
from support.browser import DOWN, ENTER, ESCAPE, RIGHT, SHIFT, SPACE, Browser

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(
        chromium.missing() is not None, reason=chromium.missing() or "a browser is there"
    ),
]

ANNA, BORIS, VERA, BOT = (f"{n}@example.com" for n in ("anna", "boris", "vera", "readygate"))
MARKUP = "<img src=x onerror=alert(1)><script>document.title='broken'</script> & \u202eсайт"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox() as running:
        yield running


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with chromium.browsing(tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@pytest.fixture
def browser(window: Browser, sandbox: Sandbox) -> Iterator[Browser]:
    """The board, opened and complete; at the end its console must be silent."""
    window.resize(1400, 900)
    window.open(sandbox.url + "/")
    window.find(".card")
    yield window
    said = [c for c in window.complaints() if "400 (" not in c]  # refusals of the tracker
    assert said == []


def column(browser: Browser, name: str) -> list[str]:
    """The keys of the cards in a column, as they are shown."""
    shown: list[str] = browser.script(
        """const lane = [...document.querySelectorAll(".lane")]
             .find((l) => l.querySelector("h2").textContent === arguments[0]);
           return [...lane.querySelectorAll(".key")].map((k) => k.textContent);""",
        name,
    )
    return shown


def test_the_board_says_which_tracker_it_shows(window: Browser) -> None:
    with running_sandbox("demo-en") as both:
        table = both.airtable.table("Deals").id
        window.open(f"{both.url}/?pipeline={table}")
        window.find(".card", text="Warm House")
        shown = window.script(
            """const one = document.querySelector("select");
               return [one.selectedOptions[0].textContent,
                       [...one.options].map((o) => o.textContent)];"""
        )
    assert shown == ["Deals · Airtable", ["Deals · Jira", "Deals · Airtable"]]


def become(browser: Browser, name: str) -> None:
    browser.find("#me").type(name)
    browser.find(".pick.me .face")


def card(key: str) -> str:
    return f'[data-focus^="move:"][aria-label="Move {key}"]'


def title_of(browser: Browser, key: str) -> chromium.Element:
    ref = browser.find(card(key)).browser.script(
        "return document.querySelector(arguments[0]).dataset.move", card(key)
    )
    return browser.find(f'[data-focus="card:{ref}"]')


def wait_for(browser: Browser, is_so: Callable[[], bool]) -> None:
    """Until it is so, for five seconds."""
    for _ in range(100):
        if is_so():
            return
        browser.find("body", patience=0.05)
        browser.devtools("Runtime.evaluate", {
            "expression": "new Promise((r) => setTimeout(r, 50))", "awaitPromise": True,
        })  # fmt: skip
    pytest.fail("it did not come about")


# -- keyboard ----------------------------------------------------------------------------------


def test_a_deal_is_moved_by_the_menu_with_the_keyboard_alone(
    browser: Browser, sandbox: Sandbox
) -> None:
    become(browser, "Анна")
    title_of(browser, "DEAL-1").focus()
    browser.press("m")
    assert browser.focused() == "Negotiation"
    browser.press(DOWN)
    assert browser.focused() == "In production"
    browser.press(ENTER)
    wait_for(browser, lambda: "DEAL-1" in column(browser, "In production"))
    history = sandbox.control.issue("DEAL-1").history[-1]
    assert history.author == sandbox.control.user(ANNA).account_id
    news = browser.script("return document.getElementById('news').textContent")
    assert news == "DEAL-1 went from New lead to In production"


def test_shift_and_an_arrow_move_by_one_stage_and_keep_the_focus(browser: Browser) -> None:
    title_of(browser, "DEAL-1").focus()
    browser.press(SHIFT, RIGHT)
    wait_for(browser, lambda: "DEAL-1" in column(browser, "Negotiation"))
    assert browser.focused() == "Сайт для клиники «Доктор Лис»"
    browser.press(RIGHT)
    assert browser.focused() == "Сайт завода «Уралметиз»"


def test_escape_closes_the_panel_and_returns_to_the_card(browser: Browser) -> None:
    title_of(browser, "DEAL-3").focus()
    browser.press(ENTER)
    browser.find(".panel h2", text="Северный ветер")
    assert browser.focused() == "Реклама кофейни «Северный ветер»"
    assert browser.script("return location.pathname") == "/browse/DEAL-3"
    browser.press(ESCAPE)
    wait_for(browser, lambda: browser.script("return document.querySelector('.panel').hidden"))
    assert browser.script("return document.activeElement.className") == "card-title"


def test_an_item_is_ticked_by_keyboard(browser: Browser, sandbox: Sandbox) -> None:
    item = sandbox.control.act(BOT, "create", parent="DEAL-3", summary="Договор")["id"]
    box = browser.find(f'[data-focus="box:card:{item}"]')
    box.focus()
    browser.press(SPACE)
    browser.find(f'[data-focus="box:card:{item}"][aria-checked="true"]')
    assert browser.focused() == "Договор"
    assert sandbox.control.store.statuses[sandbox.control.issue(item).status].name == "Done"


# -- what others do appears --------------------------------------------------------------------


def test_a_return_and_its_comment_appear_by_themselves(browser: Browser, sandbox: Sandbox) -> None:
    sandbox.control.act(BORIS, "transition", issue="DEAL-3", to="In production")
    wait_for(browser, lambda: "DEAL-3" in column(browser, "In production"))
    title_of(browser, "DEAL-3").click()
    browser.find(".panel h2", text="Северный ветер")
    boris = sandbox.control.user(BORIS)
    item = sandbox.control.act(BOT, "create", parent="DEAL-3", summary="Скан договора")["key"]
    href = f"{sandbox.url}/browse/{item}"
    bullet = [
        {"type": "text", "text": "Скан договора",
         "marks": [{"type": "link", "attrs": {"href": href}}]},
        {"type": "text", "text": ": должен "},
        {"type": "mention", "attrs": {"id": boris.account_id, "text": "@Борис Лыков"}},
    ]  # fmt: skip
    paragraph = {"type": "paragraph", "content": bullet}
    points = {"type": "bulletList", "content": [{"type": "listItem", "content": [paragraph]}]}
    bad = {"type": "paragraph", "content": [
        {"type": "text", "text": "x", "marks": [
            {"type": "link", "attrs": {"href": "javascript:alert(1)"}}]}]}  # fmt: skip
    sandbox.control.act(BOT, "transition", issue="DEAL-3", to="Negotiation")
    answer = requests.post(
        f"{sandbox.url}/rest/api/3/issue/DEAL-3/comment",
        json={"body": {"type": "doc", "version": 1, "content": [points, bad]}},
        auth=(BOT, "sandbox-token"),
        timeout=5,
    )
    assert answer.status_code == 201
    comment = browser.find(".comment", text="Скан договора")
    assert "Readygate" in comment.text
    assert browser.find(".comment ul li .mention").text == "@Борис Лыков"
    hrefs = browser.script(
        "return [...document.querySelectorAll('.comment a')].map((a) => a.getAttribute('href'))"
    )
    assert hrefs == [f"/browse/{item}"]
    wait_for(browser, lambda: "DEAL-3" in column(browser, "Negotiation"))
    assert browser.find(".card .back").text.startswith("back from In production · Readygate")


def test_what_is_being_written_survives_what_others_do(browser: Browser, sandbox: Sandbox) -> None:
    become(browser, "Вера")
    title_of(browser, "DEAL-3").click()
    text = browser.find(".composer textarea")
    text.type("Начинаю")
    sandbox.control.act(BORIS, "comment", issue="DEAL-3", text="Между тем")
    browser.find(".comment", text="Между тем")
    assert browser.script("return document.activeElement.value") == "Начинаю"
    text.type(" завтра")
    browser.find(".composer button").click()
    assert "Вера Ильина" in browser.find(".comment", text="Начинаю завтра").text
    assert browser.script("return document.querySelector('.composer textarea').value") == ""


# -- refusals, forms, foreign text -------------------------------------------------------------


def test_a_refusal_is_shown_on_the_card_that_was_moved(browser: Browser, sandbox: Sandbox) -> None:
    sandbox.control.set_user(VERA, rights=["BROWSE_PROJECTS"])
    become(browser, "Вера")
    title_of(browser, "DEAL-1").focus()
    browser.press(SHIFT, RIGHT)
    said = browser.find(".card .problem")
    assert said.text == (
        "DEAL-1 cannot go from 'New lead' to 'Negotiation' by Вера Ильина. It can go to: nowhere."
    )
    assert "DEAL-1" in column(browser, "New lead")
    browser.find('.card .problem button[aria-label="Dismiss"]').click()
    wait_for(browser, lambda: not browser.script("return document.querySelector('.problem')"))


def test_a_deal_is_dragged_with_the_mouse(browser: Browser, sandbox: Sandbox) -> None:
    """The page's own handlers; a headless browser drags nothing by itself."""
    browser.script(
        """const card = document.querySelector(arguments[0]).closest(".card");
           const lane = [...document.querySelectorAll(".lane")][3];
           const data = new DataTransfer();
           const tell = (node, type) => node.dispatchEvent(
             new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: data }));
           tell(card, "dragstart"); tell(lane, "dragover"); tell(lane, "drop");
           tell(card, "dragend");""",
        card("DEAL-5"),
    )
    wait_for(browser, lambda: "DEAL-5" in column(browser, "Done"))


def test_an_item_is_let_go_with_a_reason(browser: Browser, sandbox: Sandbox) -> None:
    item = sandbox.control.act(BOT, "create", parent="DEAL-3", summary="Логотип")["key"]
    become(browser, "Вера")
    title_of(browser, "DEAL-3").click()
    browser.find('.panel [aria-label="More for Логотип"]').click()
    browser.find(".menu-item", text="Close as “Won't do”…").click()
    browser.find(".dialog textarea").type("У клиента нет логотипа")
    browser.find(".dialog .primary").click()
    browser.find(".panel .item.waived .item-note", text="У клиента нет логотипа")
    last = sandbox.control.issue(item).history[-1]
    assert last.author == sandbox.control.user(VERA).account_id


def test_a_new_deal_with_markup_in_its_title_stays_text(browser: Browser) -> None:
    browser.find("#create").click()
    browser.find('.dialog input[name="title"]').type(MARKUP)
    browser.find(".dialog .primary").click()
    browser.find(".card-title", text="<img src=x onerror=alert(1)>")
    assert browser.script("return document.querySelectorAll('img[src=x]').length") == 0
    assert browser.script("return document.title") == "Агентство «Пример»"


# -- screens and readers -----------------------------------------------------------------------


def test_a_phone_scrolls_only_its_columns(browser: Browser) -> None:
    browser.resize(360, 740)
    title_of(browser, "DEAL-2").click()
    browser.find(".panel h2")
    too_wide = browser.script("return document.documentElement.scrollWidth - innerWidth")
    assert too_wide <= 0
    small = browser.script(
        """return [...document.querySelectorAll("button, select, textarea")]
             .filter((e) => e.checkVisibility({ visibilityProperty: true }))
             .filter((e) => e.getBoundingClientRect().right > innerWidth + 1)
             .map((e) => e.outerHTML)"""
    )
    assert small == []


def test_everything_that_can_be_used_has_a_name(browser: Browser, sandbox: Sandbox) -> None:
    sandbox.control.act(BOT, "create", parent="DEAL-3", summary="Договор")
    title_of(browser, "DEAL-3").click()
    browser.find(".panel .item")
    tree: list[dict[str, Any]] = browser.devtools("Accessibility.getFullAXTree", {})["nodes"]
    usable = {"button", "checkbox", "combobox", "textbox", "searchbox", "link", "menuitem"}
    nameless = [
        json.dumps(node.get("role"))
        for node in tree
        if not node["ignored"]
        and node["role"]["value"] in usable
        and not node.get("name", {}).get("value")
    ]
    assert nameless == []


def test_the_page_speaks_russian_to_a_russian_browser(sandbox: Sandbox, tmp_path: Path) -> None:
    with chromium.browsing(tmp_path, languages="ru") as browser:
        browser.open(sandbox.url)
        assert browser.find("#create").text == "Новая сделка"
        assert browser.script("return document.documentElement.lang") == "ru"
