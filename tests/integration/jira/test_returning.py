"""Returns: by the status they lead to, over several hops if need be, honest where there is none."""

from __future__ import annotations

from datetime import timedelta

import pytest

from integration.jira.rig import seed
from readygate.action import Status
from readygate.deal import Move


def with_transitions(*transitions, rights=None, validators=()):
    """A site whose deals move only along these transitions, and a deal in each stage."""
    document = seed()
    document["statuses"].append({"name": "Waiting", "category": "indeterminate"})
    document["workflows"][0] = {
        "name": "deals",
        "statuses": ["New lead", "Negotiation", "In production", "Lost", "Waiting"],
        "transitions": list(transitions),
    }
    names = ["In production", "Negotiation", "Waiting", "Lost", "New lead"]
    document["issues"] = [
        {"project": "DEAL", "type": "Deal", "summary": name, "status": name} for name in names
    ]
    if rights:
        document["users"][0]["admin"] = True
    return document


def edge(start, end, **more):
    return {"name": f"{start} to {end}", "from": [start], "to": end, **more}


def test_the_first_return_asks_for_the_way_and_the_next_takes_one_request(rig):
    for key in ("DEAL-1", "DEAL-2", "DEAL-3"):
        rig.control.act("anna@example.com", "transition", issue=key, to="In production")
    rig.control.log.clear()
    outcomes = rig.apply(
        *(rig.returning(f"DEAL-{n}", "In production", "Negotiation", f"a{n}") for n in (1, 2, 3))
    )
    assert [o.status for o in outcomes] == [Status.DONE] * 3
    assert {rig.status(f"DEAL-{n}") for n in (1, 2, 3)} == {"Negotiation"}
    assert rig.counts() == {
        "GET /issue/<key>/transitions": 1,
        "POST /issue/bulkfetch": 1,
        "POST /issue/<key>/transitions": 3,
    }


def test_a_return_is_recognised_as_ours_in_the_changelog(rig):
    rig.control.act("anna@example.com", "transition", issue="DEAL-1", to="In production")
    rig.apply(rig.returning("DEAL-1", "In production", "New lead", "attempt-7"))
    entry = rig.control.issue("DEAL-1").history[-1]
    assert entry.metadata["extraData"] == {"attempt": "attempt-7"}
    moves = rig.tracker.history(rig.pipeline, [rig.ref("DEAL-1")], []).moves[rig.ref("DEAL-1")]
    assert isinstance(moves[-1], Move)
    assert [move.ours for move in moves] == [False, True]


def test_nothing_is_moved_once_a_429_made_us_wait(rig):
    rig.control.act("anna@example.com", "transition", issue="DEAL-1", to="In production")
    rig.control.faults.add(
        "refuse", path="/transitions$", method="POST", status=429, headers={"Retry-After": "6"},
        count=1,
    )  # fmt: skip
    (outcome,) = rig.apply(rig.returning("DEAL-1", "In production", "Negotiation", "a1"))
    assert outcome.status is Status.STALE
    assert outcome.message.endswith("Nothing was changed; the next run looks again.")
    assert rig.status("DEAL-1") == "In production"


def test_nothing_is_moved_on_the_strength_of_an_old_look(rig):
    rig.control.act("anna@example.com", "transition", issue="DEAL-1", to="In production")
    rig.look("DEAL-1")
    rig.clock.advance(timedelta(seconds=5.1))  # as after a pause of the whole machine
    action = rig.returning("DEAL-1", "In production", "Negotiation", "a1")
    (outcome,) = rig.apply(action)
    assert outcome.status is Status.STALE
    assert rig.status("DEAL-1") == "In production"
    rig.look("DEAL-1")
    rig.clock.advance(timedelta(seconds=4.9))
    assert rig.apply(action)[0].status is Status.DONE


