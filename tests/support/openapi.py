"""Holds the sandbox's Jira side against Atlassian's own OpenAPI document, request by request.

The document is large and loose. Only the operations that were met are cut out of it and compiled,
each once; `errata` softens what contradicts real answers, `shapes` tightens what we rely on.
"""

import hashlib
import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from openapi_schema_validator import OAS30ReadValidator, OAS30WriteValidator, oas30_format_checker

from readygate_sandbox.web import Answer, Request
from support import errata, shapes

DOCUMENT = Path(
    os.environ.get("READYGATE_JIRA_DOCUMENT")
    or Path(__file__).parents[3] / "shared" / "specs" / "jira-cloud-openapi.json"
)
_VERSION = re.compile(r"^/rest/api/(?:2|3|latest)(?=/)")
_V3 = "/rest/api/3"

Check = Callable[[Any], list[str]]
"""Tells everything wrong with one value."""


def missing() -> str | None:
    """Why nothing can be held against the document here, or None."""
    return None if DOCUMENT.exists() else f"Atlassian's document is not at {DOCUMENT}"


@cache
def document(without: str = "") -> dict[str, Any]:
    """The whole document with the deviations applied, but for the one called `without`."""
    loaded: dict[str, Any] = json.loads(DOCUMENT.read_bytes())
    errata.apply(loaded, without)
    return loaded


# -- finding -----------------------------------------------------------------------------------


@cache
def _patterns(without: str) -> list[tuple[re.Pattern[str], str]]:
    """Every path as a pattern, the most literal first."""
    templates = sorted(document(without)["paths"], key=lambda p: (p.count("{"), p))
    return [
        (re.compile(re.sub(r"\\\{([^}]+)\\\}", r"(?P<\1>[^/]+)", re.escape(t)) + "/?$"), t)
        for t in templates
    ]


@cache
def find(method: str, path: str, without: str = "") -> tuple[str, str] | None:
    """(path template, method in small letters) of an operation; v2 paths are those of v3."""
    v3 = _VERSION.sub(_V3, path)
    for pattern, template in _patterns(without):
        if pattern.match(v3) and method.lower() in document(without)["paths"][template]:
            return template, method.lower()
    return None


# -- compiling one operation -------------------------------------------------------------------


@dataclass(frozen=True)
class Operation:
    """One operation with its checks. `answers`: status -> check, None where no body is told of."""

    path: re.Pattern[str]
    in_path: Mapping[str, tuple[Mapping[str, Any], Check]]
    in_query: Mapping[str, tuple[dict[str, Any], Check]]
    needed: frozenset[str]
    bodies: Mapping[str, Check]
    body_needed: bool
    answers: Mapping[str, Mapping[str, Check] | None]


@cache
def operation(template: str, method: str, without: str = "") -> Operation:
    """Compile one operation. Signing in is tested elsewhere, so it is left out."""
    told = document(without)["paths"][template][method]
    schemas = document(without)["components"]["schemas"]

    def check(schema: dict[str, Any], validator: Any = OAS30WriteValidator) -> Check:
        return _checks({**schema, "components": {"schemas": _reached(schema, schemas)}}, validator)

    def by_type(content: Mapping[str, Any], validator: Any) -> dict[str, Check]:
        return {kind: check(one.get("schema", {}), validator) for kind, one in content.items()}

    parameters = told.get("parameters", [])
    query = [one for one in parameters if one["in"] == "query"]
    body = told.get("requestBody", {})
    return Operation(
        next(pattern for pattern, found in _patterns(without) if found == template),
        {
            one["name"]: (one["schema"], check(one["schema"]))
            for one in parameters
            if one["in"] == "path"
        },
        {one["name"]: (one["schema"], check(one["schema"])) for one in query},
        frozenset(one["name"] for one in query if one.get("required")),
        by_type(body.get("content", {}), OAS30WriteValidator),
        body.get("required", False),
        {
            status: by_type(one["content"], OAS30ReadValidator) if one.get("content") else None
            for status, one in told["responses"].items()
        },
    )


def _checks(schema: dict[str, Any], validator: Any) -> Check:
    compiled = validator(schema, format_checker=oas30_format_checker)

    def check(value: Any) -> list[str]:
        return [_said(error) for error in compiled.iter_errors(value)]

    return check


