"""Nothing is believed before Jira has said who we are, nor from an answer meant for others."""

from __future__ import annotations

import pytest

from readygate.action import Status
from readygate.errors import OutcomeUnknown, TrackerDenied, TrackerUnavailable


def test_identity_takes_one_request_and_tells_the_trackers_time(make_rig):
    rig = make_rig()
    rig.control.clock.set(1_800_000_000_000)
    rig.control.clock.freeze()
    identity = rig.tracker.identify()
    assert (identity.name, identity.now.timestamp()) == ("Bot", 1_800_000_000)
    assert identity.account == rig.control.user("bot@example.com").account_id
    assert rig.counts() == {"GET /myself": 1}


def test_a_wrong_token_is_denied_with_what_to_do(make_rig):
    rig = make_rig(token="wrong-token")
    with pytest.raises(TrackerDenied) as caught:
        rig.tracker.identify()
    host = rig.url.removeprefix("http://")
    assert str(caught.value) == (
        f"Jira at {host}, proving who we are: our login is not accepted (401). Check the e-mail and"
        " the API token (READYGATE_TRACKERS__MAIN__TOKEN); tokens live for a year at most, new ones"
        " are made at https://id.atlassian.com/manage-profile/security/api-tokens. A token with"
        f" scopes also needs `cloud_id` in the config: {rig.url}/_edge/tenant_info shows it."
    )
    assert "wrong-token" not in caught.value.detail


def test_a_token_that_expires_in_mid_run_is_noticed_in_a_search_that_finds_nothing(rig):
    rig.control.set_user("bot@example.com", expired=True)
    with pytest.raises(TrackerDenied) as caught:
        list(rig.tracker.read(rig.pipeline, None))
    host = rig.url.removeprefix("http://")
    assert str(caught.value) == (
        f"Jira at {host} does not know us any more: the API token has expired or was revoked. Make"
        " a new token at https://id.atlassian.com/manage-profile/security/api-tokens and set"
        " READYGATE_TRACKERS__MAIN__TOKEN."
    )
    with pytest.raises(TrackerDenied):
        rig.look("DEAL-1")


def test_after_a_token_expired_writes_stop_at_the_first(rig):
    rig.control.set_user("bot@example.com", expired=True)
    first, second = rig.apply(
        rig.returning("DEAL-1", "Negotiation", "New lead"),
        rig.returning("DEAL-2", "Negotiation", "New lead"),
    )
    assert (first.status, first.stops) == (Status.FAILED, "denied")
    assert (second.status, second.stops) == (Status.SKIPPED, "")
    assert second.message == "Not tried: Jira no longer lets us in. The next run tries again."
    assert rig.control.log.total() == 1


def test_an_answer_to_another_account_is_not_believed(rig):
    bot = rig.control.user("bot@example.com")
    rig.control.store.users.pop(bot.account_id)
    bot.account_id = "somebody-else"
    rig.control.store.users[bot.account_id] = bot
    with pytest.raises(TrackerDenied, match="speaks to the account somebody-else, so nothing in"):
        list(rig.tracker.read(rig.pipeline, None))


@pytest.mark.parametrize("status", [200, 404])
def test_an_answer_that_names_nobody_is_not_believed(rig, status):
    rig.control.faults.add("refuse", path="/search", status=status, body={"issues": []})
    with pytest.raises(TrackerDenied) as caught:
        list(rig.tracker.read(rig.pipeline, None))
    host = rig.url.removeprefix("http://")
    assert str(caught.value) == (
        f"Jira at {host} does not say whom it speaks to, so nothing in its answer is believed. Make"
        " a new token at https://id.atlassian.com/manage-profile/security/api-tokens and set"
        " READYGATE_TRACKERS__MAIN__TOKEN."
    )


def test_a_write_answered_to_another_account_is_unknown_and_stops(rig):
    bot = rig.control.user("bot@example.com")
    rig.control.store.users.pop(bot.account_id)
    bot.account_id = "somebody-else"
    rig.control.store.users[bot.account_id] = bot
    first, second = rig.apply(rig.opening("DEAL-1", "scan"), rig.opening("DEAL-2", "scan"))
    assert (first.status, first.stops) == (Status.UNKNOWN, "denied")
    assert (second.status, second.stops) == (Status.UNKNOWN, "denied")


def test_an_unreachable_site_is_unavailable(make_rig):
    rig = make_rig()
    rig.control.faults.add("drop", path="/myself")
    with pytest.raises(TrackerUnavailable) as caught:
        rig.tracker.identify()
    host = rig.url.removeprefix("http://")
    assert str(caught.value) == (
        f"Jira at {host}, proving who we are: the connection broke or the answer did not come in"
        " time. The next run tries again."
    )
    assert len(rig.clock.slept) == 4


def test_data_center_is_told_apart_and_refused(make_rig):
    rig = make_rig()
    rig.control.faults.add(
        "refuse", path="/myself", status=401, headers={"X-AUSERNAME": "anonymous"}
    )
    with pytest.raises(TrackerDenied, match="is a Jira Data Center or Server"):
        rig.tracker.identify()
    rig.control.faults.clear()
    rig.control.faults.add("refuse", path="/api/3/", status=404)
    rig.control.faults.add("refuse", path="/api/2/serverInfo", status=200,
                           body={"deploymentType": "Server"})  # fmt: skip
    with pytest.raises(TrackerDenied) as caught:
        rig.tracker.identify()
    assert str(caught.value) == (
        f"{rig.url.removeprefix('http://')} is a Jira Data Center or Server. Readygate speaks to"
        " Jira Cloud only, as yet; nothing was read or changed."
    )


def test_an_address_without_jira_is_told(make_rig):
    rig = make_rig()
    rig.control.faults.add("refuse", path="/rest/", status=404)
    with pytest.raises(TrackerDenied) as caught:
        rig.tracker.identify()
    assert str(caught.value) == (
        f"No Jira Cloud answers at {rig.url.removeprefix('http://')}. Check `url`: it looks like"
        " https://example.atlassian.net."
    )


def test_a_site_that_does_not_tell_our_account_is_not_trusted(make_rig):
    rig = make_rig()
    rig.control.faults.add("refuse", path="/myself", status=200, body={"displayName": "x"})
    with pytest.raises(TrackerDenied, match="does not tell our account id"):
        rig.tracker.identify()


def test_data_center_is_told_by_its_headers_too(make_rig):
    rig = make_rig()
    rig.control.faults.add("refuse", path="/myself", status=200, body={"name": "bot"},
                           headers={"X-ANODEID": "node1"})  # fmt: skip
    with pytest.raises(TrackerDenied, match="is a Jira Data Center or Server"):
        rig.tracker.identify()


def test_every_request_is_observed_and_counted(rig):
    rig.seen.clear()
    list(rig.tracker.read(rig.pipeline, None))
    assert [(fact["name"], fact["kind"], fact["status"]) for fact in rig.seen] == [
        ("search", "read", 200)
    ]
    assert rig.tracker.counts["search"] == 1


def test_unknown_is_an_error_of_writes_alone(rig):
    rig.control.faults.add("refuse", path="/search", status=500)
    with pytest.raises(TrackerUnavailable) as caught:
        list(rig.tracker.read(rig.pipeline, None))
    assert not isinstance(caught.value, OutcomeUnknown)
