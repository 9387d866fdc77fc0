"""What people, scripts and chats are shown of a plan and of a run."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, timedelta, timezone

import pytest

from readygate.action import Open, Outcome, Return, Status
from readygate.errors import ConfigError, Place, Problem, Severity, TrackerDenied
from readygate.render import (
    dump,
    findings_text,
    problems_document,
    problems_text,
    run_document,
    run_line,
    run_markdown,
    run_text,
)
from unit.core.reports import (
    ACCEPT,
    AMEND,
    EDIT,
    EVERY,
    EXPLAIN,
    NAMES,
    OPEN,
    REFUSAL,
    RESTORE,
    RETURN,
    UNNAMED,
    applied,
    became,
    failed,
    plan,
)

DENIED = TrackerDenied("Jira at example.net does not know us: make a new token.")


def test_a_plan_shows_every_action_with_its_reason_by_deal() -> None:
    assert run_text(plan(*EVERY), NAMES) == (
        """\
deals (tracker main; read what has changed: 3 deals and 1 item)

  DEAL-1
    open    “Scan” for Boris, due 2026-11-27
            why: 'Delivery' needs it from Boris
    return  from “Work” back to “Talks”
            why: moved to 'Work' without: Scan (Boris)
    explain comment on the deal: “Scan”
            why: say what is missing and who owes it
    retire  “Brand kit”
            why: no longer asked for

  DEAL-2
    accept  in “Work”; handed over to “Delivery”
            why: all complete
    restore “Brand kit”
            why: asked for again
    amend   “Scan”: new title, description
            why: worded differently
    explain edit our comment: “Scan”
            why: edit our comment about it

  DEAL-3
    accept  in “Talks”; to be handed over again to “Delivery”
            why: moved back to 'Talks'

  DEAL-4
    adopt   in “Talks”
            why: it stood in 'Talks'

  DEAL-5
    adopt   in “Work”, and hold it there
            why: items of ours are still open

Planned for 5 deals: 2 deals to adopt, 2 deals to accept, 1 item to open, 1 deal to return, \
2 comments to write, 1 item to retire, 1 item to restore and 1 item to update. \
Nothing has been written: `readygate sync` does it.
"""
    )


def test_an_empty_plan_says_so() -> None:
    assert run_text(plan(mode="full"), NAMES) == (
        "deals (tracker main; read everything: 3 deals and 1 item)\n"
        "  nothing to do\n"
        "\n"
        "Nothing to do.\n"
    )


def test_refusals_and_findings_stand_with_their_pipeline() -> None:
    text = run_text(plan(OPEN, refusals=(REFUSAL,), findings=(UNNAMED,)), NAMES)

    assert text.endswith(
        """
  refused: deals: opens: 900 planned, the limit is 500
      Look at the plan
      Or narrow adopt

  worth knowing:
  - DEAL-9: stands in 'Odd'

