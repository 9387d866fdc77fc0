"""A workspace as JSON values, for the state file."""

from dataclasses import asdict
from typing import Any

from readygate_sandbox.airtable.model import (
    Base,
    Choice,
    Comment,
    Field,
    Move,
    Record,
    Table,
    Token,
    User,
    View,
)
from readygate_sandbox.airtable.seed import clear
from readygate_sandbox.airtable.store import Quirks, Store


def dump(store: Store) -> dict[str, Any]:
    """Everything the workspace holds. Records keep their order."""
    return {
        "quirks": asdict(store.quirks),
        "users": [_user(u) for u in store.users.values()],
        "bases": [_base(b) for b in store.bases.values()],
    }


def _user(user: User) -> dict[str, Any]:
    told = asdict(user)
    for token in told["tokens"]:
        token["scopes"] = sorted(token["scopes"])
        token["bases"] = None if token["bases"] is None else sorted(token["bases"])
    return told


def _base(base: Base) -> dict[str, Any]:
    told = {name: getattr(base, name) for name in Base.__slots__}
    told["tables"] = [_table(t) for t in base.tables.values()]
    return told


def _table(table: Table) -> dict[str, Any]:
    told = {name: getattr(table, name) for name in Table.__slots__}
    told["fields"] = [asdict(f) for f in table.fields.values()]
    told["views"] = [asdict(v) for v in table.views]
    told["records"] = [_record(r) for r in table.records.values()]
    return told


def _record(record: Record) -> dict[str, Any]:
    """`asdict` copies deeply and is slow on 80,000 records; most have no comments or moves."""
    told = {name: getattr(record, name) for name in Record.__slots__}
    told["comments"] = [asdict(c) for c in record.comments]
    told["moves"] = [asdict(m) for m in record.moves]
    return told


def restore(store: Store, told: dict[str, Any]) -> None:
    """Put a dump back. Raises KeyError, TypeError or ValueError; the store is then left empty."""
    clear(store)
    try:
        store.quirks = Quirks(**told["quirks"])
        for raw in told["users"]:
            tokens = [_token(t) for t in raw["tokens"]]
            store.users[raw["id"]] = User(**{**raw, "tokens": tokens})
        for raw in told["bases"]:
            tables = {t["id"]: _read_table(t) for t in raw["tables"]}
            store.bases[raw["id"]] = Base(**{**raw, "tables": tables})
    except (KeyError, TypeError, ValueError):
        clear(store)
        raise
    store.rebuild()


def _token(raw: dict[str, Any]) -> Token:
    bases = None if raw["bases"] is None else frozenset(raw["bases"])
    return Token(**{**raw, "scopes": frozenset(raw["scopes"]), "bases": bases})


def _read_table(raw: dict[str, Any]) -> Table:
    return Table(
        **{
            **raw,
            "fields": {f["id"]: _field(f) for f in raw["fields"]},
            "views": [View(**{**v, "hidden": tuple(v["hidden"])}) for v in raw["views"]],
            "records": {r["id"]: _read_record(r) for r in raw["records"]},
        }
    )


def _field(raw: dict[str, Any]) -> Field:
    choices = [Choice(**c) for c in raw["choices"]]
    return Field(**{**raw, "choices": choices, "editors": tuple(raw["editors"])})


def _read_record(raw: dict[str, Any]) -> Record:
    comments = tuple(Comment(**c) for c in raw["comments"])
    return Record(**{**raw, "comments": comments, "moves": tuple(Move(**m) for m in raw["moves"])})
