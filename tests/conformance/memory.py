"""The tracker in memory as a playground."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

from readygate.action import Block, Link, Mention, Text
from readygate.deal import Mark
from readygate.testing import FakeClock, Fault, MemoryTracker
from readygate.testing.conformance import (
    FIELD,
    STAGES,
    UNNAMED,
    Kept,
    Requests,
    Sent,
    Trouble,
    pipeline,
)

PAGE = 4


class MemoryPlayground:
    """See `Playground`."""

    page = PAGE
    opens_at_once = 1
    secrets = ("never said",)
    pipeline = pipeline()

    def __init__(self) -> None:
        self.clock = FakeClock()
        stages = [*(stage.name for stage in STAGES), UNNAMED]
        self._tracker = MemoryTracker(stages, self.clock.now(), page_size=PAGE, fields=[FIELD])
        self._tracker.strikes = self._strikes
        self._troubles: list[list[object]] = []
        self._sent = {"read": 0, "write": 0}

    def connect(self, after_each: Callable[[], None] | None = None) -> MemoryTracker:
        self._tracker.answered = after_each or (lambda: None)
        return self._tracker

    def advance(self, seconds: float) -> None:
        self.clock.advance(timedelta(seconds=seconds))
        self._tracker.advance(timedelta(seconds=seconds))

    def create(self, title: str, stage: str, service: str = "") -> str:
        return self._tracker.create(title, stage, **({FIELD: service} if service else {}))

    def move(self, deal: str, stage: str, by: str = "boris") -> None:
        self._tracker.move(deal, stage, by)

    def retitle(self, deal: str, title: str) -> None:
        self._tracker.retitle(deal, title)

    def set_service(self, deal: str, service: str) -> None:
        self._tracker.set_field(deal, FIELD, service or None)

    def tick(self, item: str, by: str = "boris") -> None:
        self._tracker.mark(item, Mark.TICKED, by)

    def untick(self, item: str, by: str = "boris") -> None:
        self._tracker.mark(item, Mark.OPEN, by)

    def waive(self, item: str, by: str = "vera") -> None:
        self._tracker.mark(item, Mark.WAIVED, by)

    def rename(self, item: str, title: str) -> None:
        self._tracker.rename(item, title)

    def rewrite(self, item: str, text: str) -> None:
        self._tracker.rewrite(item, text)

    def jot(self, deal: str, title: str) -> str:
        return self._tracker.jot(deal, title)

    def duplicate(self, item: str) -> str:
        return self._tracker.duplicate_item(item)

    def clone(self, deal: str) -> str:
        return self._tracker.clone(deal)

    def delete_item(self, item: str) -> None:
        self._tracker.delete_item(item)

    def delete_deal(self, deal: str) -> None:
        self._tracker.delete_deal(deal)

    def comment(self, deal: str, text: str, by: str = "boris") -> None:
        del by  # comments in memory are ours or somebody's
        self._tracker.comment(deal, text)

    def delete_comment(self, deal: str, comment: str) -> None:
        del self._tracker.deals[deal].comments[comment]

    def rename_stage(self, stage: str, name: str) -> None:
        self._tracker.rename_stage(stage, name)

    def delete_stage(self, stage: str) -> None:
        self._tracker.delete_stage(stage)

    def trouble(
        self, kind: Trouble, on: Requests, *, after: int = 0, count: int | None = None
    ) -> None:
        self._troubles.append([Fault(kind.value), on.value.removesuffix("s"), after, count])

    def calm(self) -> None:
        self._troubles.clear()
        self._tracker.thaw()

    def lag(self) -> None:
        self._tracker.freeze()

    def forget(self, refs: Sequence[str]) -> None:
        self._tracker.forgotten.update(refs)

    def stage_of(self, deal: str) -> str:
        return self._tracker.stages[self._tracker.deals[deal].stage]

    def items(self, deal: str) -> tuple[Kept, ...]:
        return tuple(
            Kept(one.ref, one.title, one.text, one.mark is not Mark.OPEN, one.assignee, one.due)
            for one in self._tracker.items.values()
            if one.deal == deal
        )

    def comments(self, deal: str) -> tuple[str, ...]:
        return tuple(_plain(body) for _, body in self._tracker.deals[deal].comments.values())

    def sent(self) -> Sent:
        sent = Sent(self._sent["read"], self._sent["write"])
        self._sent = {"read": 0, "write": 0}
        return sent

    def _strikes(self, request: str) -> Fault | None:
        self._sent[request] += 1
        for trouble in self._troubles:
            fault, on, after, count = trouble
            if on != request:
                continue
            assert isinstance(after, int)
            assert isinstance(fault, Fault)
            if after:
                trouble[2] = after - 1
            elif count != 0:
                trouble[3] = count - 1 if isinstance(count, int) else None
                return fault
        return None


def _plain(document: tuple[Block, ...]) -> str:
    lines = [line for block in document for line in (block.line, *block.bullets)]
    return "\n".join("".join(_span(span) for span in line) for line in lines)


def _span(span: Text | Mention | Link) -> str:
    return f"@{span.name}" if isinstance(span, Mention) else span.text


@contextmanager
def memory_playground() -> Iterator[MemoryPlayground]:
    """A fresh one."""
    yield MemoryPlayground()
