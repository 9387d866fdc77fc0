"""Workflows as admins keep them: shared, with rules of their own, changed while we are at it."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from integration.guard.bench import Bench, rules, site
from integration.guard.conftest import MakeBench
from readygate.errors import TrackerRejected
from readygate.guarding import Force, Wish
from readygate.pipeline import Guard
from readygate_sandbox.jira_cloud import workflow_update
from readygate_sandbox.jira_cloud.model import ConditionGroup, Rule
from readygate_sandbox.jira_cloud.rest import workflow_updates

STAGES = ("New lead", "Negotiation", "In production", "Lost")
ADMINS = {"rule": "system:restrict-issue-transition", "permissionKeys": "EDIT_ISSUES"}
CHILDREN = "system:parent-or-child-blocking-condition"


def drawn(*transitions: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The site with these transitions in the workflow of deals."""
    document = site(**changes)
    document["workflows"] = deepcopy(document["workflows"])
    document["workflows"][0] |= {"moves": "none", "transitions": list(transitions)}
    return document


def directed(source: str, target: str, **more: Any) -> dict[str, Any]:
    return {"name": f"to {target}", "from": [source], "to": target, **more}


FORWARD = (directed("New lead", "Negotiation"), directed("Negotiation", "In production"))
BACKWARD = (directed("Negotiation", "New lead"), directed("In production", "Negotiation"))


def transition(bench: Bench, name: str, source: str) -> Any:
    """A transition of the workflow of deals by its name and a status it leads from."""
    store = bench.control.store
    workflow = next(w for w in store.workflows.values() if w.name == "deals")
    return next(
        one
        for one in workflow.transitions
        if one.name == name
        and (one.kind == "GLOBAL" or source in {store.statuses[s].name for s in one.sources})
    )


def hold(bench: Bench, key: str) -> None:
    """Give a deal an open subtask."""
    bench.control.act("anna@example.com", "create", parent=key, summary="open")


def offered(bench: Bench, key: str) -> set[str]:
    """Where a person can move a deal."""
    from readygate_sandbox.board import jira_view  # noqa: PLC0415 - only for this

    store = bench.control.store
    page = jira_view.deal_page(store, bench.control.user("anna@example.com"), key)
    assert page
    return {store.statuses[one["to"]].name for one in page["moves"]}


def test_rules_of_admins_stay_and_still_count(make_bench: MakeBench) -> None:
    """Alone, joined by ALL, and joined by ANY: ours must hold besides, and is taken out again."""
    bench = make_bench(document=drawn(*FORWARD, *BACKWARD, directed("New lead", "In production")))
    first = transition(bench, "to Negotiation", "New lead")
    first.conditions = ConditionGroup("ANY", [_rule(), _rule("ADMINISTER")])
    second = transition(bench, "to In production", "Negotiation")
    second.conditions = ConditionGroup("ALL", [_rule()], [ConditionGroup("ANY", [_rule()])])
    untouched = bench.state()
    hold(bench, "DEAL-1")
    assert offered(bench, "DEAL-1") == {"Negotiation", "In production"}
    bench.install()
    assert offered(bench, "DEAL-1") == set()
    now = transition(bench, "to Negotiation", "New lead").conditions
    assert (now.operation, [rule.key for rule in now.conditions]) == ("ALL", [CHILDREN])
    assert rules(now.groups[0])[0] == "ANY"
    bench.remove()
    bench.control.store.issues.pop(bench.control.issue("DEAL-1").subtasks[0])
    assert bench.state() == untouched


def _rule(permission: str = "EDIT_ISSUES") -> Rule:
    return Rule("system:restrict-issue-transition", {"permissionKeys": permission})


def test_an_edit_made_in_between_stays(make_bench: MakeBench) -> None:
    bench = make_bench()
    bench.install()
    renamed = transition(bench, "Negotiation", "New lead")
    renamed.name = "Handshake"
    renamed.conditions.conditions.append(_rule())
    transition(bench, "Lost", "New lead").description = "by an admin"
    bench.remove()
    after = transition(bench, "Handshake", "New lead")
    assert rules(after.conditions) == ("ALL", [(_rule().key, _rule().parameters)], [])
    assert after.extras == {}
    assert transition(bench, "Lost", "New lead").description == "by an admin"
    assert bench.look().installed == ()


