"""Reading and writing records: what is taken, what is refused, and in which words."""

from typing import Any

import pytest

from readygate_sandbox import Sandbox

from .conftest import BASE, Web, said

VALIDATION = "Invalid request: parameter validation failed. Check your request data."
MODEL = (
    "Invalid permissions, or the requested model was not found. Check that both your user and "
    "your token have the required permissions, and that the model names and/or ids are correct."
)


def test_empty_cells_are_left_out(web: Web) -> None:
    made = web.post(
        f"/{BASE}/Deals",
        {"fields": {"Name": "пустая", "VIP": False, "Tags": [], "Sum": 0, "Stage": None}},
    ).json()
    assert made["fields"] == {"Name": "пустая", "Sum": 0, "Made": made["createdTime"],
                              "Loud": "ПУСТАЯ"}  # fmt: skip
    web.patch(f"/{BASE}/Deals/{made['id']}", {"fields": {"Name": "", "Sum": None}})
    assert web.fields(made["id"]) == {"Made": made["createdTime"]}


def test_every_kind_of_cell_comes_back_as_documented(web: Web, sandbox: Sandbox) -> None:
    fields = web.fields(web.one("один"))
    anna = sandbox.airtable.user("anna@example.com").shape()
    assert fields.pop("Made").endswith("Z")
    assert fields == {
        "Name": "один", "Stage": "Lead", "Sum": 10, "Tags": ["a", "b"], "Start": "2026-11-30",
        "Owner": anna, "Loud": "ОДИН",
    }  # fmt: skip


def test_patch_leaves_and_put_empties(web: Web) -> None:
    ref = web.one("два")
    web.patch(f"/{BASE}/Deals/{ref}", {"fields": {"Sum": 3}})
    assert web.fields(ref)["VIP"] is True
    web.put(f"/{BASE}/Deals", {"records": [{"id": ref, "fields": {"Name": "2"}}]})
    assert set(web.fields(ref)) == {"Name", "Made", "Loud"}


def test_fields_may_be_named_by_id_and_shown_by_id(web: Web, sandbox: Sandbox) -> None:
    table = sandbox.airtable.table("Deals")
    name = table.primary.id
    made = web.post(
        f"/{BASE}/{table.id}", {"fields": {name: "по id"}, "returnFieldsByFieldId": True}
    ).json()
    assert made["fields"][name] == "по id"
    listed = web.get(
        f"/{BASE}/{table.id}", **{"fields[]": ["Name"], "returnFieldsByFieldId": "true"}
    )
    assert {tuple(r["fields"]) for r in listed.json()["records"]} == {(name,)}


@pytest.mark.parametrize(
    ("fields", "type_", "message"),
    [
        ({"Nmae": "x"}, "UNKNOWN_FIELD_NAME", 'Unknown field name: "Nmae"'),
        ({"Name": 5}, "INVALID_VALUE_FOR_COLUMN",
         'Field "Name" cannot accept the provided value'),
        ({"Sum": "5"}, "INVALID_VALUE_FOR_COLUMN", 'Field "Sum" cannot accept the provided value'),
        ({"VIP": "yes"}, "INVALID_VALUE_FOR_COLUMN",
         'Field "VIP" cannot accept the provided value'),
        ({"Start": "завтра"}, "INVALID_VALUE_FOR_COLUMN",
         'Field "Start" cannot accept the provided value'),
        ({"Owner": {"email": "nobody@example.com"}}, "INVALID_VALUE_FOR_COLUMN",
         'Field "Owner" cannot accept the provided value'),
        ({"Owner": {"email": "stranger@example.com"}}, "INVALID_VALUE_FOR_COLUMN",
         'Field "Owner" cannot accept the provided value'),
        ({"Made": "2026-01-01"}, "INVALID_VALUE_FOR_COLUMN",
         'Field "Made" cannot accept a value because the field is computed'),
        ({"Stage": "lead"}, "INVALID_MULTIPLE_CHOICE_OPTIONS",
         'Insufficient permissions to create new select option ""lead""'),
        ({"Checklist": ["recZZZZZZZZZZZZZZ"]}, "ROW_DOES_NOT_EXIST",
         "Record ID recZZZZZZZZZZZZZZ does not exist in this table"),
        ({"Checklist": ["один"]}, "INVALID_RECORD_ID", 'Value "один" is not a valid record ID.'),
    ],
)  # fmt: skip
def test_bad_values(web: Web, fields: dict[str, Any], type_: str, message: str) -> None:
    assert said(web.post(f"/{BASE}/Deals", {"fields": fields})) == (422, type_, message)


