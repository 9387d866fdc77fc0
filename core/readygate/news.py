"""Tells new findings from those already told, so that a run every minute does not repeat itself."""

from __future__ import annotations

from datetime import datetime, timedelta

from readygate.errors import Finding
from readygate.ports import Event, Ledger
from readygate.report import RunReport

REMIND_AFTER = timedelta(days=7)
"""A finding that lasts is told again after this time."""

KIND = "finding"


def new_findings(ledger: Ledger, report: RunReport, now: datetime) -> tuple[Finding, ...]:
    """Give the findings of an applied run that were not told lately, and record that they are now.

    They become history of their deal, or of their pipeline where they concern no deal. Raises
    LedgerError.
    """
    fresh: list[Finding] = []
    for pipeline in report.pipelines:
        events: list[Event] = []
        told: dict[str, frozenset[str]] = {}
        for finding in pipeline.findings:
            about = finding.deal or pipeline.pipeline
            if about not in told:
                told[about] = _told(ledger, about, now - REMIND_AFTER)
            if finding.text in told[about]:
                continue
            fresh.append(finding)
            data = {"code": finding.code, **finding.data}
            label = finding.label or about
            events.append(
                Event(pipeline.pipeline, about, label, KIND, finding.text, data, now, report.run)
            )
        if events:
            ledger.save(pipeline.pipeline, (), events)
    return tuple(fresh)


def _told(ledger: Ledger, about: str, since: datetime) -> frozenset[str]:
    events = ledger.history(deal=about, since=since)
    return frozenset(event.text for event in events if event.kind == KIND)
