"""Rules of items: keys, ticks, waivers, retirement, copies, conditions, words."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace

from readygate.contract import Condition, ContractBook, Item
from readygate.deal import Mark
from readygate.testing import Fault
from unit.core.story import World, book, brief, kinds


def without(the_book: ContractBook, item: str) -> ContractBook:
    """The same contract without an item."""
    processes = {
        key: replace(
            process,
            inputs=tuple(one for one in process.inputs if one != item),
            outputs=tuple(one for one in process.outputs if one != item),
        )
        for key, process in the_book.processes.items()
    }
    items = {key: one for key, one in the_book.items.items() if key != item}
    return ContractBook(the_book.people, items, processes)


def renamed(the_book: ContractBook, old: str, new: Item) -> ContractBook:
    """The same contract with an item under a new key."""
    processes = {
        key: replace(
            process,
            inputs=tuple(new.key if one == old else one for one in process.inputs),
            outputs=tuple(new.key if one == old else one for one in process.outputs),
        )
        for key, process in the_book.processes.items()
    }
    items = {new.key if key == old else key: one for key, one in the_book.items.items()}
    return ContractBook(the_book.people, {**items, new.key: new}, processes)


def test_key_names_deal_and_item() -> None:
    world = World()
    deal = world.deal("Talks")
    assert world.tracker.item_of(deal, "contract").key == f"{deal}/contract"


# Formerly.


def with_a_renamed_item() -> tuple[World, str, str]:
    """A contract renamed to paper; a deal in Talks, and the ref of its item of that name."""
    world = World()
    paper = Item("paper", "Signed contract", formerly=("contract",))
    world.change(renamed(book(), "contract", paper))
    deal = world.deal("Talks")
    return world, deal, world.tracker.item_of(deal, "paper").ref


def test_formerly_keeps_the_item_and_its_tick_under_the_new_name() -> None:
    world = World()
    deal = world.deal("Talks", "contract")
    ref = world.tracker.item_of(deal, "contract").ref
    world.change(
        renamed(book(), "contract", Item("paper", "Signed contract", formerly=("contract",)))
    )
    assert brief(world.run().actions) == [f"amend paper {deal}/paper"]
    assert world.tracker.item_of(deal, "paper").ref == ref
    assert world.tracker.items_of(deal) == {"paper": Mark.TICKED, "informal": Mark.OPEN}
    world.tracker.move(deal, "Work")
    world.run()
    assert world.accepted(deal) == "Work"


def test_formerly_also_renames_what_passed_gates_asked_for() -> None:
    world = World()
    deal = world.deal("Talks", "contract")
    world.tracker.move(deal, "Work")
    world.run()
    world.change(
        renamed(book(), "contract", Item("paper", "Signed contract", formerly=("contract",)))
    )
    world.run()
    assert world.memory(deal).passed["delivery"] == ("paper", "informal")
    assert world.tracker.items_of(deal)["paper"] is Mark.TICKED


def test_an_old_backup_gives_no_item_the_key_of_another() -> None:
    world = World()
    deal = world.deal("Work")
    backup = deepcopy(world.ledger)
    first = world.tracker.item_of(deal, "contract").ref
    paper = Item("paper", "Signed contract", formerly=("contract",))
    world.change(renamed(book(), "contract", paper))
    world.run()
    world.change(book())
    world.run()
    second = world.tracker.item_of(deal, "contract").ref
    assert second != first
    world.ledger = backup
    report = world.run(full=True)
    assert [one.code for one in report.findings] == ["duplicate-item"]
    assert world.tracker.items[first].key == f"{deal}/paper"
    assert world.run(full=True).actions == ()


def test_item_renamed_by_the_ledger_alone_keeps_its_name_when_formerly_is_dropped() -> None:
    world, deal, ref = with_a_renamed_item()
    world.tracker.faults["amend"] = Fault.UNAVAILABLE
    world.change(book(Item("contract", "Signed contract", formerly=("paper",))))
    world.run()
    assert world.tracker.items[ref].key == f"{deal}/paper"
    world.tracker.faults.clear()
    world.tick(deal, "paper")
    world.change(book())
    world.tracker.move(deal, "Work")
    assert brief(world.run().actions)[:1] == ["accept s:Talks s:Work"]
    assert world.tracker.items[ref].key == f"{deal}/contract"


def test_copies_of_a_renamed_item_stay_copies_when_formerly_is_dropped() -> None:
    world, deal, ref = with_a_renamed_item()
    twin = world.tracker.duplicate_item(ref)
    world.change(book(Item("contract", "Signed contract", formerly=("paper",))))
    world.run()
    world.tracker.mark(ref, Mark.TICKED)
    world.change(book())
    world.tracker.move(deal, "Work")
    report = world.run()
    assert kinds(report) == []
    assert {one.code for one in report.findings} == {"duplicate-item", "unknown"}
    assert (world.stage(deal), world.accepted(deal)) == ("Work", "Talks")
    world.tracker.delete_item(twin)
    assert kinds(world.run(full=True))[0] == "accept"
    assert world.tracker.items[ref].key == f"{deal}/contract"


def test_formerly_works_after_a_lost_ledger() -> None:
    world = World()
    deal = world.deal("Talks", "contract")
    world.lose_ledger()
    world.change(
        renamed(book(), "contract", Item("paper", "Signed contract", formerly=("contract",)))
    )
    world.run()
    assert world.tracker.items_of(deal) == {"paper": Mark.TICKED, "informal": Mark.OPEN}


def test_item_in_use_comes_before_a_retired_one_of_the_same_name_whatever_the_page() -> None:
    world = World()
    world.tracker.page_size = 1
    deal = world.deal("Talks", "contract")
    paper = renamed(book(), "contract", Item("paper", "The paper"))
    world.change(paper)
    world.run()
    in_use = world.tracker.item_of(deal, "paper").ref
    world.lose_ledger()
    world.change(renamed(book(), "contract", Item("paper", "Paper", formerly=("contract",))))
    world.run()
    assert world.memory(deal).items["paper"].ref == in_use
    assert world.tracker.items_of(deal) == {
        "contract": Mark.RETIRED,
        "paper": Mark.OPEN,
        "informal": Mark.OPEN,
    }


def test_formerly_renames_the_items_of_a_premature_move() -> None:
    world = World()
    deal = world.deal("Talks")
    world.tracker.move(deal, "Work")
    world.run()
    world.change(
        renamed(book(), "contract", Item("paper", "Signed contract", formerly=("contract",)))
    )
    world.run()
    world.tracker.move(deal, "Work")
    world.run()
    assert len(world.comments(deal)) == 1


def test_rename_without_formerly_warns_that_ticks_are_left_behind() -> None:
    world = World()
    deal = world.deal("Talks", "contract")
    world.change(renamed(book(), "contract", Item("paper", "The paper")))
    (finding,) = [f for f in world.run(dry=True).findings if f.code == "tick-left-behind"]
    assert finding.text == (
        f"D-{deal}: 'Signed contract' (contract) is ticked and not in the config any more: its tick"
        " would be left behind. If the item was renamed, add `formerly: contract` to the new one"
    )
    world.run()
    assert world.tracker.item_of(deal, "contract").stored is Mark.TICKED


# Retired.


def test_item_no_longer_asked_for_is_closed_marked_and_keeps_its_tick() -> None:
    world = World()
    deal = world.deal("Talks", "informal")
    world.change(without(without(book(), "informal"), "brand"))
    assert brief(world.run().actions) == ["retire informal ticked"]
    stored = world.tracker.item_of(deal, "informal")
    assert (stored.retired, stored.stored) == (True, Mark.TICKED)
    world.change(book())
    assert brief(world.run().actions) == ["restore informal ticked"]
    assert world.tracker.items_of(deal)["informal"] is Mark.TICKED


def test_open_item_is_closed_when_retired_and_opened_when_restored() -> None:
    world = World()
    deal = world.deal("Talks")
    world.change(without(book(), "informal"))
    world.run()
    assert world.tracker.item_of(deal, "informal").mark is Mark.TICKED
    assert world.tracker.items_of(deal)["informal"] is Mark.RETIRED
    world.change(book())
    world.run()
    assert world.tracker.items_of(deal)["informal"] is Mark.OPEN


def test_waived_item_is_restored_as_waived_by_whoever_did_it() -> None:
    world = World()
    deal = world.deal("Talks", Service="Site")
    world.tracker.mark(world.tracker.item_of(deal, "brand").ref, Mark.WAIVED, "vera")
    world.tick(deal, "contract")
    world.tracker.set_field(deal, "Service", "Audit")
    world.run()
    world.tracker.set_field(deal, "Service", "Site")
    world.run()
    world.tracker.move(deal, "Work")
    world.run()
    assert world.accepted(deal) == "Work"


def test_items_of_passed_gates_are_not_retired() -> None:
    world = World()
    deal = world.deal("Talks", "contract")
    world.tracker.move(deal, "Work")
    world.run()
    world.change(without(book(), "informal"))
    assert kinds(world.run()) == []
    assert world.tracker.items_of(deal)["informal"] is Mark.OPEN


def test_two_equal_items_are_left_alone_when_nobody_asks_for_them() -> None:
    world = World()
    deal = world.deal("Talks")
    world.tracker.duplicate_item(world.tracker.item_of(deal, "informal").ref)
    world.change(without(book(), "informal"))
    report = world.run()
    assert kinds(report) == []
    assert "duplicate-item" in {f.code for f in report.findings}


def test_item_marked_as_retired_and_not_closed_when_the_answer_was_lost_is_closed_later() -> None:
    world = World()
    deal = world.deal("Talks")
    world.change(without(book(), "informal"))
    world.tracker.faults["retire:1"] = Fault.LOST
    world.run()
    item = world.tracker.item_of(deal, "informal")
    item.mark = Mark.OPEN  # the process died between marking and closing
    assert brief(world.run().actions) == ["retire informal open"]
    assert (item.retired, item.stored, item.mark) == (True, Mark.OPEN, Mark.TICKED)
    assert kinds(world.run(full=True)) == []


def test_retired_item_that_a_person_opened_again_before_the_lost_answer_is_settled_stays_so() -> (
    None
):
    world = World()
    deal = world.deal("Talks", "informal")
    world.change(without(book(), "informal"))
    world.tracker.faults["retire:1"] = Fault.LOST
    world.run()
    world.untick(deal, "informal")
    assert kinds(world.run()) == []
    world.change(book())
    world.run()
    assert world.tracker.items_of(deal)["informal"] is Mark.OPEN


# Waived.


def test_waiver_counts_only_from_the_owner_of_a_receiving_process() -> None:
    for by, stage in (("vera", "Work"), ("anna", "Work"), ("boris", "Talks"), ("eve", "Talks")):
        world = World()
        deal = world.deal("Talks")
        world.tracker.mark(world.tracker.item_of(deal, "contract").ref, Mark.WAIVED, by)
        world.tracker.move(deal, "Work")
        world.run()
        assert world.stage(deal) == stage, by
        if stage == "Talks":
            (comment,) = world.comments(deal)
            assert (
                "owed by @Boris (waived, but not by the owner of the process that receives it)"
            ) in comment


def test_waiver_counts_where_the_tracker_cannot_say_who_wrote_it() -> None:
    world = World()
    world.tracker.knows_history = False
    deal = world.deal("Talks")
    world.tracker.mark(world.tracker.item_of(deal, "contract").ref, Mark.WAIVED, "boris")
    world.tracker.move(deal, "Work")
    world.run()
    assert world.accepted(deal) == "Work"


def test_waiver_of_unknown_author_is_neither_accepted_nor_returned() -> None:
    world = World()
    deal = world.deal("Talks")
    item = world.tracker.item_of(deal, "contract")
    world.tracker.mark(item.ref, Mark.WAIVED, "vera")
    past, item.history = item.history, []
    world.tracker.move(deal, "Work")
    report = world.run()
    assert [f.code for f in report.findings] == ["unknown"]
    assert (world.stage(deal), world.accepted(deal)) == ("Work", "Talks")
    item.history = past
    world.run()
    assert world.accepted(deal) == "Work"


def test_second_waiver_by_the_owner_counts_after_one_by_another_person() -> None:
    world = World()
    deal = world.deal("Talks")
    ref = world.tracker.item_of(deal, "contract").ref
    world.tracker.mark(ref, Mark.WAIVED, "boris")
    world.run()
    world.tracker.mark(ref, Mark.OPEN, "vera")
    world.tracker.mark(ref, Mark.WAIVED, "vera")
    world.run()
    world.tracker.move(deal, "Work")
    world.run()
    assert world.accepted(deal) == "Work"


# Copies and deletions.


def test_clone_brings_items_of_another_deal_which_are_ignored() -> None:
    world = World()
    deal = world.deal("Talks", "contract")
    twin = world.tracker.clone(deal)
    report = world.run()
    assert {f.code for f in report.findings} >= {"foreign-item"}
    assert world.tracker.items_of(twin) == {"checklist": Mark.OPEN}
    assert world.stage(twin) == "Lead"
    assert world.tracker.item_of(deal, "contract").mark is Mark.TICKED


def test_two_items_with_one_key_that_disagree_make_the_gate_unknown() -> None:
    world = World()
    deal = world.deal("Talks", "contract")
    copy = world.tracker.duplicate_item(world.tracker.item_of(deal, "contract").ref)
    world.tracker.mark(copy, Mark.OPEN)
    world.tracker.move(deal, "Work")
    report = world.run()
    assert (world.stage(deal), world.accepted(deal)) == ("Work", "Talks")
    assert {f.code for f in report.findings} == {"duplicate-item", "unknown"}
    world.tracker.delete_item(copy)
    world.run()
    assert world.accepted(deal) == "Work"


def test_two_items_with_one_key_that_agree_are_as_one() -> None:
    world = World()
    deal = world.deal("Talks", "contract")
    world.tracker.duplicate_item(world.tracker.item_of(deal, "contract").ref)
    world.tracker.move(deal, "Work")
    world.run()
    assert world.accepted(deal) == "Work"


def test_deleted_copy_is_noticed_by_a_full_read() -> None:
    world = World()
    deal = world.deal("Talks", "contract")
    copy = world.tracker.duplicate_item(world.tracker.item_of(deal, "contract").ref)
    world.run()
    assert world.memory(deal).items["contract"].twins == {copy: Mark.TICKED}
    world.tracker.delete_item(copy)
    world.run(full=True)
    assert world.memory(deal).items["contract"].twins == {}


def test_deleting_the_first_of_two_copies_keeps_the_other() -> None:
    world = World()
    deal = world.deal("Talks", "contract")
    first = world.tracker.item_of(deal, "contract").ref
    copy = world.tracker.duplicate_item(first)
    world.run()
    world.tracker.delete_item(first)
    world.run(full=True)
    assert world.memory(deal).items["contract"].ref == copy
    assert world.tracker.items_of(deal)["contract"] is Mark.TICKED


def test_deleting_an_item_does_not_open_the_gate() -> None:
    world = World()
    deal = world.deal("Talks", "contract")
    world.tracker.delete_item(world.tracker.item_of(deal, "contract").ref)
    world.tracker.move(deal, "Work")
    world.run()
    assert world.stage(deal) == "Talks"
    assert world.tracker.items_of(deal)["contract"] is Mark.OPEN


def test_deleted_item_of_a_waiting_deal_is_opened_again_by_a_full_read() -> None:
    world = World()
    deal = world.deal("Talks")
    world.tracker.delete_item(world.tracker.item_of(deal, "contract").ref)
    assert brief(world.run(full=True).actions) == ["open contract Signed contract"]
    assert world.tracker.items_of(deal)["contract"] is Mark.OPEN


def test_items_of_people_are_not_touched() -> None:
    world = World()
    deal = world.deal("Talks")
    item = world.tracker.item_of(deal, "informal")
    item.key = None
    world.run(full=True)
    assert (item.key, item.mark, item.title) == (None, Mark.OPEN, "Informal agreements")


# Conditions.


def test_conditional_item_exists_only_for_deals_that_match_and_follows_the_field() -> None:
    world = World()
    deal = world.deal("Talks")
    assert "brand" not in world.tracker.items_of(deal)
    world.tracker.set_field(deal, "Service", "Design")
    assert brief(world.run().actions) == ["open brand Brand kit"]
    world.tracker.set_field(deal, "Service", None)
    (action,) = world.run().actions
    assert action.reason == "its condition no longer holds for this deal"
    assert world.tracker.items_of(deal)["brand"] is Mark.RETIRED
    world.tracker.set_field(deal, "Service", "Site")
    assert brief(world.run().actions) == ["restore brand open"]


def test_condition_that_comes_after_the_handover_asks_for_nothing() -> None:
    world = World()
    deal = world.deal("Talks", "contract")
    world.tracker.move(deal, "Work")
    world.run()
    world.tracker.set_field(deal, "Service", "Site")
    assert kinds(world.run()) == []


# Words.


def test_title_and_help_follow_the_contract() -> None:
    world = World()
    deal = world.deal("Talks")
    world.change(book(Item("contract", "Contract, both signatures", help="As a PDF.")))
    assert brief(world.run().actions) == ["amend contract Contract, both signatures"]
    item = world.tracker.item_of(deal, "contract")
    assert item.title == "Contract, both signatures"
    assert item.text.startswith("As a PDF.\n")
    assert kinds(world.run(full=True)) == []


def test_words_of_ours_whose_answer_was_lost_are_still_ours() -> None:
    for fault in (Fault.LOST, Fault.DROPPED):
        world = World()
        deal = world.deal("Talks")
        contract = world.book.items["contract"]
        world.tracker.faults["amend:1"] = fault
        world.change(book(replace(contract, title="Second words")))
        world.run()
        world.run()
        world.change(book(replace(contract, title="Third words")))
        world.run()
        assert world.tracker.item_of(deal, "contract").title == "Third words"


def test_what_a_person_has_rewritten_stays() -> None:
    world = World()
    deal = world.deal("Talks")
    item = world.tracker.item_of(deal, "contract")
    item.text = "See the drive."
    world.tracker.rename(item.ref, "Paper")
    world.change(book(Item("contract", "Contract, both signatures", help="As a PDF.")))
    world.run()
    assert (item.title, item.text) == ("Paper", "See the drive.")
    assert kinds(world.run(full=True)) == []


def test_due_date_counts_from_the_day_of_opening() -> None:
    world = World(book(Item("contract", "Signed contract", due_days=1)), due_days=3)
    world.tracker.create("A deal", "Talks")
    dues = {getattr(a, "item", ""): getattr(a, "due", None) for a in world.run().actions}
    assert {key: str(due) for key, due in dues.items() if due} == {
        "contract": "2026-11-25",
        "informal": "2026-11-27",
    }


def test_external_item_is_owed_by_the_receiving_owner() -> None:
    world = World()
    deal = world.deal("Work")
    assert world.tracker.item_of(deal, "acceptance").assignee == "anna"
    assert "Comes from outside; Anna fetches it." in world.tracker.item_of(deal, "acceptance").text


def test_settled_open_does_not_forget_a_tick_made_meanwhile() -> None:
    world = World()
    world.tracker.faults["open:1"] = Fault.LOST
    deal = world.tracker.create("A deal", "Lead")
    world.run()
    world.tracker.freeze()
    world.tick(deal, "checklist")
    world.tracker.rename(world.tracker.item_of(deal, "checklist").ref, "Our list")
    world.run()
    assert world.memory(deal).items["checklist"].mark is Mark.TICKED
    assert world.memory(deal).items["checklist"].title == "Our list"
    assert world.memory(deal).items["checklist"].written_title == "Lead checklist"


def test_condition_with_several_values() -> None:
    when = Condition("Service", ("Site", "Design"))
    assert when.holds({"Service": ("Audit", "Site")})
    assert not when.holds({"Other": ("Site",)})


def test_item_moved_under_another_deal_is_reported_and_opened_again_for_its_own() -> None:
    world = World()
    deal, other = world.deal("Lead"), world.deal("Lead")
    moved = world.tracker.item_of(deal, "checklist")
    world.tick(deal, "checklist")
    world.run()
    moved.deal = other
    world.tracker.rename(moved.ref, "Lead checklist")
    report = world.run()
    assert [one.text for one in report.findings if one.code == "foreign-item"] == [
        (
            f"D-{other}: I-{moved.ref} carries the key of another deal ({deal}/checklist):"
            " a copy, or moved here from there; it is ignored"
        )
    ]
    assert world.tracker.items_of(deal) == {"checklist": Mark.OPEN}
    texts = [event.text for event in world.ledger.history(deal=deal)]
    assert "item 'Lead checklist' is not under this deal any more" in texts
    assert world.run().actions == ()


def test_log_tells_who_waived_and_whether_it_counts() -> None:
    world = World()
    deal = world.deal("Talks")
    item = world.tracker.item_of(deal, "contract")
    world.tracker.mark(item.ref, Mark.WAIVED, by="boris")
    world.run()
    world.tracker.mark(item.ref, Mark.OPEN, by="boris")
    world.tracker.mark(item.ref, Mark.WAIVED, by="vera")
    world.tracker.move(deal, "Work")
    (accept, *_) = world.run().actions
    texts = [one.text for one in world.ledger.history(deal=deal) if one.kind == "waiver"]
    assert texts == [
        (
            "item 'Signed contract' was waived by Boris; it does not count: only the owner of the"
            " process that receives it may"
        ),
        "item 'Signed contract' was waived by Vera",
    ]
    assert accept.reason == (
        "every required input of 'Delivery' is complete (waived: Signed contract)"
    )


def test_log_says_so_where_the_tracker_does_not_tell_who_waived() -> None:
    world = World()
    world.tracker.knows_history = False
    deal = world.deal("Talks")
    world.tracker.mark(world.tracker.item_of(deal, "contract").ref, Mark.WAIVED)
    world.run()
    (event,) = [one for one in world.ledger.history(deal=deal) if one.kind == "waiver"]
    assert event.text == (
        "item 'Signed contract' was waived by somebody: the tracker does not say who"
    )
