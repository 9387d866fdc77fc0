"""Writes: one outcome per action, never a double, never a tick that nobody made."""

from __future__ import annotations

from datetime import date

import pytest

from integration.jira.rig import pipeline, seed
from readygate.action import (
    Amend,
    Block,
    Explain,
    Link,
    Mention,
    Restore,
    Retire,
    Status,
    Text,
    text_digest,
)
from readygate.deal import Mark


def item(rig, key, name):
    """An item of a deal by its key in the contract."""
    return next(i for i in rig.look(key).items if i.key == f"{rig.ref(key)}/{name}")


def explain(rig, *blocks, attempt="a1", edit=""):
    return Explain(rig.ref("DEAL-1"), "DEAL-1", attempt, blocks, "because", edit=edit)


# -- open --------------------------------------------------------------------------------------


def test_items_are_opened_in_one_request_with_all_that_they_carry(rig):
    boris = rig.binding.people["boris"]
    outcomes = rig.apply(
        rig.opening(
            "DEAL-1",
            "scan",
            title="Скан\nдоговора",
            text="Первый.\n\nВторой.",
            assignee=boris,
            assignee_name="Борис",
            due=date(2026, 12, 1),
        ),
        rig.opening("DEAL-2", "scan"),
    )
    assert rig.counts() == {"POST /issue/bulk": 1}
    assert [o.status for o in outcomes] == [Status.DONE, Status.DONE]
    first = rig.control.issue(outcomes[0].ref)
    assert (outcomes[0].ref_label, outcomes[0].url) == (first.key, f"{rig.url}/browse/{first.key}")
    assert (first.summary, first.assignee, first.due) == ("Скан договора", boris, "2026-12-01")
    assert first.parent == int(rig.ref("DEAL-1"))
    assert first.properties == {
        "readygate.item": {"v": 1, "key": f"{rig.ref('DEAL-1')}/scan", "retired": False}
    }
    assert [p["content"][0]["text"] for p in first.description["content"]] == ["Первый.", "Второй."]
    assert rig.control.issue(outcomes[1].ref).description is None


def test_fifty_items_go_into_one_request(rig):
    outcomes = rig.apply(*(rig.opening("DEAL-1", f"i{n}") for n in range(101)))
    assert {o.status for o in outcomes} == {Status.DONE}
    assert rig.counts() == {"POST /issue/bulk": 3}
    assert len({o.ref for o in outcomes}) == 101
    keys = {i.ref: i.key for i in rig.look("DEAL-1").items}
    assert [keys[o.ref] for o in outcomes] == [f"{o.action.deal}/{o.action.item}" for o in outcomes]


def test_refused_items_are_told_from_opened_ones_by_their_number(rig):
    gone = rig.opening("DEAL-2", "b")
    rig.control.act("anna@example.com", "delete", issue="DEAL-2")
    outcomes = rig.apply(rig.opening("DEAL-1", "a"), gone, rig.opening("DEAL-3", "c"))
    assert [o.status for o in outcomes] == [Status.DONE, Status.FAILED, Status.DONE]
    assert outcomes[1].message.startswith(
        f"Jira at {rig.url.removeprefix('http://')} refuses to open 'Item b' for DEAL-2: "
    )
    parents = [rig.control.issue(outcomes[n].ref).parent for n in (0, 2)]
    assert parents == [int(rig.ref("DEAL-1")), int(rig.ref("DEAL-3"))]


def test_when_all_are_refused_each_is_told(rig):
    actions = [rig.opening("DEAL-2", "a"), rig.opening("DEAL-2", "b")]
    rig.control.act("anna@example.com", "delete", issue="DEAL-2")
    assert [o.status for o in rig.apply(*actions)] == [Status.FAILED, Status.FAILED]


def test_an_assignee_that_jira_refuses_is_left_out_and_told(rig):
    opened, plain = rig.apply(
        rig.opening("DEAL-1", "a", assignee="nobody-at-all"), rig.opening("DEAL-1", "b")
    )
    assert (opened.status, plain.status) == (Status.DONE, Status.DONE)
    assert opened.message.startswith("Opened without what Jira refused: assignee: ")
    assert rig.control.issue(opened.ref).assignee is None
    assert plain.message == ""
    assert len(rig.look("DEAL-1").items) == 2


