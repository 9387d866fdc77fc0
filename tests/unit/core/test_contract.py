"""The chain of contracts: who owes what to whom, and everything that can be wrong with it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from readygate.contract import Condition, ContractBook, Item, Person, Process
from readygate.errors import Severity

PEOPLE = {key: Person(key, key.title()) for key in ("anna", "boris", "vera")}


def book(
    *processes: Process, items: tuple[Item, ...] = (), people: dict[str, Person] | None = None
) -> ContractBook:
    """A book of these processes; items that are not given are plain."""
    named = {key for one in processes for key in (*one.inputs, *one.outputs)}
    known = {one.key: one for one in items}
    plain = {key: Item(key, f"The {key}") for key in sorted(named - known.keys())}
    owners = {one.owner: PEOPLE[one.owner] for one in processes}
    return ContractBook(people or owners, {**known, **plain}, {one.key: one for one in processes})


def told(book: ContractBook, *, complete: bool = True) -> list[str]:
    """Every problem on one line, warnings marked."""
    return [
        f"{'warning: ' if one.severity is Severity.WARNING else ''}{one.dotted}: {one.message}"
        for one in book.problems(complete=complete)
    ]


SALES = Process("sales", "Sales", "anna", (), ("contract",))
DELIVERY = Process("delivery", "Delivery", "boris", ("contract",), ())


def test_a_whole_chain_has_no_problems() -> None:
    assert told(book(SALES, DELIVERY)) == []


def test_who_owes_and_who_may_waive() -> None:
    care = Process("care", "Care", "vera", ("contract", "acceptance"), ())
    chain = book(SALES, DELIVERY, care, items=(Item("acceptance", "A", external=True),))

    assert chain.debtor("contract", "delivery") == PEOPLE["anna"]
    assert chain.debtor("acceptance", "care") == PEOPLE["vera"]
    assert chain.waivers("contract") == (PEOPLE["boris"], PEOPLE["vera"])
    assert chain.waivers("nothing") == ()


def test_an_owner_of_two_receivers_is_one_waiver() -> None:
    care = Process("care", "Care", "boris", ("contract",), ())

    assert book(SALES, DELIVERY, care).waivers("contract") == (PEOPLE["boris"],)


def test_former_names() -> None:
    chain = book(SALES, DELIVERY, items=(Item("contract", "C", formerly=("scan", "paper")),))

    assert [chain.canonical(key) for key in ("contract", "scan", "paper", "other")] == [
        "contract",
        "contract",
        "contract",
        "other",
    ]


@pytest.mark.parametrize(
    ("fields", "holds"),
    [
        ({"Service": ("Site",)}, True),
        ({"Service": ("Ads", "Design")}, True),
        ({"Service": ("Ads",)}, False),
        ({"Service": ()}, False),
        ({"service": ("Site",)}, False),
        ({}, False),
    ],
)
def test_conditions(fields: dict[str, tuple[str, ...]], holds: bool) -> None:
    assert Condition("Service", ("Site", "Design")).holds(fields) is holds


def test_an_input_that_nobody_makes() -> None:
    chain = book(Process("delivery", "D", "anna", ("contract",)), Process("x", "X", "anna"))

    assert told(chain) == [
        "processes.delivery.inputs[0]: 'delivery' waits for 'contract', which no process hands on",
        "warning: processes.x: 'x' receives nothing and hands on nothing",
    ]


def test_an_external_input_needs_no_maker() -> None:
    chain = book(DELIVERY, items=(Item("contract", "C", external=True),))

    assert told(chain) == []


def test_an_external_item_with_a_maker() -> None:
    chain = book(SALES, DELIVERY, items=(Item("contract", "C", external=True),))

    assert told(chain) == [
        "items.contract.external: 'contract' is external but 'sales' produces it"
    ]


def test_two_makers() -> None:
    third = Process("legal", "Legal", "vera", (), ("contract",))

    assert told(book(SALES, DELIVERY, third)) == [
        "processes.legal.outputs[0]: 'contract' is already produced by 'sales'"
    ]


def test_what_nobody_needs_and_what_nobody_touches() -> None:
    assert told(book(SALES, items=(Item("spare", "Spare"),))) == [
        "warning: items.spare: no process hands on or needs 'spare'",
        "warning: processes.sales.outputs[0]: nobody needs 'contract', which 'sales' hands on",
    ]


def test_an_item_twice_in_one_list() -> None:
    sales = Process("sales", "Sales", "anna", (), ("contract", "contract"))
    delivery = Process("delivery", "Delivery", "boris", ("contract", "contract", "contract"), ())

    assert told(book(sales, delivery)) == [
        "processes.sales.outputs[1]: 'contract' stands twice in the outputs of 'sales'",
        "processes.delivery.inputs[1]: 'contract' stands twice in the inputs of 'delivery'",
        "processes.delivery.inputs[2]: 'contract' stands twice in the inputs of 'delivery'",
    ]


def test_former_names_that_clash() -> None:
    items = (
        Item("contract", "C", formerly=("scan", "contract")),
        Item("other", "O", formerly=("scan", "old", "old")),
    )
    sales = Process("sales", "Sales", "anna", (), ("contract", "other"))
    delivery = Process("delivery", "Delivery", "boris", ("contract", "other"), ())

    assert told(book(sales, delivery, items=items)) == [
        "items.contract.formerly[1]: 'contract' is still an item of this config",
        "items.other.formerly[0]: 'scan' is already the former name of 'contract'",
        "items.other.formerly[2]: 'old' is already the former name of 'other'",
    ]


def test_people_who_own_nothing() -> None:
    assert told(book(SALES, DELIVERY, people=PEOPLE)) == [
        "warning: people.vera: 'vera' owns no process"
    ]


def test_items_that_people_cannot_tell_apart() -> None:
    sales = Process("sales", "Sales", "anna", (), ("a", "b"))
    delivery = Process("delivery", "Delivery", "boris", ("a", "b"), ())
    chain = book(sales, delivery, items=(Item("a", "Скан"), Item("b", "СКАН")))

    assert told(chain) == ["warning: items.b.title: 'b' has the same title as 'a'"]


def test_a_process_that_waits_for_itself() -> None:
    assert told(book(Process("sales", "Sales", "anna", ("contract",), ("contract",)))) == [
        "processes.sales.inputs[0]: 'sales' waits for its own result ('contract')"
    ]


def test_a_loop_is_told_once_with_its_way_round() -> None:
    chain = book(
        Process("a", "A", "anna", ("z",), ("x",)),
        Process("b", "B", "anna", ("x",), ("y",)),
        Process("c", "C", "anna", ("y",), ("z", "end")),
        Process("d", "D", "anna", ("end",), ()),
    )

    assert told(chain) == [
        "processes.b.inputs[0]: 'b' needs 'x' and the chain goes round in a loop: b → c → a → b"
    ]


def test_two_loops_are_two_problems() -> None:
    chain = book(
        Process("a", "A", "anna", ("y",), ("x",)),
        Process("b", "B", "anna", ("x",), ("y",)),
        Process("c", "C", "anna", ("w",), ("v",)),
        Process("d", "D", "anna", ("v",), ("w",)),
    )

    assert told(chain) == [
        "processes.b.inputs[0]: 'b' needs 'x' and the chain goes round in a loop: b → a → b",
        "processes.d.inputs[0]: 'd' needs 'v' and the chain goes round in a loop: d → c → d",
    ]


def test_a_diamond_is_no_loop() -> None:
    chain = book(
        Process("a", "A", "anna", (), ("p", "q")),
        Process("b", "B", "anna", ("p",), ("r",)),
        Process("c", "C", "anna", ("q",), ("s",)),
        Process("d", "D", "anna", ("r", "s"), ()),
    )

    assert told(chain) == []


def test_nothing_is_concluded_from_what_could_not_be_read() -> None:
    chain = book(
        Process("sales", "Sales", "anna", ("contract",), ("contract",)),
        Process("delivery", "Delivery", "anna", ("invoice",), ()),
        Process("idle", "Idle", "anna"),
        items=(Item("spare", "Spare"), Item("other", "spare")),
        people=PEOPLE,
    )

    assert told(chain, complete=False) == [
        "processes.sales.inputs[0]: 'sales' waits for its own result ('contract')"
    ]


def test_unknown_names_are_passed_over() -> None:
    chain = ContractBook(
        PEOPLE,
        {},
        {"sales": Process("sales", "Sales", "nobody", ("x", "x"), ("y", "y"))},
    )

    assert told(chain, complete=False) == []


_KEYS = st.sampled_from("abcdefg")


@given(
    st.dictionaries(
        st.sampled_from(["p", "q", "r", "s", "t"]),
        st.tuples(st.lists(_KEYS, max_size=3), st.lists(_KEYS, max_size=3)),
        max_size=5,
    )
)
def test_a_book_without_loop_problems_can_be_put_in_order(
    sides: dict[str, tuple[list[str], list[str]]],
) -> None:
    """Against a second way to find out: taking away, again and again, what waits for nothing."""
    chain = book(
        *(
            Process(key, key, "anna", tuple(inputs), tuple(outputs))
            for key, (inputs, outputs) in sides.items()
        )
    )
    first_maker = {item: made[0].key for item, made in chain.producers.items()}
    waits = {
        key: {first_maker[item] for item in inputs if item in first_maker}
        for key, (inputs, _) in sides.items()
    }
    while ready := [key for key, others in waits.items() if not others & waits.keys()]:
        for key in ready:
            del waits[key]

    loops = [one for one in told(chain) if "loop" in one or "its own result" in one]

    assert bool(loops) is bool(waits)
