"""What people, scripts and chats are shown of deals, of their history and of the process map."""

from __future__ import annotations

import json
from datetime import UTC, timedelta

import pytest

from readygate.contract import ContractBook, Item, Person, Process
from readygate.gate import Reason, Verdict, Why
from readygate.memory import Standing
from readygate.pipeline import Guard, Pipeline
from readygate.ports import Event, RunSummary
from readygate.render import (
    as_of,
    chain_document,
    chain_mermaid,
    chain_text,
    dump,
    guard_line,
    in_order,
    log_document,
    log_text,
    span,
    status_document,
    status_lines,
    status_markdown,
)
from readygate.render.plain import pad, width
from readygate.status import DealStatus, Waiver, Whereabouts
from unit.core.reports import NAMES, NOON
from unit.core.story import STAGES, book

SCAN = Reason(
    "delivery", "scan", "Scan of the contract", required=True, why=Why.NOT_TICKED, owes="Boris",
    label="DEAL-40", since=NOON - timedelta(days=2),
)  # fmt: skip
KIT = Reason("delivery", "kit", "Brand kit", required=True, why=Why.TICKED, owes="Boris")
NOTES = Reason("delivery", "notes", "Notes", required=False, why=Why.NOT_OPENED, owes="Anna")
TWIN = Reason("delivery", "twin", "Access", required=True, why=Why.TWINS, owes="Boris")


def deal(label: str = "DEAL-1", **changes: object) -> DealStatus:
    """A deal that waits before production."""
    settings: dict[str, object] = {
        "pipeline": "deals", "deal": "10", "label": label, "title": "Website", "url": "",
        "stage": "Talks", "accepted": "Talks", "standing": Standing.PLACED,
        "whereabouts": Whereabouts.PATH, "guard": Guard.RETURN, "gate": "delivery",
        "gate_title": "Delivery", "gate_stage": "Work", "verdict": Verdict.CLOSED,
        "reasons": (SCAN, KIT, NOTES), "since": NOON - timedelta(hours=50),
        "stood": timedelta(hours=50), **changes,
    }  # fmt: skip
    return DealStatus(**settings)  # type: ignore[arg-type]


def shown(*deals: DealStatus, every: bool = False) -> list[str]:
    return list(status_lines(deals, UTC, every=every))


def test_a_deal_tells_what_is_missing_who_owes_it_and_since_when() -> None:
    assert shown(deal()) == [
        "DEAL-1  Website",
        "    stands in “Talks”, for 2 days",
        "    next: “Work” (Delivery): waiting, 1 of 2 missing",
        "      - Scan of the contract: Boris (DEAL-40, since 2026-11-22 12:00 UTC)",
        "      - Notes: Anna (optional, not opened yet)",
        "",
        "1 open deal: 1 waiting.",
        "Owed items: Boris 1.",
    ]


def test_waivers_and_early_moves_are_shown() -> None:
    waivers = (
        Waiver("kit", "Brand kit", "Vera", counts=True),
        Waiver("scan", "Scan", "Boris", counts=False),
        Waiver("notes", "Notes", "", counts=False),
    )

    assert shown(deal(waivers=waivers, returned=2))[5:9] == [
        "    waived: Brand kit, by Vera",
        "    waived: Scan, by Boris (does not count: the owner of the receiving process must)",
        "    waived: Notes, by whom is not known yet",
        "    moved on too early: 2 times",
    ]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"standing": Standing.NEW}, "; the next run places it"),
        ({"standing": Standing.HELD}, "; it is held: complete its items or move it"),
        ({"accepted": "Lead"}, "; accepted in “Lead”"),
        ({"whereabouts": Whereabouts.UNNAMED}, "; the config does not name this stage"),
        ({"whereabouts": Whereabouts.EXIT}, "; it has left the path"),
        ({"whereabouts": Whereabouts.FINISHED}, "; it has arrived"),
        ({"whereabouts": Whereabouts.GONE}, "; it is gone from the pipeline"),
    ],
)
def test_a_deal_says_what_is_unusual_about_it(changes: dict[str, object], said: str) -> None:
    assert shown(deal(**changes), every=True)[1] == f"    stands in “Talks”, for 2 days{said}"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"verdict": Verdict.OPEN, "reasons": (KIT,)}, "ready"),
        ({"verdict": Verdict.UNKNOWN, "reasons": (KIT, TWIN)}, "unclear, 1 unclear"),
        ({"reasons": (SCAN, TWIN)}, "waiting, 1 of 2 missing, 1 unclear"),
    ],
)
def test_the_verdict_in_words(changes: dict[str, object], said: str) -> None:
    assert shown(deal(**changes))[2] == f"    next: “Work” (Delivery): {said}"