def test_a_rule_that_an_admin_changed_is_his(make_bench: MakeBench) -> None:
    bench = make_bench()
    bench.install()
    rule = transition(bench, "Negotiation", "New lead").conditions.conditions[0]
    rule.parameters["statusIds"] = "10004"
    told = bench.remove()
    assert (
        "our rule on 'Negotiation' (New lead → Negotiation) was changed or removed by somebody:"
        " left so"
    ) in told
    assert transition(bench, "Negotiation", "New lead").conditions.conditions == [rule]


def test_a_change_at_the_same_moment_is_kept(make_bench: MakeBench) -> None:
    """Somebody publishes between our reading and our writing: the version tells, we do it again."""
    bench = make_bench()
    bench.control.faults.add(
        "refuse", method="POST", path="/workflows/update$", status=409, count=2,
        body={"errorMessages": ["Workflow version and version token must match."], "errors": {}},
        headers={"X-AAccountId": bench.tracker.site.account},
    )  # fmt: skip
    before = bench.clock.monotonic()
    bench.install()
    assert bench.look().force is Force.FULL
    assert bench.clock.monotonic() - before >= 2


def test_a_global_transition_is_reported_and_not_held(make_bench: MakeBench) -> None:
    anywhere = {"name": "to In production", "to": "In production"}
    bench = make_bench(document=drawn(FORWARD[0], *BACKWARD, anywhere))
    bench.install()
    report = bench.look()
    assert report.force is Force.PARTLY
    assert report.held == ("New lead → Negotiation ('to Negotiation')",)
    text = "'to In production' (any status → In production) is not held: it also leads from"
    assert any(gap.startswith(text) for gap in report.gaps)
    (offer,) = report.offers
    assert offer == (
        "--split: 'to In production' (any status → In production) would be made into two, one for"
        " New lead, Negotiation with the rule, one for the rest without"
    )


@pytest.mark.parametrize(
    "wide",
    [
        {"name": "to In production", "to": "In production"},
        {"name": "to In production", "to": "In production", "from": ["Lost", "New lead",
                                                                     "Negotiation"]},
    ],
    ids=["global", "from several"],
)  # fmt: skip
def test_a_wide_transition_is_split_and_put_together_again(
    make_bench: MakeBench, wide: dict[str, Any]
) -> None:
    bench = make_bench(document=drawn(*FORWARD[:1], *BACKWARD, directed("New lead", "Lost"), wide))
    untouched = bench.state()
    number = transition(bench, "to In production", "Lost").id
    bench.wish = Wish(split=True)
    bench.install()
    assert bench.look().force is Force.FULL
    assert transition(bench, "to In production", "Lost").id == number
    hold(bench, "DEAL-1")
    assert offered(bench, "DEAL-1") == {"Lost"}
    bench.wish = Wish()  # what was agreed to once is agreed to
    assert (bench.look().force, bench.look().changes) == (Force.FULL, ())
    assert bench.install() == []
    bench.control.act("anna@example.com", "transition", issue="DEAL-1", to="Lost")
    assert "In production" in offered(bench, "DEAL-1")
    bench.remove()
    bench.control.store.issues.pop(bench.control.issue("DEAL-1").subtasks[0])
    assert bench.state()[:2] == untouched[:2]


def test_a_split_that_an_admin_changed_stays_split(make_bench: MakeBench) -> None:
    anywhere = {"name": "to In production", "to": "In production"}
    bench = make_bench(document=drawn(*FORWARD[:1], *BACKWARD, anywhere))
    bench.wish = Wish(split=True)
    bench.install()
    copy = transition(bench, "to In production", "New lead")
    copy.name = "Start production"
    told = bench.remove()
    assert any("stays split: it was changed since" in one for one in told)
    left = transition(bench, "Start production", "New lead")
    assert (rules(left.conditions), left.extras) == (("ALL", [], []), {})
    assert bench.look().installed == ()


