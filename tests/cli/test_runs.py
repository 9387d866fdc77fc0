"""plan, sync, status and log against the sandbox over real HTTP: what they do, say and end with."""

from __future__ import annotations

import json
import re

import pytest

from cli.stage import TOKEN, Stage
from readygate_cli.wiring import SystemClock
from readygate_ledger import open_ledger
from readygate_sandbox.jira_cloud.building import default_project
from support.waiting import at_once

NEGOTIATION, PRODUCTION = "Negotiation", "In production"


def kinds(document: str) -> list[tuple[str, str]]:
    """Every action of a run as (kind, deal)."""
    found = json.loads(document)["trackers"][0]["pipelines"][0]["actions"]
    return [(action["kind"], action["label"]) for action in found]


def test_plan_writes_nothing_and_sync_does_exactly_that(stage: Stage) -> None:
    planned = stage.run("plan", "--json", "--exit-code")
    assert planned.code == 10
    assert stage.writes() == []
    assert list(stage.folder.iterdir()) == [stage.config]

    done = stage.run("sync", "--json")
    assert done.code == 0
    assert sorted(kinds(done.out)) == sorted(kinds(planned.out))
    assert len(kinds(done.out)) == 9

    again = stage.run("plan", "--exit-code")
    assert (again.code, again.out.splitlines()[-1]) == (0, "Nothing to do.")


def test_plan_shows_every_action_with_its_reason(stage: Stage) -> None:
    stage.run("sync")
    deal = stage.create("New website")
    stage.run("sync")
    stage.move(deal, NEGOTIATION)

    assert re.sub(r"\d+ items", "N items", stage.run("plan").out) == (
        f"""\
deals (tracker main; read what has changed: 1 deal and N items)

  {deal}
    return  from “Negotiation” back to “New lead”
            why: moved to 'Negotiation' without: Lead checklist (Анна Котова)
    explain comment on the deal: “Lead checklist”
            why: say what is missing and who owes it

Planned for 1 deal: 1 deal to return and 1 comment to write. Nothing has been written: \
`readygate sync` does it.
"""
    )


def test_plan_as_markdown(stage: Stage) -> None:
    told = stage.run("plan", "--format", "markdown")

    assert "- **DEAL-3**\n  - adopt in “Negotiation”: it was there when" in told.out
    assert told.out.endswith("\nPlanned: 5 deals to adopt and 4 items to open.\n")


def test_sync_tells_what_happened_in_one_line_and_is_quiet_otherwise(stage: Stage) -> None:
    first, second = stage.run("sync"), stage.run("sync")

    assert re.fullmatch(
        r"\d{4}-\d\d-\d\d \d\d:\d\d \S+  5 deals adopted and 4 items opened\.\n", first.out
    )
    assert (first.code, first.err) == (0, "")
    assert (second.code, second.out, second.err) == (0, "", "")


def test_the_whole_way_of_a_deal(stage: Stage) -> None:
    stage.run("sync")
    deal = stage.create("New website")
    stage.run("sync")
    stage.move(deal, NEGOTIATION)

    returned = stage.run("sync")
    assert returned.code == 0
    assert returned.out.endswith(f"  1 deal returned and 1 comment written. Returned: {deal}.\n")
    assert stage.status(deal) == "New lead"

    (item,) = [i for i in stage.control.store.issues.values() if i.parent and deal in str(
        stage.control.store.issues[i.parent].key)]  # fmt: skip
    stage.control.act("anna@example.com", "tick", issue=item.key)
    stage.move(deal, NEGOTIATION)
    accepted = stage.run("sync", "--verbose")
    assert stage.status(deal) == NEGOTIATION
    assert "    accept  in “Negotiation”; handed over to “Sales”  [done]\n" in accepted.out
    assert "    open    “Scan of the contract” for Борис Лыков  [done (DEAL-13)]\n" in accepted.out
    assert accepted.out.endswith("\n1 deal accepted and 1 item opened.\n")

    before = stage.writes()
    assert stage.run("sync").out == ""
    assert stage.writes() == before


def test_new_findings_are_told_once(stage: Stage) -> None:
    stage.change("      - { stage: Lost, exit: true }\n", "")

    first, second = stage.run("sync"), stage.run("sync")

    said = "- DEAL-6: stands in 'Lost', which the config does not name\n"
    assert first.out.endswith(said)
    assert (second.code, second.out) == (0, "")
    (event,) = json.loads(stage.run("log", "DEAL-6", "--json").out)["events"]
    assert (event["kind"], event["data"]["code"]) == ("finding", "unnamed-stage")


