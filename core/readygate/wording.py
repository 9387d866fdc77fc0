"""What Readygate writes into a tracker for people to read. Every text can be translated.

`_` is the gettext function of the pipeline's language; texts are looked up whole, then filled in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TypeAlias, assert_never

from readygate.action import Block, Line, Link, Mention, Text
from readygate.contract import ContractBook, Item
from readygate.gate import Reason, Why
from readygate.pipeline import Guard

Translate: TypeAlias = Callable[[str], str]

_UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

LONGEST_TITLE = 255
"""Characters of a title or a name that are repeated: people may paste a page into one."""


def item_text(book: ContractBook, item: Item, receiver: str, _: Translate) -> str:
    """The description of an item: what it is, who hands it on, who waits for it."""
    process = book.processes[receiver]
    owner = book.people[process.owner]
    lines = [item.help] if item.help else []
    makers = book.producers.get(item.key, ())
    if makers:
        debtor = book.debtor(item.key, receiver)
        lines.append(
            _("Handed on by: {process} ({person}).").format(
                process=makers[0].title, person=debtor.name
            )
        )
    else:
        lines.append(_("Comes from outside; {person} fetches it.").format(person=owner.name))
    lines.append(
        _("Needed by: {process} ({person}).").format(process=process.title, person=owner.name)
    )
    if item.required:
        lines.append(_("Complete this item when it has been handed over: the deal waits for it."))
    else:
        lines.append(_("This item is optional: the deal does not wait for it."))
    return "\n".join(lines)


def explanation(
    reasons: Sequence[Reason],
    *,
    stage: str,
    target: str,
    moved: bool,
    advise: bool,
    times: int,
    mention: bool,
    request: bool = False,
    guard: Guard = Guard.RETURN,
    _: Translate,
) -> tuple[Block, ...]:
    """Say why a deal may not stand in `stage`: which items are missing, who owes each, what to do.

    `moved` tells whether it was moved back to `target`; with `advise` it was not meant to be. With
    `request` the stage was only asked for. `guard` is the one in force: it decides what comes next.
    """
    if request:
        return _refusal(reasons, stage=stage, target=target, times=times, mention=mention, _=_)
    if not reasons:
        done = _(
            "The deal was moved from “{stage}” back to “{target}” before the handover was complete."
        )
        now = _("Everything has been handed over since: move the deal on again.")
        return (
            Block(line=(Text(done.format(stage=stage, target=target)),)),
            Block(line=(Text(now),)),
        )
    if advise:
        first = _("This deal stands in “{stage}”, but the handover has not happened yet.")
        last = _("Complete the items above. For now this is only a reminder: the deal stays here.")
    elif moved:
        first = _(
            "The deal was moved from “{stage}” back to “{target}”:"
            " the handover has not happened yet."
        )
        last = _again(guard, _)
    else:
        first = _(
            "This deal should be in “{target}”, not in “{stage}”:"
            " the handover has not happened yet."
            " It could not be moved back automatically."
        )
        last = _("Move it back by hand, or complete the items above.")
    again = _("Moved on with the same items missing so far: {times} times.") if times > 1 else ""
    bullets = tuple(_bullet(reason, _, mention=mention) for reason in reasons)
    first = first.format(stage=stage, target=target)
    return _blocks(first, bullets, last, again.format(times=times))


def _again(guard: Guard, _: Translate) -> str:
    """What to do after a return, under the guard in force."""
    match guard:
        case Guard.BY_SUBTASKS:
            return _("Complete the items above: the move is offered when every subtask is closed.")
        case Guard.BY_FIELD:
            return _("Complete the items above; after the next run the move is possible.")
        case Guard.LOCKED:
            return _("Complete the items above, then request the stage again.")
        case Guard.RETURN | Guard.ADVISE:
            return _("Complete the items above, then move the deal again.")
        case _other:
            assert_never(_other)


def announcement(reasons: Sequence[Reason], *, stage: str, _: Translate) -> tuple[Block, ...]:
    """Say why the tracker does not offer the move to `stage`, and when it will."""
    first = _("“{stage}” is not offered yet: the handover has not happened.")
    last = _("The move is offered as soon as every subtask of this deal is closed.")
    bullets = tuple(
        (
            Text(_repeated(reason.title)),
            Text(" — " + _("owed by") + " "),
            Mention(_repeated(reason.owes)),
        )
        for reason in reasons
    )
    return _blocks(first.format(stage=stage), bullets, last)


def back_name(stage: str, _: Translate) -> str:
    """The name of a hidden way back to a stage."""
    return _("Return to {stage}").format(stage=stage)


def request_name(stage: str, _: Translate) -> str:
    """What people click to ask for a stage that only our account moves deals to."""
    return _("Request “{stage}”").format(stage=stage)


def request_field_name(_: Translate) -> str:
    """The name of the field in which requests arrive."""
    return _("Requested stage")


def gate_field_name(stage: str, _: Translate) -> str:
    """The name of the field that says whether a deal may go on to a stage."""
    return _("Ready for “{stage}”").format(stage=stage)


def guard_message(stage: str, _: Translate) -> str:
    """What the tracker says when it refuses a move over the gate into a stage."""
    return _("Inputs of “{stage}” are still open: see the checklist.").format(stage=stage)


def complete_text(_: Translate) -> str:
    """What the field of an open gate says."""
    return _("complete")


def missing_text(reasons: Sequence[Reason], _: Translate) -> str:
    """What is missing and who owes it, one line each, for a text field; "" if nothing is."""
    return "\n".join(
        f"{_repeated(reason.title)} — {_('owed by')} {_repeated(reason.owes)}" for reason in reasons
    )


def _repeated(text: str) -> str:
    """A title or a name as it can be written anywhere: not endless, and without what XML and
    databases refuse, so that no explanation is refused for it."""
    text = _UNSTORABLE.sub("\ufffd", text)
    return text if len(text) <= LONGEST_TITLE else f"{text[: LONGEST_TITLE - 1]}…"


def _refusal(
    reasons: Sequence[Reason],
    *,
    stage: str,
    target: str,
    times: int,
    mention: bool,
    _: Translate,
) -> tuple[Block, ...]:
    first = _(
        "“{stage}” was requested, but the handover has not happened yet:"
        " the deal stays in “{target}”."
    )
    last = _("Complete the items above, then request the stage again.")
    if not reasons:
        last = _("Everything has been handed over since: request the stage again.")
    again = _("Requested with the same items missing so far: {times} times.") if times > 1 else ""
    bullets = tuple(_bullet(reason, _, mention=mention) for reason in reasons)
    first = first.format(stage=stage, target=target)
    return _blocks(first, bullets, last, again.format(times=times))


def _blocks(first: str, bullets: Sequence[Line], last: str, again: str = "") -> tuple[Block, ...]:
    lines = (last, again) if again else (last,)
    after = tuple(Block(line=(Text(line),)) for line in lines)
    return (Block(line=(Text(first),), bullets=tuple(bullets)), *after)


def _bullet(reason: Reason, _: Translate, *, mention: bool) -> Line:
    shown = _repeated(reason.title)
    title = Link(shown, reason.url) if reason.url else Text(shown)
    owes = Mention(_repeated(reason.owes), reason.account if mention else "")
    line: Line = (title, Text(" — " + _("owed by") + " "), owes)
    match reason.why:
        case Why.WAIVED_BY_OTHER:
            note = _("waived, but not by the owner of the process that receives it")
        case Why.NOT_OPENED:
            note = _("not opened yet")
        case _other:
            return line
    return (*line, Text(f" ({note})"))
