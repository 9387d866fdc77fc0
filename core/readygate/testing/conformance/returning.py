"""Promises about moving a deal back: only if it still stands where it was seen."""

from __future__ import annotations

from readygate.action import Status
from readygate.testing.conformance.playground import Requests, Trouble
from readygate.testing.conformance.promise import Promises


class ReturningPromises(Promises):
    """`apply` with Return."""

    def test_a_deal_is_moved_back(self) -> None:
        with self.scene() as s:
            deal = s.play.create("A deal", "Lead")
            s.play.move(deal, "Work")
            outcome = s.one(s.returning(deal, "Work", "Lead"))
            assert (outcome.status, outcome.stops) == (Status.DONE, "")
            assert s.play.stage_of(deal) == "Lead"
            assert s.deal(deal).stage == s.stage("Lead")

    def test_moving_back_touches_nothing_else(self) -> None:
        with self.scene() as s:
            deal = s.play.create("A deal", "Work", "Site")
            items = s.opened(deal, "one", "two")
            s.play.tick(items["one"].ref)
            before = {key: (item.mark, item.title) for key, item in s.items(deal).items()}
            s.one(s.returning(deal, "Work", "Talks"))
            after = s.deal(deal)
            assert "A deal" in {after.title, after.label}
            assert after.fields == {"Service": ("Site",)}
            assert {key: (item.mark, item.title) for key, item in s.items(deal).items()} == before

    def test_no_deal_takes_more_than_one_writing_request(self) -> None:
        with self.scene() as s:
            size = s.tracker.moves_at_once
            deals = [s.play.create("A deal", "Work") for _ in range(size + 2)]
            s.apply(s.returning(s.play.create("A deal", "Work"), "Work", "Talks"))
            s.play.sent()
            outcomes = s.apply(*(s.returning(deal, "Work", "Talks") for deal in deals))
            assert {outcome.status for outcome in outcomes} == {Status.DONE}
            writes = s.play.sent().writes
            assert writes == len(deals) if size == 1 else writes < len(deals)
            assert {s.play.stage_of(deal) for deal in deals} == {"Talks"}

    def test_a_deal_that_somebody_moved_on_is_left_alone(self) -> None:
        with self.scene() as s:
            moved, stays = s.play.create("A deal", "Work"), s.play.create("A deal", "Work")
            actions = [s.returning(deal, "Work", "Talks") for deal in (moved, stays)]
            s.play.move(moved, "Lost")
            first, second = s.apply(*actions)
            assert (first.status, bool(first.message)) == (Status.STALE, True)
            assert second.status is Status.DONE
            assert (s.play.stage_of(moved), s.play.stage_of(stays)) == ("Lost", "Talks")

    def test_a_deal_that_stands_there_already_stays_there(self) -> None:
        with self.scene() as s:
            deal = s.play.create("A deal", "Talks")
            outcome = s.one(s.returning(deal, "Work", "Talks"))
            assert outcome.status in {Status.DONE, Status.STALE}
            assert s.play.stage_of(deal) == "Talks"

    def test_a_deal_that_is_gone_is_told_and_the_others_are_moved(self) -> None:
        with self.scene() as s:
            gone, there = s.play.create("A deal", "Work"), s.play.create("A deal", "Work")
            s.play.delete_deal(gone)
            first, second = s.apply(
                s.returning(gone, "Work", "Talks"), s.returning(there, "Work", "Talks")
            )
            assert first.status in {Status.STALE, Status.FAILED}
            assert (first.stops, bool(first.message)) == ("", True)
            assert second.status is Status.DONE

    def test_a_return_without_an_answer_is_unknown(self) -> None:
        for kind, stands in ((Trouble.LOST, "Talks"), (Trouble.DROPPED, "Work")):
            with self.scene() as s:
                deal = s.play.create("A deal", "Work")
                s.play.trouble(kind, Requests.WRITES)
                assert s.one(s.returning(deal, "Work", "Talks")).status is Status.UNKNOWN
                s.play.calm()
                assert s.play.stage_of(deal) == stands
                assert s.deal(deal).stage == s.stage(stands)

    def test_a_return_that_cannot_look_moves_nothing(self) -> None:
        with self.scene() as s:
            deal = s.play.create("A deal", "Work")
            s.play.trouble(Trouble.UNAVAILABLE, Requests.READS)
            s.play.trouble(Trouble.UNAVAILABLE, Requests.WRITES)
            outcome = s.one(s.returning(deal, "Work", "Talks"))
            assert (outcome.status, outcome.stops) == (Status.FAILED, "unavailable")
            assert s.play.stage_of(deal) == "Work"

    def test_a_stopped_tracker_skips_the_other_returns(self) -> None:
        for kind, stops in ((Trouble.UNAVAILABLE, "unavailable"), (Trouble.DENIED, "denied")):
            with self.scene() as s:
                size = s.tracker.moves_at_once
                deals = [s.play.create("A deal", "Work") for _ in range(size * 2)]
                s.play.trouble(kind, Requests.WRITES)
                outcomes = s.apply(*(s.returning(deal, "Work", "Talks") for deal in deals))
                assert stops in {outcome.stops for outcome in outcomes[:size]}
                assert {one.status for one in outcomes[size:]} == {Status.SKIPPED}
                s.play.calm()
                assert {s.play.stage_of(deal) for deal in deals} == {"Work"}

    def test_a_return_keeps_to_a_renamed_stage(self) -> None:
        with self.scene() as s:
            deal = s.play.create("A deal", "Work")
            s.play.rename_stage("Talks", "Negotiation")
            s.tracker.use(s.resolve())
            assert s.one(s.returning(deal, "Work", "Talks")).status is Status.DONE
            assert s.play.stage_of(deal) == "Negotiation"
