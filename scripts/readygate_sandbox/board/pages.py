"""Serves the board's page and its scripts from the package, with headers that let nothing foreign
in: no script, style, font or picture from elsewhere, no frame around it."""

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from readygate_sandbox.sides import Sides
from readygate_sandbox.web import Answer, Headers, Request, Routes

ROUTES = Routes()

_TYPES = {
    "html": "text/html;charset=UTF-8",
    "css": "text/css;charset=UTF-8",
    "js": "text/javascript;charset=UTF-8",
    "svg": "image/svg+xml",
}
GUARD: Headers = (
    (
        "Content-Security-Policy",
        (
            "default-src 'self'; base-uri 'none'; object-src 'none'; form-action 'none'; "
            "frame-ancestors 'none'"
        ),
    ),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
)
"""Titles and comments are foreign text: even if one became markup, the browser would run nothing
of it."""


@dataclass(frozen=True, slots=True)
class _Page:
    content: bytes
    content_type: str
    etag: str


@cache
def _pages() -> dict[str, _Page]:
    """Every file of `static/` by name; nothing else can be asked for."""
    found = {}
    for file in files(__package__).joinpath("static").iterdir():
        ending = file.name.rpartition(".")[2]
        if ending in _TYPES:
            content = file.read_bytes()
            etag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
            found[file.name] = _Page(content, _TYPES[ending], etag)
    return found


def _serve(request: Request, name: str) -> Answer:
    page = _pages().get(name)
    if page is None:
        return Answer(404, {"error": "There is nothing here."}, GUARD)
    headers = (*GUARD, ("Cache-Control", "no-cache"), ("ETag", page.etag))
    if request.header("If-None-Match") == page.etag:
        return Answer(304, None, headers)
    return Answer(200, page.content, headers, page.content_type)


@ROUTES.get("/", "/browse/<key>")
def index(sides: Sides, request: Request, key: str = "") -> Answer:
    """The page; under `/browse/KEY`, where the tracker's links lead, its script opens that deal."""
    del sides, key
    return _serve(request, "index.html")


@ROUTES.get("/board/static/<name>")
def static(sides: Sides, request: Request, name: str) -> Answer:
    """One file of the board."""
    del sides
    return _serve(request, name)


@ROUTES.get("/favicon.ico")
def favicon(sides: Sides, request: Request) -> Answer:
    """The sign that browsers ask for by themselves."""
    del sides
    return _serve(request, "sign.svg")
