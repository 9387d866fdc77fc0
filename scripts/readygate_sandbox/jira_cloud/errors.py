"""Refusals in Jira's own words and shapes (`ErrorCollection`, RFC 9457 problems)."""

from collections.abc import Mapping

from readygate_sandbox.web import Answer, Headers, Refusal


def refusal(
    status: int, *messages: str, errors: Mapping[str, str] | None = None, headers: Headers = ()
) -> Refusal:
    """A refusal with an `ErrorCollection` body."""
    body = {"errorMessages": list(messages), "errors": dict(errors or {})}
    return Refusal(Answer(status, body, headers))


def bad_request(*messages: str, errors: Mapping[str, str] | None = None) -> Refusal:
    """400."""
    return refusal(400, *messages, errors=errors)


def invalid_payload() -> Refusal:
    """400 for a body that does not fit the schema."""
    return refusal(
        400, "Invalid request payload. Refer to the REST API documentation and try again."
    )


def no_issue() -> Refusal:
    """404: gone and invisible look the same."""
    return refusal(404, "Issue does not exist or you do not have permission to see it.")


def no_project(ref: str) -> Refusal:
    """404 as real sites were recorded to say it."""
    return refusal(404, f"No project could be found with key '{ref}'.")


def not_signed_in() -> Refusal:
    """401: plain text, not JSON."""
    text = b"Client must be authenticated to access this resource."
    return Refusal(
        Answer(
            401, text, (("WWW-Authenticate", 'OAuth realm="sandbox"'),), "text/plain;charset=UTF-8"
        )
    )


def problem(status: int, title: str, detail: str, path: str) -> Answer:
    """RFC 9457: what unknown paths and parameters get; it has no `errorMessages`."""
    body = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": path,
    }
    return Answer(status, body, (), "application/problem+json")
