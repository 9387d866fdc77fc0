"""What the connector decides without asking: ways, markings, pace, when to stop, what lacks."""

from __future__ import annotations

from datetime import timedelta

import pytest

from readygate.action import Explain, Status
from readygate.deal import Mark
from readygate.errors import (
    ConfigError,
    OutcomeUnknown,
    Stale,
    TrackerDenied,
    TrackerRejected,
    TrackerUnavailable,
)
from readygate.testing import FakeClock
from readygate_http import Forbidden, Missing, Unauthorized, Watch, failed
from readygate_jira.connector import connect
from readygate_jira.pace import IssuePace
from readygate_jira.past import _closed, _in_order, _markings, _moves
from readygate_jira.place import Place, StatusName
from readygate_jira.workflow import edges_of, way

# -- ways --------------------------------------------------------------------------------------


def ways(edges):
    return lambda status: edges.get(status, ())


@pytest.mark.parametrize(
    ("edges", "found"),
    [
        ({"a": ["z"]}, ("z",)),
        ({"a": ["b"], "b": ["z"]}, ("b", "z")),
        ({"a": ["c", "b"], "b": ["z"], "c": ["z"]}, ("b", "z")),
        ({"a": ["x"], "x": ["z"]}, ()),
        ({"a": ["a", "b"], "b": ["a"]}, ()),
        ({"a": ["b"], "b": ["c"], "c": ["d"], "d": ["z"]}, ("b", "c", "d", "z")),
        ({"a": ["b"], "b": ["c"], "c": ["d"], "d": ["e"], "e": ["z"]}, ()),
        ({}, ()),
    ],
)
def test_the_shortest_way_avoids_what_it_must_and_is_never_long(edges, found):
    assert way(ways(edges), "a", "z", {"x"}) == found


def test_the_target_may_be_among_what_is_avoided():
    assert way(ways({"a": ["z"]}), "a", "z", {"z"}) == ("z",)


def test_a_workflow_document_becomes_edges():
    body = {
        "statuses": [{"id": n, "statusReference": f"r{n}"} for n in ("1", "2", "3")],
        "workflows": [
            {
                "statuses": [{"statusReference": f"r{n}"} for n in ("1", "2", "3")],
                "transitions": [
                    {"type": "INITIAL", "toStatusReference": "r1"},
                    {"type": "GLOBAL", "toStatusReference": "r3"},
                    {
                        "type": "DIRECTED",
                        "toStatusReference": "r2",
                        "links": [{"fromStatusReference": "r1"}],
                    },
                    {"type": "DIRECTED", "toStatusReference": "r1", "links": [{"fromPort": 1}]},
                ],
            }
        ],
    }
    assert edges_of(body) == {
        "1": frozenset({"2", "3"}),
        "2": frozenset({"3"}),
        "3": frozenset({"3"}),
    }


# -- the past ----------------------------------------------------------------------------------

PLACE = Place(
    project="1",
    project_key="DEAL",
    deal_type="10",
    item_type="11",
    waived_statuses=("w",),
    waived_resolutions=("7",),
    statuses={"o": StatusName("To Do", "new"), "d": StatusName("Done", "done"),
              "w": StatusName("Won't do", "done")},
)  # fmt: skip
CLOSED = {"o": False, "d": True, "w": True}


def entry(number, *changes, author="anna", metadata=None):
    return {
        "id": str(number),
        "created": 1_700_000_000_000 + number,
        "author": {"accountId": author},
        "historyMetadata": metadata,
        "items": [{"fieldId": f, "from": a, "to": b} for f, a, b in changes],
    }


def marks(*entries):
    return [(m.before, m.after, m.author) for m in _markings(entries, PLACE, CLOSED)]


def test_markings_walk_through_status_and_resolution():
    assert marks(
        entry(1, ("status", "o", "d"), author="boris"),
        entry(2, ("resolution", None, "7")),
        entry(3, ("status", "d", "o"), ("resolution", "7", None)),
        entry(4, ("status", "o", "w")),
    ) == [
        (Mark.OPEN, Mark.TICKED, "boris"),
        (Mark.TICKED, Mark.WAIVED, "anna"),
        (Mark.WAIVED, Mark.OPEN, "anna"),
        (Mark.OPEN, Mark.WAIVED, "anna"),
    ]


def test_status_and_resolution_set_at_once_are_one_marking():
    assert marks(entry(1, ("resolution", None, "7"), ("status", "o", "d"))) == [
        (Mark.OPEN, Mark.WAIVED, "anna")
    ]


def test_a_status_that_nobody_knows_is_open():
    assert marks(entry(1, ("status", "o", "deleted"))) == []


def test_entries_are_put_in_order_of_time_then_id():
    late, first, second = entry(30), {**entry(10), "created": 5}, {**entry(9), "created": 5}
    assert [e["id"] for e in _in_order([late, first, second])] == ["9", "10", "30"]


