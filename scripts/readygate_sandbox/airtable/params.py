"""What a list request asks for, from a query string or from the body of `POST listRecords`."""

import re
from dataclasses import dataclass
from typing import Any
from zoneinfo import available_timezones

from readygate_sandbox.airtable.errors import invalid, invalid_request, no_such_model, unknown_field
from readygate_sandbox.airtable.listing import Query
from readygate_sandbox.airtable.model import Field, Table, View
from readygate_sandbox.web import Request

LISTS = ("fields", "recordMetadata", "records")
KNOWN = frozenset(
    {
        "pageSize", "maxRecords", "offset", "fields", "filterByFormula", "sort", "view",
        "cellFormat", "timeZone", "userLocale", "returnFieldsByFieldId", "recordMetadata",
    }
)  # fmt: skip
_SORT = re.compile(r"sort\[(\d+)\]\[(field|direction)\]")
_ITEM = re.compile(r"(\w+)\[\d*\]")


def from_query(request: Request) -> dict[str, Any]:
    """The query string as the JSON object that means the same. Raises 422."""
    told: dict[str, Any] = {}
    sort: dict[int, dict[str, str]] = {}
    for name, values in request.query.items():
        if found := _SORT.fullmatch(name):
            sort.setdefault(int(found[1]), {})[found[2]] = values[-1]
            continue
        item = _ITEM.fullmatch(name)
        base = item[1] if item else name
        if base in LISTS:
            told.setdefault(base, []).extend(values)
        else:
            told[name] = values[-1]
    if sort:
        told["sort"] = [sort[n] for n in sorted(sort)]
    return told


@dataclass(frozen=True, slots=True)
class Asked:
    """A list request: which records, and how they are shown."""

    query: Query
    offset: str | None
    only: tuple[str, ...] | None
    by_id: bool
    as_text: bool
    comment_count: bool


def read_list(table: Table, told: dict[str, Any]) -> Asked:
    """Read and check a list request. Raises 422."""
    for name in told:
        if name not in KNOWN:
            raise invalid_request()
    if told.get("recordMetadata") not in (None, [], ["commentCount"]):
        raise invalid_request()
    return Asked(
        Query(
            page_size=_page_size(told),
            max_records=_max_records(told),
            formula=_text(told, "filterByFormula"),
            sort=_sort(table, told.get("sort")),
            view=_view(table, _text(told, "view")),
        ),
        offset=_text(told, "offset") or None,
        only=_only(table, told.get("fields")),
        by_id=flag(told, "returnFieldsByFieldId"),
        as_text=cell_format(told),
        comment_count=bool(told.get("recordMetadata")),
    )


def flag(told: dict[str, Any], name: str) -> bool:
    """A boolean: `true`, or a text that says so."""
    value = told.get(name, False)
    if value in (None, ""):
        return False
    if isinstance(value, bool):
        return value
    if value in ("true", "True", "1", 1):
        return True
    if value in ("false", "False", "0", 0):
        return False
    raise invalid_request()


def cell_format(told: dict[str, Any]) -> bool:
    """Whether cells are shown as texts; those need a time zone and a locale. Raises 422."""
    form = told.get("cellFormat") or "json"
    if form not in {"json", "string"}:
        raise invalid_request()
    if form == "json":
        return False
    if not told.get("timeZone") or not told.get("userLocale"):
        raise invalid_request(
            "Both timeZone and userLocale parameters are required when using cellFormat of string."
        )
    if told["timeZone"] not in available_timezones():
        raise invalid_request()
    return True


def _text(told: dict[str, Any], name: str) -> str:
    value = told.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise invalid_request()
    return value


def _number(told: dict[str, Any], name: str) -> int | None:
    value = told.get(name)
    if value in (None, ""):
        return None
    text = str(value)
    if isinstance(value, bool) or not (text.isascii() and text.isdigit()):
        raise invalid_request()
    return int(text)


def _page_size(told: dict[str, Any]) -> int:
    size = _number(told, "pageSize")
    if size is None:
        return 100
    if not 1 <= size <= 100:
        raise invalid("INVALID_PAGE_SIZE", "The value of pageSize must be between 1 and 100.")
    return size


def _max_records(told: dict[str, Any]) -> int | None:
    most = _number(told, "maxRecords")
    if most is not None and most < 1:
        raise invalid_request()
    return most


def _only(table: Table, raw: Any) -> tuple[str, ...] | None:
    if raw is None:
        return None
    if not isinstance(raw, list):
        raise invalid_request()
    return tuple(dict.fromkeys(need_field(table, name).id for name in raw)) if raw else None


def need_field(table: Table, ref: Any) -> Field:
    """A field by name or id. Raises 422."""
    found = table.field(ref) if isinstance(ref, str) else None
    if found is None:
        raise unknown_field(ref)
    return found


def _sort(table: Table, raw: Any) -> tuple[tuple[Field, bool], ...]:
    if raw is None:
        return ()
    if not isinstance(raw, list):
        raise invalid_request()
    found = []
    for one in raw:
        if not isinstance(one, dict) or one.get("direction", "asc") not in {"asc", "desc"}:
            raise invalid_request()
        found.append((need_field(table, one.get("field")), one.get("direction") == "desc"))
    return tuple(found)


def _view(table: Table, ref: str) -> View | None:
    if not ref:
        return None
    found = next((v for v in table.views if ref in {v.id, v.name}), None)
    if found is None:
        raise (
            no_such_model()
            if ref.startswith("viw")
            else invalid("VIEW_NAME_NOT_FOUND", f"View name {ref} not found")
        )
    return found
