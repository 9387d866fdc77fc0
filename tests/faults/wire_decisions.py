"""What a run does about each fault: the decisions, as docs/lifecycle.md tells them.

The matrix holds them against what really happens; the table in the document is made from here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

AGAIN, ON = "repeated; 0", "goes on; 0"
END = "nothing more is done"
FAILS, LOOKUP = "this action fails", "looked up in the next run"
AFRESH = "looked at again in the next run; 0"
ALONE = "the tracker is left alone"
ALONE_BUSY, ALONE_DENIED = f"{ALONE} (unavailable); 5", f"{ALONE} (denied); 5"

QUESTIONS, INSIDE, CHANGES = "a question", "a question inside a change", "a change"


@dataclass(frozen=True)
class Decision:
    """What is done `once` it happens, and if it `lasts` for the whole run ("": it is the same)."""

    once: str
    lasts: str = ""

    def of(self, *, lasting: bool) -> str:
        """The one that counts."""
        return self.lasts if lasting and self.lasts else self.once


@dataclass(frozen=True)
class Family:
    """Faults that are answered alike."""

    name: str
    faults: tuple[str, ...]
    question: Decision
    inside: Decision
    change: Decision

    def of(self, place: str) -> Decision:
        """The decision for a request of this place."""
        return {QUESTIONS: self.question, INSIDE: self.inside, CHANGES: self.change}[place]


_PATIENT = Decision(AGAIN, f"repeated, {END} (unavailable); 5")
_PATIENT_INSIDE = Decision(AGAIN, f"repeated, {FAILS}, {ALONE_BUSY}")
_BUSY, _BUSY_INSIDE = Decision(f"{END} (unavailable); 5"), Decision(f"{FAILS}, {ALONE_BUSY}")
_DENIED, _DENIED_INSIDE = Decision(f"{END} (denied); 5"), Decision(f"{FAILS}, {ALONE_DENIED}")
_REFUSED, _REFUSED_INSIDE = Decision(f"{END} (refused); 1"), Decision(f"{FAILS}; 1")
_UNKNOWN = Decision(f"{LOOKUP}; 1")

FAMILIES = (
    Family("no connection", ("connection refused",), _PATIENT, _PATIENT_INSIDE, _PATIENT_INSIDE),
    Family(
        "the answer is lost, broken or no answer",
        ("connection reset", "connection reset, stored", "no answer in time",
         "no answer in time, stored", "500", "500, stored", "502", "503", "503 with seconds",
         "503 with a date", "503 and a web page", "503, safe to retry", "a body cut on the wire",
         "JSON that breaks off", "a compressed body that breaks off", "200 and nothing",
         "200 and nothing, not stored", "302 without a place"),
        _PATIENT, _PATIENT_INSIDE, _UNKNOWN,
    ),
    Family(
        "too many requests",
        ("429 with seconds", "429 with a date", "429 without a time",
         "429 with a time that has passed", "429 with a negative time", "429, too many at once",
         "429, too many writes to one issue", "429, rate limit", "429, rate limit in a list"),
        _PATIENT, _PATIENT_INSIDE, _PATIENT_INSIDE,
    ),
    Family(
        "too many requests for long",
        ("429 with an hour", "429, the hourly quota of all", "429, the hourly quota of the site",
         "429, billing limit", "429, billing limit in a list"),
        _BUSY, _BUSY_INSIDE, _BUSY_INSIDE,
    ),
    Family("out of order for long", ("503 with an hour",), _BUSY, _BUSY_INSIDE, _UNKNOWN),
    Family(
        "a web page instead of data", ("a web page", "a web page, not stored"),
        _BUSY, _BUSY_INSIDE, _UNKNOWN,
    ),
    Family(
        "JSON of another shape",
        ("another shape: a list", "another shape: a number", "another shape: a text",
         "another shape: nothing in it"),
        _BUSY, _BUSY_INSIDE, _UNKNOWN,
    ),
    Family(
        "we are not let in",
        ("401", "the token expires", "the token is revoked", "403 from something in between",
         "404 from something in between"),
        _DENIED, _DENIED_INSIDE, _DENIED_INSIDE,
    ),
    Family(
        "sent elsewhere, or not meant for us",
        ("redirect to a login page", "redirect to a login page, stored",
         "redirect to a login here", "307 to elsewhere", "303 to elsewhere",
         "an answer to somebody else", "200 and nothing for nobody"),
        _DENIED, _DENIED_INSIDE, Decision(f"{LOOKUP}, {ALONE_DENIED}"),
    ),
    Family("forbidden", ("403",), _DENIED, _REFUSED_INSIDE, _REFUSED_INSIDE),
    Family("not there", ("404", "404, a word"), _REFUSED, Decision(AFRESH), Decision(AFRESH)),
    Family(
        "changed by somebody at the same moment", ("409",),
        Decision(f"{END} (changed meanwhile); 1"), Decision(AFRESH), Decision(AFRESH),
    ),
    Family("refused as wrong", ("400", "413", "422"), _REFUSED, _REFUSED_INSIDE, _REFUSED_INSIDE),
)  # fmt: skip


@dataclass(frozen=True)
class Own:
    """Where a kind of request is answered in its own way. `faults` names families or faults."""

    connector: str
    kinds: tuple[str, ...]
    faults: tuple[str, ...]
    did: Decision
    because: str


_SHAPE = "JSON of another shape"
_CUT = ("a body cut on the wire", "JSON that breaks off", "a compressed body that breaks off")
_LATE = Decision(AGAIN, f"repeated, {AFRESH}")

_SLOW = ("no connection", "429 with seconds", "429 with a date", "429 without a time",
         "429 with a time that has passed", "429 with a negative time",
         "429, too many writes to one issue")  # fmt: skip

_HALF_MINUTE = ("429 without a time", "429 with a time that has passed",
                "429 with a negative time", "429, rate limit",
                "429, rate limit in a list")  # fmt: skip
_SHORT = ("no connection", "429 with seconds", "429 with a date")
_BOTH = f"repeated, {AFRESH.removesuffix('; 0')}, {FAILS}, {ALONE_BUSY}"

EXCEPTIONS = (
    Own("jira", ("project",), ("404",), Decision("the config is blamed; 3"),
               "that is how Jira says that there is no such project"),
    Own("jira", ("identity",), ("404", _SHAPE), _DENIED,
               "what does not say who we are is no Jira Cloud"),
    Own("jira", ("server info",),
        ("403", "404", "404 from something in between", "403 from something in between",
         "an answer to somebody else", _SHAPE),
        Decision(ON), "whatever answers so is no Jira Cloud, which is said anyway"),
    Own("jira", ("create screen",), ("403", "404"), Decision(ON),
               "it is taken as complete; refusals of single items tell the rest"),
    Own("jira", ("comments",), ("404",), Decision(ON), "the deal is gone, with its comments"),
    Own("jira", ("workflow",), ("400", "401", "403", "404", _SHAPE, *_CUT[1:]), Decision(ON),
               "only admins may read workflows: single deals are asked instead"),
    Own("jira", ("edit comment",), ("404",), Decision(ON),
               "the comment was deleted: a new one is written"),
    Own("jira", ("move", "mark item"), _SLOW, _LATE,
               "what waited too long rests on an old look"),
    Own("jira", ("move", "amend", "declare", "clear request"), (_SHAPE, *_CUT[1:]), Decision(ON),
               "204 has no body that could break"),
    Own("jira", ("mark item",),
               (_SHAPE, "200 and nothing", "a compressed body that breaks off"), Decision(ON),
               "200 and nothing is its good answer, and a body is not needed"),
    Own("jira", ("edit comment",), (_SHAPE,), Decision(ON), "its body is not needed"),
    Own("airtable", ("identity", "schema", "list", "look"), ("not there",), _DENIED,
        "a missing base and a missing right look alike"),
    Own("airtable", ("comments",), ("not there",), Decision(ON),
        "the deal is gone, with its comments"),
    Own("airtable", ("edit comment",), ("403", "422", "not there"), Decision(ON),
        "the comment was deleted or is not ours: a new one is written"),
    Own("airtable", ("comment",), ("422",), Decision(ON), "it is written without mentions"),
    Own("airtable", ("open",), ("422",), Decision(ON),
        "items are opened one by one, and without an owner that is refused"),
    Own("airtable", ("move", "note", "items", "edit comment"), (_SHAPE,), Decision(ON),
        "their body is not needed"),
    Own("airtable", ("move",), _HALF_MINUTE, Decision(f"repeated, {AFRESH}"),
        "half a minute makes a look old"),
    Own("airtable", ("items",), _HALF_MINUTE, Decision(f"repeated, {AFRESH}", _BOTH),
        "half a minute makes a look old, and the next request has no patience left"),
    Own("airtable", ("move",), _SHORT, _LATE, "what waited too long rests on an old look"),
    Own("airtable", ("items",), _SHORT, Decision(AGAIN, _BOTH),
        "what waited too long rests on an old look, and the next request has no patience left"),
)  # fmt: skip

HARMLESS = {
    ("jira", "fields", "another shape: a list"): "a list is its shape",
    ("jira", "projects", "another shape: a list"): "a list is its shape",
    ("jira", "resolutions", "another shape: a list"): "a list is its shape",
    ("jira", "statuses", "another shape: a list"): "a list is its shape",
    ("jira", "user search", "another shape: a list"): "a list is its shape",
    ("jira", "mark item", "200 and nothing, not stored"): "it is its good answer",
    ("jira", "edit comment", "404"): "a new comment is right if it is gone",
    **{
        ("jira", kind, "a body cut on the wire"): "204 has none; the next request may be lost"
        for kind in ("move", "amend", "declare", "clear request")
    },
    ("airtable", "edit comment", "403"): "a new comment is right if it is not ours",
    ("airtable", "edit comment", "404"): "a new comment is right if it is gone",
    ("airtable", "edit comment", "404, a word"): "a new comment is right if it is gone",
    ("airtable", "edit comment", "422"): "a new comment is right if it is gone",
    ("airtable", "open", "422"): "an item without its owner is right if the owner is refused",
}
"""(connector, kind, fault) that is no fault there, and why."""


def family_of(fault: str) -> Family:
    """The family of a fault."""
    (found,) = [family for family in FAMILIES if fault in family.faults]
    return found


def expected(connector: str, kind: str, place: str, fault: str, *, lasting: bool) -> str:
    """What has to come of a fault."""
    family = family_of(fault)
    for one in EXCEPTIONS:
        mine = one.connector == connector and kind in one.kinds
        if mine and {fault, family.name} & set(one.faults):
            return one.did.of(lasting=lasting)
    return family.of(place).of(lasting=lasting)


# -- the table in the document -----------------------------------------------------------------


def document() -> str:
    """The table and the exceptions in Markdown."""
    rows = [f"| what happens | to {QUESTIONS} | to {INSIDE} | to {CHANGES} |", "|---|---|---|---|"]
    rows += [
        f"| **{one.name}**: {'; '.join(one.faults)}"
        f" | {_cell(one.question)} | {_cell(one.inside)} | {_cell(one.change)} |"
        for one in FAMILIES
    ]
    own = [
        f"* {one.connector}, {_listed(one.kinds)}: {_listed(one.faults)} → {_cell(one.did)}:"
        f" {one.because}."
        for one in EXCEPTIONS
    ]
    return "\n".join([*rows, "", "Answered in their own way:", "", *own])


def _cell(one: Decision) -> str:
    return f"{one.once}<br>for the whole run: {one.lasts}" if one.lasts else one.once


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"“{name}”" for name in names)
