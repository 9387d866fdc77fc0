"""The meta API and comments, with pyairtable and by hand."""

from typing import Any

import pyairtable
import pytest

from readygate_sandbox import Sandbox

from .conftest import BASE, Web, said
from .test_records import VALIDATION

META = f"/meta/bases/{BASE}"


def test_bases_and_people(api: pyairtable.Api, web: Web, guest: Web, sandbox: Sandbox) -> None:
    assert web.get("/meta/bases").json() == {
        "bases": [{"id": BASE, "name": "Сделки", "permissionLevel": "create"}]
    }
    assert guest.get("/meta/bases").json()["bases"][0]["permissionLevel"] == "read"
    people = api.base(BASE).collaborators().individual_collaborators.via_base
    assert {p.email: p.permission_level for p in people} == {
        "bot@example.com": "create", "anna@example.com": "edit", "boris@example.com": "comment",
        "guest@example.com": "read",
    }  # fmt: skip
    assert "individualCollaborators" not in web.get(META).json()


def test_the_schema(api: pyairtable.Api, web: Web) -> None:
    deals = api.base(BASE).schema().table("Deals")
    assert deals.primary_field_id == deals.field("Name").id
    stage = deals.field("Stage")
    assert [c.name for c in stage.options.choices] == ["Lead", "Talks", "Work"]
    link = deals.field("Checklist")
    checklist = api.base(BASE).schema().table("Checklist")
    assert link.options.inverse_link_field_id == checklist.field("Deal").id
    views = web.get(f"{META}/tables").json()["tables"][0]["views"]
    assert [set(v) for v in views] == [{"id", "name", "type"}] * 2
    seen = web.get(f"{META}/tables", include="visibleFieldIds").json()["tables"][0]["views"]
    assert stage.id in seen[0]["visibleFieldIds"]


def test_a_table_with_a_link_gets_its_other_end(api: pyairtable.Api, web: Web) -> None:
    base = api.base(BASE)
    deals = base.schema().table("Deals")
    fields: list[Any] = [
        {"name": "Item", "type": "singleLineText"},
        {"name": "Deal", "type": "multipleRecordLinks", "options": {"linkedTableId": deals.id}},
        {"name": "Owner", "type": "singleCollaborator"},
        {"name": "Due", "type": "date", "options": {"dateFormat": {"name": "iso"}}},
        {"name": "Done", "type": "checkbox", "options": {"icon": "check", "color": "greenBright"}},
    ]
    made = base.create_table("Второй список", fields, description="о чём")
    assert made.name == "Второй список"
    schema = base.schema(force=True)
    other = schema.table("Deals").field("Второй список")
    assert other.options.linked_table_id == schema.table("Второй список").id
    item = made.create({"Item": "x", "Deal": [web.one("один")], "Done": True})
    assert web.fields(web.one("один"))["Второй список"] == [item["id"]]


@pytest.mark.parametrize(
    "kind",
    ["lastModifiedTime", "createdTime", "rollup", "count", "multipleLookupValues", "autoNumber",
     "button", "formula", "aiText", "createdBy", "lastModifiedBy"],
)  # fmt: skip
def test_computed_fields_cannot_be_created(web: Web, sandbox: Sandbox, kind: str) -> None:
    table = sandbox.airtable.table("Deals").id
    answer = web.post(f"{META}/tables/{table}/fields", {"name": "N", "type": kind})
    assert said(answer) == (
        422, "UNSUPPORTED_FIELD_TYPE_FOR_CREATE",
        f"Creating {kind} fields is not supported at this time",
    )  # fmt: skip


def test_formulas_may_be_created_where_the_quirk_says_so(web: Web, sandbox: Sandbox) -> None:
    sandbox.airtable.set_quirks(formula_fields="created")
    table = sandbox.airtable.table("Deals").id
    body = {"name": "Twice", "type": "formula", "options": {"formula": "{Sum} * 2"}}
    made = web.post(f"{META}/tables/{table}/fields", body).json()
    assert web.fields(web.one("один"))["Twice"] == 20
    changed = {"options": {"formula": "{Sum} * 3"}}
    assert web.patch(f"{META}/tables/{table}/fields/{made['id']}", changed).ok
    assert web.fields(web.one("один"))["Twice"] == 30


