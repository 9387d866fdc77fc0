"""A full workspace stays quick: what a run asks for does not scan 70,000 rows."""

import time
from collections.abc import Callable

from readygate_sandbox import Sandbox

from .conftest import BASE, Web

ITEMS = [{"Item": f"{n}", "Key": f"{{deal_id}}/{n}"} for n in range(7)]


def best(run: Callable[[], object]) -> float:
    """The fastest of three, in ms."""
    times = []
    for _ in range(3):
        started = time.perf_counter()
        run()
        times.append((time.perf_counter() - started) * 1000)
    return min(times)


def test_ten_thousand_deals_and_their_items(web: Web, sandbox: Sandbox) -> None:
    deals = sandbox.airtable.populate(
        deals=10_000, fields={"Name": "n{n}", "Stage": "Talks"}, rows=ITEMS,
        spread_seconds=86_400, ending_seconds_ago=3_600,
    )  # fmt: skip
    path = f"/{BASE}/Checklist"
    since = "DATETIME_PARSE('2100-01-01T00:00:00.000Z')"
    edited = f"NOT(IS_BEFORE(LAST_MODIFIED_TIME({{Done}}), {since}))"
    idle = (
        f"OR(NOT(IS_BEFORE(CREATED_TIME(), {since})), IF(LAST_MODIFIED_TIME({{Done}}), {edited}))"
    )
    keys = ",".join(f"{{Key}}='{deal}/{n}'" for deal in deals[:10] for n in range(7))
    asked = {
        "an incremental read": {"filterByFormula": idle},
        "a look at the items of ten deals": {"filterByFormula": f"OR({keys})"},
        "a page": {"pageSize": 100},
    }
    found = {}
    for name, body in asked.items():
        answer = web.post(f"{path}/listRecords", body).json()
        found[name] = len(answer["records"])
        took = best(lambda body=body: web.post(f"{path}/listRecords", body))
        assert took < 60, f"{name} took {took:.0f} ms"  # a scan takes 200 and more
    assert list(found.values()) == [0, 70, 100]