def test_deals_that_are_not_open_are_counted_and_shown_on_demand() -> None:
    deals = (
        deal(),
        deal("DEAL-2", verdict=Verdict.OPEN, reasons=(KIT,)),
        deal("DEAL-3", whereabouts=Whereabouts.FINISHED, gate="", verdict=None),
        deal("DEAL-4", whereabouts=Whereabouts.EXIT),
        deal("DEAL-5", whereabouts=Whereabouts.GONE),
        deal("DEAL-6", gate="", verdict=None, reasons=()),
    )

    brief, every = shown(*deals), shown(*deals, every=True)

    assert [line.split()[0] for line in brief if line.startswith("DEAL")] == [
        "DEAL-1",
        "DEAL-2",
        "DEAL-6",
    ]
    assert brief[-3:] == [
        "3 open deals: 1 ready, 1 waiting, 1 no gate ahead.",
        "Owed items: Boris 1.",
        "Besides: 1 arrived, 1 left the path, 1 gone (not shown: `--all` shows them).",
    ]
    assert len([line for line in every if line.startswith("DEAL")]) == 6
    assert every[-1] == "Besides: 1 arrived, 1 left the path, 1 gone."


def test_nothing_open() -> None:
    assert shown() == ["0 open deals."]


def test_the_answer_says_which_run_it_comes_from() -> None:
    assert as_of(RunSummary("r1", NOON, NOON + timedelta(minutes=1)), UTC) == (
        "As of 2026-11-24 12:01 UTC, run r1"
    )
    assert as_of(RunSummary("r1", NOON), UTC) == (
        "As of 2026-11-24 12:00 UTC, run r1 (it has not finished)"
    )
    assert guard_line(Guard.ADVISE) == (
        "guard: advise (nothing is held back: a deal that moves on too early gets a comment and"
        " stays)"
    )


def test_deals_as_json() -> None:
    waiver = Waiver("kit", "Brand kit", "Vera", counts=True)
    run = RunSummary("r1", NOON, NOON)
    document = json.loads(
        dump(
            status_document(
                [deal(waivers=(waiver,)), deal(gate="", verdict=None)], run=run, now=NOON
            )
        )
    )

    assert {key: document[key] for key in ("as_of", "run", "now")} == {
        "as_of": "2026-11-24T12:00:00+00:00",
        "run": "r1",
        "now": "2026-11-24T12:00:00+00:00",
    }
    first, second = document["deals"]
    assert second["gate"] is None
    assert first["gate"].pop("items")[0] == {
        "item": "scan",
        "title": "Scan of the contract",
        "required": True,
        "satisfied": False,
        "why": "not ticked",
        "owes": "Boris",
        "label": "DEAL-40",
        "url": None,
        "since": "2026-11-22T12:00:00+00:00",
    }
    assert first == {
        "pipeline": "deals",
        "deal": "10",
        "label": "DEAL-1",
        "title": "Website",
        "requested": None,
        "url": None,
        "stage": "Talks",
        "accepted": "Talks",
        "standing": "placed",
        "whereabouts": "path",
        "since": "2026-11-22T10:00:00+00:00",
        "stood_seconds": 180000,
        "gate": {
            "process": "delivery",
            "title": "Delivery",
            "stage": "Work",
            "verdict": "closed",
            "missing": ["scan"],
        },
        "waivers": [{"item": "kit", "title": "Brand kit", "by": "Vera", "counts": True}],
        "returned": 0,
        "guard": "return",
        "gap": "a deal that moves on too early stands there until the next run moves it back",
    }
    assert status_document([], run=None, now=NOON)["as_of"] is None


def test_deals_as_markdown() -> None:
    assert status_markdown([deal(), deal("DEAL-2", gate="", gate_stage="", verdict=None, reasons=(),
                                         stood=None)], UTC) == (
        "| deal | stage | for | next | missing |\n"
        "|---|---|---|---|---|\n"
        "| DEAL-1 Website | Talks | 2 days | Work waiting"
        " | Scan of the contract (Boris, since 2026-11-22 12:00 UTC) |\n"
        "| DEAL-2 Website | Talks |  | no gate ahead |  |\n"
    )  # fmt: skip


EVENTS = (
    Event("deals", "10", "DEAL-1", "moved", "moved from Lead to Talks", {}, NOON, "r1"),
    Event("deals", "11", "", "open", "open: done", {"item": "scan"}, None, ""),
)


def test_history_as_text() -> None:
    assert log_text(EVENTS, UTC, NAMES) == (
        "2026-11-24 12:00 UTC  deals  DEAL-1  moved  moved from Lead to Talks\n"
        "                      deals  11      open   done “Scan”\n"
    )
    assert log_text((), UTC, NAMES) == ""