@pytest.mark.parametrize(
    "fault",
    [
        {"do": "drop", "stored": True},
        {"do": "drop", "stored": False},
        {"do": "truncate"},
        {"do": "garbage"},
        {"do": "html"},
        {"do": "empty"},
        {"do": "refuse", "status": 500},
        {"do": "refuse", "status": 503, "headers": {"Retry-After": "1"}},
    ],
    ids=lambda fault: f"{fault['do']}-{fault.get('status', fault.get('stored', ''))}",
)
def test_a_lost_answer_makes_the_whole_batch_unknown_and_is_sent_once(rig, fault):
    rig.control.faults.add(fault.pop("do"), path="/issue/bulk$", **fault)
    outcomes = rig.open("DEAL-1", "a", "b")
    assert [(o.status, o.stops) for o in outcomes] == [(Status.UNKNOWN, "")] * 2
    assert sum(rig.counts().values()) == 1
    assert len(rig.look("DEAL-1").items) in {0, 2}


def test_an_answer_that_does_not_add_up_is_unknown(rig):
    rig.pretend("/issue/bulk$", {"issues": [{"id": "1", "key": "DEAL-99"}], "errors": []}, 201)
    assert [o.status for o in rig.open("DEAL-1", "a", "b")] == [Status.UNKNOWN] * 2


def test_a_request_refused_as_a_whole_fails_for_each(rig):
    body = {"errorMessages": ["Invalid request payload."], "errors": {}}
    rig.pretend("/issue/bulk$", body, 400)
    outcomes = rig.open("DEAL-1", "a", "b")
    assert {o.status for o in outcomes} == {Status.FAILED}
    assert outcomes[0].message == (
        f"Jira at {rig.url.removeprefix('http://')}, opening 2 checklist items in DEAL: it"
        " refuses the request (400): Invalid request payload."
    )


def test_three_lost_answers_in_a_row_stop_the_rest(rig):
    rig.control.faults.add("drop", path="/comment", stored=True)
    outcomes = rig.apply(*(explain(rig, attempt=f"a{n}") for n in range(5)))
    assert [(o.status, o.stops) for o in outcomes] == [
        (Status.UNKNOWN, ""),
        (Status.UNKNOWN, ""),
        (Status.UNKNOWN, "unavailable"),
        (Status.SKIPPED, ""),
        (Status.SKIPPED, ""),
    ]
    assert outcomes[3].message == "Not tried: Jira no longer answers. The next run tries again."


def test_being_told_to_wait_too_long_stops_the_rest(rig):
    rig.control.faults.add(
        "refuse", path="/issue/bulk$", status=429, headers={"Retry-After": "1800"}
    )
    outcomes = rig.apply(*(rig.opening("DEAL-1", f"i{n}") for n in range(60)))
    assert [(o.status, o.stops) for o in outcomes] == [(Status.FAILED, "unavailable")] * 50 + [
        (Status.SKIPPED, "")
    ] * 10


def test_a_short_429_is_waited_out_and_nothing_is_doubled(rig):
    rig.control.faults.add(
        "refuse", path="/issue/bulk$", status=429, headers={"Retry-After": "3"}, count=1
    )
    assert [o.status for o in rig.open("DEAL-1", "a")] == [Status.DONE]
    assert rig.clock.slept[0] >= 3
    assert len(rig.look("DEAL-1").items) == 1


def test_three_forbidden_in_a_row_stop_the_rest(rig):
    rig.pretend("/comment", {}, 403)
    outcomes = rig.apply(*(explain(rig, attempt=f"a{n}") for n in range(4)))
    assert [(o.status, o.stops) for o in outcomes] == [
        (Status.FAILED, ""),
        (Status.FAILED, ""),
        (Status.FAILED, "denied"),
        (Status.SKIPPED, ""),
    ]


# -- explain -----------------------------------------------------------------------------------


def test_an_explanation_is_adf_with_a_mention_a_link_and_our_attempt(rig):
    boris = rig.binding.people["boris"]
    (outcome,) = rig.apply(
        explain(
            rig,
            Block((Text("Не готово: "), Mention("Борис", boris))),
            Block(bullets=((Link("DEAL-4", "https://x.example/DEAL-4"), Text(" скан")),)),
        )
    )
    (comment,) = rig.control.issue("DEAL-1").comments
    assert outcome.ref == comment.id
    assert outcome.url == f"{rig.url}/browse/DEAL-1?focusedCommentId={comment.id}"
    assert comment.properties == {"readygate.attempt": {"id": "a1"}}
    paragraph, points = comment.body["content"]
    assert paragraph["content"][1] == {"type": "mention", "attrs": {"id": boris, "text": "@Борис"}}
    link = points["content"][0]["content"][0]["content"][0]
    assert link["marks"] == [{"type": "link", "attrs": {"href": "https://x.example/DEAL-4"}}]
    assert rig.counts() == {"POST /issue/<key>/comment": 1}


