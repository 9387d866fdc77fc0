"""Reads: complete or an error; searches by the millisecond, looks at the consistent end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from integration.jira.rig import pipeline, seed
from readygate.action import Block, Explain, Retire, Text
from readygate.deal import Mark, Marking
from readygate.errors import TrackerUnavailable
from readygate_sandbox.jira_cloud.crowd import Crowd, populate


def moment(rig) -> datetime:
    return datetime.fromtimestamp(rig.control.clock.now_ms() / 1000, tz=UTC)


def test_a_full_read_gives_deals_with_their_condition_fields(rig):
    deals = rig.deals()
    assert [(d.label, d.title, d.stage_name, d.fields) for d in deals] == [
        (f"DEAL-{n}", f"Сделка {n}", "New lead", {"Услуга": ("Сайт",)}) for n in (1, 2, 3)
    ]
    assert deals[0].stage == rig.stage("New lead")
    assert deals[0].url == f"{rig.url}/browse/DEAL-1"
    assert rig.counts() == {"POST /search/jql": 1}


def test_an_idle_read_is_one_search_and_finds_nothing(rig):
    rig.control.clock.advance(3600)
    pages = list(rig.tracker.read(rig.pipeline, moment(rig)))
    assert [(page.deals, page.items) for page in pages] == [((), ())]
    assert rig.counts() == {"POST /search/jql": 1}


def test_changes_are_found_to_the_millisecond(rig):
    rig.control.clock.freeze()
    rig.control.clock.advance(60)
    rig.control.act("anna@example.com", "transition", issue="DEAL-2", to="Negotiation")
    at = moment(rig)
    since = [at, at + timedelta(milliseconds=1)]
    found = [[d.label for p in rig.tracker.read(rig.pipeline, s) for d in p.deals] for s in since]
    assert found == [["DEAL-2"], []]


def test_items_come_with_the_same_search_and_foreign_subtasks_do_not(rig):
    rig.open("DEAL-1", "scan")
    rig.control.act("anna@example.com", "create", parent="DEAL-1", summary="Позвонить")
    items = [item for page in rig.tracker.read(rig.pipeline, None) for item in page.items]
    assert [(item.deal, item.key, item.mark) for item in items] == [
        (rig.ref("DEAL-1"), f"{rig.ref('DEAL-1')}/scan", Mark.OPEN)
    ]


def test_other_projects_and_types_are_not_read(make_rig):
    document = seed()
    document["issue_types"].append({"name": "Task"})
    document["projects"][0]["issue_types"].append("Task")
    document["projects"][0]["workflows"]["Task"] = "items"
    document["projects"].append({**document["projects"][0], "key": "OLD"})
    rig = make_rig(document)
    rig.resolve()
    for project, kind in (("DEAL", "Task"), ("OLD", "Deal"), ("DEAL", "Deal")):
        told = {"project": project, "type": kind, "summary": f"{project} {kind}"}
        rig.control.act("anna@example.com", "create", **told)
    titles = [deal.title for deal in rig.deals()]
    assert titles == ["Сделка 1", "Сделка 2", "Сделка 3", "DEAL Deal"]


def test_pages_are_followed_to_the_end(rig, make_rig):
    populate(rig.control.store, Crowd(deals=250, project="DEAL", type="Deal"))
    pages = list(rig.tracker.read(rig.pipeline, None))
    assert [len(page.deals) for page in pages] == [100, 100, 53]
    assert len({deal.ref for page in pages for deal in page.deals}) == 253
    assert rig.counts() == {"POST /search/jql": 3}


def test_a_read_that_fails_on_a_later_page_raises_after_the_first(rig):
    populate(rig.control.store, Crowd(deals=150, project="DEAL", type="Deal"))
    rig.control.faults.add("refuse", path="/search", after=1, status=503)
    pages = rig.tracker.read(rig.pipeline, None)
    assert len(next(pages).deals) == 100
    with pytest.raises(TrackerUnavailable):
        next(pages)


@pytest.mark.parametrize("fault", ["truncate", "garbage", "empty", "html", "drop"])
def test_a_search_that_breaks_once_costs_nothing_but_a_request(rig, fault):
    rig.control.faults.add(fault, path="/search", nth=1)
    if fault == "html":  # a page instead of data does not heal by asking again
        with pytest.raises(TrackerUnavailable, match="it answers with a web page instead of data"):
            rig.deals()
        return
    assert len(rig.deals()) == 3


def test_an_unknown_shape_is_unavailable_not_a_crash(rig):
    body = {"issues": [{"id": "1", "key": "DEAL-1", "fields": {"issuetype": None}}]}
    rig.pretend("/search", body)
    with pytest.raises(TrackerUnavailable) as caught:
        rig.deals()
    assert str(caught.value).endswith(
        "reading the deals of DEAL: its answer has a shape that we do not know."
    )


def test_a_page_token_that_repeats_is_an_error_not_an_end(rig):
    body = {"issues": [], "nextPageToken": "same"}
    rig.pretend("/search", body)
    with pytest.raises(TrackerUnavailable, match="it gives the same page again and again"):
        rig.deals()
    assert rig.control.log.total() == 2


def test_a_look_sees_what_the_search_does_not_yet(rig):
    rig.control.lag(600)
    rig.open("DEAL-1", "scan", "kit")
    rig.control.act("anna@example.com", "transition", issue="DEAL-1", to="Negotiation")
    assert [item for page in rig.tracker.read(rig.pipeline, None) for item in page.items] == []
    rig.control.log.clear()
    look = rig.look("DEAL-1", "DEAL-2")
    assert [(d.label, d.stage_name) for d in look.deals] == [
        ("DEAL-1", "Negotiation"),
        ("DEAL-2", "New lead"),
    ]
    assert sorted(item.key for item in look.items) == [
        f"{rig.ref('DEAL-1')}/kit",
        f"{rig.ref('DEAL-1')}/scan",
    ]
    assert look.absent == ()
    assert rig.counts() == {"POST /issue/bulkfetch": 2}


def test_a_look_without_subtasks_is_one_request(rig):
    rig.look("DEAL-1")
    assert rig.counts() == {"POST /issue/bulkfetch": 1}


def test_a_hundred_and_one_deals_with_items_take_the_fewest_requests(rig):
    item = {"summary": "x", "properties": {"readygate.item": {"v": 1, "key": "{deal_id}/x"}}}
    made = populate(
        rig.control.store, Crowd(deals=101, project="DEAL", type="Deal", subtasks=[item])
    )
    look = rig.tracker.look(rig.pipeline, [str(ref) for ref in made])
    assert (len(look.deals), len(look.items)) == (101, 101)
    assert rig.counts() == {"POST /issue/bulkfetch": 4}


def test_deleted_and_hidden_deals_are_absent(rig):
    deleted, hidden = rig.ref("DEAL-1"), rig.ref("DEAL-2")
    rig.control.act("anna@example.com", "delete", issue="DEAL-1")
    rig.control.hide("DEAL-2", "bot@example.com")
    look = rig.tracker.look(rig.pipeline, [deleted, hidden, rig.ref("DEAL-3"), "999999"])
    assert look.absent == (deleted, hidden, "999999")
    assert [deal.label for deal in look.deals] == ["DEAL-3"]


def test_a_deal_moved_to_another_project_is_absent(make_rig):
    document = seed()
    document["projects"].append({**document["projects"][0], "key": "OLD"})
    rig = make_rig(document)
    rig.resolve()
    rig.open("DEAL-1", "scan")
    ref = rig.ref("DEAL-1")
    rig.control.act("anna@example.com", "move", issue="DEAL-1", project="OLD")
    look = rig.tracker.look(rig.pipeline, [ref])
    assert (look.deals, look.items, look.absent) == ((), (), (ref,))


def test_a_partial_look_is_no_look(rig):
    body = {"issues": [], "issueErrors": [{"id": "1", "errorMessage": "try again"}]}
    rig.pretend("/bulkfetch", body)
    with pytest.raises(TrackerUnavailable, match="it could not read 1 of them"):
        rig.look("DEAL-1")


def test_marks_follow_category_waivers_and_our_property(rig):
    rig.open("DEAL-1", "a", "b", "c", "d")
    keys = {item.key.partition("/")[2]: item for item in rig.look("DEAL-1").items}
    act = rig.control.act
    act("anna@example.com", "transition", issue=keys["a"].label, to="Done")
    act("anna@example.com", "transition", issue=keys["b"].label, to="Won't do")
    act("anna@example.com", "transition", issue=keys["c"].label, to="Done")
    rig.apply(Retire(keys["c"].deal, "DEAL-1", "c", keys["c"].ref, Mark.TICKED, False, "gone"))
    marks = {
        i.key.partition("/")[2]: (i.mark, i.stored, i.closed) for i in rig.look("DEAL-1").items
    }
    assert marks == {
        "a": (Mark.TICKED, Mark.OPEN, True),
        "b": (Mark.WAIVED, Mark.OPEN, True),
        "c": (Mark.RETIRED, Mark.TICKED, True),
        "d": (Mark.OPEN, Mark.OPEN, False),
    }


def test_a_resolution_waives_too(make_rig):
    rig = make_rig(path=pipeline(waived_as=("Won't Do",)))
    rig.resolve()
    place = rig.binding.data["pipelines"]["deals"]
    assert place["waived_resolutions"]
    rig.open("DEAL-1", "a")
    item = rig.look("DEAL-1").items[0]
    issue = rig.control.issue(item.label)
    rig.control.act("anna@example.com", "transition", issue=item.label, to="Done")
    issue.resolution = place["waived_resolutions"][0]
    assert rig.look("DEAL-1").items[0].mark is Mark.WAIVED


def test_a_clone_keeps_its_foreign_key_for_the_core_to_see(rig):
    rig.open("DEAL-1", "scan")
    clone = rig.control.act("anna@example.com", "clone", issue="DEAL-1")
    items = rig.look(clone["key"]).items
    assert [(item.deal, item.key) for item in items] in (
        [],
        [(clone["id"], f"{rig.ref('DEAL-1')}/scan")],
    )


def test_history_tells_who_moved_and_who_marked(rig):
    rig.open("DEAL-1", "scan")
    item = rig.look("DEAL-1").items[0]
    anna = rig.control.user("anna@example.com").account_id
    boris = rig.control.user("boris@example.com").account_id
    rig.control.act("anna@example.com", "transition", issue="DEAL-1", to="In production")
    rig.control.act("boris@example.com", "tick", issue=item.label)
    rig.control.act("anna@example.com", "untick", issue=item.label)
    rig.control.act("anna@example.com", "transition", issue=item.label, to="Won't do")
    rig.apply(rig.returning("DEAL-1", "In production", "New lead"))
    rig.control.log.clear()
    history = rig.tracker.history(rig.pipeline, [rig.ref("DEAL-1")], [item.ref])
    moves = history.moves[rig.ref("DEAL-1")]
    new, prod = rig.stage("New lead"), rig.stage("In production")
    assert [(m.before, m.after, m.author, m.ours) for m in moves] == [
        (new, prod, anna, False),
        (prod, new, rig.tracker.site.account, True),
    ]
    assert moves[0].at < moves[1].at
    markings = history.markings[item.ref]
    assert [(m.before, m.after, m.author) for m in markings] == [
        (Mark.OPEN, Mark.TICKED, boris),
        (Mark.TICKED, Mark.OPEN, anna),
        (Mark.OPEN, Mark.WAIVED, anna),
    ]
    assert all(isinstance(marking, Marking) for marking in markings)
    assert rig.counts() == {"POST /changelog/bulkfetch": 1}


def test_a_move_by_hand_with_our_account_is_not_ours(rig):
    rig.control.act("bot@example.com", "transition", issue="DEAL-1", to="In production")
    history = rig.tracker.history(rig.pipeline, [rig.ref("DEAL-1")], [])
    assert [move.ours for move in history.moves[rig.ref("DEAL-1")]] == [False]


def test_an_explanation_is_found_by_its_attempt(rig):
    note = Explain(rig.ref("DEAL-1"), "DEAL-1", "a1", (Block((Text("Hello"),)),), "because")
    (outcome,) = rig.apply(note)
    find = rig.tracker.find_explanation
    assert find(rig.pipeline, rig.ref("DEAL-1"), "a1") == outcome.ref
    assert find(rig.pipeline, rig.ref("DEAL-1"), "a2") is None
    assert find(rig.pipeline, "999999", "a1") is None


def log(number, start, end, issue="1"):
    change = {"field": "status", "fieldId": "status", "from": start, "to": end}
    entry = {"id": str(number), "created": 1_700_000_000_000 + number, "items": [change]}
    return {"issueId": issue, "changeHistories": [entry]}


def test_a_history_of_several_pages_is_put_together(rig):
    first = {"issueChangeLogs": [log(2, "b", "c")], "nextPageToken": "more"}
    rig.pretend("/changelog", first, count=1)
    rig.pretend("/changelog", {"issueChangeLogs": [log(1, "a", "b")]})
    history = rig.tracker.history(rig.pipeline, ["1"], [])
    assert [(m.before, m.after) for m in history.moves["1"]] == [("a", "b"), ("b", "c")]


def test_a_history_that_never_ends_is_an_error(rig):
    rig.pretend("/changelog", {"issueChangeLogs": [], "nextPageToken": "same"})
    with pytest.raises(TrackerUnavailable, match="it gives the same page again and again"):
        rig.tracker.history(rig.pipeline, ["1"], [])


def test_statuses_that_the_binding_does_not_know_are_asked_for_once(rig):
    done = next(s.id for s in rig.control.store.statuses.values() if s.name == "Done")
    rig.pretend("/changelog", {"issueChangeLogs": [log(1, "777", done)]})
    rig.pretend("/status$", [{"id": "777", "statusCategory": {"key": "done"}}])
    history = rig.tracker.history(rig.pipeline, [], ["1"])
    assert history.markings["1"] == ()
    assert len(rig.control.log.entries()) == 2