Planned for 1 deal: 1 item to open. Nothing has been written: `readygate sync` does it, \
except what is refused above.
"""
    )


def test_a_tracker_that_failed_is_not_passed_over_in_silence() -> None:
    assert run_text(failed(DENIED), NAMES) == (
        "tracker main: not done, because of an error\nNothing could be planned there.\n"
    )
    half = plan(mode="")
    half = replace(half, trackers=(*half.trackers, *failed(DENIED).trackers))
    assert run_text(half, NAMES).endswith(
        "Nothing could be planned there; nothing is to be done elsewhere.\n"
    )


def test_a_run_shows_what_became_of_each_action() -> None:
    report = applied(
        became(OPEN, Status.DONE, ref_label="DEAL-40"),
        became(RETURN, Status.DONE),
        became(EXPLAIN, Status.FAILED, "no right to comment"),
        became(ACCEPT, Status.STALE, "somebody moved it"),
        became(RESTORE, Status.UNKNOWN),
        became(AMEND, Status.SKIPPED, "not tried: the tracker is denied"),
        became(EDIT, Status.REFUSED, "over the limit of this run"),
    )

    lines = run_text(report, NAMES).splitlines()

    assert [line.partition("  [")[2].rstrip("]") for line in lines if "  [" in line] == [
        "done (DEAL-40)",
        "done",
        "failed: no right to comment",
        "left for the next run: somebody moved it",
        "the answer was lost; the next run looks it up",
        "not tried: the tracker is denied",
        "refused by a limit: over the limit of this run",
    ]
    assert lines[-1] == (
        "1 item opened, 1 deal returned, 1 failed, 1 left for the next run, 1 with a lost answer,"
        " 1 not tried and 1 refused by a limit."
    )


def test_what_was_planned_and_replanned_is_told_by_its_outcome() -> None:
    report = applied(Outcome(OPEN, Status.DONE))
    report = applied(*report.pipelines[0].outcomes, mode="full", findings=())

    assert "return" not in run_text(report, NAMES)


def test_a_run_that_did_nothing_says_so() -> None:
    assert run_text(applied(mode=""), NAMES) == (
        "deals (tracker main; not read)\n  nothing was done\n\nNothing was done.\n"
    )
    assert run_markdown(plan(), NAMES).endswith("\nnothing to do\n\nPlanned: nothing.\n")


def test_one_line_for_a_log() -> None:
    returns = [
        became(Return(str(n), f"DEAL-{n}", "3", "2", "a", "early"), Status.DONE) for n in range(7)
    ]
    zone = timezone(timedelta(hours=3), "MSK")

    assert run_line(applied(became(OPEN, Status.DONE)), UTC) == (
        "2026-11-24 12:00 UTC  1 item opened.\n"
    )
    assert run_line(applied(*returns), zone) == (
        "2026-11-24 15:00 MSK  7 deals returned."
        " Returned: DEAL-0, DEAL-1, DEAL-2, DEAL-3, DEAL-4 and 2 more.\n"
    )


def test_titles_cannot_play_with_the_terminal() -> None:
    wicked = Open(
        "1",
        "DEAL-1\x1b[2J",
        "x",
        "a\x1b]0;owned\x07b\u202ec\u200bd\x9b1m\U000e0041\r\n",
        "",
        "why\x08",
    )
    report = plan(wicked, stage_names={"1": "\x1b[31m"})

    for text in (run_text(report, NAMES), run_markdown(report, NAMES), dump(run_document(report))):
        assert not [char for char in text if not char.isprintable() and char != "\n"]
    assert r"“a\x1b]0;owned\x07b\u202ec\u200bd\x9b1m\U000e0041  ”" in run_text(report, NAMES)


def test_ordinary_letters_stay_as_they_are() -> None:
    title = "Фирменный стиль — 漢字 👩‍💻 é naïve"
    text = run_text(plan(Open("1", "DEAL-1", "x", title, "", "почему")), NAMES)

    assert f"“{title}”" in text


def test_markdown_mentions_nobody_and_keeps_its_form() -> None:
    action = Open("1", "DEAL-1", "x", "*Kit* | @all <b> `x` [y](z)", "", "needed", "", "Boris")

    assert run_markdown(plan(action, findings=(UNNAMED,)), NAMES) == (
        """\
### deals

_read what has changed: 3 deals and 1 item_

- **DEAL-1**
  - open “\\*Kit\\* \\| @\u200ball \\<b\\> \\`x\\` \\[y\\](z)” for Boris: needed

> DEAL-9: stands in 'Odd'