def test_an_edit_changes_the_comment_and_writes_no_other(rig):
    (first,) = rig.apply(explain(rig, Block((Text("one"),))))
    rig.control.log.clear()
    (second,) = rig.apply(explain(rig, Block((Text("two"),)), attempt="a2", edit=first.ref))
    assert (second.status, second.ref) == (Status.DONE, first.ref)
    (comment,) = rig.control.issue("DEAL-1").comments
    assert comment.body["content"][0]["content"][0]["text"] == "two"
    entry = rig.control.log.entries()[-1]
    assert (entry.method, entry.query) == ("PUT", "notifyUsers=false")
    assert rig.tracker.find_explanation(rig.pipeline, rig.ref("DEAL-1"), "a2") == first.ref


def test_a_comment_that_was_deleted_is_written_anew(rig):
    (outcome,) = rig.apply(explain(rig, Block((Text("two"),)), edit="99999"))
    assert outcome.status is Status.DONE
    assert outcome.message == "The earlier explanation was deleted; a new one was written."
    assert [c.id for c in rig.control.issue("DEAL-1").comments] == [outcome.ref]


def test_explaining_to_a_deal_that_is_gone_is_stale(rig):
    note = explain(rig, Block((Text("x"),)))
    rig.control.act("anna@example.com", "delete", issue="DEAL-1")
    assert [o.status for o in rig.apply(note)] == [Status.STALE]


# -- retire, restore, amend --------------------------------------------------------------------


def retire(rig, name, stored=Mark.OPEN, *, close=True):
    one = item(rig, "DEAL-1", name)
    return Retire(one.deal, "DEAL-1", name, one.ref, stored, close=close, reason="not asked for")


def restore(rig, name, mark=Mark.OPEN, *, reopen=True):
    one = item(rig, "DEAL-1", name)
    return Restore(one.deal, "DEAL-1", name, one.ref, mark, reopen=reopen, reason="asked for")


def test_retiring_marks_and_closes_and_restoring_takes_it_back(rig):
    rig.open("DEAL-1", "a")
    assert [o.status for o in rig.apply(retire(rig, "a"))] == [Status.DONE]
    retired = item(rig, "DEAL-1", "a")
    assert (retired.mark, retired.stored, retired.closed) == (Mark.RETIRED, Mark.OPEN, True)
    assert rig.status(retired.label) == "Done"
    assert [o.status for o in rig.apply(restore(rig, "a"))] == [Status.DONE]
    restored = item(rig, "DEAL-1", "a")
    assert (restored.mark, restored.closed) == (Mark.OPEN, False)


def test_a_stored_tick_comes_back(rig):
    rig.open("DEAL-1", "a")
    rig.control.act("anna@example.com", "tick", issue=item(rig, "DEAL-1", "a").label)
    rig.apply(retire(rig, "a", Mark.TICKED, close=False))
    assert item(rig, "DEAL-1", "a").stored is Mark.TICKED
    rig.apply(restore(rig, "a", Mark.TICKED, reopen=False))
    assert item(rig, "DEAL-1", "a").mark is Mark.TICKED


def test_closing_never_goes_to_a_status_that_means_waived(make_rig):
    document = seed()
    document["statuses"][5]["name"] = "Ready"
    document["workflows"][1]["statuses"] = ["To Do", "Won't do", "Ready"]
    rig = make_rig(document)
    rig.resolve()
    rig.open("DEAL-1", "a", "b")
    rig.apply(retire(rig, "a"), retire(rig, "b"))
    assert {rig.status(i.label) for i in rig.look("DEAL-1").items} == {"Ready"}


def test_the_second_item_is_closed_without_asking_for_the_way(rig):
    rig.open("DEAL-1", "a", "b", "c")
    actions = [retire(rig, name) for name in "abc"]
    rig.control.log.clear()
    rig.apply(*actions)
    assert rig.counts() == {
        "POST /issue/bulkfetch": 3,  # has a person ticked it since the look?
        "PUT /issue/<key>/properties/<path:name>": 3,
        "GET /issue/<key>/transitions": 1,
        "POST /issue/<key>/transitions": 3,
    }


