"""Tables and fields: how the meta API shows them, and what it takes for new ones."""

from collections.abc import Callable
from typing import Any

from readygate_sandbox.airtable.errors import invalid, invalid_request
from readygate_sandbox.airtable.ids import new_id
from readygate_sandbox.airtable.links import add_inverse
from readygate_sandbox.airtable.model import (
    COMPUTED,
    CREATABLE,
    SELECTS,
    Base,
    Choice,
    Field,
    Table,
    View,
)
from readygate_sandbox.airtable.store import Store

MOST_DESCRIPTION = 20_000
PRIMARY = frozenset(
    {"singleLineText", "multilineText", "richText", "email", "url", "phoneNumber", "number",
     "percent", "currency", "duration", "date", "dateTime", "barcode", "formula", "autoNumber"}
)  # fmt: skip
DATE_FORMATS = {"local": "l", "friendly": "LL", "us": "M/D/YYYY", "european": "D/M/YYYY",
                "iso": "YYYY-MM-DD"}  # fmt: skip
TIME_FORMATS = {"12hour": "h:mma", "24hour": "HH:mm"}
DURATIONS = ("h:mm", "h:mm:ss", "h:mm:ss.S", "h:mm:ss.SS", "h:mm:ss.SSS")
CHECKBOX_ICONS = ("check", "xCheckbox", "star", "heart", "thumbsUp", "flag", "dot")
COLORS = tuple(
    f"{color}Bright" for color in ("green", "teal", "cyan", "blue", "purple", "pink", "red",
                                   "orange", "yellow", "gray")
)  # fmt: skip
_CHOICE_COLORS = tuple(
    f"{color}Light2" for color in ("blue", "cyan", "teal", "green", "yellow", "orange", "red",
                                   "pink", "purple", "gray")
)  # fmt: skip


# -- showing -----------------------------------------------------------------------------------


def field_shape(field: Field) -> dict[str, Any]:
    """One field with its options."""
    told: dict[str, Any] = {"id": field.id, "name": field.name, "type": field.type}
    if field.description:
        told["description"] = field.description
    options = dict(field.options)
    if field.type in SELECTS:
        options["choices"] = [{"id": c.id, "name": c.name, "color": c.color} for c in field.choices]
    if field.computed:
        options = {**_COMPUTED_OPTIONS.get(field.type, {}), **options}
    if options:
        told["options"] = options
    return told


_COMPUTED_OPTIONS: dict[str, dict[str, Any]] = {
    "formula": {"isValid": True, "formula": "", "referencedFieldIds": [], "result": None},
    "rollup": {"isValid": True, "referencedFieldIds": [], "result": None},
    "count": {"isValid": True},
    "multipleLookupValues": {"isValid": True, "result": None},
    "lastModifiedTime": {"isValid": True, "referencedFieldIds": [], "result": None},
}


def table_shape(table: Table, *, visible: bool = False) -> dict[str, Any]:
    """One table with fields and views; `visible` adds what each view shows."""
    views = []
    for view in table.views:
        shape: dict[str, Any] = {"id": view.id, "name": view.name, "type": view.type}
        if visible:
            shape["visibleFieldIds"] = [f for f in table.fields if f not in view.hidden]
        views.append(shape)
    told: dict[str, Any] = {"id": table.id, "name": table.name}
    if table.description:
        told["description"] = table.description
    return {
        **told,
        "primaryFieldId": table.primary.id,
        "fields": [field_shape(f) for f in table.fields.values()],
        "views": views,
    }


# -- options of new fields ---------------------------------------------------------------------


def _bad_options(field: str, type_: str, why: str) -> Exception:
    return invalid(
        "INVALID_FIELD_TYPE_OPTIONS_FOR_CREATE", f"Invalid options for {field} ({type_}): {why}"
    )