Planned: 1 item to open.
"""
    )


def test_markdown_tells_outcomes_and_errors() -> None:
    assert "- **DEAL-1**\n  - open “Scan” for Boris, due 2026-11-27: 'Delivery' needs it from" in (
        run_markdown(applied(became(OPEN, Status.FAILED, "no")), NAMES)
    )
    assert run_markdown(failed(DENIED, dry=False), NAMES) == (
        "**tracker main**: Jira at example.net does not know us: make a new token.\n"
        "Done: nothing.\n"
    )


def test_json_holds_every_action_with_stable_keys() -> None:
    document = json.loads(dump(run_document(plan(*EVERY, findings=(UNNAMED,)))))

    assert list(document) == ["run", "dry", "started", "ended", "exit_code", "counts", "trackers"]
    (tracker,) = document["trackers"]
    assert list(tracker) == ["tracker", "account", "error", "pipelines"]
    (pipeline,) = tracker["pipelines"]
    assert list(pipeline) == [
        "pipeline", "tracker", "read", "actions", "refusals", "findings", "error",
    ]  # fmt: skip
    common = {"kind", "deal", "label", "reason"}
    assert {a["kind"]: set(a) - common for a in pipeline["actions"]} == {
        "open": {"item", "title", "assignee", "due"},
        "return": {"stage", "before", "missing", "attempt", "request"},
        "explain": {"missing", "attempt", "edit"},
        "accept": {"stage", "before", "passed", "reopened"},
        "adopt": {"stage", "passed", "held"},
        "retire": {"item", "mark"},
        "restore": {"item", "mark"},
        "amend": {"item", "changes"},
    }
    assert pipeline["actions"][1] == {
        "kind": "return",
        "deal": "10",
        "label": "DEAL-1",
        "reason": "moved to 'Work' without: Scan (Boris)",
        "stage": {"ref": "2", "name": "Talks"},
        "before": {"ref": "3", "name": "Work"},
        "missing": ["scan"],
        "request": False,
        "attempt": "a1",
    }
    assert document["counts"]["planned"]["explain"] == 2


def test_json_of_a_run_tells_outcomes_and_which_findings_are_new() -> None:
    report = applied(
        became(OPEN, Status.DONE, ref_label="DEAL-40"), findings=(UNNAMED,), refusals=(REFUSAL,)
    )

    (seen,) = run_document(report)["trackers"][0]["pipelines"]
    (fresh,) = run_document(report, new=(UNNAMED,))["trackers"][0]["pipelines"]

    assert seen["actions"][0]["outcome"] == {
        "status": "done", "ref": None, "label": "DEAL-40", "url": None, "message": None,
    }  # fmt: skip
    assert [seen["findings"][0]["new"], fresh["findings"][0]["new"]] == [False, True]
    assert seen["refusals"] == [
        {
            "kind": "opens",
            "count": 900,
            "limit": 500,
            "ways": ["Look at the plan", "Or narrow adopt"],
        }
    ]


def test_json_tells_errors_by_kind() -> None:
    problem = Problem(("trackers", "main"), "no such status", place=Place("a.yaml", 3, 1))

    denied = run_document(failed(DENIED))
    invalid = run_document(failed(ConfigError([problem])))

    assert denied["trackers"][0]["error"] == {"kind": "TrackerDenied", "message": str(DENIED)}
    assert denied["exit_code"] == 5
    assert invalid["trackers"][0]["error"]["problems"][0]["line"] == 3


def test_json_survives_what_no_encoding_can_hold() -> None:
    text = dump({"title": "\ud800 \U0001f600 \x85"})

    assert text.encode("utf-8")
    assert json.loads(text) == {"title": "\ud800 \U0001f600 \x85"}


@pytest.fixture
def problems() -> list[Problem]:
    return [
        Problem(
            ("processes", "sales", "inputs", 0),
            "unknown item 'scann'",
            "Did you mean 'scan'?",
            place=Place("a.yaml", 7, 5),
            also=(Place("b.yaml", 1, 2),),
        ),
        Problem(("items", "x"), "nobody needs it", severity=Severity.WARNING),
    ]


def test_problems_as_text(problems: list[Problem]) -> None:
    assert problems_text(problems) == (
        "a.yaml:7:5 processes.sales.inputs[0]: unknown item 'scann' (also b.yaml:1:2)\n"
        "    Did you mean 'scan'?\n"
        "items.x: nobody needs it\n"
    )


def test_problems_as_json(problems: list[Problem]) -> None:
    assert problems_document(problems) == [
        {
            "severity": "error",
            "file": "a.yaml",
            "line": 7,
            "column": 5,
            "path": "processes.sales.inputs[0]",
            "message": "unknown item 'scann'",
            "hint": "Did you mean 'scan'?",
            "also": ["b.yaml:1:2"],
        },
        {
            "severity": "warning",
            "file": None,
            "line": None,
            "column": None,
            "path": "items.x",
            "message": "nobody needs it",
            "hint": None,
            "also": [],
        },
    ]


def test_findings_as_text() -> None:
    assert findings_text([UNNAMED]) == "- DEAL-9: stands in 'Odd'\n"
