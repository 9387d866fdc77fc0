"""Whatever the core remembers or intends comes back as it was."""

from __future__ import annotations

from contextlib import closing
from datetime import datetime, timedelta, timezone
from itertools import count
from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from readygate.action import (
    Action,
    Block,
    Explain,
    Line,
    Link,
    Mention,
    Outcome,
    Span,
    Status,
    Text,
    TrackerAction,
)
from readygate.errors import Finding
from readygate.memory import DealMemory
from readygate.ports import Binding, Event, PipelineState
from readygate.testing import FakeClock
from readygate_ledger import open_ledger
from readygate_ledger.codec import decode_action, encode, encode_action

TEXTS = st.text(max_size=8)
ZONES = st.sampled_from([timezone(timedelta(hours=hours)) for hours in (0, 5.75, -9)])
TIMES = st.datetimes(
    datetime.fromisoformat("1900-01-01"), datetime.fromisoformat("2200-01-01"), timezones=ZONES
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=5,
)
st.register_type_strategy(str, TEXTS)
st.register_type_strategy(datetime, TIMES)

MEMORIES = st.from_type(DealMemory)
ACTIONS = st.one_of([st.from_type(kind) for kind in get_args(TrackerAction)])
BINDINGS = st.builds(Binding, data=st.dictionaries(TEXTS, JSON, max_size=3))
EVENTS = st.builds(
    Event, data=st.dictionaries(TEXTS, JSON, max_size=3), at=TIMES, run=st.text(min_size=1)
)


@pytest.fixture(scope="module")
def ledger(tmp_path_factory):
    path = tmp_path_factory.mktemp("ledger") / "ledger.db"
    with closing(open_ledger(path, clock=FakeClock())) as opened:
        yield opened


@pytest.fixture(scope="module")
def fresh():
    """Names that no other example has used."""
    numbers = count()
    return lambda: f"p{next(numbers)}"


few = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])


@few
@given(memories=st.lists(MEMORIES, max_size=4, unique_by=lambda memory: memory.deal))
def test_memories(ledger, fresh, memories):
    pipeline = fresh()
    ledger.save(pipeline, memories)
    assert ledger.memories(pipeline, [one.deal for one in memories]) == {
        one.deal: one for one in memories
    }
    ordered = sorted(memories, key=lambda one: one.deal.encode())
    assert list(ledger.scan(pipeline)) == ordered
    assert ledger.pending(pipeline) == tuple(one.deal for one in ordered if one.pending)


@few
@given(actions=st.lists(ACTIONS, max_size=4), at=TIMES)
def test_intents(ledger, fresh, actions, at):
    pipeline = fresh()
    ids = ledger.intend("run", pipeline, actions, at)
    found = ledger.unsettled(pipeline)
    assert [(one.id, one.action, one.at) for one in found] == [
        (id_, action, at) for id_, action in zip(ids, actions, strict=True)
    ]
    outcomes = [Outcome(action, Status.DONE) for action in actions]
    ledger.settle(pipeline, dict(zip(ids, outcomes, strict=True)), [], [])
    assert ledger.unsettled(pipeline) == ()


@few
@given(binding=BINDINGS, state=st.from_type(PipelineState), at=TIMES)
def test_bindings_and_states(ledger, fresh, binding, state, at):
    key = fresh()
    ledger.save_binding(key, binding, at)
    ledger.save_state(key, state)
    assert ledger.binding(key) == (binding, at)
    assert ledger.state(key) == state


@few
@given(events=st.lists(EVENTS, max_size=4))
def test_history(ledger, fresh, events):
    deal = fresh()
    events = [Event(e.pipeline, deal, e.label, e.kind, e.text, e.data, e.at, e.run) for e in events]
    ledger.save("deals", [], events)
    assert ledger.history(deal=deal) == tuple(events)


def test_every_kind_of_action_and_span_is_told_apart():
    kinds = {kind.__name__.lower() for kind in get_args(Action)}
    ours = {"adopt", "accept"}
    theirs = {"open", "grant", "return", "explain", "retire", "restore", "amend", "tell"}
    theirs |= {"announce", "declare"}
    assert kinds == ours | theirs
    line: Line = (Text("a"), Mention("b", "acc"), Link("c", "u"))
    assert {type(span) for span in line} == set(get_args(Span))
    action = Explain("1", "DEAL-1", "a1", (Block(line, (line,)),), reason="moved on too early")
    assert decode_action(encode_action(action)) == action


def test_the_shape_of_documents_is_part_of_the_file_format(ledger, fresh, memory):
    # Whoever changes this text needs a migration.
    assert encode(memory) == (
        '{"deal":"10012","label":"DEAL-12","title":"Сайт для «Ромашки»","stage":"3",'
        '"stage_name":"Talks","created":"2026-11-24T09:00:00.123456+00:00",'
        '"updated":"2026-11-24T09:00:00.123456+00:00","fields":{"Service":["Site","Design"]},'
        '"standing":"placed","accepted":"3","passed":{"sales":["checklist"]},'
        '"attempt":{"id":"a1","at":"2026-11-24T09:00:00.123456+00:00","stage":"3","target":"4",'
        '"missing":["contract"],"since":"2026-11-24T09:00:00.123456+00:00"},'
        '"items":{"contract":{"ref":"20001","mark":"ticked","title":"Contract",'
        '"updated":"2026-11-24T09:00:00.123456+00:00","twins":{"20002":"open"}}},"pending":true}'
    )


def test_findings_of_a_binding_are_kept(ledger):
    finding = Finding("renamed-stage", "Talks is now Negotiation", data={"stage": "3"})
    ledger.save_binding("main", Binding({}, {}, findings=(finding,)), FakeClock().now())
    found = ledger.binding("main")
    assert found is not None
    assert found[0].findings == (finding,)
