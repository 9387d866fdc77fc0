"""What actions do to a base, in how many requests, and what becomes of each when one goes wrong."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from integration.airtable.rig import ANNA, BORIS, BOT, LOCKED, PLACE, pipeline, seed
from readygate.action import (
    Amend,
    Block,
    Explain,
    Grant,
    Mention,
    Restore,
    Retire,
    Status,
    Tell,
    Text,
    text_digest,
)
from readygate.deal import Mark

UPSERT = "PATCH /<base>/<table>"
LIST = "POST /<base>/<table>/listRecords"
COMMENT = "POST /<base>/<table>/<record>/comments"


def statuses(outcomes):
    return [str(outcome.status) for outcome in outcomes]


def explain(rig, name="Deal 1", *, attempt="a1b2c3", edit="", account=ANNA):
    line = (Text("Scan — owed by "), Mention("Анна Котова", account))
    document = (Block(line=(Text("It was moved back."),), bullets=(line,)),)
    return Explain(rig.ref(name), name, attempt, document, "why", edit=edit)


def comments(rig, name="Deal 1"):
    base = rig.control.base()
    return [comment.text for comment in base.table("Deals").records[rig.ref(name)].comments]


# -- opening -----------------------------------------------------------------------------------


def test_items_are_opened_ten_a_request_and_never_with_the_checkbox(rig):
    names = [f"item{n}" for n in range(25)]
    outcomes = rig.open("Deal 1", *names, assignee=ANNA, due=date(2026, 12, 1))
    assert statuses(outcomes) == ["done"] * 25
    assert rig.counts() == {UPSERT: 3}
    row = rig.control.cells(rig.row("Deal 1", "item7"))
    assert row["Owner"]["email"] == ANNA
    assert (row["Due"], row["Item"], row["Deal"]) == (
        "2026-12-01", "Item item7", [rig.ref("Deal 1")],
    )  # fmt: skip
    assert outcomes[7].ref == rig.row("Deal 1", "item7")
    assert outcomes[7].url.endswith(outcomes[7].ref)


def test_opening_again_keeps_the_tick(rig):
    rig.open("Deal 1", "scan")
    row = rig.row("Deal 1", "scan")
    rig.edit(row, Done=True)
    (outcome,) = rig.open("Deal 1", "scan")
    assert (outcome.status, outcome.ref) == (Status.DONE, row)
    assert rig.marks("Deal 1") == {"scan": Mark.TICKED}


def test_a_row_that_lost_its_deal_is_linked_again_with_its_tick(rig):
    rig.open("Deal 1", "scan")
    row = rig.row("Deal 1", "scan")
    rig.edit(row, Done=True, Deal=[])
    assert rig.marks("Deal 1") == {}
    rig.open("Deal 1", "scan")
    assert rig.row("Deal 1", "scan") == row
    assert rig.marks("Deal 1") == {"scan": Mark.TICKED}


def test_a_lost_answer_leaves_one_row(rig):
    rig.control.faults.add("drop", method="PATCH", stored=True)
    outcomes = rig.open("Deal 1", "scan", "kit")
    assert statuses(outcomes) == ["unknown"] * 2
    assert set(rig.marks("Deal 1")) == {"scan", "kit"}
    rig.control.faults.clear()
    assert statuses(rig.open("Deal 1", "scan", "kit")) == ["done"] * 2
    assert len(rig.records("Checklist")) == 2


def test_a_key_that_two_rows_carry_is_reported_and_the_rest_is_opened(rig):
    rig.open("Deal 1", "scan")
    twin = rig.control.act(ANNA, "duplicate", record=rig.row("Deal 1", "scan"))["id"]
    rows = set(rig.records("Checklist"))
    outcomes = rig.open("Deal 1", "kit", "scan", "third")
    assert statuses(outcomes) == ["done", "failed", "done"]
    assert twin in outcomes[1].message
    assert all(row in outcomes[1].message for row in rows)
    assert outcomes[1].message.endswith("Delete all but one; none of them was changed.")
    assert not outcomes[1].stops


def test_an_owner_who_is_not_in_the_base_is_left_out(rig):
    outcomes = rig.apply(
        rig.opening("Deal 1", "scan", assignee=ANNA),
        rig.opening("Deal 1", "kit", assignee="stranger@example.com"),
    )
    assert statuses(outcomes) == ["done", "done"]
    assert outcomes[0].message == ""
    assert outcomes[1].message.startswith("Opened without its owner, which Airtable refused:")
    assert "Owner" in rig.control.cells(rig.row("Deal 1", "scan"))
    assert "Owner" not in rig.control.cells(rig.row("Deal 1", "kit"))


# -- moving ------------------------------------------------------------------------------------


def test_deals_are_returned_ten_a_request_fifty_after_a_look(make_rig):
    rig = make_rig()
    rig.resolve()
    rig.control.populate(deals=65, fields={"Name": "D{n}", "Stage": "Negotiation"})
    actions = [rig.returning(f"D{n}", "Negotiation", "New lead") for n in range(1, 66)]
    rig.edit(rig.ref("D12"), Stage="Lost")
    rig.counts()
    assert statuses(rig.apply(*actions)) == ["done"] * 11 + ["stale"] + ["done"] * 53
    assert rig.counts() == {LIST: 2, UPSERT: 7}
    assert rig.cells("D12")["Stage"] == "Lost"
    others = {rig.cells(f"D{n}")["Stage"] for n in range(1, 66) if n != 12}
    assert others == {"New lead"}


def test_a_lost_answer_is_about_the_ten_that_it_was_for(make_rig):
    rig = make_rig()
    rig.resolve()
    rig.control.populate(deals=35, fields={"Name": "D{n}", "Stage": "Negotiation"})
    actions = [rig.returning(f"D{n}", "Negotiation", "New lead") for n in range(1, 36)]
    rig.control.faults.add("drop", method="PATCH", stored=True, count=1)
    done = statuses(rig.apply(*actions))
    assert done == ["unknown"] * 10 + ["done"] * 25
    assert {rig.cells(f"D{n}")["Stage"] for n in range(1, 36)} == {"New lead"}


def test_what_moved_on_in_the_meantime_is_left_alone(rig):
    for name in ("Deal 1", "Deal 2"):
        rig.move(name, "Negotiation")
    actions = [rig.returning(name, "Negotiation", "New lead") for name in ("Deal 1", "Deal 2")]
    rig.move("Deal 1", "In production")
    first, second = rig.apply(*actions)
    assert (first.status, second.status) == (Status.STALE, Status.DONE)
    assert first.message == (
        "Deal 1 was changed by somebody in the meantime. The next run looks again."
    )
    assert rig.cells("Deal 1")["Stage"] == "In production"


@pytest.mark.parametrize("path", ["PATCH", "POST"], ids=["write", "look"])
def test_nothing_is_moved_once_the_tracker_made_us_wait(rig, path):
    rig.move("Deal 1", "Negotiation")
    action = rig.returning("Deal 1", "Negotiation", "New lead")
    told = {"status": 429, "body": {"error": {"type": "RATE_LIMIT_REACHED"}}}
    rig.control.faults.add("refuse", method=path, count=1, **told)
    (outcome,) = rig.apply(action)
    assert max(rig.clock.slept) >= 30
    assert outcome.status is Status.STALE
    assert outcome.message.endswith(
        "moving 1 deal: it made us wait, and what this change rests on was seen too long ago."
        " Nothing was changed; the next run looks again."
    )
    assert rig.cells("Deal 1")["Stage"] == "Negotiation"


def test_nothing_is_moved_on_the_strength_of_an_old_look(rig):
    rig.move("Deal 1", "Negotiation")
    action = rig.returning("Deal 1", "Negotiation", "New lead")
    rig.look("Deal 1")
    rig.clock.advance(timedelta(seconds=5.1))  # as after a pause of the whole machine
    assert rig.apply(action)[0].status is Status.STALE
    assert rig.cells("Deal 1")["Stage"] == "Negotiation"
    rig.look("Deal 1")
    assert rig.apply(action)[0].status is Status.DONE


def test_a_deal_that_was_deleted_is_stale_and_the_others_are_moved(rig):
    for name in ("Deal 1", "Deal 2"):
        rig.move(name, "Negotiation")
    actions = [rig.returning(name, "Negotiation", "New lead") for name in ("Deal 1", "Deal 2")]
    rig.control.act(ANNA, "delete", record=rig.ref("Deal 1"))
    assert statuses(rig.apply(*actions)) == ["stale", "done"]


def test_no_choice_is_ever_added_to_the_stages(rig):
    rig.move("Deal 1", "Negotiation")
    action = rig.returning("Deal 1", "Negotiation", "New lead")
    told = {"table": "Deals", "field": "Stage", "choice": "New lead", "to": "Fresh lead"}
    rig.control.act(BOT, "rename_choice", **told)
    (outcome,) = rig.apply(action)
    field = rig.control.table("Deals").field("Stage")
    assert [choice.name for choice in field.choices] == [
        "Fresh lead", "Negotiation", "In production", "Lost",
    ]  # fmt: skip
    assert outcome.status is Status.FAILED
    assert "INVALID_MULTIPLE_CHOICE_OPTIONS" in outcome.message


def test_a_locked_field_is_said_so(rig):
    rig.control.permit("Deals", "Stage", [BORIS])
    rig.control.act(BORIS, "edit", record=rig.ref("Deal 1"), fields={"Stage": "Negotiation"})
    (outcome,) = rig.apply(rig.returning("Deal 1", "Negotiation", "New lead"))
    assert outcome.status is Status.FAILED
    assert "You are not permitted" in outcome.message or "403" in outcome.message


# -- requests ----------------------------------------------------------------------------------


@pytest.fixture
def locked(make_rig):
    made = make_rig(path=pipeline(place=LOCKED))
    made.resolve()
    return made


def test_a_request_is_read_and_granted_in_one_update(locked):
    rig = locked
    rig.edit(rig.ref("Deal 1"), Requested_stage="Negotiation")
    (deal,) = rig.look("Deal 1").deals
    assert (deal.requested, deal.requested_name) == (rig.stage("Negotiation"), "Negotiation")
    lead = rig.stage("New lead")
    grant = Grant(rig.ref("Deal 1"), "Deal 1", rig.stage("Negotiation"), lead, "complete")
    rig.counts()
    assert statuses(rig.apply(grant)) == ["done"]
    assert rig.counts() == {LIST: 1, UPSERT: 1}
    cells = rig.cells("Deal 1")
    assert cells["Stage"] == "Negotiation"
    assert "Requested stage" not in cells


def test_a_request_is_refused_without_moving_the_deal(locked):
    rig = locked
    rig.edit(rig.ref("Deal 1"), Requested_stage="Negotiation")
    action = rig.returning("Deal 1", "Negotiation", "New lead", request=True)
    assert statuses(rig.apply(action)) == ["done"]
    assert "Requested stage" not in rig.cells("Deal 1")
    assert rig.cells("Deal 1")["Stage"] == "New lead"


def test_a_request_that_changed_meanwhile_is_left_alone(locked):
    rig = locked
    rig.edit(rig.ref("Deal 1"), Requested_stage="In production")
    action = rig.returning("Deal 1", "Negotiation", "New lead", request=True)
    assert statuses(rig.apply(action)) == ["stale"]
    assert rig.cells("Deal 1")["Requested stage"] == "In production"


def test_what_is_missing_is_written_and_emptied(locked):
    rig = locked
    ref = rig.ref("Deal 1")
    rig.apply(Tell(ref, "Deal 1", "Scan — owed by Anna", "why"))
    assert rig.cells("Deal 1")["What is missing"] == "Scan — owed by Anna"
    rig.apply(Tell(ref, "Deal 1", "", "why"))
    assert "What is missing" not in rig.cells("Deal 1")


# -- items -------------------------------------------------------------------------------------


def test_retiring_and_restoring_never_touch_the_tick(rig):
    rig.open("Deal 1", "scan", "kit")
    rig.edit(rig.row("Deal 1", "scan"), Done=True)
    ref = rig.ref("Deal 1")
    rows = {item: rig.row("Deal 1", item) for item in ("scan", "kit")}
    stored = {"scan": Mark.TICKED, "kit": Mark.OPEN}
    retire = [
        Retire(ref, "Deal 1", item, row, stored[item], close=True, reason="why")
        for item, row in rows.items()
    ]
    assert statuses(rig.apply(*retire)) == ["done", "done"]
    assert rig.marks("Deal 1") == {"scan": Mark.RETIRED, "kit": Mark.RETIRED}
    restore = [
        Restore(ref, "Deal 1", item, row, stored[item], reopen=False, reason="why")
        for item, row in rows.items()
    ]
    assert statuses(rig.apply(*restore)) == ["done", "done"]
    assert rig.marks("Deal 1") == stored


@pytest.fixture
def with_notes(make_rig):
    """A base whose checklist has notes."""
    tables = seed()["airtable"]["bases"][0]["tables"]
    checklist = {
        "name": "Checklist",
        "fields": [
            {"name": "Item", "type": "singleLineText"},
            {"name": "Key", "type": "singleLineText"},
            {"name": "Deal", "type": "multipleRecordLinks", "link": "Deals"},
            {"name": "Done", "type": "checkbox"},
            {"name": "Retired", "type": "checkbox"},
            {"name": "Notes", "type": "multilineText"},
        ],
    }
    names = ("table", "deal", "key", "title", "done", "retired")
    place = {key: PLACE[key] for key in ("table", "stage_field")}
    place |= {f"checklist.{name}": PLACE[f"checklist.{name}"] for name in names}
    place["checklist.notes"] = "Notes"
    rig = make_rig(seed(tables=[*tables, checklist], checklist=""), path=pipeline(place=place))
    rig.resolve()
    return rig


def amendments(rig, *items):
    ref, was = rig.ref("Deal 1"), text_digest("as we wrote it")
    return [
        Amend(ref, "Deal 1", item, rig.row("Deal 1", item), "why", "New", "newer", was=was)
        for item in items
    ]


def test_an_amendment_leaves_what_people_wrote(with_notes):
    rig = with_notes
    rig.open("Deal 1", "scan", "kit", text="as we wrote it")
    rig.edit(rig.row("Deal 1", "kit"), Notes="as Anna wrote it")
    assert statuses(rig.apply(*amendments(rig, "scan", "kit"))) == ["done", "done"]
    rows = [rig.control.cells(rig.row("Deal 1", item)) for item in ("scan", "kit")]
    assert [row["Item"] for row in rows] == ["New", "New"]
    assert [row["Notes"] for row in rows] == ["newer", "as Anna wrote it"]


def test_an_amendment_leaves_what_people_write_between_two_of_its_requests(with_notes):
    rig = with_notes
    items = [f"i{number}" for number in range(20)]
    rig.open("Deal 1", *items, text="as we wrote it")
    due = amendments(rig, *items)
    last = rig.row("Deal 1", "i19")
    outcomes = rig.tracker.apply(rig.pipeline, due)
    assert next(outcomes).status is Status.DONE
    rig.edit(last, Notes="as Anna wrote it")
    assert statuses(outcomes) == ["done"] * 19
    assert rig.control.cells(last)["Notes"] == "as Anna wrote it"


def test_what_became_of_a_request_is_told_before_the_next(make_rig):
    rig = make_rig()
    rig.resolve()
    rig.control.populate(deals=15, fields={"Name": "D{n}", "Stage": "Negotiation"})
    actions = [rig.returning(f"D{n}", "Negotiation", "New lead") for n in range(1, 16)]
    outcomes = rig.tracker.apply(rig.pipeline, actions)
    assert [next(outcomes).status for _ in range(10)] == [Status.DONE] * 10
    assert [rig.cells(f"D{n}")["Stage"] for n in (10, 11)] == ["New lead", "Negotiation"]
    assert statuses(outcomes) == ["done"] * 5


# -- comments ----------------------------------------------------------------------------------


def test_an_explanation_mentions_people_and_is_found_by_its_code(rig):
    (outcome,) = rig.apply(explain(rig))
    assert outcome.status is Status.DONE
    anna = rig.control.user(ANNA).id
    assert comments(rig) == [f"It was moved back.\n• Scan — owed by @[{anna}]\n[readygate a1b2c3]"]
    assert rig.tracker.find_explanation(rig.pipeline, rig.ref("Deal 1"), "a1b2c3") == outcome.ref
    assert rig.tracker.find_explanation(rig.pipeline, rig.ref("Deal 1"), "other") is None


def test_a_comment_whose_answer_is_lost_is_sent_once(rig):
    rig.control.faults.add("drop", method="POST", path=".*comments", stored=True, count=1)
    (outcome,) = rig.apply(explain(rig))
    assert outcome.status is Status.UNKNOWN
    assert len(comments(rig)) == 1


def test_a_comment_of_somebody_else_with_our_code_is_not_ours(rig):
    told = {"record": rig.ref("Deal 1"), "text": "[readygate a1b2c3]"}
    rig.control.act(ANNA, "comment", **told)
    assert rig.tracker.find_explanation(rig.pipeline, rig.ref("Deal 1"), "a1b2c3") is None


def test_our_comment_is_edited_and_mentions_nobody_again(rig):
    (first,) = rig.apply(explain(rig))
    (second,) = rig.apply(explain(rig, edit=first.ref))
    assert second.ref == first.ref
    assert comments(rig) == ["It was moved back.\n• Scan — owed by Анна Котова\n[readygate a1b2c3]"]


def test_a_deleted_comment_is_written_anew(rig):
    (outcome,) = rig.apply(explain(rig, edit="comDOESNOTEXIST00"))
    assert outcome.status is Status.DONE
    assert outcome.message == "The earlier explanation was deleted; a new one was written."
    assert len(comments(rig)) == 1


# -- when it goes wrong ------------------------------------------------------------------------

RATE = {"error": {"type": "RATE_LIMIT_REACHED", "message": "Rate limit exceeded."}}
RATE_LIST = {"errors": [{"error": "RATE_LIMIT_REACHED", "message": "Rate limit exceeded."}]}


@pytest.mark.parametrize("body", [RATE, RATE_LIST])
def test_the_rate_limit_waits_out_its_thirty_seconds(rig, body):
    rig.pretend(429, body, count=1)
    assert statuses(rig.open("Deal 1", "scan")) == ["done"]
    assert 30 <= max(rig.clock.slept) <= 40


def test_the_monthly_limit_stops_at_once_and_says_so(rig):
    rig.control.limits.configure({"blocked": True})
    slept = len(rig.clock.slept)
    outcomes = rig.open("Deal 1", *(f"i{n}" for n in range(15)))
    assert statuses(outcomes) == ["failed"] * 10 + ["skipped"] * 5
    assert outcomes[0].stops == "unavailable"
    assert "the workspace has used up its API calls of this month" in outcomes[0].message
    assert all(wait < 1 for wait in rig.clock.slept[slept:])
    assert rig.counts() == {UPSERT: 1}


def test_nothing_exceeds_five_requests_a_second(rig):
    rig.control.limits.configure({"rate": True})
    rig.open("Deal 1", *(f"i{n}" for n in range(200)))
    assert rig.counts() == {UPSERT: 20}
    assert rig.control.limits.refused == 0
