"""Promises about opening items: exactly one each, with our key from birth, never doubled."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from readygate.action import Status
from readygate.deal import Mark, item_key
from readygate.testing.conformance.playground import Requests, Trouble
from readygate.testing.conformance.promise import Promises
from readygate.testing.conformance.story import opening


class OpeningPromises(Promises):
    """`apply` with Open, and what every batch of actions promises."""

    def test_nothing_to_do_sends_nothing(self) -> None:
        with self.scene() as s:
            assert s.apply() == []
            sent = s.play.sent()
            assert (sent.reads, sent.writes) == (0, 0)

    def test_an_item_is_opened_with_all_that_it_carries(self) -> None:
        with self.scene() as s:
            deal = s.play.create("A deal", "Lead")
            boris = s.binding.people["boris"]
            action = replace(
                opening(deal, "scan", "Скан договора", "С обеими подписями."),
                assignee=boris,
                assignee_name="Boris Lykov",
                due=date(2026, 12, 1),
            )
            outcome = s.one(action)
            assert (outcome.status, outcome.stops) == (Status.DONE, "")
            item = s.item(deal, "scan")
            assert (outcome.ref, outcome.ref_label, outcome.url) == (item.ref, item.label, item.url)
            assert (item.key, item.deal) == (item_key(deal, "scan"), deal)
            assert (item.mark, item.stored, item.closed) == (Mark.OPEN, Mark.OPEN, False)
            assert (item.title, bool(item.assignee)) == ("Скан договора", True)
            (kept,) = s.play.items(deal)
            assert (kept.title, kept.text.strip()) == ("Скан договора", "С обеими подписями.")
            assert (kept.assignee, kept.due, kept.done) == ("boris", date(2026, 12, 1), False)

    def test_an_item_without_extras_is_opened(self) -> None:
        with self.scene() as s:
            deal = s.play.create("A deal", "Lead")
            assert s.one(opening(deal, "plain")).status is Status.DONE
            (kept,) = s.play.items(deal)
            assert (kept.text, kept.assignee, kept.due) == ("", "", None)

    def test_many_items_take_as_few_requests_as_the_tracker_allows(self) -> None:
        with self.scene() as s:
            deals = [s.play.create("A deal", "Lead") for _ in range(2)]
            count = s.play.opens_at_once * 2 + 1
            actions = [opening(deals[n % 2], f"i{n}") for n in range(count)]
            s.play.sent()
            outcomes = s.apply(*actions)
            assert {outcome.status for outcome in outcomes} == {Status.DONE}
            assert s.play.sent().writes == 3
            keys = {item.ref: item.key for item in s.look(*deals).items}
            assert [keys[outcome.ref] for outcome in outcomes] == [
                item_key(action.deal, action.item) for action in actions
            ]

    def test_opening_leaves_other_items_as_they_are(self) -> None:
        with self.scene() as s:
            deal = s.play.create("A deal", "Lead")
            first = s.opened(deal, "one", "two")
            s.play.tick(first["one"].ref)
            s.play.rename(first["two"].ref, "Renamed")
            before = {key: (item.mark, item.title) for key, item in s.items(deal).items()}
            s.opened(deal, "three")
            after = {key: (item.mark, item.title) for key, item in s.items(deal).items()}
            assert {key: after[key] for key in before} == before

    def test_a_lost_answer_is_unknown_and_found_by_key(self) -> None:
        with self.scene() as s:
            deal = s.play.create("A deal", "Lead")
            s.play.trouble(Trouble.LOST, Requests.WRITES)
            s.play.sent()
            outcomes = s.apply(opening(deal, "one"), opening(deal, "two"))
            assert [(one.status, one.ref) for one in outcomes] == [(Status.UNKNOWN, "")] * 2
            assert all(one.message for one in outcomes)
            s.play.calm()
            assert set(s.items(deal)) == {"one", "two"}
            assert len(s.play.items(deal)) == 2, "never sent again blindly"

    def test_a_dropped_request_is_unknown_and_not_found(self) -> None:
        with self.scene() as s:
            deal = s.play.create("A deal", "Lead")
            s.play.trouble(Trouble.DROPPED, Requests.WRITES)
            outcomes = s.apply(opening(deal, "one"), opening(deal, "two"))
            assert [one.status for one in outcomes] == [Status.UNKNOWN] * 2
            s.play.calm()
            assert s.items(deal) == {}
            assert s.play.items(deal) == ()

    def test_only_the_batch_without_an_answer_is_unknown(self) -> None:
        with self.scene() as s:
            deal = s.play.create("A deal", "Lead")
            size = s.play.opens_at_once
            actions = [opening(deal, f"i{number}") for number in range(size * 3)]
            s.play.trouble(Trouble.LOST, Requests.WRITES, after=1, count=1)
            outcomes = s.apply(*actions)
            expected = [Status.DONE] * size + [Status.UNKNOWN] * size + [Status.DONE] * size
            assert [one.status for one in outcomes] == expected
            s.play.calm()
            assert len(s.play.items(deal)) == size * 3

    def test_a_tracker_out_of_order_stops_the_rest(self) -> None:
        self._stops(Trouble.UNAVAILABLE, "unavailable")

    def test_being_denied_stops_the_rest(self) -> None:
        self._stops(Trouble.DENIED, "denied")

    def _stops(self, kind: Trouble, stops: str) -> None:
        with self.scene() as s:
            deal = s.play.create("A deal", "Lead")
            size = s.play.opens_at_once
            actions = [opening(deal, f"i{number}") for number in range(size * 3)]
            s.play.trouble(kind, Requests.WRITES, after=1)
            s.play.sent()
            outcomes = s.apply(*actions)
            assert [one.status for one in outcomes[:size]] == [Status.DONE] * size
            failed, skipped = outcomes[size : size * 2], outcomes[size * 2 :]
            assert {one.status for one in failed} <= {Status.FAILED, Status.SKIPPED, Status.UNKNOWN}
            assert stops in {one.stops for one in failed}
            assert [one.status for one in skipped] == [Status.SKIPPED] * size
            assert all(one.message for one in outcomes[size:])
            s.play.calm()
            assert len(s.play.items(deal)) == size

    def test_a_deal_that_is_gone_fails_alone(self) -> None:
        with self.scene() as s:
            there, gone = s.play.create("A deal", "Lead"), s.play.create("A deal", "Lead")
            s.play.delete_deal(gone)
            first, second, third = s.apply(
                opening(there, "one"), opening(gone, "one"), opening(there, "two")
            )
            assert (first.status, third.status) == (Status.DONE, Status.DONE)
            assert second.status in {Status.FAILED, Status.STALE}
            assert (second.stops, bool(second.message)) == ("", True)
            assert set(s.items(there)) == {"one", "two"}

    def test_a_long_or_broken_title_is_opened_all_the_same(self) -> None:
        with self.scene() as s:
            deal = s.play.create("A deal", "Lead")
            text = "“quotes” \\ {braces} <b>tags</b> 'single' \"double\" 🙂"
            outcomes = s.apply(
                opening(deal, "quoted", text),
                opening(deal, "lines", "One\nTwo"),
                opening(deal, "long", "x" * 600),
            )
            assert {one.status for one in outcomes} == {Status.DONE}
            items = s.items(deal)
            assert items["quoted"].title == text
            assert items["lines"].title.split() == ["One", "Two"]
            assert items["long"].title.startswith("x" * 200)

    def test_keys_of_any_spelling_are_found_again(self) -> None:
        with self.scene() as s:
            deal = s.play.create("A deal", "Lead")
            keys = {"скан", "a_b-c", "UPPER", "upper", "x1"}
            s.opened(deal, *sorted(keys))
            assert set(s.items(deal)) == keys
