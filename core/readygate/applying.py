"""The writing half of a run: plan, check limits, look again, apply, record.

With `dry` everything is planned and looked at, and nothing is sent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace

from readygate.action import (
    Accept,
    Action,
    Adopt,
    Amend,
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
    kind_of,
)
from readygate.entitlement import entitled_gates
from readygate.errors import Finding, Refusal
from readygate.gate import Verdict
from readygate.learn import learn
from readygate.memory import DealMemory, Standing
from readygate.pipeline import Guard
from readygate.plan import Context, DealPlan, explain, plan_deal, strayed
from readygate.ports import Clock, Event, Ledger, Tracker
from readygate.reading import CHUNK, LOOK_BATCH, Reading, batched

LOOK_GOOD_FOR = 5.0
"""Seconds after which nothing is moved on the strength of a look."""

SETTLE_AFTER = 50
"""Outcomes written to the ledger in one transaction: as many as one request can create."""


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
        self._key = context.pipeline.key
        self._reading = reading
        self._tracker = tracker
        self._ledger = ledger
        self._clock = clock
        self._run = run
        self._told = told
        self._dry = dry
        self._force = force
        self._plans: dict[str, DealPlan] = {}
        self._live: dict[str, DealMemory] = {}
        self._opens: list[Open] = []
        self._amends: list[Amend] = []
        self._tells: list[Tell] = []
        self._explains: list[str] = []
        self._undone: set[str] = set()
        self._refused: set[str] = set()
        self._unlooked: set[str] = set()
        self._spent: Counter[str] = Counter()
        self._stopped = ""
        self._events: list[Event] = []
        self.actions: list[Action] = []
        self.outcomes: list[Outcome] = []
        self.refusals: list[Refusal] = []
        self.findings: list[Finding] = []

    def plan(self, touched: Collection[str]) -> None:
        """Plan every touched deal, and remember that it has something pending."""
        for done, chunk in enumerate(batched(set(touched), CHUNK)):
            self._told("planning", done * CHUNK, len(touched))
            self._plan_chunk(self._ledger.memories(self._key, chunk))
        if self._context.known_until is None and not self._context.distrust:
            self._doubt()
        self._lost()
        self._limit()

    def apply(self) -> None:
        """Carry out what was planned; deals that need it are looked at first."""
        quick = {ref: plan for ref, plan in self._plans.items() if not plan.look}
        self._unlooked = set(quick)
        slow = [ref for ref, plan in self._plans.items() if plan.look]
        for ref, plan in quick.items():
            self._take(ref, plan)
        self._record([ref for ref in quick if ref in self._live])
        queue, size = slow, LOOK_BATCH
        total = len(slow)
        while queue and not self._stopped:
            self._told("looking again", total - len(queue), total)
            batch, queue = queue[:size], queue[size:]
            late = self._looked(batch)
            if late and size == 1:
                self._too_slow(late)
            elif late:
                queue, size = [*late, *queue], max(1, size // 2)
        for ref in queue:
            self.actions += self._plans[ref].actions
            self._skip(self._plans[ref].actions)
        self._flush()
        self._explain()
        self._exceeded()
        self._close()
        self._doubt_failures()

    def _plan_chunk(self, memories: dict[str, DealMemory]) -> None:
        changed: list[DealMemory] = []
        for ref, memory in memories.items():
            plan = plan_deal(self._context, memory)
            pending = bool(plan.actions or plan.look)
            if plan.actions or plan.look:
                self._plans[ref] = plan
            else:
                self._plans.pop(ref, None)
                self.findings += plan.findings
            kept = replace(plan.memory, pending=pending)
            if kept != memory:
                changed.append(kept)
        self._ledger.save(self._key, changed)

    def _doubt(self) -> None:
        """On the first run of a ledger, look whether an earlier ledger has left items behind.

        A search index may forget what it showed, so a sample is read from the consistent end. If
        it has items of ours, the ledger was lost, and every deal is looked at before it is placed.
        """
        sample = [
            ref
            for ref, plan in self._plans.items()
            if not plan.look and any(isinstance(action, Open) for action in plan.actions)
        ][:LOOK_BATCH]
        if not sample:
            return
        looked = self._reading.look(sample)
        found = any(memory.items for memory in looked.values())
        self._context = replace(self._context, distrust=found)
        again = set(self._plans) if found else set(sample)
        for chunk in batched(again, CHUNK):
            self._plan_chunk(self._ledger.memories(self._key, chunk))

    def _lost(self) -> None:
        """Say so when deals that are placed now carry items that an earlier ledger has opened."""
        adopted = [
            ref
            for ref, plan in self._plans.items()
            if plan.memory.standing is Standing.NEW
            and plan.memory.items
            and any(isinstance(action, Adopt) for action in plan.actions)
        ]
        if adopted:
            text = (
                f"{len(adopted)} deals carry items of ours that the ledger did not know: it is new,"
                " or was lost or restored. The items are kept, the deals are adopted where they"
                " stand"
            )
            self.findings.append(Finding("ledger-lost", text))

    def _limit(self) -> None:
        limits = self._context.pipeline.limits
        opens = returns = 0
        for plan in self._plans.values():
            opens += sum(isinstance(action, Open) for action in plan.actions)
            returns += any(_judges(action) for action in plan.actions)
        if self._force:
            return
        if returns > limits.returns:
            self._refuse("returns", returns, limits.returns)
        if opens > limits.opens:
            self._refuse("opens", opens, limits.opens)

    def _refuse(self, kind: str, count: int, limit: int) -> None:
        key = self._key
        self._refused.add(kind)
        consent = (
            f"Look at `readygate plan --pipeline {key}`; if it is right, consent to this run:"
            f" `readygate sync --pipeline {key} --force`"
        )
        ways = [consent]
        told = any(plan.memory.updated for plan in self._plans.values())
        if kind == "opens" and told:  # without times of change nothing can be narrowed
            ways.append(
                "Or narrow whose checklists are opened at once, in the config:"
                f" pipelines.{key}.adopt: {{updated_within: 30d}}"
            )
        else:
            ways.append(f"Or raise pipelines.{key}.limits.{kind} in the config")
        self.refusals.append(Refusal(key, kind, count, limit, tuple(ways)))

    def _looked(self, batch: Sequence[str]) -> list[str]:
        """Look at deals, plan them again and apply; gives those for which the look got too old."""
        looked_at = self._clock.monotonic()
        seen = self._reading.prove_waivers(self._reading.look(batch))
        memories = {ref: seen[ref] for ref in batch if ref in seen}
        plans = {ref: plan_deal(self._context, memory) for ref, memory in memories.items()}
        plans.update(self._ask_the_past(memories, plans))
        moves: dict[str, list[TrackerAction]] = {}
        for ref, plan in plans.items():
            self._keep(ref, plan, memories[ref])
            moves[ref] = self._take(ref, plan)
            if plan.decision and plan.decision.verdict is Verdict.UNKNOWN:
                self._undone.add(ref)  # what settles it may not show in a search: ask every run
        self._record(list(plans))
        if self._dry:
            return []
        return self._move(moves, looked_at)

    def _ask_the_past(
        self, memories: dict[str, DealMemory], plans: dict[str, DealPlan]
    ) -> dict[str, DealPlan]:
        """Plan again, knowing the history, what is about to be returned or explained."""
        asked = [
            ref
            for ref, plan in plans.items()
            if any(_judges(action) for action in plan.actions)
            or strayed(self._context, memories[ref])
        ]
        if not asked:
            return {}
        history = self._reading.history([memories[ref] for ref in asked])
        if history is None:
            return {ref: plan_deal(self._context, memories[ref], ours=False) for ref in asked}
        found: dict[str, DealPlan] = {}
        for ref in asked:
            memory = memories[ref]
            moves = history.moves.get(ref, ())
            entitled = entitled_gates(
                self._context.book,
                self._context.pipeline,
                plans[ref].crossing,
                memory,
                history=history,
                accounts=self._context.accounts,
                ours=self._context.ours,
            )
            ours = bool(moves and moves[-1].ours)
            found[ref] = plan_deal(self._context, memory, entitled=entitled, ours=ours)
        return found

    def _keep(self, ref: str, plan: DealPlan, memory: DealMemory) -> None:
        self._plans[ref] = plan
        self._live[ref] = replace(plan.memory, pending=memory.pending or bool(plan.actions))

    def _take(self, ref: str, plan: DealPlan) -> list[TrackerAction]:
        """Sort the final actions of a deal; do what only the ledger needs; give what moves."""
        self.findings += plan.findings
        memory = self._live.get(ref, replace(plan.memory, pending=bool(plan.actions)))
        moves: list[TrackerAction] = []
        for action in plan.actions:
            self.actions.append(action)
            if self._over(action):
                self._undone.add(ref)
                if not self._dry:
                    message = "over the limit of this run"
                    self.outcomes.append(Outcome(action, Status.REFUSED, message=message))
            elif self._dry:
                continue
            elif isinstance(action, Adopt | Accept):
                memory = learn(memory, action, Outcome(action, Status.DONE), self._clock.now())
                self.outcomes.append(Outcome(action, Status.DONE))
                self._events.append(self._event(self.outcomes[-1]))
            elif isinstance(action, Open):
                self._opens.append(action)
            elif isinstance(action, Amend):
                self._amends.append(action)
            elif isinstance(action, Tell):
                self._tells.append(action)
            elif isinstance(action, Explain):
                self._explains.append(ref)
            else:
                moves.append(action)
                if isinstance(action, Return) and not action.request:
                    memory = replace(memory, walking=action.stage)
        self._live[ref] = memory
        return moves

    def _over(self, action: Action) -> bool:
        if self._force:
            return False
        if _judges(action) and "returns" in self._refused:
            return True
        kind = self._limited(action)
        if not kind:
            return False
        self._spent[kind] += 1
        return kind in self._refused or self._spent[kind] > self._allowed(kind)

    def _limited(self, action: Action) -> str:
        """The limit that this action counts against: a deal counts once against returns."""
        if isinstance(action, Open):
            return "opens"
        advises = self._context.pipeline.guard is Guard.ADVISE
        return "returns" if isinstance(action, Explain if advises else Return) else ""

    def _allowed(self, kind: str) -> int:
        limits = self._context.pipeline.limits
        return limits.opens if kind == "opens" else limits.returns

    def _exceeded(self) -> None:
        """Refuse what went over a limit only after the look; until then it seemed to fit."""
        for kind, count in sorted(self._spent.items()):
            if kind not in self._refused and count > self._allowed(kind):
                self._refuse(kind, count, self._allowed(kind))

    def _move(self, moves: dict[str, list[TrackerAction]], looked_at: float) -> list[str]:
        late: dict[str, None] = {}
        for kind in (Return, Grant, Retire, Restore):
            due = [action for some in moves.values() for action in some if isinstance(action, kind)]
            for batch in batched(due, max(1, self._tracker.moves_at_once)):
                if self._stopped:
                    self._skip(batch)
                elif self._clock.monotonic() - looked_at > LOOK_GOOD_FOR:
                    late.update(dict.fromkeys(action.deal for action in batch))
                else:
                    self._send(batch)
        for ref in late:
            self._untake(ref)
        return list(late)

    def _untake(self, ref: str) -> None:
        """Forget the moves of a deal that will be looked at again; what is done stays done."""
        done = {id(outcome.action) for outcome in self.outcomes}
        mine = [action for action in self.actions if action.deal == ref and id(action) not in done]
        self.actions = [action for action in self.actions if not any(a is action for a in mine)]
        self._opens = [action for action in self._opens if action.deal != ref]
        self._amends = [action for action in self._amends if action.deal != ref]
        self._tells = [action for action in self._tells if action.deal != ref]
        self._explains = [other for other in self._explains if other != ref]
        for action in mine:
            kind = self._limited(action)
            if kind:
                self._spent[kind] -= 1

    def _too_slow(self, refs: Iterable[str]) -> None:
        message = "the tracker answers too slowly to move a deal safely; the next run tries again"
        for ref in refs:
            self._undone.add(ref)
            self.actions += self._plans[ref].actions
            self.outcomes += [
                Outcome(action, Status.STALE, message=message)
                for action in self._plans[ref].actions
                if not isinstance(action, Adopt | Accept)
            ]

    def _flush(self) -> None:
        due: tuple[Sequence[TrackerAction], ...] = (self._opens, self._amends, self._tells)
        for some in due:
            for done, batch in enumerate(batched(some, CHUNK)):
                self._told("writing items", done * CHUNK, len(some))
                self._send(batch)

    def _explain(self) -> None:
        """Moves before comments: what to write depends on what became of the moves."""
        returns = {
            outcome.action.deal: outcome.status
            for outcome in self.outcomes
            if isinstance(outcome.action, Return)
        }
        notes: list[TrackerAction] = []
        for ref in dict.fromkeys(self._explains):
            status = returns.get(ref, Status.DONE)
            if status not in {Status.DONE, Status.FAILED}:
                self._put_off(ref, status)
                continue
            memory = self._live[ref]
            note = explain(self._context, memory, moved=True) if status is Status.DONE else None
            note = note or explain(self._context, memory, moved=False)
            if note and (ref in returns or not self._found(note)):
                notes.append(note)
        for batch in batched(notes, CHUNK):
            self._send(batch)

    def _found(self, note: Explain) -> bool:
        """Look up what an earlier run may have written: its ledger may have been restored since."""
        pipeline = self._context.pipeline
        if note.edit or not self._live[note.deal].attempt:
            return False
        ref = self._tracker.find_explanation(pipeline, note.deal, note.attempt)
        if ref is None:
            return False
        outcome = Outcome(note, Status.DONE, ref, message="it was there already")
        memory = learn(self._live[note.deal], note, outcome, self._clock.now())
        self._live[note.deal] = memory
        self.outcomes.append(outcome)
        self._ledger.save(self._key, [memory], [self._event(outcome)])
        return True

    def _put_off(self, ref: str, status: Status) -> None:
        """What became of the return is not known, or it was not tried: explain it another time."""
        self._undone.add(ref)
        status = Status.STALE if status is Status.STALE else Status.SKIPPED
        message = "not tried: the return it explains was not done"
        self.outcomes += [
            Outcome(action, status, message=message)
            for action in self._plans[ref].actions
            if isinstance(action, Explain)
        ]

    def _send(self, actions: Sequence[TrackerAction]) -> None:
        """Write the intents, act, write the outcomes as they come."""
        if self._stopped:
            self._skip(actions)
            return
        ids = self._ledger.intend(self._run, self._key, actions, self._clock.now())
        settled: dict[int, Outcome] = {}
        for intent, outcome in zip(
            ids, self._tracker.apply(self._context.pipeline, actions), strict=True
        ):
            settled[intent] = outcome
            self.outcomes.append(outcome)
            if outcome.stops:
                self._stopped = outcome.stops
            if len(settled) == SETTLE_AFTER:
                self._settle(settled)
                settled = {}
        self._settle(settled)

    def _settle(self, settled: dict[int, Outcome]) -> None:
        if not settled:
            return
        now = self._clock.now()
        events: list[Event] = []
        for outcome in settled.values():
            ref = outcome.action.deal
            if outcome.status is Status.DONE:
                name = ""
                if isinstance(outcome.action, Return | Grant):
                    name = self._context.name(outcome.action.stage)
                self._live[ref] = learn(self._live[ref], outcome.action, outcome, now, name)
            else:
                self._undone.add(ref)
            events.append(self._event(outcome))
        touched = {outcome.action.deal for outcome in settled.values()}
        memories = [self._live[ref] for ref in touched]
        self._ledger.settle(self._key, settled, memories, events)

    def _skip(self, actions: Iterable[Action]) -> None:
        message = f"not tried: the tracker is {self._stopped}"
        for action in actions:
            self._undone.add(action.deal)
            self.outcomes.append(Outcome(action, Status.SKIPPED, message=message))

    def _record(self, refs: Sequence[str]) -> None:
        """Save what the ledger alone learned, with its history."""
        if self._dry:
            return
        self._ledger.save(self._key, [self._live[ref] for ref in refs], self._events)
        self._events = []

    def _close(self) -> None:
        if self._dry:
            return
        finished = [
            replace(memory, pending=False)
            for ref, memory in self._live.items()
            if ref not in self._undone and memory.pending
        ]
        for batch in batched(finished, CHUNK):
            self._ledger.save(self._key, batch)

    def _doubt_failures(self) -> None:
        """Look at deals whose writes failed without a look: they or their items may be gone."""
        failed = {
            outcome.action.deal
            for outcome in self.outcomes
            if outcome.status is Status.FAILED and outcome.action.deal in self._unlooked
        }
        if self._stopped:
            return
        for batch in batched(failed, LOOK_BATCH):
            self._reading.look(batch)

    def _event(self, outcome: Outcome) -> Event:
        action = outcome.action
        text = f"{kind_of(action)}: {outcome.status}: {action.reason}"
        if outcome.message:
            text += f" ({outcome.message})"
        data: dict[str, object] = {"status": str(outcome.status), "reason": action.reason}
        if isinstance(action, Open | Retire | Restore | Amend):
            data["item"] = action.item
        plan = self._plans.get(action.deal)
        if isinstance(action, Return | Accept | Grant) and plan and plan.decision:
            data["seen"] = [
                {"item": reason.item, "why": str(reason.why), "owes": reason.owes}
                for reason in plan.decision.reasons
            ]
        now = self._clock.now()
        return Event(self._key, action.deal, action.label, kind_of(action), text, data, now)


def _judges(action: Action) -> bool:
    """Whether an action tells people that their move was premature."""
    return isinstance(action, Return | Explain)
