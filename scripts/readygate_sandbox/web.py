"""What every side of the sandbox says and hears: requests in, answers out, routes between."""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from werkzeug.routing import Map, Rule

Json = Any
"""A JSON value; narrowed where it is read."""

Headers = tuple[tuple[str, str], ...]
JSON_TYPE = "application/json;charset=UTF-8"


class Request:
    """One request, fully read. `path` is decoded; names in `headers` are in small letters."""

    __slots__ = ("_query", "body", "headers", "method", "path", "raw_query")

    def __init__(
        self, method: str, path: str, *, raw_query: str, headers: Mapping[str, str], body: bytes
    ) -> None:
        self.method = method
        self.path = path
        self.raw_query = raw_query
        self.headers = headers
        self.body = body
        self._query: dict[str, list[str]] | None = None

    @property
    def query(self) -> dict[str, list[str]]:
        """Every query parameter with its values in order; blank values are kept."""
        if self._query is None:
            self._query = parse_qs(self.raw_query, keep_blank_values=True)
        return self._query

    def arg(self, name: str, default: str | None = None) -> str | None:
        """The last value of one query parameter."""
        values = self.query.get(name)
        return values[-1] if values else default

    def header(self, name: str) -> str:
        """One header, or an empty string."""
        return self.headers.get(name.lower(), "")

    def json(self) -> Json:
        """The JSON body; None when it is empty. Raises ValueError when it is not JSON."""
        return json.loads(self.body) if self.body.strip() else None


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: `body` is any JSON value, bytes are sent as they are, None is no body.

    `cut` sends only so many bytes of the promised length and then closes the connection.
    """

    status: int = 200
    body: Json | bytes | None = None
    headers: Headers = ()
    content_type: str = JSON_TYPE
    cut: int | None = None

    def encode(self) -> bytes:
        """The body as bytes."""
        if self.body is None:
            return b""
        if isinstance(self.body, bytes):
            return self.body
        text = json.dumps(self.body, ensure_ascii=False, separators=(",", ":"))
        try:
            return text.encode()
        except UnicodeEncodeError:  # half a surrogate pair, which only an escape can carry
            return json.dumps(self.body, separators=(",", ":")).encode()


class Seen:
    """What the log learns of a request on its way."""

    __slots__ = ("kind", "user")

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.user: str | None = None


class Refusal(Exception):
    """An answer that ends a handler early."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(f"{answer.status}")
        self.answer = answer


class BadRequest(ValueError):
    """What somebody sent to the control API or the board cannot be read; becomes a 400."""


class Dropped(Exception):
    """The connection is to be reset instead of answered."""


Handler = Callable[..., Answer]


@dataclass(slots=True)
class Routes:
    """Handlers by method and path; a router gathers several of these."""

    rules: list[tuple[str, str, Handler]] = field(default_factory=list)

    def on(self, method: str, *paths: str) -> Callable[[Handler], Handler]:
        """Register a handler for `METHOD` and werkzeug path patterns such as `/issue/<key>`."""

        def register(handler: Handler) -> Handler:
            self.rules.extend((method, path, handler) for path in paths)
            return handler

        return register

    def get(self, *paths: str) -> Callable[[Handler], Handler]:
        """Short for `on("GET", …)`."""
        return self.on("GET", *paths)

    def post(self, *paths: str) -> Callable[[Handler], Handler]:
        """Short for `on("POST", …)`."""
        return self.on("POST", *paths)

    def put(self, *paths: str) -> Callable[[Handler], Handler]:
        """Short for `on("PUT", …)`."""
        return self.on("PUT", *paths)

    def delete(self, *paths: str) -> Callable[[Handler], Handler]:
        """Short for `on("DELETE", …)`."""
        return self.on("DELETE", *paths)


@dataclass(frozen=True, slots=True)
class Match:
    """A route found: its pattern (the kind of request), its handler, its path values."""

    pattern: str
    handler: Handler
    values: Mapping[str, str]


class Router:
    """Finds handlers. Unknown paths raise werkzeug's NotFound, wrong methods MethodNotAllowed."""

    def __init__(self, groups: Iterable[Routes]) -> None:
        self._map = Map(strict_slashes=False, merge_slashes=False, redirect_defaults=False)
        for group in groups:
            for method, path, handler in group.rules:
                self._map.add(Rule(path, methods=[method], endpoint=handler))
        self._adapter = self._map.bind("sandbox")

    def find(self, method: str, path: str) -> Match:
        """The handler of `method path`; `path` is already decoded."""
        rule, values = self._adapter.match(path, method=method, return_rule=True)
        return Match(pattern=rule.rule, handler=rule.endpoint, values=values)
