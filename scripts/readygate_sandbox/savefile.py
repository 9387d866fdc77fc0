"""Both sides on disk: one JSON file, written whole or not at all."""

import json
import os
from pathlib import Path

from readygate_sandbox.airtable import state as airtable_state
from readygate_sandbox.airtable.store import Store as AirtableStore
from readygate_sandbox.jira_cloud import state
from readygate_sandbox.jira_cloud.state import StateError
from readygate_sandbox.jira_cloud.store import Store


def save(store: Store, airtable: AirtableStore, path: Path) -> None:
    """Write the state beside its place and move it there; readable by its owner only, for it
    holds tokens."""
    with store.lock, airtable.lock:
        told = {**state.dump(store), "airtable": airtable_state.dump(airtable)}
        text = json.dumps(told)  # in ASCII: half a surrogate pair has no UTF-8
    beside = path.with_name(path.name + ".new")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def load(store: Store, airtable: AirtableStore, path: Path) -> None:
    """Read a state file; one without an Airtable side leaves that empty. Raises StateError."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StateError(f"{path}: cannot be read: {error}") from None
    if not isinstance(told, dict):
        raise StateError(f"{path}: expected a JSON object")
    state.restore(store, told)
    if "airtable" not in told:
        return
    try:
        airtable_state.restore(airtable, told["airtable"])
    except (KeyError, TypeError, ValueError) as error:
        raise StateError(f"the state cannot be read: {error!r}") from error
