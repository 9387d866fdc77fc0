"""Promises about items: a tick that somebody made stays, and none is ever invented."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from readygate.action import Outcome, Status, TrackerAction, text_digest
from readygate.deal import ChecklistItem, Mark, item_key
from readygate.testing.conformance.playground import Requests, Trouble
from readygate.testing.conformance.promise import Promises
from readygate.testing.conformance.story import Scene, amending, opening

MOST_WRITES = 4
"""No single retirement takes more requests than this."""

UNSURE = (Trouble.LOST, Trouble.DROPPED)


def _marked(s: Scene, mark: Mark) -> ChecklistItem:
    """An item that people have brought to a mark."""
    deal = s.play.create("A deal", "Lead")
    item = s.opened(deal, "one")["one"]
    match mark:
        case Mark.TICKED:
            s.play.tick(item.ref)
        case Mark.WAIVED:
            s.play.waive(item.ref)
        case Mark.OPEN | Mark.RETIRED:
            pass
    return s.item(deal, "one")


def _interrupted(s: Scene, act: Callable[[], Outcome], kind: Trouble, after: int) -> bool:
    """Do something whose request number `after` has no answer; tell whether it came to that."""
    s.play.trouble(kind, Requests.WRITES, after=after, count=1)
    outcome = act()
    s.play.calm()
    assert outcome.status in {Status.DONE, Status.UNKNOWN}
    return outcome.status is Status.UNKNOWN


class ItemPromises(Promises):
    """`apply` with Retire, Restore and Amend."""

    def test_retiring_keeps_the_mark_and_restoring_gives_it_back(self) -> None:
        for mark in (Mark.OPEN, Mark.TICKED, Mark.WAIVED):
            with self.scene() as s:
                item = _marked(s, mark)
                assert item.mark is mark
                assert s.one(s.retire(item)).status is Status.DONE
                retired = s.item(item.deal, "one")
                assert (retired.mark, retired.stored, retired.ref) == (Mark.RETIRED, mark, item.ref)
                assert s.one(s.restore(retired)).status is Status.DONE
                after = s.item(item.deal, "one")
                assert (after.mark, after.closed) == (mark, mark is not Mark.OPEN)

    def test_a_retired_item_shows_as_done_and_is_never_deleted(self) -> None:
        with self.scene() as s:
            item = _marked(s, Mark.OPEN)
            s.one(s.retire(item))
            (kept,) = s.play.items(item.deal)
            assert (kept.ref, kept.done) == (item.ref, True)
            assert s.item(item.deal, "one").closed

    def test_a_restored_item_can_be_ticked(self) -> None:
        with self.scene() as s:
            item = _marked(s, Mark.OPEN)
            s.one(s.retire(item))
            s.one(s.restore(s.item(item.deal, "one")))
            s.play.tick(item.ref)
            assert s.item(item.deal, "one").mark is Mark.TICKED

    def test_retiring_and_restoring_twice_does_no_harm(self) -> None:
        for mark in (Mark.OPEN, Mark.TICKED):
            with self.scene() as s:
                item = _marked(s, mark)
                action = s.retire(item)
                assert [one.status for one in s.apply(action, action)] == [Status.DONE] * 2
                retired = s.item(item.deal, "one")
                assert (retired.mark, retired.stored) == (Mark.RETIRED, mark)
                again = s.restore(retired)
                assert [one.status for one in s.apply(again, again)] == [Status.DONE] * 2
                assert s.item(item.deal, "one").mark is mark

    def test_no_interruption_of_a_retirement_looks_like_a_tick(self) -> None:
        for kind in UNSURE:
            for after in range(MOST_WRITES):
                with self.scene() as s:
                    item = _marked(s, Mark.OPEN)
                    action = s.retire(item)
                    struck = _interrupted(s, partial(s.one, action), kind, after)
                    assert s.item(item.deal, "one").mark in {Mark.OPEN, Mark.RETIRED}
                    if struck:
                        s.one(action)
                    retired = s.item(item.deal, "one")
                    assert (retired.mark, retired.stored) == (Mark.RETIRED, Mark.OPEN)
                    assert retired.closed

    def test_no_interruption_of_a_restoration_looks_like_a_tick(self) -> None:
        for kind in UNSURE:
            for after in range(MOST_WRITES):
                with self.scene() as s:
                    item = _marked(s, Mark.OPEN)
                    s.one(s.retire(item))
                    action = s.restore(s.item(item.deal, "one"))
                    struck = _interrupted(s, partial(s.one, action), kind, after)
                    assert s.item(item.deal, "one").mark in {Mark.OPEN, Mark.RETIRED}
                    if struck:
                        s.one(action)
                    after_all = s.item(item.deal, "one")
                    assert (after_all.mark, after_all.closed) == (Mark.OPEN, False)

    def test_no_interruption_loses_a_tick(self) -> None:
        for kind in UNSURE:
            for after in range(MOST_WRITES):
                with self.scene() as s:
                    item = _marked(s, Mark.TICKED)
                    action = s.retire(item)
                    if _interrupted(s, partial(s.one, action), kind, after):
                        s.one(action)
                    back = s.restore(s.item(item.deal, "one"))
                    if _interrupted(s, partial(s.one, back), kind, after):
                        s.one(back)
                    assert s.item(item.deal, "one").mark is Mark.TICKED

    def test_many_are_retired_and_restored_in_order(self) -> None:
        with self.scene() as s:
            deal = s.play.create("A deal", "Lead")
            count = s.tracker.moves_at_once + 3
            items = list(s.opened(deal, *(f"i{number}" for number in range(count))).values())
            s.play.tick(items[1].ref)
            items = [s.items(deal)[f"i{number}"] for number in range(count)]
            outcomes = s.apply(*(s.retire(item) for item in items))
            assert {one.status for one in outcomes} == {Status.DONE}
            retired = [s.items(deal)[f"i{number}"] for number in range(count)]
            assert {item.mark for item in retired} == {Mark.RETIRED}
            s.apply(*(s.restore(item) for item in retired))
            marks = [s.items(deal)[f"i{number}"].mark for number in range(count)]
            assert marks == [Mark.OPEN, Mark.TICKED] + [Mark.OPEN] * (count - 2)

    def test_what_is_gone_is_told_and_the_others_are_done(self) -> None:
        for kind in ("retire", "restore", "amend"):
            with self.scene() as s:
                deal = s.play.create("A deal", "Lead")
                items = s.opened(deal, "one", "two")
                if kind == "restore":
                    s.apply(*(s.retire(item) for item in items.values()))
                    items = s.items(deal)
                kinds: dict[str, Callable[[ChecklistItem], TrackerAction]] = {
                    "retire": s.retire,
                    "restore": s.restore,
                    "amend": partial(amending, title="New"),
                }
                actions = [kinds[kind](items[key]) for key in ("one", "two")]
                s.play.delete_item(items["one"].ref)
                first, second = s.apply(*actions)
                assert first.status in {Status.STALE, Status.FAILED}
                assert (first.stops, bool(first.message)) == ("", True)
                assert second.status is Status.DONE
                assert len(s.play.items(deal)) == 1, "nothing is made anew"

    def test_amending_writes_what_is_asked_and_nothing_else(self) -> None:
        with self.scene() as s:
            deal = s.play.create("A deal", "Lead")
            s.one(opening(deal, "one", "Old title", "Old text."))
            item = s.item(deal, "one")
            s.play.tick(item.ref)
            assert s.one(amending(item, title="New title")).status is Status.DONE
            (kept,) = s.play.items(deal)
            assert (kept.title, kept.text.strip(), kept.done) == ("New title", "Old text.", True)
            digest = text_digest("Old text.")
            assert s.one(amending(item, text="New text.", was=digest)).status is Status.DONE
            (kept,) = s.play.items(deal)
            assert (kept.title, kept.text.strip(), kept.done) == ("New title", "New text.", True)
            assert s.item(deal, "one").mark is Mark.TICKED

    def test_a_title_that_is_not_asked_for_stays(self) -> None:
        with self.scene() as s:
            deal = s.play.create("A deal", "Lead")
            s.one(opening(deal, "one", "Old title", "Old text."))
            item = s.item(deal, "one")
            s.play.rename(item.ref, "A person's title")
            s.one(amending(item, text="New text.", was=text_digest("Old text.")))
            (kept,) = s.play.items(deal)
            assert (kept.title, kept.text.strip()) == ("A person's title", "New text.")

    def test_a_text_that_a_person_rewrote_is_left_alone(self) -> None:
        with self.scene() as s:
            deal = s.play.create("A deal", "Lead")
            s.one(opening(deal, "one", "Title", "Old text."))
            item = s.item(deal, "one")
            s.play.rewrite(item.ref, "Written by a person.")
            action = amending(item, title="New", text="New text.", was=text_digest("Old text."))
            assert s.one(action).status is Status.DONE
            (kept,) = s.play.items(deal)
            assert (kept.title, kept.text.strip()) == ("New", "Written by a person.")

    def test_a_text_of_several_paragraphs_is_recognised_as_ours(self) -> None:
        with self.scene() as s:
            deal = s.play.create("A deal", "Lead")
            text = "First: *one* & <two>.\n\nSecond.\nThird — «third»."
            s.one(opening(deal, "one", "Title", text))
            item = s.item(deal, "one")
            s.one(amending(item, text="Short.", was=text_digest(text)))
            (kept,) = s.play.items(deal)
            assert kept.text.strip() == "Short."

    def test_a_new_key_keeps_the_tick_and_what_was_stored(self) -> None:
        with self.scene() as s:
            item = _marked(s, Mark.TICKED)
            s.one(amending(item, key="new"))
            renamed = s.item(item.deal, "new")
            assert (renamed.ref, renamed.mark) == (item.ref, Mark.TICKED)
            assert renamed.key == item_key(item.deal, "new")
            s.one(s.retire(renamed))
            s.one(amending(s.item(item.deal, "new"), key="newest"))
            retired = s.item(item.deal, "newest")
            assert (retired.mark, retired.stored) == (Mark.RETIRED, Mark.TICKED)

    def test_an_amendment_without_an_answer_is_unknown(self) -> None:
        for kind, title in ((Trouble.LOST, "New"), (Trouble.DROPPED, "The item one")):
            with self.scene() as s:
                item = _marked(s, Mark.TICKED)
                s.play.trouble(kind, Requests.WRITES)
                assert s.one(amending(item, title="New")).status is Status.UNKNOWN
                s.play.calm()
                found = s.item(item.deal, "one")
                assert (found.title, found.mark) == (title, Mark.TICKED)

    def test_a_stopped_tracker_skips_the_rest(self) -> None:
        for kind, stops in ((Trouble.UNAVAILABLE, "unavailable"), (Trouble.DENIED, "denied")):
            with self.scene() as s:
                size = s.tracker.moves_at_once
                deal = s.play.create("A deal", "Lead")
                keys = [f"i{number}" for number in range(size * 2)]
                items = s.opened(deal, *keys)
                s.play.trouble(kind, Requests.WRITES)
                outcomes = s.apply(*(s.retire(items[key]) for key in keys))
                assert stops in {one.stops for one in outcomes[:size]}
                assert {one.status for one in outcomes[size:]} == {Status.SKIPPED}
                s.play.calm()
                assert {item.mark for item in s.items(deal).values()} == {Mark.OPEN}
