"""The order of the writing half of a run: what is done to which deals, and when.

With `dry` everything is planned and looked at, and nothing is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from readygate.action import (
    Accept,
    Action,
    Adopt,
    Amend,
    Announce,
    Declare,
    Explain,
    Grant,
    Open,
    Outcome,
    Restore,
    Retire,
    Return,
    Status,
    Tell,
    TrackerAction,
)
from readygate.applying.doing import Doing
from readygate.applying.evidence import witnessed
from readygate.applying.limits import Allowance
from readygate.applying.looking import Looked, look_again
from readygate.applying.planning import Planning
from readygate.deal import LOOK_GOOD_FOR
from readygate.errors import Refusal
from readygate.gate import Verdict
from readygate.memory import Attempt, DealMemory
from readygate.plan import Context, Due, explain
from readygate.ports import Clock, Ledger, Tracker
from readygate.reading import CHUNK, LOOK_BATCH, Reading, batched

MOVES = (Return, Grant, Retire, Restore)
"""What must not follow an old look, in the order in which it is done."""

MOVED_AFTER_A_LOOK = 50
"""Moves on the strength of one look: where each is a request of 80 ms it lasts for that, and what
it did not last for has to be looked at a second time."""


class Applying:
    """Plans and applies everything that is due in one pipeline."""

    def __init__(
        self,
        context: Context,
        reading: Reading,
        *,
        tracker: Tracker,
        ledger: Ledger,
        clock: Clock,
        run: str,
        told: Callable[[str, int, int | None], None],
        dry: bool,
        force: bool,
    ) -> None:
        self._context = context
        self._reading = reading
        self._tracker = tracker
        self._clock = clock
        self._told = told
        self._dry = dry
        self._ledger = ledger
        self._planning = Planning(context, reading, ledger=ledger, told=told)
        self._plans = self._planning.plans
        self._allowance = Allowance(context.pipeline, force=force)
        self._doing = Doing(context, tracker=tracker, ledger=ledger, clock=clock, run=run)
        self._opens: list[Open] = []
        self._amends: list[Amend] = []
        self._words: list[Tell | Declare | Announce] = []
        self._explains: dict[str, Attempt | None] = {}
        self._with_items: set[str] = set()
        self._unlooked: set[str] = set()
        self.actions: list[Action] = []
        self.findings = self._planning.findings

    @property
    def outcomes(self) -> list[Outcome]:
        """What became of the actions so far."""
        return self._doing.outcomes

    @property
    def refusals(self) -> list[Refusal]:
        """The limits that were exceeded so far."""
        return self._allowance.refusals

    def plan(self, touched: Collection[str]) -> None:
        """Plan every touched deal, and remember that it has something pending."""
        self._planning.plan(touched)
        self._context = self._planning.context
        self._allowance.compare(self._plans.values())

    def apply(self) -> None:
        """Carry out what was planned; deals that need it are looked at first."""
        slow = [ref for ref, due in self._plans.items() if due.look]
        self._unlooked = self._plans.keys() - set(slow)
        for chunk in batched((ref for ref in self._plans if ref in self._unlooked), CHUNK):
            memories = self._ledger.memories(self._context.pipeline.key, chunk)
            for ref in chunk:
                due, memory = self._plans[ref], memories[ref]
                self._take(ref, due, replace(memory, pending=bool(due.actions)))
            self._save(chunk)
        self._look_and_move(slow)
        self._write()
        self._explain()
        self._allowance.close()
        if not self._dry:
            self._doing.close()
        self._doubt_failures()

    def _look_and_move(self, deals: Sequence[str]) -> None:
        """Look at deals in batches, smaller ones where the tracker is slow, and move them."""
        queue, size = list(deals), LOOK_BATCH
        while queue and not self._doing.stopped:
            self._told("looking again", len(deals) - len(queue), len(deals))
            batch = queue[: self._movable(queue[:size])]
            queue = queue[len(batch) :]
            late = self._looked(batch)
            if late and size == 1:
                self._too_slow(late)
            elif late:
                queue, size = [*late, *queue], max(1, size // 2)
        for ref in queue:
            self.actions += self._plans[ref].actions
            self._doing.skip(self._plans[ref].actions)

    def _movable(self, deals: Sequence[str]) -> int:
        """How many of these deals one look is likely to last for, one at least."""
        moves = 0
        for count, ref in enumerate(deals):
            moves += sum(isinstance(action, MOVES) for action in self._plans[ref].actions)
            if moves > MOVED_AFTER_A_LOOK and not self._dry:
                return max(1, count)
        return len(deals)

    def _looked(self, batch: Sequence[str]) -> list[str]:
        """Look at deals, plan them again and apply; gives those for which the look got too old."""
        looked_at, at = self._clock.monotonic(), self._clock.now()
        moves: list[TrackerAction] = []
        looked = look_again(self._context, self._reading, batch)
        for ref, one in looked.items():
            plan = one.plan
            due = self._plans[ref] = plan.due
            pending = one.memory.pending or bool(plan.actions)
            taken = self._take(ref, due, replace(plan.memory, pending=pending))
            moves += taken
            self._witness(one, taken, at)
            if plan.decision and plan.decision.verdict is Verdict.UNKNOWN:
                self._doing.undone.add(ref)  # what settles it may not show in a search
        self._gone(set(batch) - looked.keys())
        self._save(looked)
        return self._move(moves, looked_at)

    def _gone(self, refs: Collection[str]) -> None:
        """Deals that went between two looks: what the ledger knows of them now is newer."""
        self._doing.drop(refs)
        for ref in refs:
            self._explains.pop(ref, None)

    def _take(self, ref: str, due: Due, memory: DealMemory) -> list[TrackerAction]:
        """Sort the final actions of a deal; do what only the ledger needs; give what moves."""
        self._doing.begin(ref, memory, due)
        self.findings += due.findings
        moves: list[TrackerAction] = []
        for action in due.actions:
            self.actions.append(action)
            if self._allowance.refuses(action):
                self._doing.undone.add(ref)
                if not self._dry:
                    self._doing.leave([action], Status.REFUSED, "over the limit of this run")
            elif self._dry:
                continue
            elif isinstance(action, Adopt | Accept):
                self._doing.learn(action)
            elif isinstance(action, Open):
                self._opens.append(action)
            elif isinstance(action, Amend):
                self._amends.append(action)
            elif isinstance(action, Tell | Declare | Announce):
                self._words.append(action)
                if memory.items:
                    self._with_items.add(ref)
            elif isinstance(action, Explain):
                self._explains[ref] = memory.attempt
            else:
                moves.append(action)
                if isinstance(action, Return) and not action.request:
                    self._doing.walk(action)
        return moves

    def _witness(self, looked: Looked, taken: Sequence[TrackerAction], at: datetime) -> None:
        """Have the history tell what a deal is judged by, before it is."""
        ref = looked.memory.deal
        judged: list[Action] = [action for action in taken if isinstance(action, Return)]
        if ref in self._explains:
            judged += [action for action in looked.plan.actions if isinstance(action, Explain)]
        if judged:
            self._doing.witness(witnessed(self._context, looked, judged[0], at))

    def _save(self, refs: Iterable[str]) -> None:
        if self._dry:
            self._doing.memories.trim()
        else:
            self._doing.save(refs)

    def _move(self, moves: Sequence[TrackerAction], looked_at: float) -> list[str]:
        late: dict[str, None] = {}
        for kind in MOVES:
            due = [action for action in moves if isinstance(action, kind)]
            for batch in batched(due, max(1, self._tracker.moves_at_once)):
                if self._doing.stopped:
                    self._doing.skip(batch)
                elif self._clock.monotonic() - looked_at > LOOK_GOOD_FOR:
                    late.update(dict.fromkeys(action.deal for action in batch))
                else:
                    self._doing.send(batch)
        if late:
            self._untake(late)
        return list(late)

    def _untake(self, refs: Collection[str]) -> None:
        """Forget the moves of deals that will be looked at again; what is done stays done."""
        mine = self._not_done(action for action in self.actions if action.deal in refs)
        forgotten = {id(action) for action in mine}
        self.actions = [action for action in self.actions if id(action) not in forgotten]
        self._opens = [action for action in self._opens if action.deal not in refs]
        self._amends = [action for action in self._amends if action.deal not in refs]
        self._words = [action for action in self._words if action.deal not in refs]
        for ref in set(refs) - self._moved():
            self._explains.pop(ref, None)
        self._allowance.give_back(mine)

    def _not_done(self, actions: Iterable[Action]) -> list[Action]:
        """Those without an outcome; which is which tells their identity, as two may be equal."""
        done = {id(outcome.action) for outcome in self.outcomes}
        return [action for action in actions if id(action) not in done]

    def _moved(self) -> set[str]:
        """Deals that went back in this run: that is to be explained, whatever else is late."""
        return {
            outcome.action.deal
            for outcome in self.outcomes
            if isinstance(outcome.action, Return) and outcome.status is Status.DONE
        }

    def _too_slow(self, refs: Iterable[str]) -> None:
        message = "the tracker answers too slowly to move a deal safely; the next run tries again"
        moved = self._moved()
        for ref in refs:
            self._doing.undone.add(ref)
            actions = self._not_done(self._plans[ref].actions)
            self.actions += actions
            kept = (Adopt, Accept, *([Explain] if ref in moved else []))
            self._doing.leave(
                [one for one in actions if not isinstance(one, kept)], Status.STALE, message
            )

    def _write(self) -> None:
        """Everything that moves no deal and needs no look."""
        self._send("writing items", self._opens)
        self._send("writing items", self._amends)
        words = [word for word in self._words if not self._announced(word)]
        self._send("writing on deals", words)

    def _send(self, step: str, actions: Sequence[TrackerAction]) -> None:
        for done, batch in enumerate(batched(actions, CHUNK)):
            self._told(step, done * CHUNK, len(actions))
            self._doing.send(batch)

    def _explain(self) -> None:
        """Moves before comments: what to write depends on what became of the moves."""
        returns = {
            outcome.action.deal: outcome.status
            for outcome in self.outcomes
            if isinstance(outcome.action, Return)
        }
        notes: list[TrackerAction] = []
        for chunk in batched(self._explains.items(), CHUNK):
            self._doing.memories.load([ref for ref, _ in chunk])
            notes += self._notes(chunk, returns)
            self._doing.memories.trim()
        for batch in batched(notes, CHUNK):
            self._doing.send(batch)

    def _notes(
        self, deals: Iterable[tuple[str, Attempt | None]], returns: Mapping[str, Status]
    ) -> Iterator[Explain]:
        for ref, before in deals:
            status = returns.get(ref, Status.DONE)
            if status not in {Status.DONE, Status.FAILED}:
                self._put_off(ref, status)
                continue
            memory = self._doing.memories[ref]
            note = explain(self._context, memory, moved=True) if status is Status.DONE else None
            note = note or explain(self._context, memory, moved=False)
            new = ref in returns and note and (before is None or before.id != note.attempt)
            if note and (new or not self._found(note)):
                yield note

    def _found(self, note: Explain) -> bool:
        """Look up what an earlier run may have written: its ledger may have been restored since."""
        known = self._doing.memories[note.deal].attempt
        return bool(known and not note.edit) and self._was_written(note)

    def _announced(self, word: TrackerAction) -> bool:
        """Look up an announcement, unless no earlier ledger of this pipeline is known to be."""
        if not isinstance(word, Announce) or self._doing.stopped:
            return False
        context, known = self._context, word.deal in self._with_items
        first = context.known_until is None and not context.distrust and not known
        return not first and self._was_written(word)

    def _was_written(self, note: Explain | Announce) -> bool:
        ref = self._tracker.find_explanation(self._context.pipeline, note.deal, note.attempt)
        if ref is None:
            return False
        self._doing.found(Outcome(note, Status.DONE, ref, message="it was there already"))
        return True

    def _put_off(self, ref: str, status: Status) -> None:
        """What became of the return is not known, or it was not tried: explain it another time."""
        self._doing.undone.add(ref)
        status = Status.STALE if status is Status.STALE else Status.SKIPPED
        notes = [action for action in self._plans[ref].actions if isinstance(action, Explain)]
        self._doing.leave(notes, status, "not tried: the return it explains was not done")

    def _doubt_failures(self) -> None:
        """Look at deals whose writes failed without a look: they or their items may be gone."""
        failed = {
            outcome.action.deal
            for outcome in self.outcomes
            if outcome.status is Status.FAILED and outcome.action.deal in self._unlooked
        }
        if self._doing.stopped:
            return
        for batch in batched(failed, LOOK_BATCH):
            self._reading.look(batch)
