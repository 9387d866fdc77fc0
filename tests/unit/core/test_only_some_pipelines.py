"""`--pipeline`: a run of some pipelines leaves the others, and what is known of them, alone."""

from __future__ import annotations

from dataclasses import replace

from readygate.run import Options, Setup, run_once
from unit.core.story import World


def test_runs_of_one_pipeline_each_resolve_names_once_for_both() -> None:
    world = World()
    other = replace(world.pipeline, key="others")
    setup = Setup(world.book, (world.pipeline, other), {"en": str}, "1")
    for number, only in enumerate(("deals", "others", "deals", "others")):
        report = run_once(
            setup,
            {"main": lambda: world.tracker},
            world.ledger,
            world.clock,
            run=f"r{number}",
            options=Options(only=(only,)),
        )
        assert [one.pipeline for one in report.pipelines] == [only]
        assert report.exit_code == 0
    assert world.tracker.calls["resolve"] == 1


def test_a_tracker_none_of_whose_pipelines_is_chosen_is_not_connected() -> None:
    world = World()
    elsewhere = replace(world.pipeline, key="others", tracker="second")
    setup = Setup(world.book, (world.pipeline, elsewhere), {"en": str}, "1")
    report = run_once(
        setup,
        {"main": lambda: world.tracker},
        world.ledger,
        world.clock,
        run="r1",
        options=Options(only=("deals",)),
    )
    assert [one.tracker for one in report.trackers] == ["main"]