@pytest.mark.parametrize("nth", [1, 2])
def test_a_crash_while_retiring_or_restoring_never_shows_a_tick(rig, nth):
    rig.open("DEAL-1", "a")
    rig.control.faults.add("drop", method="PUT|POST", path="/issue/\\d+/", nth=nth)
    assert [o.status for o in rig.apply(retire(rig, "a"))] == [Status.UNKNOWN]
    rig.control.faults.clear()
    assert item(rig, "DEAL-1", "a").mark in {Mark.OPEN, Mark.RETIRED}
    rig.apply(retire(rig, "a"))
    rig.control.faults.add("drop", method="PUT|POST", path="/issue/\\d+/", nth=nth)
    assert [o.status for o in rig.apply(restore(rig, "a"))] == [Status.UNKNOWN]
    rig.control.faults.clear()
    assert item(rig, "DEAL-1", "a").mark is Mark.RETIRED
    rig.apply(restore(rig, "a"))
    assert item(rig, "DEAL-1", "a").mark is Mark.OPEN


def test_a_resolution_that_closing_asks_for_is_given(make_rig):
    document = seed()
    document["workflows"][1]["moves"] = "none"
    document["workflows"][1]["transitions"] = [
        {"name": "Finish", "from": ["To Do"], "to": "Done", "required": ["resolution"]},
        {"name": "Again", "from": ["Done"], "to": "To Do"},
    ]
    rig = make_rig(document, path=pipeline(waived_as=("Won't Do",)))
    rig.resolve()
    rig.open("DEAL-1", "a")
    assert [o.status for o in rig.apply(retire(rig, "a"))] == [Status.DONE]
    issue = rig.control.issue(item(rig, "DEAL-1", "a").label)
    names = {known.id: known.name for known in rig.control.store.resolutions}
    assert names[issue.resolution] == "Done"


def test_an_item_ticked_since_our_look_is_retired_with_its_tick(rig):
    rig.open("DEAL-1", "a")
    action = retire(rig, "a")
    rig.control.act("anna@example.com", "tick", issue=item(rig, "DEAL-1", "a").label)
    assert [o.status for o in rig.apply(action)] == [Status.DONE]
    retired = item(rig, "DEAL-1", "a")
    assert (retired.mark, retired.stored, retired.closed) == (Mark.RETIRED, Mark.TICKED, True)


def test_an_item_that_is_marked_is_closed_however_long_that_takes(rig):
    rig.open("DEAL-1", "a")
    action = retire(rig, "a")
    told = {"status": 429, "headers": {"Retry-After": "8"}, "count": 1}
    rig.control.faults.add("refuse", path="/transitions$", method="POST", **told)
    assert [o.status for o in rig.apply(action)] == [Status.DONE]
    assert item(rig, "DEAL-1", "a").closed


def test_an_item_without_a_way_to_close_is_retired_all_the_same_and_told(make_rig):
    document = seed()
    document["workflows"][1]["moves"] = "none"
    rig = make_rig(document)
    rig.resolve()
    rig.open("DEAL-1", "a")
    (outcome,) = rig.apply(retire(rig, "a"))
    assert outcome.status is Status.DONE
    assert outcome.message == (
        "Retired, but it stays open in Jira: The workflow of the item 'a' of DEAL-1 has no"
        " transition to a status that means done that our account may use. Ask a Jira admin to add"
        " one."
    )
    assert item(rig, "DEAL-1", "a").mark is Mark.RETIRED


def test_a_deleted_item_is_stale(rig):
    rig.open("DEAL-1", "a")
    action = retire(rig, "a")
    rig.control.act("anna@example.com", "delete", issue=item(rig, "DEAL-1", "a").label)
    assert [o.status for o in rig.apply(action)] == [Status.STALE]


def amend(rig, name, **changes):
    one = item(rig, "DEAL-1", name)
    return Amend(one.deal, "DEAL-1", name, one.ref, "worded anew", **changes)


def test_amending_writes_only_what_is_asked(rig):
    rig.open("DEAL-1", "a", title="Old", text="Old text")
    label = item(rig, "DEAL-1", "a").label
    rig.control.log.clear()
    action = amend(rig, "a", title="New")
    rig.control.log.clear()
    assert [o.status for o in rig.apply(action)] == [Status.DONE]
    assert rig.counts() == {"PUT /issue/<key>": 1}
    issue = rig.control.issue(label)
    assert issue.summary == "New"
    assert issue.description["content"][0]["content"][0]["text"] == "Old text"