def test_a_batch_is_stored_whole_or_not_at_all(web: Web) -> None:
    refs = [web.one("один"), web.one("два")]
    bad = [
        {"id": refs[0], "fields": {"Name": "x"}},
        {"id": refs[1], "fields": {"Stage": "Nowhere"}},
    ]
    assert web.patch(f"/{BASE}/Deals", {"records": bad}).status_code == 422
    missing = [
        {"id": refs[0], "fields": {"Name": "x"}},
        {"id": "recZZZZZZZZZZZZZZ", "fields": {}},
    ]
    assert said(web.patch(f"/{BASE}/Deals", {"records": missing})) == (
        422, "ROW_DOES_NOT_EXIST", "Record ID recZZZZZZZZZZZZZZ does not exist in this table",
    )  # fmt: skip
    gone = web.delete(f"/{BASE}/Deals", **{"records[]": [refs[0], "recZZZZZZZZZZZZZZ"]})
    assert gone.status_code == 422
    assert web.names() == ["два", "один", "три"]


@pytest.mark.parametrize(("method", "verb"), [("POST", "created"), ("PATCH", "updated")])
def test_ten_records_are_the_most(web: Web, method: str, verb: str) -> None:
    records = [{"id": "rec00000000000000", "fields": {"Name": "x"}}] * 11
    assert said(web.call(method, f"/{BASE}/Deals", json={"records": records})) == (
        422, "INVALID_RECORDS",
        f"A maximum of 10 records can be {verb} per request but you have provided 11.",
    )  # fmt: skip
    assert len(web.names()) == 3


def test_typecast_converts_and_makes_choices(web: Web, sandbox: Sandbox) -> None:
    fields = {"Stage": " work ", "Sum": "1,234.5 ₽", "Tags": "a, c", "VIP": "yes", "Name": 7}
    made = web.post(f"/{BASE}/Deals", {"fields": fields, "typecast": True}).json()["fields"]
    assert {k: made[k] for k in fields} == {
        "Stage": "Work", "Sum": 1234.5, "Tags": ["a", "c"], "VIP": True, "Name": "7",
    }  # fmt: skip
    tags = sandbox.airtable.table("Deals").field("Tags")
    assert tags is not None
    assert [c.name for c in tags.choices] == ["a", "b", "c"]
    bad = {"records": [{"fields": {"Stage": "New"}}, {"fields": {"Nope": 1}}], "typecast": True}
    assert web.post(f"/{BASE}/Deals", bad).status_code == 422
    stage = sandbox.airtable.table("Deals").field("Stage")
    assert stage is not None
    assert [c.name for c in stage.choices] == ["Lead", "Talks", "Work"]


def test_links_hold_at_both_ends(web: Web) -> None:
    deal, other = web.one("один"), web.one("два")
    item = web.make("Checklist", Item="скан", Key="k", Deal=[deal])
    assert web.fields(deal)["Checklist"] == [item]
    web.patch(f"/{BASE}/Checklist/{item}", {"fields": {"Deal": [other]}})
    assert "Checklist" not in web.fields(deal)
    assert web.fields(other)["Checklist"] == [item]
    web.patch(f"/{BASE}/Deals/{deal}", {"fields": {"Checklist": [item]}})
    assert web.fields(item, "Checklist")["Deal"] == [other, deal]
    assert web.delete(f"/{BASE}/Deals/{deal}").json() == {"id": deal, "deleted": True}
    assert web.fields(item, "Checklist")["Deal"] == [other]
    web.delete(f"/{BASE}/Deals", **{"records[]": [other]})
    assert "Deal" not in web.fields(item, "Checklist")


def test_a_missing_record(web: Web, sandbox: Sandbox) -> None:
    path = f"/{BASE}/Deals/recZZZZZZZZZZZZZZ"
    for method in ("GET", "DELETE"):
        answer = web.call(method, path)
        assert said(answer) == (404, "MODEL_ID_NOT_FOUND", "Record not found")
    seen = {}
    for quirk in ("text", "object", "forbidden"):
        sandbox.airtable.set_quirks(missing_record=quirk)
        answer = web.get(path)
        seen[quirk] = (answer.status_code, answer.json())
    assert seen["text"] == (404, {"error": "NOT_FOUND"})
    assert seen["object"] == (404, {"error": {"type": "NOT_FOUND"}})
    assert seen["forbidden"][0] == 403


def test_nowhere(web: Web, sandbox: Sandbox) -> None:
    assert web.get("/meta/nothing/here/at/all").json() == {"error": "NOT_FOUND"}
    sandbox.airtable.set_quirks(not_found="object")
    assert web.get("/meta/nothing/here/at/all").json() == {"error": {"type": "NOT_FOUND"}}
    for path in (f"/{BASE}/Nothing", "/appZZZZZZZZZZZZZZ/Deals"):
        assert said(web.get(path)) == (403, "INVALID_PERMISSIONS_OR_MODEL_NOT_FOUND", MODEL)


