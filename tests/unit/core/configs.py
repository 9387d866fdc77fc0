"""The configs between which the admin of a random history goes back and forth."""

from __future__ import annotations

from dataclasses import replace

from readygate.contract import ContractBook, Item, Process
from readygate.pipeline import Stage
from unit.core.story import STAGES, book

ACCESSES = Item("accesses", "Accesses", external=True)


def contract(accesses: bool, informal: bool, paper: str, review: bool) -> ContractBook:
    """One of the contracts that the admin goes back and forth between."""
    inputs = ["contract", "brand"]
    inputs += ["informal"] if informal else []
    inputs += ["accesses"] if accesses else []
    made = book(ACCESSES, Item("minutes", "Minutes", external=True), delivery=tuple(inputs))
    processes = dict(made.processes)
    if review:
        processes["review"] = Process("review", "Review", "vera", ("minutes",), ())
    items = dict(made.items)
    if paper != "plain":
        old, new = ("contract", "paper") if paper == "paper" else ("paper", "contract")
        del items["contract"]
        items[new] = Item(new, "Signed contract", formerly=(old,))
        processes = {
            key: replace(
                process,
                inputs=tuple(new if one == "contract" else one for one in process.inputs),
                outputs=tuple(new if one == "contract" else one for one in process.outputs),
            )
            for key, process in processes.items()
        }
    if not informal:
        del items["informal"]
    return ContractBook(made.people, items, processes)


def stages(review: bool, terms: bool) -> tuple[Stage, ...]:
    """The stages with a gate of review put in, or without the second stage of sales."""
    found: list[Stage] = []
    for stage in STAGES:
        if stage.name == "Work" and review:
            found.append(Stage("Odd", "review"))
        if stage.name != "Terms" or terms:
            found.append(stage)
    return tuple(found)
