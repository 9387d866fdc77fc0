"""The board shows what people wrote as text, in a real Chromium, and runs none of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from hostile.texts import HOSTILE
from readygate_sandbox import Sandbox, running_sandbox
from support import browser as chromium
from support.browser import Browser

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(
        chromium.missing() is not None, reason=chromium.missing() or "a browser is there"
    ),
]

ANNA = "anna@example.com"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A site in which everything is called something terrible."""
    with running_sandbox() as running:
        control, store = running.control, running.control.store
        for number, text in enumerate(HOSTILE):
            made = control.act(ANNA, "create", project="DEAL", type="Deal", summary=f"d{number}")
            with store.lock:
                issue = control.issue(made["key"])
                issue.summary = text
                store.note(issue)
            control.act(ANNA, "comment", issue=made["key"], text=f"said: {text}"[:30_000])
        with store.lock:
            control.user(ANNA).name = HOSTILE[0] + HOSTILE[1]
        yield running


def test_everything_is_text(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> None:
    with chromium.browsing(tmp_path_factory.mktemp("profile")) as browser:
        browser.resize(1400, 900)
        browser.open(sandbox.url + "/")
        browser.find(".card")
        while browser.script("return Boolean(document.querySelector('button.more'))"):
            before = len(titles(browser))
            browser.find("button.more").click()
            until(lambda: len(titles(browser)) > before)  # noqa: B023 - it ends in here
        shown = titles(browser)
        # A browser has no half of a surrogate pair and no NUL.
        expected = {
            text.replace("\ud83d", "\ufffd").replace("\udc00", "\ufffd") for text in HOSTILE
        }
        lacking = {text for text in expected if text.strip() not in {one.strip() for one in shown}}
        assert lacking <= {"a\x00b"}
        browser.script(
            """document.querySelectorAll('[data-focus^="card:"]').forEach((card) => card.click())"""
        )
        browser.find(".panel h2")
        foreign = "script:not([src]), iframe, object, embed, svg[onload], [onerror], img[src=x]"
        assert browser.script("return document.querySelectorAll(arguments[0]).length", foreign) == 0
        evil = "return [...document.links].filter((a) => a.href.includes(':9/')).length"
        assert browser.script(evil) == 0
        assert browser.script("return document.title") == "Агентство «Пример»"
        assert browser.complaints() == []


def titles(browser: Browser) -> list[str]:
    """What the cards are called on the screen."""
    found: list[str] = browser.script(
        """return [...document.querySelectorAll(".card-title")]
             .map((one) => one.textContent.toWellFormed())"""
    )
    return found


def until(true: Callable[[], bool]) -> None:
    """Wait for the page, five seconds at most."""
    end = time.monotonic() + 5
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)