def test_a_run_is_told_deal_by_deal_and_its_items_before_its_move() -> None:
    def event(run: str, deal: str, kind: str, item: str = "") -> Event:
        return Event("deals", deal, "", kind, "", {"item": item} if item else {}, NOON, run)

    recorded = [
        event("r1", "1", "moved"),
        event("r1", "2", "moved"),
        event("r1", "1", "ticked", "scan"),
        event("r1", "2", "ticked", "scan"),
        event("r1", "1", "accept"),
        event("r1", "1", "open", "kit"),
        event("r1", "2", "return"),
        event("r2", "2", "ticked", "kit"),
        event("r2", "1", "moved"),
        event("", "2", "moved"),
        event("", "1", "ticked", "kit"),
    ]
    assert [(one.run, one.deal, one.kind) for one in in_order(recorded)] == [
        ("r1", "1", "ticked"),
        ("r1", "1", "moved"),
        ("r1", "1", "accept"),
        ("r1", "1", "open"),
        ("r1", "2", "ticked"),
        ("r1", "2", "moved"),
        ("r1", "2", "return"),
        ("r2", "2", "ticked"),
        ("r2", "1", "moved"),
        ("", "2", "moved"),
        ("", "1", "ticked"),
    ]


def test_history_as_json() -> None:
    assert log_document(EVENTS)["events"][0] == {
        "at": "2026-11-24T12:00:00+00:00",
        "run": "r1",
        "pipeline": "deals",
        "deal": "10",
        "label": "DEAL-1",
        "kind": "moved",
        "text": "moved from Lead to Talks",
        "data": {},
    }


PIPELINE = Pipeline("deals", "main", STAGES)


RULE = "-" * 119


def test_the_process_map_as_a_table() -> None:
    brand = "Brand kit (if Service is Site or Design)"
    assert (
        chain_text(book(), [PIPELINE])
        == f"""\
PROCESS    OWNER  RECEIVES{" " * 34}HANDS ON{" " * 34}TO WHOM
{RULE}
Marketing  Anna   {" " * 42}Lead checklist{" " * 28}Sales
{RULE}
Sales      Boris  Lead checklist{" " * 28}Signed contract{" " * 27}Delivery, Support
                  {" " * 42}{brand}  Delivery
                  {" " * 42}Informal agreements (optional){" " * 12}Delivery
{RULE}
Delivery   Vera   Signed contract
                  {brand}
                  Informal agreements (optional)
{RULE}
Support    Anna   Signed acceptance (from outside)
                  Signed contract

deals (tracker main)
  Lead   Marketing
  Talks  Sales      gate: 1 item, 1 required
  Terms  Sales
  Work   Delivery   gate: 3 items, 2 required
  Care   Support    gate: 2 items, 2 required
  Lost   (exit)
"""
    )


def test_the_process_map_as_mermaid() -> None:
    assert (
        chain_mermaid(book())
        == """\
flowchart LR
    p0["Marketing<br/>Anna"]
    p1["Sales<br/>Boris"]
    p2["Delivery<br/>Vera"]
    p3["Support<br/>Anna"]
    outside(["from outside"])
    p0 -->|"Lead checklist"| p1
    p1 -->|"Signed contract<br/>Brand kit (if Service is Site or Design)<br/>Informal agreements\
 (optional)"| p2
    p1 -->|"Signed contract"| p3
    outside -->|"Signed acceptance (from outside)"| p3
"""
    )


def test_titles_cannot_break_out_of_a_mermaid_label() -> None:
    wicked = 'a"] --> x <b>#1'
    small = ContractBook(
        {"p": Person("p", "P")}, {"i": Item("i", "I")}, {"s": Process("s", wicked, "p", (), ("i",))}
    )

    assert chain_mermaid(small).splitlines()[1] == (
        '    p0["a#quot;] --#gt; x #lt;b#gt;#35;1<br/>P"]'
    )


def test_the_process_map_as_json() -> None:
    document = chain_document(book(), [PIPELINE])

    assert document["processes"][1]["inputs"] == [
        {
            "item": "checklist",
            "title": "Lead checklist",
            "required": True,
            "external": False,
            "when": None,
            "from": ["marketing"],
        }
    ]
    assert document["processes"][1]["outputs"][1] == {
        "item": "brand",
        "title": "Brand kit",
        "required": True,
        "external": False,
        "when": {"field": "Service", "in": ["Site", "Design"]},
        "to": ["delivery"],
    }
    (pipeline,) = document["pipelines"]
    assert pipeline["gates"][0] == {"process": "sales", "stage": "Talks", "items": ["checklist"]}
    assert pipeline["stages"][-1] == {"stage": "Lost", "process": None, "exit": True}


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (timedelta(seconds=59), "less than a minute"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(minutes=119), "119 minutes"),
        (timedelta(hours=47, minutes=59), "47 hours"),
        (timedelta(days=3, hours=5), "3 days"),
        (timedelta(days=-1), "less than a minute"),
    ],
)
def test_lengths_of_time(length: timedelta, said: str) -> None:
    assert span(length) == said


@pytest.mark.parametrize(
    ("text", "columns"), [("договор", 7), ("漢字", 4), ("e\u0301", 1), ("👍", 2)]
)
def test_columns_are_counted_as_a_terminal_shows_them(text: str, columns: int) -> None:
    assert width(text) == columns
    assert pad(text, 9) == text + " " * (9 - columns)