def test_ours_needs_our_account_and_our_metadata():
    ours = {"type": "readygate", "generator": {"id": "readygate"}}
    log = [
        entry(1, ("status", "o", "d"), author="bot", metadata=ours),
        entry(2, ("status", "d", "o"), author="bot"),
        entry(3, ("status", "o", "d"), author="anna", metadata=ours),
        {**entry(4, ("status", "d", "o")), "author": None},
    ]
    assert [(m.ours, m.author) for m in _moves(log, "bot")] == [
        (True, "bot"),
        (False, "bot"),
        (False, "anna"),
        (False, ""),
    ]


def test_known_statuses_are_not_asked_for():
    assert _closed(None, PLACE, {"o", "w"}, "") == {"o": False, "d": True, "w": True}  # type: ignore[arg-type] # must not be asked


# -- outcomes ----------------------------------------------------------------------------------

NOTE = Explain("1", "DEAL-1", "a", (), "because")


@pytest.mark.parametrize(
    ("error", "status", "stops"),
    [
        (OutcomeUnknown("x"), Status.UNKNOWN, ""),
        (Stale("x"), Status.STALE, ""),
        (Missing("x"), Status.STALE, ""),
        (TrackerRejected("x"), Status.FAILED, ""),
        (Forbidden("x"), Status.FAILED, ""),
        (Unauthorized("x"), Status.FAILED, "denied"),
        (TrackerDenied("x"), Status.FAILED, "denied"),
        (TrackerUnavailable("x"), Status.FAILED, "unavailable"),
    ],
)
def test_errors_become_outcomes_by_what_to_do(error, status, stops):
    outcome = failed(NOTE, error)
    assert (outcome.status, outcome.stops, outcome.message) == (status, stops, "x")


def test_a_batch_that_one_request_lost_counts_once():
    watch = Watch("Jira")
    outcomes = watch.failed(OutcomeUnknown("x"), NOTE, NOTE, NOTE, NOTE)
    assert {outcome.stops for outcome in outcomes} == {""}
    assert watch.stops == ""


def test_a_success_in_between_forgives():
    watch = Watch("Jira")
    for _ in range(2):
        watch.failed(Forbidden("x"), NOTE)
    watch.done()
    watch.failed(Forbidden("x"), NOTE)
    assert watch.stops == ""
    watch.failed(Forbidden("x"), NOTE)
    assert watch.failed(Forbidden("x"), NOTE)[0].stops == "denied"


# -- pace --------------------------------------------------------------------------------------


def test_writes_to_one_issue_keep_to_twenty_in_two_seconds_and_a_hundred_in_thirty():
    clock = FakeClock()
    pace = IssuePace(clock)
    sent = []
    for _ in range(120):
        pace.take("1")
        sent.append(clock.monotonic())
    for most, seconds in ((20, 2.0), (100, 30.0)):
        for index in range(len(sent) - most):
            assert sent[index + most] - sent[index] >= seconds - 1e-6
    assert sent[-1] < 32


def test_other_issues_do_not_wait_and_batches_wait_for_an_empty_window():
    clock = FakeClock()
    pace = IssuePace(clock)
    for number in range(100):
        pace.take(str(number), 7)
    assert clock.slept == []
    pace.take("1", 50)
    assert clock.slept == [2.0]


def test_issues_that_rest_are_forgotten():
    clock = FakeClock()
    pace = IssuePace(clock)
    for number in range(2500):
        pace.take(str(number))
        clock.advance(timedelta(seconds=0.1))
    assert len(pace._writes) <= 1000


# -- connecting --------------------------------------------------------------------------------


def test_what_is_missing_is_told_at_once_with_the_variables_to_set():
    with pytest.raises(ConfigError) as caught:
        connect("main", {"url": "acme"}, {}, FakeClock())
    assert [(p.dotted, p.message, p.hint) for p in caught.value.problems] == [
        (
            "trackers.main.url",
            "'acme' is not the address of a Jira site",
            "Write it like https://example.atlassian.net, without a name or a password in it.",
        ),
        (
            "trackers.main",
            "the e-mail of our Jira account is missing",
            (
                "Set READYGATE_TRACKERS__MAIN__EMAIL, or `email:` in the config: the account that"
                " the token is of."
            ),
        ),
        (
            "trackers.main",
            "the API token is missing",
            (
                "Set READYGATE_TRACKERS__MAIN__TOKEN; tokens are made at"
                " https://id.atlassian.com/manage-profile/security/api-tokens."
            ),
        ),
    ]


def test_stray_white_space_around_secrets_and_slashes_behind_the_address_do_not_matter():
    options = {"url": "https://acme.example/ ", "email": " bot@acme.example\n"}
    tracker = connect("main", options, {"token": "тайна-token\n"}, FakeClock())
    assert tracker.site.links.issue("DEAL-1") == "https://acme.example/browse/DEAL-1"
    session = tracker.site._jira._session
    assert session.auth == (b"bot@acme.example", "тайна-token".encode())
    assert session.max_retries == 0
    tracker.close()


def test_connecting_sends_nothing():
    options = {"url": "https://acme.example", "email": "bot@acme.example"}
    tracker = connect("main", options, {"token": "a-token"}, FakeClock())
    assert dict(tracker.counts) == {}
    assert tracker.moves_at_once == 1
    tracker.close()
