"""A recognisable token, every form in which it may travel, and a search for all of them."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, quote_plus

TOKEN = "ATATT3xPlanted-7Kq/ZZ9+pl4nt3d=41"
"""With characters that change when a URL or base64 is made of them."""


def forms(email: str = "", token: str = TOKEN) -> set[str]:
    """Every text that gives the token away; with an e-mail also basic authentication."""
    found = {token, quote(token), quote(token, safe=""), quote_plus(token), html.escape(token)}
    found |= {
        form.replace("%2B", "%2b").replace("%3D", "%3d").replace("%2F", "%2f") for form in found
    }
    for text in (token, f"{email}:{token}") if email else (token,):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            found.add(encode(text.encode()).decode().rstrip("="))
    found.add(json.dumps(token)[1:-1])
    return found


def basic(email: str, token: str = TOKEN) -> str:
    """What the header of basic authentication carries."""
    return base64.b64encode(f"{email}:{token}".encode()).decode()


def leaks(secrets: set[str], folder: Path, *texts: str) -> list[str]:
    """Where one of these is found: in the texts, or in any byte of any file under the folder."""
    found = [f"text {at}: {_around(text, form)}" for at, text, form in _in(texts, secrets)]
    for file in folder.rglob("*"):
        if file.is_file():
            data = file.read_bytes()
            found += [f"{file}: {form}" for form in secrets if form.encode() in data]
    return found


def _in(texts: tuple[str, ...], secrets: set[str]) -> Iterator[tuple[int, str, str]]:
    for at, text in enumerate(texts):
        for form in secrets:
            if form in text:
                yield at, text, form


def _around(text: str, form: str) -> str:
    at = text.index(form)
    return text[max(0, at - 80) : at + len(form) + 20]