def test_over_a_limit_the_run_refuses_and_says_the_ways_to_go_on(stage: Stage) -> None:
    stage.change("    issue_type: Deal\n", "    issue_type: Deal\n    limits: { opens: 2 }\n")

    told = stage.run("sync")

    assert told.code == 4
    assert told.err == (
        "refused: deals: opens: 4 planned, the limit is 2\n"
        "    Look at `readygate plan --pipeline deals`; if it is right, consent to this run:"
        " `readygate sync --pipeline deals --force`\n"
        "    Or narrow whose checklists are opened at once, in the config:"
        " pipelines.deals.adopt: {updated_within: 30d}\n"
    )
    assert told.out.endswith("  5 deals adopted and 4 refused by a limit.\n")
    assert stage.writes() == []
    assert stage.run("plan").code == 4

    assert stage.run("sync", "--force").code == 0
    assert stage.writes() == ["POST /rest/api/3/issue/bulk"]


OTHERS = """\
  others:
    tracker: main
    project: OPS
    issue_type: Task
    stages:
      - { stage: To Do, process: marketing }
      - { stage: Done, process: sales }
"""


def test_a_run_of_one_pipeline_does_not_spoil_the_next_of_all(stage: Stage) -> None:
    stage.write(stage.config.read_text("utf-8") + OTHERS)
    lead = stage.control.user("vera@example.com")
    default_project(stage.control.store, "OPS", "Ops", lead=lead, kind="software", description="")

    alone = stage.run("sync", "--pipeline", "deals")
    both = stage.run("plan")

    assert (alone.code, both.code, both.err) == (0, 0, "")
    assert [line for line in both.out.splitlines() if "(tracker main" in line] == [
        "deals (tracker main; read what has changed: 0 deals and 4 items)",
        "others (tracker main; read everything: 0 deals and 0 items)",
    ]


def test_an_expired_token_changes_nothing(stage: Stage) -> None:
    stage.token("wrong-token-1234")

    told = stage.run("sync")

    assert (told.code, told.out) == (5, "")
    assert told.err.startswith("tracker main: Jira at 127.0.0.1:")
    assert "our login is not accepted (401). Check the e-mail and the API token" in told.err
    assert "READYGATE_TRACKERS__MAIN__TOKEN" in told.err
    assert stage.writes() == []


def test_no_token_says_where_it_may_stand(stage: Stage) -> None:
    stage.token("")

    told = stage.run("plan")

    assert (told.code, told.out) == (3, "")
    assert told.err == (
        "readygate.yaml:3:3 trackers.main: the API token is not set\n"
        "    Set READYGATE_TRACKERS__MAIN__TOKEN in the environment, in a file .env (here or beside"
        " the config), or as a file of that name in the secrets directory"
        " (READYGATE_SECRETS_DIR).\n"
    )


