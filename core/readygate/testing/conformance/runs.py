"""Whole runs through a connector: a story undisturbed, with answers lost, and killed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from readygate.action import Status
from readygate.contract import ContractBook
from readygate.deal import Mark
from readygate.errors import ConfigError
from readygate.ports import Ledger, Tracker
from readygate.report import PipelineReport, RunReport
from readygate.run import Options, Setup, run_once
from readygate.testing.conformance.playground import Playground, Requests, Trouble
from readygate.testing.conformance.promise import Promises
from readygate.testing.conformance.story import UNNAMED, Scene, book
from readygate.testing.ledger import MemoryLedger

MOST_REQUESTS = 60
"""No run of the story sends more; one that does is not looked at beyond this."""

_KEPT = ("begin", "forget", "intend", "save", "save_binding", "save_state", "settle")


class Killed(BaseException):
    """The process is gone."""


@dataclass
class Doom:
    """Kills at the n-th event (from 1), once; counts all of them."""

    at: int = 0
    count: int = 0

    def __call__(self) -> None:
        """One more has happened."""
        self.count += 1
        if self.count == self.at:
            raise Killed


class DyingLedger:
    """A ledger that is killed right after it has kept something."""

    def __init__(self, ledger: MemoryLedger, doom: Doom) -> None:
        self._ledger = ledger
        self._doom = doom

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._ledger, name)
        if name not in _KEPT:
            return method

        def kept(*given: Any, **named: Any) -> Any:
            answer = method(*given, **named)
            self._doom()
            return answer

        return kept


class Tale:
    """One playground in which runs happen one after another."""

    def __init__(self, play: Playground) -> None:
        self.play = play
        self.ledger = MemoryLedger()
        self.book = book()
        self.stamp = "1"
        self.deal = ""
        self._runs = 0

    def change(self, changed: ContractBook) -> None:
        """The admin edits the contract."""
        self.book = changed
        self.stamp += "'"

    def report(
        self,
        *,
        connect: Callable[[], Tracker] | None = None,
        ledger: Ledger | None = None,
        dry: bool = False,
    ) -> RunReport:
        """One run, a minute after the last."""
        self.play.advance(60)
        self._runs += 1
        return run_once(
            Setup(self.book, (self.play.pipeline,), {"en": str}, self.stamp),
            {"main": connect or self.play.connect},
            ledger or self.ledger,
            self.play.clock,
            run=f"r{self._runs}",
            options=Options(dry=dry),
        )

    def run(self, *, dry: bool = False) -> PipelineReport:
        """One run of which nothing may fail."""
        (tracker,) = self.report(dry=dry).trackers
        assert tracker.error is None, tracker.error
        (found,) = tracker.pipelines
        assert found.error is None, found.error
        bad = [one for one in found.outcomes if one.status is not Status.DONE]
        assert not bad, bad
        return found

    def marks(self, deal: str = "") -> dict[str, Mark]:
        """Item key -> mark of every item of ours; a key twice is an error."""
        found = Scene(self.play).items(deal or self.deal)
        return {key: item.mark for key, item in sorted(found.items())}

    def item(self, key: str, deal: str = "") -> str:
        """The ref of an item."""
        return Scene(self.play).item(deal or self.deal, key).ref

    def tick(self, *keys: str) -> None:
        """People tick items of the deal."""
        for key in keys:
            self.play.tick(self.item(key))

    def end(self) -> tuple[object, ...]:
        """Everything that counts in the end."""
        titles = sorted(item.title for item in self.play.items(self.deal))
        comments = self.play.comments(self.deal)
        return (self.play.stage_of(self.deal), self.marks(), titles, len(comments))

    # The steps of the story; each is followed by a run.

    def begins(self) -> None:
        """A deal comes in."""
        self.deal = self.play.create("A deal", "Lead", "Site")

    def hurries(self) -> None:
        """It is moved too early, past two gates."""
        self.play.move(self.deal, "Work")

    def passes(self) -> None:
        """What it lacked is ticked, and it is moved again."""
        self.tick("checklist")
        self.play.move(self.deal, "Talks")

    def hurries_again(self) -> None:
        """It is moved with one of two things done."""
        self.tick("brand")
        self.play.move(self.deal, "Work")

    def needs_less(self) -> None:
        """An item with a tick is no longer asked for, and another is worded anew."""
        self.play.set_service(self.deal, "Design")
        self.change(book("Signed contract, both pages"))

    def needs_it_again(self) -> None:
        """It is asked for again."""
        self.play.set_service(self.deal, "Site")

    def arrives(self) -> None:
        """All is ticked."""
        self.tick("contract")
        self.play.move(self.deal, "Work")

    @property
    def steps(self) -> tuple[Callable[[], None], ...]:
        """The story in order."""
        return (
            self.begins,
            self.hurries,
            self.passes,
            self.hurries_again,
            self.needs_less,
            self.needs_it_again,
            self.arrives,
        )


END = (
    "Work",
    {
        "brand": Mark.TICKED,
        "checklist": Mark.TICKED,
        "contract": Mark.TICKED,
        "informal": Mark.OPEN,
    },
    ["Brand kit", "Informal agreements", "Lead checklist", "Signed contract, both pages"],
    2,
)


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

    def test_the_story_with_a_lost_answer_in_every_run(self) -> None:
        for kind in (Trouble.LOST, Trouble.DROPPED):
            self._told_with(partial(_spoiled, kind))

    def test_the_story_killed_after_every_request(self) -> None:
        self._told_with(_killed_after_request)

    def test_the_story_killed_after_everything_it_has_written_down(self) -> None:
        self._told_with(_killed_after_record)

    def _told_with(self, disturbed: Callable[[Tale, int], bool]) -> None:
        """Disturb the n-th moment of every run, run again; n grows until no run has so many."""
        for moment in range(1, MOST_REQUESTS):
            with self.playground() as play:
                tale = Tale(play)
                struck = False
                for step in tale.steps:
                    step()
                    struck |= disturbed(tale, moment)
                    tale.run()
                assert tale.end() == END, f"disturbed at {moment}"
                assert tale.run().actions == ()
            if not struck:
                assert moment > 1, "nothing was ever disturbed"
                return


def _spoiled(kind: Trouble, tale: Tale, moment: int) -> bool:
    tale.play.trouble(kind, Requests.WRITES, after=moment - 1, count=1)
    tale.play.sent()
    (tracker,) = tale.report().trackers
    assert tracker.error is None, tracker.error
    tale.play.calm()
    return tale.play.sent().writes >= moment


def _killed_after_request(tale: Tale, moment: int) -> bool:
    doom = Doom(moment)
    return _killed(lambda: tale.report(connect=lambda: tale.play.connect(doom)))


def _killed_after_record(tale: Tale, moment: int) -> bool:
    ledger = DyingLedger(tale.ledger, Doom(moment))
    return _killed(lambda: tale.report(ledger=cast("Ledger", ledger)))


def _killed(run: Callable[[], object]) -> bool:
    try:
        run()
    except Killed:
        return True
    return False