def test_a_deal_that_somebody_moved_on_is_stale_with_and_without_a_known_way(make_rig):
    rig = make_rig(with_transitions(edge("In production", "Negotiation"),
                                    edge("In production", "Waiting"),
                                    edge("Negotiation", "In production")))  # fmt: skip
    rig.resolve()
    action = rig.returning("DEAL-1", "In production", "Negotiation")
    rig.control.act("anna@example.com", "transition", issue="DEAL-1", to="Waiting")
    (outcome,) = rig.apply(action)
    assert (outcome.status, outcome.message) == (
        Status.STALE,
        "DEAL-1 was moved by somebody in the meantime. The next run looks again.",
    )
    rig.control.act("anna@example.com", "transition", issue="DEAL-2", to="In production")
    known, stale = rig.apply(rig.returning("DEAL-2", "In production", "Negotiation"), action)
    assert (known.status, stale.status) == (Status.DONE, Status.STALE)
    assert rig.status("DEAL-1") == "Waiting"


def test_a_deal_that_already_stands_there_is_done(make_rig):
    rig = make_rig(with_transitions(edge("In production", "Negotiation")))
    rig.resolve()
    (outcome,) = rig.apply(rig.returning("DEAL-2", "In production", "Negotiation"))
    assert outcome.status is Status.DONE
    assert "POST /issue/<key>/transitions" not in rig.counts()


def test_a_deleted_deal_is_stale(rig):
    action = rig.returning("DEAL-1", "In production", "New lead")
    rig.control.act("anna@example.com", "delete", issue="DEAL-1")
    assert [o.status for o in rig.apply(action)] == [Status.STALE]


@pytest.mark.parametrize("admin", [True, False])
def test_a_way_of_two_hops_is_walked(make_rig, admin):
    document = with_transitions(
        edge("In production", "Lost"),
        edge("Lost", "Negotiation"),
        edge("In production", "Waiting"),
        edge("Waiting", "Negotiation"),
        rights=admin,
    )
    if admin:
        document["users"][0].pop("rights")
    rig = make_rig(document)
    rig.resolve()
    (outcome,) = rig.apply(rig.returning("DEAL-1", "In production", "Negotiation"))
    assert (outcome.status, outcome.message) == (Status.DONE, "")
    assert rig.status("DEAL-1") == "Negotiation"
    names = rig.control.store.statuses
    walked = [
        names[change.new].name for h in rig.control.issue("DEAL-1").history for change in h.items
    ]
    assert walked[-2:] == ["Waiting", "Negotiation"]  # never through Lost, an exit
    moves = rig.tracker.history(rig.pipeline, [rig.ref("DEAL-1")], []).moves[rig.ref("DEAL-1")]
    assert [move.ours for move in moves][-2:] == [True, True]


def test_no_way_back_is_told_with_what_an_admin_can_do(make_rig):
    through_an_exit = (edge("In production", "Lost"), edge("Lost", "New lead"))
    rig = make_rig(with_transitions(edge("New lead", "In production"), *through_an_exit))
    rig.resolve()
    (outcome,) = rig.apply(rig.returning("DEAL-1", "In production", "New lead"))
    assert (outcome.status, outcome.stops) == (Status.FAILED, "")
    assert outcome.message == (
        "DEAL-1 stays in 'In production': the workflow has no transition to 'New lead' that our"
        " account may use. Ask a Jira admin to add one, best a global transition 'Return to New"
        " lead' that only our account may use."
    )
    assert rig.status("DEAL-1") == "In production"


def test_a_screen_that_asks_for_a_field_is_named(make_rig):
    rig = make_rig(
        with_transitions(edge("In production", "Negotiation", required=["Услуга", "resolution"]))
    )
    rig.resolve()
    (outcome,) = rig.apply(rig.returning("DEAL-1", "In production", "Negotiation"))
    assert outcome.status is Status.FAILED
    assert outcome.message == (
        "The transition 'In production to Negotiation' to 'Negotiation' asks for 'Услуга', which"
        " only a person can fill in. Ask a Jira admin to make it optional there, or to add a"
        " transition without a screen."
    )


def test_a_validator_that_forbids_the_return_is_told(make_rig):
    rule = {
        "rule": "system:validate-field-value",
        "ruleType": "fieldRequired",
        "fieldsRequired": "Услуга",
        "errorMessage": "No.",
    }
    rig = make_rig(with_transitions(edge("In production", "Negotiation", validators=[rule])))
    rig.resolve()
    (outcome,) = rig.apply(rig.returning("DEAL-1", "In production", "Negotiation"))
    assert outcome.status is Status.FAILED
    assert "a condition or a validator of the workflow forbids it to our account" in outcome.message
    assert rig.status("DEAL-1") == "In production"


