"""Lists: pages, offsets that expire, order, formats, long addresses."""

from readygate_sandbox import Sandbox

from .conftest import BASE, Web, said


def many(sandbox: Sandbox, count: int = 25) -> None:
    sandbox.airtable.populate(deals=count, fields={"Name": "n{n}", "Stage": "Work", "Sum": 1})


def test_pages_hold_every_record_once(web: Web, sandbox: Sandbox) -> None:
    many(sandbox)
    seen: list[str] = []
    offset, pages = "", 0
    while offset is not None:
        query = {"pageSize": 10, **({"offset": offset} if offset else {})}
        page = web.get(f"/{BASE}/Deals", **query).json()
        seen += [r["id"] for r in page["records"]]
        offset, pages = page.get("offset"), pages + 1
    assert (pages, len(seen), len(set(seen))) == (3, 28, 28)
    assert "/" in web.get(f"/{BASE}/Deals", pageSize=1).json()["offset"]


def test_what_happens_between_two_pages(web: Web, sandbox: Sandbox) -> None:
    many(sandbox)
    first = web.get(f"/{BASE}/Deals", pageSize=10).json()
    shown = {r["id"] for r in first["records"]}
    gone = next(r for r in sandbox.airtable.table("Deals").records if r not in shown)
    web.delete(f"/{BASE}/Deals/{gone}")
    rest = web.get(f"/{BASE}/Deals", offset=first["offset"]).json()["records"]
    assert gone not in {r["id"] for r in rest}
    assert len(rest) == 17


def test_offsets_expire_by_the_trackers_clock(web: Web, sandbox: Sandbox) -> None:
    offset = web.get(f"/{BASE}/Deals", pageSize=1).json()["offset"]
    assert web.get(f"/{BASE}/Deals", pageSize=1, offset=offset).status_code == 200
    sandbox.airtable.clock.advance(301)
    answer = web.get(f"/{BASE}/Deals", pageSize=1, offset=offset)
    assert answer.status_code == 422
    assert answer.json() == {"error": {"type": "LIST_RECORDS_ITERATOR_NOT_AVAILABLE"}}
    offset = web.get(f"/{BASE}/Deals", pageSize=1).json()["offset"]
    assert sandbox.airtable.expire_offsets() == 1
    assert web.get(f"/{BASE}/Deals", offset=offset).status_code == 422
    assert web.get(f"/{BASE}/Deals", offset="nonsense").status_code == 422


def test_max_records_counts_over_all_pages(web: Web, sandbox: Sandbox) -> None:
    many(sandbox)
    first = web.get(f"/{BASE}/Deals", pageSize=10, maxRecords=15).json()
    second = web.get(f"/{BASE}/Deals", pageSize=10, offset=first["offset"]).json()
    assert (len(second["records"]), second.get("offset")) == (5, None)


def test_sizes_that_are_refused(web: Web) -> None:
    for size in ("0", "101", "-1", "x"):
        assert web.get(f"/{BASE}/Deals", pageSize=size).status_code == 422
    assert web.get(f"/{BASE}/Deals", filterbyformula="1").status_code == 422


def test_sorting(web: Web) -> None:
    def names(*sort: tuple[str, str]) -> list[str]:
        query = {}
        for n, (field, direction) in enumerate(sort):
            query |= {f"sort[{n}][field]": field, f"sort[{n}][direction]": direction}
        found = web.get(f"/{BASE}/Deals", **query).json()["records"]
        return [r["fields"]["Name"] for r in found]

    assert names(("Sum", "asc")) == ["три", "два", "один"]
    assert names(("Sum", "desc")) == ["один", "два", "три"]
    assert names(("Stage", "desc"), ("Name", "asc")) == ["два", "три", "один"]


def test_views_filter_and_order(web: Web) -> None:
    found = web.get(f"/{BASE}/Deals", view="Talking").json()["records"]
    assert [r["fields"]["Name"] for r in found] == ["два", "три"]
    assert said(web.get(f"/{BASE}/Deals", view="Nope"))[:2] == (422, "VIEW_NAME_NOT_FOUND")


def test_only_some_fields_and_the_count_of_comments(web: Web) -> None:
    ref = web.one("один")
    web.post(f"/{BASE}/Deals/{ref}/comments", {"text": "да"})
    found = web.get(
        f"/{BASE}/Deals",
        **{"fields[]": ["Name"], "recordMetadata[]": "commentCount", "filterByFormula": "{Sum}=10"},
    ).json()["records"]
    assert [(r["fields"], r["commentCount"]) for r in found] == [({"Name": "один"}, 1)]
    assert said(web.get(f"/{BASE}/Deals", **{"fields[]": "Nope"})) == (
        422, "UNKNOWN_FIELD_NAME", 'Unknown field name: "Nope"',
    )  # fmt: skip


def test_cells_as_texts_need_zone_and_locale(web: Web) -> None:
    asked = {"cellFormat": "string", "filterByFormula": "{Sum}=10"}
    assert web.get(f"/{BASE}/Deals", **asked).status_code == 422
    asked |= {"timeZone": "Europe/Moscow", "userLocale": "ru"}
    [found] = web.get(f"/{BASE}/Deals", **asked).json()["records"]
    assert (found["fields"]["Sum"], found["fields"]["Owner"]) == ("10", "Анна")
    body = {**asked}
    assert web.post(f"/{BASE}/Deals/listRecords", body).status_code == 422
    query = {k: body.pop(k) for k in ("timeZone", "userLocale")}
    posted = web.call("POST", f"/{BASE}/Deals/listRecords", json=body, params=query)
    assert [r["id"] for r in posted.json()["records"]] == [found["id"]]


def test_the_same_list_by_post(web: Web) -> None:
    body = {
        "filterByFormula": "{Stage}='Talks'", "sort": [{"field": "Name", "direction": "desc"}],
        "fields": ["Name"], "pageSize": 1, "recordMetadata": ["commentCount"],
    }  # fmt: skip
    first = web.post(f"/{BASE}/Deals/listRecords", body).json()
    second = web.post(f"/{BASE}/Deals/listRecords", {**body, "offset": first["offset"]}).json()
    found = first["records"] + second["records"]
    assert [r["fields"] for r in found] == [{"Name": "три"}, {"Name": "два"}]
    assert web.post(f"/{BASE}/Deals/listRecords", {"fitler": ""}).status_code == 422


def test_addresses_end_at_sixteen_thousand_characters(web: Web) -> None:
    base = f"{web.url}/v0/{BASE}/Deals?filterByFormula="
    fits = "1" * (15_999 - len(base))
    assert web.session.get(base + fits, timeout=5).status_code == 200
    answer = web.session.get(base + fits + "1", timeout=5)
    assert said(answer) == (414, "REQUEST_URI_TOO_LONG", "The request URI is too long.")