def test_what_single_get_refuses(web: Web) -> None:
    path = f"/{BASE}/Deals/{web.one('один')}"
    answer = web.get(path, **{"fields[]": "Name"})
    assert said(answer) == (422, "INVALID_REQUEST_UNKNOWN", VALIDATION)


def test_unreadable_requests(web: Web) -> None:
    answer = web.call(
        "POST", f"/{BASE}/Deals", data=b"{", headers={"Content-Type": "application/json"}
    )
    assert said(answer) == (400, "INVALID_REQUEST_BODY", "Could not parse request body")
    assert said(web.post(f"/{BASE}/Deals", {})) == (
        422, "INVALID_REQUEST_MISSING_FIELDS", 'Could not find field "fields" in the request body',
    )  # fmt: skip
    unknown = web.post(f"/{BASE}/Deals", {"fields": {}, "tpyecast": True})
    assert said(unknown) == (422, "INVALID_REQUEST_UNKNOWN", VALIDATION)


def test_slashes_at_the_end_and_other_ways_to_ask(web: Web) -> None:
    made = web.post(f"/{BASE}/Deals/", {"records": [{"fields": {"Name": "js"}}]})
    ref = made.json()["records"][0]["id"]
    assert web.patch(f"/{BASE}/Deals/", {"records": [{"id": ref, "fields": {}}]}).ok
    gone = web.delete(f"/{BASE}/Deals/", records=ref)
    assert gone.json() == {"records": [{"id": ref, "deleted": True}]}


# -- upsert ------------------------------------------------------------------------------------


def upsert(web: Web, *rows: dict[str, Any], on: Any = ("Key",), **more: Any) -> Any:
    body = {
        "records": [{"fields": row} for row in rows],
        "performUpsert": {"fieldsToMergeOn": list(on)},
    }
    return web.patch(f"/{BASE}/Checklist", {**body, **more})


def test_an_upsert_creates_then_updates_and_leaves_what_is_not_sent(web: Web) -> None:
    first = upsert(web, {"Key": "a", "Item": "1"}, {"Key": "b", "Item": "2"}).json()
    assert first["createdRecords"] == [r["id"] for r in first["records"]]
    assert first["updatedRecords"] == []
    ref = first["records"][0]["id"]
    web.patch(f"/{BASE}/Checklist/{ref}", {"fields": {"Done": True}})
    again = upsert(web, {"Key": "a", "Item": "один"}, {"Key": "c"}).json()
    assert again["updatedRecords"] == [ref]
    assert len(again["createdRecords"]) == 1
    assert web.fields(ref, "Checklist") == {"Item": "один", "Key": "a", "Done": True}


def test_an_upsert_that_matches_two_fails_whole(web: Web) -> None:
    for _ in range(2):
        web.make("Checklist", Key="twin")
    answer = upsert(web, {"Key": "new"}, {"Key": "twin"})
    assert said(answer) == (422, "INVALID_REQUEST_UNKNOWN", VALIDATION)
    assert web.get(f"/{BASE}/Checklist", filterByFormula="{Key}='new'").json()["records"] == []


def test_an_upsert_by_id_never_creates(web: Web) -> None:
    body = {
        "records": [{"id": "recZZZZZZZZZZZZZZ", "fields": {"Key": "x"}}],
        "performUpsert": {"fieldsToMergeOn": ["Key"]},
    }
    answer = web.patch(f"/{BASE}/Checklist", body)
    assert said(answer)[:2] == (422, "ROW_DOES_NOT_EXIST")
    ref = web.make("Checklist", Key="x")
    body["records"] = [{"id": ref, "fields": {"Key": "y"}}]
    assert web.patch(f"/{BASE}/Checklist", body).json()["updatedRecords"] == [ref]


@pytest.mark.parametrize("on", [[], ["Deal"], ["Done"], ["Item", "Key", "Due", "Owner"]])
def test_fields_that_cannot_be_merged_on(web: Web, on: list[str]) -> None:
    assert upsert(web, {"Key": "a"}, on=on).status_code == 422


def test_several_merge_fields_and_kinds(web: Web) -> None:
    row = {"Key": "a", "Due": "2026-12-01"}
    first = upsert(web, row, on=["Key", "Due"]).json()
    second = upsert(web, {**row, "Due": "2026-12-02"}, on=["Key", "Due"]).json()
    assert len(second["createdRecords"]) == 1
    assert upsert(web, row, on=["Due", "Key"]).json()["updatedRecords"] == first["createdRecords"]
    assert upsert(web, {"Key": "a"}, on=["Key", "Due"]).status_code == 422
