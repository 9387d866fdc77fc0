"""A plan being made: each action is added as if all before it had succeeded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from readygate.action import Accept, Action, Adopt, Explain, Grant, Open, Outcome, Status
from readygate.errors import Finding
from readygate.gate import Decision, asked, decide
from readygate.learn import learn, learn_opened
from readygate.memory import DealMemory, Standing
from readygate.pipeline import Gate
from readygate.plan.context import Context


@dataclass(frozen=True, slots=True)
class Due:
    """What is due for one deal, without what is known of it: that is in the ledger.

    `unknown`: it is placed now and carries items of ours that the ledger did not know. `untouched`:
    nobody has changed it since it was adopted, so that `adopt.updated_within` could spare it.
    """

    actions: tuple[Action, ...]
    findings: tuple[Finding, ...]
    look: bool
    decision: Decision | None
    unknown: bool
    untouched: bool


@dataclass(frozen=True, slots=True)
class DealPlan:
    """What is due for one deal. `memory` is the one to keep whatever becomes of the actions."""

    memory: DealMemory
    actions: tuple[Action, ...] = ()
    findings: tuple[Finding, ...] = ()
    look: bool = False
    decision: Decision | None = None
    crossing: tuple[Gate, ...] = ()

    @property
    def due(self) -> Due:
        """The plan without the memory of the deal."""
        memory = self.memory
        adopts = any(isinstance(action, Adopt) for action in self.actions)
        return Due(
            self.actions,
            self.findings,
            self.look,
            self.decision,
            adopts and memory.standing is Standing.NEW and bool(memory.items),
            memory.updated is not None and (adopts or memory.adopted == memory.updated),
        )


@dataclass
class Draft:
    """A plan being made: `memory` runs ahead as if every action so far had succeeded.

    `request`: its stage is not where the deal stands, but what people ask for.
    """

    context: Context
    memory: DealMemory
    kept: DealMemory
    actions: list[Action] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    look: bool = False
    decision: Decision | None = None
    crossing: tuple[Gate, ...] = ()
    wanted: dict[str, str] = field(default_factory=dict)
    request: bool = False

    def add(self, action: Action, *, look: bool = False) -> None:
        """Plan one more action; with `look` the deal has to be looked at before."""
        if self.request and isinstance(action, Accept):
            action, look = _grant(action), True
        self.actions.append(action)
        self.look = self.look or look
        written = action.edit or action.attempt if isinstance(action, Explain) else ""
        done = Outcome(action, Status.DONE, written)
        self.memory = learn(self.memory, action, done, self.context.now)

    def open(self, actions: Sequence[Open]) -> None:
        """Plan to open several items."""
        self.actions += actions
        done = {one.item: (one, Outcome(one, Status.DONE)) for one in actions}
        self.memory = learn_opened(self.memory, done, self.context.now)

    def tell(self, code: str, text: str, **data: str) -> None:
        """Have something about this deal reported."""
        memory = self.memory
        self.findings.append(
            Finding(code, f"{memory.label}: {text}", memory.deal, memory.label, data)
        )

    def want(self, gates: Sequence[Gate]) -> None:
        """Have every item that these gates ask for opened."""
        for gate in gates:
            for item, receiver in asked(self.context.book, gate, self.memory.fields).items():
                self.wanted.setdefault(item, receiver)

    def decide(self, gates: Sequence[Gate]) -> Decision:
        """The decision over these gates, spared items left out."""
        context, memory = self.context, self.memory
        return decide(context.book, gates, memory, context.accounts, spared=memory.spared)

    def finish(self) -> DealPlan:
        """The plan as it stands."""
        return DealPlan(
            self.kept,
            tuple(self.actions),
            tuple(self.findings),
            look=self.look,
            decision=self.decision,
            crossing=self.crossing,
        )


def _grant(accept: Accept) -> Grant:
    return Grant(
        accept.deal,
        accept.label,
        accept.stage,
        accept.before,
        accept.reason,
        gates=accept.gates,
        reopened=accept.reopened,
    )