class _Options:
    """The options of one new field, being read."""

    def __init__(self, name: str, type_: str, raw: Any) -> None:
        self.name, self.type = name, type_
        if raw is not None and not isinstance(raw, dict):
            raise self.bad("expected an object")
        self.raw: dict[str, Any] = dict(raw or {})

    def bad(self, why: str) -> Exception:
        return _bad_options(self.name, self.type, why)

    def number(self, key: str, least: int, most: int) -> int:
        value = self.raw.pop(key, None)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise self.bad(f"{key} must be a whole number from {least} to {most}")
        return value

    def word(self, key: str, allowed: tuple[str, ...] | None = None) -> str:
        value = self.raw.pop(key, None)
        if not isinstance(value, str) or not value or (allowed and value not in allowed):
            raise self.bad(f"{key} must be one of {', '.join(allowed or ('a text',))}")
        return value

    def form(self, key: str, known: dict[str, str]) -> dict[str, str]:
        value = self.raw.pop(key, None)
        name = value.get("name") if isinstance(value, dict) else None
        if name not in known:
            raise self.bad(f"{key} must have a name, one of {', '.join(known)}")
        return {"name": name, "format": known[name]}

    def finish(self) -> None:
        if self.raw:
            raise self.bad(f"unknown options: {', '.join(sorted(self.raw))}")


def _read_choices(options: _Options) -> list[Choice]:
    raw = options.raw.pop("choices", None)
    if not isinstance(raw, list):
        raise options.bad("choices must be a list")
    choices: list[Choice] = []
    for number, one in enumerate(raw):
        name = one.get("name") if isinstance(one, dict) else None
        if not isinstance(name, str) or not name or any(c.name == name for c in choices):
            raise options.bad("every choice needs a name of its own")
        color = str(one.get("color") or _CHOICE_COLORS[number % len(_CHOICE_COLORS)])
        choices.append(Choice(new_id("sel"), name, color))
    return choices


def _read_link(options: _Options, base: Base) -> dict[str, Any]:
    table = options.raw.pop("linkedTableId", None)
    if table not in base.tables:
        raise options.bad("linkedTableId must be the id of a table of this base")
    view = options.raw.pop("viewIdForRecordSelection", None)
    found: dict[str, Any] = {"linkedTableId": table}
    return found if view is None else {**found, "viewIdForRecordSelection": view}


_OPTIONS: dict[str, Callable[[_Options], dict[str, Any]]] = {
    "number": lambda o: {"precision": o.number("precision", 0, 8)},
    "percent": lambda o: {"precision": o.number("precision", 0, 8)},
    "currency": lambda o: {"precision": o.number("precision", 0, 7), "symbol": o.word("symbol")},
    "duration": lambda o: {"durationFormat": o.word("durationFormat", DURATIONS)},
    "rating": lambda o: {
        "icon": o.word("icon", ("star", "heart", "thumbsUp", "flag", "dot")),
        "max": o.number("max", 1, 10),
        "color": o.word("color", COLORS),
    },
    "date": lambda o: {"dateFormat": o.form("dateFormat", DATE_FORMATS)},
    "dateTime": lambda o: {
        "timeZone": o.word("timeZone"),
        "dateFormat": o.form("dateFormat", DATE_FORMATS),
        "timeFormat": o.form("timeFormat", TIME_FORMATS),
    },
    "checkbox": lambda o: {
        "icon": o.word("icon", CHECKBOX_ICONS),
        "color": o.word("color", COLORS),
    },
    "multipleAttachments": lambda o: {"isReversed": bool(o.raw.pop("isReversed", False))},
}


# -- new fields and tables ---------------------------------------------------------------------


def check_name(name: Any, taken: set[str], what: str) -> str:
    """A name of its own, whatever the capitals. Raises 422."""
    if not isinstance(name, str) or not name.strip():
        raise invalid_request()
    if name.strip().casefold() in taken:
        raise invalid(f"DUPLICATE_{what}_NAME", f"{what.capitalize()} names must be unique")
    return name.strip()


def check_description(raw: Any) -> str | None:
    """A description. Raises 422."""
    if raw is None:
        return None
    if not isinstance(raw, str) or len(raw) > MOST_DESCRIPTION:
        raise invalid_request()
    return raw or None


def field_names(table: Table, but: Field | None = None) -> set[str]:
    """The names that a table's fields have, in small letters."""
    return {f.name.casefold() for f in table.fields.values() if f is not but}