def test_a_way_back_that_a_rule_would_cut_off_stays_free(make_bench: MakeBench) -> None:
    """Back to Negotiation leads only over New lead and on: that hop must not be held."""
    restart = directed("In production", "New lead")
    bench = make_bench(document=drawn(*FORWARD, directed("Negotiation", "New lead"), restart))
    bench.install()
    report = bench.look()
    assert report.force is Force.PARTLY
    assert any("the only way back from 'In production' to 'Negotiation'" in g for g in report.gaps)
    assert [one.partition(":")[0] for one in report.offers] == ["--returns"]
    assert report.held == ("Negotiation → In production ('to In production')",)
    hold(bench, "DEAL-1")
    assert offered(bench, "DEAL-1") == {"Negotiation"}
    bench.control.act("anna@example.com", "transition", issue="DEAL-1", to="Negotiation")
    assert "In production" not in offered(bench, "DEAL-1")
    bench.wish = Wish(returns=True)
    bench.install()
    assert bench.look().force is Force.FULL, "with a hidden way back it can be held"
    assert len(bench.look().held) == 2


def test_a_hidden_way_back_is_offered_and_never_forced(make_bench: MakeBench) -> None:
    bench = make_bench(document=drawn(*FORWARD))
    untouched = bench.state()
    report = bench.look()
    assert "there is no way back from 'In production' to 'New lead'" in report.gaps
    assert len(report.offers) == 2
    bench.wish = Wish(returns=True)
    bench.install()
    assert bench.look().force is Force.FULL
    assert offered(bench, "DEAL-1") == {"Negotiation"}, "people do not see it"
    bench.wish = Wish()
    assert (bench.look().force, bench.look().changes) == (Force.FULL, ())
    bench.remove()
    assert bench.state() == untouched


def test_everybody_who_shares_the_workflow_is_named(make_bench: MakeBench) -> None:
    document = site()
    document["projects"] = [
        *document["projects"],
        {"key": "OTHER", "name": "Others", "issue_types": ["Deal", "Sub-task"],
         "workflows": {"Deal": "deals", "Sub-task": "items"}},
    ]  # fmt: skip
    bench = make_bench(document=document)
    assert bench.look().shared == ("the project Others (OTHER)",)


def test_a_workflow_of_jiras_own_cannot_be_edited(make_bench: MakeBench) -> None:
    bench = make_bench()
    workflow = next(w for w in bench.control.store.workflows.values() if w.name == "deals")
    workflow.editable = False
    untouched = bench.state()
    (told,) = bench.look().by_hand
    assert told.startswith("The workflow 'deals' cannot be edited by anybody: copy it in Jira")
    with pytest.raises(TrackerRejected, match="cannot be edited by anybody"):
        bench.install()
    assert bench.state() == untouched


def test_who_shares_it_may_stay_unknown(make_bench: MakeBench) -> None:
    bench = make_bench(Guard.LOCKED)
    bench.rig.pretend("/projectUsages", {"errorMessages": ["no"], "errors": {}}, 404)
    said = "whoever else has it: Jira does not tell our account who that is"
    assert bench.look().shared == (said,)
    with pytest.raises(TrackerRejected, match="also used by whoever else has it"):
        bench.install()


def test_without_a_rule_on_offer_nothing_is_changed(make_bench: MakeBench) -> None:
    bench = make_bench()
    untouched = bench.state()
    bench.rig.pretend("/workflows/capabilities", {"systemRules": []})
    with pytest.raises(TrackerRejected, match="does not offer the rule"):
        bench.install()
    assert bench.state() == untouched


def test_a_site_that_ignores_the_rule_gets_none(make_bench: MakeBench) -> None:
    """Neither temporary transition is hidden: then nobody knows what the rule does."""
    bench = make_bench()
    untouched = bench.state()
    bench.control.store.quirks.child_condition = "allow"
    everything = [
        {"id": str(n), "name": "x", "isAvailable": True, "to": {"id": "1"}} for n in range(200)
    ]
    bench.rig.pretend("/transitions", {"transitions": everything})
    with pytest.raises(TrackerRejected, match="cannot be found out"):
        bench.install()
    bench.control.faults.clear()
    assert bench.state() == untouched
    assert bench.look().leftovers == ()


