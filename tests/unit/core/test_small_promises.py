"""Promises of the core that connectors and commands rely on, one by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from readygate.action import Open, Return, key_of
from readygate.deal import Page
from readygate.pipeline import Guard, Pipeline
from readygate.ports import Event
from readygate.render.document import run_document
from readygate.render.looks import look_lines
from readygate.render.markdown import escape
from readygate.survey import looks_done, looks_like_exit
from readygate.testing import MemoryTracker
from readygate.wording import (
    back_name,
    gate_field_name,
    guard_message,
    request_field_name,
    request_name,
)
from unit.core.story import World

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


def test_an_action_is_named_by_its_kind_deal_and_item() -> None:
    assert key_of(Open("1", "D-1", "scan", "Scan", "text", "why")) == "open 1/scan"
    assert key_of(Return("1", "D-1", "2", "1", "a1", "why", ())) == "return 1"


def test_what_a_guard_installs_is_named_in_english() -> None:
    assert [make("Work", str) for make in (back_name, request_name, gate_field_name)] == [
        "Return to Work",
        "Request “Work”",
        "Ready for “Work”",
    ]
    assert request_field_name(str) == "Requested stage"
    assert guard_message("Work", str) == ("Inputs of “Work” are still open: see the checklist.")


def test_stages_that_end_a_deal_are_guessed_by_their_names() -> None:
    names = ("Done", "Lost", "Negotiation")
    assert [looks_like_exit(name) for name in names] == [False, True, False]
    assert [looks_done(name) for name in names] == [True, False, False]


@pytest.mark.parametrize(
    ("text", "shown"), [("1. first", "1\\. first"), ("# head", "\\# head"), ("plain", "plain")]
)
def test_a_foreign_text_begins_no_block_of_markdown(text: str, shown: str) -> None:
    assert escape(text) == shown


def test_an_announcement_in_json_names_its_gate() -> None:
    world = World(guard=Guard.BY_SUBTASKS)
    world.tracker.create("A deal", "Lead")
    (pipeline,) = run_document(world.report(dry=True))["trackers"][0]["pipelines"]
    (told,) = [one for one in pipeline["actions"] if one["kind"] == "announce"]
    assert told["gate"] == "sales"
    assert len(told["attempt"]) == 10


def test_a_report_counts_what_is_planned() -> None:
    world = World()
    assert world.report(dry=True).changes == 0
    world.tracker.create("A deal", "Lead")
    assert world.report(dry=True).changes == 2, "adopted, and an item opened"


class Timed(MemoryTracker):
    """A tracker whose pages tell its time, and which counts its requests."""

    @property
    def counts(self) -> Mapping[str, int]:
        return {"read": self.calls["read"]}

    def read(self, pipeline: Pipeline, since: datetime | None) -> Iterator[Page]:
        for page in super().read(pipeline, since):
            yield replace(page, at=self.now)


def test_the_time_that_pages_tell_is_when_gates_were_activated_and_requests_are_counted() -> None:
    world = World()
    world.tracker = Timed([*world.tracker.stages.values()], NOW)
    world.run()
    assert world.ledger.state("deals").activated == world.tracker.now
    assert world.ledger.runs()[0].counts == {"requests.main": 1}


# The lines under a return in the history.


def looked(world: World, deal: str) -> list[str]:
    return [
        line.strip() for event in world.ledger.history(deal=deal) for line in look_lines(event, UTC)
    ]


def test_history_tells_what_was_seen_before_a_return() -> None:
    world = World()
    deal = world.deal("Talks")
    world.tracker.move(deal, "Work", "vera")
    world.run()
    lines = looked(world, deal)
    assert lines[0].endswith("in “Work”, accepted in “Talks”")
    assert lines[1].endswith("from “Talks” to “Work” by Vera")
    assert lines[-1].startswith("decided: return to “Talks”, because moved to 'Work' without")
    assert any(": not ticked since" in line and "owed by Boris" in line for line in lines)


SEEN: dict[str, Any] = {
    "title": "Scan",
    "ref": "",
    "why": "waived",
    "since": None,
    "waived_by": "vera",
    "owes": "Boris",
    "required": False,
}
LOOK: dict[str, Any] = {
    "at": NOW.isoformat(),
    "stage": "Lead",
    "requested": "Talks",
    "accepted": "",
    "moves": None,
    "since": None,
    "seen": [SEEN],
    "decided": "advise",
    "to": "",
    "reason": "why",
}


def lines(data: Mapping[str, Any], kind: str = "look") -> list[str]:
    return list(look_lines(Event("deals", "1", "D-1", kind, "text", data), UTC))


def test_history_tells_what_a_tracker_does_not_know() -> None:
    assert lines(LOOK) == [
        "    looked at 2026-11-24 09:00:00 UTC: in “Lead”, asked to be in “Talks”",
        "    who moved it and when, the tracker does not tell",
        "    “Scan”: waived, by vera, owed by Boris, optional",
        "    decided: advise, because why",
    ]
    timed = lines({**LOOK, "since": NOW.isoformat()})
    assert timed[1].endswith("tell; first seen there 2026-11-24 09:00:00 UTC")


def test_history_skips_what_a_later_version_wrote_and_what_is_no_look() -> None:
    assert lines({"at": "later"}) == []
    assert lines(LOOK, "moved") == []
