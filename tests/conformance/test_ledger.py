"""What every ledger must do, whatever it is made of; a new one joins the list below."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from readygate.action import Open, Outcome, Return, Status
from readygate.deal import Mark
from readygate.errors import LockHeld
from readygate.memory import DealMemory, ItemMemory, Standing
from readygate.ports import Binding, Event, Intent, PipelineState, RunSummary
from readygate.testing import FakeClock, MemoryLedger
from readygate_ledger import open_ledger

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture(params=["memory", "sqlite"])
def ledger(request, tmp_path):
    match request.param:
        case "memory":
            yield MemoryLedger()
        case "sqlite":
            with closing(open_ledger(tmp_path / "ledger.db", clock=FakeClock(NOW))) as opened:
                yield opened


def deal(ref, **settings):
    return DealMemory(ref, f"DEAL-{ref}", **settings)


def opening(ref, item="contract"):
    return Open(ref, f"DEAL-{ref}", item, "Contract", "scan", "needed by delivery")


def event(ref, text, at=NOW, run=""):
    return Event("deals", ref, f"DEAL-{ref}", "note", text, {"n": [1, None]}, at, run)


def done(action):
    return Outcome(action, Status.DONE, ref="1")


def test_an_empty_ledger_knows_nothing(ledger):
    assert ledger.binding("main") is None
    assert ledger.state("deals") == PipelineState()
    assert ledger.memories("deals", ["1"]) == {}
    assert list(ledger.scan("deals")) == []
    assert ledger.pending("deals") == ()
    assert ledger.unsettled("deals") == ()
    assert ledger.history() == ()
    assert ledger.runs() == ()


def test_memories_are_kept_per_pipeline_and_replaced_whole(ledger):
    item = ItemMemory("20001", Mark.TICKED, "Contract", NOW)
    ledger.save("deals", [deal("1", items={"contract": item}, passed={"sales": ("contract",)})])
    ledger.save("leads", [deal("1", standing=Standing.HELD)])
    ledger.save("deals", [deal("1", accepted="3")])
    assert ledger.memories("deals", ["1", "2"]) == {"1": deal("1", accepted="3")}
    assert ledger.memories("leads", {"1"}) == {"1": deal("1", standing=Standing.HELD)}


def test_of_one_deal_saved_twice_at_once_the_last_counts(ledger):
    ledger.save("deals", [deal("1"), deal("1", accepted="3")])
    assert list(ledger.scan("deals")) == [deal("1", accepted="3")]


def test_many_memories_are_found_and_ordered_as_texts(ledger):
    refs = [str(number) for number in range(1200)]
    ledger.save("deals", [deal(ref) for ref in reversed(refs)])
    ledger.save("leads", [deal("other")])
    assert list(ledger.memories("deals", refs)) == sorted(refs)
    assert [memory.deal for memory in ledger.scan("deals")] == sorted(refs)


def test_writing_while_scanning_neither_skips_nor_repeats(ledger):
    refs = sorted(str(number) for number in range(1200))
    ledger.save("deals", [deal(ref) for ref in refs])
    seen = []
    for memory in ledger.scan("deals"):
        seen.append(memory.deal)
        if len(seen) % 100 == 0:
            ledger.save("deals", [replace(memory, pending=True)])
            ledger.forget("deals", [seen[0]])
    assert seen == refs


def test_pending_deals_are_found_in_order(ledger):
    ledger.save("deals", [deal("3", pending=True), deal("1", pending=True), deal("2")])
    assert ledger.pending("deals") == ("1", "3")
    ledger.save("deals", [deal("1")])
    assert ledger.pending("deals") == ("3",)
    assert ledger.pending("leads") == ()


def test_forgotten_deals_are_gone_and_their_history_stays(ledger):
    ledger.save("deals", [deal("1"), deal("2", pending=True)], [event("2", "seen")])
    ledger.save("leads", [deal("2")])
    ledger.forget("deals", ["2", "3"])
    assert list(ledger.scan("deals")) == [deal("1")]
    assert ledger.pending("deals") == ()
    assert list(ledger.scan("leads")) == [deal("2")]
    assert [one.text for one in ledger.history()] == ["seen"]


def test_bindings_and_states_are_replaced(ledger):
    first = Binding({"deals": {"Talks": "3"}}, {"anna": "a-1"}, {"site": {"id": 1}}, "s1")
    ledger.save_binding("main", first, NOW)
    ledger.save_binding("other", replace(first, stamp="s2"), NOW)
    assert ledger.binding("main") == (first, NOW)
    ledger.save_binding("main", replace(first, unnamed={"deals": ("9",)}), NOW + HOUR)
    assert ledger.binding("main") == (replace(first, unnamed={"deals": ("9",)}), NOW + HOUR)
    state = PipelineState(NOW, NOW + HOUR, None, "s1", {"sales": ("contract",)})
    ledger.save_state("deals", state)
    ledger.save_state("deals", replace(state, full_read=NOW))
    assert ledger.state("deals") == replace(state, full_read=NOW)
    assert ledger.state("leads") == PipelineState()


def test_the_beginning_of_time_can_be_stored(ledger):
    dawn = datetime.min.replace(tzinfo=UTC)
    ledger.save_binding("main", Binding({}, {}), dawn)
    assert ledger.binding("main") == (Binding({}, {}), dawn)


def test_intents_are_unsettled_until_their_outcome_is_known(ledger):
    actions = [opening("2"), opening("1"), Return("1", "DEAL-1", "4", "3", "a1", "too early")]
    ids = ledger.intend("run-1", "deals", actions, NOW)
    assert len(set(ids)) == 3
    expected = tuple(Intent(id_, a, NOW) for id_, a in zip(ids, actions, strict=True))
    assert ledger.unsettled("deals") == expected
    assert ledger.unsettled("leads") == ()
    lost = Outcome(actions[1], Status.UNKNOWN)
    failed = Outcome(actions[2], Status.FAILED)
    ledger.settle("deals", {ids[0]: done(actions[0]), ids[1]: lost, ids[2]: failed}, [], [])
    assert ledger.unsettled("deals") == expected[1:2]
    ledger.settle("deals", {ids[1]: done(actions[1])}, [], [])
    assert ledger.unsettled("deals") == ()
    assert not set(ledger.intend("run-2", "deals", actions, NOW)) & set(ids)


def test_settling_also_remembers_deals_and_appends_history(ledger):
    (id_,) = ledger.intend("run-1", "deals", [opening("1")], NOW)
    ledger.settle("deals", {id_: done(opening("1"))}, [deal("1", pending=True)], [event("1", "x")])
    assert ledger.pending("deals") == ("1",)
    assert [one.text for one in ledger.history()] == ["x"]


def test_history_is_found_by_deal_label_and_time_and_keeps_its_order(ledger):
    lines = [
        event("1", "one", NOW),
        event("2", "two", NOW + HOUR),
        event("1", "three", NOW + 2 * HOUR),
        event("1", "four", NOW + 2 * HOUR),
    ]
    ledger.save("deals", [], lines[:1])
    ledger.save("deals", [], lines[1:])
    assert [one.text for one in ledger.history()] == ["one", "two", "three", "four"]
    assert [one.text for one in ledger.history(deal="1")] == ["one", "three", "four"]
    assert [one.text for one in ledger.history(deal="DEAL-2")] == ["two"]
    assert [one.text for one in ledger.history(since=NOW + HOUR)] == ["two", "three", "four"]
    assert [one.text for one in ledger.history(until=NOW + 2 * HOUR)] == ["one", "two"]
    assert [one.text for one in ledger.history(deal="1", limit=2)] == ["three", "four"]
    assert ledger.history(deal="3") == ()
    assert ledger.history(limit=0) == ()
    assert ledger.history()[0].data == {"n": [1, None]}


def test_history_is_written_under_the_run_that_began(ledger):
    ledger.begin(RunSummary("run-7", NOW))
    ledger.save("deals", [], [event("1", "ours"), event("1", "theirs", run="run-6")])
    assert [one.run for one in ledger.history()] == ["run-7", "run-6"]


def test_runs_are_listed_newest_first_with_their_ends(ledger):
    for number in range(3):
        ledger.begin(RunSummary(f"run-{number}", NOW + number * HOUR))
    ended = RunSummary("run-1", NOW + HOUR, NOW + 2 * HOUR, 4, {"done": 2, "refused": 1})
    ledger.end(ended)
    assert ledger.runs() == (
        RunSummary("run-2", NOW + 2 * HOUR),
        ended,
        RunSummary("run-0", NOW),
    )
    assert [run.id for run in ledger.runs(limit=1)] == ["run-2"]


def test_one_lock(ledger):
    with ledger.lock():
        ledger.save("deals", [deal("1")])
        with pytest.raises(LockHeld, match="another run holds the lock"), ledger.lock():
            pass
    with pytest.raises(ZeroDivisionError), ledger.lock():
        raise ZeroDivisionError
    with ledger.lock():
        pass


def test_a_rehearsal_sees_everything_and_leaves_nothing(ledger):
    ledger.begin(RunSummary("run-1", NOW))
    ledger.save("deals", [deal("1", pending=True)], [event("1", "before")])
    with ledger.rehearsal() as copy:
        assert list(copy.scan("deals")) == [deal("1", pending=True)]
        assert [one.text for one in copy.history()] == ["before"]
        copy.save("deals", [deal("1"), deal("2")], [event("1", "rehearsed")])
        copy.save_state("deals", PipelineState(stamp="s2"))
        copy.intend("run-2", "deals", [opening("1")], NOW)
        assert copy.pending("deals") == ()
        with copy.rehearsal() as second:
            assert [memory.deal for memory in second.scan("deals")] == ["1", "2"]
    assert list(ledger.scan("deals")) == [deal("1", pending=True)]
    assert [one.text for one in ledger.history()] == ["before"]
    assert ledger.state("deals") == PipelineState()
    assert ledger.unsettled("deals") == ()


def test_a_rehearsal_may_run_beside_a_run(ledger):
    with ledger.lock(), ledger.rehearsal() as copy:
        ledger.save("deals", [deal("1")])
        assert list(copy.scan("deals")) == []