def test_no_scratch_deal_without_the_right_to_delete_it(make_bench: MakeBench) -> None:
    bench = make_bench()
    untouched = bench.state()
    bench.control.store.users[bench.tracker.site.account].rights -= {"DELETE_ISSUES"}
    with pytest.raises(Exception, match="lacks the right 'Delete issues'"):
        bench.install()
    assert bench.state() == untouched


def test_new_statuses_of_subtasks_are_noticed(make_bench: MakeBench) -> None:
    bench = make_bench()
    bench.install()
    store = bench.control.store
    items = next(w for w in store.workflows.values() if w.name == "items")
    lost = next(s.id for s in store.statuses.values() if s.name == "Lost")
    items.statuses.append(lost)
    report = bench.look()
    assert report.force is Force.PARTLY
    assert (
        "+ rule on 'Negotiation' (New lead → Negotiation): offered only while every subtask is in"
        " Done or Lost or Won't do"
    ) in report.changes
    bench.install()
    assert bench.look().force is Force.FULL


def test_other_guards_need_nothing_in_jira(make_bench: MakeBench) -> None:
    bench = make_bench(Guard.RETURN)
    untouched = bench.state()
    report = bench.look()
    assert (report.force, report.changes, report.held) == (Force.NONE_ASKED, (), ())
    assert bench.install() == []
    assert bench.state() == untouched


@pytest.mark.parametrize("guard", [Guard.BY_SUBTASKS, Guard.BY_FIELD, Guard.LOCKED], ids=str)
def test_what_jira_adds_to_rules_and_transitions_of_ours_is_no_difference(
    make_bench: MakeBench, monkeypatch: pytest.MonkeyPatch, guard: Guard
) -> None:
    """Defaults that a site fills in: parameters, post-functions, another order of ids."""

    def apply(store: Any, draft: Any, known: Any) -> None:
        workflow_update.apply_draft(store, draft, known)
        for one in draft.workflow.transitions:
            if one.kind != "INITIAL" and not one.description:
                one.description = "filled in"
                one.actions.append(Rule("system:fire-event", {"event": "13"}))
            for rule in (*one.conditions.conditions, *one.validators, *one.actions):
                rule.parameters.setdefault("filledIn", "yes")
                if "statusIds" in rule.parameters:
                    ids = sorted(rule.parameters["statusIds"].split(","), reverse=True)
                    rule.parameters["statusIds"] = ",".join(ids)

    monkeypatch.setattr(workflow_updates, "apply_draft", apply)
    anywhere = {"name": "to In production", "to": "In production"}
    bench = make_bench(guard, drawn(*FORWARD[:1], *BACKWARD, anywhere))
    bench.wish = Wish(split=True, returns=True)
    bench.install()
    assert (bench.look().force, bench.look().changes) == (Force.FULL, ())
    assert bench.install() == []
    bench.remove()
    left = bench.look()
    assert (left.installed, left.leftovers) == ((), ())
    assert all(not one.extras for one in _transitions(bench))


def _transitions(bench: Bench) -> list[Any]:
    workflows = bench.control.store.workflows.values()
    return list(next(w for w in workflows if w.name == "deals").transitions)


def test_a_rule_that_does_not_hold_on_the_scratch_deal_is_taken_out_again(
    make_bench: MakeBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The site changes its mind between the trial and the real thing: the trial of that tells."""
    bench = make_bench()
    untouched = bench.state()
    notes: list[str] = []

    def note(text: str, _data: Any) -> None:
        notes.append(text)
        if len(notes) == 3:  # the scratch deal, the temporary transitions, the real ones
            bench.control.store.quirks.child_condition = "deny"

    monkeypatch.setattr(bench, "note", note)
    with pytest.raises(TrackerRejected, match="does not hold what it should"):
        bench.install()
    assert bench.state() == untouched
    assert bench.look().leftovers == ()