def test_a_hop_that_is_closed_to_us_leaves_the_deal_and_says_where(make_rig):
    rule = {
        "rule": "system:validate-field-value",
        "ruleType": "fieldRequired",
        "fieldsRequired": "Услуга",
    }
    rig = make_rig(
        with_transitions(
            edge("In production", "Waiting"), edge("Waiting", "Negotiation", validators=[rule])
        )
    )
    rig.resolve()
    (outcome,) = rig.apply(rig.returning("DEAL-1", "In production", "Negotiation"))
    assert outcome.status is Status.FAILED
    assert outcome.message.startswith("DEAL-1 stays in 'Waiting': the workflow has no transition")


def test_the_lost_answer_to_a_return_is_unknown_and_not_repeated(rig):
    rig.control.act("anna@example.com", "transition", issue="DEAL-1", to="In production")
    rig.control.log.clear()
    rig.control.faults.add("drop", method="POST", path="/transitions", stored=True)
    (outcome,) = rig.apply(rig.returning("DEAL-1", "In production", "New lead"))
    assert outcome.status is Status.UNKNOWN
    assert rig.counts()["POST /issue/<key>/transitions"] == 1
    assert rig.status("DEAL-1") == "New lead"


def test_a_conflict_is_stale(rig):
    rig.control.act("anna@example.com", "transition", issue="DEAL-1", to="In production")
    rig.pretend("/transitions", {}, 409, method="POST")
    assert [o.status for o in rig.apply(rig.returning("DEAL-1", "In production", "New lead"))] == [
        Status.STALE
    ]


def test_a_known_way_that_no_longer_works_is_looked_up_again(rig):
    for key in ("DEAL-1", "DEAL-2"):
        rig.control.act("anna@example.com", "transition", issue=key, to="In production")
    rig.apply(rig.returning("DEAL-1", "In production", "New lead"))
    for workflow in rig.control.store.workflows.values():
        for transition in workflow.transitions:
            transition.id = str(int(transition.id) + 1000)
    (outcome,) = rig.apply(rig.returning("DEAL-2", "In production", "New lead"))
    assert outcome.status is Status.DONE
    assert rig.status("DEAL-2") == "New lead"


def test_a_known_way_refused_because_the_deal_is_there_already_is_done(make_rig):
    rig = make_rig(
        with_transitions(edge("In production", "Negotiation"), edge("Negotiation", "In production"))
    )
    rig.resolve()
    one = rig.returning("DEAL-1", "In production", "Negotiation")
    (first,) = rig.apply(one)
    rig.control.log.clear()
    (second,) = rig.apply(one)
    assert (first.status, second.status) == (Status.DONE, Status.DONE)
    assert rig.counts() == {
        "POST /issue/<key>/transitions": 1,
        "POST /issue/bulkfetch": 1,
    }


def test_a_deal_that_vanishes_before_the_way_is_known_is_stale(rig):
    rig.control.act("anna@example.com", "transition", issue="DEAL-1", to="In production")
    action = rig.returning("DEAL-1", "In production", "New lead")
    rig.pretend("/transitions", {"transitions": []}, method="GET")
    rig.control.act("anna@example.com", "delete", issue="DEAL-1")
    (outcome,) = rig.apply(action)
    assert (outcome.status, outcome.message) == (
        Status.STALE,
        "DEAL-1 is gone, or hidden from our account. Nothing was moved.",
    )


@pytest.mark.parametrize(
    ("status", "why"),
    [
        (503, "it is out of order (503). The next run tries again."),
        (403, "our account may not do this (403)"),
    ],
)
def test_a_deal_left_half_way_is_unknown_and_not_refused(make_rig, status, why):
    rig = make_rig(
        with_transitions(edge("In production", "Waiting"), edge("Waiting", "Negotiation"))
    )
    rig.resolve()
    own = f"/{rig.ref('DEAL-1')}/transitions"
    rig.pretend(own, {}, status, method="GET", after=1)
    (outcome,) = rig.apply(rig.returning("DEAL-1", "In production", "Negotiation"))
    assert outcome.status is Status.UNKNOWN
    assert outcome.message.startswith(
        "DEAL-1 is on its way back, and where it stands is not known: Jira at "
    )
    assert why in outcome.message
    assert rig.status("DEAL-1") == "Waiting"