@pytest.mark.parametrize(
    ("field", "type_"),
    [
        ({"name": "stage", "type": "singleLineText"}, "DUPLICATE_FIELD_NAME"),
        ({"name": " ", "type": "singleLineText"}, "INVALID_REQUEST_UNKNOWN"),
        ({"name": "N", "type": "nonsense"}, "INVALID_REQUEST_UNKNOWN"),
        ({"name": "N", "type": "checkbox"}, "INVALID_FIELD_TYPE_OPTIONS_FOR_CREATE"),
        ({"name": "N", "type": "number"}, "INVALID_FIELD_TYPE_OPTIONS_FOR_CREATE"),
        ({"name": "N", "type": "date", "options": {"dateFormat": {}}},
         "INVALID_FIELD_TYPE_OPTIONS_FOR_CREATE"),
        ({"name": "N", "type": "singleSelect", "options": {"choices": [{"name": ""}]}},
         "INVALID_FIELD_TYPE_OPTIONS_FOR_CREATE"),
        ({"name": "N", "type": "multipleRecordLinks", "options": {"linkedTableId": "tblX"}},
         "INVALID_FIELD_TYPE_OPTIONS_FOR_CREATE"),
        ({"name": "N", "type": "singleLineText", "options": {"x": 1}},
         "INVALID_FIELD_TYPE_OPTIONS_FOR_CREATE"),
    ],
)  # fmt: skip
def test_fields_that_cannot_be_created(
    web: Web, sandbox: Sandbox, field: dict[str, Any], type_: str
) -> None:
    table = sandbox.airtable.table("Deals")
    before = len(table.fields)
    answer = web.post(f"{META}/tables/{table.id}/fields", field)
    assert said(answer)[:2] == (422, type_)
    made = web.post(
        f"{META}/tables", {"name": "T", "fields": [{"name": "A", "type": "email"}, field]}
    )
    assert made.status_code == (200 if type_ == "DUPLICATE_FIELD_NAME" else 422)
    assert len(table.fields) == before


def test_links_cannot_be_told_what_is_not_writable(web: Web, sandbox: Sandbox) -> None:
    table = sandbox.airtable.table("Deals").id
    options = {"linkedTableId": table, "prefersSingleRecordLink": True}
    body = {"name": "N", "type": "multipleRecordLinks", "options": options}
    answer = web.post(f"{META}/tables/{table}/fields", body)
    assert said(answer) == (
        422, "INVALID_FIELD_TYPE_OPTIONS_FOR_CREATE",
        "Invalid options for N (multipleRecordLinks): unknown options: prefersSingleRecordLink",
    )  # fmt: skip


def test_a_primary_field_must_be_able_to_name(web: Web) -> None:
    body = {"name": "T", "fields": [{"name": "A", "type": "singleCollaborator"}]}
    assert web.post(f"{META}/tables", body).status_code == 422
    body = {"name": "deals", "fields": [{"name": "A", "type": "email"}]}
    assert said(web.post(f"{META}/tables", body))[1] == "DUPLICATE_TABLE_NAME"


def test_only_names_and_descriptions_change(web: Web, sandbox: Sandbox) -> None:
    table = sandbox.airtable.table("Deals")
    stage = table.field("Stage")
    assert stage is not None
    path = f"{META}/tables/{table.id}/fields/{stage.id}"
    answer = web.patch(path, {"name": "Стадия", "description": "где мы"})
    assert (answer.json()["name"], answer.json()["description"]) == ("Стадия", "где мы")
    assert web.names("{Стадия}='Talks'") == ["два", "три"]
    choices = {"options": {"choices": [{"name": "Новая"}]}}
    for body in (choices, {"type": "number"}, {"name": "sum"}, {}):
        assert web.patch(path, body).status_code == 422
    assert said(web.patch(path, choices)) == (422, "INVALID_REQUEST_UNKNOWN", VALIDATION)
    assert web.patch(f"{META}/tables/{table.id}", {"name": "Сделки"}).json()["name"] == "Сделки"
    for gone in (f"{META}/tables/{table.id}", path):
        assert web.delete(gone).status_code == 404


# -- comments ----------------------------------------------------------------------------------


def test_comments_with_pyairtable(api: pyairtable.Api, web: Web, sandbox: Sandbox) -> None:
    deals = api.table(BASE, "Deals")
    ref = web.one("один")
    anna = sandbox.airtable.user("anna@example.com")
    made = deals.add_comment(ref, "Смотри, @[anna@example.com] и @[кто-то] и @[x@example.com]")
    assert made.text == f"Смотри, @[{anna.id}] и @[кто-то] и @[x@example.com]"
    assert {m.email for m in made.mentioned.values()} == {"anna@example.com"}
    assert made.mentioned[anna.id].display_name == "Анна"
    made.text = "иначе"
    made.save()
    deals.add_comment(ref, "вторая")
    assert [c.text for c in deals.comments(ref)] == ["вторая", "иначе"]
    assert deals.comments(ref)[1].last_updated_time is not None
    made.delete()
    assert [c.text for c in deals.comments(ref)] == ["вторая"]


def test_pages_threads_and_foreign_comments(web: Web, boris: Web) -> None:
    path = f"/{BASE}/Deals/{web.one('один')}/comments"
    first = web.post(path, {"text": "0"}).json()
    for n in (1, 2):
        web.post(path, {"text": str(n), "parentCommentId": first["id"]})
    page = web.get(path, pageSize=2).json()
    assert [c["text"] for c in page["comments"]] == ["2", "1"]
    assert page["comments"][0]["parentCommentId"] == first["id"]
    rest = web.get(path, pageSize=2, offset=page["offset"]).json()
    assert ([c["text"] for c in rest["comments"]], rest["offset"]) == (["0"], None)
    refused = (403, "INVALID_PERMISSIONS", "You are not permitted to perform this operation")
    assert said(boris.patch(f"{path}/{first['id']}", {"text": "x"})) == refused
    assert said(boris.delete(f"{path}/{first['id']}")) == refused
    assert web.post(path, {"text": " "}).status_code == 422
    assert web.post(path, {"text": "x", "parentCommentId": "comX"}).status_code == 422
    assert web.get(path, pageSize=101).status_code == 422