def test_a_text_that_a_person_rewrote_is_left_alone(rig):
    rig.open("DEAL-1", "a", text="Old text")
    digest = text_digest("Old text")
    (written,) = rig.apply(amend(rig, "a", text="New text", was=digest))
    issue = rig.control.issue(item(rig, "DEAL-1", "a").label)
    assert (written.status, written.message) == (Status.DONE, "")
    assert issue.description["content"][0]["content"][0]["text"] == "New text"
    (left,) = rig.apply(amend(rig, "a", text="Newest text", was=digest))
    assert left.message == "A person has rewritten the description; it was left as it is."
    assert issue.description["content"][0]["content"][0]["text"] == "New text"


def test_a_new_key_keeps_what_the_property_holds_besides(rig):
    rig.open("DEAL-1", "a")
    rig.apply(retire(rig, "a", Mark.TICKED))
    key = f"{rig.ref('DEAL-1')}/z"
    rig.apply(amend(rig, "a", key=key))
    moved = item(rig, "DEAL-1", "z")
    assert (moved.mark, moved.stored) == (Mark.RETIRED, Mark.TICKED)


def test_writes_to_one_issue_keep_to_its_limits(rig):
    rig.control.limits.configure({"per_issue": True})
    notes = [explain(rig, Block((Text("x"),)), attempt=f"a{n}") for n in range(45)]
    assert {o.status for o in rig.apply(*notes)} == {Status.DONE}
    assert rig.control.limits.refused == 0
    assert sum(rig.clock.slept) == pytest.approx(4, abs=0.1)


def test_a_burst_limit_is_waited_out(rig):
    rig.control.limits.configure({"burst": True, "burst_scale": 0.02, "retry_after": "date"})
    for number in range(6):
        (outcome,) = rig.open("DEAL-1", f"i{number}")
        assert outcome.status is Status.DONE
    assert rig.control.limits.refused > 0
    assert len(rig.look("DEAL-1").items) == 6


def test_when_the_second_try_without_an_assignee_is_lost_only_that_item_is_unknown(rig):
    rig.control.faults.add("drop", path="/issue/bulk$", nth=2, stored=True)
    lost, plain = rig.apply(
        rig.opening("DEAL-1", "a", assignee="nobody-at-all"), rig.opening("DEAL-1", "b")
    )
    assert (lost.status, plain.status) == (Status.UNKNOWN, Status.DONE)
    assert len(rig.look("DEAL-1").items) == 2


def test_closing_what_is_closed_and_opening_what_is_open_is_done(make_rig):
    document = seed()
    document["workflows"][1]["moves"] = "none"
    document["workflows"][1]["transitions"] = [
        {"name": "Finish", "from": ["To Do"], "to": "Done"},
    ]
    rig = make_rig(document)
    rig.resolve()
    rig.open("DEAL-1", "a")
    (reopened,) = rig.apply(restore(rig, "a"))
    assert (reopened.status, reopened.message) == (Status.DONE, "")
    rig.control.act("anna@example.com", "tick", issue=item(rig, "DEAL-1", "a").label)
    (closed,) = rig.apply(retire(rig, "a"))
    assert (closed.status, closed.message) == (Status.DONE, "")
    (stuck,) = rig.apply(restore(rig, "a"))
    assert stuck.status is Status.FAILED
    assert stuck.message == (
        "The workflow of the item 'a' of DEAL-1 has no transition to a status that is not done"
        " that our account may use. Ask a Jira admin to add one."
    )
    assert item(rig, "DEAL-1", "a").mark is Mark.RETIRED


def test_only_a_waiving_resolution_on_offer_does_not_close(make_rig):
    document = seed()
    document["workflows"][1]["moves"] = "none"
    document["workflows"][1]["transitions"] = [
        {"name": "Finish", "from": ["To Do"], "to": "Done", "required": ["resolution"]},
    ]
    names = ("Done", "Won't Do", "Duplicate", "Cannot Reproduce")
    rig = make_rig(document, path=pipeline(waived_as=names[1:] + names[:1]))
    rig.resolve()
    rig.open("DEAL-1", "a")
    (outcome,) = rig.apply(retire(rig, "a"))
    assert outcome.message.startswith("Retired, but it stays open in Jira: ")
    assert not item(rig, "DEAL-1", "a").closed
