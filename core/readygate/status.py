"""Tells where one deal stands: its stage, the verdict on the next gate, what is missing, who owes.

It judges what is remembered, by the same decision as a run; it never looks at a tracker.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import assert_never

from readygate.contract import ContractBook
from readygate.deal import Mark
from readygate.gate import Reason, Verdict, Why, ahead, decide
from readygate.memory import ANYBODY, DealMemory, Standing
from readygate.pipeline import Gate, Guard, Pipeline


class Whereabouts(StrEnum):
    """What kind of stage a deal stands in.

    `path`: a stage with a position. `finished`: the last of them, with no gate ahead. `exit`: lost
    or cancelled. `unnamed`: a stage the config does not know. `gone`: not in the pipeline any more.
    """

    PATH = "path"
    FINISHED = "finished"
    EXIT = "exit"
    UNNAMED = "unnamed"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Waiver:
    """An item that somebody let go. `counts` tells whether the gate accepts it.

    `by` is a name, an account that is no person of the config, or "" while it is not known.
    """

    item: str
    title: str
    by: str
    counts: bool


@dataclass(frozen=True, slots=True)
class DealStatus:
    """One deal as `readygate status` shows it. Stages are names here, never refs.

    `gate` is the process that waits behind the next gate, "" if none lies ahead; then `verdict`
    is None. `reasons` holds every item that gate asks for. `since` is when the deal came into its
    stage, `stood` how long ago that was. `requested` is the stage that people ask for.
    `installed`: whether the tracker keeps the guard, for one that lives there.
    """

    pipeline: str
    deal: str
    label: str
    title: str
    url: str
    stage: str
    accepted: str
    standing: Standing
    whereabouts: Whereabouts
    guard: Guard
    gate: str = ""
    gate_title: str = ""
    gate_stage: str = ""
    verdict: Verdict | None = None
    reasons: tuple[Reason, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    since: datetime | None = None
    stood: timedelta | None = None
    returned: int = 0
    requested: str = ""
    installed: bool = True

    @property
    def missing(self) -> tuple[Reason, ...]:
        """The items that keep the next gate closed."""
        return tuple(reason for reason in self.reasons if reason.blocks)

    @property
    def unclear(self) -> tuple[Reason, ...]:
        """Required items of which nobody can say yet whether they are complete."""
        return tuple(
            reason
            for reason in self.reasons
            if reason.required and not reason.satisfied and not reason.blocks
        )

    @property
    def is_open(self) -> bool:
        """Whether the deal is still on its way."""
        return self.whereabouts in {Whereabouts.PATH, Whereabouts.UNNAMED}


def gap_of(guard: Guard, *, installed: bool = True) -> str:
    """What a guard mode does and where it leaks, in one sentence for people.

    `installed` says whether the tracker keeps it, for a guard that lives there.
    """
    if guard.in_tracker and not installed:
        until = "NOT installed in the tracker: run `readygate guard install`; until then"
        return f"{until} {gap_of(Guard.RETURN)}"
    match guard:
        case Guard.RETURN:
            return "a deal that moves on too early stands there until the next run moves it back"
        case Guard.ADVISE:
            return "nothing is held back: a deal that moves on too early gets a comment and stays"
        case Guard.LOCKED:
            return (
                "people ask for a stage and our account alone moves the deal, as long as it alone"
                " may; whoever may lift that in the tracker can move a deal by hand, and then it"
                " stands there until the next run moves it back"
            )
        case Guard.BY_SUBTASKS:
            return (
                "once installed, the tracker hides the move while any subtask of the deal is open,"
                " ours or not, required or not; a deal whose items no run has opened yet, or whose"
                " items were waived by the wrong person, can pass, and the next run moves it back"
            )
        case Guard.BY_FIELD:
            return (
                "once installed, the tracker refuses the move until a run has written into the deal"
                " that its items are complete; one un-ticked since then can still pass, and the"
                " next run moves the deal back"
            )
        case _:
            assert_never(guard)


def status_of(
    book: ContractBook,
    pipeline: Pipeline,
    memory: DealMemory,
    accounts: Mapping[str, str],
    now: datetime,
    *,
    installed: bool = True,
) -> DealStatus:
    """Tell where a deal stands; `pipeline` is bound, `accounts` maps person keys to accounts.

    `installed` says whether the tracker keeps the guard, for one that lives there.
    """
    gates = pipeline.gates(book)
    placed = memory.standing is not Standing.NEW
    gate = next(iter(ahead(pipeline, gates, memory)), None) if placed else None
    whereabouts = _whereabouts(pipeline, memory, gate)
    names = book.names(accounts)
    accepted = pipeline.named(memory.accepted)
    decision = None
    if gate and whereabouts is not Whereabouts.GONE:
        decision = decide(book, (gate,), memory, accounts, spared=memory.spared)
    return DealStatus(
        pipeline=pipeline.key,
        deal=memory.deal,
        label=memory.label or memory.deal,
        title=memory.title,
        url=memory.url,
        stage=memory.stage_name,
        accepted=accepted.name if accepted else memory.accepted,
        standing=memory.standing,
        whereabouts=whereabouts,
        guard=pipeline.guard,
        gate=gate.key if gate else "",
        gate_title=book.processes[gate.key].title if gate else "",
        gate_stage=gate.stage if gate else "",
        verdict=decision.verdict if decision else None,
        reasons=decision.reasons if decision else (),
        waivers=_waivers(book, gates, memory, accounts, names),
        since=memory.stage_since,
        stood=now - memory.stage_since if memory.stage_since else None,
        returned=memory.attempt.times if memory.attempt else 0,
        requested=memory.requested_name,
        installed=installed,
    )


def _whereabouts(pipeline: Pipeline, memory: DealMemory, gate: Gate | None) -> Whereabouts:
    if memory.standing is Standing.GONE:
        return Whereabouts.GONE
    stage = pipeline.named(memory.stage)
    if stage is None:
        return Whereabouts.UNNAMED
    if stage.exit:
        return Whereabouts.EXIT
    last = pipeline.position(memory.stage) == len(pipeline.path) - 1
    if last and gate is None and memory.standing is Standing.PLACED:
        return Whereabouts.FINISHED
    return Whereabouts.PATH


def _waivers(
    book: ContractBook,
    gates: Sequence[Gate],
    memory: DealMemory,
    accounts: Mapping[str, str],
    names: Mapping[str, str],
) -> tuple[Waiver, ...]:
    """Every waiver on the deal, also behind gates that it has passed."""
    waived = {key: item for key, item in memory.items.items() if item.mark is Mark.WAIVED}
    if not waived:
        return ()
    decision = decide(book, gates, memory, accounts)
    counting = {reason.item for reason in decision.reasons if reason.why is Why.WAIVED}
    return tuple(
        Waiver(key, item.title, _waived_by(item.waived_by, names), key in counting)
        for key, item in waived.items()
    )


def _waived_by(account: str | None, names: Mapping[str, str]) -> str:
    if account is None:
        return ""
    if account == ANYBODY:
        return "somebody (this tracker cannot say who)"
    return names.get(account, account)
