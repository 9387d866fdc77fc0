"""Drives a real Chromium through its own driver by the W3C WebDriver protocol, which is plain JSON
over HTTP: no further library is needed."""

import base64
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
ENTER, ESCAPE, SHIFT, TAB, SPACE = "\ue007", "\ue00c", "\ue008", "\ue004", " "
LEFT, UP, RIGHT, DOWN = "\ue012", "\ue013", "\ue014", "\ue015"


def missing() -> str | None:
    """Why no browser can be driven here, or None."""
    lacking = [name for name in ("chromium", "chromedriver") if shutil.which(name) is None]
    if not lacking:
        return None
    return f"{' and '.join(lacking)} not installed (Debian: chromium, chromium-driver)"


class Failed(AssertionError):
    """The driver refused, with its words."""


@dataclass(frozen=True)
class Browser:
    """One window. Finders wait up to `patience` seconds, polling."""

    session: str

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        answer = requests.request(method, f"{self.session}{path}", json=body, timeout=30)
        value = answer.json()["value"]
        if not answer.ok:
            raise Failed(f"{value['error']}: {value['message'].splitlines()[0]}")
        return value

    def open(self, url: str) -> None:
        """Go to a page and wait until it is loaded."""
        self._call("POST", "/url", {"url": url})

    def resize(self, width: int, height: int) -> None:
        """Set the size of what is seen, in CSS pixels."""
        self.devtools(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False},
        )

    def devtools(self, command: str, told: dict[str, Any]) -> Any:
        """One command of the browser's own developer tools."""
        return self._call("POST", "/goog/cdp/execute", {"cmd": command, "params": told})

    def script(self, code: str, *args: Any) -> Any:
        """Run JavaScript and return its value."""
        return self._call("POST", "/execute/sync", {"script": code, "args": list(args)})

    def find(self, css: str, *, text: str | None = None, patience: float = 5.0) -> "Element":
        """The first visible element that matches, and contains `text`; waits for it."""
        code = """
            const [css, text, ms, done] = [arguments[0], arguments[1], arguments[2], arguments[3]];
            const until = performance.now() + ms;
            const look = () => {
              const found = [...document.querySelectorAll(css)].find(
                (e) => e.checkVisibility() && (text === null || e.textContent.includes(text)));
              if (found || performance.now() > until) done(found ?? null);
              else setTimeout(look, 30);
            };
            look();
        """
        args = [css, text, patience * 1000]
        found = self._call("POST", "/execute/async", {"script": code, "args": args})
        if found is None:
            said = f" with {text!r}" if text is not None else ""
            raise Failed(f"no {css}{said} within {patience} s")
        return Element(self, found[ELEMENT])

    def press(self, *keys: str) -> None:
        """Press keys one after another; the first is held down when it is SHIFT."""
        held = [k for k in keys[:1] if k == SHIFT]
        told = [{"type": "keyDown", "value": k} for k in held]
        for key in keys[len(held) :]:
            told += [{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]
        told += [{"type": "keyUp", "value": k} for k in held]
        action = {"type": "key", "id": "keyboard", "actions": told}
        self._call("POST", "/actions", {"actions": [action]})

    def focused(self) -> str:
        """The text, or the name, of what has the focus."""
        return str(
            self.script(
                "const e = document.activeElement;"
                "return e.getAttribute('aria-label') || e.textContent.trim()"
            )
        )

    def complaints(self) -> list[str]:
        """Errors of the console since the last call: failed scripts, broken rules."""
        entries = self._call("POST", "/se/log", {"type": "browser"})
        return [e["message"] for e in entries if e["level"] == "SEVERE"]

    def picture(self, path: Path) -> None:
        """Save what is seen as PNG."""
        path.write_bytes(base64.b64decode(self._call("GET", "/screenshot")))


@dataclass(frozen=True)
class Element:
    """One element of the page."""

    browser: Browser
    ref: str

    def _do(self, what: str, body: dict[str, Any]) -> None:
        self.browser._call("POST", f"/element/{self.ref}/{what}", body)

    def click(self) -> None:
        """Click it as a person would."""
        self._do("click", {})

    def type(self, text: str) -> None:
        """Type into it."""
        self._do("value", {"text": text})

    def focus(self) -> None:
        """Give it the focus."""
        self.browser.script("arguments[0].focus()", {ELEMENT: self.ref})

    @property
    def text(self) -> str:
        """Its text, white space folded."""
        found = self.browser.script("return arguments[0].innerText", {ELEMENT: self.ref})
        return " ".join(str(found).split())


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def _wait_for(url: str, process: "subprocess.Popen[bytes]") -> None:
    with requests.Session() as session:
        for _ in range(200):
            try:
                if session.get(f"{url}/status", timeout=1).json()["value"]["ready"]:
                    return
            except requests.ConnectionError:
                if process.poll() is not None:
                    break
                time.sleep(0.05)
    raise Failed("chromedriver does not start")


@contextmanager
def browsing(
    profile: Path, *, languages: str = "en", flags: Sequence[str] = ()
) -> Iterator[Browser]:
    """A headless Chromium with an empty profile in `profile`, closed at the end."""
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    driver = subprocess.Popen(
        ["chromedriver", f"--port={port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_for(url, driver)
        options = {
            "args": [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-sync",
                "--disable-dev-shm-usage", f"--user-data-dir={profile}", f"--lang={languages}",
                f"--accept-lang={languages}", "--window-size=1440,900", *flags,
            ],
        }  # fmt: skip
        wanted = {
            "browserName": "chrome",
            "goog:chromeOptions": options,
            "goog:loggingPrefs": {"browser": "ALL"},
        }
        answer = requests.post(
            f"{url}/session", json={"capabilities": {"alwaysMatch": wanted}}, timeout=60
        )
        value = answer.json()["value"]
        if not answer.ok:
            raise Failed(f"{value['error']}: {value['message'].splitlines()[0]}")
        browser = Browser(f"{url}/session/{value['sessionId']}")
        try:
            yield browser
        finally:
            requests.delete(browser.session, timeout=30)
    finally:
        driver.terminate()
        driver.wait(timeout=10)
