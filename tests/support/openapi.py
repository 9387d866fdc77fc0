"""Holds the sandbox's Jira side against Atlassian's own OpenAPI document, request by request.

The document is large and loose. Only the operations that were met are cut out of it, each once;
`errata` softens what contradicts real answers, `shapes` tightens what we rely on.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from openapi_core import OpenAPI
from openapi_core.datatypes import RequestParameters
from openapi_core.exceptions import OpenAPIError
from werkzeug.datastructures import Headers, ImmutableMultiDict

from readygate_sandbox.web import Answer, Request
from support import errata, shapes

DOCUMENT = Path(__file__).parents[3] / "shared" / "specs" / "jira-cloud-openapi.json"
_VERSION = re.compile(r"^/rest/api/(?:2|3|latest)(?=/)")
_V3 = "/rest/api/3"


def missing() -> str | None:
    """Why nothing can be held against the document here, or None."""
    return None if DOCUMENT.exists() else f"Atlassian's document is not at {DOCUMENT}"


@cache
def document() -> dict[str, Any]:
    """The whole document with the errata applied."""
    loaded: dict[str, Any] = json.loads(DOCUMENT.read_bytes())
    errata.apply(loaded)
    return loaded


# -- finding and cutting -----------------------------------------------------------------------


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """Every path as a pattern, the most literal first."""
    templates = sorted(document()["paths"], key=lambda p: (p.count("{"), p))
    return [
        (re.compile(re.sub(r"\\\{[^}]+\\\}", "[^/]+", re.escape(t)) + "/?$"), t) for t in templates
    ]


@cache
def find(method: str, path: str) -> tuple[str, str] | None:
    """(path template, method in small letters) of an operation; v2 paths are those of v3."""
    v3 = _VERSION.sub(_V3, path)
    for pattern, template in _patterns():
        if pattern.match(v3) and method.lower() in document()["paths"][template]:
            return template, method.lower()
    return None


def _refs(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        ref = node.get("$ref")
        if isinstance(ref, str):
            yield ref
        for value in node.values():
            yield from _refs(value)
    elif isinstance(node, list):
        for value in node:
            yield from _refs(value)


@cache
def _cut(template: str, method: str) -> OpenAPI:
    """A document of one operation with the components that it reaches.

    Signing in is tested elsewhere, so it is left out; the answers' descriptions go with it.
    """
    whole = document()
    operation = {k: v for k, v in whole["paths"][template][method].items() if k != "security"}
    schemas: dict[str, Any] = {}
    waiting = set(_refs(operation))
    while waiting:
        name = waiting.pop().rpartition("/")[2]
        if name not in schemas:
            schemas[name] = whole["components"]["schemas"][name]
            waiting.update(_refs(schemas[name]))
    small = {
        "openapi": whole["openapi"],
        "info": {"title": template, "version": "1"},
        "paths": {template: {method: operation}},
        "components": {"schemas": schemas},
    }
    return OpenAPI.from_dict(small)


# -- what openapi-core is shown ----------------------------------------------------------------


class _Asked:
    """One request in the shape that openapi-core reads."""

    def __init__(self, request: Request, path: str) -> None:
        self.host_url = "http://localhost"
        self.path = path
        self.method = request.method.lower()
        self.content_type = request.header("Content-Type").partition(";")[0] or "application/json"
        self.body = request.body or None
        query = parse_qsl(request.raw_query, keep_blank_values=True)
        self.parameters = RequestParameters(
            query=ImmutableMultiDict(query), header=Headers(dict(request.headers))
        )


class _Told:
    """One answer in the shape that openapi-core reads."""

    def __init__(self, answer: Answer) -> None:
        self.status_code = answer.status
        self.content_type = answer.content_type.partition(";")[0]
        self.headers = Headers(list(answer.headers))
        self.data = answer.encode()


# -- judging -----------------------------------------------------------------------------------


@dataclass
class Contract:
    """Watches a sandbox and keeps what went against the document or our shapes."""

    violations: list[str] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)

    def __call__(self, request: Request, path: str, answer: Answer) -> None:
        """Judge one exchange; `path` is as the site knows it."""
        self.violations += [
            f"{request.method} {path} -> {answer.status}: {text}"
            for text in self.judge(request, path, answer)
        ]

    def judge(self, request: Request, path: str, answer: Answer) -> list[str]:
        """Everything wrong with one exchange. A request that was refused may be wrong; one that
        was taken may not."""
        if request.method == "HEAD":
            return []
        found = find(request.method, path)
        if found is None:
            return self._undocumented(request, path, answer)
        template, method = found
        self.seen[f"{request.method} {template}"] += 1
        asked = _Asked(request, _VERSION.sub(_V3, path).rstrip("/"))
        wrong = []
        if answer.status < 400:
            wrong += _wrong_request(_cut(template, method), asked)
            wrong += _wrong_answer(_cut(template, method), asked, answer, template)
            wrong += shapes.misses(request.method, template, path, answer.body)
        else:
            wrong += shapes.wrong_refusal(answer)
        return wrong

    def _undocumented(self, request: Request, path: str, answer: Answer) -> list[str]:
        if answer.status in {404, 405} or f"{request.method} {path}" in errata.NOT_IN_THE_DOCUMENT:
            return []
        return ["the document has no such operation"]


def _wrong_request(spec: OpenAPI, asked: _Asked) -> list[str]:
    try:
        spec.validate_request(asked)
    except OpenAPIError as error:
        return [f"request: {_said(error)}"]
    return []


def _wrong_answer(spec: OpenAPI, asked: _Asked, answer: Answer, template: str) -> list[str]:
    told = _Told(answer)
    responses = document()["paths"][template][asked.method]["responses"]
    response: Mapping[str, Any] | None = responses.get(str(answer.status)) or responses.get(
        "default"
    )
    if response is None:
        return [f"answer: status {answer.status} is not documented"]
    if answer.status in errata.WITHOUT_A_BODY:
        return [f"answer: {answer.status} with a body"] if told.data else []
    if not response.get("content"):
        return []
    try:
        spec.validate_response(asked, told)
    except OpenAPIError as error:
        return [f"answer: {_said(error)}"]
    return []


def _said(error: BaseException) -> str:
    """The error in one line: openapi-core keeps the useful part in the causes."""
    texts = []
    one: BaseException | None = error
    while one is not None:
        # "… : Value {…} not valid for schema …" repeats the whole value
        texts.append(re.split(r":? ?\bValue ", str(one).partition("\n")[0])[0])
        for inner in getattr(one, "schema_errors", ()) or ():
            where = "/".join(map(str, inner.absolute_path)) or "the top"
            texts.append(f"at {where}: {inner.message[:200]}")
        one = one.__cause__
    return "; ".join(dict.fromkeys(filter(None, texts)))


__all__ = ["Contract", "find", "missing"]
