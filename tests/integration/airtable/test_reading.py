"""What a read and a look see, at what cost, and what becomes of lists that go wrong."""

from __future__ import annotations

from datetime import timedelta

import pytest

from integration.airtable.rig import ANNA, seed
from readygate.deal import Mark
from readygate.errors import TrackerDenied, TrackerUnavailable


def later(rig):
    """A tracker time after everything so far."""
    rig.control.clock.advance(3600)
    (page, *_) = rig.tracker.read(rig.pipeline, None)
    rig.control.clock.advance(1)
    rig.control.log.clear()
    return page.at


def test_an_idle_read_is_two_lists(rig):
    since = later(rig)
    assert (rig.deals(since), rig.items(since)) == ([], [])
    assert rig.counts() == {"POST /<base>/<table>/listRecords": 4}  # two reads


def test_deals_are_read_with_names_fields_and_links(rig):
    (deal,) = [one for one in rig.deals() if one.label == "Deal 1"]
    ref = rig.ref("Deal 1")
    assert (deal.ref, deal.label, deal.title) == (ref, "Deal 1", "Deal 1")
    assert deal.stage_name == "New lead"
    assert deal.stage == rig.stage("New lead")
    assert deal.fields == {"Service": ("Site",)}
    assert deal.updated is None
    table = rig.control.table("Deals").id
    assert deal.url == f"https://airtable.com/{rig.tracker.base.ref}/{table}/{ref}"


def test_a_page_tells_the_time_of_the_base(rig):
    (page, *_) = rig.tracker.read(rig.pipeline, None)
    here = rig.control.clock.now_ms() / 1000
    assert 0 <= here - page.at.timestamp() < 2


CHANGES = [{"Stage": "Negotiation"}, {"Service": "Design"}, {"Name": "Another name"}]


@pytest.mark.parametrize("change", CHANGES)
def test_what_changed_in_a_watched_field_is_read(rig, change):
    since = later(rig)
    ref = rig.ref("Deal 2")
    rig.edit(ref, **change)
    rig.edit(rig.ref("Deal 3"), VIP=True)
    assert [deal.ref for deal in rig.deals(since)] == [ref]


def test_bounds_are_inclusive(rig):
    since = later(rig)
    at = rig.control.clock.now_ms() // 1000 * 1000
    rig.control.clock.advance(1 - (rig.control.clock.now_ms() - at) / 1000)
    rig.move("Deal 2", "Negotiation")
    moved = rig.control.record(rig.ref("Deal 2")).modified
    newest = max(moved.values())
    exact = since.fromtimestamp(newest / 1000, tz=since.tzinfo)
    assert [deal.label for deal in rig.deals(exact)] == ["Deal 2"]
    assert rig.deals(exact + timedelta(seconds=2)) == []


def test_a_new_deal_that_nobody_edited_is_read(rig):
    since = later(rig)
    rig.control.act(ANNA, "create", table="Deals", fields={"Name": "New", "Stage": "New lead"})
    assert [deal.label for deal in rig.deals(since)] == ["New"]


def test_items_are_read_when_one_of_their_fields_changes(rig):
    rig.open("Deal 1", "scan", "kit", "third")
    since = later(rig)
    rig.edit(rig.row("Deal 1", "scan"), Done=True)
    rig.edit(rig.row("Deal 1", "kit"), Waived_because="no brand yet")
    found = {item.key.partition("/")[2]: item.mark for item in rig.items(since)}
    assert found == {"scan": Mark.TICKED, "kit": Mark.WAIVED}


def test_a_retired_row_keeps_the_tick_it_had(rig):
    rig.open("Deal 1", "scan")
    rig.edit(rig.row("Deal 1", "scan"), Done=True, Retired=True)
    (item,) = rig.look("Deal 1").items
    assert (item.mark, item.stored, item.closed) == (Mark.RETIRED, Mark.TICKED, True)


def test_a_look_sees_deals_and_rows_and_what_is_gone(rig):
    rig.open("Deal 1", "scan")
    gone = rig.ref("Deal 3")
    rig.control.act(ANNA, "delete", record=gone)
    look = rig.tracker.look(rig.pipeline, [rig.ref("Deal 1"), rig.ref("Deal 2"), gone])
    assert {deal.label for deal in look.deals} == {"Deal 1", "Deal 2"}
    assert [item.key for item in look.items] == [f"{rig.ref('Deal 1')}/scan"]
    assert look.absent == (gone,)


def test_a_duplicated_deal_does_not_take_its_checklist_along(rig):
    rig.open("Deal 1", "scan")
    twin = rig.control.act(ANNA, "duplicate", record=rig.ref("Deal 1"))["id"]
    look = rig.tracker.look(rig.pipeline, [twin])
    owners = {item.deal for item in look.items}
    assert owners <= {twin}
    assert rig.tracker.look(rig.pipeline, [r for r in rig.records("Deals") if r != twin]).items


def test_an_offset_that_expired_starts_the_list_again(make_rig):
    rig = make_rig()
    rig.resolve()
    rig.control.populate(deals=250, fields={"Name": "D{n}", "Stage": "New lead"})
    pages = rig.tracker.read(rig.pipeline, None)
    first = next(pages)
    rig.control.expire_offsets()
    refs = {deal.ref for deal in first.deals}
    for page in pages:
        refs.update(deal.ref for deal in page.deals)
    assert len(refs) == 253


def test_a_list_that_always_expires_is_given_up(make_rig):
    rig = make_rig()
    rig.resolve()
    rig.control.populate(deals=150, fields={"Name": "D{n}", "Stage": "New lead"})

    def read() -> None:
        for _page in rig.tracker.read(rig.pipeline, None):
            rig.control.expire_offsets()

    with pytest.raises(TrackerUnavailable, match=r"it forgot where it was 4 times\."):
        read()


def test_a_renamed_stage_is_understood_in_the_same_run(rig):
    rig.control.act(
        "bot@example.com",
        "rename_choice",
        table="Deals",
        field="Stage",
        choice="New lead",
        to="Fresh lead",
    )
    (deal, *_) = rig.deals()
    assert (deal.stage, deal.stage_name) == (rig.stage("New lead"), "Fresh lead")
    assert rig.counts()["GET /meta/bases/<base>/tables"] == 1


def test_a_token_that_expired_is_said_so(rig):
    rig.control.set_user("bot@example.com", expired=True)
    with pytest.raises(TrackerDenied, match=r"our login is not accepted \(401\)"):
        rig.deals()


def test_a_missing_scope_is_said_so(rig):
    rig.control.set_user("bot@example.com", scopes=["schema.bases:read"])
    with pytest.raises(TrackerDenied) as error:
        rig.deals()
    assert "the token has the scopes data.records:read, data.records:write" in str(error.value)


def test_an_empty_checkbox_is_a_condition_too(make_rig):
    rig = make_rig(seed())
    rig.resolve(fields={"deals": ["VIP"]})
    assert rig.deals()[0].fields == {"VIP": ("false",)}
    rig.edit(rig.ref("Deal 1"), VIP=True)
    assert rig.look("Deal 1").deals[0].fields == {"VIP": ("true",)}
