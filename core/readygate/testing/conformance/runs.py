"""Whole runs through a connector: a story, and what people do that goes against it."""

from __future__ import annotations

from readygate.deal import Mark
from readygate.errors import ConfigError
from readygate.testing.conformance.playground import Requests, Trouble
from readygate.testing.conformance.promise import Promises
from readygate.testing.conformance.story import UNNAMED, Scene
from readygate.testing.conformance.tale import END, Tale


class RunPromises(Promises):
    """What follows for users from all the promises together."""

    def test_the_story_of_a_deal(self) -> None:
        with self.playground() as play:
            tale = Tale(play)
            seen: list[tuple[str, int, int]] = []
            for step in tale.steps:
                step()
                tale.run()
                items, comments = play.items(tale.deal), play.comments(tale.deal)
                seen.append((play.stage_of(tale.deal), len(items), len(comments)))
            assert seen == [
                ("Lead", 1, 0),
                ("Lead", 4, 1),
                ("Talks", 4, 1),
                ("Talks", 4, 2),
                ("Talks", 4, 2),
                ("Talks", 4, 2),
                ("Work", 4, 2),
            ]
            assert tale.end() == END
            first, second = play.comments(tale.deal)
            assert "Lead checklist" in first
            assert "Signed contract" in second
            assert "Brand kit" not in second

    def test_a_second_run_finds_nothing_to_do(self) -> None:
        with self.playground() as play:
            tale = Tale(play)
            for step in tale.steps:
                step()
                tale.run()
                play.sent()
                idle = tale.run()
                assert idle.actions == ()
                assert play.sent().writes == 0
                assert tale.run(dry=True).actions == ()

    def test_a_dry_run_writes_nothing(self) -> None:
        with self.playground() as play:
            tale = Tale(play)
            tale.begins()
            play.sent()
            assert tale.run(dry=True).actions
            assert play.sent().writes == 0
            assert play.items(tale.deal) == ()

    def test_a_waiver_of_the_receiver_passes_the_gate(self) -> None:
        with self.playground() as play:
            tale = Tale(play)
            tale.begins()
            tale.run()
            play.waive(tale.item("checklist"), by="boris")
            play.move(tale.deal, "Talks")
            tale.run()
            assert play.stage_of(tale.deal) == "Talks"
            assert play.comments(tale.deal) == ()

    def test_the_same_mistake_twice_edits_the_comment(self) -> None:
        with self.playground() as play:
            tale = Tale(play)
            tale.begins()
            tale.run()
            for _ in range(2):
                play.move(tale.deal, "Talks")
                tale.run()
                assert play.stage_of(tale.deal) == "Lead"
            assert len(play.comments(tale.deal)) == 1

    def test_a_deleted_item_does_not_open_the_gate(self) -> None:
        with self.playground() as play:
            tale = Tale(play)
            tale.begins()
            tale.run()
            play.delete_item(tale.item("checklist"))
            play.move(tale.deal, "Talks")
            tale.run()
            assert play.stage_of(tale.deal) == "Lead"
            assert tale.marks()["checklist"] is Mark.OPEN

    def test_a_deleted_deal_is_told_once_and_harms_nobody(self) -> None:
        with self.playground() as play:
            tale = Tale(play)
            tale.begins()
            gone = tale.deal
            tale.begins()
            tale.run()
            play.delete_deal(gone)
            play.advance(90_000)  # the daily full read
            told = tale.run()
            assert [one.code for one in told.findings] == ["deal-gone"]
            assert [one.code for one in tale.run().findings] == []
            assert set(tale.marks()) == {"checklist"}

    def test_a_clone_gets_a_checklist_of_its_own(self) -> None:
        with self.playground() as play:
            tale = Tale(play)
            tale.begins()
            tale.run()
            tale.tick("checklist")
            tale.run()
            twin = play.clone(tale.deal)
            report = tale.run()
            assert "foreign-item" in {one.code for one in report.findings}
            own = [one for one in Scene(play).look(twin).items if one.key == f"{twin}/checklist"]
            assert [one.mark for one in own] == [Mark.OPEN]
            assert tale.marks() == {"checklist": Mark.TICKED}

    def test_a_duplicated_item_is_reported_and_the_gate_waits(self) -> None:
        with self.playground() as play:
            tale = Tale(play)
            tale.begins()
            tale.run()
            twin = play.duplicate(tale.item("checklist"))
            play.tick(twin)
            play.move(tale.deal, "Talks")
            report = tale.run()
            assert "duplicate-item" in {one.code for one in report.findings}
            assert play.comments(tale.deal) == (), "unknown is not closed"
            play.delete_item(twin)
            tale.run()
            assert play.stage_of(tale.deal) == "Lead"

    def test_a_renamed_stage_is_followed_by_the_next_runs(self) -> None:
        with self.playground() as play:
            tale = Tale(play)
            tale.begins()
            tale.run()
            play.rename_stage("Lead", "Fresh lead")
            tale.run()
            play.advance(90_000)
            codes = {one.code for one in tale.run().findings}
            assert "stage-renamed" in codes
            play.move(tale.deal, "Talks")
            tale.run()
            assert play.stage_of(tale.deal) == "Fresh lead"

    def test_a_stage_without_a_name_here_moves_nobody(self) -> None:
        with self.playground() as play:
            tale = Tale(play)
            tale.begins()
            tale.run()
            play.move(tale.deal, UNNAMED)
            report = tale.run()
            assert report.findings
            assert play.stage_of(tale.deal) == UNNAMED
            tale.tick("checklist")
            play.move(tale.deal, "Talks")
            tale.run()
            assert play.stage_of(tale.deal) == "Talks"

    def test_a_stage_that_is_gone_stops_before_anything_is_written(self) -> None:
        with self.playground() as play:
            tale = Tale(play)
            play.delete_stage("Work")
            tale.begins()
            play.sent()
            (tracker,) = tale.report().trackers
            assert isinstance(tracker.error, ConfigError)
            assert play.sent().writes == 0

    def test_a_tracker_that_breaks_while_reading_is_left_alone(self) -> None:
        with self.playground() as play:
            tale = Tale(play)
            tale.begins()
            tale.run()
            play.move(tale.deal, "Talks")
            play.sent()
            tale.run(dry=True)
            for kind in (Trouble.UNAVAILABLE, Trouble.DENIED, Trouble.DROPPED):
                for after in range(play.sent().reads):
                    play.trouble(kind, Requests.READS, after=after)
                    report = tale.report()
                    play.calm()
                    assert report.exit_code == 5 or play.stage_of(tale.deal) == "Lead"
            tale.run()
            assert play.stage_of(tale.deal) == "Lead"
            assert len(play.comments(tale.deal)) == 1
            assert set(tale.marks()) == {"checklist"}

    def test_a_search_that_is_behind_doubles_nothing(self) -> None:
        with self.playground() as play:
            tale = Tale(play)
            tale.begins()
            tale.run()
            play.lag()
            play.move(tale.deal, "Work")
            for _ in range(3):
                tale.run()
            play.calm()
            for _ in range(2):
                play.advance(90_000)
                tale.run()
            assert play.stage_of(tale.deal) == "Lead"
            assert set(tale.marks()) == {"brand", "checklist", "contract", "informal"}
            assert len(play.comments(tale.deal)) == 1
