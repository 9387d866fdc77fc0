"""What a closer look finds, in words and codes, also where a connector cannot be asked closely."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

import pytest

from readygate.checkup import (
    Area,
    Checkup,
    Examinable,
    Inquiry,
    State,
    attempted,
    clock_checkup,
    code_of,
    examined,
    of_error,
    of_finding,
    of_guard,
    of_problem,
    unoffered,
)
from readygate.contract import Person
from readygate.errors import (
    ConfigError,
    Finding,
    LedgerError,
    Place,
    Problem,
    ReadygateError,
    Severity,
    TrackerDenied,
    TrackerRejected,
    TrackerUnavailable,
)
from readygate.guarding import Force, GuardReport
from readygate.ports import Binding, Tracker
from readygate.render import checkups_document, checkups_line, checkups_markdown, checkups_text
from readygate.testing import Fault, MemoryTracker
from unit.core.story import World, book

FAILED = Checkup(Area.GUARD, State.FAILURE, "It is open.", "Deals slip.", "Close it.", "deals")
WARNED = Checkup(Area.PEOPLE, State.WARNING, "Nobody is *there*.", fix="Look.")
UNSURE = Checkup(Area.RIGHTS, State.UNKNOWN, "It is not known.")
FINE = Checkup(Area.NAMES, State.OK, "All there.")
NAMED = Checkup(Area.NAMES, State.FAILURE, "pipelines.deals.x: no", pipeline="deals")


class Close(MemoryTracker):
    """A tracker that can be examined closely."""

    def examine(
        self, inquiries: Sequence[Inquiry], people: Sequence[Person], previous: Binding | None
    ) -> Iterator[Checkup]:
        assert inquiries
        assert people
        assert previous is None
        yield FINE
        raise TrackerUnavailable("It fell asleep. Wake it.")


def looked(world: World, connect: Callable[[], Tracker] | None = None) -> list[Checkup]:
    found = examined(
        connect or (lambda: world.tracker),
        [Inquiry.of(world.book, world.pipeline)],
        tuple(world.book.people.values()),
        previous=None,
        now=world.clock.now,
    )
    return list(found)


def test_what_is_asked_about_a_pipeline():
    world = World()
    inquiry = Inquiry.of(world.book, world.pipeline)
    assert inquiry.key == "deals"
    assert [gate.key for gate in inquiry.gates] == ["sales", "delivery", "support"]
    assert {item: when.values for item, when in inquiry.conditions.items()} == {
        "brand": ("Site", "Design")
    }
    assert inquiry.fields == ("Service",)
    assert [person.key for person in inquiry.debtors] == ["anna", "boris"]


def test_values_that_a_field_does_not_offer():
    world = World()
    inquiry = Inquiry.of(world.book, world.pipeline)
    (found,) = unoffered(inquiry, "brand", ["Site", "Ads"], "Not {}?".format)
    assert found == Checkup(
        Area.CONDITIONS,
        State.FAILURE,
        "`when` of items.brand names 'Design', which the field 'Service' does not offer.",
        "No deal can have this value, so for it the item is asked of nobody.",
        "Not Design?",
        "deals",
    )
    assert list(unoffered(inquiry, "brand", [], str)) == []


def test_a_connector_that_can_look_closely_is_asked_and_its_error_is_the_last_finding():
    world = World()
    close = Close(["Lead"], world.clock.now())
    assert isinstance(close, Examinable)
    assert looked(world, lambda: close) == [
        FINE,
        Checkup(
            Area.ACCESS,
            State.FAILURE,
            "It fell asleep.",
            "No run can do anything until then.",
            "Wake it.",
        ),
    ]


def test_any_other_connector_tells_what_the_protocol_shows():
    found = looked(World())
    assert [(one.area, one.state, one.what) for one in found] == [
        (Area.ACCESS, State.OK, "Signed in as Readygate."),
        (Area.CLOCK, State.OK, "The clocks here and of the tracker agree."),
        (Area.NAMES, State.OK, "Every name of the config is there."),
        (
            Area.RIGHTS,
            State.UNKNOWN,
            "This connector cannot be asked about rights, ways back and guards.",
        ),
    ]


def test_names_that_are_not_there_and_rights_that_are_lacking_end_it():
    world = World()
    world.tracker.stages = {"s:Lead": "Lead"}
    found = looked(world)[2:]
    assert {(one.area, one.state) for one in found} == {(Area.NAMES, State.FAILURE)}
    assert code_of(found) == 3
    world = World()
    world.tracker.faults["resolve"] = Fault.DENIED
    (found_one,) = looked(world)[2:]
    assert (found_one.area, code_of([found_one])) == (Area.RIGHTS, 5)


def test_a_tracker_that_cannot_be_reached_is_one_finding():
    world = World()
    world.tracker.faults["identify"] = Fault.UNAVAILABLE
    (found,) = looked(world)
    assert (found.area, found.state, code_of([found])) == (Area.ACCESS, State.FAILURE, 5)


def test_what_a_run_would_tell_is_told_too():
    finding = Finding("stage-renamed", "deals: A is B now. Change it.", data={"pipeline": "deals"})
    assert of_finding(finding) == Checkup(
        Area.NAMES,
        State.WARNING,
        "A is B now.",
        "Only the ledger knows that it is the same: without it, it would not be found.",
        "Change it.",
        "deals",
    )
    odd = of_finding(Finding("odd", "It is odd"), fix="Mend it.")
    assert (odd.why, odd.fix) == ("Runs work without it.", "Mend it.")
    assert of_finding(Finding("odd", "It is odd"), why="It hurts.").why == "It hurts."


def test_problems_keep_their_place_and_hint():
    place = Place("readygate.yaml", 3, 5)
    found = of_problem(Problem(("pipelines", "deals", "stages"), "is odd", "Mend.", place=place))
    assert found == Checkup(
        Area.NAMES,
        State.FAILURE,
        "readygate.yaml:3:5 pipelines.deals.stages: is odd",
        "A run ends with code 3 until it is mended.",
        "Mend.",
        "deals",
    )
    warning = of_problem(Problem((), "is odd", severity=Severity.WARNING), Area.CONFIG)
    why = "Runs work with it, but hardly as it was meant."
    assert warning == Checkup(Area.CONFIG, State.WARNING, "is odd", why)
    secret = of_problem(Problem((), "is odd", severity=Severity.WARNING), Area.SECRETS)
    assert secret.why == "Whoever reads a token can do in the tracker all that our account may."


@pytest.mark.parametrize(
    ("area", "error", "becomes", "why"),
    [
        (Area.WAYS, TrackerDenied("No. Ask."), Area.ACCESS, "No run can do anything until then."),
        (Area.RIGHTS, TrackerDenied("No. Ask."), Area.RIGHTS, "No run can do anything until then."),
        (Area.WAYS, TrackerRejected("No. Ask."), Area.WAYS, "This could not be checked."),
        (Area.LEDGER, LedgerError("No. Ask."), Area.LEDGER, "This could not be checked."),
    ],
)
def test_an_error_becomes_a_finding(
    area: Area, error: ReadygateError, becomes: Area, why: str
) -> None:
    assert list(of_error(area, error)) == [Checkup(becomes, State.FAILURE, "No.", why, "Ask.")]


def test_every_problem_of_a_config_becomes_one():
    error = ConfigError([Problem((), "one"), Problem((), "two")])
    assert [(one.area, one.what) for one in of_error(Area.SECRETS, error)] == [
        (Area.SECRETS, "one"),
        (Area.SECRETS, "two"),
    ]
    assert {one.area for one in of_error(Area.ACCESS, error)} == {Area.NAMES}


def test_an_unexpected_error_is_not_swallowed():
    def broken() -> Iterator[Checkup]:
        raise KeyError("ours")

    with pytest.raises(KeyError):
        list(attempted(Area.NAMES, broken))


INSTALL = "Run `readygate guard install`: it shows what it would change, and asks."
BACK = "nothing refuses a premature move; the next run moves the deal back."
GAPS = "What gets past it or is held beyond it: a; b."


@pytest.mark.parametrize(
    ("report", "state", "what", "why", "fix"),
    [
        (
            GuardReport("deals", "return", Force.NONE_ASKED),
            State.OK,
            "return: none asked.",
            "",
            "",
        ),
        (
            GuardReport("deals", "native", Force.FULL, held=("A → B", "C → B"), gaps=("a", "b")),
            State.OK,
            "native: the tracker itself refuses A → B; C → B.",
            GAPS,
            "",
        ),
        (
            GuardReport("deals", "native", Force.ABSENT, gaps=("a", "b")),
            State.WARNING,
            "The guard native is not installed.",
            f"Until then {BACK}",
            INSTALL,
        ),
        (
            GuardReport("deals", "native", Force.PARTLY, gaps=("a", "b"), offers=("Split it.",)),
            State.WARNING,
            "The guard native is in force only in part.",
            GAPS,
            f"Split it. {INSTALL}",
        ),
        (
            GuardReport("deals", "native", Force.PARTLY, gaps=("a", "b")),
            State.WARNING,
            "The guard native is in force only in part.",
            GAPS,
            "`readygate guard status` says what gets past it; mend the workflow.",
        ),
        (
            GuardReport("deals", "native", Force.UNKNOWN, by_hand=("Click this.", "Then that.")),
            State.UNKNOWN,
            "Whether the guard native is in force is not known: our account may not look.",
            f"If it is not, {BACK}",
            "Click this. Then that.",
        ),
    ],
)
def test_a_guard_as_it_really_is(
    report: GuardReport, state: State, what: str, why: str, fix: str
) -> None:
    assert list(of_guard(report)) == [Checkup(Area.GUARD, state, what, why, fix, "deals")]


def test_what_an_interrupted_installation_left():
    report = GuardReport("deals", "native", Force.ABSENT, leftovers=("a scratch deal", "a move"))
    assert list(of_guard(report))[1] == Checkup(
        Area.GUARD,
        State.WARNING,
        "An interrupted installation of the guard has left: a scratch deal; a move.",
        "",
        "Run `readygate guard install` or `readygate guard remove`: both put it away.",
        "deals",
    )


@pytest.mark.parametrize(
    ("ahead", "text"),
    [
        (600, "The clock of this machine is 10 min ahead of the clock of Jira."),
        (-180, "The clock of this machine is 3 min behind the clock of Jira."),
    ],
)
def test_clocks_that_differ(ahead: int, text: str) -> None:
    now = World().clock.now()
    found = clock_checkup(now, now + timedelta(seconds=ahead), "Jira")
    assert (found.state, found.what) == (State.WARNING, text)
    assert clock_checkup(now, now + timedelta(seconds=119), "Jira").state is State.OK


def test_the_code_is_what_a_run_would_end_with():
    def code(*areas: Area) -> int:
        return code_of(Checkup(area, State.FAILURE, "x") for area in areas)

    assert code() == code_of([FINE, UNSURE, WARNED]) == 0
    assert code(Area.GUARD) == code(Area.WAYS) == 1
    assert code(Area.LEDGER, Area.ACCESS) == 7
    assert code(Area.NAMES, Area.GUARD) == 3
    assert code(Area.NAMES, Area.ACCESS, Area.GUARD) == 5
    assert FAILED.is_finding
    assert WARNED.is_finding
    assert not FINE.is_finding
    assert not UNSURE.is_finding


def test_as_text():
    groups = {"this machine": [FINE], "main (jira)": [FAILED, WARNED, UNSURE, NAMED]}
    assert checkups_text(groups) == (
        "this machine\n"
        "  ok       names: All there.\n"
        "\n"
        "main (jira)\n"
        "  FAILURE  guard: deals: It is open.\n"
        "           why: Deals slip.\n"
        "           fix: Close it.\n"
        "  WARNING  people: Nobody is *there*.\n"
        "           fix: Look.\n"
        "  unknown  rights: It is not known.\n"
        "  FAILURE  names: pipelines.deals.x: no\n"
        "\n"
        "2 failures and 1 warning; 1 check passed, 1 cannot be known from here.\n"
    )


def test_in_one_sentence():
    assert checkups_line({"a": [FINE, FINE]}) == "Nothing stands in the way: 2 checks passed."
    assert checkups_line({"a": [FINE, WARNED]}) == (
        "Nothing stands in the way: 1 check passed; look at 1 warning."
    )


def test_as_markdown():
    assert checkups_markdown({"here": [FINE], "main": [FAILED, WARNED, FINE]}) == (
        "### here\n"
        "\n"
        "- 1 check passed\n"
        "\n"
        "### main\n"
        "\n"
        "- **failure** guard: deals: It is open.\n"
        "  - why: Deals slip.\n"
        "  - fix: Close it.\n"
        "- **warning** people: Nobody is \\*there\\*.\n"
        "  - fix: Look.\n"
        "\n"
        "1 failure and 1 warning; 2 checks passed.\n"
    )


def test_as_json():
    assert checkups_document({"main": [FAILED, FINE]}) == {
        "ok": False,
        "exit_code": 1,
        "counts": {"ok": 1, "unknown": 0, "warning": 0, "failure": 1},
        "checks": [
            {
                "where": "main",
                "pipeline": "deals",
                "area": "guard",
                "state": "failure",
                "what": "It is open.",
                "why": "Deals slip.",
                "fix": "Close it.",
            },
            {
                "where": "main",
                "pipeline": None,
                "area": "names",
                "state": "ok",
                "what": "All there.",
                "why": None,
                "fix": None,
            },
        ],
    }
    assert checkups_document({"main": [FINE, WARNED]})["ok"] is True


def test_the_book_of_the_story_has_an_external_item_whose_receiver_owes_it():
    world = World(book())
    assert world.book.debtor("acceptance", "support").key == "anna"
