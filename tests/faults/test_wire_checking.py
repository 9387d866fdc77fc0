"""Faults on what `doctor`, `init` and `setup` ask: never a crash, nothing doubled."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from typing import Any

import pytest

from conformance.airtable import TOKEN as PAT
from conformance.jira import BOT, TOKEN
from faults.tally import Tally
from faults.wire import Fault, Line, on
from faults.wire_airtable import LOCKED, airtable_stage
from faults.wire_faults import airtable_faults, jira_faults
from faults.wire_jira import jira_stage
from faults.wire_matrix import kinds_of
from readygate.checkup import Inquiry
from readygate.errors import ReadygateError
from readygate.pipeline import Guard
from readygate.testing import FakeClock
from readygate.testing.conformance.story import PEOPLE, book
from readygate_airtable.survey import AirtableSurveyor
from readygate_jira.survey import JiraSurveyor
from readygate_sandbox.faults import read_fault

DOCTOR, INIT, ELSEWHERE = "doctor", "init", "doctor, fields on another screen"
ASKED = {
    ("jira", DOCTOR): {"identity", "project", "fields", "rights", "project statuses",
                       "resolutions", "create screen", "user search", "assignable", "ways",
                       "workflow"},
    ("jira", ELSEWHERE): {"identity", "project", "fields", "rights", "project statuses",
                          "resolutions", "create screen", "user search", "assignable", "ways",
                          "workflow", "sample", "edit screen"},
    ("jira", INIT): {"identity", "fields", "people", "project statuses", "projects", "workflow"},
    ("airtable", DOCTOR): {"identity", "schema", "collaborators", "try"},
    ("airtable", INIT): {"identity", "schema", "bases", "people"},
}  # fmt: skip
"""Who asks what. `doctor` asks for the edit screen only where a field is on no create screen."""

NO_FIELDS = {"do": "replace", "path": "createmeta", "body": {"fields": [], "total": 0}}


@dataclass
class Scene:
    """A stage with all that asks there: name -> what is asked."""

    connector: str
    stage: Any
    faults: tuple[Fault, ...]
    asks: Mapping[str, Callable[[], object]]

    def play(self, ask: Callable[[], object], **told: Any) -> Line:
        """Ask, with or without a fault; only an error of ours may come of it."""
        faults = self.stage.faults
        standing = [read_fault(NO_FIELDS)] if ask is self.asks.get(ELSEWHERE) else []
        faults.set(standing)
        with on(Line(faults.add, lambda: faults.set(standing), self.stage.expire, **told)) as line:
            if line.fault is None:
                ask()
            else:
                with suppress(ReadygateError):
                    ask()
        self.stage.mend()
        return line


def _examine(play: Any) -> None:
    tracker = play.connect()
    inquiry = Inquiry.of(book(), play.pipeline)
    binding = None
    list(tracker.examine([inquiry], PEOPLE, binding))


def _survey(surveyor: Any, answers: Mapping[str, str], chosen: Mapping[str, str]) -> None:
    survey = surveyor.begin(key="main", answers=answers, clock=FakeClock())
    try:
        survey.identify()
        known: dict[str, str] = {}
        while (question := survey.question(known)) is not None and len(known) < 5:
            known[question.name] = chosen.get(question.name, question.choices[0].value)
        survey.look({**chosen, **known})
    finally:
        survey.close()


@contextmanager
def scene_of(connector: str) -> Iterator[Scene]:
    with ExitStack() as stack:
        if connector == "jira":
            jira = stack.enter_context(jira_stage())
            play = jira.play
            play.create("A deal", "Lead", "Site")
            given = {"url": play._url, "email": BOT, "token": TOKEN}
            chosen = {"project": "DEAL", "issue_type": "Deal"}
            asks: dict[str, Callable[[], object]] = {
                DOCTOR: lambda: _examine(play),
                ELSEWHERE: lambda: _examine(play),
                INIT: lambda: _survey(JiraSurveyor(), given, chosen),
            }
            yield Scene("jira", jira, jira_faults(jira.account), asks)
            return
        airtable = stack.enter_context(airtable_stage())
        base = airtable.play
        base.create("A deal", "Lead", "Site")
        given = {"url": base._url, "token": PAT}
        asks = {
            DOCTOR: lambda: _examine(base),
            INIT: lambda: _survey(AirtableSurveyor(), given, {}),
        }
        yield Scene("airtable", airtable, airtable_faults(), asks)


@pytest.mark.parametrize(("connector", "name"), ASKED)
def test_no_fault_is_a_crash(connector: str, name: str, tally: Tally) -> None:
    with scene_of(connector) as scene:
        _disturb(scene, name, tally)


def _disturb(scene: Scene, name: str, tally: Tally) -> None:
    ask = scene.asks[name]
    usual = scene.play(ask)
    assert set(usual.sent) == ASKED[scene.connector, name]
    saved = scene.stage.save()
    cases = 0
    others = ASKED[scene.connector, DOCTOR] if name == ELSEWHERE else set()
    for kind in usual.sent.keys() - others:
        for fault in scene.faults:
            line = scene.play(ask, kind=kind, fault=fault, lasting=fault.lasting)
            assert line.struck, (kind, fault.name)
            cases += 1
    tally(scene.connector, f"on the wire: {name}", cases)
    assert scene.stage.save()[0] == saved[0], "something was changed"


@contextmanager
def bare() -> Iterator[Any]:
    """A base without a checklist."""
    with airtable_stage() as stage:
        with stage.play._control.store.lock:
            base = stage.play._control.base()
            gone = stage.play._control.table("Checklist").id
            base.tables.pop(gone)
            deals = stage.play._control.table("Deals")
            kept = {ref: one for ref, one in deals.fields.items() if one.name in {"Name", "Stage"}}
            deals.fields.clear()
            deals.fields.update(kept)
            stage.play._control.store.rebuild()
        path = stage.play.pipeline
        stage.play.pipeline = replace(path, place=LOCKED, guard=Guard.LOCKED)
        yield stage


def _names(stage: Any) -> dict[str, list[str]]:
    tables = stage.play._control.base().tables.values()
    return {table.name: sorted(one.name for one in table.fields.values()) for table in tables}


def test_a_setup_that_was_disturbed_is_finished_by_the_next(tally: Tally) -> None:
    with bare() as stage:
        eve = stage.save()
        pipelines = [stage.play.pipeline]
        tracker = stage.play.connect()
        steps = len(list(tracker.carry_out(pipelines, {})))
        assert steps == 3
        wanted = _names(stage)
        cases = 0
        for fault in airtable_faults():
            for nth in range(1, steps + 1):
                stage.restore(eve)
                told: dict[str, Any] = {"kind": "setup", "fault": fault, "nth": nth}
                faults = stage.faults
                line = Line(faults.add, faults.clear, stage.expire, **told)
                with on(line), suppress(ReadygateError):
                    list(stage.play.connect().carry_out(pipelines, {}))
                assert line.struck
                stage.mend()
                list(stage.play.connect().carry_out(pipelines, {}))
                assert _names(stage) == wanted, (fault.name, nth)
                cases += 1
        tally("airtable", "on the wire: setup", cases)


def test_every_kind_is_in_one_of_the_matrices() -> None:
    from faults import wire_airtable, wire_jira  # noqa: PLC0415 - only their lists

    for connector, module in (("jira", wire_jira), ("airtable", wire_airtable)):
        known = {kind for one in module.SITUATIONS for kind in one.sends}
        known |= {kind for (who, _), kinds in ASKED.items() if who == connector for kind in kinds}
        known |= {"setup"} if connector == "airtable" else set()
        assert kinds_of(f"readygate_{connector}") == known
