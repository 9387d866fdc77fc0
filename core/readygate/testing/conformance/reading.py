"""Promises about reading: what changed, what is there now, and what was."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from readygate.deal import ChecklistItem, Mark, item_key
from readygate.errors import TrackerDenied
from readygate.testing.conformance.playground import Requests, Trouble
from readygate.testing.conformance.promise import Promises
from readygate.testing.conformance.story import FIELD, Scene, opening

DAY = 86_400.0


def _pages(s: Scene) -> list[str]:
    """More deals than one answer holds."""
    return [s.play.create(f"Deal {number}", "Lead") for number in range(s.play.page + 3)]


class ReadingPromises(Promises):
    """`read`, `look` and `history`."""

    def test_an_empty_tracker_reads_as_nothing(self) -> None:
        with self.scene() as s:
            assert s.read() == ([], [])

    def test_a_deal_is_read_with_all_that_it_has(self) -> None:
        with self.scene() as s:
            s.play.advance(60)
            before = s.now()
            ref = s.play.create("A deal", "Talks", "Site")
            bare = s.play.create("A bare deal", "Lead")
            deals, _ = s.read()
            looked = s.look(ref, bare).deals
            assert {deal.ref: deal for deal in deals} == {deal.ref: deal for deal in looked}
            deal, other = s.deal(ref), s.deal(bare)
            assert (deal.stage, deal.stage_name) == (s.stage("Talks"), "Talks")
            assert "A deal" in {deal.title, deal.label}, "one of them is the name people gave it"
            assert deal.label
            assert deal.fields == {FIELD: ("Site",)}
            assert other.fields == {}, "a value that is not set is absent"
            assert deal.created.utcoffset() == timedelta(0)
            assert timedelta(seconds=-1) <= deal.created - before < timedelta(minutes=1)
            assert deal.updated is None or deal.updated >= deal.created - timedelta(seconds=1)

    def test_all_pages_are_read_and_nothing_twice(self) -> None:
        with self.scene() as s:
            refs = _pages(s)
            deals, _ = s.read()
            assert sorted(deal.ref for deal in deals) == sorted(refs)

    def test_items_of_all_deals_are_read(self) -> None:
        with self.scene() as s:
            deals = [s.play.create("A deal", "Lead") for _ in range(2)]
            refs = {item.ref for deal in deals for item in s.opened(deal, "one", "two").values()}
            _, items = s.read()
            assert {item.ref for item in items} == refs
            assert {item.deal for item in items} == set(deals)

    def test_only_changes_are_read_since_a_time(self) -> None:
        with self.scene() as s:
            old, touched = s.play.create("Old", "Lead"), s.play.create("Touched", "Lead")
            quiet = s.opened(old, "one", "two")
            s.play.advance(DAY)
            since = s.now()
            s.play.advance(60)
            assert s.read(since) == ([], [])
            s.play.move(touched, "Talks")
            s.play.tick(quiet["one"].ref)
            new = s.play.create("New", "Lead")
            deals, items = s.read(since)
            assert {deal.ref for deal in deals} - {old} == {touched, new}
            assert [(item.ref, item.mark) for item in items] == [(quiet["one"].ref, Mark.TICKED)]

    def test_every_kind_of_change_is_read(self) -> None:
        with self.scene() as s:
            deal = s.play.create("A deal", "Lead", "Site")
            item = s.opened(deal, "one")["one"].ref
            for ref, change in (
                (deal, partial(s.play.set_service, deal, "Design")),
                (deal, partial(s.play.set_service, deal, "")),
                (deal, partial(s.play.move, deal, "Lost")),
                (item, partial(s.play.tick, item)),
                (item, partial(s.play.untick, item)),
                (item, partial(s.play.waive, item)),
            ):
                s.play.advance(DAY)
                since = s.now()
                change()
                deals, items = s.read(since)
                assert ref in {one.ref for one in deals} | {one.ref for one in items}

    def test_the_time_of_a_read_is_inclusive(self) -> None:
        with self.scene() as s:
            ref = s.play.create("A deal", "Lead")
            item = s.opened(ref, "one")["one"]
            deals, items = s.read(s.deal(ref).updated)
            assert [deal.ref for deal in deals] == [ref]
            deals, items = s.read(item.updated)
            assert [one.ref for one in items] == [item.ref]

    def test_a_read_that_breaks_raises_at_whatever_page(self) -> None:
        for kind in (Trouble.UNAVAILABLE, Trouble.DROPPED, Trouble.LOST, Trouble.DENIED):
            with self.scene() as s:
                _pages(s)
                for after in (0, 1):
                    s.play.trouble(kind, Requests.READS, after=after)
                    s.fails(s.read)
                    s.play.calm()
                assert len(s.read()[0]) == s.play.page + 3

    def test_nobody_reads_nothing(self) -> None:
        with self.scene() as s:
            s.play.create("A deal", "Lead")
            s.play.trouble(Trouble.DENIED, Requests.READS)
            assert isinstance(s.fails(s.read), TrackerDenied), "an empty answer proves nothing"
            assert isinstance(s.fails(lambda: s.look("1")), TrackerDenied)

    def test_items_without_our_key_are_not_ours(self) -> None:
        with self.scene() as s:
            deal = s.play.create("A deal", "Lead")
            s.play.jot(deal, "By hand")
            ours = s.opened(deal, "one")["one"]
            assert [item.ref for item in s.look(deal).items] == [ours.ref]
            assert [item.ref for item in s.read()[1]] == [ours.ref]

    def test_duplicates_are_told_and_none_is_picked(self) -> None:
        with self.scene() as s:
            deal = s.play.create("A deal", "Lead")
            first = s.opened(deal, "one")["one"]
            second = s.play.duplicate(first.ref)
            s.play.tick(second)
            for items in (s.look(deal).items, s.read()[1]):
                assert {(item.ref, item.key, item.mark) for item in items} == {
                    (first.ref, item_key(deal, "one"), Mark.OPEN),
                    (second, item_key(deal, "one"), Mark.TICKED),
                }

    def test_a_clone_carries_the_key_of_the_deal_it_was_made_of(self) -> None:
        with self.scene() as s:
            deal = s.play.create("A deal", "Lead")
            s.opened(deal, "one")
            twin = s.play.clone(deal)
            assert twin != deal

            def copies(items: list[ChecklistItem]) -> list[str]:
                return [item.key for item in items if item.deal == twin]

            assert copies(list(s.look(deal, twin).items)) == [item_key(deal, "one")]
            assert copies(s.read()[1]) == [item_key(deal, "one")]
            assert [item.deal for item in s.look(deal).items] == [deal]

    def test_names_that_people_change_are_read(self) -> None:
        with self.scene() as s:
            deal = s.play.create("A deal", "Lead")
            item = s.opened(deal, "one")["one"]
            s.play.retitle(deal, "Another name")
            s.play.rename(item.ref, "Another item")
            after = s.item(deal, "one")
            renamed = s.deal(deal)
            assert "Another name" in {renamed.title, renamed.label}
            assert (after.ref, after.key, after.title) == (item.ref, item.key, "Another item")

    def test_marks_are_told_apart(self) -> None:
        with self.scene() as s:
            deal = s.play.create("A deal", "Lead")
            items = s.opened(deal, "open", "ticked", "unticked", "waived", "retired")
            s.play.tick(items["ticked"].ref)
            s.play.tick(items["unticked"].ref)
            s.play.untick(items["unticked"].ref)
            s.play.waive(items["waived"].ref)
            s.apply(s.retire(items["retired"]))
            assert {key: item.mark for key, item in s.items(deal).items()} == {
                "open": Mark.OPEN,
                "ticked": Mark.TICKED,
                "unticked": Mark.OPEN,
                "waived": Mark.WAIVED,
                "retired": Mark.RETIRED,
            }

    def test_a_look_sees_what_a_search_does_not_show_yet(self) -> None:
        with self.scene() as s:
            deal = s.play.create("A deal", "Lead")
            item = s.opened(deal, "one")["one"]
            s.play.lag()
            s.play.move(deal, "Work")
            s.play.tick(item.ref)
            opened = s.one(opening(deal, "two"))
            assert s.deal(deal).stage == s.stage("Work")
            found = s.items(deal)
            assert found["one"].mark is Mark.TICKED
            assert found["two"].ref == opened.ref

    def test_a_look_sees_what_a_search_forgot(self) -> None:
        with self.scene() as s:
            deal = s.play.create("A deal", "Lead")
            item = s.opened(deal, "one")["one"]
            s.play.forget([deal, item.ref])
            look = s.look(deal)
            assert [one.ref for one in look.deals] == [deal]
            assert [one.ref for one in look.items] == [item.ref]
            assert look.absent == ()

    def test_a_look_names_what_is_gone(self) -> None:
        with self.scene() as s:
            there, gone = s.play.create("A deal", "Lead"), s.play.create("A deal", "Lead")
            s.opened(gone, "one")
            s.play.delete_deal(gone)
            look = s.look(gone, there)
            assert [deal.ref for deal in look.deals] == [there]
            assert look.absent == (gone,)
            assert look.items == ()

    def test_a_deleted_item_is_gone_from_a_look(self) -> None:
        with self.scene() as s:
            deal = s.play.create("A deal", "Lead")
            items = s.opened(deal, "one", "two")
            s.play.delete_item(items["one"].ref)
            assert set(s.items(deal)) == {"two"}

    def test_a_look_holds_many_deals_with_all_their_items(self) -> None:
        with self.scene() as s:
            refs = _pages(s)
            wanted = refs[:-1][:100]
            s.opened(refs[0], *(f"i{number}" for number in range(25)))
            s.opened(refs[-1], "not", "asked", "for")
            look = s.look(*wanted)
            assert {deal.ref for deal in look.deals} == set(wanted)
            assert len(look.items) == 25
            assert look.absent == ()

    def test_a_look_is_all_or_an_error(self) -> None:
        for kind in (Trouble.UNAVAILABLE, Trouble.DROPPED, Trouble.DENIED):
            with self.scene() as s:
                deal = s.play.create("A deal", "Lead")
                s.opened(deal, "one")
                whole = s.look(deal)
                s.play.sent()
                s.look(deal)
                for after in range(s.play.sent().reads):
                    s.play.trouble(kind, Requests.READS, after=after)
                    s.fails(partial(s.look, deal))
                    s.play.calm()
                assert s.look(deal) == whole

    def test_reading_writes_nothing(self) -> None:
        with self.scene() as s:
            deal = s.play.create("A deal", "Lead")
            item = s.opened(deal, "one")["one"]
            s.play.sent()
            s.read()
            s.look(deal)
            s.tracker.history(s.pipeline, [deal], [item.ref])
            s.tracker.find_explanation(s.pipeline, deal, "a1b2c3")
            assert s.play.sent().writes == 0

    def test_history_tells_moves_oldest_first_with_their_authors(self) -> None:
        with self.scene() as s:
            deal = s.play.create("A deal", "Lead")
            s.play.move(deal, "Talks", by="anna")
            s.play.move(deal, "Work", by="boris")
            s.apply(s.returning(deal, "Work", "Talks"))
            history = s.tracker.history(s.pipeline, [deal], [])
            if history is None:
                return
            lead, talks, work = s.stage("Lead"), s.stage("Talks"), s.stage("Work")
            people, bot = s.binding.people, s.identity.account
            told = [
                (move.before, move.after, move.author, move.ours) for move in history.moves[deal]
            ]
            assert told == [
                (lead, talks, people["anna"], False),
                (talks, work, people["boris"], False),
                (work, talks, bot, True),
            ]
            times = [move.at for move in history.moves[deal]]
            assert times == sorted(times)
            assert all(at.utcoffset() == timedelta(0) for at in times)

    def test_history_tells_markings_oldest_first_with_their_authors(self) -> None:
        with self.scene() as s:
            deal = s.play.create("A deal", "Lead")
            item = s.opened(deal, "one")["one"].ref
            s.play.tick(item, by="anna")
            s.play.untick(item, by="boris")
            s.play.waive(item, by="vera")
            history = s.tracker.history(s.pipeline, [], [item])
            if history is None:
                return
            told = [(one.before, one.after, one.author) for one in history.markings[item]]
            people = s.binding.people
            assert told == [
                (Mark.OPEN, Mark.TICKED, people["anna"]),
                (Mark.TICKED, Mark.OPEN, people["boris"]),
                (Mark.OPEN, Mark.WAIVED, people["vera"]),
            ]

    def test_history_of_what_is_gone_does_not_hide_the_rest(self) -> None:
        with self.scene() as s:
            there, gone = s.play.create("A deal", "Lead"), s.play.create("A deal", "Lead")
            s.play.move(there, "Talks")
            s.play.delete_deal(gone)
            history = s.tracker.history(s.pipeline, [gone, there], [])
            assert history is None or len(history.moves[there]) == 1

    def test_history_fails_or_is_whole(self) -> None:
        with self.scene() as s:
            deal = s.play.create("A deal", "Lead")
            s.play.move(deal, "Talks")
            if s.tracker.history(s.pipeline, [deal], []) is None:
                return
            s.play.trouble(Trouble.UNAVAILABLE, Requests.READS)
            s.fails(lambda: s.tracker.history(s.pipeline, [deal], []))
