"""What a run every minute tells once, and again after a week."""

from __future__ import annotations

from datetime import timedelta

from readygate.errors import Finding
from readygate.news import REMIND_AFTER, new_findings
from readygate.ports import Event
from readygate.report import PipelineReport, RunReport, TrackerReport
from readygate.testing import FakeClock, MemoryLedger

ODD = Finding("unnamed-stage", "DEAL-1: stands in 'Odd'", "10001", "DEAL-1", {"stage": "7"})
RENAMED = Finding("renamed-stage", "'Talks' is called 'Negotiation' now")


def report(clock: FakeClock, *findings: Finding) -> RunReport:
    pipeline = PipelineReport("deals", "main", findings=findings)
    now = clock.now()
    return RunReport("r1", now, now, dry=False, trackers=(TrackerReport("main", (pipeline,)),))


def test_a_finding_is_new_once() -> None:
    clock, ledger = FakeClock(), MemoryLedger()

    first = new_findings(ledger, report(clock, ODD, RENAMED), clock.now())
    clock.advance(timedelta(minutes=1))
    second = new_findings(ledger, report(clock, ODD, RENAMED), clock.now())

    assert (first, second) == ((ODD, RENAMED), ())


def test_another_text_about_the_same_deal_is_new() -> None:
    clock, ledger = FakeClock(), MemoryLedger()
    other = Finding("held", "DEAL-1: is held", "10001", "DEAL-1")
    new_findings(ledger, report(clock, ODD), clock.now())

    assert new_findings(ledger, report(clock, ODD, other), clock.now()) == (other,)


def test_only_what_was_told_as_a_finding_counts() -> None:
    clock, ledger = FakeClock(), MemoryLedger()
    ledger.save(
        "deals", (), [Event("deals", "10001", "DEAL-1", "moved", ODD.text, {}, clock.now())]
    )

    assert new_findings(ledger, report(clock, ODD), clock.now()) == (ODD,)


def test_a_finding_that_lasts_is_told_again_after_a_week() -> None:
    clock, ledger = FakeClock(), MemoryLedger()
    new_findings(ledger, report(clock, ODD), clock.now())
    clock.advance(REMIND_AFTER + timedelta(minutes=1))

    assert new_findings(ledger, report(clock, ODD), clock.now()) == (ODD,)


def test_findings_are_history_of_their_deal_or_pipeline() -> None:
    clock, ledger = FakeClock(), MemoryLedger()
    new_findings(ledger, report(clock, ODD, RENAMED), clock.now())

    told = [(e.pipeline, e.deal, e.label, e.kind, e.text, e.run) for e in ledger.history()]

    assert told == [
        ("deals", "10001", "DEAL-1", "finding", ODD.text, "r1"),
        ("deals", "deals", "deals", "finding", RENAMED.text, "r1"),
    ]
    (event,) = ledger.history(deal="DEAL-1")
    assert event.data == {"code": "unnamed-stage", "stage": "7"}
