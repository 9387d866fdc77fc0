"""Airtable's refusals: `{"error": {"type", "message"}}` with the texts that are known of it."""

from readygate_sandbox.web import Answer, Json, Refusal

PERMISSIONS_OR_MODEL = (
    "Invalid permissions, or the requested model was not found. Check that both your user and "
    "your token have the required permissions, and that the model names and/or ids are correct."
)
VALIDATION = "Invalid request: parameter validation failed. Check your request data."
NOT_PERMITTED = "You are not permitted to perform this operation"


def refusal(status: int, type_: str, message: str | None = None) -> Refusal:
    """A refusal in the usual shape; some types come without a message."""
    error: dict[str, Json] = {"type": type_}
    if message is not None:
        error["message"] = message
    return Refusal(Answer(status, {"error": error}))


def invalid(type_: str, message: str) -> Refusal:
    """422 of a given type."""
    return refusal(422, type_, message)


def invalid_request(message: str = VALIDATION) -> Refusal:
    """422 for requests that cannot be understood."""
    return refusal(422, "INVALID_REQUEST_UNKNOWN", message)


def no_such_model() -> Refusal:
    """403 for what is not there, and for what token or user may not know of."""
    return refusal(403, "INVALID_PERMISSIONS_OR_MODEL_NOT_FOUND", PERMISSIONS_OR_MODEL)


def not_permitted(message: str = NOT_PERMITTED) -> Refusal:
    """403 for what the user's level in the base does not allow."""
    return refusal(403, "INVALID_PERMISSIONS", message)


def unknown_field(name: object) -> Refusal:
    """422 for a field that the table does not have."""
    return invalid("UNKNOWN_FIELD_NAME", f'Unknown field name: "{name}"')


def missing_row(ref: object) -> Refusal:
    """422 of a batch that names a record which is not there."""
    return invalid("ROW_DOES_NOT_EXIST", f"Record ID {ref} does not exist in this table")
