"""Promises about explanations: written once, found again, edited in place."""

from __future__ import annotations

from functools import partial

from readygate.action import Block, Explain, Link, Mention, Status, Text
from readygate.testing.conformance.playground import Requests, Trouble
from readygate.testing.conformance.promise import Promises
from readygate.testing.conformance.story import explaining


class ExplainingPromises(Promises):
    """`apply` with Explain, and `find_explanation`."""

    def test_an_explanation_says_everything(self) -> None:
        with self.scene() as s:
            deal = s.play.create("A deal", "Lead")
            boris = s.binding.people["boris"]
            document = (
                Block((Text("Не хватает: "), Mention("Boris Lykov", boris), Text("!"))),
                Block(
                    (Text("Two things"),),
                    (
                        (Link("the scan", "https://example.com/1"), Text(" of it")),
                        (Text("the brand kit, says "), Mention("Somebody Else")),
                    ),
                ),
            )
            outcome = s.one(Explain(deal, "", "a1b2c3", document, "not complete"))
            assert (outcome.status, bool(outcome.ref)) == (Status.DONE, True)
            (text,) = s.play.comments(deal)
            for part in ("Не хватает: ", "Two things", "the scan", " of it", "Somebody Else"):
                assert part in text

    def test_an_explanation_is_found_by_its_attempt(self) -> None:
        with self.scene() as s:
            deal, other = s.play.create("A deal", "Lead"), s.play.create("A deal", "Lead")
            first = s.one(explaining(deal, "One.", "aaaaaa"))
            second = s.one(explaining(deal, "Two.", "bbbbbb"))
            find = s.tracker.find_explanation
            assert find(s.pipeline, deal, "aaaaaa") == first.ref
            assert find(s.pipeline, deal, "bbbbbb") == second.ref
            assert find(s.pipeline, deal, "cccccc") is None
            assert find(s.pipeline, other, "aaaaaa") is None

    def test_the_newest_connector_finds_what_an_older_one_wrote(self) -> None:
        with self.scene() as s:
            deal = s.play.create("A deal", "Lead")
            written = s.one(explaining(deal, "One."))
            later = s.play.connect()
            later.identify()
            later.use(s.binding)
            assert later.find_explanation(s.pipeline, deal, "a1b2c3") == written.ref

    def test_what_people_write_is_not_ours(self) -> None:
        with self.scene() as s:
            deal, other = s.play.create("A deal", "Lead"), s.play.create("A deal", "Lead")
            s.one(explaining(deal, "One."))
            (ours,) = s.play.comments(deal)
            s.play.comment(other, ours)
            s.play.comment(other, "a1b2c3")
            assert s.tracker.find_explanation(s.pipeline, other, "a1b2c3") is None

    def test_an_explanation_is_found_among_many_comments(self) -> None:
        with self.scene() as s:
            deal = s.play.create("A deal", "Lead")
            written = s.one(explaining(deal, "One."))
            for number in range(120):
                s.play.comment(deal, f"Talk {number}")
            assert s.tracker.find_explanation(s.pipeline, deal, "a1b2c3") == written.ref

    def test_no_explanation_is_found_on_a_deal_that_is_gone(self) -> None:
        with self.scene() as s:
            deal = s.play.create("A deal", "Lead")
            s.one(explaining(deal, "One."))
            s.play.delete_deal(deal)
            assert s.tracker.find_explanation(s.pipeline, deal, "a1b2c3") is None

    def test_an_edit_changes_the_comment_and_writes_no_other(self) -> None:
        with self.scene() as s:
            deal = s.play.create("A deal", "Lead")
            first = s.one(explaining(deal, "Before."))
            second = s.one(explaining(deal, "After.", edit=first.ref))
            assert (second.status, second.ref) == (Status.DONE, first.ref)
            (text,) = s.play.comments(deal)
            assert "After." in text
            assert "Before." not in text
            assert s.tracker.find_explanation(s.pipeline, deal, "a1b2c3") == first.ref

    def test_an_edit_carries_the_new_attempt(self) -> None:
        with self.scene() as s:
            deal = s.play.create("A deal", "Lead")
            first = s.one(explaining(deal, "Before.", "aaaaaa"))
            s.one(explaining(deal, "After.", "bbbbbb", edit=first.ref))
            assert s.tracker.find_explanation(s.pipeline, deal, "bbbbbb") == first.ref

    def test_an_edit_of_a_deleted_comment_is_written_anew(self) -> None:
        with self.scene() as s:
            deal = s.play.create("A deal", "Lead")
            first = s.one(explaining(deal, "Before."))
            s.play.delete_comment(deal, first.ref)
            second = s.one(explaining(deal, "After.", edit=first.ref))
            assert second.status is Status.DONE
            (text,) = s.play.comments(deal)
            assert "After." in text
            assert s.tracker.find_explanation(s.pipeline, deal, "a1b2c3") == second.ref

    def test_a_lost_answer_is_unknown_and_found_by_its_attempt(self) -> None:
        with self.scene() as s:
            deal = s.play.create("A deal", "Lead")
            s.play.trouble(Trouble.LOST, Requests.WRITES)
            assert s.one(explaining(deal, "One.")).status is Status.UNKNOWN
            s.play.calm()
            assert s.tracker.find_explanation(s.pipeline, deal, "a1b2c3")
            assert len(s.play.comments(deal)) == 1

    def test_a_dropped_request_is_unknown_and_not_found(self) -> None:
        with self.scene() as s:
            deal = s.play.create("A deal", "Lead")
            s.play.trouble(Trouble.DROPPED, Requests.WRITES)
            assert s.one(explaining(deal, "One.")).status is Status.UNKNOWN
            s.play.calm()
            assert s.tracker.find_explanation(s.pipeline, deal, "a1b2c3") is None
            assert s.play.comments(deal) == ()

    def test_a_search_for_an_explanation_that_fails_says_so(self) -> None:
        for kind in (Trouble.UNAVAILABLE, Trouble.DROPPED, Trouble.DENIED):
            with self.scene() as s:
                deal = s.play.create("A deal", "Lead")
                s.one(explaining(deal, "One."))
                s.play.trouble(kind, Requests.READS)
                find = s.tracker.find_explanation
                s.fails(partial(find, s.pipeline, deal, "a1b2c3"))

    def test_an_explanation_for_a_deal_that_is_gone_is_told(self) -> None:
        with self.scene() as s:
            gone, there = s.play.create("A deal", "Lead"), s.play.create("A deal", "Lead")
            s.play.delete_deal(gone)
            first, second = s.apply(explaining(gone, "One."), explaining(there, "Two."))
            assert first.status in {Status.STALE, Status.FAILED}
            assert (first.stops, bool(first.message)) == ("", True)
            assert second.status is Status.DONE

    def test_a_stopped_tracker_skips_the_other_explanations(self) -> None:
        for kind, stops in ((Trouble.UNAVAILABLE, "unavailable"), (Trouble.DENIED, "denied")):
            with self.scene() as s:
                deals = [s.play.create("A deal", "Lead") for _ in range(3)]
                s.play.trouble(kind, Requests.WRITES, after=1)
                first, second, third = s.apply(*(explaining(deal, "One.") for deal in deals))
                assert first.status is Status.DONE
                assert (second.status, second.stops) == (Status.FAILED, stops)
                assert third.status is Status.SKIPPED
                s.play.calm()
                assert [len(s.play.comments(deal)) for deal in deals] == [1, 0, 0]