def read_new_field(store: Store, base: Base, raw: Any, taken: set[str]) -> Field:
    """A field that may be created, not yet in its table. Raises 422."""
    if not isinstance(raw, dict) or set(raw) - {"name", "type", "description", "options"}:
        raise invalid_request()
    name = check_name(raw.get("name"), taken, "FIELD")
    kind = raw.get("type")
    formula = kind == "formula" and store.quirks.formula_fields == "created"
    if kind in COMPUTED and not formula:
        raise invalid(
            "UNSUPPORTED_FIELD_TYPE_FOR_CREATE",
            f"Creating {kind} fields is not supported at this time",
        )
    if kind not in CREATABLE and not formula:
        raise invalid_request()
    kind = str(kind)
    field = Field(new_id("fld"), name, kind, description=check_description(raw.get("description")))
    options = _Options(name, kind, raw.get("options"))
    if kind in SELECTS:
        field.choices = _read_choices(options)
    elif kind == "multipleRecordLinks":
        field.options = _read_link(options, base)
    elif formula:
        field.options = {"formula": options.word("formula")}
    elif kind in _OPTIONS:
        field.options = _OPTIONS[kind](options)
    options.finish()
    return field


def add_field(base: Base, table: Table, field: Field) -> None:
    """Put a new field in; a link gets its other end."""
    table.fields[field.id] = field
    if field.type != "multipleRecordLinks":
        return
    if field.linked_table == table.id:
        field.options |= {"isReversed": False, "prefersSingleRecordLink": False}
    else:
        add_inverse(base, table, field)


def create_table(store: Store, base: Base, raw: dict[str, Any]) -> Table:
    """A new table with its fields; the first one must be able to name records. Raises 422."""
    if set(raw) - {"name", "description", "fields"}:
        raise invalid_request()
    name = check_name(raw.get("name"), {t.name.casefold() for t in base.tables.values()}, "TABLE")
    description = check_description(raw.get("description"))
    raws = raw.get("fields")
    if not isinstance(raws, list) or not raws:
        raise invalid_request()
    taken: set[str] = set()
    fields = []
    for one in raws:
        fields.append(read_new_field(store, base, one, taken))
        taken.add(fields[-1].name.casefold())
    if fields[0].type not in PRIMARY:
        raise invalid_request(f"A {fields[0].type} field cannot be the primary field")
    table = Table(new_id("tbl"), name, description)
    table.views.append(View(new_id("viw"), "Grid view"))
    base.tables[table.id] = table
    for field in fields:
        add_field(base, table, field)
    store.schema_changed()
    return table


def create_field(store: Store, base: Base, table: Table, raw: Any) -> Field:
    """A new field. Raises 422."""
    field = read_new_field(store, base, raw, field_names(table))
    add_field(base, table, field)
    store.schema_changed()
    return field


def update_table(store: Store, base: Base, table: Table, raw: dict[str, Any]) -> None:
    """Another name or description. Raises 422."""
    if not raw or set(raw) - {"name", "description"}:
        raise invalid_request()
    if "name" in raw:
        taken = {t.name.casefold() for t in base.tables.values() if t is not table}
        table.name = check_name(raw["name"], taken, "TABLE")
    if "description" in raw:
        table.description = check_description(raw["description"])
    store.schema_changed()


def update_field(store: Store, table: Table, field: Field, raw: dict[str, Any]) -> None:
    """Another name, description or formula. Types, choices and other options cannot be changed by
    API. Raises 422."""
    if not raw or set(raw) - {"name", "description", "options"}:
        raise invalid_request()
    options = raw.get("options")
    if options is not None and (
        field.type != "formula" or not isinstance(options, dict) or set(options) != {"formula"}
    ):
        raise invalid_request()
    name = field.name
    if "name" in raw:
        name = check_name(raw["name"], field_names(table, but=field), "FIELD")
    if "description" in raw:
        field.description = check_description(raw["description"])
    field.name = name
    if options is not None:
        field.options["formula"] = str(options["formula"])
    store.schema_changed()