def _reached(node: Any, schemas: Mapping[str, Any]) -> dict[str, Any]:
    """The components that a schema leads to."""
    found: dict[str, Any] = {}
    waiting = set(_refs(node))
    while waiting:
        name = waiting.pop().rpartition("/")[2]
        if name not in found:
            found[name] = schemas[name]
            waiting.update(_refs(found[name]))
    return found


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


def _said(error: Any) -> str:
    where = "/".join(map(str, error.absolute_path)) or "the top"
    return f"at {where}: {error.message[:200]}"


# -- judging -----------------------------------------------------------------------------------


@dataclass
class Contract:
    """Watches sandboxes and keeps what went against the document or our shapes.

    `without` leaves one deviation out, to see whether it is still needed.
    """

    violations: list[str] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)
    without: str = ""
    _known: dict[bytes, list[str]] = field(default_factory=dict)

    def __call__(self, request: Request, path: str, answer: Answer) -> None:
        """Judge one exchange; `path` is as the site knows it. The same one is judged once."""
        asked = (request.method, path, request.raw_query, request.body)
        told = (answer.status, answer.content_type, answer.encode())
        key = hashlib.sha256(repr((asked, told)).encode()).digest()
        if key not in self._known:
            self._known[key] = self.judge(request, path, answer)
        found = find(request.method, path, self.without)
        if found:
            self.seen[f"{request.method} {found[0]}"] += 1
        self.violations += [
            f"{request.method} {path} -> {answer.status}: {text}" for text in self._known[key]
        ]

    def judge(self, request: Request, path: str, answer: Answer) -> list[str]:
        """Everything wrong with one exchange. A request that was refused may be wrong; one that
        was taken may not."""
        if request.method == "HEAD":
            return []
        found = find(request.method, path, self.without)
        if found is None:
            refused = answer.status in {404, 405}
            return [] if refused else ["the document has no such operation"]
        if answer.status >= 400:
            return shapes.wrong_refusal(answer)
        compiled = operation(*found, self.without)
        return [
            *(f"request: {text}" for text in _wrong_request(compiled, request, path)),
            *(f"answer: {text}" for text in _wrong_answer(compiled, answer)),
            *shapes.misses(request.method, found[0], path, answer.body),
        ]


def _wrong_request(compiled: Operation, request: Request, path: str) -> Iterator[str]:
    matched = compiled.path.match(_VERSION.sub(_V3, path))
    for name, value in (matched.groupdict() if matched else {}).items():
        schema, check = compiled.in_path[name]
        for text in check(_typed([value], schema)):
            yield f"path parameter {name}: {text}"
    given = parse_qs(request.raw_query, keep_blank_values=True)
    for name in compiled.needed - given.keys():
        yield f"query parameter {name}: it is required"
    for name, values in given.items():
        if name not in compiled.in_query:
            yield f"query parameter {name}: the document does not know it"
            continue
        schema, check = compiled.in_query[name]
        for text in check(_typed(values, schema)):
            yield f"query parameter {name}: {text}"
    if not request.body:
        if compiled.body_needed:
            yield "a body is required"
        return
    kind = request.header("Content-Type").partition(";")[0]
    checks = compiled.bodies.get(kind) or compiled.bodies.get("*/*")
    if checks is None:
        yield f"a body of the type {kind!r} is not documented"
    else:
        yield from checks(json.loads(request.body))


def _typed(values: list[str], schema: Mapping[str, Any]) -> Any:
    """A parameter as its schema means it; what cannot be read stays text, and is wrong."""
    if schema.get("type") == "array":
        return [_typed([value], schema.get("items", {})) for value in values]
    text = values[-1]
    match schema.get("type"):
        case "integer" if re.fullmatch(r"-?\d+", text):
            return int(text)
        case "boolean" if text in {"true", "false"}:
            return text == "true"
    return text


def _wrong_answer(compiled: Operation, answer: Answer) -> list[str]:
    if str(answer.status) not in compiled.answers:
        return [f"status {answer.status} is not documented"]
    checks = compiled.answers[str(answer.status)]
    data = answer.encode()
    if answer.status == 204:
        return ["204 with a body"] if data else []
    if checks is None:
        return []
    kind = answer.content_type.partition(";")[0]
    check = checks.get(kind) or checks.get("*/*")
    if check is None:
        return [f"a body of the type {kind!r} is not documented"]
    return check(json.loads(data)) if data else ["a body is promised, there is none"]


__all__ = ["Contract", "find", "missing", "operation"]