def test_a_tracker_that_is_down(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    at_once(monkeypatch)
    stage.change(stage.url, "http://127.0.0.1:9")

    told = stage.run("sync")

    assert (told.code, told.out) == (5, "")
    assert told.err.startswith("tracker main: Jira at 127.0.0.1:9")


def test_a_missing_project_and_an_unknown_status(stage: Stage) -> None:
    stage.change("project: DEAL", "project: DEEL")
    missing = stage.run("sync")
    stage.change("project: DEEL", "project: DEAL")
    stage.change("stage: Negotiation", "stage: Negotiations")
    unknown = stage.run("sync")

    assert (missing.code, missing.out, unknown.code, unknown.out) == (3, "", 3, "")
    assert "DEEL" in missing.err
    assert "'Negotiations'" in unknown.err
    assert "'Negotiation'" in unknown.err
    assert stage.writes() == []


def test_without_the_right_to_move_deals_the_run_says_so(stage: Stage) -> None:
    stage.run("sync")
    deal = stage.create("New website")
    stage.run("sync")
    stage.move(deal, NEGOTIATION)
    rights = ["BROWSE_PROJECTS", "ADD_COMMENTS", "CREATE_ISSUES", "EDIT_ISSUES"]
    stage.control.set_user("readygate@example.com", rights=rights)

    told = stage.run("sync")

    assert told.code in {1, 5}
    assert f"deals: {deal}: return" in told.err
    assert stage.status(deal) == NEGOTIATION


def test_a_second_run_at_the_same_time(stage: Stage) -> None:
    stage.run("sync")
    ledger = open_ledger(stage.folder / "readygate.db", clock=SystemClock())
    with ledger.lock():
        told = stage.run("sync")
        plan = stage.run("plan")
    ledger.close()

    assert (told.code, told.out, plan.code) == (6, "", 0)
    assert "since" in told.err


def test_status_before_the_first_run(stage: Stage) -> None:
    text, document = stage.run("status"), stage.run("status", "--json")

    assert (text.code, text.out, text.err) == (
        1,
        "",
        "There has been no run yet, so nothing is known of any deal: run `readygate sync` first.\n",
    )
    assert (document.code, json.loads(document.out)["run"]) == (0, None)
    assert list(stage.folder.iterdir()) == [stage.config]


def test_status_tells_what_the_last_run_saw(stage: Stage) -> None:
    stage.run("sync")
    asked = stage.control.log.total()

    told = stage.run("status")
    one = stage.run("status", "--deal", "DEAL-3")
    every = json.loads(stage.run("status", "--all", "--json").out)
    table = stage.run("status", "--format", "markdown", "--deal", "DEAL-5").out

    assert stage.control.log.total() == asked
    lines = told.out.splitlines()
    assert re.fullmatch(r"As of \S+ \S+ \S+, run [0-9a-f-]+", lines[0])
    assert lines[2] == (
        "deals, guard: return (a deal that moves on too early stands there until the next run moves"
        " it back)"
    )
    assert lines[-3:] == [
        "5 open deals: 4 waiting, 1 no gate ahead.",
        "Owed items: Анна Котова 2, Борис Лыков 2.",
        "Besides: 1 left the path (not shown: `--all` shows them).",
    ]
    assert "DEAL-3  Реклама кофейни «Северный ветер»" in one.out
    assert "DEAL-1 " not in one.out
    assert table.splitlines()[-1].startswith("| DEAL-5 Сайт завода «Уралметиз» | In production |")
    assert [deal["label"] for deal in every["deals"]] == [f"DEAL-{n}" for n in range(1, 7)]


def test_status_after_a_new_stage_that_no_run_has_seen(stage: Stage) -> None:
    stage.run("sync")
    stage.change("      - { stage: Done,", "      - { stage: Care, process: delivery }\n"
                 "      - { stage: Done,")  # fmt: skip

    assert stage.run("status").code == 0


def test_status_of_an_unknown_deal(stage: Stage) -> None:
    stage.run("sync")

    told = stage.run("status", "--deal", "DEAL-99")

    assert (told.code, told.out) == (1, "")
    assert told.err == (
        "No deal 'DEAL-99' is known. Give its key as the tracker shows it; a new deal is known"
        " after the next `readygate sync`.\n"
    )


def test_history_of_a_deal_and_of_a_period(stage: Stage) -> None:
    stage.run("sync")

    deal = stage.run("log", "DEAL-1")
    none = stage.run("log", "DEAL-1", "--until", "7d")
    limited = json.loads(stage.run("log", "--since", "1h", "--limit", "3", "--json").out)

    assert [line.split("  ")[2:4] for line in deal.out.splitlines()] == [
        ["DEAL-1", "adopt"],
        ["DEAL-1", "open"],
    ]
    assert (none.code, none.out, none.err) == (
        0,
        "",
        "Nothing is recorded about DEAL-1 in this period.\n",
    )
    assert len(limited["events"]) == 3


def test_no_secret_leaves_by_any_way(stage: Stage) -> None:
    token = "ATATT3xFfGF0-planted-secret"
    stage.control.set_user("readygate@example.com", token=token)
    stage.token(token)
    said = []
    for arguments in (
        ["plan", "--log-level", "debug"],
        ["sync", "--verbose", "--log-level", "debug", "--log-format", "json"],
        ["sync", "--json", "--full", "--log-level", "debug"],
        ["status", "--all"],
        ["log", "--json"],
    ):
        told = stage.run(*arguments)
        assert told.code == 0
        said += [told.out, told.err]
    stage.control.set_user("readygate@example.com", expired=True)
    said.append(stage.run("sync", "--log-level", "debug").err)

    assert "accepted (401)" in said[-1]
    for text in said:
        assert token not in text
        assert TOKEN not in text
    for file in stage.folder.iterdir():
        assert token.encode() not in file.read_bytes()


def test_the_log_on_stderr_names_the_run(stage: Stage) -> None:
    told = stage.run("sync", "--log-format", "json", "--log-level", "info")

    lines = [json.loads(line) for line in told.err.splitlines()]
    mine = [line for line in lines if line["logger"] == "readygate.run"]
    assert len(mine) == 9
    assert {line["tracker"] for line in mine} == {"main"}
    assert len({line["run"] for line in mine}) == 1
    assert mine[0]["key"] == "adopt 10000"
